"""The circuit of a letter: one after another opens a personal link and signs or refuses; refusal reaches the office."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.domain.access import DEPENDENCIA, FIRMANTE, SISTEMA_ACTOR, Actor, relations
from portal.domain.carta import EN_FIRMA, IMAGEN, TIPOS, TRAZO, in_circuit, in_turn, missing
from portal.domain.machine import Forbidden, Refused
from portal.domain.personas import nombre_y_cargo
from portal.files.check import CheckedFile
from portal.files.images import signature_from_data_url
from portal.files.kinds import FIRMA as KIND
from portal.files.refused import FileRefused
from portal.models import Carta, Firma
from portal.services import destinatarios, documentos, enlaces, escuelas
from portal.services.effects import Para, aviso, effect
from portal.services.enlaces import Pedido
from portal.services.firmas_avisos import (
    de_carta,
    de_que,
    enviar_enlace,
    enviar_juntas,
    esperan,
    pedir,
    quitar_enlace,
    recordar_las_demas,
)
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.scope import escuela_scope

__all__ = ["MAX_IMAGEN", "FileRefused", "firmar", "por_enlace", "rechazar"]
MAX_IMAGEN = KIND.max_bytes


def avanzar(uow: Uow, carta: Carta) -> None:
    """Write to whom it is now; when every signature is there (or none was asked for), have the letter issued."""
    firmas = de_carta(uow, carta.id)
    if not missing(firmas):
        uow.later("carta", carta.id)
        return
    for siguiente in in_turn(firmas):
        if siguiente.avisada is None:
            pedir(uow, carta, siguiente)


def por_enlace(token: str, *, now: datetime) -> Pedido:
    """The place in a circuit that a link asks for. NotFound.

    While it runs (`corre`) the link opens, for who shows to be its signer, what else waits for them, also after its
    own place was signed.
    """
    return enlaces.pedido(token, "firma", now=now)


def firmar(
    token: str,
    *,
    nombre: str,
    cargo: str,
    declara: bool,
    trazo: str = "",
    archivo: tuple[Path, str] | None = None,
    identidad: str = "",
    ip: str,
    now: datetime,
) -> None:
    """Sign: an uploaded image or, without one, a drawing (PNG data URL). The link signs nothing more.

    `identidad` is how the signer showed to be the one (CODIGO, SESION), "" for the link alone. Raises FileRefused
    (blank or unreadable), Refused (not in turn, no code, no declaration, no name, closed), NotFound.
    """
    pedido = por_enlace(token, now=now)
    nombre, cargo = nombre_y_cargo(nombre, cargo)
    if not declara:
        raise Refused("firma.sin_declaracion")
    if archivo is None and not trazo.strip():
        raise Refused("firma.sin_imagen")
    with escuela_scope(pedido.escuela_id), tinta(trazo, archivo) as guardado, unit_of_work(now) as uow:
        _carta, firma, actor, datos = en_turno(uow, token, ip, nombre, identidad)
        imagen = documentos.registrar(uow, guardado, "firma")
        anotar(firma, nombre, cargo, IMAGEN if archivo else TRAZO, datos)
        firma.imagen_documento_id, firma.firmada = imagen.id, now
        act(uow, firma, "firmar", actor, {**datos, "declara": declara, "imagen_documento_id": imagen.id})


def anotar(firma: Firma, nombre: str, cargo: str, modo: str, datos: dict[str, Any]) -> None:
    """Copy who signs, as what and how into the place; the guards learn of it."""
    firma.nombre, firma.cargo, firma.ip = nombre, cargo, datos["ip"]
    firma.modo, firma.identidad = modo, datos["identidad"]
    datos |= {"nombre": nombre, "cargo": cargo}


def rechazar(token: str, *, motivo: str, identidad: str = "", ip: str, now: datetime) -> None:
    """Refuse to sign, with a reason that whoever generated the letter reads. The link signs nothing more."""
    pedido = por_enlace(token, now=now)
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        _carta, firma, actor, datos = en_turno(uow, token, ip, identidad=identidad)
        firma.ip = ip[:45]
        act(uow, firma, "rechazar", actor, {**datos, "motivo": motivo})


def en_turno(
    uow: Uow, token: str, ip: str, nombre: str = "", identidad: str = ""
) -> tuple[Carta, Firma, Actor, dict[str, Any]]:
    """The letter and the signature behind a link, locked, the link used up, and what the guards must know."""
    enlace = enlaces.consumir(uow, token, "firma")
    return turno(uow, enlace.objeto_id, ip, nombre, identidad)


def turno(
    uow: Uow, firma_id: int | None, ip: str, nombre: str = "", identidad: str = ""
) -> tuple[Carta, Firma, Actor, dict[str, Any]]:
    """The same for a place that is known without a link."""
    firma = uow.get(Firma, firma_id)
    carta = uow.lock_id(Carta, firma.carta_id)
    firma = uow.lock_id(Firma, firma.id)
    antes = [
        f for f in in_circuit(de_carta(uow, carta.id)) if f.grupo < firma.grupo and f.estado != "firmada"
    ]
    actor = Actor(FIRMANTE, nombre or firma.nombre, firma_id=firma.id, ip=ip)
    datos = {"antes_pendientes": antes, "carta_cerrada": carta.estado not in EN_FIRMA, "ip": ip[:45]}
    return carta, firma, actor, {**datos, "identidad": identidad, "pide_codigo": pide_codigo(carta)}


def pide_codigo(carta: Carta) -> bool:
    """Whether who signs this letter by a link must show to be the one with a code."""
    return escuelas.perfil(carta.perfil_version).cartas[carta.tipo].codigo


@contextmanager
def tinta(trazo: str, archivo: tuple[Path, str] | None) -> Iterator[documentos.Guardado]:
    """The stored ink of a signature; removed again when the body fails."""
    if archivo is not None:
        with documentos.recibir([archivo[0]], archivo[1], KIND) as guardado:
            yield guardado
        return
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        limpia = Path(folder) / "firma.png"
        ancho, alto = signature_from_data_url(trazo, limpia)
        size = limpia.stat().st_size
        checked = CheckedFile(limpia, "image/png", size, "", 0, ancho, alto)
        with documentos.guardado_de(checked, "firma.png") as guardado:
            yield guardado


@effect("avanzar_circuito")
def avanzar_circuito(uow: Uow, firma: Firma, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """One more signature is there: the next signer is written to, or the letter is issued."""
    carta = uow.lock_id(Carta, firma.carta_id)
    act(uow, carta, "firmar", SISTEMA_ACTOR)
    avanzar(uow, carta)


@effect("detener_carta")
def detener_carta(uow: Uow, firma: Firma, actor: Actor, data: Mapping[str, Any]) -> None:
    """A refusal stops the letter; who refused and why goes along."""
    carta = uow.lock_id(Carta, firma.carta_id)
    datos = {"motivo": data["motivo"], "firmante": firma.nombre, "cargo": firma.cargo}
    act(uow, carta, "detener", SISTEMA_ACTOR, datos)


@effect("anular_firmas")
def anular_firmas(uow: Uow, carta: Carta, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """Nobody signs a letter that was stopped or revoked: pending places close and their links sign nothing."""
    if carta.emitida is not None:
        return
    for firma in in_circuit(de_carta(uow, carta.id)):
        if firma.estado in ("pendiente", "por_confirmar"):
            enlaces.gastar(uow, "firma", firma.id)
            act(uow, firma, "anular", SISTEMA_ACTOR)


@aviso("firma_rechazada")
def avisar_rechazo(uow: Uow, carta: Carta, _actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The office that answers for the letter, and the dependencia that is to correct it, with the reason in full."""
    slug = destinatarios.slug(uow)
    contexto = {
        **de_que(uow, carta),
        "motivo": data["motivo"],
        "firmante": data["firmante"],
        "cargo": data["cargo"],
    }
    if not carta.corrige_dependencia:
        contexto["dependencia"] = ""  # in this mail: who generates it again
    for persona in destinatarios.de_oficina(uow, TIPOS[carta.tipo][1]):
        ruta = f"/{slug}/coordinador/cartas/{carta.public_id}"
        yield Para(persona.correo, ruta, persona.id, {**contexto, "nombre": persona.nombre, "corrige": False})
    if carta.dependencia_id is not None and carta.corrige_dependencia:
        for persona in destinatarios.de_dependencia(uow, carta.dependencia_id):
            mas = {"nombre": persona.nombre, "corrige": True}
            yield Para(
                persona.correo,
                f"/dependencia/{slug}/cartas/{carta.public_id}",
                persona.id,
                {**contexto, **mas},
            )


def reenviar(public_id: str, *, actor: Actor, now: datetime) -> Firma:
    """Send the signer whose turn it is their link again. NotFound, Forbidden, Refused."""
    with unit_of_work(now) as uow:
        carta, firma = _pendiente(uow, public_id, actor)
        record(uow, firma, "reenviar", actor)
        enviar_enlace(uow, carta, firma)
        return firma


def cambiar_firmante(
    public_id: str, *, nombre: str, cargo: str, correo: str, actor: Actor, now: datetime
) -> Firma:
    """Correct who signs and where the link goes, before the signature; whose turn it is is written to at once.

    The links that went to another address die.
    """
    nombre, cargo = nombre_y_cargo(nombre, cargo)
    correo = correo.strip().lower()[:254]
    if not nombre or not cargo:
        raise Refused("firma.sin_nombre")
    if correo.count("@") != 1:
        raise Refused("firma.correo_invalido")
    with unit_of_work(now) as uow:
        carta, firma = _pendiente(uow, public_id, actor, en_turno=False)
        antes, firma.nombre, firma.cargo, firma.correo = firma.correo, nombre, cargo, correo
        firma.titular_nombre = firma.titular_cargo = firma.titular_correo = ""
        record(uow, firma, "cambiar", actor)
        if correo != antes.lower():
            quitar_enlace(uow, firma)
            recordar_las_demas(uow, antes)
        if firma in in_turn(de_carta(uow, carta.id)):
            enviar_enlace(uow, carta, firma)
        return firma


def _pendiente(uow: Uow, public_id: str, actor: Actor, *, en_turno: bool = True) -> tuple[Carta, Firma]:
    """A signature that is still to come and whose letter this actor answers for, both locked."""
    known = uow.session.scalar(select(Firma).where(Firma.public_id == public_id))
    if known is None:
        raise NotFound("Firma")
    carta = uow.lock_id(Carta, known.carta_id)
    firma = uow.lock_id(Firma, known.id)
    mine = relations(actor, carta)
    if not mine:
        raise NotFound("Firma")
    if not mine & {DEPENDENCIA, TIPOS[carta.tipo][1]}:
        raise Forbidden("accion.sin_permiso")
    pendiente = firma.estado == "pendiente" and bool(firma.correo) and carta.estado in EN_FIRMA
    if not pendiente or (en_turno and firma not in in_turn(de_carta(uow, carta.id))):
        raise Refused("firma.ya_firmada")
    return carta, firma


def pedir_otro_enlace(token: str, *, now: datetime) -> None:
    """Whoever holds an expired link gets a new one at the signer's address; says nothing about where it went.

    Where its own place waits no more, the new one is of what else waits for the signer.
    """
    pedido = por_enlace(token, now=now)
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        firma = uow.get(Firma, pedido.objeto_id)
        carta = uow.lock_id(Carta, firma.carta_id)
        espera = carta.estado in EN_FIRMA and firma in in_turn(de_carta(uow, carta.id))
        enviar_juntas(uow, [firma] if espera else esperan(uow, firma.correo))
