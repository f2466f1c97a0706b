"""The people of an escuela's office: who is invited, what each may do, who leaves. Each change is in the bitácora.

What a person may do is read with every request: a change holds from the next one on, in sessions that are open too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.access import ADMINISTRACION, PERMISOS, Actor
from portal.domain.machine import Refused
from portal.models import Escuela, Miembro, Usuario
from portal.services import correos, cuentas, escuelas
from portal.services.effects import Para
from portal.services.perfiles import exigir
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record
from tenants.scope import current_escuela


def invitar(
    *, correo: str, nombre: str, cargo: str, permisos: Sequence[str], actor: Actor, now: datetime
) -> Usuario:
    """Give a person a place in the office: a link of seven days to who has no password, word of it to who has one.

    Raises Refused("equipo.ya_esta", "equipo.sin_permiso_alguno"), Forbidden.
    """
    with unit_of_work(now) as uow:
        _cerrar_paso(uow, actor)
        chosen = _elegidos(permisos)
        usuario = cuentas.abrir(uow, correo, nombre)
        miembro = _miembro(uow.session, usuario.id)
        if miembro is not None and miembro.activo:
            raise Refused("equipo.ya_esta")
        miembro = miembro or uow.add(Miembro(usuario_id=usuario.id, permisos=[]))
        miembro.cargo, miembro.permisos, miembro.activo = cargo[:160], chosen, True
        if usuario.contrasena_hash:
            contexto = {"nombre": usuario.nombre, "cargo": miembro.cargo, "invita": actor.nombre}
            ruta = f"/{escuelas.slug_actual()}/ingresar"
            correos.escribir(uow, "oficina_acceso", Para(usuario.correo, ruta, usuario.id, contexto))
        else:
            cuentas.escribir_invitacion(uow, usuario, current_escuela(), cargo=miembro.cargo)
        record(uow, miembro, "invitar", actor, motivo=f"{usuario.correo}: {', '.join(chosen)}")
        return usuario


def cambiar(public_id: str, *, cargo: str, permisos: Sequence[str], actor: Actor, now: datetime) -> list[str]:
    """Give and take permissions; returns what changed, in words ("se da terminos").

    Nobody gives themselves one that they lack, and one person with `administracion` always remains. Raises
    Refused("equipo.propio", "equipo.ultima", "equipo.sin_permiso_alguno"), NotFound, Forbidden.
    """
    with unit_of_work(now) as uow:
        _cerrar_paso(uow, actor)
        miembro, usuario = _de_la_oficina(uow, public_id)
        chosen = _elegidos(permisos)
        given = [p for p in chosen if p not in miembro.permisos]
        taken = [p for p in miembro.permisos if p not in chosen]
        if given and usuario.id == actor.usuario_id:
            raise Refused("equipo.propio")
        if ADMINISTRACION in taken:
            _queda_alguien(uow.session, miembro)
        said = [*(f"se da {p}" for p in given), *(f"se quita {p}" for p in taken)]
        if miembro.cargo != cargo[:160]:
            said.append(f"cargo: {cargo[:160] or 'ninguno'}")
        miembro.cargo, miembro.permisos = cargo[:160], chosen
        if said:
            record(uow, miembro, "cambiar_permisos", actor, motivo=f"{usuario.correo}: {'; '.join(said)}")
        return said


def quitar(public_id: str, *, actor: Actor, now: datetime) -> Usuario:
    """Take a person's place in the office away; the account stays. Refused("equipo.ultima"), NotFound, Forbidden."""
    with unit_of_work(now) as uow:
        _cerrar_paso(uow, actor)
        miembro, usuario = _de_la_oficina(uow, public_id)
        if ADMINISTRACION in miembro.permisos:
            _queda_alguien(uow.session, miembro)
        miembro.activo = False
        record(uow, miembro, "quitar", actor, motivo=usuario.correo)
        return usuario


def reenviar(public_id: str, *, actor: Actor, now: datetime) -> Usuario:
    """Write the invitation again to who has not opened the account yet; earlier links end. NotFound, Forbidden."""
    with unit_of_work(now) as uow:
        _cerrar_paso(uow, actor)
        miembro, usuario = _de_la_oficina(uow, public_id)
        if usuario.contrasena_hash:
            raise NotFound("Enlace")
        cuentas.escribir_invitacion(uow, usuario, current_escuela(), cargo=miembro.cargo)
        record(uow, miembro, "reenviar", actor, motivo=usuario.correo)
        return usuario


def _cerrar_paso(uow: Uow, actor: Actor) -> None:
    """One change of the office at a time: two people who take each other away would leave nobody."""
    exigir(actor)
    uow.lock_id(Escuela, current_escuela())


def _elegidos(permisos: Sequence[str]) -> list[str]:
    chosen = [p for p in PERMISOS if p in permisos]
    if not chosen:
        raise Refused("equipo.sin_permiso_alguno")
    return chosen


def _miembro(session: Session, usuario_id: int) -> Miembro | None:
    return session.scalar(select(Miembro).where(Miembro.usuario_id == usuario_id).with_for_update())


def _de_la_oficina(uow: Uow, public_id: str) -> tuple[Miembro, Usuario]:
    """A person of this office by the account's id; of another office there is none."""
    usuario = uow.session.scalar(select(Usuario).where(Usuario.public_id == public_id))
    miembro = _miembro(uow.session, usuario.id) if usuario is not None else None
    if usuario is None or miembro is None or not miembro.activo:
        raise NotFound("Miembro")
    return miembro, usuario


def _queda_alguien(session: Session, sin: Miembro) -> None:
    """Somebody else may still administer: a person who can sign in. Refused("equipo.ultima")."""
    query = (
        select(Miembro)
        .join(Usuario, Usuario.id == Miembro.usuario_id)
        .where(Miembro.activo, Miembro.id != sin.id, Usuario.activo)
    )
    if not any(ADMINISTRACION in m.permisos for m in session.scalars(query)):
        raise Refused("equipo.ultima")
