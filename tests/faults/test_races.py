"""Fifty people at the same moment, each in a browser of their own: one wins, the others read why they did not."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.domain.calendario import to_local
from portal.models import (
    Carta,
    DependenciaUsuario,
    EntregaHistoria,
    Escuela,
    Proyecto,
    Servicio,
    Solicitud,
    db,
)
from portal.services import solicitudes
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio, factories

PEOPLE = 50
PATIENCE = 60  # s
SEED = random.SystemRandom().randrange(10**6)
Answer = tuple[int, str]


def at_once(
    app: Flask, people: list[int], now: datetime, ask: Callable[[FlaskClient, int], Answer]
) -> list[Answer]:
    """What each person's browser reads when all of them ask in the same moment."""
    clients = [factories.sign_in(app.test_client(), person, now) for person in people]
    gate, answers = threading.Barrier(len(people)), {}

    def one(number: int) -> None:
        gate.wait()
        answers[number] = ask(clients[number], number)

    order = list(range(len(people)))
    random.Random(SEED).shuffle(order)
    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(answers) == len(people), f"seed {SEED}: {len(people) - len(answers)} have no answer"
    return [answers[number] for number in range(len(people))]


def follow(client: FlaskClient, url: str, data: dict[str, str]) -> Answer:
    """Send a form; the status of its answer, and the text of the page where the person ends."""
    answer = client.post(url, data=data)
    page = client.get(answer.headers["Location"]) if answer.status_code in (302, 303) else answer
    assert page.status_code < 500
    return answer.status_code, unescape(page.get_data(as_text=True))


def people_of(dependencia_id: int, now: datetime, first: int) -> list[int]:
    """Fifty accounts that act for one dependencia."""
    found = [first]
    for number in range(PEOPLE - 1):
        persona = factories.usuario(now, f"Persona {number} de Prueba")
        with unit_of_work(now) as uow:
            uow.add(DependenciaUsuario(dependencia_id=dependencia_id, usuario_id=persona.id, cargo="Enlace"))
        found.append(persona.id)
    return found


def test_fifty_people_accept_for_the_last_seat_at_once(app: Flask, escom: Escuela, now: datetime) -> None:
    de, persona = factories.dependencia(now)
    proyecto = factories.proyecto(escom, factories.convenio(escom, de, now), now, cupo=1)
    found = [
        factories.solicitud(factories.alumno(escom, now), proyecto, escom, now).public_id
        for _ in range(PEOPLE)
    ]
    with escuela_scope(escom.id):
        inicio, termino = solicitudes.fechas_propuestas(de, to_local(now).date())
    fields = {
        "inicio": inicio.isoformat(),
        "termino": termino.isoformat(),
        "horario": "Lunes a viernes, 9 a 13 h",
    }
    answers = at_once(
        app,
        people_of(de.id, now, persona.id),
        now,
        lambda client, n: follow(client, f"/dependencia/escom/solicitudes/{found[n]}/aceptar", fields),
    )
    counted = Counter(status for status, _ in answers)
    assert counted == {302: 1, 409: PEOPLE - 1}, f"seed {SEED}"
    assert all("Este proyecto ya no tiene lugares." in text for status, text in answers if status == 409)
    with escuela_scope(escom.id):
        assert db.session.scalar(select(Proyecto.ocupados)) == 1
        assert db.session.scalar(select(func.count()).select_from(Servicio)) == 1
        assert db.session.scalar(select(func.count()).where(Solicitud.estado == "aceptada")) == 1
        assert db.session.scalars(select(Carta.numero).where(Carta.tipo == "aceptacion")).all() == [1]


def test_fifty_people_accept_and_reject_the_same_report_at_once(
    app: Flask, escom: Escuela, now: datetime
) -> None:
    caso = en_servicio.caso(escom, now)
    entrega = en_servicio.enviar(caso, now)
    people = people_of(caso.dependencia.id, now, caso.persona.id)
    address = f"/dependencia/escom/entregas/{entrega.public_id}"

    def decide(client: FlaskClient, number: int) -> Answer:
        verb = "aceptar" if number % 2 else "rechazar"
        return follow(client, f"{address}/{verb}", {"motivo": "Faltan las fechas de dos semanas."})

    answers = at_once(app, people, now, decide)
    won = [text for _, text in answers if "Validó " in text or "Rechazó " in text]
    late = [text for _, text in answers if "Alguien más la revisó mientras usted la veía" in text]
    assert (len(won), len(late)) == (1, PEOPLE - 1), f"seed {SEED}: {Counter(s for s, _ in answers)}"
    with escuela_scope(escom.id):
        history = select(func.count()).select_from(EntregaHistoria).where(EntregaHistoria.accion != "enviar")
        assert db.session.scalar(history) == 1
    assert caso.entrega().estado in ("en_revision", "rechazada")
