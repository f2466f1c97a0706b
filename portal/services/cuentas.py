"""Accounts: signing in, passwords, invitations, and where a person belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.domain.access import SISTEMA_ACTOR
from portal.domain.calendario import to_local
from portal.domain.contrasenas import faltas
from portal.domain.identificadores import IdentificadorInvalido, normalise_boleta
from portal.domain.machine import Refused
from portal.domain.personas import limpiar
from portal.models import Alumno, Enlace, Escuela, Miembro, Usuario, db
from portal.services import (
    contrasenas,
    correos,
    cuentas_avisos,
    enlaces,
    escuelas,
    intentos,
    retos,
    runtime,
    sesiones,
)
from portal.services.cuentas_avisos import escuela_de
from portal.services.effects import Para
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record
from tenants.scope import current_escuela, current_escuela_or_none, escuela_scope

ENLACES_POR_HORA = 3


@dataclass(frozen=True)
class Vinculo:
    """One part of the portal that an account may open: the role, and the escuela it is in ("" for a dependencia)."""

    rol: str
    slug: str
    nombre: str
    color: str = ""


# ---- signing in ----


def ingresar(escrito: str, contrasena: str, *, ip: str, now: datetime) -> int:
    """The account id of whoever knows the password; `escrito` is an e-mail, or a boleta of the escuela in scope.

    Raises Refused("ingreso.fallido"), the same and in the same time for an unknown account, or
    Refused("ingreso.bloqueado", hora=…) after five failures of an account or a hundred of an address in 15 minutes.
    """
    usuario = _por_escrito(escrito)
    usuario_id = usuario.id if usuario is not None else None
    stored = usuario.contrasena_hash if usuario is not None and usuario.activo else None
    claves = (intentos.clave_cuenta(usuario_id, escrito.strip()), intentos.clave_ip(ip))
    if hasta := intentos.bloqueado_hasta(claves, now):
        raise Refused("ingreso.bloqueado", hora=hora_local(hasta))
    if not contrasenas.coincide(stored, contrasena) or usuario_id is None or stored is None:
        if hasta := intentos.fallar(claves, now):
            raise Refused("ingreso.bloqueado", hora=hora_local(hasta))
        raise Refused("ingreso.fallido")
    with unit_of_work(now) as uow:
        intentos.olvidar(uow, claves[0])
        if contrasenas.anticuada(stored):
            uow.lock_id(Usuario, usuario_id).contrasena_hash = contrasenas.hash_contrasena(contrasena)
    return usuario_id


def hora_local(instant: datetime) -> str:
    """14:05, in the escuelas' time zone, rounded up to the next minute."""
    return f"{to_local(instant + timedelta(seconds=59)):%H:%M}"


def _por_escrito(escrito: str) -> Usuario | None:
    text = escrito.strip()
    if "@" in text:
        return por_correo(text)
    if current_escuela_or_none() is None:
        return None
    try:
        boleta = normalise_boleta(text, escuelas.perfil().boleta.patron)
    except IdentificadorInvalido:
        return None
    query = select(Usuario).join(Alumno, Alumno.usuario_id == Usuario.id).where(Alumno.boleta == boleta)
    return db.session.scalar(query)


def por_correo(correo: str) -> Usuario | None:
    """The account of an e-mail address, however its letters were typed."""
    return db.session.scalar(select(Usuario).where(Usuario.correo == correo.strip().lower()))


# ---- where a person belongs ----


def vinculos(usuario_id: int, solo: int | None = None) -> list[Vinculo]:
    """Every part of the portal that the account may open: one short scoped read per escuela.

    `solo`: the only escuela that its session opens. Not for every page:
    at sign-in, and where the person asks for the list.
    """
    found: list[Vinculo] = []
    for slug, nombre, color, escuela_id in [(e.slug, e.nombre, e.color, e.id) for e in escuelas.activas()]:
        if solo not in (None, escuela_id):
            continue
        with escuela_scope(escuela_id):
            if sesiones.miembro_de(usuario_id) is not None:
                found.append(Vinculo("coordinador", slug, nombre, color))
            if sesiones.alumno_de(usuario_id) is not None:
                found.append(Vinculo("alumno", slug, nombre, color))
    if solo is None:
        found += [Vinculo("dependencia", "", d.nombre_visible) for d in sesiones.dependencias_de(usuario_id)]
    return found


# ---- opening an account ----


def abrir(uow: Uow, correo: str, nombre: str) -> Usuario:
    """The account of an e-mail address, opened without a password where there is none yet."""
    address = correo.strip().lower()
    query = select(Usuario).where(Usuario.correo == address).with_for_update()
    usuario = uow.session.scalar(query)
    return usuario or uow.add(Usuario(correo=address, nombre=limpiar(nombre)[:200]))


def invitacion(
    uow: Uow, usuario: Usuario, *, escuela_id: int | None = None, objeto_id: int | None = None
) -> str:
    """The path `/enlace/{…}` of a fresh invitation of seven days (a marker, for a mail); earlier ones end.

    `escuela_id`, `objeto_id`: the alumno that becomes active when it is accepted.
    """
    enlaces.anular(uow, "invitacion", usuario_id=usuario.id)
    marca = enlaces.crear(
        uow, "invitacion", usuario_id=usuario.id, escuela_id=escuela_id, objeto_id=objeto_id
    )
    return f"/enlace/{marca}"


def escribir_invitacion(
    uow: Uow, usuario: Usuario, escuela_id: int, alumno: Alumno | None = None, *, cargo: str = ""
) -> str:
    """Write the mail of a fresh invitation, to an alumno of the roll or to anybody else; returns its stored path."""
    ruta = invitacion(uow, usuario, escuela_id=escuela_id, objeto_id=alumno.id if alumno else None)
    if alumno is not None:
        contexto = {"nombre": alumno.nombre, "boleta": alumno.boleta}
        correos.escribir(uow, "alumno_invitado", Para(usuario.correo, ruta, usuario.id, contexto))
    else:
        contexto = {"nombre": usuario.nombre, "cargo": cargo}
        correos.escribir(uow, "invitacion", Para(usuario.correo, ruta, usuario.id, contexto))
    return ruta


def invitar_coordinador(
    escuela_id: int, *, correo: str, nombre: str, cargo: str, permisos: Sequence[str], now: datetime
) -> str:
    """Give a person a place in an escuela's office; returns the full address where they begin.

    That is a one-time invitation (7 days), or the sign-in page where the account has a password already. Doing it
    again changes cargo and permissions.
    """
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        ruta = dar_lugar(uow, correo=correo, nombre=nombre, cargo=cargo, permisos=permisos)
    return direccion(ruta)


def direccion(ruta: str) -> str:
    """A stored path as the full address that a person opens; for the moment of saying it, never to be stored."""
    return runtime.current().base_url + enlaces.expand(ruta)


def dar_lugar(uow: Uow, *, correo: str, nombre: str, cargo: str, permisos: Sequence[str]) -> str:
    """Give a person a place in the office of the escuela in scope; returns the stored path where they begin."""
    escuela = uow.get(Escuela, current_escuela())
    usuario = abrir(uow, correo, nombre)
    miembro = uow.session.scalar(select(Miembro).where(Miembro.usuario_id == usuario.id).with_for_update())
    if miembro is None:
        miembro = uow.add(Miembro(usuario_id=usuario.id, permisos=[]))
    miembro.cargo, miembro.permisos, miembro.activo = cargo, list(permisos), True
    record(uow, miembro, "invitar", SISTEMA_ACTOR, motivo=f"{usuario.correo}: {', '.join(permisos)}")
    if usuario.contrasena_hash:
        return f"/{escuela.slug}/ingresar"
    return escribir_invitacion(uow, usuario, escuela.id, cargo=cargo)


# ---- passwords ----


def _boletas(usuario_id: int) -> list[str]:
    """The account's boletas: they must not be part of its password either."""
    found: list[str] = []
    for escuela_id in [e.id for e in escuelas.activas()]:
        with escuela_scope(escuela_id):
            alumno = sesiones.alumno_de(usuario_id)
            found += [alumno.boleta] if alumno is not None else []
    return found


def exigir(contrasena: str, personales: Sequence[str]) -> None:
    """Raise Refused with the first thing that the password lacks [seed 001 §1]."""
    for key in faltas(contrasena, personales):
        raise Refused(key)


def olvidada(escrito: str, *, now: datetime) -> None:
    """Write a link to set a new password (30 minutes) to that e-mail or boleta, if it has an account.

    Nothing is said either way. The mail goes out under the escuela in scope if the person belongs there, else under
    that of their first bond.
    """
    usuario = _por_escrito(escrito)
    if usuario is None or not usuario.activo:
        return
    here = current_escuela_or_none()
    belongs = here is not None and (sesiones.miembro_de(usuario.id) or sesiones.alumno_de(usuario.id))
    escuela_id = here if belongs else escuela_de(usuario.id)
    if escuela_id is not None:
        with escuela_scope(escuela_id):
            _enviar_enlace(usuario.id, escuela_id, now)


def _enviar_enlace(usuario_id: int, escuela_id: int, now: datetime) -> None:
    """Mail a link to set the password; in silence no more than three in an hour, so that nobody's mailbox is filled."""
    with unit_of_work(now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        recientes = select(func.count(Enlace.id)).where(
            Enlace.proposito == "contrasena",
            Enlace.usuario_id == usuario.id,
            Enlace.creado > now - timedelta(hours=1),
        )
        if (uow.session.scalar(recientes) or 0) >= ENLACES_POR_HORA:
            return
        enlaces.anular(uow, "contrasena", usuario_id=usuario.id)
        marca = enlaces.crear(uow, "contrasena", usuario_id=usuario.id, escuela_id=escuela_id)
        para = Para(usuario.correo, f"/enlace/{marca}", usuario.id, {"nombre": usuario.nombre})
        correos.escribir(uow, "contrasena", para)


def renovar(token: str, *, now: datetime) -> bool:
    """Write a fresh link in the place of an expired or used one, to the same account; False where there is none."""
    enlace = enlaces.buscar(token, "contrasena", "invitacion")
    if enlace is None or enlace.usuario_id is None:
        return False
    usuario_id, es_invitacion, objeto_id = (
        enlace.usuario_id,
        enlace.proposito == "invitacion",
        enlace.objeto_id,
    )
    escuela_id = enlace.escuela_id or escuela_de(usuario_id)
    if escuela_id is None:
        return False
    with escuela_scope(escuela_id):
        usuario = db.session.get(Usuario, usuario_id)
        if usuario is None or not usuario.activo:
            return False
        if not es_invitacion or (usuario.contrasena_hash and objeto_id is None):
            _enviar_enlace(usuario_id, escuela_id, now)
            return True
        with unit_of_work(now) as uow:
            alumno = uow.get(Alumno, objeto_id) if objeto_id is not None else None
            escribir_invitacion(uow, uow.lock_id(Usuario, usuario_id), escuela_id, alumno)
    return True


def restablecer(token: str, contrasena: str, *, now: datetime) -> int:
    """Set the password that a link allows, end every session and lockout of the account; returns its id.

    Raises Refused (link used or expired, or what the password lacks), NotFound.
    """
    hallado = enlaces.buscar(token, "contrasena")
    with cuentas_avisos.unidad(hallado.usuario_id if hallado else None, now) as uow:
        enlace = enlaces.consumir(uow, token, "contrasena")
        usuario = uow.lock_id(Usuario, enlace.usuario_id)
        exigir(contrasena, [usuario.correo, *usuario.nombre.split()])
        if usuario.contrasena_hash:
            cuentas_avisos.avisar(uow, usuario, "contrasena")
        poner(uow, usuario, contrasena)
        return usuario.id


def poner(uow: Uow, usuario: Usuario, contrasena: str, *, salvo_sesion: int | None = None) -> None:
    """Give an account its password: the mail address is proven or known, other sessions and links end."""
    usuario.contrasena_hash = contrasenas.hash_contrasena(contrasena)
    usuario.contrasena_desde = uow.now
    if salvo_sesion is None:
        usuario.correo_confirmado = usuario.correo_confirmado or uow.now
    enlaces.anular(uow, "contrasena", usuario_id=usuario.id)
    intentos.olvidar(uow, intentos.clave_cuenta(usuario.id, ""))
    retos.anular(uow, usuario.id)
    sesiones.terminar_otras(uow, usuario.id, salvo_sesion)


def comprobar(usuario_id: int, contrasena: str, *, now: datetime) -> Usuario:
    """The account, where this is its password; a wrong one counts as a failed sign-in.

    Raises Refused: "cuenta.contrasena_actual", "ingreso.bloqueado", or "cuenta.sin_contrasena" where it has none yet.
    """
    usuario = db.session.get(Usuario, usuario_id)
    if usuario is None:
        raise NotFound("Usuario")
    if not usuario.contrasena_hash:
        raise Refused("cuenta.sin_contrasena")
    claves = (intentos.clave_cuenta(usuario_id, ""),)
    if hasta := intentos.bloqueado_hasta(claves, now):
        raise Refused("ingreso.bloqueado", hora=hora_local(hasta))
    if not contrasenas.coincide(usuario.contrasena_hash, contrasena):
        intentos.fallar(claves, now)
        raise Refused("cuenta.contrasena_actual")
    return usuario


def cambiar(usuario_id: int, *, actual: str, nueva: str, sesion_id: int, now: datetime) -> None:
    """Change the password of a signed-in account; its other sessions end.

    Raises Refused as `comprobar` does, or what the new password lacks.
    """
    usuario = comprobar(usuario_id, actual, now=now)
    exigir(nueva, [usuario.correo, *usuario.nombre.split(), *_boletas(usuario_id)])
    with cuentas_avisos.unidad(usuario_id, now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        poner(uow, usuario, nueva, salvo_sesion=sesion_id)
        cuentas_avisos.avisar(uow, usuario, "contrasena")


def renombrar(usuario_id: int, nombre: str, *, now: datetime) -> None:
    """Change how the account is named in the portal."""
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, usuario_id).nombre = limpiar(nombre)[:200]


def dueno(enlace: Enlace) -> Usuario | None:
    """The account that a link was given to."""
    return db.session.get(Usuario, enlace.usuario_id) if enlace.usuario_id is not None else None
