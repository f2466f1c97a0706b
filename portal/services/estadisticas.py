"""The statistics of an escuela over a period [seed 001 §5]: one function makes the figures that the page, the PDF and
the spreadsheets show. It takes what was counted; it counts nothing itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.domain import periodos
from portal.domain.calendario import Calendario
from portal.domain.estadistica import MOVIMIENTOS, NEGATIVAS, PASOS, SIN_DATO, en_cifra, percentil
from portal.domain.periodos import Dias
from portal.services.reportes import Palabras

Liga = tuple[str, Mapping[str, str]]
"""A list and its filters: ("expedientes" or "movimientos", what the address says)."""
OTROS = "otro"
OTRO_MOTIVO = "Otro motivo, escrito por quien revisó"
RECIBIDAS = ("entrega_enviada",)
REVISADAS = ("entrega_validada", "entrega_aceptada", "entrega_rechazada")
PRESTATARIOS = 20
ASPECTOS = {
    "carrera": ("Por carrera", "Carrera"),
    "genero": ("Por género", "Género"),
    "semestre": ("Por semestre", "Semestre"),
    "prestatario": ("Por prestatario", "Prestatario"),
    "modalidad": ("Por modalidad", "Modalidad"),
}


@dataclass(frozen=True)
class Contado:
    """What the queries counted of a period: servicios by aspect, movements by day, decisions."""

    servicios: Sequence[Any]
    dias: Sequence[Any]
    decisiones: Sequence[Any]


@dataclass(frozen=True)
class Cifra:
    """One of the main figures, with that of the period before."""

    clave: str
    texto: str
    valor: int
    antes: int
    liga: Liga

    @property
    def cambio(self) -> str:
        """ "12 más que antes", "Igual que antes"."""
        if self.valor == self.antes:
            return "Igual que en el periodo anterior"
        cuanto, mas = en_cifra(abs(self.valor - self.antes)), "más" if self.valor > self.antes else "menos"
        return f"{cuanto} {mas} que en el periodo anterior ({en_cifra(self.antes)})"


@dataclass(frozen=True)
class Renglon:
    """A row: what it is of, its figures (None: there is none), and the lists behind them (one for all, or one each)."""

    texto: str
    valores: tuple[int | None, ...]
    ligas: tuple[Liga | None, ...]


@dataclass(frozen=True)
class Seccion:
    """A table: key, title, headings (the first is of the texts), rows, a note. `series`: columns that are drawn."""

    clave: str
    titulo: str
    columnas: tuple[str, ...]
    filas: list[Renglon]
    nota: str = ""
    series: tuple[int, ...] = (0,)
    en_el_tiempo: bool = False


@dataclass(frozen=True)
class Estadistica:
    """Everything of a period: six figures and the tables."""

    titulo: str
    periodo: Dias
    previo: Dias
    en_letra: str
    cifras: list[Cifra]
    secciones: list[Seccion] = field(default_factory=list)

    @property
    def vacia(self) -> bool:
        """Whether nothing at all was done, and nobody served."""
        return not any(s.filas for s in self.secciones)

    def filas(self) -> list[tuple[str, str, str, int | None]]:
        """Every figure as (section, what of, measure, value): how a plain table tells all of it."""
        found: list[tuple[str, str, str, int | None]] = []
        for cifra in self.cifras:
            found.append(("Cifras", cifra.texto, "En el periodo", cifra.valor))
            found.append(("Cifras", cifra.texto, "Periodo anterior", cifra.antes))
        for seccion in self.secciones:
            for fila in seccion.filas:
                medidas = zip(seccion.columnas[1:], fila.valores, strict=True)
                found += [(seccion.titulo, fila.texto, medida, valor) for medida, valor in medidas]
        return found


def armar(
    por: str,
    periodo: Dias,
    contado: Contado,
    palabras: Palabras,
    calendario: Calendario,
    *,
    todos: bool = False,
) -> Estadistica:
    """The figures and tables of a period of that kind ("" for any two days).

    `palabras` tell coded values; `todos` the prestatarios beyond the first twenty too. Waits are working days.
    """
    previo = periodos.anterior(por, *periodo)
    veces, antes = _veces(contado.dias, periodo), _veces(contado.dias, previo)
    totales = {c.aspecto: c.cuantos for c in contado.servicios}
    dias = _espera(calendario)
    return Estadistica(
        periodos.REPORTES.get(por, "Estadísticas"),
        periodo,
        previo,
        periodos.en_letra(por, *periodo),
        _cifras(periodo, totales, veces, antes),
        [
            _por_tramo(periodo, contado.dias),
            _movimientos(periodo, previo, veces, antes),
            _estados(periodo, contado.servicios, palabras),
            *(_aspecto(a, periodo, contado.servicios, palabras, todos=todos) for a in ASPECTOS),
            _tiempos(periodo, contado.decisiones, dias),
            _rechazos(periodo, contado.decisiones),
            _carga(periodo, contado.decisiones, dias),
        ],
    )


def _veces(dias: Iterable[Any], periodo: Dias) -> Counter[str]:
    found: Counter[str] = Counter()
    for d in dias:
        if periodo[0] <= d.dia <= periodo[1]:
            found[d.clave] += d.cuantos
    return found


def _a_movimientos(periodo: Dias, **filtros: str) -> Liga:
    return "movimientos", {"desde": periodo[0].isoformat(), "hasta": periodo[1].isoformat(), **filtros}


def _a_expedientes(periodo: Dias, **filtros: str) -> Liga:
    return "expedientes", {"en_desde": periodo[0].isoformat(), "en_hasta": periodo[1].isoformat(), **filtros}


def _negativos() -> list[str]:
    """The movements that are rejections."""
    return [m.clave for m in MOVIMIENTOS if set(m.acciones) <= set(NEGATIVAS)]


def _cifras(
    periodo: Dias, totales: Mapping[str, int], veces: Counter[str], antes: Counter[str]
) -> list[Cifra]:
    empezaron = ("expedientes", {"desde": periodo[0].isoformat(), "hasta": periodo[1].isoformat(),
                                 "estado": "en_servicio"})  # fmt: skip
    found = [
        Cifra(clave, texto, totales.get(aspecto, 0), totales.get(f"antes_{aspecto}", 0), liga)
        for clave, texto, aspecto, liga in (
            ("en_servicio", "Alumnos en servicio", "total", _a_expedientes(periodo, estado="en_servicio")),
            ("empezaron", "Empezaron su servicio", "inicio", empezaron),
        )
    ]
    for clave, texto in (
        ("servicio_liberado", "Servicios liberados"),
        ("servicio_baja", "Bajas"),
        ("entrega_enviada", "Entregas recibidas"),
    ):
        found.append(Cifra(clave, texto, veces[clave], antes[clave], _a_movimientos(periodo, que=clave)))
    ahora, previo = (sum(cuenta[c] for c in _negativos()) for cuenta in (veces, antes))
    return [*found, Cifra("rechazos", "Rechazos", ahora, previo, _a_movimientos(periodo, que="rechazos"))]


def _por_tramo(periodo: Dias, dias: Sequence[Any]) -> Seccion:
    filas: list[Renglon] = []
    hubo = _veces(dias, periodo)
    tramos = periodos.tramos(*periodo) if any(hubo[c] for c in (*RECIBIDAS, *REVISADAS)) else ()
    for texto, desde, hasta in tramos:
        veces = _veces(dias, (desde, hasta))
        pares = [(sum(veces[c] for c in claves), que) for claves, que in
                 ((RECIBIDAS, "entrega_enviada"), (REVISADAS, "entrega_revisada"))]  # fmt: skip
        filas.append(
            Renglon(
                texto,
                tuple(n for n, _ in pares),
                tuple(_a_movimientos((desde, hasta), que=que) if n else None for n, que in pares),
            )
        )
    return Seccion("tiempo", "Entregas recibidas y revisadas", ("Cuándo", "Recibidas", "Revisadas"), filas,
                   "Una entrega que revisan la dependencia y la escuela cuenta una vez por cada revisión.",
                   (0, 1), en_el_tiempo=True)  # fmt: skip


def _movimientos(periodo: Dias, previo: Dias, veces: Counter[str], antes: Counter[str]) -> Seccion:
    filas = [
        Renglon(
            m.texto,
            (veces[m.clave], antes[m.clave]),
            (
                _a_movimientos(periodo, que=m.clave) if veces[m.clave] else None,
                _a_movimientos(previo, que=m.clave) if antes[m.clave] else None,
            ),
        )
        for m in MOVIMIENTOS
        if veces[m.clave] or antes[m.clave]
    ]
    return Seccion(
        "movimientos", "Movimientos", ("Movimiento", "En el periodo", "Periodo anterior"), filas, series=()
    )


def _de_servicios(cuentas: Iterable[tuple[str, Any, Mapping[str, str]]], periodo: Dias) -> list[Renglon]:
    """Rows of servicios and hours from (text, counted, filters), each with its list."""
    filas = []
    for texto, cuenta, filtros in cuentas:
        liga = _a_expedientes(periodo, **filtros)
        filas.append(Renglon(texto, (cuenta.cuantos, cuenta.horas), (liga, liga)))
    return filas


def _estados(periodo: Dias, servicios: Sequence[Any], palabras: Palabras) -> Seccion:
    words = palabras["estado"]
    orden = {clave: n for n, clave in enumerate(words)}
    found = sorted(
        (c for c in servicios if c.aspecto == "estado"), key=lambda c: orden.get(c.clave, len(orden))
    )
    filas = _de_servicios(((words.get(c.clave, c.clave), c, {"estado": c.clave}) for c in found), periodo)
    return Seccion("estado", "Por estado", ("Estado", "Servicios", "Horas aceptadas"), filas,
                   "Servicios con al menos un día en el periodo, en el estado que tienen hoy.")  # fmt: skip


def _aspecto(
    aspecto: str, periodo: Dias, servicios: Sequence[Any], palabras: Palabras, *, todos: bool
) -> Seccion:
    """Alumnos in service by one aspect: the most first, semestres in their order, those not known last."""
    titulo, cabeza = ASPECTOS[aspecto]
    words = palabras.get(aspecto, {})
    counted = [c for c in servicios if c.aspecto == aspecto]
    if aspecto == "semestre":
        counted.sort(key=lambda c: (c.clave == SIN_DATO, len(c.clave), c.clave))
    else:
        counted.sort(key=lambda c: (c.clave == SIN_DATO, -c.cuantos, c.nombre or words.get(c.clave, c.clave)))
    resto = counted[PRESTATARIOS:] if aspecto == "prestatario" and not todos else []
    name = "dependencia" if aspecto == "prestatario" else aspecto
    filas = _de_servicios(
        (
            (c.nombre or words.get(c.clave, c.clave), c, {"estado": "en_servicio", name: c.clave})
            for c in counted[: len(counted) - len(resto)]
        ),
        periodo,
    )
    if resto:
        valores = (sum(c.cuantos for c in resto), sum(c.horas for c in resto))
        mas: Liga = ("estadisticas", {"prestatarios": "todos"})
        filas.append(Renglon(f"Otros {en_cifra(len(resto))} prestatarios", valores, (mas, mas)))
    return Seccion(
        aspecto, titulo, (cabeza, "Alumnos", "Horas aceptadas"), filas, "De los alumnos en servicio."
    )


# ---- decisions ----


def _espera(calendario: Calendario) -> Callable[[Any], int | None]:
    """How many working days a decision took; the same two days are counted once."""
    known: dict[tuple[date, date], int] = {}

    def dias(decision: Any) -> int | None:
        if decision.desde is None:
            return None
        pair = (decision.desde, decision.dia)
        if pair not in known:
            known[pair] = max(calendario.working_days_between(*pair), 0)
        return known[pair]

    return dias


def _pesos(decisiones: Iterable[Any], dias: Callable[[Any], int | None]) -> list[tuple[int, int]]:
    return [(n, d.cuantos) for d in decisiones if (n := dias(d)) is not None]


def _grupos(decisiones: Iterable[Any], clave: Callable[[Any], str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for decision in decisiones:
        found[clave(decision)].append(decision)
    return found


def _tiempos(periodo: Dias, decisiones: Sequence[Any], dias: Callable[[Any], int | None]) -> Seccion:
    grupos = _grupos(decisiones, lambda d: d.paso)
    filas = []
    for paso in PASOS:
        if paso.clave not in grupos:
            continue
        pesos = _pesos(grupos[paso.clave], dias)
        valores = (sum(d.cuantos for d in grupos[paso.clave]), percentil(pesos, 50), percentil(pesos, 90))
        filas.append(Renglon(paso.texto, valores, (_a_movimientos(periodo, que=paso.clave),) * 3))
    return Seccion("tiempos", "Tiempos de cada paso", ("Paso", "Decisiones", "Mediana (días hábiles)",
                   "Percentil 90 (días hábiles)"), filas,
                   "La mitad se resolvió en la mediana o menos; nueve de cada diez, en el percentil 90 o menos.",
                   (1, 2))  # fmt: skip


def _rechazos(periodo: Dias, decisiones: Sequence[Any]) -> Seccion:
    """How often each ready reason was given; what people wrote themselves is one row, the last."""
    veces: Counter[str] = Counter()
    for d in decisiones:
        if d.motivo:
            veces[d.motivo] += d.cuantos
    orden = sorted(veces, key=lambda m: (m == OTROS, -veces[m], m))
    filas = [
        Renglon(
            OTRO_MOTIVO if m == OTROS else m,
            (veces[m],),
            (_a_movimientos(periodo, que="rechazos", motivo=m),),
        )
        for m in orden
    ]
    return Seccion("rechazos", "Rechazos por motivo", ("Motivo", "Rechazos"), filas)


def _carga(periodo: Dias, decisiones: Sequence[Any], dias: Callable[[Any], int | None]) -> Seccion:
    """Who of the office decided how many, and in how many working days."""
    de_la_oficina = (d for d in decisiones if d.rol == "coordinador")
    grupos = _grupos(de_la_oficina, lambda d: d.autor)
    cuantas = {autor: sum(d.cuantos for d in suyas) for autor, suyas in grupos.items()}
    filas = []
    for autor in sorted(grupos, key=lambda a: (-cuantas[a], a)):
        liga = _a_movimientos(periodo, que="de_la_oficina", autor=autor)
        mediana = percentil(_pesos(grupos[autor], dias), 50)
        filas.append(Renglon(autor, (cuantas[autor], mediana), (liga, liga)))
    return Seccion("carga", "Carga de quienes revisan", ("Persona", "Decisiones", "Mediana (días hábiles)"),
                   filas, "Decisiones de la oficina sobre todo lo que espera su respuesta.")  # fmt: skip


def motivos_listos(perfil: Any) -> tuple[str, ...]:
    """Every ready reason of an escuela, each once."""
    return tuple(dict.fromkeys(m for lista in perfil.motivos.values() for m in lista))
