"""A dependencia with an account: its data, the people who act for it, its logo, new versions of its dossier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import dependencia as datos
from portal.domain.access import Actor
from portal.domain.convenio import RECIBE_DOCUMENTOS
from portal.domain.machine import Refused
from portal.files.kinds import FileKind
from portal.models import Convenio, Dependencia, DependenciaUsuario, DossierDocumento, Usuario, db
from portal.models.dependencia import texto_de_busqueda
from portal.services import correos, cuentas, documentos, dossier
from portal.services.effects import Para
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record
from tenants.scope import escuela_scope


def logo_png(session: Session, dependencia_id: int) -> bytes | None:
    """The latest logo of a dependencia's dossier (PNG) that is not in quarantine, or None: what its letters print."""
    query = (
        select(DossierDocumento)
        .where(
            DossierDocumento.dependencia_id == dependencia_id,
            DossierDocumento.tipo == "logo",
            DossierDocumento.servible,
        )
        .order_by(DossierDocumento.version.desc())
    )
    found = session.scalars(query.limit(1)).first()
    if found is None:
        return None
    with documentos.abrir(found) as stream:
        return stream.read()


def personas_activas(session: Session, dependencia_id: int) -> list[DependenciaUsuario]:
    """Who may act for a dependencia now."""
    query = select(DependenciaUsuario).where(
        DependenciaUsuario.dependencia_id == dependencia_id, DependenciaUsuario.activo
    )
    return list(session.scalars(query))


def dar_acceso(uow: Uow, dependencia_id: int, *, nombre: str, correo: str, cargo: str) -> Usuario:
    """Let the account of an address act for a dependencia; the account is opened without a password if need be."""
    usuario = cuentas.abrir(uow, correo, nombre)
    query = select(DependenciaUsuario).where(
        DependenciaUsuario.dependencia_id == dependencia_id, DependenciaUsuario.usuario_id == usuario.id
    )
    vinculo = uow.session.scalar(query.with_for_update())
    if vinculo is None:
        vinculo = uow.add(DependenciaUsuario(dependencia_id=dependencia_id, usuario_id=usuario.id))
    vinculo.cargo, vinculo.activo = cargo[:160], True
    return usuario


def invitar(public_id: str, *, nombre: str, correo: str, cargo: str, actor: Actor, now: datetime) -> Usuario:
    """Invite another person to act for the dependencia: a link of seven days, or just word of it to an account.

    The mail goes out under the dependencia's first escuela. Raises Refused where the person acts for it already.
    """
    dependencia_id, escuela_id = _casa(public_id, actor)
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        dependencia = uow.lock_id(Dependencia, dependencia_id)
        known = cuentas.abrir(uow, correo, nombre)
        if known.id in {v.usuario_id for v in personas_activas(uow.session, dependencia.id)}:
            raise Refused("persona.ya_esta")
        usuario = dar_acceso(uow, dependencia.id, nombre=nombre, correo=correo, cargo=cargo)
        nueva = usuario.contrasena_hash is None
        ruta = cuentas.invitacion(uow, usuario, escuela_id=escuela_id) if nueva else "/dependencia/"
        contexto = {
            "nombre": usuario.nombre,
            "dependencia": dependencia.nombre_visible,
            "invita": actor.nombre,
            "nueva": nueva,
        }
        correos.escribir(uow, "dependencia_invitacion", Para(usuario.correo, ruta, usuario.id, contexto))
        record(uow, dependencia, "invitar_persona", actor, motivo=usuario.correo)
        return usuario


def quitar(public_id: str, usuario_public_id: str, *, actor: Actor, now: datetime) -> None:
    """End a person's right to act for the dependencia; nobody ends their own, so that one always remains."""
    dependencia_id, escuela_id = _casa(public_id, actor)
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        dependencia = uow.lock_id(Dependencia, dependencia_id)
        usuario = uow.lock(Usuario, usuario_public_id)
        if usuario.id == actor.usuario_id:
            raise Refused("persona.unica")
        vinculo = next(
            (v for v in personas_activas(uow.session, dependencia.id) if v.usuario_id == usuario.id), None
        )
        if vinculo is None:
            raise NotFound("DependenciaUsuario")
        vinculo.activo = False
        record(uow, dependencia, "quitar_persona", actor, motivo=usuario.correo)


def actualizar(public_id: str, campos: Mapping[str, str], *, actor: Actor, now: datetime) -> dict[str, str]:
    """Change the data that no escuela verified; answers the sentence of each refused column, saving none then."""
    allowed = datos.CAMPOS - datos.VERIFICADOS
    clean, errors = datos.normalise({c: v for c, v in campos.items() if c in allowed})
    if errors:
        return errors
    dependencia_id, escuela_id = _casa(public_id, actor)
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        dependencia = uow.lock_id(Dependencia, dependencia_id)
        changed = [campo for campo, value in clean.items() if getattr(dependencia, campo) != value]
        for campo in changed:
            setattr(dependencia, campo, clean[campo])
        dependencia.busqueda = texto_de_busqueda(
            dependencia.razon_social, dependencia.nombre_corto, dependencia.rfc
        )
        if changed:
            record(uow, dependencia, "cambiar_datos", actor, motivo=", ".join(changed))
    return {}


def nueva_version(
    public_id: str, tipo: str, paths: Sequence[Path], nombre: str, *, actor: Actor, now: datetime
) -> DossierDocumento:
    """Add a version to the dossier, and put it before every escuela that waits for a better one.

    Escuelas that accepted the paper, or are reviewing it, keep what they have. Raises FileRefused, Refused.
    """
    dependencia_id, casa = _casa(public_id, actor)
    kind = _kind(dependencia_id, tipo)
    with (
        documentos.recibir(paths, nombre, kind, dependencia_id=dependencia_id) as guardado,
        escuela_scope(casa),
        unit_of_work(now) as uow,
    ):
        archivo = dossier.agregar(uow, dependencia_id, tipo, guardado)
    for otra in dossier.escuelas_de(db.session(), dependencia_id):
        with escuela_scope(otra), unit_of_work(now) as uow:
            for convenio_id in _esperan(uow, dependencia_id, tipo):
                dossier.presentar(uow, uow.lock_id(Convenio, convenio_id), archivo, actor)
    return archivo


def _kind(dependencia_id: int, tipo: str) -> FileKind:
    """What the first of its escuelas that asks for that paper accepts."""
    for escuela_id in dossier.escuelas_de(db.session(), dependencia_id):
        with escuela_scope(escuela_id):
            try:
                return dossier.kind_de(dossier.pedido(tipo))
            except Refused:
                continue
    raise Refused("documento.no_se_pide")


def _esperan(uow: Uow, dependencia_id: int, tipo: str) -> list[int]:
    """The convenios of the escuela in scope in which the dependencia may put another version of that paper."""
    query = select(Convenio.id).where(
        Convenio.dependencia_id == dependencia_id, Convenio.estado.in_(RECIBE_DOCUMENTOS)
    )
    asked = []
    for convenio_id in uow.session.scalars(query):
        actual = dossier.actuales(uow.session, convenio_id).get(tipo)
        if actual is None or actual.estado != "aceptado":
            asked.append(convenio_id)
    return asked


def _casa(public_id: str, actor: Actor) -> tuple[int, int]:
    """The dependencia of the actor with that id, and the escuela under which its own affairs are written."""
    dependencia = db.session.scalar(select(Dependencia).where(Dependencia.public_id == public_id))
    if dependencia is None or dependencia.id not in actor.dependencia_ids:
        raise NotFound("Dependencia")
    known = dossier.escuelas_de(db.session(), dependencia.id)
    if not known:
        raise NotFound("DependenciaEscuela")
    return dependencia.id, known[0]
