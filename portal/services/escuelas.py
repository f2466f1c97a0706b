"""Escuelas: a folder of data becomes a row and a versioned profile; a profile becomes the domain's objects."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from portal.domain.calendario import Calendario
from portal.domain.plan import Plan, plan_from_data
from portal.letters.catalogo import TIPOS
from portal.letters.plantilla import Plantilla, leer_plantilla
from portal.models import Certificado, Escuela, EscuelaPerfil, db
from portal.services import bitacora, plantillas_correo, sellos
from portal.services.uow import NotFound, unit_of_work
from tenants.profile import Profile, ProfileError, load_profile, parse_profile
from tenants.scope import current_escuela, escuela_scope

_POR_SLUG = select(Escuela).where(Escuela.slug == bindparam("slug"), Escuela.activa)  # every page asks it


def por_slug(slug: str) -> Escuela | None:
    """The active escuela of an address, or None."""
    return db.session.scalar(_POR_SLUG, {"slug": slug})


def slug(escuela_id: int) -> str:
    """The address of an escuela, whatever the scope."""
    escuela = db.session.get(Escuela, escuela_id)
    if escuela is None:
        raise NotFound("Escuela")
    return escuela.slug


_slugs: dict[int, str] = {}


def slug_actual() -> str:
    """The address of the escuela in scope, asked for once in a process: it never changes."""
    escuela_id = current_escuela()
    if escuela_id not in _slugs:
        _slugs[escuela_id] = slug(escuela_id)
    return _slugs[escuela_id]


def activas() -> list[Escuela]:
    """Every active escuela by name, for the start page and the sweeper."""
    return list(db.session.scalars(select(Escuela).where(Escuela.activa).order_by(Escuela.nombre)))


def todas() -> list[Escuela]:
    """Every escuela, active or not, by its address: for the operator."""
    return list(db.session.scalars(select(Escuela).order_by(Escuela.slug)))


def contactos() -> list[tuple[str, str, str, str]]:
    """(name, office, e-mail, telephone) of every active escuela, for help and the privacy notice."""
    found = []
    for escuela_id, version in [(e.id, e.perfil_version) for e in activas()]:
        with escuela_scope(escuela_id):
            p = perfil(version)
            found.append((p.nombre, p.oficina, p.correo, p.telefono))
    return found


def actual() -> Escuela:
    """The escuela in scope (from the identity map when the request has loaded it)."""
    escuela = db.session.get(Escuela, current_escuela())
    if escuela is None:
        raise NotFound("Escuela")
    db.session.info["escuela"] = escuela  # the identity map alone would let it go, and ask again
    return escuela


def conservar(escuela: Escuela) -> Escuela:
    """Give a row that was read before the scope opened to the scope's session: `actual` then asks no database."""
    db.session.add(escuela)
    return escuela


_perfiles: dict[tuple[int, int], tuple[Profile, dict[str, Any]]] = {}


def _cargado(version: int | None) -> tuple[Profile, dict[str, Any]]:
    key = (current_escuela(), version or actual().perfil_version)
    if key not in _perfiles:
        row = db.session.scalar(select(EscuelaPerfil).where(EscuelaPerfil.version == key[1]))
        if row is None:
            raise NotFound("EscuelaPerfil")
        _perfiles[key] = (parse_profile(row.datos["perfil"]), row.datos)
    return _perfiles[key]


def perfil(version: int | None = None) -> Profile:
    """The profile of the escuela in scope: a version, or the one in force. A version never changes, so it is cached."""
    return _cargado(version)[0]


def logo(version: int | None = None) -> bytes | None:
    """The escuela's logo (PNG) of a profile version, or None."""
    text: str = _cargado(version)[1].get("logo") or ""
    return _logo(text) if text else None


@lru_cache(maxsize=256)
def _logo(text: str) -> bytes:
    return base64.b64decode(text)  # the same object in every letter, which its engine knows again


def plan(version: int, clave: str) -> Plan:
    """The plan `clave` of a profile version, as the domain's object; KeyError when there is none."""
    return _plan(current_escuela(), version, clave)


@lru_cache(maxsize=4096)
def _plan(_escuela_id: int, version: int, clave: str) -> Plan:
    for data in perfil(version).model_dump(mode="json")["planes"]:
        if data["clave"] == clave:
            return plan_from_data(data)
    raise KeyError(clave)


def calendario(version: int | None = None) -> Calendario:
    """The working-day calendar of the escuela in scope."""
    return _calendario(current_escuela(), version or actual().perfil_version)


@lru_cache(maxsize=1024)
def _calendario(_escuela_id: int, version: int) -> Calendario:
    return Calendario(perfil(version).calendario.dias_inhabiles())


def plantilla(tipo: str, version: int | None = None) -> Plantilla:
    """The letter template of a kind in a profile version."""
    return _plantilla(current_escuela(), version or actual().perfil_version, tipo)


@lru_cache(maxsize=2048)
def _plantilla(_escuela_id: int, version: int, tipo: str) -> Plantilla:
    # A profile written before the portal knew this kind of letter says nothing of it.
    own = _cargado(version)[1]["cartas"].get(tipo)
    return Plantilla.from_mapping(own) if own is not None else leer_plantilla(tipo)


def cargar(folder: Path, *, now: datetime) -> Escuela:
    """Load a school's folder: create the escuela or give it a new profile version if its data changed.

    Raises ProfileError or PlantillaInvalida, with sentences, before anything is written.
    """
    profile = load_profile(folder)
    faltas = plantillas_correo.errores(profile.correos)
    if faltas:
        raise ProfileError(faltas)
    cartas = {tipo: leer_plantilla(tipo, folder / "cartas").to_mapping() for tipo in TIPOS}
    logo_file = folder / "logo.png"
    datos = {
        "perfil": profile.model_dump(mode="json"),
        "cartas": cartas,
        "logo": base64.b64encode(logo_file.read_bytes()).decode() if logo_file.is_file() else "",
    }
    huella = hashlib.sha256(json.dumps(datos, sort_keys=True, default=list).encode()).hexdigest()
    escuela_id = _registrar(profile, now)
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        escuela = uow.lock_id(Escuela, escuela_id)
        last = uow.session.scalar(select(EscuelaPerfil).order_by(EscuelaPerfil.version.desc()).limit(1))
        if last is None or last.huella != huella:
            version = 1 if last is None else last.version + 1
            uow.add(EscuelaPerfil(version=version, datos=datos, huella=huella, autor="carpeta"))
            escuela.perfil_version = version
        if last is None:
            bitacora.abrir(uow.session)
        sellos.asegurar(uow, **_nombres(profile))
        return escuela


def primer_certificado(now: datetime) -> Certificado:
    """The certificate of an escuela that was there before letters were sealed; made now if it has none."""
    nombres = nombres_de_certificado()
    with unit_of_work(now) as uow:
        uow.lock_id(Escuela, current_escuela())
        return sellos.asegurar(uow, **nombres)


def nombres_de_certificado() -> dict[str, str]:
    """What a certificate of the escuela in scope says of it."""
    return _nombres(perfil())


def _nombres(profile: Profile) -> dict[str, str]:
    partes = ("nombre", "institucion", "oficina", "correo")
    return {parte: getattr(profile, parte) or "" for parte in partes}


def _registrar(profile: Profile, now: datetime) -> int:
    with unit_of_work(now) as uow:
        escuela = uow.session.scalar(select(Escuela).where(Escuela.slug == profile.slug))
        if escuela is None:
            escuela = uow.add(Escuela(slug=profile.slug, nombre=profile.nombre, color=profile.color))
        escuela.nombre, escuela.color = profile.nombre, profile.color
        escuela.institucion, escuela.oficina = profile.institucion, profile.oficina
        uow.session.flush()
        return escuela.id
