"""A template and its values -> the pieces of a letter, in the order in which they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape, unescape
from typing import Any

from portal.letters import catalogo, textos
from portal.letters.estilos import Estilo
from portal.letters.flujos import FirmaImpresa, renglones_de_firmas
from portal.letters.pagina import ANCHO_TEXTO
from portal.letters.parrafo import Lineas, parrafo
from portal.letters.piezas import Espacio, Fila, Junto, Parrafo, Pieza, Punto, Renglon, ancho_de_celda
from portal.letters.plantilla import Bloque, Plantilla
from portal.letters.trazado import Elemento, Trazado

Estilos = Mapping[str, Estilo]
Piezas = list[Pieza | Junto]
_ROLES = {"titulo": b"H1", "subtitulo": b"H2"}


class Redaccion:
    """The pieces of one letter, made in the order in which they are read."""

    def __init__(
        self,
        plantilla: Plantilla,
        valores: Mapping[str, Any],
        est: Estilos,
        trazado: Trazado,
        formados: dict[str, str],
    ) -> None:
        """`formados` keeps texts with their values in place, for setting the same letter again."""
        self._plantilla, self._valores, self._est = plantilla, valores, est
        self._trazado, self._formados = trazado, formados

    def _formar(self, texto: str) -> str:
        hecho = self._formados.get(texto)
        if hecho is None:
            hecho = self._formados[texto] = textos.formar(texto, self._valores)
        return hecho

    def carta(self, firmas: Sequence[FirmaImpresa]) -> Piezas:
        """Head, body and end; a signature never stands on a page without a line of what it signs."""
        cabeza = self._cabeza()
        cuerpo = [piezas for piezas in map(self._bloque, self._plantilla.bloques) if piezas]
        ultimo: list[Pieza] = []
        if cuerpo and len(cuerpo[-1]) == 1 and isinstance(cuerpo[-1][0], Parrafo):
            ultimo = [cuerpo.pop()[0]]
        final = Junto((*ultimo, *self._final(firmas)))
        return [*cabeza, *_con_siguiente([p for piezas in cuerpo for p in piezas]), final]

    def _cabeza(self) -> list[Pieza]:
        p = self._plantilla
        asunto = f"<b>Asunto:</b> {p.asunto}" if p.asunto else ""
        piezas = [
            *self._parrafos("lugar_fecha", p.lugar_fecha),
            *self._parrafos("asunto", asunto, b"P" if p.mostrar_titulo else b"H1"),
        ]
        if p.mostrar_titulo:
            piezas += self._parrafos("titulo", p.titulo)
        for linea in p.destinatario:
            piezas += self._parrafos("destinatario", linea)
        piezas += self._parrafos("saludo", p.saludo)
        if p.destinatario and not p.saludo:
            piezas.append(Espacio(10))
        return piezas

    def _parrafos(
        self, forma: str, marcado: str, rol: bytes = b"", padre: Elemento | None = None
    ) -> list[Pieza]:
        """A paragraph of a style, or nothing; line ends of the template and of long names are spaces."""
        texto = self._formar(marcado).replace("\n", " ") if marcado else ""
        if not texto:
            return []
        return [self._parrafo(forma, texto, self._trazado.elemento(rol or _ROLES.get(forma, b"P"), padre))]

    def _parrafo(self, forma: str, texto: str, elemento: Elemento, ancho: float = ANCHO_TEXTO) -> Parrafo:
        return Parrafo(parrafo(texto, self._est[forma], ancho), elemento)

    def _bloque(self, bloque: Bloque) -> Piezas:
        if bloque.clase == "tabla":
            return [*self._tabla(bloque)]
        if bloque.clase == "renglones":
            return self._renglones(bloque)
        if bloque.clase != "lista":
            return [*self._parrafos(bloque.clase, bloque.texto)]
        cosas = self._valores.get(bloque.lista) or ()
        if not cosas:
            return []
        cabeza = self._parrafos("parrafo", bloque.texto)
        lista = self._trazado.elemento(b"L", extra=b"/A<</O/List/ListNumbering/Disc>>")
        puntos = [self._punto(str(cosa), lista) for cosa in cosas]
        return [Junto((*cabeza, *puntos[:2])), *puntos[2:], Espacio(6)]

    def _punto(self, texto: str, lista: Elemento) -> Punto:
        punto = self._trazado.elemento(b"LI", lista)
        rotulo = self._trazado.elemento(b"Lbl", punto)
        cuerpo = self._parrafo("lista", escape(texto), self._trazado.elemento(b"LBody", punto))
        return Punto(_vineta(self._est["vineta"]), cuerpo, rotulo)

    def _tabla(self, bloque: Bloque) -> list[Pieza]:
        filas = []
        for rotulo, texto in bloque.filas:
            valor = self._formar(texto)
            if valor:
                filas.append((self._formar(rotulo), valor.replace("\n", "<br/>")))
        if not filas:
            return []
        tabla = self._trazado.elemento(b"Table")
        return [
            self._fila(rotulo, valor, tabla, n == 0, n == len(filas) - 1)
            for n, (rotulo, valor) in enumerate(filas)
        ]

    def _fila(self, rotulo: str, valor: str, tabla: Elemento, primera: bool, ultima: bool) -> Fila:
        fila = self._trazado.elemento(b"TR", tabla)
        titulo = self._trazado.elemento(b"TH", fila, b"/A<</O/Table/Scope/Row>>")
        izquierda = self._parrafo("celda_titulo", rotulo, titulo, ancho_de_celda(ANCHO_TEXTO, rotulo=True))
        derecha = self._parrafo(
            "celda", valor, self._trazado.elemento(b"TD", fila), ancho_de_celda(ANCHO_TEXTO, rotulo=False)
        )
        return Fila(izquierda, derecha, ANCHO_TEXTO, primera, ultima)

    def _renglones(self, bloque: Bloque) -> Piezas:
        """A table with one row for each of a list; its head is repeated on every page and stays with its first row."""
        columnas = catalogo.COLUMNAS[bloque.lista]
        orden = list(columnas)
        cuales = [orden.index(columna) for _, columna in bloque.filas]
        total = sum(columnas[columna] for _, columna in bloque.filas)
        anchos = [ANCHO_TEXTO * columnas[columna] / total for _, columna in bloque.filas]
        tabla = self._trazado.elemento(b"Table")
        titulos = [self._formar(titulo) for titulo, _ in bloque.filas]
        cabeza = self._renglon(titulos, anchos, tabla, "renglon_titulo", None)
        datos = [tuple(map(str, fila)) for fila in self._valores.get(bloque.lista) or ()]
        filas = [
            self._renglon([escape(fila[n]) for n in cuales], anchos, tabla, "renglon", cabeza)
            for fila in datos
        ]
        if filas:
            filas[-1] = replace(filas[-1], despues=9.0)
        return [Junto((replace(cabeza, antes=2.0), *filas[:1])), *filas[1:]]

    def _renglon(
        self,
        textos: Sequence[str],
        anchos: Sequence[float],
        tabla: Elemento,
        forma: str,
        cabeza: Renglon | None,
    ) -> Renglon:
        fila = self._trazado.elemento(b"TR", tabla)
        rol, extra = (b"TD", b"") if cabeza else (b"TH", b"/A<</O/Table/Scope/Column>>")
        celdas, x = [], 0.0
        for texto, ancho in zip(textos, anchos, strict=True):
            celda = self._trazado.elemento(rol, fila, extra)
            celdas.append((x + 3, ancho, self._parrafo(forma, texto, celda, ancho - 6)))
            x += ancho
        return Renglon(tuple(celdas), ANCHO_TEXTO, cabeza)

    def _final(self, firmas: Sequence[FirmaImpresa]) -> list[Pieza]:
        p = self._plantilla
        piezas = [*self._parrafos("despedida", p.despedida), *self._parrafos("lema", p.lema)]
        papeles = {papel: plano(self._formar(texto)) for papel, texto in p.papeles}
        limpias = [replace(f, nombre=textos.limpio(f.nombre), cargo=textos.limpio(f.cargo)) for f in firmas]
        for renglon in renglones_de_firmas(limpias, papeles, p.sello, ANCHO_TEXTO, self._trazado):
            piezas += [Espacio(4), renglon]
        copias = [pieza for copia in p.copias for pieza in self._parrafos("copia", copia)]
        return [*piezas, Espacio(6), *copias] if copias else piezas


def _vineta(estilo: Estilo) -> Lineas:
    return parrafo("•", estilo, 20)


def _con_siguiente(piezas: Piezas) -> Piezas:
    """A subtitle stays with the beginning of what it announces."""
    juntas: Piezas = []
    n = 0
    while n < len(piezas):
        pieza = piezas[n]
        if isinstance(pieza, Parrafo) and pieza.lineas.estilo.con_siguiente and n + 1 < len(piezas):
            siguiente = piezas[n + 1]
            juntas.append(
                Junto((pieza, *(siguiente.piezas if isinstance(siguiente, Junto) else (siguiente,))))
            )
            n += 2
        else:
            juntas.append(pieza)
            n += 1
    return juntas


def plano(marcado: str) -> str:
    """Markup as plain text."""
    sin_marcas = marcado.replace("<br/>", " ")
    for marca in ("<b>", "</b>", "<i>", "</i>"):
        sin_marcas = sin_marcas.replace(marca, "")
    return unescape(sin_marcas)
