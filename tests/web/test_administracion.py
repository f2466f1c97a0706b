"""The pages where an office writes how its escuela works, walked as a browser without JavaScript does."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select

from portal.models import Escuela, Miembro, PerfilBorrador, Usuario, db
from portal.services import perfiles
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.files import samples
from tests.perfiles import guardar

BASE = "/escom/coordinador/administracion"


@pytest.fixture
def admin(client, escom, now):
    """A browser in which somebody of the office is signed in."""
    return factories.sign_in(client, factories.coordinador(escom, now, nombre="Jefa de Prueba").id, now)


class Campos(HTMLParser):
    """The fields of the page's main form, as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.area = self.choice = ""
        self.feed(html[html.index("data-guardar") :].partition("</form>")[0].partition(">")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "input" and (a.get("type") != "checkbox" or "checked" in a) and a.get("name"):
            self.found.append((str(a["name"]), a.get("value") or ""))
        elif tag == "textarea":
            self.area = str(a["name"])
            self.found.append((self.area, ""))
        elif tag == "select":
            self.choice = str(a["name"])
        elif tag == "option" and "selected" in a:
            self.found.append((self.choice, a.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            name, value = self.found.pop()
            self.found.append((name, value + (data if value else data.removeprefix("\n"))))


def campos(client: Any, path: str, **changes: Any) -> dict[str, list[str]]:
    """What the page's form would send with some fields changed."""
    page = client.get(f"{BASE}/{path}")
    assert page.status_code == 200, page.status
    sent: dict[str, list[str]] = {}
    for name, value in Campos(page.text).found:
        sent.setdefault(name, []).append(value)
    for name, value in changes.items():
        sent[name.replace("__", "-")] = value if isinstance(value, list) else [value]
    return sent


def enviar(client: Any, path: str, hacer: str = "guardar", **changes: Any) -> Any:
    return client.post(f"{BASE}/{path}", data={**campos(client, path, **changes), "hacer": hacer})


def borrador(escuela: Escuela) -> perfiles.Borrador:
    with escuela_scope(escuela.id):
        return perfiles.leer()


def test_the_sections_stand_on_one_page_and_only_administracion_opens_it(admin, app, escom, now):
    page = admin.get(BASE)
    for words in (
        "Identidad",
        "Firmantes",
        "Planes y entregas",
        "Calendario",
        "Textos de correos",
        "Personas de la oficina",
    ):
        assert words in page.text
    other = factories.sign_in(app.test_client(), factories.coordinador(escom, now, "reportes").id, now)
    assert other.get(BASE).status_code == 403
    assert "Administración" not in other.get("/escom/coordinador/expedientes").text


def test_whatever_is_opened_from_here_lights_its_section_in_the_menu(admin):
    main = admin.get(BASE).text.partition("<main")[2].partition("</main>")[0]
    linked = dict.fromkeys(re.findall(r'href="(/escom/[^"#]+)"', main))
    assert "/escom/coordinador/plantillas" in linked
    lit = {
        path: re.findall(r'portal-nav__enlace" href="([^"]+)" aria-current="page"', admin.get(path).text)
        for path in linked
    }
    assert {path: found for path, found in lit.items() if found != [BASE, BASE]} == {}


PAGINAS = ["identidad", "carreras", "firmantes", "planes", "calendario", "vias", "internos", "documentos", "alumnos",
           "zonas", "motivos", "revision", "limites", "cartas"]  # fmt: skip


@pytest.mark.parametrize("pagina", PAGINAS)
def test_a_page_that_is_saved_as_it_stands_changes_nothing(admin, escom, pagina):
    done = enviar(admin, f"perfil/{pagina}")
    assert (done.status_code, done.location) == (302, BASE)
    assert borrador(escom).cambiadas == frozenset()


@pytest.mark.parametrize("lugar", ["planes/planes/0", "planes/planes/0/entregas/6", "firmantes/firmantes/0",
                                   "documentos/documentos_dependencia/2"])  # fmt: skip
def test_a_row_that_is_saved_as_it_stands_changes_nothing(admin, escom, lugar):
    done = enviar(admin, f"perfil/{lugar}")
    assert done.status_code == 302
    assert borrador(escom).cambiadas == frozenset()


def test_what_was_typed_is_kept_with_its_sentence_beside_the_field(admin, escom):
    done = enviar(admin, "perfil/identidad", color="#8ab4f8", telefono="llámame", siglas="ES")
    page = admin.get(done.location)
    assert page.text.index("<title>Error:") > 0
    assert 'value="llámame"' in page.text
    assert 'id="telefono-error"' in page.text
    assert "su contraste con el blanco es 2.1:1" in page.text.lower()
    assert borrador(escom).datos["siglas"] == "ES"
    assert "Por corregir" in admin.get(BASE).text


def test_own_holidays_are_read_and_written_as_people_write_dates(admin, escom):
    assert campos(admin, "perfil/calendario")["calendario-festivos"][0].startswith("15/05/2026")
    page = enviar(admin, "perfil/calendario", calendario__festivos="1/12/2026\n2026-05-15\n31/02/2026")
    assert page.status_code == 302
    assert borrador(escom).datos["calendario"]["festivos"] == ["2026-12-01", "2026-05-15", "31/02/2026"]
    assert "31/02/2026" in admin.get(f"{BASE}/perfil/calendario").text
    enviar(admin, "perfil/calendario", calendario__festivos="1/12/2026")
    assert "1 de diciembre de 2026" in admin.get(f"{BASE}/cambios").text


def test_rows_are_added_moved_and_taken_away_and_nothing_typed_is_lost(admin, escom):
    done = enviar(admin, "perfil/zonas", "agregar:zonas", zonas__0__nombre="Zona escrita")
    rows = borrador(escom).datos["zonas"]
    assert done.location == f"{BASE}/perfil/zonas#zonas-{len(rows) - 1}"
    assert rows[0]["nombre"] == "Zona escrita"
    enviar(admin, "perfil/zonas", "subir:zonas:1", **{f"zonas__{len(rows) - 1}__nombre": "Última zona"})
    after = borrador(escom).datos["zonas"]
    assert [r["nombre"] for r in after[:2]] == [rows[1]["nombre"], "Zona escrita"]
    assert (after[-1]["nombre"], after[-1]["clave"]) == ("Última zona", "ultima_zona")
    enviar(admin, "perfil/zonas", "quitar:zonas:1")
    assert "Zona escrita" not in {r["nombre"] for r in borrador(escom).datos["zonas"]}
    assert admin.post(f"{BASE}/perfil/zonas", data={"hacer": "volar:zonas"}).status_code == 400


def test_an_entrega_is_added_on_its_own_page_and_told_before_it_is_published(admin, escom):
    done = enviar(admin, "perfil/planes/planes/0", "agregar:entregas")
    place = done.location.removeprefix(f"{BASE}/")
    assert place == "perfil/planes/planes/0/entregas/7"
    done = enviar(
        admin, place, nombre="Encuesta de salida", tipo="reporte", sube="alumno", revisan=["coordinador"],
        abre=["anteriores_aceptadas"], abre__horas="480",
    )  # fmt: skip
    assert done.location == f"{BASE}/perfil/planes/planes/0"
    new = borrador(escom).datos["planes"][0]["entregas"][-1]
    assert (new["clave"], new["abre"]) == ("encuesta_de_salida", ["anteriores_aceptadas", "horas(480)"])
    page = admin.get(f"{BASE}/cambios").text
    assert "Encuesta de salida" in page
    assert "Publicar la versión 2" in page


def publicar(client: Any) -> Any:
    page = client.get(f"{BASE}/cambios").text
    huella = re.search(r'name="huella" value="(\w+)"', page)
    return client.post(f"{BASE}/publicar", data={"huella": huella[1] if huella else ""})


def test_a_change_is_seen_published_and_read_in_its_version(admin, escom, now):
    factories.alumno(escom, now)
    enviar(admin, "perfil/carreras", "quitar:carreras:0")
    page = admin.get(f"{BASE}/cambios").text
    assert "deja de ofrecerse: 1 alumno la conserva" in page
    done = publicar(admin)
    assert (done.status_code, done.location) == (302, BASE)
    assert "Publicamos la versión 2" in admin.get(BASE).text
    versions = admin.get(f"{BASE}/versiones").text
    assert "Jefa de Prueba" in versions
    assert "Carpeta de datos" in versions
    assert "Se quita" in admin.get(f"{BASE}/versiones/2").text
    assert "Llevar al borrador" in admin.get(f"{BASE}/versiones/1").text
    assert admin.get(f"{BASE}/versiones/3").status_code == 404
    done = admin.post(f"{BASE}/versiones/1/recuperar")
    assert done.location == f"{BASE}/cambios"
    assert "Se agrega" in admin.get(done.location).text


def test_what_somebody_else_changed_meanwhile_is_told_and_what_was_typed_kept(admin, escom, now):
    typed = campos(admin, "perfil/identidad", siglas="MIAS")
    guardar(escom, now, "identidad", {"siglas": "SUYAS"})
    answer = admin.post(f"{BASE}/perfil/identidad", data=typed)
    assert answer.status_code == 409
    assert "Coordinadora de Prueba cambió esta misma página" in answer.text
    assert 'value="MIAS"' in answer.text
    assert borrador(escom).datos["siglas"] == "SUYAS"
    huella = re.search(r'name="huella" value="(\w+)"', answer.text)
    assert admin.post(f"{BASE}/perfil/identidad", data={**typed, "huella": huella[1]}).status_code == 302
    assert borrador(escom).datos["siglas"] == "MIAS"


def test_publishing_what_is_no_longer_so_shows_it_again(admin, escom, now):
    guardar(escom, now, "identidad", {"siglas": "UNAS"})
    page = admin.get(f"{BASE}/cambios").text
    huella = re.search(r'name="huella" value="(\w+)"', page)[1]
    guardar(escom, now, "identidad", {"siglas": "OTRAS"})
    answer = admin.post(f"{BASE}/publicar", data={"huella": huella})
    assert answer.status_code == 409
    assert "OTRAS" in answer.text
    assert borrador(escom).version == 1


def test_a_mail_takes_the_words_of_the_escuela_and_gives_them_back(admin, escom):
    here = f"{BASE}/correos/invitacion"
    assert "elegir su contraseña" in admin.get(here).text
    sent = {**campos(admin, "correos/invitacion"), "asunto": "Hola, {{ nombre }}"}
    shown = admin.post(here, data={**sent, "hacer": "ver"}).text
    assert "Hola, Ximena Ejemplo Robles" in shown
    assert borrador(escom).cambiadas == frozenset()
    admin.post(here, data={**sent, "hacer": "guardar"})
    assert borrador(escom).datos["correos"]["invitacion"]["asunto"] == "Hola, {{ nombre }}"
    wrong = {**campos(admin, "correos/invitacion"), "asunto": "Hola, {{ nadie }}"}
    done = admin.post(here, data={**wrong, "hacer": "guardar"})
    assert "no existe el dato «nadie» en este correo" in admin.get(done.location).text
    admin.post(here, data={**campos(admin, "correos/invitacion"), "hacer": "quitar"})
    assert "invitacion" not in borrador(escom).datos["correos"]


def test_the_list_of_mails_reads_as_words_and_not_as_a_template(admin):
    page = admin.get(f"{BASE}/correos").text
    for said in ("Tu servicio social en «dependencia» terminó por baja<", "Su convenio vence en «dias» día<"):
        assert said in page
    assert not {"{{", "{%", "}}", "%}"} & set(re.findall(r"[{}%]{2}", page))


def test_a_condition_alone_in_its_line_leaves_no_gap_in_a_mail(admin):
    sent = {**campos(admin, "correos/baja_autorizada"), "asunto": "Baja", "hacer": "ver"}
    sent["cuerpo"] = "Hola:\r\n{% if horas %}\r\nTus horas cuentan.\r\n{% endif %}\r\nGracias."
    assert (
        "Hola:\nTus horas cuentan.\nGracias." in admin.post(f"{BASE}/correos/baja_autorizada", data=sent).text
    )


def test_a_logo_is_put_in_the_draft_and_a_file_that_is_none_is_refused(admin, escom, tmp_path):
    png = samples.photo(tmp_path / "logo.png", (600, 600)).read_bytes()
    refused = admin.post(f"{BASE}/logo", data={"archivo": (io.BytesIO(b"nada"), "logo.png")})
    assert refused.status_code == 400
    done = admin.post(f"{BASE}/logo", data={"archivo": (io.BytesIO(png), "logo.png")})
    assert done.status_code == 302
    assert admin.get(f"{BASE}/logo.png").data.startswith(b"\x89PNG")
    assert borrador(escom).logo
    assert "Logotipo" in admin.get(f"{BASE}/cambios").text


def test_a_new_office_is_led_to_its_test_letter(admin, escom, now):
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        perfiles.guiar(uow)
    assert "Ponga en marcha su escuela" in admin.get(BASE).text
    for clave in perfiles.GUIA[:-1]:
        assert "Está bien así" in admin.get(f"{BASE}/perfil/{clave}").text
        admin.post(f"{BASE}/revisada", data={"seccion": clave})
    letter = admin.post(f"{BASE}/carta-de-prueba", data={"carta": "finalizacion"})
    assert letter.data.startswith(b"%PDF")
    assert "Ponga en marcha su escuela" not in admin.get(BASE).text
    assert admin.post(f"{BASE}/carta-de-prueba", data={"carta": "otra"}).status_code == 400
    assert admin.post(f"{BASE}/revisada", data={"seccion": "otra"}).status_code == 400


# ---- People ----


def test_somebody_is_invited_and_refused_with_what_was_typed_kept(admin):
    typed = {"nombre": "Nora Prueba", "correo": "nora", "permisos": ["reportes"]}
    answer = admin.post(f"{BASE}/personas/nueva", data=typed)
    assert answer.status_code == 400
    assert 'value="Nora Prueba"' in answer.text
    assert "Escriba un correo completo" in answer.text
    done = admin.post(f"{BASE}/personas/nueva", data={**typed, "correo": "nora@ejemplo.test"})
    assert done.location == f"{BASE}/personas"
    assert "Aún no entra" in admin.get(done.location).text
    again = admin.post(f"{BASE}/personas/nueva", data={**typed, "correo": "nora@ejemplo.test"})
    assert (again.status_code, "Esa persona ya está en la oficina" in again.text) == (409, True)


def test_what_is_taken_away_holds_from_the_next_request_of_an_open_session(admin, app, escom, now):
    persona = factories.coordinador(escom, now, "reportes", "convenios")
    open_ = factories.sign_in(app.test_client(), persona.id, now)
    assert open_.get("/escom/coordinador/convenios").status_code == 200
    here = f"{BASE}/personas/{persona.public_id}"
    assert admin.post(here, data={"cargo": "", "permisos": ["reportes"]}).location == f"{BASE}/personas"
    assert open_.get("/escom/coordinador/convenios").status_code == 403
    assert "se quita convenios" in admin.get(here).text
    admin.post(f"{here}/quitar")
    assert open_.get("/escom/coordinador/entregas").status_code == 404
    assert admin.get(here).status_code == 404


def test_who_alone_administers_reads_why_it_cannot_be_taken(admin, escom):
    with escuela_scope(escom.id):
        mine = db.session.scalar(select(Usuario).join(Miembro, Miembro.usuario_id == Usuario.id))
    here = f"{BASE}/personas/{mine.public_id}"
    for answer in (admin.post(f"{here}/quitar"), admin.post(here, data={"permisos": ["reportes"]})):
        assert answer.status_code == 409
        assert "Es la única persona con el permiso de administración" in answer.text


def test_the_draft_of_one_escuela_is_not_there_in_another(admin, escom, esca, now):
    guardar(escom, now, "identidad", {"siglas": "ES"})
    with escuela_scope(esca.id):
        assert db.session.scalar(select(PerfilBorrador)) is None
        assert not perfiles.leer().hay_cambios
    assert admin.get("/esca-ust/coordinador/administracion").status_code == 404
