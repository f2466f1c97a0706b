"""Mails about letters: one was issued, one was revoked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.access import Actor
from portal.domain.carta import LEE_ALUMNO, LEE_DEPENDENCIA
from portal.models import Alumno, Carta, Dependencia
from portal.services import destinatarios, firmas_avisos
from portal.services.effects import Para, aviso
from portal.services.uow import Uow


@aviso("carta_emitida")
def avisar_emitida(uow: Uow, carta: Carta, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """Alumno and dependencia may download it."""
    return list(_a_quienes(uow, carta, {}))


@aviso("carta_revocada")
def avisar_revocada(uow: Uow, carta: Carta, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """Whoever holds a copy, or waits for its signatures: why it no longer counts and which one takes its place."""
    reemplazo = data.get("reemplazo")
    contexto = {
        "motivo": data["motivo"],
        "atentamente": actor.nombre,
        "reemplazo": reemplazo.folio if reemplazo is not None else "",
    }
    return list(_a_quienes(uow, carta, contexto))


def _a_quienes(uow: Uow, carta: Carta, contexto: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno of an issued letter and the people of the dependencia, where the kind is theirs to read."""
    slug = destinatarios.slug(uow)
    alumno = uow.get(Alumno, carta.alumno_id) if carta.alumno_id else None
    host = uow.get(Dependencia, carta.dependencia_id) if carta.dependencia_id else None
    comunes = {**firmas_avisos.de_que(uow, carta), **contexto}
    if alumno is not None and carta.emitida is not None and carta.tipo in LEE_ALUMNO:
        mas = {"nombre": alumno.nombre, "usted": False}
        yield Para(alumno.correo, f"/{slug}/alumno/cartas", alumno.usuario_id, {**comunes, **mas})
    if host is not None and carta.tipo in LEE_DEPENDENCIA:
        for persona in destinatarios.de_dependencia(uow, host.id):
            mas = {"nombre": persona.nombre, "usted": True}
            yield Para(
                persona.correo,
                f"/dependencia/{slug}/cartas/{carta.public_id}",
                persona.id,
                {**comunes, **mas},
            )
