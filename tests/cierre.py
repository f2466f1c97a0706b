"""The end of a servicio, for tests: everything accepted, the carta de término asked for and signed."""

from __future__ import annotations

import base64
import io
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Carta, Correo, Escuela, Firma, db
from portal.services import codigos, enlaces, firmas, terminos
from portal.services.cartas import Firmante
from tenants.scope import escuela_scope
from tests import en_servicio
from tests.en_servicio import Caso

JEFA = Firmante("jefe_inmediato", "Julia Ejemplo", "Jefa de biblioteca", "jefa@ejemplo.test")
GERENTE = Firmante("gerente", "Gerardo Ejemplo", "Gerente general", "gerente@ejemplo.test")


def con_horas(escuela: Escuela, now: datetime, **fields: Any) -> Caso:
    """A servicio whose last day is today, with every report and the evaluation accepted."""
    caso = en_servicio.caso(escuela, now, termino=to_local(now).date(), **fields)
    for clave, horas in (("reporte_180", 180), ("reporte_360", 180), ("reporte_480", 120)):
        en_servicio.aceptada(caso, now, clave, horas)
    for clave in ("reporte_global", "evaluacion_desempeno"):
        en_servicio.aceptada(caso, now, clave)
    return caso


def emitir(caso: Caso, now: datetime, *quienes: Firmante) -> Carta:
    """Generate the carta de término with its circuit of two."""
    with escuela_scope(caso.escuela.id):
        firmantes = quienes or (JEFA, GERENTE)
        return terminos.emitir(
            caso.servicio.public_id, firmantes=firmantes, actor=caso.como_dependencia, now=now
        )


def trazo(*, blanco: bool = False) -> str:
    """What the canvas of the signing page sends: a drawn line, or nothing drawn."""
    image = Image.new("RGBA", (640, 200), (0, 0, 0, 0))
    if not blanco:
        pen = ImageDraw.Draw(image)
        points = [(40, 140), (110, 50), (150, 150), (220, 60), (300, 150), (380, 70), (470, 140), (600, 110)]
        pen.line(points, fill=(16, 36, 58, 255), width=6, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def enlace(caso: Caso, para: str) -> str:
    """The token of the last signing link that went to an address."""
    with escuela_scope(caso.escuela.id):
        query = (
            select(Correo)
            .where(Correo.plantilla == "firma_pedida", Correo.para == para)
            .order_by(Correo.id.desc())
        )
        correo = db.session.scalars(query).first()
        assert correo is not None, para
        return enlaces.expand(correo.contexto["ruta"]).rpartition("/")[2]


def codigo(caso: Caso, para: str) -> str:
    """The code of the last mail that brought one to an address."""
    with escuela_scope(caso.escuela.id):
        query = select(Correo).where(Correo.plantilla == "firma_codigo", Correo.para == para)
        correo = db.session.scalars(query.order_by(Correo.id.desc())).first()
        assert correo is not None, para
        return codigos.expand(correo.contexto["codigo"])


def identificado(client: FlaskClient, caso: Caso, para: str) -> str:
    """The token of a signer's link, in a browser that brought the code of the signer's mail."""
    token = enlace(caso, para)
    assert client.post(f"/firmar/{token}/codigo").status_code == 302
    assert client.post(f"/firmar/{token}/comprobar", data={"codigo": codigo(caso, para)}).status_code == 302
    return token


def firmar(caso: Caso, now: datetime, quien: Firmante, **values: Any) -> None:
    """Sign as that person would, with a drawn signature."""
    todo: dict[str, Any] = {
        "nombre": quien.nombre,
        "cargo": quien.cargo,
        "declara": True,
        "trazo": trazo(),
        "identidad": "codigo",
    }
    firmas.firmar(enlace(caso, quien.correo), ip="127.0.0.1", now=now, **{**todo, **values})


def circuito(caso: Caso, carta: Carta) -> list[Firma]:
    """The places of a letter as they stand in the database now."""
    with escuela_scope(caso.escuela.id):
        query = select(Firma).where(Firma.carta_id == carta.id).order_by(Firma.orden)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


def leer(caso: Caso, carta: Carta) -> Carta:
    """A letter as it stands in the database now."""
    with escuela_scope(caso.escuela.id):
        query = select(Carta).where(Carta.id == carta.id).execution_options(populate_existing=True)
        return db.session.scalars(query).one()


def terminado(escuela: Escuela, now: datetime, drain: Any, **fields: Any) -> Caso:
    """A servicio whose every step is accepted: the office may finalise it."""
    caso = con_horas(escuela, now, **fields)
    emitir(caso, now)
    for quien in (JEFA, GERENTE):
        firmar(caso, now, quien)
    drain()
    en_servicio.aceptada(caso, now, "expediente_liberacion")
    return caso
