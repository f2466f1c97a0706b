"""A fourth school, written only as data in this file, walks the same engine from the command line to the constancia.

500 hours, three reports every two months that dependencia and school review, its own words, letters and folios.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import create_app
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.models import Carta, Documento, Escuela, db
from portal.services import documentos, escuelas, finalizacion, perfiles
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests.conftest import Browser, settings_for
from tests.letters.ayuda import texto_de
from tests.test_cli import portal

SLUG = "instituto-del-mar"
ESCUELA = """
slug = "instituto-del-mar"
nombre = "Instituto del Mar de Prueba"
siglas = "IMP"
institucion = "Universidad Costera de Prueba"
oficina = "Coordinación de Vinculación"
domicilio = "Malecón 1, Puerto Ficticio"
lugar = "Puerto Ficticio"
correo = "vinculacion@mar.test"
telefono = "622 555 0100"
proposito = "Aquí llevas tu servicio a la comunidad."
color = "#134e4a"
vias = ["solicitud"]
semestres = 9
destinatario_termino = "coordinacion"

[boleta]
nombre = "Matrícula"
patron = 'M\\d{6}'
ejemplo = "M000123"
ayuda = "Una M y seis dígitos."

[[carreras]]
clave = "oceanologia"
nombre = "Oceanología"

[[planes]]
clave = "comunitario"
nombre = "Servicio a la comunidad"
horas_totales = 500
meses_minimos = 6
meses_maximos = 12
creditos_minimos_pct = 60

[[documentos_dependencia]]
clave = "acta"
nombre = "Acta constitutiva"
ayuda = "Completa, en un PDF."

[[firmantes]]
rol = "coordinacion"
nombre = "Marina Ficticia Arrecife"
tratamiento = "Dra."
cargo = "Coordinadora de Vinculación"
genero = "femenino"
desde = 2020-01-01
"""
REPORTE = """
[[planes.entregas]]
clave = "bimestre_{n}"
nombre = "Informe bimestral {n}"
tipo = "reporte"
sube = "alumno"
revisan = ["dependencia", "coordinador"]
abre = {abre}
meta_horas = {horas}
pide_horas = true
"""
TERMINO = """
[[planes.entregas]]
clave = "carta_termino"
nombre = "Carta de término"
articulo = "la"
tipo = "carta_termino"
sube = "sistema"
abre = ["anteriores_aceptadas", "horas_completas"]
"""
CARTAS = ("presentacion", "constancia_estudios", "convenio", "aceptacion", "baja", "termino", "finalizacion",
          "relacion", "reporte_alumnos", "reporte_dependencias")  # fmt: skip
FINALIZACION = """
version = 1
titulo = "Constancia de servicio a la comunidad"

[[bloques]]
texto = "Hago constar que <b>{{ alumno_nombre }}</b>, con {{ boleta_rotulo }} {{ alumno_boleta }}, sirvió a la comunidad durante {{ horas|horas_en_letra }} en {{ dependencia_razon_social }}, del {{ fecha_inicio|en_letra }} al {{ fecha_termino|en_letra }}."

[valores]
boleta_rotulo = "matrícula"
"""  # noqa: E501
HORAS = {"bimestre_1": 167, "bimestre_2": 167, "bimestre_3": 166}


def carpeta(where: Path) -> Path:
    """The school as a folder of data."""
    steps = [
        REPORTE.format(n=n, abre='["anterior_aceptada"]' if n > 1 else "[]", horas=horas)
        for n, horas in ((1, 167), (2, 334), (3, 500))
    ]
    letters = [
        f'[cartas.{tipo}]\nprefijo = "M{n}"\nfolio = "{{prefijo}}-{{numero:03d}}/{{anio}}"\n'
        + ("" if tipo in ("aceptacion", "termino") else 'firma = "coordinacion"\n')
        for n, tipo in enumerate(CARTAS)
    ]
    head, _, rest = ESCUELA.partition("[[documentos_dependencia]]")
    whole = "".join([head, *steps, TERMINO, "\n[[documentos_dependencia]]", rest, *letters])
    (where / "cartas").mkdir(parents=True)
    (where / "escuela.toml").write_text(whole, encoding="utf-8")
    (where / "cartas" / "finalizacion.toml").write_text(FINALIZACION, encoding="utf-8")
    return where


@pytest.fixture(scope="module")
def creada(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data folder of a portal in which one command made the school, and the address that it printed."""
    where = tmp_path_factory.mktemp("cuarta")
    folder = carpeta(where / "carpeta")
    assert portal(where / "data", "escuela", "validar", str(folder)).output == "La carpeta es válida.\n"
    done = portal(
        where / "data", "escuela", "crear", str(folder), "--correo", "marina@mar.test", "--nombre", "Marina Ficticia",
        PORTAL_SECRET_KEY="k" * 40,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return where / "data", re.findall(r"https?://\S+/enlace/\S+", done.output)[0]


@pytest.fixture
def cuarta(creada: tuple[Path, str]) -> Iterator[tuple[Flask, Escuela]]:
    """The portal with the school alone in it."""
    app = create_app(settings_for(creada[0]))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    with app.app_context():
        found = escuelas.por_slug(SLUG)
        assert found is not None
        yield app, found
        db.session.remove()
        db.engine.dispose()


def drenar() -> None:
    from worker.outbox import sweep

    db.session.commit()
    sweep(lambda: datetime.now(UTC))


def caso(escuela: Escuela, now: datetime, matricula: str) -> en_servicio.Caso:
    """An alumno whose last day is today."""
    quien = factories.alumno(escuela, now, boleta=matricula)
    return en_servicio.caso(escuela, now, alumno=quien, termino=to_local(now).date())


def carta(de: en_servicio.Caso, tipo: str) -> tuple[Carta, str]:
    """An issued letter and what it says."""
    with escuela_scope(de.escuela.id):
        found = db.session.scalars(
            select(Carta).where(Carta.servicio_id == de.servicio.id, Carta.tipo == tipo)
        ).one()
        documento = db.session.scalars(select(Documento).where(Documento.id == found.documento_id)).one()
        with documentos.abrir(documento) as stream:
            return found, " ".join(texto_de(stream.read()).split())


def test_it_walks_from_its_first_report_to_its_constancia(
    cuarta: tuple[Flask, Escuela], now: datetime
) -> None:
    _, escuela = cuarta
    de = caso(escuela, now, "M000777")
    assert [e.clave for e in en_servicio._todas(de)] == [*HORAS, "carta_termino"]
    with pytest.raises(Refused):
        cierre.emitir(de, now)
    for clave, horas in HORAS.items():
        en_servicio.enviar(de, now, clave, horas)
        assert en_servicio.decidir(de, now, clave, de.como_dependencia).estado == "en_revision"
        assert en_servicio.decidir(de, now, clave, de.como_coordinador).estado == "aceptada"
    assert de.leer().horas_aceptadas == 500
    cierre.emitir(de, now)
    for quien in (cierre.JEFA, cierre.GERENTE):
        cierre.firmar(de, now, quien)
    drenar()
    assert de.leer().estado == "terminado"
    with escuela_scope(escuela.id):
        finalizacion.finalizar(de.servicio.public_id, actor=de.como_coordinador, now=now)
    drenar()
    assert de.leer().estado == "liberado"
    found, said = carta(de, "finalizacion")
    assert found.folio == f"M6-001/{to_local(now).year}"
    for words in (
        "Constancia de servicio a la comunidad".upper(),
        "matrícula M000777",
        "500 (quinientas) horas",
    ):
        assert words.casefold() in said.casefold(), said
    assert "Dra. Marina Ficticia Arrecife" in said


def test_no_step_opens_before_its_condition(cuarta: tuple[Flask, Escuela], now: datetime) -> None:
    de = caso(cuarta[1], now, "M000778")
    with pytest.raises(Refused):
        en_servicio.enviar(de, now, "bimestre_2", 167)
    en_servicio.aceptada(de, now, "bimestre_1", 167)
    assert [e.estado for e in en_servicio._todas(de)] == ["aceptada", "habilitada", "bloqueada", "bloqueada"]


def test_its_pages_speak_its_words(cuarta: tuple[Flask, Escuela], now: datetime) -> None:
    app, escuela = cuarta
    de = caso(escuela, now, "M000779")
    alumno = factories.sign_in(app.test_client(), de.alumno.usuario_id, now)
    home = alumno.get(f"/{SLUG}/alumno/").text
    for words in ("Informe bimestral 1", "500", "M000779"):
        assert words in home
    office = factories.sign_in(app.test_client(), de.coordinador.id, now)
    page = office.get(f"/{SLUG}/coordinador/expedientes/{de.servicio.public_id}")
    assert (page.status_code, "Informe bimestral 3" in page.text) == (200, True)
    assert "Aquí llevas tu servicio a la comunidad." in app.test_client().get(f"/{SLUG}/").text


def test_its_first_coordinador_comes_in_by_the_printed_link_and_is_led_to_a_test_letter(
    cuarta: tuple[Flask, Escuela], creada: tuple[Path, str]
) -> None:
    app, escuela = cuarta
    client: Any = app.test_client()
    path = creada[1].partition("//")[2].partition("/")[2]
    assert client.get(f"/{path}").status_code == 200
    done = client.post(f"/{path}", data={"nueva": "Arrecife-2026!", "repetida": "Arrecife-2026!"})
    assert done.status_code in (302, 303), done.text
    credentials = {"usuario": "marina@mar.test", "contrasena": "Arrecife-2026!"}
    client.post(f"/{SLUG}/ingresar", data=credentials)
    base = f"/{SLUG}/coordinador/administracion"
    assert "Ponga en marcha su escuela" in client.get(f"/{SLUG}/coordinador/").text
    assert "Ponga en marcha su escuela" in client.get(base).text
    letter = client.post(f"{base}/carta-de-prueba", data={"carta": "finalizacion"})
    assert letter.mimetype == "application/pdf"
    said = " ".join(texto_de(letter.data).split())
    assert "MUESTRA" in said
    assert "sirvió a la comunidad" in said
    with escuela_scope(escuela.id):
        assert perfiles.leer().revisadas == {perfiles.CARTA_DE_PRUEBA}
