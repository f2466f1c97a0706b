"""Listas de emisión: who is ready for the constancia de liberación is picked by itself, numbered and asked for at once.

[seed 001 §3]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.domain import emision as reglas
from portal.domain.access import TERMINOS, Actor
from portal.domain.calendario import en_palabras, to_local
from portal.domain.emision import MAXIMO, SERIE
from portal.domain.machine import Forbidden, Refused
from portal.domain.plan import Razon, faltantes_para_finalizar
from portal.letters.catalogo import COLUMNAS
from portal.models import Alumno, Carta, Entrega, ListaEmision, ListaRenglon, Servicio, db
from portal.services import cartas, contadores, destinatarios, escuelas, excepciones, servicios
from portal.services.cartas import Nueva
from portal.services.effects import Para, aviso, effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record


@dataclass(frozen=True)
class Revision:
    """One servicio as a lista would take it: what it lacks, in sentences for the office; none when it is ready."""

    servicio: Servicio
    faltan: tuple[Razon, ...]

    @property
    def lista(self) -> bool:
        """Whether it may go."""
        return self.servicio.estado == "terminado" and not self.faltan


def abierta() -> bool:
    """Whether any plan in force in the escuela in scope ends with a lista de emisión."""
    return any(e.tipo == "lista_emision" for p in escuelas.perfil().planes for e in p.entregas)


def unica() -> bool:
    """Whether every plan in force does: then no servicio that begins today gets a carta de finalización."""
    return all(any(e.tipo == "lista_emision" for e in p.entregas) for p in escuelas.perfil().planes)


def revisar(found: Sequence[Servicio], now: datetime) -> list[Revision]:
    """What each servicio lacks for its constancia; two statements at most, however many there are.

    Every required step accepted, evaluación and carta término among them, the full hours, the dates [seed 001 §3].
    """
    pasos: dict[int, list[Entrega]] = {s.id: [] for s in found}
    if found:
        query = select(Entrega).where(Entrega.servicio_id.in_(pasos)).order_by(Entrega.orden)
        for entrega in db.session.scalars(query.execution_options(populate_existing=True)):
            pasos[entrega.servicio_id].append(entrega)
    hoy = to_local(now).date()
    razones = {
        s.id: faltantes_para_finalizar(servicios.plan_de(s), servicios.situacion(s, pasos[s.id], hoy))
        for s in found
    }
    faltan = excepciones.sin_lo_permitido(razones)
    return [Revision(s, faltan[s.id]) for s in found]


def elegidos(ids: Sequence[str], now: datetime) -> list[Revision]:
    """How these servicios stand, in the order of the lista; unknown ones, and those of another end, are left out."""
    return revisar(_leer(ids), now)


def _leer(ids: Sequence[str], *, lock: bool = False) -> list[Servicio]:
    query = (
        select(Servicio)
        .join(Alumno, Alumno.id == Servicio.alumno_id)
        .where(Servicio.public_id.in_(list(dict.fromkeys(ids))[: MAXIMO + 1]), Servicio.emision)
        .options(joinedload(Servicio.alumno), joinedload(Servicio.dependencia))
        .execution_options(populate_existing=True)
    )
    if lock:  # always in the same order, so that two listas at once wait for each other and never deadlock
        return list(db.session.scalars(query.order_by(Servicio.id).with_for_update(of=Servicio)))
    return list(
        db.session.scalars(query.order_by(Alumno.paterno, Alumno.materno, Alumno.nombre, Servicio.id))
    )


def siguiente_numero() -> int:
    """The number that the next lista will have, unless another comes first; reads only."""
    return int(db.session.scalar(select(func.max(ListaEmision.numero))) or 0) + 1


def ventana(found: Iterable[Servicio], fecha: date) -> tuple[date, date]:
    """Between which days the constancias of these servicios are expected, by their plans and the escuela's calendar."""
    cal = escuelas.calendario()
    ventanas = [reglas.ventana(fecha, servicios.plan_de(s).constancia_dias_habiles, cal) for s in found]
    return min(desde for desde, _ in ventanas), max(hasta for _, hasta in ventanas)


def emitir(ids: Sequence[str], *, primera: int | None = None, actor: Actor, now: datetime) -> ListaEmision:
    """Generate a lista with these servicios, all of them or none: its number, its relación, a mail for each alumno.

    Numbers are the escuela's, one after another; `primera` is where the first lista begins (an escuela that numbered
    on paper before). Raises Refused with who is not ready, NotFound, Forbidden.
    """
    if actor.rol != "coordinador" or TERMINOS not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise Refused("emision.vacia")
    if len(ids) > MAXIMO:
        raise Refused("emision.demasiados", maximo=MAXIMO)
    with unit_of_work(now) as uow:
        found = _leer(ids, lock=True)
        if len(found) != len(ids):
            raise NotFound("Servicio")
        _todos_listos(found, now)
        found.sort(key=lambda s: (s.alumno.nombre_de_lista.casefold(), s.id))
        hoy = to_local(now).date()
        desde, hasta = ventana(found, hoy)
        lista = uow.add(
            ListaEmision(
                numero=_numero(uow, primera), fecha=hoy, desde=desde, hasta=hasta, total=len(found), llegadas=0,
                emitio=actor.nombre,
            )
        )  # fmt: skip
        record(uow, lista, "emitir", actor, motivo=str(lista.numero))
        for orden, servicio in enumerate(found, start=1):
            _renglon(uow, lista, servicio, orden)
            act(uow, servicio, "emitir", actor, {"faltantes": (), "lista": lista})
        cartas.generar(uow, "relacion", valores_relacion(uow, lista, actor, {}), actor)
        return lista


def _todos_listos(found: Sequence[Servicio], now: datetime) -> None:
    fuera = [r for r in revisar(found, now) if not r.lista]
    if not fuera:
        return
    quienes = "; ".join(
        f"{r.servicio.alumno.nombre_completo} ({str(r.faltan[0]).rstrip('.') if r.faltan else 'ya no está por emitir'})"
        for r in fuera[:5]
    )
    mas = f" y {len(fuera) - 5} más" if len(fuera) > 5 else ""
    raise Refused("emision.no_listos", quienes=f"{quienes}{mas}")


def _numero(uow: Uow, primera: int | None) -> int:
    contador = contadores.bloquear(uow, SERIE)
    if primera is not None and contador.ultimo:
        raise Refused("emision.ya_hay_listas")
    if primera is not None and not 1 <= primera <= 99_999:
        raise Refused("emision.numero")
    contador.ultimo = primera if primera is not None else contador.ultimo + 1
    uow.session.flush()
    return contador.ultimo


def _renglon(uow: Uow, lista: ListaEmision, servicio: Servicio, orden: int) -> ListaRenglon:
    alumno = servicio.alumno
    return uow.add(
        ListaRenglon(
            lista_id=lista.id,
            orden=orden,
            servicio_id=servicio.id,
            alumno_id=alumno.id,
            boleta=alumno.boleta,
            nombre=alumno.nombre_de_lista,
            datos=_datos(servicio, orden),
        )
    )


def _datos(servicio: Servicio, orden: int) -> dict[str, Any]:
    """What the relación says of one servicio, fixed with the lista [seed 001 §3]."""
    alumno = servicio.alumno
    carrera = next((c for c in escuelas.perfil().carreras if c.clave == alumno.carrera), None)
    return {
        "numero": str(orden),
        "boleta": alumno.boleta,
        "nombre": alumno.nombre_de_lista,
        "carrera": (carrera.siglas or carrera.nombre) if carrera else alumno.carrera,
        "prestatario": servicio.dependencia.razon_social,
        "inicio": f"{servicio.inicio:%d/%m/%Y}",
        "termino": f"{servicio.termino:%d/%m/%Y}",
        "correo": alumno.correo,
        "numero_registro": servicio.numero_registro or "",
    }


def renglones_de(uow: Uow, lista: ListaEmision) -> list[ListaRenglon]:
    """The rows of a lista in their order."""
    query = select(ListaRenglon).where(ListaRenglon.lista_id == lista.id).order_by(ListaRenglon.orden)
    return list(uow.session.scalars(query))


@cartas.valores("relacion")
def valores_relacion(uow: Uow, lista: ListaEmision, _actor: Actor, _data: Mapping[str, Any]) -> Nueva:
    """The relación says what the lista fixed, also when it is made again."""

    def keep(_uow: Uow, carta: Carta) -> None:
        lista.carta_id = carta.id

    datos = [_en_orden(r.datos) for r in renglones_de(uow, lista)]
    return Nueva(_valores(lista.numero, datos), al_generar=keep)


def _en_orden(datos: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of a row in the order of the letter's columns; a JSON column of the database keeps no order."""
    return tuple(str(datos[columna]) for columna in COLUMNAS["alumnos"])


def _valores(numero: int, datos: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"lista_numero": numero, "lista_total": len(datos), "alumnos": tuple(datos)}


@cartas.regenera("relacion")
def regenerar(uow: Uow, carta: Carta, actor: Actor) -> Nueva:
    """The same lista in a new letter."""
    lista_id = uow.session.scalar(select(ListaEmision.id).where(ListaEmision.carta_id == carta.id))
    return valores_relacion(uow, uow.lock_id(ListaEmision, lista_id), actor, {})


def vista_previa(ids: Sequence[str], *, now: datetime) -> bytes:
    """The PDF of the relación that these servicios would get, without folio. Refused("carta.faltan_datos")."""
    found = [r.servicio for r in elegidos(ids, now) if r.lista]
    datos = [_en_orden(_datos(s, n)) for n, s in enumerate(found, start=1)]
    nueva = Nueva(_valores(siguiente_numero(), datos))
    faltan = cartas.faltantes("relacion", nueva, to_local(now).date())
    if faltan:
        raise Refused("carta.faltan_datos", faltan="; ".join(faltan))
    return cartas.vista_previa("relacion", nueva, now=now)


# ---- what a lista brings about ----


@effect("cumplir_lista")
def cumplir_lista(uow: Uow, servicio: Servicio, actor: Actor, _data: Mapping[str, Any]) -> None:
    """The alumno's row "Lista de emisión" is done, and the constancia is what they wait for."""
    _cumplir(uow, servicio, "lista_emision", actor)


@effect("cumplir_constancia")
def cumplir_constancia(uow: Uow, servicio: Servicio, actor: Actor, _data: Mapping[str, Any]) -> None:
    """The row "Constancia de liberación" is done."""
    _cumplir(uow, servicio, "constancia", actor)


def _cumplir(uow: Uow, servicio: Servicio, tipo: str, actor: Actor) -> None:
    spec = servicios.plan_de(servicio).del_tipo(tipo)
    if spec is not None:
        servicios.cumplir(uow, servicio, spec.clave, actor)


def _al_alumno(uow: Uow, servicio: Servicio, **contexto: Any) -> Para:
    alumno = uow.get(Alumno, servicio.alumno_id)
    ruta = f"/{destinatarios.slug(uow)}/alumno/"
    return Para(alumno.correo, ruta, alumno.usuario_id, {"nombre": alumno.nombre, **contexto})


@aviso("servicio_por_emitir")
def avisar_por_emitir(
    uow: Uow, servicio: Servicio, _actor: Actor, _data: Mapping[str, Any]
) -> Iterable[Para]:
    """Everything is accepted: the alumno has nothing more to do. The office finds them in its queue."""
    yield _al_alumno(uow, servicio)


@aviso("lista_emitida")
def avisar_lista(uow: Uow, servicio: Servicio, _actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The dictated mail: with which relación it was asked for, and how long it takes (working days) [seed 001 §3]."""
    lista: ListaEmision = data["lista"]
    minimo, maximo = servicios.plan_de(servicio).constancia_dias_habiles
    yield _al_alumno(
        uow, servicio, numero=lista.numero, minimo=minimo, maximo=maximo, desde=en_palabras(lista.desde),
        hasta=en_palabras(lista.hasta),
    )  # fmt: skip


@aviso("constancia_lista")
def avisar_constancia(
    uow: Uow, servicio: Servicio, _actor: Actor, _data: Mapping[str, Any]
) -> Iterable[Para]:
    """The dictated mail: the constancia can be downloaded [seed 001 §3]."""
    yield _al_alumno(uow, servicio)


@aviso("constancia_reemplazada")
def avisar_reemplazo(uow: Uow, servicio: Servicio, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """Another constancia took the place of the first: why, and who says so."""
    yield _al_alumno(uow, servicio, motivo=data["motivo"], atentamente=actor.nombre)
