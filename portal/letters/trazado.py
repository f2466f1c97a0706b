"""A letter while it is drawn: pages of operators, and the tree that tells a screen reader what they are, in order."""

from dataclasses import dataclass, field

from portal.letters.imagenes import Imagen
from portal.letters.parrafo import Lineas, color


class Elemento:
    """A node of the structure tree: its role, what it holds (nodes, or (page, mark) pairs), its attributes.

    It does not know its parent: without cycles a letter is gone when it is written, and nothing has to look for it.
    """

    __slots__ = ("extra", "hijos", "numero", "rol")

    def __init__(self, rol: bytes, padre: "Elemento | None", extra: bytes = b"") -> None:
        self.rol, self.extra = rol, extra
        self.hijos: list[Elemento | tuple[int, int]] = []
        self.numero = 0
        if padre is not None:
            padre.hijos.append(self)


@dataclass
class Pagina:
    """A page: its operators in the order of drawing, and which node each mark belongs to."""

    trozos: list[bytes] = field(default_factory=list)
    marcas: list[Elemento] = field(default_factory=list)


class Trazado:
    """Draws on the current page. What is read goes through `marcar` or `texto`; what only adorns, through `adorno`."""

    def __init__(self) -> None:
        self.raiz = Elemento(b"Document", None)
        self.paginas: list[Pagina] = []
        self.letras: set[tuple[str, int]] = set()
        self.imagenes: dict[str, Imagen] = {}

    def pagina(self) -> None:
        """Begins a page."""
        self.paginas.append(Pagina())

    def elemento(self, rol: bytes, padre: Elemento | None = None, extra: bytes = b"") -> Elemento:
        """A node under another, or under the document itself."""
        return Elemento(rol, padre or self.raiz, extra)

    def marcar(self, elemento: Elemento, operadores: bytes) -> None:
        """Draws what belongs to a node."""
        actual = self.paginas[-1]
        marca = len(actual.marcas)
        actual.marcas.append(elemento)
        elemento.hijos.append((len(self.paginas) - 1, marca))
        actual.trozos.append(b"/%b<</MCID %d>>BDC\n%bEMC\n" % (elemento.rol, marca, operadores))

    def adorno(self, operadores: bytes) -> None:
        """Draws what a screen reader passes over: rules, repeated heads, page numbers."""
        self.paginas[-1].trozos.append(b"/Artifact BMC\n%bEMC\n" % operadores)

    def lineas(
        self, lineas: Lineas, x: float, y: float, elemento: Elemento, desde: int = 0, hasta: int | None = None
    ) -> None:
        """Draws lines of a paragraph, whose top left corner is x, y, as part of a node."""
        self.letras |= lineas.letras
        operadores = lineas.dibujar(x, y, desde, hasta)
        if operadores:
            self.marcar(elemento, operadores)

    def lineas_de_adorno(self, lineas: Lineas, x: float, y: float) -> None:
        """Draws a paragraph that repeats what was read already."""
        self.letras |= lineas.letras
        self.adorno(lineas.dibujar(x, y))

    def imagen(
        self, imagen: Imagen, caja: tuple[float, float, float, float], que: str, padre: Elemento | None = None
    ) -> None:
        """Draws an image inside a box (x, y, width, height) as a figure; `que` says in words what it shows."""
        x, y, ancho, alto = imagen.caja(*caja)
        self.imagenes[imagen.nombre] = imagen
        operadores = b"q %.2f 0 0 %.2f %.2f %.2f cm /I%b Do Q\n" % (
            ancho,
            alto,
            x,
            y,
            imagen.nombre.encode("ascii"),
        )
        self.figura(operadores, (x, y, x + ancho, y + alto), que, padre)

    def figura(
        self,
        operadores: bytes,
        caja: tuple[float, float, float, float],
        que: str,
        padre: Elemento | None = None,
    ) -> None:
        """Draws a figure with its description; `caja` is left, bottom, right, top."""
        atributos = b"/Alt %b/A<</O/Layout/BBox[%.2f %.2f %.2f %.2f]/Placement/Block>>" % (cadena(que), *caja)
        self.marcar(self.elemento(b"Figure", padre, atributos), operadores)

    def linea(self, x1: float, y: float, x2: float, grueso: float, tinta: str) -> None:
        """Draws a horizontal rule, which is an adornment."""
        self.adorno(b"%b %.2f w %.2f %.2f m %.2f %.2f l S\n" % (color(tinta, b"RG"), grueso, x1, y, x2, y))


def cadena(texto: str) -> bytes:
    """A text as a PDF string that any reader understands."""
    return b"<FEFF" + texto.encode("utf-16-be").hex().upper().encode("ascii") + b">"
