"""The mark of the SISS: told by the alumno, reconciled from a CSV that is seen before it is written."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Entrega, Escuela, db
from portal.services import escuelas, plantillas_correo, servicios, siss
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    found = en_servicio.caso(escom, now)
    en_servicio.aceptada(found, now)
    return found


def _marcar(
    caso: Caso, now: datetime, dia: date | None, clave: str = "reporte_180", actor: Any = None
) -> Entrega:
    with escuela_scope(caso.escuela.id):
        return siss.marcar(caso.entrega(clave).public_id, dia, actor=actor or caso.como_alumno, now=now)


def _csv(*lineas: str) -> bytes:
    return "\r\n".join(("Boleta;Reporte;Fecha de carga", *lineas)).encode("cp1252")


def _comparar(caso: Caso, now: datetime, *lineas: str) -> siss.Vista:
    with escuela_scope(caso.escuela.id):
        found = siss.comparar(_csv(*lineas), actor=caso.como_coordinador, now=now)
        db.session.commit()
        return found


def _conciliar(caso: Caso, now: datetime, data: bytes) -> int:
    with escuela_scope(caso.escuela.id):
        return siss.conciliar(data, actor=caso.como_coordinador, now=now)


def test_the_alumno_says_when_an_accepted_entrega_was_loaded_and_corrects_it(
    caso: Caso, now: datetime
) -> None:
    hoy = to_local(now).date()
    _marcar(caso, now, hoy)
    _marcar(caso, now, hoy - timedelta(days=1))
    found = caso.entrega()
    assert (found.pide_siss, found.siss, found.siss_quien) == (True, hoy - timedelta(days=1), "alumno")


@pytest.mark.parametrize(
    ("clave", "dias", "key"),
    [
        ("reporte_180", 1, "siss.futura"),
        ("reporte_180", -9999, "siss.antes"),
        ("reporte_180", None, "siss.sin_fecha"),
        ("reporte_360", 0, "siss.sin_aceptar"),
        ("expediente_liberacion", 0, "siss.no_se_pide"),
    ],
)
def test_a_mark_that_cannot_be_is_refused(
    caso: Caso, now: datetime, clave: str, dias: int | None, key: str
) -> None:
    dia = None if dias is None else to_local(now).date() + timedelta(days=dias)
    with pytest.raises(Refused) as refused:
        _marcar(caso, now, dia, clave)
    assert refused.value.key == key


def test_nobody_marks_anothers(caso: Caso, now: datetime) -> None:
    hoy = to_local(now).date()
    otro = factories.como_alumno(factories.alumno(caso.escuela, now))
    for actor in (otro, caso.como_coordinador, caso.como_dependencia):
        with pytest.raises(NotFound):
            _marcar(caso, now, hoy, actor=actor)


def test_a_step_that_opens_again_loses_its_mark(caso: Caso, now: datetime) -> None:
    _marcar(caso, now, to_local(now).date())
    with escuela_scope(caso.escuela.id), unit_of_work(now) as uow:
        servicio = uow.lock_id(type(caso.servicio), caso.servicio.id)
        servicios.reabrir(uow, servicio, "reporte_180", "Se corrige el periodo.", caso.como_coordinador)
    assert (caso.entrega().siss, caso.entrega().siss_quien) == (None, "")


def test_a_csv_is_held_against_the_portal_before_anything_is_written(caso: Caso, now: datetime) -> None:
    hoy = to_local(now).date()
    boleta, dia = caso.alumno.boleta, f"{hoy:%d/%m/%Y}"
    vista = _comparar(
        caso,
        now,
        f"{boleta};Reporte de 180 horas;{dia}",
        f"{boleta};reporte 360;{hoy.isoformat()}",
        f"{boleta};carta de término;{dia}",
        f"{boleta};reporte_180;{dia}",
        f"{boleta};Reporte de 90 horas;{dia}",
        f"{boleta};reporte_180;31/02/2026",
        f"2999999999;reporte_180;{dia}",
        f"=cmd;reporte_180;{dia}",
        f"{boleta};;{dia}",
        "",
    )
    meaning = [(f.linea.numero, f.que) for f in vista.filas]
    assert meaning == [(2, "por_marcar"), (3, "sin_aceptar"), (4, "no_se_pide"), (8, "desconocida")]
    assert [m.numero for m in vista.malas] == [5, 6, 7, 9, 10]
    assert all(m.frase.endswith(".") for m in vista.malas)
    assert caso.entrega().siss is None


def test_what_was_confirmed_is_judged_again_and_written_once(caso: Caso, now: datetime) -> None:
    hoy = to_local(now).date()
    data = _csv(f"{caso.alumno.boleta};reporte_180;{hoy.isoformat()}")
    seen = _comparar(caso, now, f"{caso.alumno.boleta};reporte_180;{hoy.isoformat()}")
    assert _conciliar(caso, now, seen.texto.encode()) == 1
    assert _conciliar(caso, now, data) == 0
    assert (caso.entrega().siss, caso.entrega().siss_quien) == (hoy, "coordinador")
    assert [f.que for f in _comparar(caso, now, f"{caso.alumno.boleta};reporte_180;{hoy}").filas] == ["ya"]
    ayer = hoy - timedelta(days=1)
    assert [f.que for f in _comparar(caso, now, f"{caso.alumno.boleta};reporte_180;{ayer}").filas] == [
        "cambia"
    ]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "siss.vacio"),
        (b"boleta,reporte,fecha\n", "siss.vacio"),
        (b"boleta,fecha\n1,2\n", "siss.faltan_columnas"),
        (b"PK\x03\x04", "padron.es_excel"),
        (b"boleta,reporte,fecha\n" + b"1,2,3\n" * 3001, "siss.muchas"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(
    caso: Caso, now: datetime, data: bytes, key: str
) -> None:
    with pytest.raises(Refused) as refused:
        _conciliar(caso, now, data)
    assert refused.value.key == key


def test_reconciling_takes_the_permission_and_its_own_school(
    caso: Caso, esca: Escuela, now: datetime
) -> None:
    hoy = to_local(now).date()
    data = _csv(f"{caso.alumno.boleta};reporte_180;{hoy}")
    with pytest.raises(Forbidden), escuela_scope(caso.escuela.id):
        siss.conciliar(data, actor=factories.como_coordinador(caso.escuela, "terminos"), now=now)
    with escuela_scope(esca.id):
        found = siss.comparar(data, actor=factories.como_coordinador(esca), now=now)
        db.session.commit()
    assert [f.que for f in found.filas] == ["desconocida"]


def test_the_mail_says_what_the_school_dictated(esca: Escuela) -> None:
    with escuela_scope(esca.id):
        propios = escuelas.perfil().correos
    contexto = {"nombre": "Ximena", "titulo": "Reporte 1", "reporte": True, "femenino": False, "horas": 69,
                "acumuladas": 69, "total": 480, "enlace": "https://portal.test/x"}  # fmt: skip
    text = plantillas_correo.formar_parte("entrega_aceptada", "body.txt", contexto, propios)
    assert "tu reporte ha sido aceptado, deberás cargarlo en el SISS para su validación" in text
