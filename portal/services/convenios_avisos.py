"""Whom the convenio writes to, and with what: the dependencia (its people, or its follow-up link) and the office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.access import CONVENIOS, Actor
from portal.domain.calendario import en_palabras
from portal.models import Convenio, Dependencia
from portal.services import cuentas, destinatarios, dossier, enlaces, escuelas
from portal.services.effects import Para, aviso
from portal.services.uow import Uow
from tenants.scope import current_escuela

DIAS_SEGUIMIENTO = 180


def ruta_seguimiento(uow: Uow, convenio: Convenio) -> str:
    """The path of a new follow-up link of a convenio, with a marker in the token's place; 180 days."""
    marca = enlaces.crear(
        uow, "seguimiento", escuela_id=current_escuela(), objeto_id=convenio.id, dias=DIAS_SEGUIMIENTO
    )
    return f"/seguimiento/{marca}"


def a_la_dependencia(
    uow: Uow, convenio: Convenio, contexto: Mapping[str, Any], *, ruta: str = ""
) -> list[Para]:
    """Its people where it has an account, else the address of the request, with a link that needs no account."""
    dependencia = uow.get(Dependencia, convenio.dependencia_id)
    comunes = {"dependencia": dependencia.razon_social or "su dependencia", **contexto}
    personas = destinatarios.de_dependencia(uow, dependencia.id) if dependencia.verificada else []
    if not personas:
        return [Para(convenio.correo_contacto, ruta_seguimiento(uow, convenio), contexto=comunes)]
    ruta = ruta or f"/dependencia/{destinatarios.slug(uow)}/convenios/{convenio.public_id}"
    return [Para(p.correo, ruta, p.id, comunes) for p in personas]


def _a_la_oficina(uow: Uow, convenio: Convenio) -> list[Para]:
    dependencia = uow.get(Dependencia, convenio.dependencia_id)
    ruta = f"/{destinatarios.slug(uow)}/coordinador/convenios/{convenio.public_id}"
    contexto = {"dependencia": dependencia.razon_social, "rfc": dependencia.rfc}
    return [
        Para(p.correo, ruta, p.id, {**contexto, "nombre": p.nombre})
        for p in destinatarios.de_oficina(uow, CONVENIOS)
    ]


@aviso("convenio_recibido")
def recibido(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia keeps a proof that its request arrived, and where to follow it."""
    return a_la_dependencia(uow, convenio, {"renovacion": convenio.renueva_id is not None})


@aviso("convenio_por_revisar")
def por_revisar(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The office learns of a new request."""
    return _a_la_oficina(uow, convenio)


@aviso("convenio_corregido")
def corregido(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The office learns that what it asked for is there."""
    return _a_la_oficina(uow, convenio)


@aviso("convenio_observado")
def observado(uow: Uow, convenio: Convenio, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia reads each rejected document with its reason, and who says so."""
    nombres = {d.clave: d.nombre for d in escuelas.perfil().documentos_dependencia}
    actuales = dossier.actuales(uow.session, convenio.id)
    rechazos = [
        {"documento": nombres.get(d.tipo, d.tipo), "motivo": d.motivo}
        for d in actuales.values()
        if d.estado == "rechazado"
    ]
    nota = (data.get("motivo") or "").strip()
    return a_la_dependencia(uow, convenio, {"rechazos": rechazos, "nota": nota, **_quien(actor)})


@aviso("convenio_rechazado")
def rechazado(uow: Uow, convenio: Convenio, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia reads why its request was refused, and by whom."""
    return a_la_dependencia(uow, convenio, {"motivo": data["motivo"], **_quien(actor)})


@aviso("convenio_terminado")
def terminado(uow: Uow, convenio: Convenio, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia reads why its convenio ended before its term."""
    return a_la_dependencia(uow, convenio, {"motivo": data["motivo"], **_quien(actor)})


@aviso("convenio_vencido")
def vencido(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia learns that the term ended and how to renew it."""
    return a_la_dependencia(uow, convenio, {"hasta": _dia(convenio.hasta)})


def por_vencer(uow: Uow, convenio: Convenio, dias: int) -> list[Para]:
    """The warning before the end: how many days are left, and how to renew."""
    return a_la_dependencia(uow, convenio, {"hasta": _dia(convenio.hasta), "dias": dias})


@aviso("convenio_autorizado")
def autorizado(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """Its people learn the term and how they get in: a one-time link to set the password, or the sign-in page.

    The address of the request, where it is nobody's account, reads the same without a way in.
    """
    dependencia = uow.get(Dependencia, convenio.dependencia_id)
    contexto = {
        "dependencia": dependencia.razon_social,
        "desde": _dia(convenio.desde),
        "hasta": _dia(convenio.hasta),
    }
    personas = destinatarios.de_dependencia(uow, dependencia.id)
    for persona in personas:
        nueva = persona.contrasena_hash is None
        ruta = (
            cuentas.invitacion(uow, persona, escuela_id=current_escuela())
            if nueva
            else "/dependencia/convenios"
        )
        yield Para(persona.correo, ruta, persona.id, {**contexto, "acceso": "nuevo" if nueva else "cuenta"})
    if convenio.correo_contacto not in {p.correo for p in personas}:
        quien = {"acceso": "otro", "cuentas": ", ".join(p.correo for p in personas)}
        yield Para(convenio.correo_contacto, ruta_seguimiento(uow, convenio), contexto={**contexto, **quien})


def _quien(actor: Actor) -> dict[str, str]:
    return {"quien": actor.nombre, "cargo": actor.cargo}


def _dia(day: Any) -> str:
    return en_palabras(day) if day else ""
