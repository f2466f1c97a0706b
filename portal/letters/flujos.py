"""The flowables of a letter's end: signatures side by side, aligned, with a place for the stamp."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, Paragraph

from portal.letters import estilos, imagenes
from portal.letters.palabras import fecha_y_hora

_ALTO_FIRMA, _ALTO_SELLO, _ANCHO_SELLO, _MAXIMO_RENGLON, _SEPARACION = 46.0, 82.0, 118.0, 215.0, 16.0


@dataclass(frozen=True)
class FirmaImpresa:
    """Who signs, as printed. Without `imagen` an empty line waits for a hand; `firmada_en` is an aware instant."""

    nombre: str
    cargo: str
    papel: str
    imagen: bytes | None = None
    firmada_en: datetime | None = None


class RenglonDeFirmas(Flowable):  # type: ignore[misc]
    """One row of up to three signatures; `sello` (words) adds a dashed box for the stamp at its end."""

    def __init__(self, firmas: Sequence[FirmaImpresa], papeles: dict[str, str], sello: str = "") -> None:
        super().__init__()
        self._firmas, self._papeles, self._sello = tuple(firmas), papeles, sello

    def wrap(self, ancho: float, alto: float) -> tuple[float, float]:
        """ReportLab's hook."""
        self.width = ancho
        celdas = len(self._firmas) + bool(self._sello)
        self._paso = ancho / max(celdas, 1)
        self._ancho = min(self._paso - _SEPARACION, _MAXIMO_RENGLON)
        est = estilos.estilos()
        self._arriba = [
            self._parrafos([self._papeles.get(f.papel, "")], [est["papel"]]) for f in self._firmas
        ]
        self._abajo = [
            self._parrafos(
                [
                    f.nombre,
                    f.cargo,
                    f"Firmada en línea el {fecha_y_hora(f.firmada_en)}" if f.firmada_en else "",
                ],
                [est["firmante"], est["cargo"], est["sello_de_tiempo"]],
            )
            for f in self._firmas
        ]
        self._alto_arriba = max((sum(h for _, h in p) for p in self._arriba), default=0)
        alto_abajo = max((sum(h for _, h in p) for p in self._abajo), default=0)
        self.height = self._alto_arriba + _ALTO_FIRMA + 4 + alto_abajo + 6
        if self._sello:
            self.height = max(self.height, _ALTO_SELLO + 10)
        return ancho, self.height

    def _parrafos(self, textos: Sequence[str], formas: Sequence[Any]) -> list[tuple[Any, float]]:
        hechos = []
        for texto, forma in zip(textos, formas, strict=True):
            if texto:
                parrafo = Paragraph(escape(texto), forma)
                hechos.append((parrafo, parrafo.wrap(self._ancho, 500)[1]))
        return hechos

    def draw(self) -> None:
        """ReportLab's hook."""
        for n, firma in enumerate(self._firmas):
            x = self._paso * n + (self._paso - self._ancho) / 2
            y = self.height
            for parrafo, alto in self._arriba[n]:
                y -= alto
                parrafo.drawOn(self.canv, x, y)
            base = self.height - self._alto_arriba - _ALTO_FIRMA
            if firma.imagen:
                imagenes.dibujar_imagen(
                    self.canv, firma.imagen, x + 8, base + 1, self._ancho - 16, _ALTO_FIRMA - 4
                )
            self.canv.setLineWidth(0.7)
            self.canv.setStrokeColor(HexColor(estilos.TINTA))
            self.canv.line(x, base, x + self._ancho, base)
            y = base - 3
            for parrafo, alto in self._abajo[n]:
                y -= alto
                parrafo.drawOn(self.canv, x, y)
        if self._sello:
            self._dibujar_sello()

    def _dibujar_sello(self) -> None:
        ancho = min(_ANCHO_SELLO, self._ancho)
        x = self._paso * len(self._firmas) + (self._paso - ancho) / 2
        y = self.height - _ALTO_SELLO - 2
        self.canv.saveState()
        self.canv.setDash(2, 2)
        self.canv.setLineWidth(0.6)
        self.canv.setStrokeColor(HexColor(estilos.LINEA))
        self.canv.roundRect(x, y, ancho, _ALTO_SELLO, 5, stroke=1, fill=0)
        self.canv.setFillColor(HexColor(estilos.GRIS))
        self.canv.setFont(estilos.REGULAR, 7.5)
        self.canv.drawCentredString(x + ancho / 2, y + 6, self._sello)
        self.canv.restoreState()


def renglones_de_firmas(
    firmas: Sequence[FirmaImpresa], papeles: dict[str, str], sello: str
) -> list[Flowable]:
    """Signatures in rows: one alone, two or two and a stamp side by side, four as two and two."""
    por_renglon = 3 if len(firmas) == 3 and not sello else 2
    grupos = [firmas[i : i + por_renglon] for i in range(0, len(firmas), por_renglon)] or (
        [()] if sello else []
    )
    return [RenglonDeFirmas(g, papeles, sello if n == len(grupos) - 1 else "") for n, g in enumerate(grupos)]
