"""Avisos in the browser: written, seen as they will be read, published, corrected, read by those whom they are for."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Alumno, Aviso, AvisoArchivo, Escuela, db
from portal.queries import avisos as queries
from portal.queries import proyectos
from portal.services import avisos
from portal.services.avisos import Contenido
from portal.web.marcado import marcado
from tenants.scope import escuela_scope
from tests import factories
from tests.files.samples import pdf_bytes, pdf_of

LISTA = "/escom/coordinador/avisos"


@pytest.fixture
def oficina(client: FlaskClient, escom: Escuela, now: datetime) -> FlaskClient:
    persona = factories.coordinador(escom, now, "expedientes")
    return factories.sign_in(client, persona.id, now)


def _pdf(nombre: str = "formato.pdf") -> tuple[io.BytesIO, str]:
    return io.BytesIO(pdf_bytes(pdf_of("Formato de prueba"))), nombre


def _datos(now: datetime, **cambios: Any) -> dict[str, Any]:
    hoy = to_local(now).date().isoformat()
    return {"titulo": "Formatos nuevos", "texto": "Ya están.", "para": "alumnos", "desde": hoy, **cambios}


def _aviso(escuela: Escuela, now: datetime, **cambios: Any) -> Aviso:
    """A published one."""
    hoy = to_local(now).date()
    actor = factories.como_coordinador(escuela)
    values: dict[str, Any] = {"titulo": "Aviso", "texto": "Texto.", "para": "todos", "desde": hoy, **cambios}
    with escuela_scope(escuela.id):
        draft = avisos.escribir(Contenido(**values), actor=actor, now=now)
        return avisos.publicar(draft.public_id, actor=actor, now=now)


def _ultimo(escuela: Escuela) -> Aviso:
    with escuela_scope(escuela.id):
        found = db.session.scalars(select(Aviso).order_by(Aviso.version.desc(), Aviso.id.desc())).first()
        assert found is not None
        db.session.commit()
        return found


def test_an_aviso_is_written_seen_and_published_with_its_format(
    oficina: FlaskClient, escom: Escuela, now: datetime
) -> None:
    assert oficina.get(f"{LISTA}/nuevo").status_code == 200
    answer = oficina.post(f"{LISTA}/nuevo", data={**_datos(now), "archivos": [_pdf()]})
    assert answer.status_code == 302, answer.text
    page = oficina.get(answer.location).text
    assert "formato.pdf" in page
    assert "Borrador" in page
    assert "Quién lo ha leído" not in page
    assert oficina.post(f"{answer.location}/publicar").status_code == 302
    assert _ultimo(escom).estado == "publicado"
    assert "0 de 0 alumnos" in oficina.get(answer.location).text


@pytest.mark.parametrize(
    ("cambios", "dice"),
    [
        ({"titulo": " "}, "Escriba el título."),
        ({"texto": ""}, "Escriba el texto."),
        ({"desde": ""}, "Escriba desde qué día se muestra."),
        ({"desde": "2031-02-02", "hasta": "2031-02-01"}, "El último día debe ser el mismo"),
        ({"desde": "2020-02-02", "hasta": "2020-02-03"}, "El último día ya pasó"),
        ({"para": "nadie"}, "¿Para quién es?"),
        ({"carreras": ["ninguna"]}, "Solo para estas carreras"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(
    oficina: FlaskClient, escom: Escuela, now: datetime, cambios: dict[str, Any], dice: str
) -> None:
    typed = {**_datos(now), "titulo": "Título tecleado", "texto": "Texto tecleado", **cambios}
    answer = oficina.post(f"{LISTA}/nuevo", data=typed)
    assert answer.status_code == 422
    assert dice in answer.text
    for name in ("titulo", "texto"):
        assert typed[name] in answer.text
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Aviso)).all() == []


def test_a_file_that_is_no_pdf_is_refused_with_what_was_typed(oficina: FlaskClient, now: datetime) -> None:
    data = {**_datos(now), "archivos": [(io.BytesIO(b"hola"), "notas.txt")]}
    answer = oficina.post(f"{LISTA}/nuevo", data=data)
    assert answer.status_code == 422
    assert "Formatos nuevos" in answer.text


def test_a_draft_is_changed_and_its_format_taken_off(
    oficina: FlaskClient, escom: Escuela, now: datetime
) -> None:
    where = oficina.post(f"{LISTA}/nuevo", data={**_datos(now), "archivos": [_pdf()]}).location
    with escuela_scope(escom.id):
        archivo = db.session.scalars(select(AvisoArchivo)).one().public_id
    assert oficina.get(f"{where}/formatos/{archivo}").data.startswith(b"%PDF")
    assert oficina.post(f"{where}/formatos/{archivo}/quitar").status_code == 302
    changed = {**_datos(now), "titulo": "Otro título", "archivos": [_pdf("dos.pdf")]}
    assert oficina.post(f"{where}/editar", data=changed).status_code == 302
    page = oficina.get(where).text
    assert "Otro título" in page
    assert "dos.pdf" in page
    assert "formato.pdf" not in page


def test_a_corrected_aviso_is_a_new_version_that_is_unread_again(
    oficina: FlaskClient, app: Any, escom: Escuela, now: datetime
) -> None:
    aviso = _aviso(escom, now, para="alumnos")
    quien = factories.alumno(escom, now)
    reader = factories.sign_in(app.test_client(), quien.usuario_id or 0, now)
    assert "Nuevo" in reader.get("/escom/alumno/").text
    assert reader.get(f"/escom/alumno/avisos/{aviso.public_id}").status_code == 200
    assert "Nuevo" not in reader.get("/escom/alumno/avisos").text
    page = oficina.get(f"{LISTA}/{aviso.public_id}").text
    assert "1 de 1 alumnos" in page
    draft = oficina.post(f"{LISTA}/{aviso.public_id}/version").location
    assert oficina.post(f"{LISTA}/{aviso.public_id}/version").location == draft  # one draft at a time
    assert reader.get(f"/escom/alumno/avisos/{aviso.public_id}").status_code == 200
    changed = {**_datos(now), "titulo": "Aviso corregido"}
    assert oficina.post(draft, data=changed).status_code == 302
    assert oficina.post(draft.replace("/editar", "/publicar")).status_code == 302
    assert reader.get(f"/escom/alumno/avisos/{aviso.public_id}").status_code == 404
    mine = reader.get("/escom/alumno/avisos").text
    assert "Aviso corregido" in mine
    assert "Nuevo" in mine
    assert oficina.get(draft).status_code == 302  # what is published has no form
    assert oficina.post(draft, data=changed).status_code == 409


def test_who_has_read_it_and_who_has_not(
    oficina: FlaskClient, app: Any, escom: Escuela, now: datetime
) -> None:
    aviso = _aviso(escom, now)
    uno, dos = (factories.alumno(escom, now) for _ in range(2))
    host, persona = factories.dependencia(now)
    factories.convenio(escom, host, now)
    visitor = factories.sign_in(app.test_client(), persona.id, now)
    assert aviso.titulo in visitor.get("/dependencia/").text
    assert visitor.get(f"/dependencia/escom/avisos/{aviso.public_id}").status_code == 200
    factories.sign_in(app.test_client(), uno.usuario_id or 0, now).get(
        f"/escom/alumno/avisos/{aviso.public_id}"
    )
    where = f"{LISTA}/{aviso.public_id}/lectores"
    pendientes, leidos = (oficina.get(f"{where}?ver={ver}").text for ver in ("sin_leer", "leidos"))
    assert (uno.boleta in pendientes, dos.boleta in pendientes) == (False, True)
    assert (uno.boleta in leidos, dos.boleta in leidos) == (True, False)
    assert host.razon_social in oficina.get(f"{where}?quien=dependencias&ver=leidos").text
    assert host.razon_social not in oficina.get(f"{where}?quien=dependencias").text


@pytest.mark.parametrize(
    ("cambios", "alumno", "dependencia", "todos"),
    [
        ({"para": "todos", "publico": True}, True, True, True),
        ({"para": "todos"}, True, True, False),
        ({"para": "alumnos"}, True, False, False),
        ({"para": "dependencias"}, False, True, False),
        ({"para": "todos", "publico": True, "carreras": ("isc",)}, True, False, False),
        ({"para": "todos", "publico": True, "carreras": ("lcd",)}, False, False, False),
        ({"para": "alumnos", "planes": ("general",)}, False, False, False),
        ({"para": "todos", "publico": True, "desde": 1}, False, False, False),
    ],
)
def test_an_aviso_is_seen_by_those_whom_it_is_for_and_by_nobody_else(
    app: Any,
    escom: Escuela,
    now: datetime,
    cambios: dict[str, Any],
    alumno: bool,
    dependencia: bool,
    todos: bool,
) -> None:
    if "desde" in cambios:
        cambios = {**cambios, "desde": to_local(now).date() + timedelta(days=cambios["desde"])}
    aviso = _aviso(escom, now, **cambios)
    host, persona = factories.dependencia(now)
    factories.convenio(escom, host, now)
    quien = factories.alumno(escom, now, carrera="isc")
    seen = {
        "/escom/alumno/avisos": (quien.usuario_id, alumno),
        "/dependencia/escom/avisos": (persona.id, dependencia),
        "/escom/avisos": (None, todos),
    }
    for base, (usuario_id, may) in seen.items():
        browser = app.test_client()
        if usuario_id:
            factories.sign_in(browser, usuario_id, now)
        assert browser.get(f"{base}/{aviso.public_id}").status_code == (200 if may else 404), base
    assert (aviso.public_id in app.test_client().get("/escom/").text) is todos


def test_an_underscore_in_a_clave_stands_for_itself(escom: Escuela, now: datetime) -> None:
    aviso, hoy = _aviso(escom, now, carreras=("isc",)), to_local(now).date()
    convenio = factories.convenio(escom, factories.dependencia(now)[0], now)
    proyecto = factories.proyecto(escom, convenio, now, carreras=["isc"])
    with escuela_scope(escom.id):
        de_uno = [
            queries.de_alumno(Alumno(carrera=carrera, usuario_id=1), "", hoy)
            for carrera in ("isc", "is_", "%")
        ]
        assert [[r.public_id for r in found] for found in de_uno] == [[aviso.public_id], [], []]
        for carrera, found in (("isc", [proyecto.public_id]), ("is_", [])):
            pagina = proyectos.buscar(proyectos.Filtro(carrera=carrera), hoy)
            assert [p.public_id for p in pagina.filas] == found


def test_what_is_over_is_put_away_by_itself(oficina: FlaskClient, escom: Escuela, now: datetime) -> None:
    aviso = _aviso(escom, now, titulo="Ya terminó", hasta=to_local(now).date())
    with escuela_scope(escom.id):
        assert avisos.archivar(now) == 0
        assert avisos.archivar(now + timedelta(days=1)) == 1
        assert avisos.archivar(now + timedelta(days=1)) == 0
    assert aviso.titulo not in oficina.get(LISTA).text
    assert aviso.titulo in oficina.get(f"{LISTA}?ver=anteriores").text
    assert oficina.post(f"{LISTA}/{aviso.public_id}/retirar").status_code == 302
    assert _ultimo(escom).estado == "archivado"


def test_an_aviso_is_withdrawn(oficina: FlaskClient, app: Any, escom: Escuela, now: datetime) -> None:
    aviso = _aviso(escom, now, publico=True)
    assert oficina.post(f"{LISTA}/{aviso.public_id}/retirar").status_code == 302
    assert app.test_client().get(f"/escom/avisos/{aviso.public_id}").status_code == 404


@pytest.mark.parametrize(
    ("texto", "html"),
    [
        ("uno\ndos\n\ntres", '<p class="govuk-body">uno<br>dos</p>\n<p class="govuk-body">tres</p>'),
        ("- uno\n- dos", '<ul class="govuk-list govuk-list--bullet"><li>uno</li><li>dos</li></ul>'),
        (
            "Lleva:\n- uno",
            '<p class="govuk-body">Lleva:</p>\n<ul class="govuk-list govuk-list--bullet"><li>uno</li></ul>',
        ),
        ("**hoy** 2 ** 3", '<p class="govuk-body"><strong>hoy</strong> 2 ** 3</p>'),
        ("<script>x</script>", '<p class="govuk-body">&lt;script&gt;x&lt;/script&gt;</p>'),
        (
            "Ve a https://ejemplo.test/a?b=1&c=2.",
            '<p class="govuk-body">Ve a <a class="govuk-link" href="https://ejemplo.test/a?b=1&amp;c=2" '
            'rel="noopener nofollow">https://ejemplo.test/a?b=1&amp;c=2</a>.</p>',
        ),
        ("javascript:alert(1)", '<p class="govuk-body">javascript:alert(1)</p>'),
        ("", ""),
    ],
)
def test_the_small_markup_lets_nothing_else_pass(texto: str, html: str) -> None:
    assert str(marcado(texto)) == html
