"""Números de registro: proposed by the escuela's pattern and counter, never given twice [seed 001 §3]."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.domain.personas import limpiar
from portal.models import Alumno, Bitacora, FolioContador, Servicio, db
from portal.services import contadores, correos, destinatarios, escuelas
from portal.services.effects import Para
from portal.services.uow import Uow
from portal.services.workflow import record

SERIE = "numero_registro"
ACCION = "registrar_numero"
LARGO = 30
_ULTIMOS = 50


def numero_registro_propuesto(ultimo: str | None) -> str:
    """The number after the last one given: its final digits plus one, with the same width."""
    if not ultimo:
        return "1"
    stem = ultimo.rstrip("0123456789")
    digits = ultimo[len(stem) :]
    return f"{stem}{int(digits) + 1:0{len(digits)}d}" if digits else f"{ultimo}1"


def _anio(now: datetime) -> int:
    return to_local(now).year if "{anio" in escuelas.perfil().prerregistro.numero_registro else 0


def propuesto(now: datetime) -> str:
    """The number to give next in the escuela in scope; nothing is taken by asking.

    By the profile's pattern and its counter, or, without a pattern, the number after the highest of the last ones.
    """
    patron = escuelas.perfil().prerregistro.numero_registro
    if not patron:
        query = select(Servicio.numero_registro).where(Servicio.numero_registro.is_not(None))
        given = list(db.session.scalars(query.order_by(Servicio.id.desc()).limit(_ULTIMOS)))
        return numero_registro_propuesto(max(given, key=lambda n: (len(n or ""), n or ""), default=None))
    anio = _anio(now)
    last = select(FolioContador.ultimo).where(FolioContador.tipo == SERIE, FolioContador.anio == anio)
    numero = (db.session.scalar(last) or 0) + 1
    return patron.format(anio=anio, numero=numero)


def _contado(patron: str, numero: str, anio: int) -> int | None:
    """Which number of the pattern's series a text is; None when it is none of it."""
    with_marks = patron.format(anio=anio, numero=987_654_321)
    before, _, after = with_marks.partition("987654321")
    found = re.fullmatch(re.escape(before) + r"(\d{1,15})" + re.escape(after), numero)
    return int(found[1]) if found else None


def dar(uow: Uow, servicio: Servicio, numero: str, actor: Actor) -> bool:
    """Give a locked servicio its number; False when it has that one already.

    One transaction after another takes a number of an escuela: the counter is locked. A number that any other
    servicio has, or once had, is refused. Raises Refused("servicio.registro_vacio" | "servicio.registro_repetido").
    """
    numero = limpiar(numero)[:LARGO]
    if not numero:
        raise Refused("servicio.registro_vacio")
    if servicio.numero_registro == numero:
        return False
    patron, anio = escuelas.perfil().prerregistro.numero_registro, _anio(uow.now)
    contador = contadores.bloquear(uow, SERIE, anio)
    if _ya_dado(uow, servicio, numero):
        raise Refused("servicio.registro_repetido")
    servicio.numero_registro = numero
    contado = _contado(patron, numero, anio) if patron else None
    contador.ultimo = max(contador.ultimo, contado or 0)
    record(uow, servicio, ACCION, actor, motivo=numero)
    return True


def _ya_dado(uow: Uow, servicio: Servicio, numero: str) -> bool:
    now_has = select(Servicio.id).where(Servicio.numero_registro == numero, Servicio.id != servicio.id)
    once_had = select(Bitacora.id).where(
        Bitacora.noun == "servicio",
        Bitacora.accion == ACCION,
        Bitacora.motivo == numero,
        Bitacora.objeto_id != servicio.id,
    )
    return any(uow.session.scalar(query.limit(1)) is not None for query in (now_has, once_had))


def avisar(uow: Uow, servicio: Servicio) -> None:
    """Write to the alumno that the number is there."""
    alumno = uow.get(Alumno, servicio.alumno_id)
    contexto = {"nombre": alumno.nombre, "boleta": alumno.boleta, "numero": servicio.numero_registro}
    ruta = f"/{destinatarios.slug(uow)}/alumno/"
    correos.escribir(uow, "numero_registro", Para(alumno.correo, ruta, alumno.usuario_id, contexto))
