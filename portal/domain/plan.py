"""What an escuela asks of a servicio, and which entrega is open now and why.

A Plan is data: steps in order, each with the conditions that open it. Nothing
here knows a school, a clock or a database; `today` comes in a Situacion.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from portal.domain.calendario import Calendario, add_months, en_palabras
from portal.domain.liberacion import Parte, partes_de
from portal.domain.plan_frases import ESTADOS_FALTANTES, PARA_OTROS, SENTENCES

TIPOS = ("reporte", "global", "evaluacion", "carta_termino", "expediente", "lista_emision", "constancia")
SUBEN = ("alumno", "dependencia", "coordinador", "sistema")
CONDICIONES = (
    "anterior_aceptada",
    "anteriores_aceptadas",
    "horas",
    "horas_completas",
    "fecha_termino",
    "numero_registro_visible",
)


@dataclass(frozen=True)
class Razon:
    """A sentence by its key, and the values that fill it."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def texto(self) -> str:
        """The sentence as the alumno reads it."""
        return SENTENCES[self.key].format(**self.values)

    @property
    def para_otros(self) -> str:
        """The sentence as somebody else reads it of the alumno."""
        return PARA_OTROS.get(self.key, SENTENCES[self.key]).format(**self.values)

    def __str__(self) -> str:
        return self.texto


@dataclass(frozen=True)
class Condicion:
    """One condition that opens an entrega; `horas` (h) only for tipo "horas"."""

    tipo: str
    horas: int = 0

    @classmethod
    def parse(cls, text: str) -> "Condicion":
        """Read "anterior_aceptada" or "horas(180)"; ValueError when it is neither."""
        match = re.fullmatch(r"([a-z_]+)(?:\((\d+)\))?", text.strip())
        if match is None or match[1] not in CONDICIONES or (match[1] == "horas") != (match[2] is not None):
            raise ValueError(f"condición desconocida: {text}")
        return cls(match[1], int(match[2] or 0))


@dataclass(frozen=True)
class EntregaSpec:
    """One step of a plan: who uploads, who reviews (in order), what opens it.

    `meta_horas` (h, cumulative) is what the accepted hours must reach with this entrega. `siss`: once accepted, the
    alumno loads it in the SISS. `formas`: "pdf" (a file) and "formulario" (an evaluación filled by personal link).
    """

    clave: str
    nombre: str
    orden: int
    tipo: str
    sube: str
    revisan: tuple[str, ...] = ()
    abre: tuple[Condicion, ...] = ()
    meta_horas: int = 0
    pide_horas: bool = False
    requerida: bool = True
    siss: bool = False
    formas: tuple[str, ...] = ("pdf",)
    articulo: str = "el"
    descripcion: str = ""
    instrucciones: str = ""
    formato: str = ""
    partes: tuple[Parte, ...] = ()

    @property
    def con_articulo(self) -> str:
        """The name with its article: "el reporte de 180 horas"."""
        return f"{self.articulo} {self.en_frase}"

    @property
    def en_frase(self) -> str:
        """The name inside a sentence: "reporte de 180 horas"; an acronym at its beginning stays as it is."""
        return self.nombre if self.nombre[:2].isupper() else f"{self.nombre[:1].lower()}{self.nombre[1:]}"


@dataclass(frozen=True)
class Plan:
    """What an escuela asks of a servicio; hours in h, months in calendar months."""

    clave: str
    version: int
    nombre: str
    horas_totales: int
    meses_minimos: int
    meses_maximos: int
    horas_dia_max: int
    horas_mes_max: int
    creditos_minimos_pct: int
    entregas: tuple[EntregaSpec, ...]
    dias_de_inicio: tuple[int, ...] = (1, 16)
    constancia_dias_habiles: tuple[int, int] = (40, 45)

    def entrega(self, clave: str) -> EntregaSpec:
        """The step of that clave; KeyError when the plan has none."""
        for spec in self.entregas:
            if spec.clave == clave:
                return spec
        raise KeyError(clave)

    def del_tipo(self, tipo: str) -> EntregaSpec | None:
        """The first step of that tipo, or None."""
        return next((spec for spec in self.entregas if spec.tipo == tipo), None)

    @property
    def emite(self) -> bool:
        """Whether it ends with a lista de emisión and the constancia that comes of it [seed 001 §3]."""
        return self.del_tipo("lista_emision") is not None

    @property
    def publica(self) -> bool:
        """Whether what ends it is a published list: the liberación is asked for and no constancia comes back."""
        return self.emite and self.del_tipo("constancia") is None


def plan_from_data(data: Mapping[str, Any]) -> Plan:
    """Build a Plan from plain data (a profile's plan as a dict); unknown keys are ignored."""
    specs = []
    for orden, item in enumerate(data["entregas"], start=1):
        values = {k: item[k] for k in EntregaSpec.__dataclass_fields__ if k in item}
        values["orden"] = item.get("orden") or orden
        values["revisan"] = tuple(item.get("revisan", ()))
        values["formas"] = tuple(item.get("formas") or ("pdf",))
        values["abre"] = tuple(Condicion.parse(text) for text in item.get("abre", ()))
        values["partes"] = partes_de(item.get("partes", ()))
        specs.append(EntregaSpec(**values))
    values = {k: data[k] for k in Plan.__dataclass_fields__ if k in data}
    for name in ("dias_de_inicio", "constancia_dias_habiles"):
        if name in values:
            values[name] = tuple(values[name])
    values["entregas"] = tuple(sorted(specs, key=lambda spec: spec.orden))
    return Plan(**values)


@dataclass(frozen=True)
class Situacion:
    """Where a servicio stands: estado by entrega clave, hours (h), dates, número de registro.

    An entrega absent from `estados` is "bloqueada".
    """

    today: date
    estados: Mapping[str, str] = field(default_factory=dict)
    horas_aceptadas: int = 0
    horas_en_revision: int = 0
    fecha_inicio: date | None = None
    fecha_termino: date | None = None
    numero_registro: str | None = None
    activo: bool = True

    def estado(self, clave: str) -> str:
        """Estado of the entrega of that clave."""
        return self.estados.get(clave, "bloqueada")


@dataclass(frozen=True)
class PasoPlan:
    """One step as the alumno sees it: its estado, whether it takes a file now, and why not."""

    spec: EntregaSpec
    estado: str
    abierta: bool
    por_que: Razon | None

    @property
    def clave(self) -> str:
        return self.spec.clave

    @property
    def nombre(self) -> str:
        return self.spec.nombre


def _anterior(plan: Plan, spec: EntregaSpec) -> EntregaSpec | None:
    before = [other for other in plan.entregas if other.orden < spec.orden]
    return before[-1] if before else None


def _falta_anterior(plan: Plan, spec: EntregaSpec, s: Situacion) -> Razon | None:
    anterior = _anterior(plan, spec)
    if anterior is None or s.estado(anterior.clave) == "aceptada":
        return None
    key = {"sistema": "plan.anterior_emitida", "coordinador": "plan.anterior_cargada"}.get(
        anterior.sube, "plan.anterior_aceptada"
    )
    return Razon(key, {"anterior": anterior.con_articulo})


def _falta_alguna_anterior(plan: Plan, spec: EntregaSpec, s: Situacion) -> Razon | None:
    faltan = [
        other.con_articulo
        for other in plan.entregas
        if other.orden < spec.orden and s.estado(other.clave) != "aceptada"
    ]
    return Razon("plan.anteriores_aceptadas", {"faltan": ", ".join(faltan)}) if faltan else None


def _faltan_horas(key: str, meta: int, s: Situacion) -> Razon | None:
    if s.horas_aceptadas >= meta:
        return None
    return Razon(key, {"meta": meta, "llevas": s.horas_aceptadas, "faltan": meta - s.horas_aceptadas})


def _falta_termino(s: Situacion) -> Razon | None:
    if s.fecha_termino is None:
        return Razon("plan.sin_fecha_termino")
    if s.today < s.fecha_termino:
        return Razon("plan.fecha_termino", {"fecha": en_palabras(s.fecha_termino)})
    return None


def condition_missing(
    plan: Plan, spec: EntregaSpec, condicion: Condicion, situacion: Situacion
) -> Razon | None:
    """None when the condition holds, else the sentence that says what is missing."""
    match condicion.tipo:
        case "anterior_aceptada":
            return _falta_anterior(plan, spec, situacion)
        case "anteriores_aceptadas":
            return _falta_alguna_anterior(plan, spec, situacion)
        case "horas":
            return _faltan_horas("plan.horas", condicion.horas, situacion)
        case "horas_completas":
            return _faltan_horas("plan.horas_completas", plan.horas_totales, situacion)
        case "fecha_termino":
            return _falta_termino(situacion)
        case "numero_registro_visible":
            return None if situacion.numero_registro else Razon("plan.sin_numero_registro")
    raise ValueError(f"condición desconocida: {condicion.tipo}")


def blocked_by(plan: Plan, spec: EntregaSpec, situacion: Situacion) -> tuple[Razon, ...]:
    """Every condition of the step that does not hold now; empty when it may open."""
    if not situacion.activo:
        return (Razon("plan.no_activo"),)
    found = (condition_missing(plan, spec, c, situacion) for c in spec.abre)
    return tuple(razon for razon in found if razon is not None)


def _paso(plan: Plan, spec: EntregaSpec, situacion: Situacion) -> PasoPlan:
    estado = situacion.estado(spec.clave)
    if estado in ("aceptada", "en_revision"):
        return PasoPlan(spec, estado, False, Razon(f"plan.{estado}"))
    razones = blocked_by(plan, spec, situacion)
    if razones:
        return PasoPlan(spec, estado, False, razones[0])
    # Open by its conditions, even if nobody has written "habilitada" yet.
    return PasoPlan(spec, "habilitada" if estado == "bloqueada" else estado, True, None)


def estado_de_plan(plan: Plan, situacion: Situacion) -> tuple[PasoPlan, ...]:
    """Every step in order, open or with the reason why not. A blocked step always says why."""
    return tuple(_paso(plan, spec, situacion) for spec in plan.entregas)


def next_step(plan: Plan, situacion: Situacion) -> PasoPlan | None:
    """The one step to look at now: rejected, else open for the alumno, else open for another,
    else in review, else the first blocked; None when all is accepted."""
    pasos = [p for p in estado_de_plan(plan, situacion) if p.estado != "aceptada"]

    def rank(paso: PasoPlan) -> int:
        if paso.abierta:
            if paso.spec.sube != "alumno":
                return 2
            return 0 if paso.estado == "rechazada" else 1
        return 3 if paso.estado == "en_revision" else 4

    return min(pasos, key=rank, default=None)


def objecion_fechas(plan: Plan, inicio: date, termino: date) -> Razon | None:
    """A servicio lasts from meses_minimos to meses_maximos, last day included."""
    if termino <= inicio:
        return Razon("plan.fechas_al_reves")
    minimo = add_months(inicio, plan.meses_minimos) - timedelta(days=1)
    maximo = add_months(inicio, plan.meses_maximos)
    if termino < minimo:
        return Razon("plan.pocos_meses", {"meses": plan.meses_minimos, "fecha": en_palabras(minimo)})
    if termino > maximo:
        return Razon("plan.muchos_meses", {"meses": plan.meses_maximos, "fecha": en_palabras(maximo)})
    return None


def horas_maximas(plan: Plan, desde: date, hasta: date, calendario: Calendario) -> int:
    """Most hours (h) that fit in a period, both days included: horas_dia_max on each working
    day, and horas_mes_max in each calendar month."""
    dias: dict[tuple[int, int], int] = {}
    day = desde
    while day <= hasta:
        if calendario.is_working_day(day):
            dias[day.year, day.month] = dias.get((day.year, day.month), 0) + 1
        day += timedelta(days=1)
    return sum(min(n * plan.horas_dia_max, plan.horas_mes_max) for n in dias.values())


def objecion_horas(
    plan: Plan, spec: EntregaSpec, situacion: Situacion, horas: int | None, maximo: int | None = None
) -> Razon | None:
    """Hours (h) of a report: positive, within `maximo` of its period (see horas_maximas), and
    with the accepted ones they reach the step's meta_horas."""
    if not spec.pide_horas:
        return None
    if not horas or horas < 1:
        return Razon("plan.horas_vacias")
    if maximo is not None and horas > maximo:
        return Razon(
            "plan.horas_sobre_maximo",
            {"maximo": maximo, "dia": plan.horas_dia_max, "mes": plan.horas_mes_max},
        )
    suma = situacion.horas_aceptadas + horas
    if suma < spec.meta_horas:
        return Razon(
            "plan.horas_bajo_meta",
            {"horas": horas, "suma": suma, "entrega": spec.con_articulo, "meta": spec.meta_horas},
        )
    return None


def objecion_periodo(
    desde: date, hasta: date, today: date, inicio: date | None = None, ultimo: date | None = None
) -> Razon | None:
    """A report's period lies between the servicio's `inicio` and today, and begins after
    `ultimo`, the last day already reported: no hour is counted twice."""
    if hasta < desde:
        return Razon("plan.periodo_al_reves")
    if hasta > today:
        return Razon("plan.periodo_futuro")
    if inicio is not None and desde < inicio:
        return Razon("plan.periodo_antes_de_inicio", {"fecha": en_palabras(inicio)})
    if ultimo is not None and desde <= ultimo:
        return Razon("plan.periodo_repetido", {"fecha": en_palabras(ultimo)})
    return None


def faltantes_para_finalizar(plan: Plan, situacion: Situacion) -> tuple[Razon, ...]:
    """What lacks for the carta de finalización: every `requerida` step accepted, the full
    hours, the end date reached, a lawful length. Empty when it can be issued."""
    faltan = [
        Razon(
            "plan.falta_entrega",
            {"entrega": p.spec.con_articulo, "estado": ESTADOS_FALTANTES.get(p.estado, p.estado)},
        )
        for p in estado_de_plan(plan, situacion)
        if p.spec.requerida and p.estado != "aceptada"
    ]
    horas = _faltan_horas("plan.faltan_horas", plan.horas_totales, situacion)
    if horas:
        faltan.append(horas)
    inicio, termino = situacion.fecha_inicio, situacion.fecha_termino
    if inicio is None or termino is None:
        return (*faltan, Razon("plan.falta_registrar_fechas"))
    if situacion.today < termino:
        faltan.append(Razon("plan.falta_fecha_termino", {"fecha": en_palabras(termino)}))
    fechas = objecion_fechas(plan, inicio, termino)
    return (*faltan, fechas) if fechas else tuple(faltan)
