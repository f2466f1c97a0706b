"""A letter's end: signatures side by side, aligned, with a place for the stamp."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from portal.letters import estilos, imagenes
from portal.letters.palabras import fecha_y_hora
from portal.letters.parrafo import Lineas, color, parrafo
from portal.letters.trazado import Elemento, Trazado

_ALTO_FIRMA, _ALTO_SELLO, _ANCHO_SELLO, _MAXIMO_RENGLON, _SEPARACION = 46.0, 82.0, 118.0, 215.0, 16.0
_RADIO, _CURVA = 5.0, 2.2386  # of the stamp's box, and the handles of its corners


@dataclass(frozen=True)
class FirmaImpresa:
    """Who signs, as printed. Without `imagen` an empty line waits for a hand; `firmada_en` is an aware instant.

    `como` says how it was signed; `notas` are lines under the cargo ("Por ausencia de …"); `encima` are the words on
    the line of who signed without an image.
    """

    nombre: str
    cargo: str
    papel: str
    imagen: bytes | None = None
    firmada_en: datetime | None = None
    como: str = "Firmada en línea"
    notas: tuple[str, ...] = ()
    encima: str = ""


class RenglonDeFirmas:
    """One row of up to three signatures; `sello` (words) adds a dashed box for the stamp at its end."""

    antes = despues = 0.0

    def __init__(
        self,
        firmas: Sequence[FirmaImpresa],
        papeles: dict[str, str],
        sello: str,
        ancho: float,
        elemento: Elemento,
    ) -> None:
        self._firmas, self._sello, self._elemento = tuple(firmas), sello, elemento
        self._paso = ancho / max(len(firmas) + bool(sello), 1)
        self._ancho = min(self._paso - _SEPARACION, _MAXIMO_RENGLON)
        self._arriba = [self._parrafos(("papel", papeles.get(f.papel, ""))) for f in self._firmas]
        self._abajo = [
            self._parrafos(
                ("firmante", f.nombre),
                ("cargo", f.cargo),
                *(("sello_de_tiempo", nota) for nota in f.notas),
                (
                    "sello_de_tiempo",
                    f"{f.como} el {fecha_y_hora(f.firmada_en)}" if f.firmada_en else "",
                ),
            )
            for f in self._firmas
        ]
        self._encima = [self._parrafos(("papel", f.encima)) for f in self._firmas]
        self._alto_arriba = max((sum(p.alto for p in ps) for ps in self._arriba), default=0.0)
        abajo = max((sum(p.alto for p in ps) for ps in self._abajo), default=0.0)
        alto = self._alto_arriba + _ALTO_FIRMA + 4 + abajo + 6
        self.alto = max(alto, _ALTO_SELLO + 10) if sello else alto

    def partir(self, disponible: float) -> None:
        """Signatures are never cut."""
        return

    def _parrafos(self, *textos: tuple[str, str]) -> list[Lineas]:
        formas = estilos.estilos()
        return [parrafo(escape(texto), formas[forma], self._ancho) for forma, texto in textos if texto]

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        """Each signature: its papel, its ink, the line, name and cargo."""
        for n, firma in enumerate(self._firmas):
            izquierda = x + self._paso * n + (self._paso - self._ancho) / 2
            self._columna(trazado, self._arriba[n], izquierda, y)
            base = y - self._alto_arriba - _ALTO_FIRMA
            if firma.imagen:
                caja = (izquierda + 8, base + 1, self._ancho - 16, _ALTO_FIRMA - 4)
                trazado.imagen(
                    imagenes.imagen(firma.imagen), caja, f"Firma de {firma.nombre}", self._elemento
                )
            else:
                self._columna(trazado, self._encima[n], izquierda, base + _ALTO_FIRMA / 2)
            trazado.linea(izquierda, base, izquierda + self._ancho, 0.7, estilos.TINTA)
            self._columna(trazado, self._abajo[n], izquierda, base - 3)
        if self._sello:
            ancho = min(_ANCHO_SELLO, self._ancho)
            izquierda = x + self._paso * len(self._firmas) + (self._paso - ancho) / 2
            self._dibujar_sello(trazado, izquierda, y - _ALTO_SELLO - 2, ancho)

    def _columna(self, trazado: Trazado, lineas: list[Lineas], x: float, y: float) -> None:
        for una in lineas:
            trazado.lineas(una, x, y, trazado.elemento(b"P", self._elemento))
            y -= una.alto

    def _dibujar_sello(self, trazado: Trazado, x: float, y: float, ancho: float) -> None:
        trazado.adorno(
            b"q [2 2] 0 d 0.6 w %b %b S Q\n"
            % (color(estilos.LINEA, b"RG"), _redondeada(x, y, ancho, _ALTO_SELLO))
        )
        forma = estilos.estilos()["sello"]
        trazado.lineas(
            parrafo(escape(self._sello), forma, ancho),
            x,
            y + 6 + forma.cuerpo,
            trazado.elemento(b"P", self._elemento),
        )


def _redondeada(x: float, y: float, ancho: float, alto: float) -> bytes:
    """The path of a rectangle with round corners."""
    r, c, dx, dy = _RADIO, _CURVA, x + ancho, y + alto
    puntos: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("m", (x + r, y)), ("l", (dx - r, y)), ("c", (dx - c, y, dx, y + c, dx, y + r)),
        ("l", (dx, dy - r)), ("c", (dx, dy - c, dx - c, dy, dx - r, dy)),
        ("l", (x + r, dy)), ("c", (x + c, dy, x, dy - c, x, dy - r)),
        ("l", (x, y + r)), ("c", (x, y + c, x + c, y, x + r, y)),
    )  # fmt: skip
    pasos = (" ".join(f"{v:.2f}" for v in valores) + f" {paso}" for paso, valores in puntos)
    return (" ".join(pasos) + " h").encode("ascii")


def renglones_de_firmas(
    firmas: Sequence[FirmaImpresa], papeles: dict[str, str], sello: str, ancho: float, trazado: Trazado
) -> list[RenglonDeFirmas]:
    """Signatures in rows: one alone, two or two and a stamp side by side, four as two and two."""
    por_renglon = 3 if len(firmas) == 3 and not sello else 2
    grupos = [firmas[i : i + por_renglon] for i in range(0, len(firmas), por_renglon)] or (
        [()] if sello else []
    )
    ultimo = len(grupos) - 1
    return [
        RenglonDeFirmas(g, papeles, sello if n == ultimo else "", ancho, trazado.elemento(b"Div"))
        for n, g in enumerate(grupos)
    ]
