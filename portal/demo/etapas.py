"""How far each servicio of the demo has come, and when it must have begun to stand there today."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from portal.domain.calendario import Calendario, add_months, inicio_valido
from portal.domain.plan import EntregaSpec, Plan, horas_maximas

LEJOS = 380  # days ago before which no servicio of the demo begins


@dataclass(frozen=True)
class Etapa:
    """Where a servicio stops: `tipo`, and at which step of the plan (`clave`) and which reviewer (`turno`).

    tipo: "debe" (the file is due), "revision", "rechazada", "por_emitir", "primera_firma", "segunda_firma",
    "firma_rechazada", "terminado", "liberado", "recien", "baja", "baja_pedida", "baja_negada"; where the plan ends
    with a lista de emisión, "en_lista", "lista_vencida" and "constancia" in place of "liberado".
    """

    tipo: str
    clave: str = ""
    turno: int = 0


def etapas(plan: Plan) -> Iterator[Etapa]:
    """Every place in which a servicio of this plan may stand."""
    suben = [spec for spec in plan.entregas if spec.sube == "alumno"]
    for spec in suben:
        yield Etapa("debe", spec.clave)
        yield from (Etapa("revision", spec.clave, turno) for turno in range(len(spec.revisan)))
    for spec in (suben[0], suben[-1]):
        yield Etapa("rechazada", spec.clave)
    if carta_aqui(plan):
        yield from map(Etapa, ("por_emitir", "primera_firma", "segunda_firma", "firma_rechazada"))
    if plan.emite:
        yield from map(Etapa, ("terminado", "terminado", "constancia", "constancia", "lista_vencida"))
        yield from map(Etapa, ("lista_vencida", "en_lista", "en_lista"))
    else:
        yield from map(Etapa, ("terminado", "terminado", "liberado", "liberado", "liberado"))
    yield from map(Etapa, ("recien", "baja", "baja_pedida", "baja_negada"))


def carta_aqui(plan: Plan) -> EntregaSpec | None:
    """The carta de término, where the portal makes it."""
    return next((s for s in plan.entregas if s.tipo == "carta_termino" and s.sube != "alumno"), None)


@lru_cache(maxsize=8192)
def dia_con_horas(plan: Plan, cal: Calendario, desde: date, horas: int) -> date:
    """The first day on which so many hours (h) fit since `desde`."""
    n = bisect_left(
        range(500), horas, key=lambda d: horas_maximas(plan, desde, desde + timedelta(days=d), cal)
    )
    return desde + timedelta(days=n)


def termino(plan: Plan, cal: Calendario, inicio: date) -> date:
    """The end date that is agreed: the shortest lawful term in which the hours fit."""
    hours = dia_con_horas(plan, cal, inicio, plan.horas_totales) + timedelta(days=4)
    return max(add_months(inicio, plan.meses_minimos), hours)


def listo(plan: Plan, cal: Calendario, inicio: date, etapa: Etapa) -> date:
    """About when a servicio that began on `inicio` reaches its etapa; every review takes some days."""
    if etapa.tipo == "recien":
        return inicio + timedelta(days=9)
    dia = inicio
    for spec in plan.entregas:
        if spec.meta_horas and spec.pide_horas:
            dia = max(dia, dia_con_horas(plan, cal, inicio, spec.meta_horas) + timedelta(days=1))
        if any(c.tipo == "fecha_termino" for c in spec.abre):
            dia = max(dia, termino(plan, cal, inicio) + timedelta(days=1))
        if spec.clave == etapa.clave or (etapa.tipo in EN_FIRMA and spec == carta_aqui(plan)):
            return dia
        if etapa.tipo.startswith("baja"):
            return cal.add_working_days(dia, 9)
        if spec.requerida:
            dia = cal.add_working_days(dia, 8)
    return dia + timedelta(days=6)


def ultimo_archivo(plan: Plan, etapa: Etapa) -> str:
    """The last file that is sent before the etapa, where its day decides since when somebody waits; else ""."""
    if etapa.tipo not in ("terminado", "por_emitir"):
        return ""
    carta = carta_aqui(plan)
    limite = carta.orden if carta is not None and etapa.tipo == "por_emitir" else len(plan.entregas)
    return [s.clave for s in plan.entregas if s.sube == "alumno" and s.orden <= limite][-1]


EN_FIRMA = ("por_emitir", "primera_firma", "segunda_firma", "firma_rechazada")
# Days between reaching an etapa and today: what waits should not have waited for long.
HOLGURA = {"constancia": 94, "lista_vencida": 92, "en_lista": 16,
           "liberado": 16, "terminado": 7, "baja": 20, "baja_negada": 12, "segunda_firma": 9, "firma_rechazada": 11,
           "primera_firma": 6, "por_emitir": 3, "debe": 0, "recien": 0}  # fmt: skip


def inicio_para(plan: Plan, cal: Calendario, hoy: date, etapa: Etapa, antes: int = 0) -> date:
    """The latest day on which a servicio may start and have reached its etapa today, or `antes` days before."""
    limite = hoy - timedelta(days=HOLGURA.get(etapa.tipo, 5) + antes)
    for hace in range(1, LEJOS):
        inicio = hoy - timedelta(days=hace)
        if inicio_valido(inicio, cal, plan.dias_de_inicio) and listo(plan, cal, inicio, etapa) <= limite:
            return inicio
    raise ValueError(f"no start within {LEJOS} days reaches {etapa}")
