"""Whatever people do, in whatever order: steps open only when they may, hours count once, numbers never repeat."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.domain.plan import Condicion, Plan
from portal.models import (
    Entrega,
    EntregaHistoria,
    Escuela,
    ListaEmision,
    ListaRenglon,
    Servicio,
    db,
)
from portal.services import entregas, entregas_deshacer, escuelas, numeros, servicios
from tenants.scope import escuela_scope
from tests import emision, en_servicio
from tests.en_servicio import Caso

ACTORES = ("alumno", "dependencia", "coordinador")
HORAS = st.sampled_from([0, 60, 180, 300])
PASO = st.tuples(
    st.sampled_from(["enviar", "enviar", "aceptar", "aceptar", "rechazar", "deshacer"]),
    st.sampled_from(ACTORES),
    st.integers(0, 6),  # which step of the plan
    HORAS,
    st.integers(0, 8),  # the period begins so many times thirty days after the servicio
    st.sampled_from([1, 1, 15]),  # minutes until the next
)
BUENO = [("enviar", "alumno"), ("aceptar", "dependencia"), ("aceptar", "coordinador")]
"""What a plan is walked with when nothing goes wrong."""


def walk(claves: int, horas: tuple[int, ...]) -> list[tuple[Any, ...]]:
    """Every step of a plan in order, each sent and accepted; the periods follow each other."""
    return [
        (verbo, quien, n, horas[n] if n < len(horas) else 0, 3 * n, 1)
        for n in range(claves)
        for verbo, quien in BUENO
    ]


def probar(limite: int) -> Any:
    """Examples share the database of their test: each has an alumno of its own."""
    return settings(max_examples=limite, suppress_health_check=[HealthCheck.function_scoped_fixture])


def filas(caso: Caso) -> list[Entrega]:
    return en_servicio._todas(caso)


def hacer(caso: Caso, paso: tuple[Any, ...], now: datetime) -> None:
    """Somebody tries something; what the rules refuse changes nothing."""
    verbo, quien, n, horas, mes, _ = paso
    actor = getattr(caso, f"como_{quien}")
    todas = filas(caso)
    entrega = todas[n % len(todas)]
    desde = caso.servicio.inicio + timedelta(days=30 * mes)
    with escuela_scope(caso.escuela.id):
        if verbo == "enviar":
            entregas.enviar(
                entrega.public_id,
                documento=en_servicio.guardado(caso.escuela),
                horas=horas if entrega.pide_horas else None,
                desde=desde if entrega.pide_horas else None,
                hasta=desde + timedelta(days=85) if entrega.pide_horas else None,
                actor=actor,
                now=now,
            )
        elif verbo == "rechazar":
            entregas.rechazar(entrega.public_id, motivo="No se lee la segunda hoja.", actor=actor, now=now)
        elif verbo == "aceptar":
            entregas.aceptar(entrega.public_id, actor=actor, now=now)
        else:
            entregas_deshacer.deshacer(entrega.public_id, actor=actor, now=now)


def se_cumple(
    plan: Plan, n: int, condicion: Condicion, estados: list[str], s: Servicio, now: datetime
) -> bool:
    """A condition said again, without the code under test."""
    antes = [estado == "aceptada" for estado in estados[:n]]
    return {
        "anterior_aceptada": not antes or antes[-1],
        "anteriores_aceptadas": all(antes),
        "horas": s.horas >= condicion.horas,
        "horas_completas": s.horas >= plan.horas_totales,
        "fecha_termino": s.termino <= to_local(now).date(),
        "numero_registro_visible": bool(s.numero_registro),
    }[condicion.tipo]


def revisar(caso: Caso, now: datetime) -> None:
    """What must hold at every moment."""
    todas, servicio = filas(caso), caso.leer()
    with escuela_scope(caso.escuela.id):
        plan = escuelas.plan(servicio.perfil_version, servicio.plan_clave)
        historia = list(db.session.execute(
            select(EntregaHistoria.entrega_id, EntregaHistoria.accion, EntregaHistoria.rol)
            .where(EntregaHistoria.entrega_id.in_([e.id for e in todas])).order_by(EntregaHistoria.id)
        ))  # fmt: skip
        db.session.commit()
    estados = [e.estado for e in todas]
    for n, entrega in enumerate(todas):
        if entrega.estado in ("habilitada", "en_revision", "rechazada", "aceptada"):
            spec = plan.entrega(entrega.clave)
            assert all(se_cumple(plan, n, c, estados, servicio, now) for c in spec.abre), (
                entrega.clave,
                estados,
            )
        mia = [(accion, rol) for id_, accion, rol in historia if id_ == entrega.id]
        if entrega.estado == "aceptada" and entrega.revisan:
            assert [rol for accion, rol in mia if accion == "aceptar"][
                -len(entrega.revisan) :
            ] == entrega.revisan
        assert all(rol in entrega.revisan for accion, rol in mia if accion in ("aceptar", "rechazar"))
    aceptadas = [e for e in todas if e.estado == "aceptada"]
    assert servicio.horas_aceptadas == sum(e.horas for e in aceptadas)
    dias = [d for e in todas if e.pide_horas and e.estado in ("aceptada", "en_revision") for d in _dias(e)]
    assert len(dias) == len(set(dias)), "a day is reported twice"


def _dias(entrega: Entrega) -> list[int]:
    assert entrega.periodo_desde
    assert entrega.periodo_hasta
    return list(range(entrega.periodo_desde.toordinal(), entrega.periodo_hasta.toordinal() + 1))


@probar(25)
@given(pasos=st.lists(PASO, min_size=4, max_size=16))
@example(pasos=walk(5, (180, 180, 120)))
def test_no_order_of_actions_opens_a_step_too_early_or_counts_hours_twice(
    escom: Escuela, now: datetime, pasos: list[tuple[Any, ...]]
) -> None:
    moment = now - timedelta(hours=12)
    caso = en_servicio.caso(escom, moment)
    for paso in pasos:
        with suppress(Refused):
            hacer(caso, paso, moment)
        revisar(caso, moment)
        moment += timedelta(minutes=paso[-1])


def test_the_walk_of_the_property_reaches_the_hours(escom: Escuela, now: datetime) -> None:
    moment = now - timedelta(hours=12)
    caso = en_servicio.caso(escom, moment)
    for paso in walk(3, (180, 180, 120)):
        hacer(caso, paso, moment)
        revisar(caso, moment)
        moment += timedelta(minutes=1)
    assert caso.leer().horas_aceptadas == 480


NUMEROS = st.sampled_from(["21140/0001", "21140/0002", " 21140/0002", "21140/0003", ""])
TURNO = st.one_of(
    st.tuples(st.just("registro"), st.integers(0, 3), NUMEROS),
    st.tuples(st.just("propuesto"), st.integers(0, 3), st.just("")),
    st.tuples(st.just("lista"), st.integers(0, 3), st.sampled_from(["", "5", "0"])),
)


@probar(15)
@given(turnos=st.lists(TURNO, min_size=4, max_size=14))
def test_numbers_of_registro_and_of_listas_never_repeat(
    esca: Escuela, now: datetime, turnos: list[tuple[str, int, str]]
) -> None:
    todos = [emision.listo(esca, now, n) for n in range(4)]
    dados: list[str] = []
    for que, n, texto in turnos:
        caso = todos[n]
        antes = _registros(esca)
        with suppress(Refused):
            if que == "lista":
                emision.emitir([caso], now, primera=int(texto) if texto else None)
            else:
                _registrar(caso, texto, now)
        despues = _registros(esca)
        dados += [numero for id_, numero in despues.items() if antes.get(id_) != numero]
        assert len(dados) == len(set(dados)), "a number was given twice, even if the first had lost it"
        assert len(set(despues.values())) == len(despues)
    with escuela_scope(esca.id):
        numeros_de_lista = list(db.session.scalars(select(ListaEmision.numero).order_by(ListaEmision.id)))
        en_listas = list(db.session.scalars(select(ListaRenglon.servicio_id)))
        db.session.commit()
    assert all(b - a == 1 for a, b in pairwise(numeros_de_lista))
    assert len(en_listas) == len(set(en_listas))


def _registrar(caso: Caso, texto: str, now: datetime) -> None:
    with escuela_scope(caso.escuela.id):
        servicios.asignar_numero_registro(
            caso.servicio.public_id, texto or numeros.propuesto(now), actor=caso.como_coordinador, now=now
        )


def _registros(escuela: Escuela) -> dict[int, str]:
    """Which servicio has which number now."""
    with escuela_scope(escuela.id):
        query = select(Servicio.id, Servicio.numero_registro).where(Servicio.numero_registro.is_not(None))
        found = dict(db.session.execute(query).all())
        db.session.commit()
        return found
