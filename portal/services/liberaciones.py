"""Published lists of liberaciones: loaded as a draft, looked at, published; each finds the own boleta [seed 000]."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from sqlalchemy import delete, select

from portal.domain.access import EXPEDIENTES, SISTEMA_ACTOR, Actor
from portal.domain.calendario import en_palabras
from portal.domain.emision import boletas_en
from portal.domain.liberacion import MAXIMO
from portal.domain.machine import Forbidden, Refused
from portal.files.celdas import Ilegible, celdas
from portal.files.zips import is_zip
from portal.models import Alumno, LiberacionRenglon, ListaLiberacion, Servicio
from portal.services import contadores, correos, destinatarios, escuelas, listas, servicios
from portal.services.effects import Para
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act, record

TAREA = "liberacion"


def texto_de(path: Path) -> str:
    """What an uploaded list says: a book of Excel cell by cell, or a text. Refused("liberacion.archivo") for others."""
    if is_zip(path):
        try:
            return "\n".join(celdas(path))
        except Ilegible as error:
            raise Refused("liberacion.archivo") from error
    content = path.read_bytes()
    utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # what Excel calls «texto Unicode»
    text = content.decode("utf-16" if utf_16 else "utf-8", "replace")
    if "\0" in text:
        raise Refused("liberacion.archivo")
    return text


def cargar(numero: str, fecha: date, texto: str, *, actor: Actor, now: datetime) -> ListaLiberacion:
    """Keep the boletas of a text (pasted, or a CSV) as a draft; each once, in their order. Refused without any."""
    if actor.rol != "coordinador" or EXPEDIENTES not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    boleta = escuelas.perfil().boleta
    boletas = boletas_en(texto, boleta.patron)
    if not boletas:
        raise Refused("liberacion.sin_boletas", ejemplo=boleta.ejemplo)
    if len(boletas) > MAXIMO:
        raise Refused("liberacion.demasiadas", maximo=MAXIMO)
    with unit_of_work(now) as uow:
        conocidos = _conocidos(uow, boletas)
        lista = uow.add(
            ListaLiberacion(
                numero=numero.strip(),
                fecha=fecha,
                total=len(boletas),
                conocidas=len(conocidos),
                cargo=actor.nombre,
            )
        )
        for orden, una in enumerate(boletas, 1):
            alumno_id, servicio_id = conocidos.get(una, (None, None))
            uow.session.add(
                LiberacionRenglon(
                    lista_id=lista.id,
                    orden=orden,
                    boleta=una,
                    alumno_id=alumno_id,
                    servicio_id=servicio_id,
                    creado=now,
                )
            )
        record(uow, lista, "cargar", actor)
        return lista


def _conocidos(uow: Uow, boletas: tuple[str, ...]) -> dict[str, tuple[int, int | None]]:
    """(alumno, newest servicio) by boleta, of those that the portal knows."""
    query = (
        select(Alumno.boleta, Alumno.id, Servicio.id)
        .outerjoin(Servicio, Servicio.alumno_id == Alumno.id)
        .where(Alumno.boleta.in_(boletas))
        .order_by(Servicio.id)
    )
    return {boleta: (alumno_id, servicio_id) for boleta, alumno_id, servicio_id in uow.session.execute(query)}


def publicar(public_id: str, *, actor: Actor, now: datetime) -> ListaLiberacion:
    """From now on each finds the own boleta; whom the portal knows is written to. Refused where the number is taken."""
    with unit_of_work(now) as uow:
        contadores.bloquear(uow, "lista_liberacion")  # nobody publishes the same number meanwhile
        lista = uow.lock(ListaLiberacion, public_id)
        otra = select(ListaLiberacion.id).where(
            ListaLiberacion.numero == lista.numero, ListaLiberacion.estado == "publicada"
        )
        if lista.estado == "borrador" and uow.session.scalar(otra) is not None:
            raise Refused("liberacion.numero_repetido", numero=lista.numero)
        act(uow, lista, "publicar", actor, {"renglones": lista.total})
        query = select(LiberacionRenglon.id).where(
            LiberacionRenglon.lista_id == lista.id, LiberacionRenglon.alumno_id.is_not(None)
        )
        for renglon_id in uow.session.scalars(query.order_by(LiberacionRenglon.orden)).all():
            uow.later(TAREA, renglon_id)
        return lista


def descartar(public_id: str, *, actor: Actor, now: datetime) -> ListaLiberacion:
    """Throw a draft away with its boletas."""
    with unit_of_work(now) as uow:
        lista = uow.lock(ListaLiberacion, public_id)
        act(uow, lista, "descartar", actor)
        uow.session.execute(delete(LiberacionRenglon).where(LiberacionRenglon.lista_id == lista.id))
        return lista


def retirar(public_id: str, motivo: str, *, actor: Actor, now: datetime) -> ListaLiberacion:
    """Nobody finds it any more; a servicio that it ended waits again. Refused without a reason."""
    with unit_of_work(now) as uow:
        lista = uow.lock(ListaLiberacion, public_id)
        act(uow, lista, "retirar", actor, {"motivo": motivo})
        suyos = [s for s in _terminados_por(uow, lista) if servicios.plan_de(s).publica]
        for servicio in suyos:
            act(uow, servicio, "retroceder", SISTEMA_ACTOR, {"motivo": motivo, "publica": True})
        listas.recontar_de(uow, suyos)
        return lista


def _terminados_por(uow: Uow, lista: ListaLiberacion) -> list[Servicio]:
    """The servicios that a lista may have ended and no other published one names, locked in the order of their ids."""
    suyos = select(LiberacionRenglon.servicio_id).where(LiberacionRenglon.lista_id == lista.id)
    en_otra = (
        select(LiberacionRenglon.id)
        .join(ListaLiberacion, ListaLiberacion.id == LiberacionRenglon.lista_id)
        .where(LiberacionRenglon.servicio_id == Servicio.id, ListaLiberacion.id != lista.id)
        .where(ListaLiberacion.estado == "publicada")
    )
    query = (
        select(Servicio)
        .where(Servicio.id.in_(suyos), Servicio.estado == "liberado", Servicio.emision, ~en_otra.exists())
        .order_by(Servicio.id)
        .with_for_update(of=Servicio, key_share=True)
    )
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def aplicar(renglon_id: int, *, now: datetime) -> None:
    """What it brings one alumno: the mail, and the end of a servicio that waits for it. Safe to run twice.

    Locks go lista, servicio, renglón, as in `retirar`: a lista that is withdrawn meanwhile ends nothing.
    """
    with unit_of_work(now) as uow:
        known = uow.get(LiberacionRenglon, renglon_id)
        lista = uow.lock_id(ListaLiberacion, known.lista_id)
        servicio = uow.lock_id(Servicio, known.servicio_id) if known.servicio_id else None
        renglon = uow.lock_id(LiberacionRenglon, renglon_id)
        if renglon.avisado is not None or lista.estado != "publicada":
            return
        renglon.avisado = now
        if servicio is not None and servicio.estado == "en_emision" and servicios.plan_de(servicio).publica:
            act(uow, servicio, "publicar", SISTEMA_ACTOR, {"publica": True})
            listas.recontar_de(uow, [servicio])
        alumno = uow.get(Alumno, renglon.alumno_id)
        contexto = {"nombre": alumno.nombre, "numero": lista.numero, "fecha": en_palabras(lista.fecha)}
        ruta = f"/{destinatarios.slug(uow)}/liberaciones"
        correos.escribir(uow, "liberacion_publicada", Para(alumno.correo, ruta, alumno.usuario_id, contexto))
