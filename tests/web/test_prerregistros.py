"""The pages of a prerregistro: nothing typed is lost, each person sees their own, the office's list and batches."""

from __future__ import annotations

import html
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.models import Escuela
from tests import factories
from tests.files import samples
from tests.prerregistros import MOTIVO, Caso, en_lote, fechas, registrado
from tests.services.test_cuentas import NEW

OFICINA = "/esca-ust/coordinador"


@pytest.fixture
def oficina(client: FlaskClient, esca: Escuela, now: datetime) -> FlaskClient:
    """A browser of the office."""
    return factories.sign_in(client, factories.coordinador(esca, now, "expedientes").id, now)


@pytest.fixture
def caso(esca: Escuela, now: datetime, tmp_path: Path) -> Caso:
    """An expediente that waits for the office."""
    return registrado(esca, now, tmp_path)


def formulario(escuela: Escuela, now: datetime, **changes: Any) -> dict[str, Any]:
    """The whole form, with its file."""
    inicio, termino = fechas(escuela, now)
    pdf = changes.pop("contenido", None) or samples.pdf_bytes(samples.pdf_of("Expediente"))
    values = {
        "paterno": "Ejemplo", "materno": "Ficticia", "nombre": "Dafne", "boleta": "20190B0001", "carrera": "lci",
        "semestre": "7", "genero": "F", "correo": "dafne@ejemplo.test", "prestatario": "Ayuntamiento de Prueba",
        "inicio": inicio.isoformat(), "termino": termino.isoformat(), "contrasena": NEW, "repetida": NEW,
        "archivo": (io.BytesIO(pdf), "expediente.pdf"),
    }  # fmt: skip
    return {**values, **changes}


def enviar(client: FlaskClient, data: dict[str, Any]) -> Any:
    """Post the registration."""
    return client.post("/esca-ust/registro", data=data, content_type="multipart/form-data")


def test_registering_leads_to_the_page_that_says_where_it_stands(client, esca, now):
    answer = enviar(client, formulario(esca, now))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/esca-ust/registro/estado")
    page = client.get("/esca-ust/registro/estado").text
    assert "dafne@ejemplo.test" in page
    assert "Tu expediente ya está guardado" in page


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"paterno": ""}, 400, "Escribe tu apellido paterno."),
        ({"prestatario": " "}, 400, "Escribe el nombre de tu prestatario."),
        ({"repetida": "Otra-2026!"}, 400, "Las dos contraseñas no son iguales."),
        ({"archivo": None}, 400, "Elige el PDF de tu expediente."),
        ({"contenido": b"no es un PDF"}, 422, "archivo"),
        ({"termino": "2027-01-04"}, 409, "El servicio dura al menos 6 meses"),
        ({"inicio": "2020-01-02"}, 409, "La fecha de inicio es de hace más de 120 días"),
    ],
)
def test_a_refusal_keeps_what_was_typed(client, esca, now, changes, status, sentence):
    data = {k: v for k, v in formulario(esca, now, **changes).items() if v is not None}
    answer = enviar(client, data)
    assert answer.status_code == status
    assert sentence in answer.text
    for typed in ("20190B0001", "dafne@ejemplo.test", data["inicio"]):
        assert f'value="{typed}"' in answer.text
    assert NEW not in answer.text


def test_who_lacks_credits_reads_it_where_the_expediente_is_sent_and_loses_nothing(client, esca, now):
    alumno = factories.alumno(esca, now, creditos_pct=40)
    factories.sign_in(client, alumno.usuario_id, now)
    data = formulario(esca, now)
    answer = client.post("/esca-ust/registro/expediente", data=data, content_type="multipart/form-data")
    assert answer.status_code == 409
    assert "Aún no se alcanza el porcentaje de créditos" in answer.text
    assert 'value="Ayuntamiento de Prueba"' in answer.text
    assert answer.text.count("Elige otra vez tu archivo") == 2  # in the summary and beside the field


def test_an_escuela_without_this_way_shows_the_short_form_and_so_does_the_other_way(client):
    assert "Prestatario" in client.get("/esca-ust/registro").text
    for path in ("/escom/registro", "/esca-ust/registro?via=solicitud"):
        assert "Prestatario" not in client.get(path).text


def test_whoever_was_rejected_reads_why_and_sends_a_new_version(client, esca, now, caso):
    factories.sign_in(client, caso.leer()[2].usuario_id, now)
    assert client.get("/esca-ust/alumno/").headers["Location"] == "/esca-ust/registro/estado"
    assert "En revisión" in client.get("/esca-ust/registro/estado").text
    caso.rechazar()
    page = client.get("/esca-ust/registro/estado").text
    assert MOTIVO in page
    assert "Atentamente: Coordinadora de Prueba" in page
    data = formulario(esca, now, paterno="Corregida")
    bad = client.post("/esca-ust/registro/expediente", data={**data, "prestatario": ""},
                      content_type="multipart/form-data")  # fmt: skip
    assert (bad.status_code, 'value="Corregida"' in bad.text) == (400, True)
    good = client.post("/esca-ust/registro/expediente", data=formulario(esca, now, paterno="Corregida"),
                       content_type="multipart/form-data")  # fmt: skip
    assert (good.status_code, caso.leer()[0].estado) == (302, "prerregistrado")


def test_somebody_of_the_roll_sends_one_from_their_first_page(client, esca, now):
    alumno = factories.alumno(esca, now, boleta="20190C0001", genero="")
    factories.sign_in(client, alumno.usuario_id, now)
    assert "/esca-ust/registro/expediente" in client.get("/esca-ust/alumno/").text
    data = formulario(esca, now)
    client.post("/esca-ust/registro/expediente", data=data, content_type="multipart/form-data")
    page = client.get("/esca-ust/alumno/").text
    assert "6. Constancia de liberación" in page  # a prestatario of outside: six rows
    assert "1. Estatus" in page


def test_the_list_has_every_column_of_the_seed(oficina, caso):
    page = oficina.get(f"{OFICINA}/prerregistros").text
    for heading in ("Boleta", "Nombre", "Carrera", "Semestre", "Género", "Prestatario", "Inicio", "Término", "Correo",
                    "Expediente", "Estatus", "Número", "Lista", "Fecha de envío"):  # fmt: skip
        assert f">{heading}" in page
    assert caso.boleta in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True), ("?situacion=por_revisar", True), ("?situacion=aceptados", False), ("?situacion=por_enviar", False),
        ("?plan=interno", True), ("?plan=externo", False), ("?carrera=lni", True), ("?carrera=cp", False),
        ("?q=citlali", True), ("?q=nadie", False), ("?orden=nombre", True), ("?orden=boleta", True),
        ("?orden=inicio", True), ("?orden=espera", True), ("?orden=x&situacion=y", True),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_and_sorted(oficina, caso, query, found):
    page = oficina.get(f"{OFICINA}/prerregistros{query}")
    assert (page.status_code, f">{caso.boleta}<" in page.text) == (200, found)


def test_a_decision_without_a_reason_keeps_the_page_and_one_with_it_goes_on(oficina, caso):
    here = f"{OFICINA}/prerregistros/{caso.leer()[0].public_id}"
    short = oficina.post(f"{here}/rechazar", data={"motivo": "no"})
    assert (short.status_code, "al menos 10 caracteres" in short.text) == (422, True)
    assert oficina.post(f"{here}/rechazar", data={"motivo": MOTIVO}).status_code == 302
    again = oficina.post(f"{here}/aceptar", data={})
    assert (again.status_code, caso.leer()[0].estado) == (302, "rechazado")


def test_a_review_goes_on_within_what_the_list_is_narrowed_to(oficina, esca, now, tmp_path, caso):
    """The oldest that matches comes first, one of another carrera never, and back leads to the list."""
    otra, ultima = registrado(esca, now, tmp_path, carrera="cp"), registrado(esca, now, tmp_path)
    uno, de_cp, dos = (c.leer()[0].public_id for c in (caso, otra, ultima))
    filtros = "situacion=por_revisar&carrera=lni"
    assert (
        f"/prerregistros/{uno}?{filtros}"
        in oficina.get(f"{OFICINA}/prerregistros/empezar?{filtros}").location
    )
    page = html.unescape(oficina.get(f"{OFICINA}/prerregistros/{uno}?{filtros}").text)
    assert "1 de 2" in page
    assert f"/prerregistros/{dos}?{filtros}" in page
    assert de_cp not in page
    assert f'href="{OFICINA}/prerregistros?{filtros}"' in page
    answer = oficina.post(f"{OFICINA}/prerregistros/{uno}/rechazar?{filtros}", data={"motivo": MOTIVO})
    assert answer.location == f"{OFICINA}/prerregistros/{dos}?{filtros}"
    last = oficina.post(f"{OFICINA}/prerregistros/{dos}/rechazar?{filtros}", data={"motivo": MOTIVO})
    assert last.location == f"{OFICINA}/prerregistros?{filtros}"


def test_a_number_that_is_taken_is_told_beside_its_field_with_the_rest_as_typed(
    oficina, esca, now, tmp_path, caso
):
    otro = registrado(esca, now, tmp_path)
    otro.aceptar(numero="21140/0001")
    here = f"{OFICINA}/prerregistros/{caso.leer()[0].public_id}"
    typed = {"numero": "21140/0001", "lista": "15", "fecha_envio": ""}
    refused = oficina.post(f"{here}/aceptar", data=typed)
    assert refused.status_code == 422
    assert "ya es de otro servicio" in refused.text
    assert 'value="15"' in refused.text
    assert "El siguiente es 21140/0002" in refused.text
    assert oficina.post(f"{here}/aceptar", data={**typed, "numero": "21140/0002"}).status_code == 302
    kept = oficina.post(f"{here}/registro", data={**typed, "numero": "21140/0002", "lista": "16"})
    assert (kept.status_code, caso.leer()[1].lista) == (302, "16")


def test_what_was_not_seen_is_not_decided(oficina, caso):
    here = f"{OFICINA}/prerregistros/{caso.leer()[0].public_id}"
    refused = oficina.post(f"{here}/aceptar?visto=otra", data={})
    assert (refused.status_code, "versión nueva" in refused.text) == (422, True)


def test_a_batch_is_made_downloaded_and_sent_once(oficina, caso, now):
    caso.aceptar(numero="21140/0001")
    nothing = oficina.post(f"{OFICINA}/prerregistros/lote", data={})
    assert nothing.headers["Location"].endswith("situacion=por_enviar")
    made = oficina.post(f"{OFICINA}/prerregistros/lote", data={"todos": "1"})
    here = made.headers["Location"]
    with zipfile.ZipFile(io.BytesIO(oficina.get(f"{here}/expedientes.zip").data)) as archive:
        assert len(archive.namelist()) == 3
        assert archive.testzip() is None
    assert oficina.get(f"{here}/relacion.xlsx").data.startswith(b"PK")
    assert oficina.get(f"{here}/relacion.pdf").data.startswith(b"%PDF")
    bad = oficina.post(f"{here}/enviar", data={"fecha": "2999-01-01"})
    assert (bad.status_code, "no puede ser futura" in bad.text) == (422, True)
    for _ in range(2):
        assert oficina.post(f"{here}/enviar", data={"fecha": "2026-01-05"}).status_code == 302
    assert caso.leer()[1].fecha_envio.isoformat() == "2026-01-05"
    assert "Marcar como enviado" not in oficina.get(here).text
    assert oficina.post(f"{here}/descartar").status_code == 409


def test_a_batch_of_another_escuela_does_not_exist(client, escom, esca, now, caso):
    caso.aceptar()
    lote = en_lote(esca, now)
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    for path in ("", "/expedientes.zip", "/relacion.pdf"):
        assert client.get(f"/escom/coordinador/lotes/{lote.public_id}{path}").status_code == 404
    assert client.get(f"/escom/coordinador/prerregistros/{caso.leer()[0].public_id}").status_code == 404
