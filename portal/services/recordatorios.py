"""The daily reminders: at most one mail a day to a person of an escuela, with all that waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from portal.domain.access import Actor
from portal.domain.calendario import ZONA, Calendario, to_local
from portal.domain.machine import Forbidden, Refused
from portal.domain.recordatorio import CLASES, SEMANAS_MAX, Reglas, cuando, renglones, toca
from portal.models import (
    Alumno,
    Escuela,
    Firma,
    Outbox,
    Recordatorio,
    RecordatorioCosa,
    RecordatorioPausa,
    db,
)
from portal.services import correos, destinatarios, escuelas, firmas_avisos
from portal.services.effects import Para
from portal.services.recordatorios_cosas import POR_VEZ, Cosa, todas
from portal.services.uow import Uow, unit_of_work
from tenants.scope import current_escuela

PLANTILLA = "recordatorio"
HORA = time(8, 0, tzinfo=ZONA)
"""Nobody is written to before this hour."""


@dataclass
class Persona:
    """Whom a reminder goes to, and what of; `inicio` is where their work is, `pausa` where reminders are paused."""

    correo: str
    nombre: str
    usuario_id: int | None = None
    inicio: str = ""
    pausa: str = ""
    tu: bool = False
    cosas: list[Cosa] = field(default_factory=list)


def reglas() -> Reglas | None:
    """The rules of the escuela in scope, or None where nobody is reminded."""
    given = escuelas.perfil().recordatorios
    if not given.activo:
        return None
    return Reglas(given.dias_antes, given.dias_despues, given.por_revisar == "diario")


def diarios(now: datetime) -> int:
    """Daily: write to everybody for whom something waits and whose day has come. Returns how many mails were written.

    Safe to run twice, by several workers at once: an address and a day have one reminder.
    """
    found, hoy = reglas(), to_local(now).date()
    calendario = escuelas.calendario()
    if found is None or not calendario.is_working_day(hoy):
        return 0
    due = _tocan(found, calendario, hoy)
    with unit_of_work(now) as uow:
        personas = _personas(uow, due)
        paused = set(
            uow.session.scalars(select(RecordatorioPausa.usuario_id).where(RecordatorioPausa.hasta >= hoy))
        )
    sent = 0
    for persona in personas:
        persona.cosas = [
            c for c in persona.cosas if CLASES[c.clase].deber or persona.usuario_id not in paused
        ]
        if persona.cosas:
            sent += _escribir(persona, hoy, now)
    return sent


def _tocan(found: Reglas, calendario: Calendario, hoy: date) -> list[Cosa]:
    """What waits and whose day has come. Only of these is it asked when they were reminded of: the history of all
    that ever waited is not read."""

    def es_hoy(cosa: Cosa, ultimo: date | None) -> bool:
        por_revisar = CLASES[cosa.clase].por_revisar
        return toca(
            found, calendario, hoy, desde=cosa.desde, vence=cosa.vence, ultimo=ultimo, por_revisar=por_revisar
        )

    cosas = [cosa for cosa in todas(escuelas.actual().slug) if es_hoy(cosa, None)]
    last: dict[tuple[str, int], date] = {}
    for noun in sorted({cosa.noun for cosa in cosas}):
        ids = [cosa.objeto_id for cosa in cosas if cosa.noun == noun]
        for n in range(0, len(ids), POR_VEZ):
            last |= ultimos({noun: ids[n : n + POR_VEZ]})
    return [cosa for cosa in cosas if es_hoy(cosa, last.get((cosa.noun, cosa.objeto_id)))]


def _personas(uow: Uow, cosas: Iterable[Cosa]) -> list[Persona]:
    """Everybody for whom these things wait, each once, told by the address."""
    known: dict[tuple[str, Any], list[Persona]] = {}
    by_address: dict[str, Persona] = {}
    for cosa in cosas:
        if cosa.para not in known:
            known[cosa.para] = _quienes(uow, *cosa.para)
        quienes = [p for p in known[cosa.para] if p.usuario_id == cosa.asignada] or known[cosa.para]
        for quien in quienes:
            if quien.correo:
                by_address.setdefault(quien.correo.lower(), quien).cosas.append(cosa)
    return list(by_address.values())


def _quienes(uow: Uow, kind: str, quien: Any) -> list[Persona]:
    slug = destinatarios.slug(uow)
    if kind == "alumno":
        alumno = uow.get(Alumno, quien)
        inicio = f"/{slug}/alumno/"
        return [Persona(alumno.correo, alumno.nombre, alumno.usuario_id, inicio, tu=True)]
    if kind == "firma":
        firma = uow.get(Firma, quien)
        return [Persona(firma.correo, firma.nombre)]
    if kind == "dependencia":
        people = destinatarios.de_dependencia(uow, quien)
        inicio, pausa = "/dependencia/", "/dependencia/recordatorios"
    else:
        people = destinatarios.de_oficina(uow, quien)
        inicio, pausa = f"/{slug}/coordinador/", f"/{slug}/coordinador/recordatorios"
    return [Persona(p.correo, p.nombre, p.id, inicio, pausa) for p in people]


def _escribir(persona: Persona, hoy: date, now: datetime) -> bool:
    """The mail of one person; False where the day's was written already."""
    with unit_of_work(now) as uow:
        uow.lock_id(Escuela, current_escuela())  # one after another: two workers write one mail
        para = persona.correo.lower()
        same = select(Recordatorio.id).where(Recordatorio.para == para, Recordatorio.dia == hoy)
        if uow.session.scalar(same) is not None:
            return False
        ruta = _ruta(uow, persona)
        correo = correos.escribir(
            uow, PLANTILLA, Para(persona.correo, ruta, persona.usuario_id, _contexto(persona, hoy))
        )
        if correo is None:
            return False
        work = uow.session.scalars(select(Outbox).where(Outbox.clave == f"correo:{correo.id}")).one()
        work.vence = max(now, datetime.combine(hoy, HORA))
        row = uow.add(Recordatorio(para=para, usuario_id=persona.usuario_id, dia=hoy, correo_id=correo.id))
        for noun, objeto_id in dict.fromkeys((c.noun, c.objeto_id) for c in persona.cosas):
            uow.add(RecordatorioCosa(recordatorio_id=row.id, noun=noun, objeto_id=objeto_id))
        return True


def _ruta(uow: Uow, persona: Persona) -> str:
    """Where a person's work is: the personal link of who is to sign, to all of it at once where it is more than one."""
    firmas = [c.objeto_id for c in persona.cosas if c.noun == "firma"]
    if not firmas:
        return persona.inicio
    return firmas_avisos.enlace_de(uow, firmas[0]) + ("/juntas" if len(firmas) > 1 else "")


def _contexto(persona: Persona, hoy: date) -> dict[str, Any]:
    por_clase: dict[str, list[Cosa]] = {}
    for cosa in sorted(persona.cosas, key=lambda c: c.vence or c.desde):
        por_clase.setdefault(cosa.clase, []).append(cosa)
    lines = [line for clase, cosas in por_clase.items() for line in _renglones(clase, cosas, hoy)]
    pausable = any(not CLASES[c.clase].deber for c in persona.cosas)
    return {
        "nombre": persona.nombre,
        "tu": persona.tu,
        "renglones": lines,
        "firma": any(c.noun == "firma" for c in persona.cosas),
        "pausa": persona.pausa if pausable else "",
    }


def _renglones(clase: str, cosas: Sequence[Cosa], hoy: date) -> list[dict[str, str]]:
    textos = renglones(clase, [c.que for c in cosas])
    calendario = escuelas.calendario()
    if len(textos) < len(cosas):
        oldest = min(c.desde for c in cosas)
        when = cuando(calendario, hoy, oldest, None).replace("espera", "lo más antiguo espera", 1)
        lista = CLASES[clase].lista.format(slug=escuelas.actual().slug)
        return [{"texto": textos[0], "cuando": when, "ruta": lista}]
    return [
        {"texto": texto, "cuando": cuando(calendario, hoy, c.desde, c.vence), "ruta": c.ruta}
        for texto, c in zip(textos, cosas, strict=True)
    ]


def pausar(semanas: int, *, actor: Actor, now: datetime) -> date | None:
    """Hold back this person's reminders of shared work for so many weeks (0: no more pause); the last day, or None.

    What is their own duty is reminded of all the same.
    """
    if actor.usuario_id is None or actor.rol not in ("coordinador", "dependencia"):
        raise Forbidden("accion.sin_permiso")
    if not 0 <= semanas <= SEMANAS_MAX:
        raise Refused("recordatorio.semanas", maximo=SEMANAS_MAX)
    with unit_of_work(now) as uow:
        query = select(RecordatorioPausa).where(RecordatorioPausa.usuario_id == actor.usuario_id)
        pausa = uow.session.scalar(query.with_for_update())
        if not semanas:
            if pausa is not None:
                uow.session.delete(pausa)
            return None
        hasta = to_local(now).date() + timedelta(weeks=semanas)
        if pausa is None:
            uow.add(RecordatorioPausa(usuario_id=actor.usuario_id, hasta=hasta))
        else:
            pausa.hasta = hasta
        return hasta


def pausa_de(usuario_id: int | None, hoy: date) -> date | None:
    """Until when (included) a person's reminders of shared work are held back in the escuela in scope, or None."""
    query = select(RecordatorioPausa.hasta).where(
        RecordatorioPausa.usuario_id == usuario_id, RecordatorioPausa.hasta >= hoy
    )
    return db.session.scalar(query)


def ultimos(cosas: Mapping[str, Sequence[int]]) -> dict[tuple[str, int], date]:
    """(noun, id) -> the day of its last reminder, of some things by noun; one statement, which reads the
    lines of these things (ix_recordatorio_cosa_objeto) and no other."""
    these = [
        and_(RecordatorioCosa.noun == noun, RecordatorioCosa.objeto_id.in_(ids))
        for noun, ids in cosas.items()
    ]
    query = (
        select(RecordatorioCosa.noun, RecordatorioCosa.objeto_id, func.max(RecordatorioCosa.creado))
        .where(or_(*these))
        .group_by(RecordatorioCosa.noun, RecordatorioCosa.objeto_id)
    )
    return {(noun, id_): to_local(creado).date() for noun, id_, creado in db.session.execute(query)}
