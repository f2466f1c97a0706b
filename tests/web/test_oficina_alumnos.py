"""Alumnos in the browser: confirmed one by one or many at once, invited, and imported after a preview."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.models import Alumno, Correo, Documento, Escuela, db
from portal.services import padron_archivo
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.web import oficina

BASE = "/escom/coordinador/alumnos"
PADRON = (
    "boleta;nombre;apellido_paterno;apellido_materno;correo;carrera\n"
    "2022630001;Ana Sofía;Robles;Muñoz;ana@ejemplo.test;isc\n"
    "2022630002;Beto;Luna;;beto@ejemplo.test;iia\n"
    "20226;=1+1;;;x;medicina\n"
)


@pytest.fixture
def office(client: FlaskClient, escom: Escuela, now: datetime) -> FlaskClient:
    return factories.sign_in(client, factories.coordinador(escom, now, "expedientes").id, now)


def registrado(escom: Escuela, now: datetime, **fields: object) -> Alumno:
    return factories.alumno(escom, now, estado="por_confirmar", origen="registro", **fields)


def estados(escom: Escuela) -> list[str]:
    with escuela_scope(escom.id):
        return list(db.session.scalars(select(Alumno.estado).order_by(Alumno.id)))


def subir(office: FlaskClient, data: bytes | str, name: str = "padron.csv") -> object:
    body = data.encode("latin-1") if isinstance(data, str) else data
    return office.post(f"{BASE}/padron", data={"archivo": (io.BytesIO(body), name)})


def test_a_registration_is_confirmed_and_the_next_one_opens(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    first, second = registrado(escom, now), registrado(escom, now)
    page = office.get(f"{BASE}/{first.public_id}").text
    assert "¿Es alumno de esta escuela?" in page
    answer = office.post(f"{BASE}/{first.public_id}/confirmar")
    assert answer.location == f"{BASE}/{second.public_id}"
    assert estados(escom) == ["activo", "por_confirmar"]
    again = office.post(f"{BASE}/{first.public_id}/confirmar")
    assert again.status_code == 409
    assert "ya cambió" in again.text
    drain()
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Correo.plantilla)).all() == ["alumno_confirmado"]


def test_a_rejection_needs_a_reason_and_keeps_what_was_typed(
    office: FlaskClient, escom: Escuela, now: datetime
) -> None:
    alumno = registrado(escom, now)
    url = f"{BASE}/{alumno.public_id}"
    short = office.post(f"{url}/rechazar", data={"motivo": "No sé"})
    assert short.status_code == 409
    assert "No sé" in short.text
    assert "al menos 10 caracteres" in short.text
    assert office.post(f"{url}/rechazar", data={"motivo": "La boleta es de otra persona."}).location == BASE
    assert estados(escom) == ["rechazado"]
    assert "La boleta es de otra persona." in office.get(url).text


def test_many_are_confirmed_by_the_same_rules(office: FlaskClient, escom: Escuela, now: datetime) -> None:
    some = [registrado(escom, now) for _ in range(3)]
    done = factories.alumno(escom, now)
    data = {"alumno": [a.public_id for a in some[:2]] + [done.public_id, "nadie"]}
    page = office.post(f"{BASE}/confirmar", data=data, follow_redirects=True).text
    assert "Confirmó a 2 alumnos." in page
    assert "Esto ya cambió" in page
    assert estados(escom) == ["activo", "activo", "por_confirmar", "activo"]
    assert "Marque al menos un alumno" in office.post(f"{BASE}/confirmar", follow_redirects=True).text


@pytest.mark.parametrize(
    ("args", "cuantos"),
    [
        ("", "60 alumnos"),
        ("estado=por_confirmar", "30 alumnos"),
        ("q=2021200003", "1 alumno"),
        ("q=zzz", "0 alumnos"),
    ],
)
def test_the_list_narrows(
    office: FlaskClient, escom: Escuela, now: datetime, args: str, cuantos: str
) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(escom, host, now, 30)
    page = office.get(f"{BASE}?{args}").text
    assert cuantos in page
    assert ("Confirmar seleccionados" in page) is ("por_confirmar" in args)


def test_one_alumno_is_invited(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    data = {"nombre": "Ana", "paterno": "Robles", "boleta": "20226", "correo": "ana", "carrera": "isc"}
    bad = office.post(f"{BASE}/invitar", data=data)
    assert bad.status_code == 400
    assert 'value="Robles"' in bad.text
    assert "Debe ser como 2021630001" in bad.text
    data |= {"boleta": "2022630001", "correo": "Ana@ejemplo.test"}
    page = office.post(f"{BASE}/invitar", data=data, follow_redirects=True).text
    assert "La invitación va en camino a ana@ejemplo.test" in page
    twice = office.post(f"{BASE}/invitar", data=data)
    assert twice.status_code == 409
    assert "Ya hay un alumno con esa boleta" in twice.text
    drain()
    with escuela_scope(escom.id):
        alumno = db.session.scalar(select(Alumno))
        assert db.session.scalars(select(Correo.plantilla)).all() == ["alumno_invitado"]
    page = office.post(f"{BASE}/{alumno.public_id}/invitar", follow_redirects=True).text
    assert "Otra invitación va en camino" in page


def test_a_roll_is_seen_before_it_is_imported_and_twice_is_once(
    office: FlaskClient, escom: Escuela, now: datetime
) -> None:
    where = subir(office, PADRON).location  # type: ignore[attr-defined]
    page = office.get(where).text
    for words in ("Ana Sofía", "Muñoz", "Importar 2 alumnos", "parece una fórmula", ">4<"):
        assert words in page, words
    assert estados(escom) == []
    huella = re.search(r'name="huella" value="(\w+)"', page)[1]  # type: ignore[index]
    answer = office.post(where, data={"huella": huella}, follow_redirects=True)
    assert "2 alumnos nuevos, invitados por correo" in answer.text
    assert estados(escom) == ["invitado", "invitado"]
    again = office.post(where, data={"huella": huella}, follow_redirects=True)
    assert "No había nada que importar" in again.text
    assert estados(escom) == ["invitado", "invitado"]


def test_what_was_not_seen_is_not_written(office: FlaskClient, escom: Escuela, now: datetime) -> None:
    where = subir(office, PADRON).location  # type: ignore[attr-defined]
    huella = re.search(r'name="huella" value="(\w+)"', office.get(where).text)[1]  # type: ignore[index]
    factories.alumno(escom, now, con_cuenta=False, boleta="2022630002", nombre="Beto", estado="invitado")
    answer = office.post(where, data={"huella": huella})
    assert answer.status_code == 409
    assert "cambiaron después de la vista previa" in answer.text
    assert "Importar 2 alumnos" in answer.text
    with escuela_scope(escom.id):
        assert db.session.scalar(select(func.count(Alumno.id))) == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04", "Es un libro de Excel"),
        (b"", "Faltan estas columnas"),
        (b"boleta,nombre\n", "Faltan estas columnas: apellido_paterno, correo, carrera"),
        (bytes(range(256)), "no es un CSV"),
    ],
)
def test_what_is_not_a_roll_is_told_on_the_form(office: FlaskClient, data: bytes, sentence: str) -> None:
    answer = subir(office, data)
    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert sentence in answer.text  # type: ignore[attr-defined]
    assert "<title>Error: " in answer.text  # type: ignore[attr-defined]


def test_no_file_and_too_large_a_file_are_told(office: FlaskClient) -> None:
    assert "Elija el archivo CSV" in office.post(f"{BASE}/padron", data={}).text
    assert subir(office, b"x" * (padron_archivo.MAX_BYTES + 1)).status_code == 413  # type: ignore[attr-defined]


def test_the_template_is_offered(office: FlaskClient) -> None:
    answer = office.get(f"{BASE}/padron/plantilla.csv")
    assert answer.data.startswith("\ufeffboleta,nombre,apellido_paterno".encode())
    assert "plantilla-padron.csv" in answer.headers["Content-Disposition"]


def test_a_roll_of_another_escuela_does_not_exist(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "padron.csv"
    path.write_text(PADRON, encoding="utf-8")
    person = factories.coordinador(esca, now)
    with escuela_scope(escom.id):
        from portal.domain.access import Actor

        actor = Actor("coordinador", "Oficina", escuela_id=escom.id, permisos=frozenset({"expedientes"}))
        documento = padron_archivo.guardar(path, "padron.csv", actor=actor, now=now)
        with unit_of_work(now) as uow:
            other = uow.add(
                Documento(
                    tipo="foto",
                    almacen="x",
                    clave="y",
                    nombre="z",
                    mime="image/png",
                    bytes=1,
                    sha256="0",
                    avisos=[],
                )
            )
    factories.sign_in(client, person.id, now)
    for public_id in (documento.public_id, other.public_id):
        assert client.get(f"/esca-ust/coordinador/alumnos/padron/{public_id}").status_code == 404
        assert client.post(f"/esca-ust/coordinador/alumnos/padron/{public_id}").status_code == 404


@pytest.mark.parametrize("url", ["", "/invitar", "/padron", "/padron/plantilla.csv"])
def test_the_roll_is_for_who_keeps_expedientes(
    client: FlaskClient, escom: Escuela, now: datetime, url: str
) -> None:
    factories.sign_in(client, factories.coordinador(escom, now, "reportes").id, now)
    assert client.get(f"{BASE}{url}").status_code == 403


@pytest.mark.parametrize("accion", ["confirmar", "rechazar", "invitar"])
def test_nobody_decides_without_the_permission(
    client: FlaskClient, escom: Escuela, now: datetime, accion: str
) -> None:
    alumno = registrado(escom, now)
    factories.sign_in(client, factories.coordinador(escom, now, "reportes").id, now)
    assert client.post(f"{BASE}/{alumno.public_id}/{accion}", data={"motivo": "x" * 20}).status_code == 403
    assert estados(escom) == ["por_confirmar"]
