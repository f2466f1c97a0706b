"""A template and its values -> the bytes of a PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.letters import archivo, catalogo, estilos, imagenes, pagina, palabras, textos
from portal.letters.flujos import FirmaImpresa
from portal.letters.pagina import Entorno
from portal.letters.piezas import Puesta, componer
from portal.letters.plantilla import Plantilla
from portal.letters.redaccion import Redaccion, plano
from portal.letters.trazado import Elemento, Trazado

# A letter is set with air; where that costs a page, tighter, as far as it still reads well.
HOLGADA, MEDIA, APRETADA = 1.0, 0.94, 0.88
_HOLGURA = 0.97  # of what a guess of a text's height may be wrong by


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
    entorno = _entorno(plantilla, todos, folio, codigo, url_verificacion, logo)
    compuesta = _compuesta(plantilla, todos, firmas, entorno)
    datos = _datos(plantilla, todos, entorno)
    return archivo.escribir(_dibujar(compuesta, entorno), datos, entorno.logo, (pagina.ANCHO, pagina.ALTO))


@dataclass(frozen=True)
class _Compuesta:
    """A letter with every piece in its place, still to be drawn."""

    trazado: Trazado
    membrete: Elemento
    puestas: list[Puesta]
    paginas: int


def _compuesta(
    plantilla: Plantilla, valores: Mapping[str, Any], firmas: Sequence[FirmaImpresa], entorno: Entorno
) -> _Compuesta:
    """The letter with air, or tighter where that saves a page; what the tightest does not save, no other does."""
    primera, formados = pagina.arriba_primera(entorno), dict[str, str]()

    def componer_a(densidad: float) -> _Compuesta:
        trazado = Trazado()
        membrete = trazado.elemento(b"Div")
        piezas = Redaccion(plantilla, valores, estilos.estilos(densidad), trazado, formados).carta(firmas)
        return _Compuesta(trazado, membrete, *componer(piezas, primera, pagina.ARRIBA_OTRAS, pagina.FONDO))

    holgada = componer_a(HOLGADA)
    if not _puede_ahorrar(holgada, APRETADA, primera):
        return holgada
    apretada = componer_a(APRETADA)
    if apretada.paginas == holgada.paginas:
        return holgada
    media = componer_a(MEDIA)
    return media if media.paginas == apretada.paginas else apretada


def _puede_ahorrar(hecha: _Compuesta, densidad: float, primera: float) -> bool:
    """Whether the text could fit on a page less: lines get shorter and closer with the densidad, so the square."""
    hojas = hecha.paginas - 1
    if hojas == 0:
        return False
    alto = sum(puesta.pieza.alto + puesta.pieza.despues for puesta in hecha.puestas)
    hueco = primera + (hojas - 1) * pagina.ARRIBA_OTRAS - hojas * pagina.FONDO
    return alto * densidad * densidad * _HOLGURA <= hueco


def _dibujar(hecha: _Compuesta, entorno: Entorno) -> Trazado:
    """The letter drawn on its pages, in the order in which it is read."""
    trazado, actual = hecha.trazado, 1
    trazado.pagina()
    pagina.dibujar_membrete(trazado, entorno, hecha.membrete)
    for puesta in hecha.puestas:
        while puesta.pagina + 1 > actual:
            pagina.dibujar_pie(trazado, entorno, actual, hecha.paginas)
            actual += 1
            trazado.pagina()
            pagina.dibujar_continuacion(trazado, entorno)
        puesta.pieza.dibujar(trazado, pagina.MARGEN, puesta.y)
    pagina.dibujar_pie(trazado, entorno, hecha.paginas, hecha.paginas)
    return trazado


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


def _entorno(
    plantilla: Plantilla, valores: Mapping[str, Any], folio: str, codigo: str, url: str, logo: bytes | None
) -> Entorno:
    lineas = tuple(
        parte
        for linea in plantilla.membrete_lineas
        for parte in textos.formar(linea, valores).split("\n")
        if parte.strip()
    )
    return Entorno(
        titulo=f"{plantilla.titulo} {folio}",
        lineas=lineas,
        logo=imagenes.imagen(logo) if logo else None,
        color="" if plantilla.membrete == "dependencia" else str(valores.get("escuela_color") or ""),
        folio=folio,
        codigo=codigo,
        url=url,
        pie=textos.formar(plantilla.pie, valores).replace("\n", " · "),
        de_quien=plano(lineas[0]) if lineas else "la institución",
    )


def _datos(plantilla: Plantilla, valores: Mapping[str, Any], entorno: Entorno) -> archivo.Datos:
    fecha = valores.get("fecha")
    return archivo.Datos(
        titulo=entorno.titulo,
        autor=str(valores.get("escuela_nombre") or "").replace("\n", ", "),
        asunto=plano(textos.formar(plantilla.asunto, valores)) or plantilla.titulo,
        claves=", ".join(clave for clave in (entorno.folio, entorno.codigo) if clave),
        fecha=fecha if isinstance(fecha, date) else None,
    )
