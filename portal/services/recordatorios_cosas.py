"""What waits in an escuela, for whom and since when: what reminders are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from portal.domain.access import CONVENIOS, EXPEDIENTES, REPORTES
from portal.domain.calendario import to_local
from portal.domain.carta import EN_FIRMA, in_turn
from portal.domain.recordatorio import fecha_esperada
from portal.domain.tramite import NOMBRES
from portal.models import (
    Alumno,
    Baja,
    Carta,
    Convenio,
    ConvenioDocumento,
    Dependencia,
    Entrega,
    Firma,
    Servicio,
    Solicitud,
    Tramite,
    db,
)
from portal.services import escuelas

POR_VEZ = 500  # rows in memory at a time: nobody is forgotten because many wait


@dataclass(frozen=True)
class Cosa:
    """One thing that waits. `para`: ("alumno" | "dependencia", id), ("oficina", permission) or ("firma", its id).

    `asignada`: of the office, the account it was given to. `ruta` is its page, without host.
    """

    clase: str
    noun: str
    objeto_id: int
    para: tuple[str, Any]
    que: str
    desde: date
    ruta: str
    vence: date | None = None
    asignada: int | None = None


def todas(slug: str) -> Iterator[Cosa]:
    """Everything that waits for somebody in the escuela in scope, oldest of each kind first."""
    yield from _entregas_abiertas(slug)
    yield from _en_revision(slug)
    yield from _firmas()
    yield from _de_la_dependencia(slug)
    yield from _de_la_oficina(slug)


def _dia(thing: Any) -> date:
    return to_local(thing.estado_desde).date()


def _rows(query: Any, *orden: Any) -> Iterable[Any]:
    return db.session.execute(query.order_by(*orden).execution_options(yield_per=POR_VEZ))


def _entregas_abiertas(slug: str) -> Iterator[Cosa]:
    """Steps that an alumno may send now, or must correct; a carta de término that the dependencia may issue."""
    en_firma = select(Carta.id).where(
        Carta.servicio_id == Servicio.id, Carta.tipo == "termino", Carta.estado.in_(EN_FIRMA)
    )
    query = (
        select(Entrega, Servicio, Alumno)
        .join(Servicio, Servicio.id == Entrega.servicio_id)
        .join(Alumno, Alumno.id == Entrega.alumno_id)
        .where(
            Entrega.estado.in_(("habilitada", "rechazada")),
            Servicio.estado == "activo",
            or_(Entrega.tipo != "carta_termino", ~en_firma.exists()),
        )
    )
    for entrega, servicio, alumno in _rows(query, Entrega.estado_desde):
        plan = escuelas.plan(servicio.perfil_version, servicio.plan_clave)
        spec = plan.entrega(entrega.clave)
        if spec.sube == "alumno":
            rejected = entrega.estado == "rechazada"
            yield Cosa(
                "corregir" if rejected else "entregar",
                "entrega",
                entrega.id,
                ("alumno", alumno.id),
                spec.con_articulo,
                _dia(entrega),
                f"/{slug}/alumno/entregas/{entrega.public_id}",
                None if rejected else fecha_esperada(plan, spec, servicio.inicio, servicio.termino),
            )
        elif spec.tipo == "carta_termino":
            yield Cosa(
                "emitir",
                "entrega",
                entrega.id,
                ("dependencia", servicio.dependencia_id),
                alumno.nombre_completo,
                _dia(entrega),
                f"/dependencia/{slug}/prestadores/{servicio.public_id}",
            )


def _en_revision(slug: str) -> Iterator[Cosa]:
    query = select(Entrega, Alumno).join(Alumno, Alumno.id == Entrega.alumno_id)
    for entrega, alumno in _rows(query.where(Entrega.estado == "en_revision"), Entrega.estado_desde):
        host = entrega.revisor_en_turno == "dependencia"
        base = f"/dependencia/{slug}" if host else f"/{slug}/coordinador"
        yield Cosa(
            "validar" if host else "revisar",
            "entrega",
            entrega.id,
            ("dependencia", entrega.dependencia_id) if host else ("oficina", REPORTES),
            f"«{entrega.nombre}» de {alumno.nombre_completo}",
            _dia(entrega),
            f"{base}/entregas/{entrega.public_id}",
            asignada=None if host else entrega.asignada_id,
        )


def _firmas() -> Iterator[Cosa]:
    """Signers whose turn it is, side by side where the circuit says so, since they were asked."""
    query = select(Firma, Carta).join(Carta, Carta.id == Firma.carta_id).where(Carta.estado.in_(EN_FIRMA))
    cartas: dict[int, tuple[Carta, list[Firma]]] = {}
    for firma, carta in _rows(query.where(Firma.correo != ""), Carta.id, Firma.orden):
        cartas.setdefault(carta.id, (carta, []))[1].append(firma)
    for carta, firmas in cartas.values():
        for firma in in_turn(firmas):
            if firma.avisada is not None:
                que, desde = f"«{carta.titulo}» ({carta.folio})", to_local(firma.avisada).date()
                yield Cosa("firmar", "firma", firma.id, ("firma", firma.id), que, desde, "")


def _de_la_dependencia(slug: str) -> Iterator[Cosa]:
    solicitudes = select(Solicitud, Alumno).join(Alumno, Alumno.id == Solicitud.alumno_id)
    for solicitud, alumno in _rows(solicitudes.where(Solicitud.estado == "enviada"), Solicitud.estado_desde):
        yield Cosa(
            "responder",
            "solicitud",
            solicitud.id,
            ("dependencia", solicitud.dependencia_id),
            alumno.nombre_completo,
            _dia(solicitud),
            f"/dependencia/{slug}/solicitudes/{solicitud.public_id}",
        )
    rejected = (
        select(func.count(ConvenioDocumento.id))
        .where(ConvenioDocumento.convenio_id == Convenio.id, ConvenioDocumento.estado == "rechazado")
        .scalar_subquery()
    )
    observados = select(Convenio).where(Convenio.estado == "observado", rejected > 0)
    for (convenio,) in _rows(observados, Convenio.estado_desde):
        yield Cosa(
            "documentos",
            "convenio",
            convenio.id,
            ("dependencia", convenio.dependencia_id),
            "",
            _dia(convenio),
            f"/dependencia/{slug}/convenios/{convenio.public_id}",
        )


def _de_la_oficina(slug: str) -> Iterator[Cosa]:
    """What waits for a decision of the office."""

    def nombre(alumno: Alumno, _thing: Any) -> str:
        return alumno.nombre_completo

    def tramite(alumno: Alumno, thing: Tramite) -> str:
        return f"{alumno.nombre_completo} ({NOMBRES[thing.tipo].lower()})"

    legs: tuple[tuple[str, Any, str, str, Callable[[Alumno, Any], str]], ...] = (
        ("prerregistro", Servicio, "prerregistrado", "prerregistros", nombre),
        ("baja", Baja, "pedida", "bajas", nombre),
        ("tramite", Tramite, "pedido", "tramites", tramite),
    )
    base = f"/{slug}/coordinador"
    for clase, model, estado, section, que in legs:
        query = select(model, Alumno).join(Alumno, Alumno.id == model.alumno_id).where(model.estado == estado)
        if model is Servicio:  # before the e-mail is confirmed nobody of the office sees it
            query = query.where(Alumno.estado.in_(("activo", "por_confirmar")))
        for thing, alumno in _rows(query, model.estado_desde):
            ruta = f"{base}/{section}/{thing.public_id}"
            noun, para = model.__tablename__, ("oficina", EXPEDIENTES)
            yield Cosa(clase, noun, thing.id, para, que(alumno, thing), _dia(thing), ruta)
    convenios = select(Convenio, Dependencia.razon_social).join(
        Dependencia, Dependencia.id == Convenio.dependencia_id
    )
    for convenio, razon_social in _rows(convenios.where(Convenio.estado == "enviado"), Convenio.estado_desde):
        ruta = f"{base}/convenios/{convenio.public_id}"
        para = ("oficina", CONVENIOS)
        yield Cosa("convenio", "convenio", convenio.id, para, razon_social, _dia(convenio), ruta)
