"""Reminders: on which working days before and after a date somebody is reminded, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.calendario import Calendario, en_palabras
from portal.domain.plan import EntregaSpec, Plan

SEMANAS_MAX = 8
JUNTOS = 3
"""More things of one kind than this are told by their number."""


@dataclass(frozen=True)
class Reglas:
    """Working days before (`antes`) and after (`despues`) a date on which somebody is reminded.

    `diario`: what is to be reviewed is told in the day's one mail, not in a mail of its own for each thing.
    """

    antes: tuple[int, ...] = (5, 1)
    despues: tuple[int, ...] = (1, 5, 10)
    diario: bool = False


@dataclass(frozen=True)
class Clase:
    """A kind of thing that waits: what is to be done, with one and with many; where the list of them is.

    `deber`: it is this very person's duty, so no pause holds it back.
    """

    uno: str
    varios: str = ""
    lista: str = ""
    deber: bool = False
    por_revisar: bool = False


CLASES: dict[str, Clase] = {
    "entregar": Clase("Entregar {que}", deber=True),
    "corregir": Clase("Corregir {que}", deber=True),
    "firmar": Clase("Firmar {que}", "{n} cartas por firmar", deber=True),
    "validar": Clase("Validar {que}", "{n} entregas por validar", "/dependencia/prestadores", por_revisar=True),
    "responder": Clase("Responder la solicitud de {que}", "{n} solicitudes por responder", "/dependencia/solicitudes"),
    "emitir": Clase(
        "Emitir la carta de término de {que}", "{n} cartas de término por emitir", "/dependencia/prestadores"
    ),
    "documentos": Clase("Corregir los documentos de su convenio", "", "/dependencia/convenios"),
    "revisar": Clase("Revisar {que}", "{n} entregas por revisar", "/{slug}/coordinador/entregas", por_revisar=True),
    "prerregistro": Clase(
        "Revisar el prerregistro de {que}", "{n} prerregistros por revisar", "/{slug}/coordinador/prerregistros"
    ),
    "baja": Clase("Decidir la baja de {que}", "{n} bajas por decidir", "/{slug}/coordinador/bajas"),
    "tramite": Clase("Atender el trámite de {que}", "{n} trámites por atender", "/{slug}/coordinador/tramites"),
    "convenio": Clase("Revisar el convenio de {que}", "{n} convenios por revisar", "/{slug}/coordinador/convenios"),
}  # fmt: skip


def toca(
    reglas: Reglas,
    calendario: Calendario,
    hoy: date,
    *,
    desde: date,
    vence: date | None = None,
    ultimo: date | None = None,
    por_revisar: bool = False,
) -> bool:
    """Whether today is a day to remind of something that waits since `desde` and is expected on `vence`.

    Without `vence` the days after are counted from `desde`. A day on which nothing was sent (nobody worked, the
    portal was down) is made up for once. `ultimo`: the last day on which somebody was reminded of it.
    """
    if not calendario.is_working_day(hoy):
        return False
    base = vence if vence is not None and vence >= desde else desde
    dias = [calendario.add_working_days(base, n) for n in reglas.despues]
    if vence is not None and vence >= desde:
        dias += [calendario.add_working_days(vence, -n) for n in reglas.antes]
    if por_revisar and reglas.diario:
        dias.append(calendario.add_working_days(desde, 0))
    cumplidos = [dia for dia in dias if desde <= dia <= hoy]
    return bool(cumplidos) and (ultimo is None or ultimo < max(cumplidos))


def fecha_esperada(plan: Plan, spec: EntregaSpec, inicio: date, termino: date) -> date:
    """The day on which a step is expected: a report when its share of the servicio is over, all else at the end.

    The share is its hours of the plan's, or its place among the reports where they have no hours.
    """
    if spec.tipo != "reporte":
        return termino
    reportes = [e for e in plan.entregas if e.tipo == "reporte"]
    parte, todo = (spec.meta_horas, plan.horas_totales)
    if not parte:
        parte, todo = reportes.index(spec) + 1, len(reportes)
    return min(termino, inicio + (termino - inicio) * parte / todo)


def cuando(calendario: Calendario, hoy: date, desde: date, vence: date | None) -> str:
    """When it was expected, or since when it waits, in words."""
    if vence is not None and vence >= desde:
        return f"se {'espera' if vence >= hoy else 'esperaba'} para el {en_palabras(vence)}"
    return f"espera desde {calendario.hace(desde, hoy)}"


def renglones(clase: str, ques: Sequence[str]) -> list[str]:
    """What is to be done with the things of one kind: one line each, or their number where they are many."""
    found = CLASES[clase]
    if found.varios and len(ques) > JUNTOS:
        return [found.varios.format(n=len(ques))]
    return [found.uno.format(que=que) for que in ques]
