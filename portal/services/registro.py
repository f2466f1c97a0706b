"""How an alumno gets an account: by registering, by the imported roll, or by invitation.

A boleta alone proves nothing: an account follows a confirmed e-mail, and then the roll or the office.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.alumno import clave_de_busqueda
from portal.domain.machine import Refused
from portal.domain.personas import full_name, limpiar
from portal.models import Alumno, Enlace, Usuario, db
from portal.services import contrasenas, correos, cuentas, destinatarios, enlaces, escuelas
from portal.services.effects import Para, aviso
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act
from tenants.scope import current_escuela, escuela_scope


@dataclass(frozen=True)
class Personales:
    """Who somebody says to be; what may be corrected until the office has confirmed it."""

    nombre: str
    paterno: str
    materno: str
    carrera: str
    semestre: int
    genero: str


@dataclass(frozen=True)
class Datos:
    """What an alumno typed to register; boleta and e-mail are normalised."""

    boleta: str
    nombre: str
    paterno: str
    materno: str
    carrera: str
    semestre: int
    genero: str
    correo: str
    contrasena: str

    @property
    def personales(self) -> list[str]:
        """What the password must not contain."""
        return [self.boleta, self.correo, *self.nombre.split(), self.paterno, self.materno]


def registrar(datos: Datos, now: datetime) -> str:
    """Keep a registration of the escuela in scope and write the link that confirms its e-mail.

    Returns the alumno's public id. A boleta that the roll has needs the roll's e-mail and becomes active once that
    is confirmed; any other waits for the office. Raises Refused, with what to do, for a boleta or e-mail in use.
    An e-mail that has an account keeps its password: who owns the address confirms, and enters as always.
    """
    revisar(datos)
    with unit_of_work(now) as uow:
        return anotar(uow, datos).public_id


def revisar(datos: Datos) -> None:
    """What can be said of a registration before anything is written. Raises Refused."""
    if not escuelas.perfil().autorregistro:
        raise Refused("registro.cerrado")
    cuentas.exigir(datos.contrasena, datos.personales)


def anotar(uow: Uow, datos: Datos) -> Alumno:
    """The same inside a larger unit: the alumno, locked, and the mail with the link. Raises Refused."""
    now = uow.now
    query = select(Alumno).where(Alumno.boleta == datos.boleta).with_for_update()
    alumno = uow.session.scalar(query.execution_options(populate_existing=True))
    _check_free(uow, alumno, datos, now)
    usuario = cuentas.abrir(uow, datos.correo, full_name(datos.nombre, datos.paterno, datos.materno))
    _check_one_boleta(uow, usuario, datos)
    if usuario.correo_confirmado is None and not _espera(uow, now, usuario_id=usuario.id):
        usuario.contrasena_hash = contrasenas.hash_contrasena(datos.contrasena)
        usuario.contrasena_desde = now
    if alumno is None:
        alumno = uow.add(
            Alumno(boleta=datos.boleta, correo=usuario.correo, origen="registro", **_nombres(datos))
        )
    elif alumno.origen == "registro":
        alumno.correo = usuario.correo
        corregir(alumno, datos)
    alumno.usuario_id = usuario.id if alumno.origen == "registro" else None
    _pedir_confirmacion(uow, alumno, usuario)
    return alumno


def corregir(alumno: Alumno, datos: Datos | Personales) -> None:
    """Write what somebody who registered typed anew of themselves."""
    for name, value in _nombres(datos).items():
        setattr(alumno, name, value)
    alumno.busqueda = clave_de_busqueda(alumno.nombre, alumno.paterno, alumno.materno, alumno.boleta)


def _nombres(datos: Datos | Personales) -> dict[str, Any]:
    nombres = (limpiar(datos.nombre), limpiar(datos.paterno), limpiar(datos.materno))
    return {
        "nombre": nombres[0],
        "paterno": nombres[1],
        "materno": nombres[2],
        "carrera": datos.carrera,
        "semestre": datos.semestre,
        "genero": datos.genero,
    }


def _check_free(uow: Uow, alumno: Alumno | None, datos: Datos, now: datetime) -> None:
    """Free: nobody has it, the roll has it with this e-mail, or its registration came to nothing."""
    if alumno is None or alumno.estado == "rechazado":
        return
    if alumno.origen == "registro":
        if alumno.estado != "invitado":
            raise Refused("registro.boleta_repetida")
        if _espera(uow, now, alumno_id=alumno.id):
            raise Refused("registro.por_confirmar")
    elif alumno.usuario_id is not None:
        raise Refused("registro.boleta_repetida")
    elif alumno.correo.strip().lower() != datos.correo:
        raise Refused("registro.correo_distinto")


def _check_one_boleta(uow: Uow, usuario: Usuario, datos: Datos) -> None:
    """An account is one alumno of an escuela at the most."""
    query = select(Alumno).where(Alumno.usuario_id == usuario.id, Alumno.boleta != datos.boleta)
    if uow.session.scalar(query.limit(1)) is not None:
        raise Refused("registro.correo_de_otra_boleta")


def _espera(uow: Uow, now: datetime, *, usuario_id: int | None = None, alumno_id: int | None = None) -> bool:
    """Whether a link to confirm this account's, or this alumno's, e-mail is still on its way."""
    query = select(Enlace.id).where(Enlace.proposito == "correo", Enlace.usado.is_(None), Enlace.vence > now)
    if usuario_id is not None:
        query = query.where(Enlace.usuario_id == usuario_id)
    if alumno_id is not None:
        query = query.where(Enlace.objeto_id == alumno_id, Enlace.escuela_id == current_escuela())
    return uow.session.scalar(query.limit(1)) is not None


def _pedir_confirmacion(uow: Uow, alumno: Alumno, usuario: Usuario) -> None:
    enlaces.anular(uow, "correo", objeto_id=alumno.id)
    marca = enlaces.crear(
        uow, "correo", usuario_id=usuario.id, escuela_id=current_escuela(), objeto_id=alumno.id
    )
    contexto = {
        "nombre": alumno.nombre,
        "boleta": alumno.boleta,
        "con_cuenta": usuario.correo_confirmado is not None,
    }
    correos.escribir(
        uow, "registro_confirmar", Para(usuario.correo, f"/enlace/{marca}", usuario.id, contexto)
    )


def renovar(token: str, now: datetime) -> bool:
    """Write a fresh confirmation in the place of an expired one; False where there is none to renew."""
    enlace = enlaces.buscar(token, "correo")
    if enlace is None or enlace.usado is not None or enlace.escuela_id is None:
        return False
    alumno_id = enlace.objeto_id
    with escuela_scope(enlace.escuela_id):
        alumno = db.session.scalar(select(Alumno).where(Alumno.id == alumno_id))
        if alumno is None:
            return False
        reenviar(alumno.public_id, now)
    return True


def de_public_id(public_id: str) -> Alumno | None:
    """The alumno of that public id in the escuela in scope, for the page that tells where a registration stands."""
    return db.session.scalar(select(Alumno).where(Alumno.public_id == public_id))


def reenviar(public_id: str, now: datetime) -> None:
    """Write the confirmation link again while the e-mail is not confirmed; otherwise nothing happens."""
    with unit_of_work(now) as uow:
        alumno = uow.lock(Alumno, public_id)
        query = select(Enlace).where(Enlace.proposito == "correo", Enlace.objeto_id == alumno.id)
        last = uow.session.scalar(query.order_by(Enlace.id.desc()).limit(1))
        if last is not None and last.usado is None and last.usuario_id is not None:
            _pedir_confirmacion(uow, alumno, uow.get(Usuario, last.usuario_id))


def confirmar_correo(token: str, now: datetime) -> str:
    """The e-mail of a registration is proven: it goes to the office, or, if the roll knew it, the account opens.

    Returns the alumno's estado. Raises NotFound, Refused("enlace.usado" | "enlace.vencido").
    """
    enlace = enlaces.buscar(token, "correo")
    escuela_id = enlace.escuela_id if enlace is not None else None
    if escuela_id is None:
        with unit_of_work(now) as uow:
            enlaces.consumir(uow, token, "correo")
        raise Refused("enlace.vencido")
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        enlace = enlaces.consumir(uow, token, "correo")
        usuario = uow.lock_id(Usuario, enlace.usuario_id)
        usuario.correo_confirmado = usuario.correo_confirmado or now
        alumno = uow.lock_id(Alumno, enlace.objeto_id)
        alumno.usuario_id = usuario.id
        _avanzar(uow, alumno)
        return alumno.estado


def _avanzar(uow: Uow, alumno: Alumno) -> None:
    """The next step of somebody whose e-mail is proven: the roll's alumno is active, a registered one waits."""
    if alumno.estado == "rechazado":
        act(uow, alumno, "reabrir", SISTEMA_ACTOR)
    elif alumno.estado == "invitado":
        act(uow, alumno, "registrar" if alumno.origen == "registro" else "activar", SISTEMA_ACTOR)


def confirmar(public_id: str, actor: Actor, now: datetime) -> Alumno:
    """The office confirms who registered: the alumno may enter."""
    with unit_of_work(now) as uow:
        alumno = uow.lock(Alumno, public_id)
        act(uow, alumno, "confirmar", actor)
        return alumno


def rechazar(public_id: str, motivo: str, actor: Actor, now: datetime) -> Alumno:
    """The office refuses a registration, with the reason that the person reads; they may register again."""
    with unit_of_work(now) as uow:
        alumno = uow.lock(Alumno, public_id)
        act(uow, alumno, "rechazar", actor, {"motivo": motivo})
        return alumno


@aviso("alumno_confirmado")
def _confirmado(uow: Uow, alumno: Alumno, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    ruta = f"/{destinatarios.slug(uow)}/ingresar"
    contexto = {"nombre": alumno.nombre, "boleta": alumno.boleta}
    yield Para(alumno.correo, ruta, alumno.usuario_id, contexto)


@aviso("alumno_rechazado")
def _rechazado(uow: Uow, alumno: Alumno, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    ruta = f"/{destinatarios.slug(uow)}/registro"
    contexto = {
        "nombre": alumno.nombre,
        "boleta": alumno.boleta,
        "motivo": str(data["motivo"]).strip(),
        "atentamente": actor.nombre,
    }
    yield Para(alumno.correo, ruta, alumno.usuario_id, contexto)


def invitar(uow: Uow, alumno: Alumno) -> None:
    """Write to an alumno of the roll: a link of seven days, where the password is chosen and the account opens."""
    if not alumno.correo:
        raise Refused("registro.sin_correo")
    usuario = cuentas.abrir(uow, alumno.correo, alumno.nombre_completo)
    cuentas.escribir_invitacion(uow, usuario, current_escuela(), alumno)


def aceptar_invitacion(token: str, contrasena: str, now: datetime) -> int:
    """Open the account of an invitation with its password, and activate the alumno it is for; returns the account id.

    An account that has a password keeps it: `contrasena` may then be "". Raises NotFound or Refused.
    """
    enlace = enlaces.buscar(token, "invitacion")
    escuela_id = enlace.escuela_id if enlace is not None and enlace.objeto_id is not None else None
    if escuela_id is None:
        with unit_of_work(now) as uow:
            return _aceptar(uow, token, contrasena)
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        return _aceptar(uow, token, contrasena)


def _aceptar(uow: Uow, token: str, contrasena: str) -> int:
    enlace = enlaces.consumir(uow, token, "invitacion")
    usuario = uow.lock_id(Usuario, enlace.usuario_id)
    personales = [usuario.correo, *usuario.nombre.split()]
    alumno = uow.lock_id(Alumno, enlace.objeto_id) if enlace.objeto_id is not None else None
    if alumno is not None:
        personales += [alumno.boleta, alumno.nombre, alumno.paterno, alumno.materno]
        alumno.usuario_id = usuario.id
        _avanzar(uow, alumno)
    if not usuario.contrasena_hash or usuario.correo_confirmado is None:
        cuentas.exigir(contrasena, personales)
        cuentas.poner(uow, usuario, contrasena)
    return usuario.id


def pide_contrasena(enlace: Enlace) -> bool:
    """Whether the page of an invitation must ask for a password: the account has none that its owner chose."""
    usuario = db.session.get(Usuario, enlace.usuario_id) if enlace.usuario_id is not None else None
    return usuario is not None and (not usuario.contrasena_hash or usuario.correo_confirmado is None)
