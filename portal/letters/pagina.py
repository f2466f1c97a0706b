"""What surrounds a letter's text: letterhead, short head of the next pages, foot with folio, code and QR."""

from dataclasses import dataclass
from html import escape

from portal.letters import estilos, imagenes
from portal.letters.parrafo import Lineas, parrafo
from portal.letters.trazado import Elemento, Trazado

ANCHO, ALTO = 612.0, 792.0  # letter
MARGEN, LADO_QR, BASE_PIE, ALTO_PIE, ALTO_LOGO = 68.0, 74.0, 26.0, 74.0, 60.0
ANCHO_TEXTO = ANCHO - 2 * MARGEN
FONDO = BASE_PIE + ALTO_PIE + 14
ARRIBA_OTRAS = ALTO - 66
_ARRIBA = ALTO - 40


@dataclass(frozen=True)
class Entorno:
    """What is printed around the text. `lineas` and `pie` are markup; `de_quien` names whose sheet it is."""

    titulo: str
    lineas: tuple[str, ...]
    logo: imagenes.Imagen | None
    color: str
    folio: str
    codigo: str
    url: str
    pie: str
    de_quien: str


def arriba_primera(entorno: Entorno) -> float:
    """Where the text of the first page begins: under the letterhead and the white after it."""
    return _ARRIBA - _alto(entorno, _membrete(entorno)) - 26


def _ancho_logo(entorno: Entorno) -> float:
    logo = entorno.logo
    return min(130.0, ALTO_LOGO * logo.ancho / logo.alto) if logo else 0.0


def _sangria(entorno: Entorno) -> float:
    return _ancho_logo(entorno) + 16 if entorno.logo else 0.0


def _membrete(entorno: Entorno) -> list[Lineas]:
    formas = estilos.estilos()
    con_logo, sin_logo = ("membrete_primera", "membrete"), ("membrete_primera_centrada", "membrete_centrado")
    nombres = con_logo if entorno.logo else sin_logo
    hechas = []
    for n, linea in enumerate(entorno.lineas):
        hechas.append(parrafo(linea, formas[nombres[n > 0]], ANCHO_TEXTO - _sangria(entorno)))
    return hechas


def _alto(entorno: Entorno, lineas: list[Lineas]) -> float:
    return max(sum(una.alto for una in lineas), ALTO_LOGO if entorno.logo else 0.0)


def dibujar_membrete(trazado: Trazado, entorno: Entorno, elemento: Elemento) -> None:
    """Logo at the left, lines beside it (centred when there is none), and a rule in the escuela's colour."""
    lineas = _membrete(entorno)
    alto = _alto(entorno, lineas)
    if entorno.logo:
        caja = (MARGEN, _ARRIBA - (alto + ALTO_LOGO) / 2, _ancho_logo(entorno), ALTO_LOGO)
        trazado.imagen(entorno.logo, caja, f"Logotipo de {entorno.de_quien}", elemento)
    y = _ARRIBA - (alto - sum(una.alto for una in lineas)) / 2
    for una in lineas:
        trazado.lineas(una, MARGEN + _sangria(entorno), y, trazado.elemento(b"P", elemento))
        y -= una.alto
    tinta, grueso = (entorno.color, 1.4) if entorno.color else (estilos.GRIS, 0.7)
    trazado.linea(MARGEN, _ARRIBA - alto - 9, ANCHO - MARGEN, grueso, tinta)


def dibujar_continuacion(trazado: Trazado, entorno: Entorno) -> None:
    """A short head for the second page and the next: what it is, whose."""
    forma = estilos.estilos()["continuacion"]
    titulo = parrafo(escape(entorno.titulo), forma, ANCHO_TEXTO)
    trazado.lineas_de_adorno(titulo, MARGEN, ALTO - 46 + forma.cuerpo)
    trazado.linea(MARGEN, ALTO - 52, ANCHO - MARGEN, 0.6, entorno.color or estilos.LINEA)


def dibujar_pie(trazado: Trazado, entorno: Entorno, numero: int, total: int) -> None:
    """QR at the left; folio, code, address to verify and foot text beside it; "Página 1 de 2" if more than one.

    On the last page it is read out; on the others it repeats what is read there.
    """
    trazado.linea(MARGEN, BASE_PIE + ALTO_PIE + 3, ANCHO - MARGEN, 0.4, estilos.LINEA)
    ultima, x = numero == total, MARGEN
    if entorno.url:
        # The quiet zone is white already: the black of the code, not its white, aligns with the text's margin.
        izquierda, abajo = MARGEN - 8, BASE_PIE - 2
        codigo = imagenes.qr(entorno.url, izquierda, abajo, LADO_QR)
        if ultima:
            caja = (izquierda, abajo, izquierda + LADO_QR, abajo + LADO_QR)
            trazado.figura(codigo, caja, f"Código QR que abre {entorno.url}")
        else:
            trazado.adorno(codigo)
        x = MARGEN + LADO_QR - 4
    y = BASE_PIE + ALTO_PIE - 8
    for n, (texto, forma) in enumerate(_lineas_pie(entorno)):
        hueco = 70 if n == 0 and total > 1 else 0
        lineas = parrafo(texto, estilos.estilos()[forma], ANCHO - MARGEN - x - hueco)
        if ultima:
            trazado.lineas(lineas, x, y, trazado.elemento(b"P"))
        else:
            trazado.lineas_de_adorno(lineas, x, y)
        y -= lineas.alto + 1.5
    if total > 1:
        forma_numero = estilos.estilos()["pie_pagina"]
        pagina = parrafo(f"Página {numero} de {total}", forma_numero, 120)
        trazado.lineas_de_adorno(pagina, ANCHO - MARGEN - 120, BASE_PIE + ALTO_PIE - 16 + forma_numero.cuerpo)


def _lineas_pie(entorno: Entorno) -> list[tuple[str, str]]:
    claves = [
        f"Folio {entorno.folio}" if entorno.folio else "",
        f"Código {entorno.codigo}" if entorno.codigo else "",
    ]
    lineas = [(" &nbsp;·&nbsp; ".join(escape(c) for c in claves if c), "pie_negrita")]
    if entorno.url:
        lineas.append((f"Compruebe que este documento es auténtico en {escape(entorno.url)}", "pie"))
    lineas.append((entorno.pie, "pie"))
    return [(texto, forma) for texto, forma in lineas if texto]
