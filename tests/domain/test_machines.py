"""Every machine as a table: who may do what from where, and that no row is left hanging."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from portal.domain import (
    alumno,
    aviso,
    baja,
    carta,
    convenio,
    emision,
    entrega,
    evaluacion,
    lote,
    proyecto,
    servicio,
    solicitud,
    tramite,
)
from portal.domain.access import PERMISOS, SISTEMA_ACTOR, Actor, relations
from portal.domain.frases import FRASES, frase
from portal.domain.machine import Forbidden, Machine, Refused, Stale

MACHINES = (
    convenio.CONVENIO,
    convenio.VEREDICTO,
    proyecto.PROYECTO,
    solicitud.SOLICITUD,
    servicio.SERVICIO,
    lote.LOTE,
    entrega.ENTREGA,
    evaluacion.EVALUACION,
    carta.CARTA,
    carta.FIRMA,
    baja.BAJA,
    tramite.TRAMITE,
    alumno.ALUMNO_MACHINE,
    aviso.AVISO,
    emision.LISTA,
)


@dataclass
class Thing:
    """Anything with an estado and owners."""

    estado: str
    escuela_id: int = 1
    alumno_id: int | None = 10
    dependencia_id: int | None = 20
    revisor_en_turno: str | None = None
    turno: int = 0
    revisan: list[str] = field(default_factory=lambda: ["dependencia", "coordinador"])
    pide_horas: bool = False
    cupo: int = 1
    ocupados: int = 0
    emision: bool = False


ALUMNO = Actor("alumno", "Ana", 1, 1, alumno_id=10)
OTRO_ALUMNO = Actor("alumno", "Beto", 2, 1, alumno_id=11)
DEPENDENCIA = Actor("dependencia", "Dora", 3, dependencia_ids=frozenset({20}))
OTRA_DEPENDENCIA = Actor("dependencia", "Delia", 4, dependencia_ids=frozenset({21}))
OFICINA = Actor("coordinador", "Coral", 5, 1, permisos=frozenset(PERMISOS))
OTRA_OFICINA = Actor("coordinador", "Carmen", 6, 2, permisos=frozenset(PERMISOS))
SIN_PERMISOS = Actor("coordinador", "César", 7, 1)
MOTIVO = {"motivo": "El archivo no es legible."}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.noun)
def test_every_state_can_be_reached_and_every_row_starts_from_a_state_that_can(machine: Machine) -> None:
    reached = {machine.initial}
    while True:
        more = {r.target for r in machine.rows if set(r.sources) & reached} - reached
        if not more:
            break
        reached |= more
    assert machine.states == reached


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.noun)
def test_a_rejection_always_asks_for_a_reason(machine: Machine) -> None:
    for row in machine.rows:
        if row.name in ("rechazar", "negar", "devolver", "revocar"):
            assert "has_motivo" in [need.__name__ for need in row.needs], row.name


@pytest.mark.parametrize(
    ("actor", "found"),
    [
        (ALUMNO, {"alumno"}),
        (OTRO_ALUMNO, set()),
        (DEPENDENCIA, {"dependencia"}),
        (OTRA_DEPENDENCIA, set()),
        (OFICINA, set(PERMISOS)),
        (OTRA_OFICINA, set()),
        (SIN_PERMISOS, set()),
        (SISTEMA_ACTOR, {"sistema"}),
    ],
)
def test_an_actor_is_related_to_what_is_theirs_in_their_escuela(actor: Actor, found: set[str]) -> None:
    assert relations(actor, Thing("x")) == found


@pytest.mark.parametrize(
    ("turno", "actor", "reviews"),
    [
        ("dependencia", DEPENDENCIA, True),
        ("dependencia", OFICINA, False),
        ("coordinador", OFICINA, True),
        ("coordinador", DEPENDENCIA, False),
        ("coordinador", ALUMNO, False),
        (None, OFICINA, False),
        ("coordinador", OTRA_OFICINA, False),
    ],
)
def test_only_who_has_the_turn_reviews(turno: str | None, actor: Actor, reviews: bool) -> None:
    thing = Thing("en_revision", revisor_en_turno=turno)
    assert ("revisor" in relations(actor, thing)) is reviews
    offered = entrega.ENTREGA.allowed(thing, relations(actor, thing))
    assert ("aceptar" in offered) is reviews


@pytest.mark.parametrize(
    ("machine", "estado", "action", "actor", "data", "error"),
    [
        (
            convenio.CONVENIO,
            "borrador",
            "enviar",
            DEPENDENCIA,
            {"faltan": ["ine"]},
            "convenio.faltan_documentos",
        ),
        (convenio.CONVENIO, "borrador", "enviar", OFICINA, {}, Forbidden),
        (
            convenio.CONVENIO,
            "enviado",
            "autorizar",
            OFICINA,
            {"sin_aceptar": 1},
            "convenio.documentos_sin_aceptar",
        ),
        (convenio.CONVENIO, "borrador", "autorizar", OFICINA, {"sin_aceptar": 0}, Stale),
        (convenio.CONVENIO, "enviado", "rechazar", OFICINA, {"motivo": "no"}, "motivo.corto"),
        (proyecto.PROYECTO, "enviado", "publicar", OFICINA, {}, "proyecto.sin_convenio"),
        (entrega.ENTREGA, "habilitada", "enviar", ALUMNO, {}, "entrega.sin_archivo"),
        (entrega.ENTREGA, "bloqueada", "enviar", ALUMNO, {"documento_id": 1}, Stale),
        (entrega.ENTREGA, "en_revision", "aceptar", ALUMNO, {}, Forbidden),
        (
            servicio.SERVICIO,
            "terminado",
            "finalizar",
            OFICINA,
            {"faltantes": ["algo"]},
            "servicio.expediente_incompleto",
        ),
        (servicio.SERVICIO, "activo", "finalizar", OFICINA, {"faltantes": []}, Stale),
        (servicio.SERVICIO, "terminado", "emitir", OFICINA, {"faltantes": []}, "servicio.cierra_con_carta"),
        (servicio.SERVICIO, "terminado", "emitir", ALUMNO, {"faltantes": []}, Forbidden),
        (servicio.SERVICIO, "en_emision", "liberar", OFICINA, {}, "servicio.cierra_con_carta"),
        (servicio.SERVICIO, "terminado", "liberar", OFICINA, {"constancia": True}, Stale),
        (servicio.SERVICIO, "en_emision", "sacar", ALUMNO, {"motivo": "Por lo que sea."}, Forbidden),
        (servicio.SERVICIO, "liberado", "sacar", OFICINA, {"motivo": "Por lo que sea."}, Stale),
        (baja.BAJA, "pedida", "autorizar", DEPENDENCIA, {}, Forbidden),
        (tramite.TRAMITE, "pedido", "atender", ALUMNO, {}, Forbidden),
    ],
)
def test_what_the_rules_do_not_allow_is_refused_with_its_reason(
    machine: Machine, estado: str, action: str, actor: Actor, data: dict[str, Any], error: Any
) -> None:
    thing = Thing(estado)
    with pytest.raises(Refused) as caught:
        machine.find(action, thing, relations(actor, thing), data)
    if isinstance(error, str):
        assert caught.value.key == error
        assert frase(error) != error
    else:
        assert isinstance(caught.value, error)


def test_two_reviewers_in_order_pass_the_turn_and_the_last_accepts() -> None:
    first = Thing("en_revision", revisor_en_turno="dependencia", turno=0)
    last = Thing("en_revision", revisor_en_turno="coordinador", turno=1)
    assert entrega.ENTREGA.find("aceptar", first, relations(DEPENDENCIA, first), {}).target == "en_revision"
    assert entrega.ENTREGA.find("aceptar", last, relations(OFICINA, last), {}).target == "aceptada"


def test_every_sentence_is_a_sentence() -> None:
    for key, text in FRASES.items():
        assert text[0].isupper() or text[0] == "{", key
        assert text.rstrip()[-1] in ".:»}", key
