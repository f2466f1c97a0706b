"""Letters: folio and values are fixed with the transition that causes them, rendered from the outbox, issued once.

`VALORES` says per kind what a letter carries and who signs it; `AL_EMITIR` what its issuing brings about, `AL_REVOCAR`
its revoking; `REGENERA` how a revoked one is made again with the data of today.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select

from portal.backends.interfaces import ObjectNotFound, StorageError
from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.carta import EN_FIRMA, missing
from portal.domain.carta import TIPOS as TIPOS_DE_CARTA
from portal.domain.machine import Forbidden, Refused
from portal.letters.catalogo import TITULOS, faltan_firmantes
from portal.letters.muestra import muestra as de_muestra
from portal.letters.render import FaltanDatos
from portal.letters.seal import SelloImposible
from portal.models import Carta, Documento, Firma, Huella, db
from portal.services import (
    circuitos,
    contadores,
    documentos,
    escuelas,
    firmas,
    firmas_avisos,
    hojas,
    runtime,
    sellos,
)
from portal.services.circuitos import Firmante
from portal.services.effects import effect
from portal.services.hojas import url_verificacion
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.profile import Profile
from tenants.scope import current_escuela

__all__ = [
    "Firmante", "Nueva", "al_emitir", "al_revocar", "generar", "producir", "regenera", "url_verificacion", "valores",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])
MOTIVO_DESCONOCIDO = "Hubo un error al preparar el archivo."
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


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
AL_REVOCAR: dict[str, Callable[[Uow, Carta, Actor, Mapping[str, Any]], None]] = {}
REGENERA: dict[str, Callable[[Uow, Carta, Actor], Nueva]] = {}


def valores(tipo: str) -> Callable[[F], F]:
    """Register what a letter of that kind carries: (uow, thing, actor, data) -> Nueva."""
    return _registrar(VALORES, tipo)


def al_emitir(tipo: str) -> Callable[[F], F]:
    """Register what the issuing of a letter of that kind brings about: (uow, carta) -> None."""
    return _registrar(AL_EMITIR, tipo)


def al_revocar(tipo: str) -> Callable[[F], F]:
    """Register what the revoking of a letter of that kind brings about: (uow, carta, actor, data) -> None.

    `data["reemplazo"]` is the letter that takes its place, or None.
    """
    return _registrar(AL_REVOCAR, tipo)


def regenera(tipo: str) -> Callable[[F], F]:
    """Register how a letter of that kind is made again with current data: (uow, carta, actor) -> Nueva."""
    return _registrar(REGENERA, tipo)


def _registrar(registro: dict[str, Any], tipo: str) -> Callable[[F], F]:
    def register(function: F) -> F:
        registro[tipo] = function
        return function

    return register


def generar_por_efecto(uow: Uow, tipo: str, thing: Any, actor: Actor, data: Mapping[str, Any]) -> Carta:
    """Generate the letter that a transition causes (effect `carta:TIPO`)."""
    return generar(uow, tipo, VALORES[tipo](uow, thing, actor, data), actor)


def generar(uow: Uow, tipo: str, nueva: Nueva, actor: Actor) -> Carta:
    """Fix a letter inside the transaction: folio, code, values, signers. Rendering follows from the outbox,
    or, where there is a circuit, when its last signature is there.

    Raises Refused("carta.faltan_datos", faltan=…) naming every datum that lacks [seed 000, annex two].
    """
    version = nueva.perfil_version or escuelas.actual().perfil_version
    hoy = to_local(uow.now).date()
    todos = {**comunes(version, tipo, hoy), **nueva.valores}
    circuito = circuitos.de(tipo, version, nueva.firmantes, todos, hoy)
    faltan = _faltantes(tipo, version, todos, circuito)
    if faltan:
        raise Refused("carta.faltan_datos", faltan="; ".join(faltan))
    carta = _fijar(uow, tipo, version, nueva, todos, actor)
    uow.add(Huella(codigo=carta.codigo, escuela_id=current_escuela()))
    _abrir_circuito(uow, carta, circuito)
    record(uow, carta, "generar", actor)
    if nueva.al_generar:
        nueva.al_generar(uow, carta)
    firmas.avanzar(uow, carta)
    return carta


def _fijar(uow: Uow, tipo: str, version: int, nueva: Nueva, todos: Mapping[str, Any], actor: Actor) -> Carta:
    """The row of a letter: its number, its code, what it says, and which edition of its template says it."""
    hoy = to_local(uow.now).date()
    numero = contadores.siguiente(uow, tipo, hoy.year)
    edicion = escuelas.edicion_vigente(tipo)
    plantilla = escuelas.plantilla(tipo, version, edicion)
    de = {
        n: getattr(nueva, n)
        for n in ("alumno_id", "servicio_id", "convenio_id", "dependencia_id", "reemplaza_id")
    }
    return uow.add(
        Carta(
            tipo=tipo,
            folio=escuelas.perfil(version).folio(tipo, hoy.year, numero),
            anio=hoy.year,
            numero=numero,
            codigo=new_code(),
            perfil_version=version,
            valores=hojas.empacar(todos),
            edicion=edicion,
            plantilla_huella=plantilla.huella,
            titulo=plantilla.titulo or TITULOS[tipo],
            emitio=actor.nombre,
            **de,
        )
    )


def _abrir_circuito(uow: Uow, carta: Carta, circuito: Sequence[Firmante]) -> None:
    for orden, firmante in enumerate(circuito):
        grupo = orden if firmante.grupo is None else firmante.grupo
        uow.add(Firma(carta_id=carta.id, orden=orden, **{**vars(firmante), "grupo": grupo}))


def faltantes(tipo: str, nueva: Nueva, hoy: date) -> list[str]:
    """What a letter with these data would lack, in words; empty when it can be generated."""
    version = nueva.perfil_version or escuelas.actual().perfil_version
    todos = {**comunes(version, tipo, hoy), **nueva.valores}
    return _faltantes(tipo, version, todos, circuitos.de(tipo, version, nueva.firmantes, todos, hoy))


def _faltantes(tipo: str, version: int, todos: Mapping[str, Any], firmantes: Sequence[Firmante]) -> list[str]:
    trazos = tuple(hojas.Trazo(f.nombre, f.cargo, f.papel) for f in firmantes)
    return [
        *escuelas.plantilla(tipo, version).faltantes({**todos, "folio": "·"}),
        *faltan_firmantes(tipo, trazos or hojas.responsable(tipo, todos)),
        *circuitos.faltan(firmantes),
    ]


def comunes(version: int, tipo: str, hoy: date) -> dict[str, Any]:
    """The values that every letter of the escuela shares, as a version of its profile has them."""
    return comunes_de(escuelas.perfil(version), tipo, hoy)


def comunes_de(perfil: Profile, tipo: str, hoy: date) -> dict[str, Any]:
    """The values that every letter of the escuela shares: its names, its place, who answers for this kind."""
    rol = perfil.cartas[tipo].firma or perfil.destinatario_termino
    firmante = perfil.firmante(rol, hoy)
    return {
        "escuela_nombre": perfil.nombre,
        "escuela_color": perfil.color,
        "escuela_contacto": f"Tel. {perfil.telefono} · {perfil.correo}",
        "institucion": perfil.institucion,
        "subdireccion": perfil.subdireccion,
        "oficina": perfil.oficina,
        "domicilio_escuela": perfil.domicilio,
        "lugar": perfil.lugar,
        "fecha": hoy,
        "responsable_nombre": firmante.nombre_completo if firmante else "",
        "responsable_cargo": firmante.cargo if firmante else "",
    }


def new_code() -> str:
    """A verification code: three groups of four of 32 characters (60 bits), never a guessable one."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def vista(carta: Carta) -> bytes:
    """The PDF of a letter as it would be issued now, with the signatures so far; for its signers and the office."""
    return hojas.dibujar(hojas.leer(db.session(), carta))


def vista_previa(tipo: str, nueva: Nueva, *, now: datetime) -> bytes:
    """The PDF of a letter that does not exist yet: without folio, without code. Writes nothing."""
    version = nueva.perfil_version or escuelas.actual().perfil_version
    todos = {**comunes(version, tipo, to_local(now).date()), **nueva.valores}
    circuito = circuitos.de(tipo, version, nueva.firmantes, todos, to_local(now).date())
    trazos = tuple(hojas.Trazo(f.nombre, f.cargo, f.papel) for f in circuito)
    trazos = trazos or hojas.responsable(tipo, todos)
    hoja = hojas.Hoja(tipo, version, todos, "VISTA PREVIA", "VISTA-PREVIA", trazos, nueva.dependencia_id)
    return hojas.dibujar(hoja)


def muestra(tipo: str, *, now: datetime, sellada: bool = False) -> bytes:
    """A letter of the escuela in scope with the catalogue's samples and its own names; sealed if that is asked.

    Raises portal.letters.seal.SelloImposible.
    """
    version = escuelas.actual().perfil_version
    propios = {k: v for k, v in comunes(version, tipo, to_local(now).date()).items() if v}
    pdf = de_muestra(tipo, escuelas.plantilla(tipo, version), escuelas.logo(version), propios)
    if not sellada:
        return pdf
    con = sellos.vigente() or escuelas.primer_certificado(now)
    return sellos.sellar(pdf, con, folio="MUESTRA", lugar=str(propios.get("lugar", "")), now=now)


def producir(carta_id: int, *, now: datetime) -> None:
    """Render, seal, store and issue a letter whose circuit is complete. Safe to run twice: an issued one is left alone.

    Two seals of the same letter are never the same bytes, so each attempt stores under a key of its own; the one that
    is not issued takes its object away, and `portal limpiar` what a crash left. What goes wrong is told to the office.
    """
    fresh = select(Carta).where(Carta.id == carta_id).execution_options(populate_existing=True)
    carta = db.session.scalars(fresh).one()
    hoja = hojas.leer(db.session(), carta)
    if carta.documento_id is not None or carta.estado not in EN_FIRMA or hoja.faltan:
        return
    if hoja.en_cuarentena:  # asked for again until the image of each signature has its verdict
        raise Refused("archivo.en_analisis")
    try:
        con = sellos.vigente() or escuelas.primer_certificado(now)
        content = hojas.dibujar(hoja)
        lugar = str(hoja.valores.get("lugar") or "")
        sellado = sellos.sellar(content, con, folio=carta.folio, lugar=lugar, now=now)
        guardado = _guardar(carta, sellado, hojas.paginas(content))
    except Exception as error:  # whatever it is, the office reads it, and the outbox tries again
        _anotar_fallo(carta_id, error, now)
        raise
    if not _emitir(carta_id, guardado, con.id, now):
        documentos.quitar(guardado.clave)


def _guardar(carta: Carta, sellado: bytes, paginas: int) -> documentos.Guardado:
    """Store a sealed file under a key of its own: no other attempt at the same letter writes over it."""
    storage = runtime.current().backends.storage
    sha256 = hashlib.sha256(sellado).hexdigest()
    key = f"escuela/{current_escuela()}/cartas/{carta.public_id}-{sha256[:16]}.pdf"
    stored = storage.put(key, io.BytesIO(sellado), size=len(sellado), content_type="application/pdf")
    nombre = f"{carta.tipo}_{carta.folio}.pdf".replace("/", "-")
    return documentos.Guardado(
        storage.name, key, nombre, "application/pdf", stored.size, stored.sha256, paginas, (), ""
    )


def _anotar_fallo(carta_id: int, error: Exception, now: datetime) -> None:
    """Tell the office why a letter is not issued yet."""
    motivo = str(error)
    if not isinstance(error, SelloImposible | FaltanDatos):
        motivo = "No se pudo guardar el archivo." if isinstance(error, StorageError) else MOTIVO_DESCONOCIDO
    with unit_of_work(now) as uow:
        carta = uow.lock_id(Carta, carta_id)
        if carta.estado in EN_FIRMA:
            carta.fallo = motivo


def reintentar(public_id: str, *, actor: Actor, now: datetime) -> Carta:
    """Try now to issue a letter that could not be: its turn in the outbox comes at once. Forbidden, Refused."""
    with unit_of_work(now) as uow:
        carta = uow.lock(Carta, public_id)
        if TIPOS_DE_CARTA[carta.tipo][1] not in actor.permisos:
            raise Forbidden("accion.sin_permiso")
        if carta.estado not in EN_FIRMA or not carta.fallo:
            raise Refused("carta.nada_que_reintentar")
        uow.later("carta", carta.id)
        return carta


def _emitir(carta_id: int, guardado: documentos.Guardado, certificado_id: int, now: datetime) -> bool:
    """Issue the letter with its stored file; False when it may no longer be issued, or another file of it was."""
    with unit_of_work(now) as uow:
        carta = uow.lock_id(Carta, carta_id)
        if carta.documento_id is not None or carta.estado not in EN_FIRMA:
            return False
        carta.documento_id = documentos.registrar(
            uow,
            guardado,
            f"carta_{carta.tipo}",
            alumno_id=carta.alumno_id,
            dependencia_id=carta.dependencia_id,
        ).id
        carta.emitida, carta.fallo = now, ""
        carta.sellada, carta.certificado_id = now, certificado_id
        huella = uow.session.scalars(select(Huella).where(Huella.codigo == carta.codigo)).one()
        huella.sha256 = guardado.sha256
        pendientes = missing(firmas_avisos.de_carta(uow, carta.id))
        act(uow, carta, "emitir", SISTEMA_ACTOR, {"firmas_pendientes": pendientes})
        return True


@effect("al_emitir")
def run_al_emitir(uow: Uow, carta: Carta, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """What the issuing of this kind brings about (attach it, fulfil the step, write to its owner)."""
    if carta.tipo in AL_EMITIR:
        AL_EMITIR[carta.tipo](uow, carta)


@effect("al_revocar")
def run_al_revocar(uow: Uow, carta: Carta, actor: Actor, data: Mapping[str, Any]) -> None:
    """What the revoking of this kind brings about (open the step again)."""
    if carta.tipo in AL_REVOCAR:
        AL_REVOCAR[carta.tipo](uow, carta, actor, data)


def revocar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Carta:
    """Revoke a letter: its number is never given again and /verificar says so."""
    with unit_of_work(now) as uow:
        carta = uow.lock(Carta, public_id)
        act(uow, carta, "revocar", actor, {"motivo": motivo, "permisos": actor.permisos})
        return carta


def reemplazar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Carta:
    """Revoke a letter and generate it again with the data of today; the new one says which it replaces.

    Raises Refused("carta.no_se_regenera") for a kind that cannot be made again by itself.
    """
    with unit_of_work(now) as uow:
        carta = uow.lock(Carta, public_id)
        if carta.tipo not in REGENERA:
            raise Refused("carta.no_se_regenera")
        nueva = replace(REGENERA[carta.tipo](uow, carta, actor), reemplaza_id=carta.id)
        otra = generar(uow, carta.tipo, nueva, actor)
        act(uow, carta, "revocar", actor, {"motivo": motivo, "permisos": actor.permisos, "reemplazo": otra})
        return otra


def recibir_acuse(carta_id: int, *, now: datetime) -> None:
    """The first download by its owner is the acknowledgement of receipt; later ones change nothing."""
    with unit_of_work(now) as uow:
        carta = uow.lock_id(Carta, carta_id)
        carta.descargada = carta.descargada or now


def esta_integra(documento: Documento) -> bool:
    """Whether the stored file still has the hash with which it was recorded. Reads the whole file."""
    digest = hashlib.sha256()
    try:
        with documentos.abrir(documento) as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    except ObjectNotFound:
        return False
    return digest.hexdigest() == documento.sha256
