"""What transitions name exists: effects, mails with their templates, labels of every state."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.domain.machine import Machine
from portal.services import effects, plantillas_correo
from portal.services.correos import TEMPLATES
from portal.web.labels import ESTADOS
from tests.domain.test_machines import MACHINES

NAMED = sorted({effect for machine in MACHINES for row in machine.rows for effect in row.effects})


@pytest.mark.parametrize("name", NAMED)
def test_every_effect_that_a_transition_names_can_run(app: Flask, name: str) -> None:
    assert effects.known(name)


@pytest.mark.parametrize("plantilla", sorted(n.partition(":")[2] for n in NAMED if n.startswith("correo:")))
def test_every_mail_has_a_subject_and_a_body(plantilla: str) -> None:
    for part in ("subject.txt", "body.txt"):
        assert (TEMPLATES / plantilla / part).read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.noun)
def test_every_state_has_words_and_a_tone(machine: Machine) -> None:
    assert {(machine.noun, s) for s in machine.states} <= set(ESTADOS)


@pytest.mark.parametrize(
    ("nombres", "dice"),
    [
        (["Ana"], "ya firmó Ana."),
        (["Ana", "Eva"], "ya firmaron Ana y Eva."),
        (["Ana", "Eva", "Luz"], "ya firmaron Ana, Eva y Luz."),
    ],
)
def test_a_signer_reads_who_signed_before(app: Flask, nombres: list[str], dice: str) -> None:
    contexto = {"firmante": "Sol", "carta": "Carta", "ya_firmaron": nombres, "enlace": "x", "folio": "1",
                "dependencia": "", "alumno": "", "escuela": "E"}  # fmt: skip
    with app.app_context():
        assert dice in plantillas_correo.formar_parte("firma_pedida", "body.txt", contexto, {})
