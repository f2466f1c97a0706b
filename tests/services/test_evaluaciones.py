"""The evaluación de desempeño by link: asked, filled and signed once, refused, delivered to review as a PDF."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import Correo, Documento, Enlace, Escuela, Evaluacion, db
from portal.services import documentos, enlaces, entregas, evaluaciones, evaluaciones_pdf
from portal.services.evaluaciones import Respuesta
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import cierre, en_servicio
from tests.en_servicio import Caso
from worker.outbox import drain

CLAVE = "evaluacion_desempeno"
CORREO = "responsable@ejemplo.test"


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    """An alumno whose evaluación is the next step."""
    found = en_servicio.caso(escom, now, meses=14)
    for clave, horas in (
        ("reporte_180", 180),
        ("reporte_360", 180),
        ("reporte_480", 120),
        ("reporte_global", 0),
    ):
        en_servicio.aceptada(found, now, clave, horas)
    return found


def _pedir(caso: Caso, now: datetime, **datos: Any) -> Evaluacion:
    values = {"nombre": "Ing. Ramiro Ejemplo", "cargo": "Responsable de acervo", "correo": CORREO, **datos}
    with escuela_scope(caso.escuela.id):
        return evaluaciones.pedir(
            caso.entrega(CLAVE).public_id, actor=values.pop("actor", caso.como_alumno), now=now, **values
        )


def _token(caso: Caso) -> str:
    """The token of the last link, as its mail spells it."""
    with escuela_scope(caso.escuela.id):
        query = select(Correo).where(Correo.plantilla == "evaluacion_pedida").order_by(Correo.id.desc())
        ruta = db.session.scalars(query).first().contexto["ruta"]  # type: ignore[union-attr]
        db.session.commit()
    return enlaces.expand(ruta).removeprefix("/evaluar/")


def _respuesta(caso: Caso, **cambios: Any) -> Respuesta:
    with escuela_scope(caso.escuela.id):
        claves = [c.clave for c in evaluaciones.formulario(caso.servicio.perfil_version).criterios]
        db.session.commit()
    todo = Respuesta(
        "Ing. Ramiro Ejemplo", "Responsable", dict.fromkeys(claves, 5), "Muy buen trabajo.", True
    )
    return replace(todo, **cambios)


def _firmar(caso: Caso, now: datetime, token: str = "", **cambios: Any) -> None:
    evaluaciones.firmar(
        token or _token(caso),
        _respuesta(caso, **cambios),
        trazo=cierre.trazo(),
        ip="127.0.0.1",
        now=now,
    )


def test_the_portal_writes_to_whom_an_alumno_names_five_times_a_day(caso: Caso, now: datetime) -> None:
    for n in range(5):
        _pedir(caso, now, correo=f"responsable{n}@biblioteca.test")
    with pytest.raises(Refused) as refused:
        _pedir(caso, now, correo="otra@biblioteca.test")
    assert refused.value.key == "evaluacion.muchas"
    _pedir(caso, now + timedelta(days=1, minutes=1), correo="otra@biblioteca.test")


def _leer(caso: Caso) -> Evaluacion:
    with escuela_scope(caso.escuela.id):
        found = evaluaciones.de_entrega(db.session, caso.entrega(CLAVE).id)
        db.session.commit()
    assert found is not None
    return found


def test_what_was_signed_becomes_a_pdf_in_review(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    _firmar(caso, now)
    assert (_leer(caso).estado, caso.entrega(CLAVE).estado) == ("firmada", "habilitada")
    drain(caso.escuela.id, lambda: now)
    found = caso.entrega(CLAVE)
    assert (found.estado, found.revisor_en_turno) == ("en_revision", "dependencia")
    assert _leer(caso).estado == "entregada"
    with escuela_scope(caso.escuela.id):
        documento = db.session.scalars(select(Documento).where(Documento.id == found.documento_id)).one()
        with documentos.abrir(documento) as stream:
            pdf = pypdfium2.PdfDocument(io.BytesIO(stream.read()))
        text = " ".join(pdf[0].get_textpage().get_text_range().split())
        plantillas = db.session.scalars(select(Correo.plantilla)).all()
    for piece in (caso.alumno.nombre_completo, caso.alumno.boleta, "5 · Excelente", "Promedio: 5.0 de 5",
                  "Muy buen trabajo.", "Ing. Ramiro Ejemplo", "Declaro que soy responsable directo"):  # fmt: skip
        assert piece in text
    assert "evaluacion_firmada" in plantillas
    en_servicio.decidir(caso, now, CLAVE)
    assert caso.entrega(CLAVE).estado == "aceptada"


def test_delivering_twice_is_once(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    _firmar(caso, now)
    for _ in range(2):
        with escuela_scope(caso.escuela.id):
            evaluaciones_pdf.entregar(_leer(caso).id, now=now)
    with escuela_scope(caso.escuela.id):
        query = select(Documento.id).where(Documento.tipo == "entrega_evaluacion")
        assert len(db.session.scalars(query).all()) == 1


@pytest.mark.parametrize(
    ("datos", "key"),
    [
        ({"nombre": " "}, "evaluacion.sin_nombre"),
        ({"correo": "nada"}, "evaluacion.sin_correo"),
        ({"correo": "a@b"}, "evaluacion.sin_correo"),
        ({"correo": "{propio}"}, "evaluacion.correo_propio"),
    ],
)
def test_it_is_asked_of_somebody_else_who_can_be_written_to(
    caso: Caso, now: datetime, datos: dict[str, str], key: str
) -> None:
    datos = {name: value.format(propio=caso.alumno.correo.upper()) for name, value in datos.items()}
    with pytest.raises(Refused) as refused:
        _pedir(caso, now, **datos)
    assert refused.value.key == key


def test_only_its_alumno_asks_and_only_for_a_step_that_may_be_a_form(caso: Caso, now: datetime) -> None:
    with pytest.raises(Forbidden):
        _pedir(caso, now, actor=caso.como_coordinador)
    en_servicio.aceptada(caso, now, CLAVE)
    with pytest.raises(Stale):
        _pedir(caso, now)
    otro = en_servicio.caso(caso.escuela, now)
    with pytest.raises(Refused, match="no_se_pide"), escuela_scope(caso.escuela.id):
        evaluaciones.pedir(
            otro.entrega().public_id, nombre="A B", cargo="", correo=CORREO, actor=otro.como_alumno, now=now
        )


@pytest.mark.parametrize(
    ("cambios", "key"),
    [
        ({"respuestas": {}}, "evaluacion.faltan_respuestas"),
        ({"respuestas": {"asistencia": 9}}, "evaluacion.faltan_respuestas"),
        ({"declara": False}, "evaluacion.sin_declaracion"),
    ],
)
def test_an_evaluacion_with_holes_is_not_signed_and_its_link_lives(
    caso: Caso, now: datetime, cambios: dict[str, Any], key: str
) -> None:
    _pedir(caso, now)
    with pytest.raises(Refused) as refused:
        _firmar(caso, now, **cambios)
    assert refused.value.key == key
    _firmar(caso, now)
    assert _leer(caso).estado == "firmada"


def test_a_link_is_used_once_and_ends(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    token = _token(caso)
    with pytest.raises(Refused, match="vencido"):
        _firmar(caso, now + timedelta(days=31), token)
    _firmar(caso, now, token)
    with pytest.raises(Refused, match="usado"):
        _firmar(caso, now, token)
    with pytest.raises(NotFound):
        evaluaciones.por_enlace("x" * 43, now=now)


def test_asking_somebody_else_ends_the_first_link(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    antes = _token(caso)
    _pedir(caso, now, correo="otra@ejemplo.test")
    assert _token(caso) != antes
    with pytest.raises(Refused, match="usado"):
        _firmar(caso, now, antes)
    assert _leer(caso).correo == "otra@ejemplo.test"


def test_a_refusal_reaches_the_alumno_who_may_ask_again(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    token = _token(caso)
    with pytest.raises(Refused, match="corto"):
        evaluaciones.rechazar(token, motivo="No", ip="127.0.0.1", now=now)
    evaluaciones.rechazar(token, motivo="Ya no trabajo en esa área.", ip="127.0.0.1", now=now)
    assert (_leer(caso).estado, _leer(caso).motivo) == ("rechazada", "Ya no trabajo en esa área.")
    assert _pedir(caso, now).estado == "pedida"


def test_an_uploaded_pdf_ends_what_was_asked(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    token = _token(caso)
    en_servicio.enviar(caso, now, CLAVE)
    assert _leer(caso).estado == "cancelada"
    with pytest.raises(Refused):
        _firmar(caso, now, token)


def test_another_link_is_sent_at_most_every_ten_minutes(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    antes = _token(caso)
    with escuela_scope(caso.escuela.id):
        public_id = caso.entrega(CLAVE).public_id
        with pytest.raises(Refused, match="recien_enviada"):
            evaluaciones.reenviar(public_id, actor=caso.como_alumno, now=now + timedelta(minutes=9))
        evaluaciones.reenviar(public_id, actor=caso.como_alumno, now=now + timedelta(minutes=11))
    assert _token(caso) != antes
    evaluaciones.pedir_otro_enlace(_token(caso), now=now + timedelta(minutes=12))
    _firmar(caso, now + timedelta(minutes=12))


def test_nothing_usable_is_stored(caso: Caso, now: datetime) -> None:
    _pedir(caso, now)
    token = _token(caso)
    with escuela_scope(caso.escuela.id):
        mails = [c.contexto for c in db.session.scalars(select(Correo))]
        hashes = [e.token_hash for e in db.session.scalars(select(Enlace))]
    assert token not in str(mails)
    assert token not in str(hashes)


def test_where_only_the_form_counts_no_pdf_is_sent(
    caso: Caso, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.services import servicios

    plan = None
    with escuela_scope(caso.escuela.id):
        plan = servicios.plan_de(caso.servicio)
    only = replace(
        plan,
        entregas=tuple(replace(s, formas=("formulario",)) if s.clave == CLAVE else s for s in plan.entregas),
    )
    monkeypatch.setattr(servicios, "plan_de", lambda _servicio: only)
    with pytest.raises(Refused, match="solo_formulario"):
        en_servicio.enviar(caso, now, CLAVE)
    with escuela_scope(caso.escuela.id), unit_of_work(now):
        assert entregas.kind_de(caso.entrega(CLAVE)).max_bytes


def test_of_two_who_draw_it_at_once_the_slower_takes_only_its_own_file_away(
    caso: Caso, now: datetime
) -> None:
    _pedir(caso, now)
    _firmar(caso, now)
    with escuela_scope(caso.escuela.id):
        firmada = db.session.scalars(select(Evaluacion).where(Evaluacion.estado == "firmada")).one()
        slower, faster = (evaluaciones_pdf._guardar(firmada, b"%PDF-1.7 the same bytes") for _ in range(2))
        evaluacion_id = firmada.id
        assert evaluaciones_pdf._poner(evaluacion_id, faster, now)
        assert not evaluaciones_pdf._poner(evaluacion_id, slower, now)
        documentos.quitar(slower.clave)
        with documentos.abrir(faster) as kept:
            assert kept.read() == b"%PDF-1.7 the same bytes"
