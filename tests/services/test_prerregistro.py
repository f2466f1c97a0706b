"""Prerregistros: sent with one PDF, decided by the office, corrected, numbered once [seed 001 §§2-4]."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import Bitacora, Convenio, Correo, Dependencia, Documento, Entrega, Escuela, Excepcion, db
from portal.services import (
    correos,
    dictamenes,
    escuelas,
    excepciones,
    numeros,
    prerregistro,
    registro,
    servicios,
)
from portal.services.prerregistro import Prestacion
from tenants.scope import escuela_scope
from tests import factories
from tests.prerregistros import MOTIVO, expediente, fechas, registrado
from tests.services.test_cuentas import NEW, entrar

DICTADO = (
    "El expediente ha sido revisado y cumple con los requerimientos correspondientes para ser activado. Permanecer al "
    "pendiente de que el número de registro correspondiente sea enviado.",
    "Ya puedes ingresar al sistema Intrainstitucional de Registro y Seguimiento para Servicio Social de la ESCA UST "
    "para darle continuidad al tu trámite",
)


def test_accepted_it_opens_the_plan_and_the_account_and_the_mail_is_the_dictated_one(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path)
    assert [c.estado for c in (caso.leer()[0], caso.leer()[2])] == ["prerregistrado", "por_confirmar"]
    caso.aceptar()
    servicio, pre, alumno = caso.leer()
    assert (servicio.estado, servicio.plan_clave, alumno.estado, pre.fecha_envio) == (
        "activo", "interno", "activo", None,
    )  # fmt: skip
    assert caso.correos() == ["registro_confirmar", "prerregistro_aceptado"]
    with escuela_scope(esca.id):
        steps = db.session.scalars(select(Entrega).where(Entrega.servicio_id == servicio.id)).all()
        text = correos.texto(db.session.scalars(select(Correo).order_by(Correo.id.desc())).first(), esca)
    assert len(steps) == 12
    assert {e.estado for e in steps} == {"bloqueada"}  # report 1 waits for the número de registro
    assert all(paragraph in text.splitlines() for paragraph in DICTADO)
    assert entrar(caso.boleta, NEW, now, esca) == alumno.usuario_id


def test_the_number_given_later_is_told_and_opens_the_first_report(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path)
    caso.aceptar()
    with escuela_scope(esca.id):
        numero = numeros.propuesto(now)
        datos = dictamenes.Registro(numero, "15", now.date())
        for _ in range(2):  # the same again is nothing new
            dictamenes.anotar(caso.leer()[0].public_id, datos, actor=caso.oficina(), now=now)
        assert numero == "21140/0001"
        assert numeros.propuesto(now) == "21140/0002"
        first = select(Entrega).where(Entrega.clave == "reporte_1")
        assert db.session.scalars(first).one().estado == "habilitada"
    assert caso.correos()[-2:] == ["prerregistro_aceptado", "numero_registro"]
    assert (caso.leer()[1].lista, caso.leer()[1].fecha_envio) == ("15", now.date())


def test_a_rejection_is_read_corrected_and_sent_again_with_a_new_version(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path)
    caso.rechazar()
    servicio, pre, _ = caso.leer()
    first = pre.documento_id
    with escuela_scope(esca.id):
        aviso = db.session.scalars(select(Correo).order_by(Correo.id.desc())).first()
        text = correos.texto(aviso, esca)
        assert MOTIVO in text
        assert "Atentamente: Coordinadora de Prueba" in text
        assert prerregistro.autor_del_rechazo(servicio) == "Coordinadora de Prueba"
        personales = registro.Personales("Citlali", "Corregida", "Ficticia", "cp", 8, "F")
        prerregistro.enviar(
            Prestacion("Ayuntamiento de Prueba", *fechas(esca, now)), [expediente(tmp_path, "otra versión")],
            "segunda.pdf", datos=personales, actor=caso.yo(), now=now + timedelta(minutes=1),
        )  # fmt: skip
    servicio, pre, alumno = caso.leer()
    assert (servicio.estado, servicio.motivo, servicio.plan_clave) == ("prerregistrado", "", "externo")
    assert (alumno.paterno, alumno.carrera) == ("Corregida", "cp")
    assert pre.documento_id != first
    with escuela_scope(esca.id):
        kept = db.session.scalars(select(Documento).where(Documento.alumno_id == alumno.id)).all()
    assert len(kept) == 2


def test_a_correction_of_data_alone_keeps_the_file(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path)
    caso.rechazar()
    first = caso.leer()[1].documento_id
    with escuela_scope(esca.id):
        prerregistro.enviar(Prestacion("PEMEX", *fechas(esca, now)), [], "", actor=caso.yo(), now=now)
    assert (caso.leer()[0].estado, caso.leer()[1].documento_id) == ("prerregistrado", first)


@pytest.mark.parametrize(
    ("prestatario", "plan"),
    [
        ("ESCA UST", "interno"),
        ("petroleos mexicanos", "interno"),
        ("Ayuntamiento de Tlalnepantla", "externo"),
    ],
)
def test_the_prestatario_decides_the_plan(esca, now, tmp_path, prestatario, plan):
    caso = registrado(esca, now, tmp_path, prestatario=prestatario)
    assert caso.leer()[0].plan_clave == plan


def test_a_dependencia_that_the_escuela_knows_is_the_same_one_and_a_stranger_is_not(
    esca, escom, now, tmp_path
):
    known, _ = factories.dependencia(now, razon_social="Archivo Histórico de Prueba, A.C.")
    factories.convenio(esca, known, now)
    stranger, _ = factories.dependencia(now, razon_social="Museo Ajeno de Prueba")
    factories.convenio(escom, stranger, now)
    typed = ["archivo historico de prueba A C", "Museo Ajeno de Prueba", "museo ajeno de prueba"]
    hosts = [registrado(esca, now, tmp_path, prestatario=name).leer()[0].dependencia_id for name in typed]
    assert hosts[0] == known.id
    assert hosts[1] == hosts[2] != stranger.id
    assert db.session.get(Dependencia, hosts[1]).verificada is None


@pytest.mark.parametrize(
    ("inicio", "meses", "key"),
    [
        (date(2026, 9, 3), 6, "prerregistro.inicio_invalido"),
        (date(2026, 9, 1), 2, "plan.pocos_meses"),
        (date(2026, 9, 1), 40, "plan.muchos_meses"),
        (date(2024, 9, 2), 6, "prerregistro.inicio_lejano"),
    ],
)
def test_dates_are_the_plans_where_they_are_typed(esca, inicio, meses, key):
    now = datetime.fromisoformat("2026-09-01T15:00:00+00:00")
    termino = inicio + timedelta(days=31 * meses)
    with escuela_scope(esca.id), pytest.raises(Refused) as refused:
        prerregistro.revisar(Prestacion("PEMEX", inicio, termino), now)
    assert refused.value.key == key


def test_credits_that_the_roll_knows_are_held_where_they_are_typed_and_when_they_bind(esca, now, tmp_path):
    quien = factories.alumno(
        esca,
        now,
        con_cuenta=False,
        creditos_pct=69,
        estado="invitado",
        origen="padron",
        correo="Del.Padron@ejemplo.test",
    )
    suyo = {"boleta": quien.boleta, "correo": "del.padron@ejemplo.test"}
    with pytest.raises(Refused, match=r"alumno\.sin_creditos"):
        registrado(esca, now, tmp_path, **suyo)
    with pytest.raises(Refused, match=r"registro\.correo_distinto"):  # nobody else learns of it
        registrado(esca, now, tmp_path, boleta=quien.boleta)
    office = factories.como_coordinador(esca, "expedientes")
    with escuela_scope(esca.id):
        dada = excepciones.autorizar(
            quien.public_id, "creditos", "", "Tiene dictamen de la Comisión.", actor=office, now=now
        )
    caso = registrado(esca, now, tmp_path, **suyo)
    caso.aceptar()
    with escuela_scope(esca.id):
        kept = db.session.scalars(select(Excepcion).where(Excepcion.id == dada.id)).one()
    assert kept.servicio_id == caso.leer()[0].id


def test_somebody_signed_in_without_the_credits_sends_none(esca, now, tmp_path):
    quien = factories.alumno(esca, now, creditos_pct=69)
    with escuela_scope(esca.id), pytest.raises(Refused, match=r"alumno\.sin_creditos"):
        prerregistro.enviar(
            Prestacion("PEMEX", *fechas(esca, now)), [expediente(tmp_path)], "x.pdf",
            actor=factories.como_alumno(quien), now=now,
        )  # fmt: skip


def test_what_the_plan_does_not_allow_is_accepted_only_with_a_reason_that_is_kept(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path)
    with escuela_scope(esca.id):
        servicio = caso.leer()[0]
        from portal.services.uow import unit_of_work

        with unit_of_work(now) as uow:
            uow.lock_id(type(servicio), servicio.id).termino = servicio.inicio + timedelta(days=90)
    with pytest.raises(Refused) as refused:
        caso.aceptar()
    assert refused.value.key == "prerregistro.con_objecion"
    caso.aceptar(excepcion="Acuerdo de la Subdirección para este grupo.")
    assert "Acuerdo de la Subdirección" in caso.leer()[1].excepcion
    assert "(Coordinadora de Prueba)" in caso.leer()[1].excepcion
    with escuela_scope(esca.id):
        lines = select(Bitacora.autor).where(Bitacora.accion == "exceptuar")
        assert db.session.scalars(lines).all() == ["Coordinadora de Prueba"]


def test_nobody_decides_before_the_mail_is_confirmed_nor_twice(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path, confirma=False)
    with pytest.raises(Refused, match=r"prerregistro\.sin_confirmar"):
        caso.aceptar()
    otro = registrado(esca, now, tmp_path)
    otro.aceptar()
    for again in (otro.aceptar, otro.rechazar):
        with pytest.raises(Stale):
            again()
    with escuela_scope(esca.id), pytest.raises(Forbidden):
        dictamenes.rechazar(
            caso.leer()[0].public_id,
            motivo=MOTIVO,
            actor=factories.como_coordinador(esca, "reportes"),
            now=now,
        )


def test_registering_again_before_the_mail_is_confirmed_replaces_what_was_sent(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path, confirma=False)
    later = now + timedelta(days=8)  # the first link ended
    registrado(esca, later, tmp_path, boleta=caso.boleta, correo="otra@ejemplo.test", prestatario="ESCA UST")
    servicio, _, alumno = caso.leer()
    assert (servicio.estado, alumno.estado, alumno.correo) == (
        "prerregistrado", "por_confirmar", "otra@ejemplo.test",
    )  # fmt: skip


def test_one_servicio_at_a_time(esca, now, tmp_path):
    caso = registrado(esca, now, tmp_path)
    prestacion = Prestacion("PEMEX", *fechas(esca, now))
    for expected in ("prerregistro.ya_enviado", "prerregistro.con_servicio"):
        with escuela_scope(esca.id), pytest.raises(Refused) as refused:
            prerregistro.enviar(prestacion, [expediente(tmp_path)], "x.pdf", actor=caso.yo(), now=now)
        assert refused.value.key == expected
        if expected == "prerregistro.ya_enviado":
            caso.aceptar()


def test_an_escuela_without_this_way_takes_none(escom, now, tmp_path):
    with pytest.raises(Refused, match=r"prerregistro\.cerrado"):
        registrado(escom, now, tmp_path, carrera="isc")


def test_a_number_is_never_given_twice_not_even_one_that_was_changed(esca, now, tmp_path):
    casos = [registrado(esca, now, tmp_path) for _ in range(2)]
    casos[0].aceptar(numero="21140/0005")
    with escuela_scope(esca.id):
        servicios.asignar_numero_registro(
            casos[0].leer()[0].public_id, "21140/0009", actor=casos[0].oficina(), now=now
        )
        assert numeros.propuesto(now) == "21140/0010"
    for taken in ("21140/0005", "21140/0009"):
        with pytest.raises(Refused, match=r"servicio\.registro_repetido"):
            casos[1].aceptar(numero=taken)
    assert casos[1].leer()[0].estado == "prerregistrado"


def test_two_people_who_give_the_same_number_at_once_give_it_once(
    app: Flask, esca: Escuela, now: datetime, tmp_path: Path
) -> None:
    casos = [registrado(esca, now, tmp_path) for _ in range(4)]
    ids = [c.leer()[0].public_id for c in casos]
    actor = casos[0].oficina()
    db.session.remove()

    def accept(public_id: str) -> str:
        with app.app_context(), escuela_scope(esca.id):
            try:
                dictamenes.aceptar(public_id, datos=dictamenes.Registro("21140/0001"), actor=actor, now=now)
                return "dado"
            except Refused as refused:
                return refused.key
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(accept, ids))
    assert said == ["dado", *["servicio.registro_repetido"] * 3]


def test_an_escuelas_own_words_for_a_mail_may_use_only_its_placeholders():
    from portal.services.plantillas_correo import errores
    from tenants.profile_parts import CorreoPropio

    good = CorreoPropio(asunto="Número {{ numero }}", cuerpo="Hola {{ nombre }}: {{ enlace }}")
    assert errores({"numero_registro": good}) == []
    bad = {
        "numero_registro": CorreoPropio(asunto="{{ contrasena }}", cuerpo="{{ nombre.__class__ }}"),
        "no_existe": good,
    }
    said = " ".join(errores(bad))
    assert "no existe el dato «contrasena» en este correo" in said
    assert "no se permite" in said or "solo se permiten" in said
    assert "correos.no_existe" in said


def test_what_the_form_suggests_begins_with_the_internal_ones(esca, now):
    known, _ = factories.dependencia(now, razon_social="Zoológico de Prueba")
    factories.convenio(esca, known, now)
    with escuela_scope(esca.id):
        assert db.session.scalar(select(Convenio.estado)) == "vigente"
        assert prerregistro.prestatarios() == ["ESCA UST", "PEMEX", "Zoológico de Prueba"]
        assert escuelas.perfil().prerregistro.numero_registro
