"""Whatever is done in whatever order: numbers of registro and of listas never repeat, nobody is in two listas."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from itertools import pairwise

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.domain.machine import Refused
from portal.models import Escuela, ListaEmision, ListaRenglon, Servicio, db
from portal.services import listas, numeros, servicios
from tenants.scope import escuela_scope
from tests import emision
from tests.en_servicio import Caso

NUMEROS = st.sampled_from(["21140/0001", "21140/0002", " 21140/0002", "21140/0003", ""])
TURNO = st.one_of(
    st.tuples(st.just("registro"), st.integers(0, 3), NUMEROS),
    st.tuples(st.just("propuesto"), st.integers(0, 3), st.just("")),
    st.tuples(st.just("lista"), st.integers(0, 3), st.sampled_from(["", "5", "0"])),
    st.tuples(st.just("fuera"), st.integers(0, 3), st.just("")),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(turnos=st.lists(TURNO, min_size=4, max_size=14))
@example(
    turnos=[
        ("registro", 0, "21140/0001"),
        ("registro", 0, "21140/0002"),
        ("registro", 1, "21140/0001"),  # once it was another's
        ("lista", 0, "5"),
        ("lista", 0, ""),
        ("lista", 1, "5"),
        ("lista", 1, ""),
        ("fuera", 1, ""),
        ("lista", 1, ""),
        ("propuesto", 2, ""),
    ]
)
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
            elif que == "fuera":
                _sacar(caso, now)
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


def _sacar(caso: Caso, now: datetime) -> None:
    """Take somebody out of the lista in which they are, if they are in one."""
    with escuela_scope(caso.escuela.id):
        query = select(ListaRenglon.public_id).where(ListaRenglon.servicio_id == caso.servicio.id)
        renglon = db.session.scalar(query)
        if renglon is not None:
            listas.sacar(renglon, "Falta un dato.", actor=caso.como_coordinador, now=now)


def _registros(escuela: Escuela) -> dict[int, str]:
    """Which servicio has which number now."""
    with escuela_scope(escuela.id):
        query = select(Servicio.id, Servicio.numero_registro).where(Servicio.numero_registro.is_not(None))
        found = dict(db.session.execute(query).all())
        db.session.commit()
        return found
