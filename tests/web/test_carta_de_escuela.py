"""A letter that the escuela issues and others sign is the escuela's word, also where it is for a dependencia."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Carta, Correo, Escuela, db
from portal.services import bajas, correos, firmas
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests.en_servicio import Caso
from tests.escuela_con import DIRECCION, circuito, perfil_con

PORQUE = "Dejó de presentarse desde el 3 de noviembre y no responde."


@pytest.fixture
def caso(escom: Escuela, now: datetime, tmp_path: Path) -> Caso:
    """Somebody whose carta de baja waits for the directora."""
    perfil_con("escom", circuito("baja", "responsable", responsable=1), tmp_path, now)
    found = en_servicio.caso(escom, now)
    with escuela_scope(escom.id):
        baja = bajas.pedir(
            found.servicio.public_id, justificacion=PORQUE, fecha=to_local(now).date(),
            actor=found.como_dependencia, now=now,
        )  # fmt: skip
        bajas.autorizar(baja.public_id, actor=found.como_coordinador, now=now)
    return found


def _textos(caso: Caso, plantilla: str) -> dict[str, str]:
    """The mails of that kind by their address."""
    with escuela_scope(caso.escuela.id):
        found = db.session.scalars(select(Correo).where(Correo.plantilla == plantilla)).all()
        return {c.para: correos.texto(c, caso.escuela) for c in found}


def test_the_signer_and_the_alumno_read_that_the_escuela_issues_it(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    host = caso.dependencia.razon_social
    asked = _textos(caso, "firma_pedida")[DIRECCION]
    assert ("que emite la escuela" in asked, host in asked) == (True, False)
    page = client.get(f"/firmar/{cierre.identificado(client, caso, DIRECCION)}").text
    assert "Declaro que tengo facultades para firmar esta carta y que sus datos son ciertos." in page
    assert (f"en nombre de {host}" in page, "Dirigida a" in page) == (False, False)
    factories.sign_in(client, caso.alumno.usuario_id or 0, now)
    assert "Tu escuela ya la generó" in client.get("/escom/alumno/cartas").text


def test_a_refusal_to_sign_it_is_for_the_office_to_mend(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    token = cierre.enlace(caso, DIRECCION)
    firmas.rechazar(token, motivo="La fecha de la baja no es esa.", identidad="codigo", ip="", now=now)
    told = _textos(caso, "firma_rechazada")
    assert list(told) == [caso.coordinador.correo]
    assert "Aquí puede revocarla y generar otra" in told[caso.coordinador.correo]
    assert "Su motivo ya llegó a la escuela." in client.get(f"/firmar/{token}").text
    factories.sign_in(client, caso.coordinador.id, now)
    with escuela_scope(caso.escuela.id):
        carta = db.session.scalars(select(Carta.public_id).where(Carta.tipo == "baja")).one()
    page = client.get(f"/escom/coordinador/cartas/{carta}").text
    assert "revóquela y genere otra" in page
    assert "La dependencia puede corregirla" not in page
