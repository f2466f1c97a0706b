"""Asking for signatures: one letter at once, many in one mail, and one personal link that opens all that wait.

What a signer was not told of yet has its own row in the outbox, so none is forgotten; the first row that runs tells of
all of them, and the others find it done. A link stays good until its place is signed, refused or another's: a second
mail carries the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from portal.domain.calendario import to_local
from portal.domain.carta import EN_FIRMA, in_circuit, in_turn
from portal.models import Alumno, Carta, Dependencia, Enlace, Firma, Outbox
from portal.models.carta import escrito
from portal.services import correos, enlaces, suplencias
from portal.services.effects import Para
from portal.services.uow import Uow, unit_of_work
from tenants.scope import current_escuela

TAREA = "pedir_firma"
QUIETA = timedelta(seconds=30)
"""What comes many at a time is told of when no more has come for so long."""
ESPERA = timedelta(hours=3)
"""Whoever was written to and has not signed yet is written to again no sooner, with all that came meanwhile."""
EJEMPLOS = 5


def de_carta(uow: Uow, carta_id: int) -> list[Firma]:
    """Every place of a letter's circuit, in order, read fresh."""
    query = select(Firma).where(Firma.carta_id == carta_id).order_by(Firma.orden)
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def pedir(uow: Uow, carta: Carta, firma: Firma) -> None:
    """Write to a signer whose turn it is: now, or together with the others that wait for the same address."""
    suplencias.aplicar(uow, firma, to_local(uow.now).date())
    cuando = uow.now + QUIETA if uow.juntas else _tras_la_ultima(uow, firma)
    if cuando is None:
        enviar_enlace(uow, carta, firma)
    else:
        _encargar(uow, firma, cuando)


def _tras_la_ultima(uow: Uow, firma: Firma) -> datetime | None:
    """When who was written to of something that still waits is written to again; None: at once."""
    query = select(func.max(Firma.avisada)).join(Carta, Carta.id == Firma.carta_id)
    query = query.where(
        *_espera(firma.correo),
        Firma.id != firma.id,
        Firma.avisada > uow.now - ESPERA,
        Firma.avisada <= uow.now,
    )
    ultima = uow.session.scalar(query)
    return ultima + ESPERA if ultima is not None else None


def _espera(correo: str) -> tuple[Any, ...]:
    """What a place (joined with its letter) that waits for an address is, its turn or not."""
    return (
        Firma.correo.in_(escrito(correo)),
        Firma.estado == "pendiente",
        Carta.estado.in_(EN_FIRMA),
    )


def _encargar(uow: Uow, firma: Firma, vence: datetime) -> None:
    uow.later(TAREA, firma.id, clave=f"{TAREA}:{firma.id}:{uow.now:%Y%m%d%H%M%S%f}", vence=vence)


def juntar(firma_id: int, *, now: datetime) -> None:
    """Write to a signer of all that nobody told them of yet. Safe to run twice: what they were told of is left out.

    While more keeps coming for the same address it waits for the last of it.
    """
    with unit_of_work(now) as uow:
        firma = uow.get(Firma, firma_id)
        if firma.avisada is not None or firma.estado != "pendiente":
            return
        viene = _viene_mas(uow, firma)
        if viene is not None:
            _encargar(uow, firma, viene)
            return
        enviar_juntas(uow, [f for f in esperan(uow, firma.correo) if f.avisada is None])


def _viene_mas(uow: Uow, firma: Firma) -> datetime | None:
    """When the last of what has just come for the same address is due, where that is still ahead."""
    suyas = select(Firma.id).where(
        Firma.correo.in_(escrito(firma.correo)), Firma.estado == "pendiente", Firma.avisada.is_(None)
    )
    query = select(func.max(Outbox.vence)).where(
        Outbox.hecho.is_(None), Outbox.tipo == TAREA, Outbox.objeto_id.in_(suyas), Outbox.objeto_id != firma.id,
        Outbox.vence > uow.now, Outbox.vence <= uow.now + QUIETA,
    )  # fmt: skip
    return uow.session.scalar(query)


def esperan(uow: Uow, correo: str) -> list[Firma]:
    """The places of an address whose turn it is, oldest first, locked."""
    mias = select(Firma).join(Carta, Carta.id == Firma.carta_id).where(*_espera(correo)).order_by(Firma.id)
    mias = mias.with_for_update(of=Firma, key_share=True).execution_options(populate_existing=True)
    found = list(uow.session.scalars(mias))
    cartas = select(Firma.carta_id).where(Firma.correo.in_(escrito(correo)), Firma.estado == "pendiente")
    todas = uow.session.scalars(
        select(Firma).where(Firma.carta_id.in_(cartas)).order_by(Firma.carta_id, Firma.orden)
    )
    turno = {f.id for _, circuito in groupby(todas, lambda f: f.carta_id) for f in in_turn(circuito)}
    return [f for f in found if f.id in turno]


def enviar_juntas(uow: Uow, firmas: Sequence[Firma]) -> None:
    """One mail of some places of one address: its link opens the page where all that waits is read and signed."""
    if not firmas:
        return
    if len(firmas) == 1:
        enviar_enlace(uow, uow.get(Carta, firmas[0].carta_id), firmas[0])
        return
    primera = firmas[0]
    for firma in firmas:
        firma.avisada = uow.now
    contexto = {
        "firmante": primera.nombre,
        "cuantas": len(esperan(uow, primera.correo)),
        "ejemplos": [_renglon(uow, firma) for firma in firmas[:EJEMPLOS]],
        "titulares": list(dict.fromkeys(f.titular_nombre for f in firmas if f.titular_nombre)),
    }
    para = Para(primera.correo, ruta=f"{enlace_de(uow, primera.id)}/juntas", contexto=contexto)
    correos.escribir(uow, "firmas_pedidas", para)


def _renglon(uow: Uow, firma: Firma) -> str:
    que = de_que(uow, uow.get(Carta, firma.carta_id))
    return " ".join(
        filter(None, (que["carta"], que["alumno"] and f"de {que['alumno']}", f"({que['folio']})"))
    )


def enviar_enlace(uow: Uow, carta: Carta, firma: Firma) -> None:
    """Write to a signer, or to who signs in their absence today, of one letter, with their personal link."""
    suplencias.aplicar(uow, firma, to_local(uow.now).date())
    ruta = enlace_de(uow, firma.id)
    firma.avisada = uow.now
    contexto = {**de_que(uow, carta), "firmante": firma.nombre, "ya_firmaron": _ya_firmaron(uow, carta)}
    contexto |= {"titular": firma.titular_nombre, "titular_cargo": firma.titular_cargo}
    correos.escribir(uow, "firma_pedida", Para(firma.correo, ruta=ruta, contexto=contexto))


def enlace_de(uow: Uow, firma_id: int) -> str:
    """The path of a signer's personal link as a mail stores it: the one they have, made to last again, or a new one."""
    return f"/firmar/{enlaces.renovar(uow, 'firma', escuela_id=current_escuela(), objeto_id=firma_id)}"


def quitar_enlace(uow: Uow, firma: Firma) -> None:
    """The place is another's now: the links of whoever had it open nothing any more."""
    enlaces.anular(uow, "firma", objeto_id=firma.id)


def recordar_las_demas(uow: Uow, correo: str) -> None:
    """An address lost a place and its link: where no link that it was sent opens the rest, it is written to again."""
    vivo = (
        select(Enlace.id)
        .join(Firma, Firma.id == Enlace.objeto_id)
        .where(Enlace.proposito == "firma", Enlace.vence > uow.now, Firma.correo.in_(escrito(correo)))
        .limit(1)
    )
    if uow.session.scalar(vivo) is None:
        enviar_juntas(uow, [f for f in esperan(uow, correo) if f.avisada is not None])


def _ya_firmaron(uow: Uow, carta: Carta) -> list[str]:
    return [f.nombre for f in in_circuit(de_carta(uow, carta.id)) if f.estado == "firmada"]


def de_que(uow: Uow, carta: Carta) -> dict[str, Any]:
    """What a mail says of a letter: its name, folio, whom it is about and the dependencia that issues it, if any."""
    alumno = uow.get(Alumno, carta.alumno_id) if carta.alumno_id else None
    suya = carta.dependencia_id is not None and carta.de_dependencia
    host = uow.get(Dependencia, carta.dependencia_id) if suya else None
    return {
        "carta": carta.titulo,
        "folio": carta.folio,
        "alumno": alumno.nombre_completo if alumno else "",
        "dependencia": host.razon_social if host else "",
    }
