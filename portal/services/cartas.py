"""Letters: folio and values are fixed with the transition that causes them, rendered from the outbox, issued once.

`VALORES` says per kind what a letter carries and who signs it; `AL_EMITIR` what its issuing brings about.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.letters.catalogo import TITULOS
from portal.letters.render import FirmaImpresa, render
from portal.models import Carta, Documento, Escuela, Firma, FolioContador, Huella
from portal.services import documentos, escuelas, runtime
from portal.services.effects import effect
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.scope import current_escuela

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Firmante:
    """Who signs, in order. Without a `correo` the line is printed with the name and no circuit is begun."""

    papel: str
    nombre: str
    cargo: str = ""
    correo: str = ""


@dataclass(frozen=True)
class Nueva:
    """What a new letter carries: its values by placeholder (dates are dates) and what it belongs to."""

    valores: Mapping[str, Any]
    firmantes: Sequence[Firmante] = ()
    alumno_id: int | None = None
    servicio_id: int | None = None
    convenio_id: int | None = None
    dependencia_id: int | None = None
    perfil_version: int | None = None
    reemplaza_id: int | None = None
    al_generar: Callable[[Uow, Carta], None] | None = field(default=None, compare=False)


VALORES: dict[str, Callable[[Uow, Any, Actor, Mapping[str, Any]], Nueva]] = {}
AL_EMITIR: dict[str, Callable[[Uow, Carta], None]] = {}


def valores(tipo: str) -> Callable[[Any], Any]:
    """Register what a letter of that kind carries: (uow, thing, actor, data) -> Nueva."""

    def register(function: Any) -> Any:
        VALORES[tipo] = function
        return function

    return register


def al_emitir(tipo: str) -> Callable[[Any], Any]:
    """Register what the issuing of a letter of that kind brings about: (uow, carta) -> None."""

    def register(function: Any) -> Any:
        AL_EMITIR[tipo] = function
        return function

    return register


def generar_por_efecto(uow: Uow, tipo: str, thing: Any, actor: Actor, data: Mapping[str, Any]) -> Carta:
    """Generate the letter that a transition causes (effect `carta:TIPO`)."""
    return generar(uow, tipo, VALORES[tipo](uow, thing, actor, data), actor)


def generar(uow: Uow, tipo: str, nueva: Nueva, actor: Actor) -> Carta:
    """Fix a letter inside the transaction: folio, code, values, signers. Rendering follows from the outbox.

    Raises Refused("carta.faltan_datos", faltan=…) naming every datum that lacks [seed 000, annex two].
    """
    escuela = escuelas.actual()
    version = nueva.perfil_version or escuela.perfil_version
    hoy = to_local(uow.now).date()
    todos = {**comunes(version, tipo, hoy), **nueva.valores}
    faltan = escuelas.plantilla(tipo, version).faltantes({**todos, "folio": "·"})
    if faltan:
        raise Refused("carta.faltan_datos", faltan="; ".join(faltan))
    numero = _next_number(uow, tipo, hoy.year)
    carta = uow.add(
        Carta(
            tipo=tipo,
            folio=escuelas.perfil(version).folio(tipo, hoy.year, numero),
            anio=hoy.year,
            numero=numero,
            codigo=new_code(),
            perfil_version=version,
            valores=_pack(todos),
            titulo=TITULOS[tipo],
            alumno_id=nueva.alumno_id,
            servicio_id=nueva.servicio_id,
            convenio_id=nueva.convenio_id,
            dependencia_id=nueva.dependencia_id,
            reemplaza_id=nueva.reemplaza_id,
            emitio=actor.nombre,
        )
    )
    uow.add(Huella(codigo=carta.codigo, escuela_id=current_escuela()))
    for orden, firmante in enumerate(nueva.firmantes):
        uow.add(Firma(carta_id=carta.id, orden=orden, **vars(firmante)))
    record(uow, carta, "generar", actor)
    if nueva.al_generar:
        nueva.al_generar(uow, carta)
    if not any(f.correo for f in nueva.firmantes):
        uow.later("carta", carta.id)
    return carta


def comunes(version: int, tipo: str, hoy: date) -> dict[str, Any]:
    """The values that every letter of the escuela shares: its names, its place, who answers for this kind."""
    perfil = escuelas.perfil(version)
    rol = perfil.cartas[tipo].firma or perfil.destinatario_termino
    firmante = perfil.firmante(rol, hoy)
    return {
        "escuela_nombre": perfil.nombre,
        "escuela_siglas": perfil.siglas,
        "institucion": perfil.institucion,
        "subdireccion": perfil.subdireccion,
        "oficina": perfil.oficina,
        "domicilio_escuela": perfil.domicilio,
        "escuela_correo": perfil.correo,
        "escuela_telefono": perfil.telefono,
        "lugar": perfil.lugar,
        "fecha": hoy,
        "responsable_nombre": firmante.nombre_completo if firmante else "",
        "responsable_cargo": firmante.cargo if firmante else "",
        "responsable_genero": firmante.genero if firmante else "neutro",
    }


def _next_number(uow: Uow, tipo: str, anio: int) -> int:
    """The next number of the series, under a lock: two letters never share one and none is skipped."""
    query = select(FolioContador).where(FolioContador.tipo == tipo, FolioContador.anio == anio)
    contador = uow.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if contador is None:
        contador = uow.add(FolioContador(tipo=tipo, anio=anio, ultimo=0))
    contador.ultimo += 1
    return contador.ultimo


def new_code() -> str:
    """A verification code: 12 characters of 32 (60 bits), in threes groups, never a guessable one."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def _pack(valores: Mapping[str, Any]) -> dict[str, Any]:
    return {k: {"fecha": v.isoformat()} if isinstance(v, date) else list(v) if isinstance(v, tuple) else v
            for k, v in valores.items()}  # fmt: skip


def _unpack(valores: Mapping[str, Any]) -> dict[str, Any]:
    return {k: date.fromisoformat(v["fecha"]) if isinstance(v, dict) else v for k, v in valores.items()}


def url_verificacion(codigo: str) -> str:
    """The address that the QR carries."""
    return f"{runtime.current().base_url}/verificar/{codigo}"


def pdf(uow: Uow, carta: Carta) -> bytes:
    """Render a letter as it stands now, with the signatures it has; the same rows give the same bytes."""
    firmas = uow.session.scalars(select(Firma).where(Firma.carta_id == carta.id).order_by(Firma.orden)).all()
    impresas = [
        FirmaImpresa(f.nombre, f.cargo, f.papel, _image(uow, f.imagen_documento_id), f.firmada)
        for f in firmas
        if f.estado != "anulada"
    ]
    plantilla = escuelas.plantilla(carta.tipo, carta.perfil_version)
    return render(
        plantilla,
        _unpack(carta.valores),
        folio=carta.folio,
        codigo=carta.codigo,
        url_verificacion=url_verificacion(carta.codigo),
        firmas=impresas or _printed_signer(plantilla, carta),
        logo=_logo(uow, plantilla.membrete, carta),
    )


def _printed_signer(plantilla: Any, carta: Carta) -> list[FirmaImpresa]:
    """A letter that the office issues by itself names its responsable."""
    papel = next(iter(dict(plantilla.papeles)), "responsable")
    v = carta.valores
    return [FirmaImpresa(v["responsable_nombre"], v["responsable_cargo"], papel, None, carta.creado)]


def _image(uow: Uow, documento_id: int | None) -> bytes | None:
    if documento_id is None:
        return None
    with documentos.abrir(uow.get(Documento, documento_id).clave) as stream:
        return stream.read()


def _logo(uow: Uow, membrete: str, carta: Carta) -> bytes | None:
    if membrete == "dependencia" and carta.dependencia_id:
        from portal.services.dependencias import logo_png

        return logo_png(uow.session, carta.dependencia_id)
    return escuelas.logo(carta.perfil_version)


def producir(carta_id: int, *, now: datetime) -> None:
    """Render, store and issue a letter whose circuit is complete. Safe to run twice: an issued one is left alone."""
    with unit_of_work(now) as uow:
        carta = uow.get(Carta, carta_id)
        if carta.documento_id is not None or carta.estado not in ("generada", "firmada") or _missing(uow, carta):
            return
        content = pdf(uow, carta)
    key = f"escuela/{current_escuela()}/cartas/{carta.public_id}.pdf"
    stored = runtime.current().backends.storage.put(
        key, io.BytesIO(content), size=len(content), content_type="application/pdf"
    )
    with unit_of_work(now) as uow:
        carta = uow.lock_id(Carta, carta_id)
        if carta.documento_id is not None or carta.estado not in ("generada", "firmada"):
            return
        guardado = documentos.Guardado(
            runtime.current().backends.storage.name, key, f"{carta.tipo}-{carta.numero:04d}.pdf",
            "application/pdf", stored.size, stored.sha256, 1, (), "",
        )  # fmt: skip
        documento = documentos.registrar(
            uow, guardado, f"carta_{carta.tipo}", alumno_id=carta.alumno_id, dependencia_id=carta.dependencia_id
        )
        carta.documento_id = documento.id
        carta.emitida = now
        huella = uow.session.scalars(select(Huella).where(Huella.codigo == carta.codigo)).one()
        huella.sha256 = stored.sha256
        act(uow, carta, "emitir", SISTEMA_ACTOR, {"firmas_pendientes": _missing(uow, carta)})


def _missing(uow: Uow, carta: Carta) -> int:
    """Signatures of the circuit that are still to come."""
    firmas = uow.session.scalars(select(Firma).where(Firma.carta_id == carta.id)).all()
    return sum(1 for f in firmas if f.correo and f.estado != "firmada")


@effect("al_emitir")
def run_al_emitir(uow: Uow, carta: Carta, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """What the issuing of this kind brings about (attach it, fulfil the step, write to its owner)."""
    if carta.tipo in AL_EMITIR:
        AL_EMITIR[carta.tipo](uow, carta)


def revocar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Carta:
    """Revoke a letter: its number is never given again and /verificar says so."""
    with unit_of_work(now) as uow:
        carta = uow.lock(Carta, public_id)
        act(uow, carta, "revocar", actor, {"motivo": motivo})
        return carta


def escuela_de(codigo: str, session: Any) -> Escuela | None:
    """The escuela whose letter has this code, or None: the only thing that is known of it outside its scope."""
    huella = session.scalar(select(Huella).where(Huella.codigo == codigo))
    return session.get(Escuela, huella.escuela_id) if huella else None
