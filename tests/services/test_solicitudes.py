"""Solicitudes: the two papers, the last seat, what an acceptance causes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.calendario import add_months, to_local
from portal.domain.frases import FRASES
from portal.domain.machine import Forbidden, Refused, Stale
from portal.domain.plan_frases import SENTENCES
from portal.domain.solicitud import SOLICITUD, impedimento, objeciones_fechas
from portal.models import Carta, Correo, Documento, Escuela, Proyecto, Servicio, Solicitud, Tramite, db
from portal.services import effects, escuelas, solicitudes, tramites
from portal.services.documentos import FileRefused
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests import factories
from tests.files import samples

HORARIO = "Lunes a viernes de 9:00 a 13:00"
MOTIVO = "El perfil no corresponde a las actividades."


def _mundo(escuela: Escuela, now: datetime, **fields):
    de, _ = factories.dependencia(now)
    return de, factories.proyecto(escuela, factories.convenio(escuela, de, now), now, **fields)


def _fechas(escuela: Escuela, de, now: datetime) -> dict[str, date]:
    with escuela_scope(escuela.id):
        inicio, termino = solicitudes.fechas_propuestas(de, to_local(now).date())
    return {"inicio": inicio, "termino": termino}


def test_every_effect_of_the_machine_is_registered() -> None:
    assert [e for row in SOLICITUD.rows for e in row.effects if not effects.known(e)] == []


@pytest.mark.parametrize(
    ("alumno", "proyecto", "key"),
    [
        ({}, {}, None),
        ({"creditos_pct": None}, {}, None),
        ({"creditos_pct": 69}, {}, "alumno.sin_creditos"),
        ({}, {"ocupados": 3}, "proyecto.sin_cupo"),
        ({}, {"estado": "pausado"}, "proyecto.no_publicado"),
        ({}, {"estado": "cerrado"}, "proyecto.no_publicado"),
        ({"carrera": "lcd"}, {"carreras": ["isc"]}, "solicitud.otra_carrera"),
    ],
)
def test_who_may_apply(escom: Escuela, now: datetime, alumno: dict, proyecto: dict, key: str | None) -> None:
    _, found = _mundo(escom, now, **proyecto)
    quien = factories.como_alumno(factories.alumno(escom, now, **alumno))
    with escuela_scope(escom.id):
        if key is None:
            assert solicitudes.postular(found.public_id, actor=quien, now=now).estado == "borrador"
        else:
            with pytest.raises(Refused) as refused:
                solicitudes.postular(found.public_id, actor=quien, now=now)
            assert refused.value.key == key
            assert key in FRASES


def test_a_proyecto_that_is_not_public_cannot_be_found(escom: Escuela, now: datetime) -> None:
    _, proyecto = _mundo(escom, now, estado="enviado")
    with escuela_scope(escom.id), pytest.raises(NotFound):
        solicitudes.postular(
            proyecto.public_id, actor=factories.como_alumno(factories.alumno(escom, now)), now=now
        )


def test_an_escuela_with_prerregistro_only_takes_no_solicitudes() -> None:
    assert impedimento({"via_abierta": False}) == "solicitud.via_cerrada"
    assert "solicitud.via_cerrada" in FRASES


def test_one_open_solicitud_a_proyecto_and_again_after_withdrawing(escom: Escuela, now: datetime) -> None:
    _, proyecto = _mundo(escom, now)
    quien = factories.como_alumno(factories.alumno(escom, now))
    with escuela_scope(escom.id):
        first = solicitudes.postular(proyecto.public_id, actor=quien, now=now)
        with pytest.raises(Refused) as refused:
            solicitudes.postular(proyecto.public_id, actor=quien, now=now)
        assert refused.value.key == "solicitud.repetida"
        solicitudes.retirar(first.public_id, actor=quien, now=now)
        assert solicitudes.postular(proyecto.public_id, actor=quien, now=now).id != first.id


def test_it_is_sent_with_both_papers_only(escom: Escuela, now: datetime, tmp_path: Path) -> None:
    de, proyecto = _mundo(escom, now)
    quien = factories.como_alumno(factories.alumno(escom, now))
    papel = tmp_path / "papel.pdf"
    papel.write_bytes(samples.pdf_bytes(samples.pdf_of("Carta ficticia")))
    with escuela_scope(escom.id):
        draft = solicitudes.postular(proyecto.public_id, actor=quien, now=now)
        solicitudes.subir(draft.public_id, "presentacion", [papel], "carta.pdf", actor=quien, now=now)
        with pytest.raises(Refused) as refused:
            solicitudes.enviar(draft.public_id, mensaje="", actor=quien, now=now)
        assert refused.value.key == "solicitud.faltan_documentos"
        solicitudes.subir(draft.public_id, "constancia", [papel], "c.pdf", actor=quien, now=now)
        sent = solicitudes.enviar(draft.public_id, mensaje="  Hola  ", actor=quien, now=now)
        assert (sent.estado, sent.mensaje) == ("enviada", "Hola")
        assert db.session.scalars(select(Correo.para)).all() == [de.correo]
        assert {d.dependencia_id for d in db.session.scalars(select(Documento))} == {None}
        with pytest.raises(Refused) as refused:
            solicitudes.subir(draft.public_id, "constancia", [papel], "c.pdf", actor=quien, now=now)
        assert refused.value.key == "solicitud.ya_enviada"


def test_what_is_no_pdf_is_refused_and_leaves_nothing(escom: Escuela, now: datetime, tmp_path: Path) -> None:
    _, proyecto = _mundo(escom, now)
    quien = factories.como_alumno(factories.alumno(escom, now))
    (tmp_path / "x").write_bytes(b"<html>no</html>")
    with escuela_scope(escom.id):
        draft = solicitudes.postular(proyecto.public_id, actor=quien, now=now)
        with pytest.raises(FileRefused):
            solicitudes.subir(draft.public_id, "constancia", [tmp_path / "x"], "x.pdf", actor=quien, now=now)
        assert db.session.scalars(select(Documento)).all() == []


@pytest.mark.parametrize(
    ("estado", "accion", "quien", "queda"),
    [
        ("enviada", "rechazar", "dependencia", "rechazada"),
        ("enviada", "rechazar", "otra", NotFound),
        ("borrador", "rechazar", "dependencia", NotFound),
        ("aceptada", "rechazar", "dependencia", Stale),
        ("enviada", "aceptar", "dependencia", "aceptada"),
        ("enviada", "aceptar", "otra", NotFound),
        ("enviada", "aceptar", "alumno", NotFound),
        ("retirada", "aceptar", "dependencia", Stale),
        ("enviada", "retirar", "alumno", "retirada"),
        ("aceptada", "retirar", "alumno", Stale),
    ],
)
def test_only_the_dependencia_answers_and_only_once(escom, now, estado, accion, quien, queda) -> None:
    de, proyecto = _mundo(escom, now)
    alumno = factories.alumno(escom, now)
    found = factories.solicitud(alumno, proyecto, escom, now, estado=estado)
    actor = {
        "dependencia": factories.como_dependencia(de),
        "otra": factories.como_dependencia(factories.dependencia(now)[0]),
        "alumno": factories.como_alumno(alumno),
    }[quien]
    fields = {
        "rechazar": {"motivo": MOTIVO},
        "aceptar": {**_fechas(escom, de, now), "horario": HORARIO},
        "retirar": {},
    }[accion]
    with escuela_scope(escom.id):
        verb = getattr(solicitudes, accion)
        if isinstance(queda, str):
            assert verb(found.public_id, actor=actor, now=now, **fields).estado == queda
        else:
            with pytest.raises(queda):
                verb(found.public_id, actor=actor, now=now, **fields)


def test_an_acceptance_does_all_that_it_promises(
    escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    de, proyecto = _mundo(escom, now)
    _, otro = _mundo(escom, now)
    alumno = factories.alumno(escom, now)
    found = factories.solicitud(alumno, proyecto, escom, now)
    otra = factories.solicitud(alumno, otro, escom, now)
    with escuela_scope(escom.id):
        tramite = tramites.pedir("constancia_estudios", actor=factories.como_alumno(alumno), now=now)
        solicitudes.aceptar(
            found.public_id,
            **_fechas(escom, de, now),
            horario=HORARIO,
            actor=factories.como_dependencia(de),
            now=now,
        )
    assert drain() > 0
    with escuela_scope(escom.id):
        servicio = db.session.scalars(select(Servicio)).one()
        assert (servicio.estado, servicio.solicitud_id, servicio.horario) == ("activo", found.id, HORARIO)
        assert db.session.get(Proyecto, (escom.id, proyecto.id)).ocupados == 1
        carta = db.session.scalars(select(Carta)).one()
        assert (carta.tipo, carta.estado, carta.servicio_id) == ("aceptacion", "emitida", servicio.id)
        retirada = db.session.get(Solicitud, (escom.id, otra.id))
        assert retirada.estado == "retirada"
        assert proyecto.titulo in retirada.motivo
        assert db.session.get(Tramite, (escom.id, tramite.id)).estado == "pedido"
        assert {"solicitud_aceptada", "solicitud_retirada"} <= set(
            db.session.scalars(select(Correo.plantilla))
        )
        with pytest.raises(Refused) as refused:
            solicitudes.postular(otro.public_id, actor=factories.como_alumno(alumno), now=now)
        assert refused.value.key == "solicitud.con_servicio"


@pytest.mark.parametrize(
    ("cambio", "key"),
    [
        (lambda f: {**f, "inicio": f["inicio"] - timedelta(days=400)}, "solicitud.inicio_pasado"),
        (lambda f: {**f, "inicio": f["inicio"] + timedelta(days=5)}, "solicitud.inicio_invalido"),
        (lambda f: {**f, "termino": add_months(f["inicio"], 5)}, "plan.pocos_meses"),
        (lambda f: {**f, "termino": add_months(f["inicio"], 25)}, "plan.muchos_meses"),
        (lambda f: {**f, "termino": f["inicio"]}, "plan.fechas_al_reves"),
        (lambda f: {**f, "termino": None}, "solicitud.faltan_fechas"),
        (lambda f: {**f, "horario": " "}, "solicitud.faltan_fechas"),
    ],
)
def test_the_dates_are_those_of_the_plan(escom: Escuela, now: datetime, cambio: Callable, key: str) -> None:
    de, proyecto = _mundo(escom, now)
    found = factories.solicitud(factories.alumno(escom, now), proyecto, escom, now)
    fields = cambio({**_fechas(escom, de, now), "horario": HORARIO})
    with escuela_scope(escom.id):
        with pytest.raises(Refused) as refused:
            solicitudes.aceptar(found.public_id, **fields, actor=factories.como_dependencia(de), now=now)
        sentence = {**SENTENCES, **FRASES}[key].format(**refused.value.values)
        assert refused.value.key == key
        assert "{" not in sentence
        assert db.session.scalars(select(Servicio)).all() == []


def test_two_people_who_accept_the_last_seat_at_once(app: Flask, escom: Escuela, now: datetime) -> None:
    de, proyecto = _mundo(escom, now, cupo=1)
    found = [factories.solicitud(factories.alumno(escom, now), proyecto, escom, now) for _ in range(2)]
    fields = {**_fechas(escom, de, now), "horario": HORARIO}
    actor, answers, gate = factories.como_dependencia(de), [], threading.Barrier(2)
    public_ids, escuela_id = [s.public_id for s in found], escom.id

    def accept(public_id: str) -> None:
        with app.app_context(), escuela_scope(escuela_id):
            gate.wait()
            try:
                answers.append(solicitudes.aceptar(public_id, **fields, actor=actor, now=now).estado)
            except Refused as refused:
                answers.append(refused.key)
            db.session.remove()

    threads = [threading.Thread(target=accept, args=(public_id,)) for public_id in public_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["aceptada", "proyecto.sin_cupo"]
    with escuela_scope(escom.id):
        assert db.session.scalar(select(Proyecto.ocupados)) == 1
        assert len(db.session.scalars(select(Servicio)).all()) == 1


def test_a_baja_gives_the_seat_back(escom: Escuela, now: datetime) -> None:
    from portal.services.uow import unit_of_work

    de, proyecto = _mundo(escom, now, ocupados=1)
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        servicio = Servicio(proyecto_id=proyecto.id)
        effects.run("liberar_lugar", uow, servicio, factories.como_dependencia(de), {})
        assert uow.get(Proyecto, proyecto.id).ocupados == 0
        effects.run("liberar_lugar", uow, Servicio(proyecto_id=None), factories.como_dependencia(de), {})


def test_a_paper_of_another_alumno_cannot_be_used(escom: Escuela, now: datetime) -> None:
    _, proyecto = _mundo(escom, now)
    alumno, otro = factories.alumno(escom, now), factories.alumno(escom, now)
    mio = factories.documento(escom, now, de=alumno, tipo="carta_constancia_estudios")
    ajeno = factories.documento(escom, now, de=otro, tipo="constancia_estudios")
    quien = factories.como_alumno(alumno)
    with escuela_scope(escom.id):
        draft = solicitudes.postular(proyecto.public_id, actor=quien, now=now)
        used = solicitudes.usar(draft.public_id, "constancia", mio.public_id, actor=quien, now=now)
        assert used.constancia_documento_id == mio.id
        for papel, documento in (("constancia", ajeno), ("presentacion", mio)):
            with pytest.raises(NotFound):
                solicitudes.usar(draft.public_id, papel, documento.public_id, actor=quien, now=now)


def test_the_plan_proposes_dates_that_it_accepts(escom: Escuela, now: datetime) -> None:
    de, _ = _mundo(escom, now)
    with escuela_scope(escom.id):
        for days in range(0, 60, 7):
            hoy = to_local(now).date() + timedelta(days=days)
            inicio, termino = solicitudes.fechas_propuestas(de, hoy)
            plan, calendario = solicitudes.plan_con(de), escuelas.calendario()
            assert not objeciones_fechas(plan, calendario, inicio, termino, hoy)


def test_nobody_else_touches_an_alumnos_solicitud(escom: Escuela, now: datetime) -> None:
    _, proyecto = _mundo(escom, now)
    found = factories.solicitud(factories.alumno(escom, now), proyecto, escom, now)
    otro = factories.como_alumno(factories.alumno(escom, now))
    with escuela_scope(escom.id):
        with pytest.raises(NotFound):
            solicitudes.retirar(found.public_id, actor=otro, now=now)
        with pytest.raises(Forbidden):
            solicitudes.postular(proyecto.public_id, actor=factories.como_coordinador(escom), now=now)
