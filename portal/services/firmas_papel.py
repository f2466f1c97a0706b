"""A letter signed by hand: printed, signed, scanned, sent back; the office holds it against the letter and confirms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.domain.access import Actor, relations
from portal.domain.carta import PAPEL, TIPOS
from portal.domain.machine import Refused
from portal.domain.personas import nombre_y_cargo
from portal.files.kinds import PDF_O_FOTOS
from portal.models import Carta, Firma
from portal.services import correos, destinatarios, documentos, firmas, firmas_avisos
from portal.services.effects import Para, aviso, effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act
from tenants.scope import escuela_scope

MAXIMO = PDF_O_FOTOS.max_bytes  # of one file, before the escuela's own limit is known
MAX_FOTOS = 12  # of one scan


def entregar(
    token: str,
    *,
    nombre: str,
    cargo: str,
    declara: bool,
    archivos: Sequence[tuple[Path, str]],
    identidad: str = "",
    ip: str,
    now: datetime,
) -> None:
    """Send the scan (a PDF, or photos that become one) of the letter signed by hand. The link signs nothing more.

    Raises FileRefused, Refused (as signing does; "firma.sin_escaneo"), NotFound, StorageUnavailable.
    """
    pedido = firmas.por_enlace(token, now=now)
    nombre, cargo = nombre_y_cargo(nombre, cargo)
    if not declara:
        raise Refused("firma.sin_declaracion")
    if not archivos:
        raise Refused("firma.sin_escaneo")
    with (
        escuela_scope(pedido.escuela_id),
        documentos.recibir([a[0] for a in archivos], archivos[0][1], documentos.pdf_o_fotos()) as guardado,
        unit_of_work(now) as uow,
    ):
        _carta, firma, actor, datos = firmas.en_turno(uow, token, ip, nombre, identidad)
        _guardar(uow, firma, guardado, nombre, cargo, datos)
        act(uow, firma, "entregar", actor, {**datos, "declara": declara})


def _guardar(
    uow: Uow, firma: Firma, guardado: documentos.Guardado, nombre: str, cargo: str, datos: dict[str, Any]
) -> None:
    """Put a scan, and who signed by hand as what, into the place; the guards learn of it."""
    firma.escaneo_documento_id = documentos.registrar(uow, guardado, "carta_firmada").id
    firmas.anotar(firma, nombre, cargo, PAPEL, datos)
    datos["escaneo_documento_id"] = firma.escaneo_documento_id


def subir(
    public_id: str,
    *,
    nombre: str,
    cargo: str,
    archivos: Sequence[tuple[Path, str]],
    actor: Actor,
    now: datetime,
) -> Firma:
    """The office sends the scan of a letter that its signer gave it on paper; it is confirmed as any other.

    Raises FileRefused, NotFound, Forbidden, Stale, Refused (not in turn, closed, no name; "firma.sin_escaneo").
    """
    nombre, cargo = nombre_y_cargo(nombre, cargo)
    if not archivos:
        raise Refused("firma.sin_escaneo")
    with (
        documentos.recibir([a[0] for a in archivos], archivos[0][1], documentos.pdf_o_fotos()) as guardado,
        unit_of_work(now) as uow,
    ):
        firma, permiso = _bloquear(uow, public_id, actor)
        _carta, firma, _signer, datos = firmas.turno(uow, firma.id, "")
        _guardar(uow, firma, guardado, nombre, cargo, datos)
        act(uow, firma, "subir", actor, {**datos, **permiso})
        return firma


def confirmar(public_id: str, *, actor: Actor, now: datetime) -> Firma:
    """The scan is the letter, signed: the place counts as signed from now. NotFound, Stale, Forbidden, Refused."""
    with unit_of_work(now) as uow:
        firma, datos = _bloquear(uow, public_id, actor)
        documentos.exigir_servibles(uow, firma.escaneo_documento_id)
        firma.firmada, firma.confirmo = now, actor.nombre[:200]
        act(uow, firma, "confirmar", actor, datos)
        return firma


def regresar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Firma:
    """The scan does not do: its signer reads why, with a link to sign again."""
    with unit_of_work(now) as uow:
        firma, datos = _bloquear(uow, public_id, actor)
        act(uow, firma, "regresar", actor, {**datos, "motivo": motivo})
        return firma


def _bloquear(uow: Uow, public_id: str, actor: Actor) -> tuple[Firma, dict[str, Any]]:
    """A place of a letter of this office, locked after its letter, and what the guards must know of the actor."""
    known = uow.session.scalar(select(Firma).where(Firma.public_id == public_id))
    if known is None:
        raise NotFound("Firma")
    carta = uow.lock_id(Carta, known.carta_id)
    firma = uow.lock_id(Firma, known.id)
    if not relations(actor, firma):
        raise NotFound("Firma")
    return firma, {"permisos": actor.permisos, "permiso": TIPOS[carta.tipo][1]}


@effect("pedir_de_nuevo")
def pedir_de_nuevo(uow: Uow, firma: Firma, actor: Actor, data: Mapping[str, Any]) -> None:
    """The signer reads why, with a link to sign again."""
    carta = uow.get(Carta, firma.carta_id)
    firma.escaneo_documento_id, firma.modo, firma.avisada = None, "", uow.now
    contexto = {**firmas_avisos.de_que(uow, carta), "firmante": firma.nombre, "motivo": data["motivo"]}
    contexto["atentamente"] = actor.nombre
    ruta = firmas_avisos.enlace_de(uow, firma.id)
    correos.escribir(uow, "firma_regresada", Para(firma.correo, ruta=ruta, contexto=contexto))


@aviso("firma_por_confirmar")
def avisar_por_confirmar(uow: Uow, firma: Firma, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The people of the office who answer for the letter."""
    carta = uow.get(Carta, firma.carta_id)
    contexto = {**firmas_avisos.de_que(uow, carta), "firmante": firma.nombre, "cargo": firma.cargo}
    ruta = f"/{destinatarios.slug(uow)}/coordinador/cartas/{carta.public_id}"
    for persona in destinatarios.de_oficina(uow, TIPOS[carta.tipo][1]):
        yield Para(persona.correo, ruta, persona.id, {**contexto, "nombre": persona.nombre})
