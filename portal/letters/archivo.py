"""A drawn letter -> the bytes of a PDF/A-2b file, tagged. What letters share is serialised once and copied.

Fonts, colour profile, logo and catalog are a prefix of the file, the same for every letter of a template version that
uses the same faces; a letter adds its pages, its structure tree and its metadata. The same letter gives the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from hashlib import md5
from html import escape
from struct import pack
from zlib import compress

from PIL import ImageCms

from portal.letters.estilos import CURSIVA, NEGRITA, REGULAR
from portal.letters.imagenes import Imagen
from portal.letters.tipografia import letra
from portal.letters.trazado import Elemento, Trazado, cadena

_CABEZA = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_CARAS = {"R": REGULAR, "N": NEGRITA, "C": CURSIVA}
_CATALOGO = (
    b"<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/StructTreeRoot %d 0 R/MarkInfo<</Marked true>>/Lang(es-MX)"
    b"/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1"
    b"/OutputConditionIdentifier(sRGB IEC61966-2.1)/Info(sRGB IEC61966-2.1)/DestOutputProfile 2 0 R>>]>>"
)
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{titulo}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{autor}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{asunto}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>es-MX</rdf:li></rdf:Bag></dc:language>
<pdf:Keywords>{claves}</pdf:Keywords><pdf:Producer>{productor}</pdf:Producer>
<xmp:CreatorTool>{productor}</xmp:CreatorTool><xmp:CreateDate>{iso}</xmp:CreateDate><xmp:ModifyDate>{iso}</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_PRODUCTOR = "Portal de servicio social"


@dataclass(frozen=True)
class Datos:
    """What the file says of itself."""

    titulo: str
    autor: str
    asunto: str
    claves: str
    fecha: date | None


@dataclass(frozen=True)
class Fijo:
    """The prefix of a file: header and objects 1 to `objetos`, their lines of the cross-reference table, and names."""

    octetos: bytes
    tabla: bytes
    objetos: int
    recursos: bytes
    xobjetos: bytes


class _Escritor:
    """Objects one after another, with where each begins."""

    def __init__(self, desde: int, primero: int) -> None:
        self.trozos: list[bytes] = []
        self.lugares: list[int] = []
        self._lugar, self._primero = desde, primero

    def siguiente(self) -> int:
        return self._primero + len(self.lugares)

    def objeto(self, cuerpo: bytes) -> int:
        """Writes an object and answers its number."""
        numero = self.siguiente()
        trozo = b"%d 0 obj\n%b\nendobj\n" % (numero, cuerpo)
        self.lugares.append(self._lugar)
        self.trozos.append(trozo)
        self._lugar += len(trozo)
        return numero

    def tabla(self) -> bytes:
        return b"".join(b"%010d 00000 n \n" % lugar for lugar in self.lugares)

    @property
    def fin(self) -> int:
        return self._lugar


def _flujo(datos: bytes, mas: bytes = b"/Filter/FlateDecode") -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (mas, len(datos), datos)


@cache
def _perfil_de_color() -> bytes:
    """An sRGB profile, the same bytes on any day."""
    perfil = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    perfil[24:36] = pack(">6H", 2026, 1, 1, 0, 0, 0)
    perfil[84:100] = bytes(16)
    return bytes(perfil)


@lru_cache(maxsize=256)
def fijo(letras: tuple[tuple[str, int], ...], logo: Imagen | None) -> Fijo:
    """The prefix for these faces (resource, subset) and this logo. A glyph outside them means another prefix."""
    # 1 catalog, 2 profile, four objects a face, the logo; then, per letter: pages, metadata, structure.
    objetos = 2 + 4 * len(letras) + (logo is not None)
    escritor = _Escritor(len(_CABEZA), 1)
    escritor.objeto(_CATALOGO % (objetos + 1, objetos + 2, objetos + 3))
    escritor.objeto(_flujo(compress(_perfil_de_color(), 9), b"/N 3/Filter/FlateDecode"))
    recursos = b"".join(
        b"/%b%d %d 0 R" % (recurso.encode(), subset, _fuente(escritor, recurso, subset))
        for recurso, subset in letras
    )
    xobjetos = b"/I%b %d 0 R" % (logo.nombre.encode(), escritor.objeto(logo.objeto())) if logo else b""
    return Fijo(_CABEZA + b"".join(escritor.trozos), escritor.tabla(), objetos, recursos, xobjetos)


def _fuente(escritor: _Escritor, recurso: str, subset: int) -> int:
    """Writes the four objects of a font and answers the number of the font itself."""
    fuente = letra(_CARAS[recurso]).fija
    archivo, largo, cmap, anchos, base = fuente.hecho(subset)
    datos = escritor.objeto(_flujo(archivo, b"/Filter/FlateDecode/Length1 %d" % largo))
    unicode = escritor.objeto(_flujo(cmap))
    numeros = {**fuente.descriptor(), "FontFile2": f"{datos} 0 R", "FontName": f"/{base}"}
    partes = "".join(f"/{n} {_valor(v)}" for n, v in numeros.items())
    descriptor = escritor.objeto(b"<</Type/FontDescriptor%b>>" % partes.encode("ascii"))
    return escritor.objeto(
        b"<</Type/Font/Subtype/TrueType/BaseFont/%b/FirstChar 0/LastChar %d/Widths[%b]"
        b"/FontDescriptor %d 0 R/ToUnicode %d 0 R>>"
        % (base.encode(), len(anchos) - 1, " ".join(map(_valor, anchos)).encode(), descriptor, unicode)
    )


def _valor(cosa: object) -> str:
    if isinstance(cosa, list):
        return "[" + " ".join(map(_valor, cosa)) + "]"
    return f"{cosa:g}" if isinstance(cosa, float) else str(cosa)


def escribir(trazado: Trazado, datos: Datos, logo: Imagen | None, medio: tuple[float, float]) -> bytes:
    """The file of a drawn letter. `medio`: width and height of its pages in points."""
    comun = fijo(tuple(sorted(trazado.letras)), logo)
    escritor = _Escritor(len(comun.octetos), comun.objetos + 1)
    n, paginas = comun.objetos, len(trazado.paginas)
    elementos: list[tuple[Elemento, Elemento | None]] = []
    _en_orden(trazado.raiz, None, elementos)
    propias = [imagen for imagen in trazado.imagenes.values() if imagen != logo]
    primera = n + 7 + len(propias)  # after pages, metadata, structure root, parents, info, resources, images
    for numero, (elemento, _) in enumerate(elementos, primera + 2 * paginas):
        elemento.numero = numero
    hojas = [primera + 2 * i for i in range(paginas)]
    escritor.objeto(b"<</Type/Pages/Count %d/Kids[%b]>>" % (paginas, b" ".join(b"%d 0 R" % h for h in hojas)))
    escritor.objeto(_flujo(_metadatos(datos), b"/Type/Metadata/Subtype/XML"))
    escritor.objeto(
        b"<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>"
        % (trazado.raiz.numero, n + 4, paginas)
    )
    escritor.objeto(b"<</Nums[%b]>>" % b"".join(_padres(trazado)))
    escritor.objeto(_informacion(datos))
    _recursos(escritor, comun, propias)
    for i, pagina in enumerate(trazado.paginas):
        escritor.objeto(
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %g %g]/Resources %d 0 R/Contents %d 0 R/StructParents %d/Tabs/S>>"
            % (n + 1, *medio, n + 6, hojas[i] + 1, i)
        )
        escritor.objeto(_flujo(compress(b"".join(pagina.trozos), 3)))
    for elemento, padre in elementos:
        escritor.objeto(_nodo(elemento, padre.numero if padre else n + 3, hojas))
    return _terminado(comun, escritor, n + 5)


def _terminado(comun: Fijo, escritor: _Escritor, info: int) -> bytes:
    cuerpo = b"".join(escritor.trozos)
    marca = md5(cuerpo, usedforsecurity=False).hexdigest().encode("ascii")
    total = escritor.siguiente()
    tabla = b"xref\n0 %d\n0000000000 65535 f \n%b%b" % (total, comun.tabla, escritor.tabla())
    final = b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
    return b"".join((comun.octetos, cuerpo, tabla, final % (total, info, marca, marca, escritor.fin)))


def _recursos(escritor: _Escritor, comun: Fijo, propias: list[Imagen]) -> None:
    """The resources that all pages share, and the images that only this letter has."""
    lugar = escritor.siguiente() + 1
    nombres = b"".join(b"/I%b %d 0 R" % (i.nombre.encode(), lugar + n) for n, i in enumerate(propias))
    escritor.objeto(b"<</Font<<%b>>/XObject<<%b%b>>>>" % (comun.recursos, comun.xobjetos, nombres))
    for imagen in propias:
        escritor.objeto(imagen.objeto())


def _en_orden(
    elemento: Elemento, padre: Elemento | None, salida: list[tuple[Elemento, Elemento | None]]
) -> None:
    """Every node with its parent, in reading order."""
    salida.append((elemento, padre))
    for hijo in elemento.hijos:
        if isinstance(hijo, Elemento):
            _en_orden(hijo, elemento, salida)


def _nodo(elemento: Elemento, padre: int, hojas: list[int]) -> bytes:
    hijos = elemento.hijos
    if len(hijos) == 1 and isinstance(hijos[0], tuple):
        pagina, marca = hijos[0]
        return b"<</S/%b/P %d 0 R/Pg %d 0 R/K %d%b>>" % (
            elemento.rol, padre, hojas[pagina], marca, elemento.extra,
        )  # fmt: skip
    dentro = b" ".join(
        b"%d 0 R" % h.numero
        if isinstance(h, Elemento)
        else b"<</Type/MCR/Pg %d 0 R/MCID %d>>" % (hojas[h[0]], h[1])
        for h in hijos
    )
    return b"<</S/%b/P %d 0 R/K[%b]%b>>" % (elemento.rol, padre, dentro, elemento.extra)


def _padres(trazado: Trazado) -> Iterable[bytes]:
    for n, pagina in enumerate(trazado.paginas):
        yield b"%d[%b]" % (n, b" ".join(b"%d 0 R" % e.numero for e in pagina.marcas))


def _informacion(datos: Datos) -> bytes:
    """The document information; the same facts as the metadata."""
    dia = f"{datos.fecha or date(2000, 1, 1):%Y%m%d}120000-06'00'".encode("ascii")
    textos = {"Title": datos.titulo, "Author": datos.autor, "Subject": datos.asunto, "Keywords": datos.claves}
    partes = b"".join(b"/%b %b" % (n.encode(), cadena(t)) for n, t in textos.items())
    return b"<<%b/Creator(%b)/Producer(%b)/CreationDate(D:%b)/ModDate(D:%b)>>" % (
        partes, _PRODUCTOR.encode(), _PRODUCTOR.encode(), dia, dia,
    )  # fmt: skip


def _metadatos(datos: Datos) -> bytes:
    return _XMP.format(
        titulo=escape(datos.titulo),
        autor=escape(datos.autor),
        asunto=escape(datos.asunto),
        claves=escape(datos.claves),
        productor=_PRODUCTOR,
        iso=f"{(datos.fecha or date(2000, 1, 1)).isoformat()}T12:00:00-06:00",
    ).encode("utf-8")
