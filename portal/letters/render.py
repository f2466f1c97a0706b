"""A template and its values -> the bytes of a PDF."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from portal.letters import catalogo, estilos, palabras, textos
from portal.letters.flujos import FirmaImpresa, renglones_de_firmas
from portal.letters.lienzo import ALTO_PIE, BASE_PIE, MARGEN, Hoja, LienzoNumerado, alto_membrete
from portal.letters.plantilla import Bloque, Plantilla

Estilos = Mapping[str, ParagraphStyle]
_FONDO = BASE_PIE + ALTO_PIE + 14
_ANCHO, _ALTO = letter
_ANCHO_TEXTO = _ANCHO - 2 * MARGEN
# A letter is set with air; where that costs a page, tighter, as far as it still reads well.
DENSIDADES = (1.0, 0.94, 0.88)


class FaltanDatos(ValueError):
    """The letter cannot be made; `faltantes` are the data that lack, in words [seed 000, annex two]."""

    def __init__(self, faltantes: list[str]) -> None:
        super().__init__(f"Faltan datos para la carta: {palabras.enumerar(faltantes)}.")
        self.faltantes = faltantes


def render(
    plantilla: Plantilla,
    valores: Mapping[str, Any],
    *,
    folio: str,
    codigo: str,
    url_verificacion: str,
    firmas: Sequence[FirmaImpresa],
    logo: bytes | None = None,
) -> bytes:
    """The letter as a PDF; the same arguments give the same bytes.

    `valores`: by placeholder (dates are datetime.date, lists are lists); optional ones may lack. `logo`: PNG or JPEG
    of whose sheet it is. Raises FaltanDatos.
    """
    todos = _completos(plantilla, valores, folio)
    faltantes = plantilla.faltantes(todos) + catalogo.faltan_firmantes(plantilla.tipo, firmas)
    if faltantes:
        raise FaltanDatos(faltantes)
    hoja = _hoja(plantilla, todos, folio, codigo, url_verificacion, logo)
    mejor, paginas = b"", 0
    for densidad in DENSIDADES:
        archivo, cuantas = _construir(plantilla, todos, firmas, hoja, densidad)
        if not mejor or cuantas < paginas:
            mejor, paginas = archivo, cuantas
        if paginas == 1:
            break
    return mejor


def _construir(
    plantilla: Plantilla,
    valores: Mapping[str, Any],
    firmas: Sequence[FirmaImpresa],
    hoja: Hoja,
    densidad: float,
) -> tuple[bytes, int]:
    salida = BytesIO()
    documento = BaseDocTemplate(salida, pagesize=letter, pageTemplates=_paginas(hoja))
    documento.build(
        _historia(plantilla, valores, firmas, densidad),
        canvasmaker=lambda archivo, **_: LienzoNumerado(archivo, hoja, letter),
    )
    return salida.getvalue(), documento.page


def _completos(plantilla: Plantilla, valores: Mapping[str, Any], folio: str) -> dict[str, Any]:
    """Cleaned values with what can be derived, and None for what may lack."""
    declarados = catalogo.CATALOGO[plantilla.tipo]
    todos = {nombre: textos.limpio(valores.get(nombre)) for nombre in declarados}
    todos["folio"] = folio
    for nombre, texto in {**catalogo.DERIVADOS, **dict(plantilla.valores)}.items():
        if nombre in todos and todos[nombre] in (None, ""):
            todos[nombre] = texto
    if todos.get("horas") is not None and not todos.get("horas_en_letra"):
        todos["horas_en_letra"] = palabras.horas_en_letra(int(todos["horas"]))
    return todos


def _hoja(
    plantilla: Plantilla, valores: Mapping[str, Any], folio: str, codigo: str, url: str, logo: bytes | None
) -> Hoja:
    lineas = [
        escape(parte) if "<" not in parte else parte
        for linea in plantilla.membrete_lineas
        for parte in textos.formar(linea, valores).split("\n")
        if parte.strip()
    ]
    fecha = valores.get("fecha")
    return Hoja(
        titulo=f"{plantilla.titulo} {folio}",
        autor=str(valores.get("escuela_nombre") or "").replace("\n", ", "),
        asunto=_plano(textos.formar(plantilla.asunto, valores)) or plantilla.titulo,
        fecha=fecha if isinstance(fecha, date) else None,
        lineas=tuple(lineas),
        logo=logo,
        color="" if plantilla.membrete == "dependencia" else str(valores.get("escuela_color") or ""),
        folio=folio,
        codigo=codigo,
        url=url or None,
        pie=textos.formar(plantilla.pie, valores).replace("\n", " · "),
    )


def _plano(marcado: str) -> str:
    from html import unescape

    return unescape(marcado.replace("<br/>", " ").replace("<b>", "").replace("</b>", ""))


def _paginas(hoja: Hoja) -> list[PageTemplate]:
    def marco(alto: float) -> Frame:
        return Frame(
            MARGEN,
            _FONDO,
            _ANCHO_TEXTO,
            alto - _FONDO,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )

    primera = PageTemplate(
        "primera", [marco(_ALTO - 40 - alto_membrete(hoja, _ANCHO))], autoNextPageTemplate="otras"
    )
    return [primera, PageTemplate("otras", [marco(_ALTO - 66)])]


def _historia(
    plantilla: Plantilla, valores: Mapping[str, Any], firmas: Sequence[FirmaImpresa], densidad: float
) -> list[Flowable]:
    est = estilos.estilos(densidad)
    cuerpo = [_bloque(bloque, valores, est) for bloque in plantilla.bloques]
    cuerpo = [piezas for piezas in cuerpo if piezas]
    ultimo = cuerpo.pop() if cuerpo and len(cuerpo[-1]) == 1 and isinstance(cuerpo[-1][0], Paragraph) else []
    historia = _cabeza(plantilla, valores, est)
    historia += [pieza for piezas in cuerpo for pieza in piezas]
    # A signature never stands on a page without a line of what it signs.
    historia.append(KeepTogether([*ultimo, *_final(plantilla, valores, firmas, est)]))
    return historia


def _cabeza(plantilla: Plantilla, valores: Mapping[str, Any], est: Estilos) -> list[Flowable]:
    piezas = [
        *_parrafos(est["lugar_fecha"], [plantilla.lugar_fecha], valores),
        *_parrafos(
            est["asunto"], [f"<b>Asunto:</b> {plantilla.asunto}" if plantilla.asunto else ""], valores
        ),
    ]
    if plantilla.mostrar_titulo:
        piezas += _parrafos(est["titulo"], [plantilla.titulo], valores)
    piezas += _parrafos(est["destinatario"], plantilla.destinatario, valores)
    piezas += _parrafos(est["saludo"], [plantilla.saludo], valores)
    if plantilla.destinatario and not plantilla.saludo:
        piezas.append(Spacer(1, 10))
    return piezas


def _parrafos(forma: ParagraphStyle, marcados: Sequence[str], valores: Mapping[str, Any]) -> list[Flowable]:
    """Paragraphs of a style; line ends of the template and of long names are spaces, and an empty text is nothing."""
    formados = (textos.formar(m, valores).replace("\n", " ") for m in marcados if m)
    return [Paragraph(texto, forma) for texto in formados if texto]


def _bloque(bloque: Bloque, valores: Mapping[str, Any], est: Estilos) -> list[Flowable]:
    if bloque.clase == "tabla":
        return _tabla(bloque, valores, est)
    if bloque.clase != "lista":
        return _parrafos(est[bloque.clase], [bloque.texto], valores)
    cosas = valores.get(bloque.lista) or ()
    if not cosas:
        return []
    cabeza = _parrafos(est["parrafo"], [bloque.texto], valores)
    puntos = [Paragraph(escape(str(cosa)), est["lista"], bulletText="•") for cosa in cosas]
    return [KeepTogether([*cabeza, *puntos[:2]]), *puntos[2:], Spacer(1, 6)]


def _tabla(bloque: Bloque, valores: Mapping[str, Any], est: Estilos) -> list[Flowable]:
    filas = []
    for rotulo, texto in bloque.filas:
        valor = textos.formar(texto, valores)
        if valor:
            celda = Paragraph(valor.replace("\n", "<br/>"), est["celda"])
            filas.append([Paragraph(textos.formar(rotulo, valores), est["celda_titulo"]), celda])
    if not filas:
        return []
    gris = HexColor("#c9c9c9")
    estilo = [
        ("FONTNAME", (0, 0), (-1, -1), estilos.REGULAR),
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, gris),
        ("LINEABOVE", (0, 0), (-1, 0), 0.4, gris), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5), ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]  # fmt: skip
    anchos = [_ANCHO_TEXTO * 0.3, _ANCHO_TEXTO * 0.7]
    return [Table(filas, colWidths=anchos, style=estilo, spaceBefore=2, spaceAfter=9, splitInRow=1)]


def _final(
    plantilla: Plantilla, valores: Mapping[str, Any], firmas: Sequence[FirmaImpresa], est: Estilos
) -> list[Flowable]:
    piezas = _parrafos(est["despedida"], [plantilla.despedida], valores)
    piezas += _parrafos(est["lema"], [plantilla.lema], valores)
    papeles = {papel: _plano(textos.formar(texto, valores)) for papel, texto in plantilla.papeles}
    limpias = [
        FirmaImpresa(textos.limpio(f.nombre), textos.limpio(f.cargo), f.papel, f.imagen, f.firmada_en)
        for f in firmas
    ]
    for renglon in renglones_de_firmas(limpias, papeles, plantilla.sello):
        piezas += [Spacer(1, 4), renglon]
    copias = _parrafos(est["copia"], plantilla.copias, valores)
    return [*piezas, Spacer(1, 6), *copias] if copias else piezas
