"""From a draft proyecto to an accepted alumno in the browser, and what each page refuses."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.models import Escuela, Proyecto, Servicio, Solicitud, Tramite, db
from tenants.scope import escuela_scope
from tests import factories
from tests.consultas import contadas
from tests.files import samples

BORRADOR = {
    "titulo": "Catálogo de Ñandúes",
    "proposito": "Ordenar el acervo.",
    "actividades": "- Capturar fichas\n\nRevisar imágenes",
    "carreras": ["isc", "iia"],
    "cupo": "2",
    "modalidad": "presencial",
    "lugar": "Calle Ficticia 1",
    "zona": "centro",
    "horario": "Lunes a viernes de 9:00 a 13:00",
    **{f"{p}_{d}": v for p in ("responsable", "jefe", "gerente")
       for d, v in (("nombre", "Persona Ejemplo"), ("cargo", "Cargo"), ("correo", f"{p}@ejemplo.test"))},
}  # fmt: skip


def _pdf() -> tuple[io.BytesIO, str]:
    return io.BytesIO(samples.pdf_bytes(samples.pdf_of("Documento ficticio"))), "documento.pdf"


def _texto(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


class Mundo:
    """A school with an office, a dependencia with a convenio and an alumno, each with a browser."""

    def __init__(self, app: Flask, escuela: Escuela, now: datetime) -> None:
        self.de, persona = factories.dependencia(now)
        self.convenio = factories.convenio(escuela, self.de, now)
        self.alumno = factories.alumno(escuela, now)
        self.oficina = factories.sign_in(app.test_client(), factories.coordinador(escuela, now).id, now)
        self.dependencia = factories.sign_in(app.test_client(), persona.id, now)
        self.joven = factories.sign_in(app.test_client(), self.alumno.usuario_id, now)
        self.escuela, self.now = escuela, now

    def proyecto(self, **fields) -> Proyecto:
        return factories.proyecto(self.escuela, self.convenio, self.now, **fields)


@pytest.fixture
def mundo(app: Flask, escom: Escuela, now: datetime) -> Mundo:
    return Mundo(app, escom, now)


def _publicar(mundo: Mundo) -> str:
    """The dependencia writes and sends, the office publishes; the proyecto's public id."""
    made = mundo.dependencia.post("/dependencia/escom/proyectos/nuevo", data=BORRADOR)
    pagina = made.headers["Location"]
    assert "Enviar a revisión" in _texto(mundo.dependencia.get(pagina))
    assert mundo.dependencia.post(f"{pagina}/enviar").status_code == 302
    public_id = pagina.rpartition("/")[2]
    assert "Ñandúes" in _texto(mundo.oficina.get("/escom/coordinador/proyectos"))
    assert mundo.joven.get(f"/escom/alumno/proyectos/{public_id}").status_code == 404
    mundo.oficina.post(f"/escom/coordinador/proyectos/{public_id}/publicar")
    assert "Ñandúes" in _texto(mundo.joven.get("/escom/alumno/proyectos?q=NANDUES"))
    assert "Postularme" in _texto(mundo.joven.get(f"/escom/alumno/proyectos/{public_id}"))
    return public_id


def _postular(mundo: Mundo, public_id: str, drain: Callable[[], int]) -> str:
    """The alumno asks the office for one paper, uploads the other and sends; the page of the solicitud."""
    solicitud = mundo.joven.post(f"/escom/alumno/proyectos/{public_id}/solicitar").headers["Location"]
    assert mundo.joven.post(f"{solicitud}/enviar").status_code == 409
    mundo.joven.post(f"{solicitud}/presentacion/pedir")
    assert "Pedida" in _texto(mundo.joven.get(solicitud))
    home = _texto(mundo.joven.get("/escom/alumno/"))
    assert "le falta tu constancia de estudios. Súbela o pídela a tu escuela" in home
    mundo.joven.post(f"{solicitud}/constancia/subir", data={"archivo": _pdf()})
    home = _texto(mundo.joven.get("/escom/alumno/"))
    assert "Espera tu carta de presentación" in home, "the office has it: nothing is asked of the alumno"
    assert "Completa tu solicitud" not in home
    with escuela_scope(mundo.escuela.id):
        tramite = db.session.scalars(select(Tramite.public_id)).one()
    assert (
        "Persona"
        not in _texto(mundo.oficina.get(f"/escom/coordinador/tramites/{tramite}")).partition("Dirigida")[0]
    )
    mundo.oficina.post(f"/escom/coordinador/tramites/{tramite}/emitir")
    drain()
    assert "Enviar solicitud" in _texto(mundo.joven.get(solicitud))
    assert (
        mundo.joven.post(f"{solicitud}/enviar", data={"mensaje": "Me gustan los archivos."}).status_code
        == 302
    )
    return solicitud


def test_from_a_draft_to_an_accepted_alumno(mundo: Mundo, escom: Escuela, drain: Callable[[], int]) -> None:
    solicitud = _postular(mundo, _publicar(mundo), drain)
    recibida = f"/dependencia/escom/solicitudes/{solicitud.rpartition('/')[2]}"
    assert mundo.alumno.nombre_completo in _texto(mundo.dependencia.get("/dependencia/solicitudes"))
    page = mundo.dependencia.get(recibida)
    assert "Me gustan los archivos." in _texto(page)
    for cual in ("presentacion", "constancia"):
        assert mundo.dependencia.get(f"{recibida}/documentos/{cual}?ver=1").data.startswith(b"%PDF")
    fields = {
        n: re.search(rf'name="{n}"[^>]*value="([^"]+)"', page.get_data(as_text=True))
        for n in ("inicio", "termino")
    }
    data = {n: found[1] for n, found in fields.items()} | {"horario": "De 9 a 13"}
    assert mundo.dependencia.post(f"{recibida}/aceptar", data=data).status_code == 302
    assert "¡Te aceptaron!" in _texto(mundo.joven.get(solicitud))
    assert "Aceptada" in _texto(mundo.dependencia.get("/dependencia/solicitudes?vista=contestadas"))
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Servicio.horario)).one() == "De 9 a 13"


def test_a_constancia_asked_for_on_its_own_is_shown_in_the_solicitud_and_not_asked_for_twice(
    mundo: Mundo, drain: Callable[[], int]
) -> None:
    solicitud = mundo.joven.post(f"/escom/alumno/proyectos/{_publicar(mundo)}/solicitar").headers["Location"]
    mundo.joven.post("/escom/alumno/tramites/pedir")
    with escuela_scope(mundo.escuela.id):
        first = db.session.scalars(select(Tramite.public_id)).one()
        db.session.commit()
    enlace = f'href="/escom/alumno/tramites#t-{first}"'
    papel = mundo.joven.get(f"{solicitud}/constancia").text
    assert (enlace in papel, "Pedirla a mi escuela</button>" in papel) == (True, False)
    assert "Pedida" in _texto(mundo.joven.get(solicitud))
    for address in (f"{solicitud}/constancia/pedir", "/escom/alumno/tramites/pedir"):
        said = mundo.joven.post(address, follow_redirects=True).text
        assert ("la oficina todavía no lo atiende" in said, enlace in said) == (True, True)
    assert f'id="t-{first}"' in mundo.joven.get("/escom/alumno/tramites").text
    mundo.oficina.post(f"/escom/coordinador/tramites/{first}/emitir")
    assert "ya te emitió una con tus datos de hoy" in _texto(mundo.joven.get(f"{solicitud}/constancia"))
    said = mundo.joven.post(f"{solicitud}/constancia/pedir", follow_redirects=True).text
    assert ("ya te emitió una constancia" in said, enlace in said) == (True, True)
    drain()
    assert "Lista" in _texto(mundo.joven.get(solicitud))
    assert "Ver cuál es" in mundo.joven.get("/escom/alumno/tramites").text


def test_a_draft_keeps_what_was_typed_when_its_shape_is_wrong(mundo: Mundo) -> None:
    typed = {**BORRADOR, "cupo": "muchos", "jefe_correo": "sin arroba"}
    answer = mundo.dependencia.post("/dependencia/escom/proyectos/nuevo", data=typed)
    assert answer.status_code == 400
    body = answer.get_data(as_text=True)
    assert "Catálogo de Ñandúes" in body
    assert 'value="sin arroba"' in body
    assert "<title>Error: " in body


def test_a_new_proyecto_proposes_the_people_of_the_last_one(mundo: Mundo) -> None:
    mundo.proyecto(jefe_nombre="Julia Propuesta")
    page = mundo.dependencia.get("/dependencia/proyectos/nuevo", follow_redirects=True)
    assert 'value="Julia Propuesta"' in page.get_data(as_text=True)
    blank = mundo.dependencia.get("/dependencia/escom/proyectos/nuevo?limpio=1")
    assert "Julia Propuesta" not in blank.get_data(as_text=True)


def test_a_refused_file_of_activities_loses_no_text(mundo: Mundo, escom: Escuela) -> None:
    bad = {**BORRADOR, "archivo": (io.BytesIO(b"<html>no</html>"), "lista.pdf")}
    answer = mundo.dependencia.post("/dependencia/escom/proyectos/nuevo", data=bad)
    page = mundo.dependencia.get(answer.headers["Location"]).get_data(as_text=True)
    assert ("Ñandúes" in page, "pero no el archivo" in page) == (True, True)
    good = {**BORRADOR, "actividades": "", "archivo": _pdf()}
    with escuela_scope(escom.id):
        public_id = db.session.scalars(select(Proyecto.public_id)).one()
    mundo.dependencia.post(f"/dependencia/escom/proyectos/{public_id}/editar", data=good)
    enviar = f"/dependencia/escom/proyectos/{public_id}/enviar"
    assert [mundo.dependencia.post(enviar).status_code for _ in range(2)] == [302, 409]  # clicked twice
    mundo.oficina.post(f"/escom/coordinador/proyectos/{public_id}/publicar")
    file = mundo.joven.get(f"/escom/alumno/proyectos/{public_id}/actividades")
    assert file.data.startswith(b"%PDF")


def test_an_incomplete_draft_says_what_it_lacks(mundo: Mundo) -> None:
    incompleto = {"titulo": "Archivo", "cupo": "", "modalidad": "presencial", "zona": ""}
    made = mundo.dependencia.post("/dependencia/escom/proyectos/nuevo", data=incompleto)
    page = _texto(mundo.dependencia.get(made.headers["Location"]))
    assert "Antes de enviarlo falta:" in page
    assert "Enviar a revisión" not in page


def test_the_cupo_is_changed_at_once_but_not_below_what_is_taken(mundo: Mundo) -> None:
    url = f"/dependencia/escom/proyectos/{mundo.proyecto(ocupados=2).public_id}/ajustar"
    low = mundo.dependencia.post(url, data={"cupo": "1", "horario": "De tarde", "lugar": "Aquí"})
    assert (low.status_code, "De tarde" in low.get_data(as_text=True)) == (409, True)
    assert mundo.dependencia.post(url, data={"cupo": "5", "horario": "De tarde"}).status_code == 302


def test_closing_says_first_what_it_brings_about(mundo: Mundo, escom: Escuela, now: datetime) -> None:
    proyecto = mundo.proyecto()
    factories.solicitud(mundo.alumno, proyecto, escom, now)
    url = f"/dependencia/escom/proyectos/{proyecto.public_id}/cerrar"
    assert "1 solicitud sin responder queda sin efecto" in _texto(mundo.dependencia.get(url))
    mundo.dependencia.post(url)
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Solicitud.estado)).all() == ["vencida"]


@pytest.mark.parametrize("motivo", ["", "corto"])
def test_a_rejection_without_a_reason_is_not_one(mundo: Mundo, escom, now, motivo: str) -> None:
    enviado = mundo.proyecto(estado="enviado")
    solicitud = factories.solicitud(mundo.alumno, mundo.proyecto(), escom, now)
    for client, url in (
        (mundo.oficina, f"/escom/coordinador/proyectos/{enviado.public_id}/rechazar"),
        (mundo.dependencia, f"/dependencia/escom/solicitudes/{solicitud.public_id}/rechazar"),
    ):
        answer = client.post(url, data={"motivo": motivo})
        assert answer.status_code == 400
        assert f">{motivo}</textarea>" in answer.get_data(as_text=True)


def test_dates_that_the_plan_refuses_are_said_and_kept(mundo: Mundo, escom: Escuela, now: datetime) -> None:
    found = factories.solicitud(mundo.alumno, mundo.proyecto(), escom, now)
    data = {"inicio": "2031-01-07", "termino": "2031-02-01", "horario": "Mañanas"}
    answer = mundo.dependencia.post(f"/dependencia/escom/solicitudes/{found.public_id}/aceptar", data=data)
    assert answer.status_code == 409
    assert 'value="2031-01-07"' in answer.get_data(as_text=True)
    assert "El servicio empieza el día 1 o 16" in _texto(answer)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Redes", "Árboles"]),
        ("q=arbol", ["Árboles"]),
        ("q=arbol+redes", []),
        ("q=%25", ["Redes", "Árboles"]),
        ("q=biblioteca+redes", ["Redes"]),
        ("carrera=todas", ["Redes", "Lleno", "Ciencia", "Árboles"]),
        ("carrera=lcd", ["Ciencia"]),
        ("modalidad=distancia", ["Árboles"]),
        ("zona=norte", ["Redes"]),
        ("zona=norte&modalidad=distancia", []),
        ("carrera=todas&lugares=1", ["Redes", "Ciencia", "Árboles"]),
        ("carrera=todas&honorarios=1", ["Ciencia"]),
        ("modalidad=inventada&zona=inventada&desde=inventado", []),
    ],
)
def test_the_search_finds_what_its_address_says(mundo: Mundo, query: str, found: list[str]) -> None:
    base = {"carreras": ["isc"], "busqueda": ""}
    names = {
        "Árboles": {"modalidad": "distancia", "busqueda": "arboles biblioteca"},
        "Ciencia": {"carreras": ["lcd"], "honorarios": "$1,000"},
        "Lleno": {"carreras": ["iia"], "cupo": 1, "ocupados": 1},
        "Redes": {"zona": "norte", "busqueda": "redes biblioteca"},
        "Oculto": {"estado": "pausado"},
    }
    for titulo, fields in names.items():
        mundo.proyecto(**{**base, **fields, "titulo": titulo})
    page = mundo.joven.get(f"/escom/alumno/proyectos?{query}").get_data(as_text=True)
    assert re.findall(r'href="[^"]+">([^<]+)</a></h2>', page) == found


def test_a_proyecto_whose_convenio_ended_is_not_offered(mundo: Mundo, escom: Escuela, now: datetime) -> None:
    otra, _ = factories.dependencia(now)
    vencido = factories.convenio(escom, otra, now, estado="vencido")
    proyecto = factories.proyecto(escom, vencido, now)
    assert proyecto.titulo not in _texto(mundo.joven.get("/escom/alumno/proyectos"))
    detail = _texto(mundo.joven.get(f"/escom/alumno/proyectos/{proyecto.public_id}"))
    assert "No puedes postularte" in detail
    assert "Postularme" not in detail


def test_more_rows_ask_no_more_questions(app: Flask, mundo: Mundo, escom: Escuela, now: datetime) -> None:
    urls = (
        (mundo.joven, "/escom/alumno/proyectos"),
        (mundo.dependencia, "/dependencia/proyectos"),
        (mundo.dependencia, "/dependencia/solicitudes"),
        (mundo.oficina, "/escom/coordinador/proyectos?estado=publicado"),
        (mundo.oficina, "/escom/coordinador/tramites"),
    )

    def grow(n: int) -> None:
        for _ in range(n):
            alumno = factories.alumno(escom, now, con_cuenta=False)
            factories.solicitud(alumno, mundo.proyecto(), escom, now, presentacion_documento_id=None)
            with escuela_scope(escom.id):
                from portal.services.uow import unit_of_work

                with unit_of_work(now) as uow:
                    uow.add(Tramite(tipo="constancia_estudios", alumno_id=alumno.id))

    def count() -> list[int]:
        counts = []
        for client, url in urls:
            with contadas() as seen:
                assert client.get(url).status_code == 200
            counts.append(len(seen))
        return counts

    grow(10)
    few = count()
    grow(50)
    assert count() == few
    assert max(few) <= 8


def test_the_list_goes_on_after_fifty(mundo: Mundo) -> None:
    for _ in range(52):
        mundo.proyecto()
    first = mundo.joven.get("/escom/alumno/proyectos").get_data(as_text=True)
    more = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    second = mundo.joven.get(more).get_data(as_text=True)
    titles = [re.findall(r"Catálogo digital \d+", page) for page in (first, second)]
    assert [len(t) for t in titles] == [50, 2]
    assert len({*titles[0], *titles[1]}) == 52


def test_papers_are_read_by_that_dependencia_and_only_once_sent(
    mundo: Mundo, app: Flask, escom: Escuela, now: datetime
) -> None:
    draft = factories.solicitud(
        mundo.alumno, mundo.proyecto(), escom, now, estado="borrador",
        constancia_documento_id=factories.documento(escom, now, de=mundo.alumno).id,
    )  # fmt: skip
    sent = factories.solicitud(factories.alumno(escom, now), mundo.proyecto(), escom, now)
    _, extrana = factories.dependencia(now)
    ajena = factories.sign_in(app.test_client(), extrana.id, now)
    own = f"/dependencia/escom/solicitudes/{sent.public_id}/documentos/constancia"
    assert mundo.dependencia.get(own).status_code == 200
    assert ajena.get(own).status_code == 404
    assert mundo.dependencia.get(own.replace("constancia", "foto")).status_code == 404
    assert mundo.dependencia.get(own.replace(sent.public_id, draft.public_id)).status_code == 404


def test_what_is_another_schools_or_anothers_does_not_exist(
    mundo: Mundo, app: Flask, escom: Escuela, esca: Escuela, now: datetime
) -> None:
    proyecto = mundo.proyecto()
    solicitud = factories.solicitud(mundo.alumno, proyecto, escom, now)
    foreign = Mundo(app, esca, now)
    for client, url in (
        (foreign.joven, f"/esca-ust/alumno/proyectos/{proyecto.public_id}"),
        (foreign.joven, f"/esca-ust/alumno/solicitudes/{solicitud.public_id}"),
        (foreign.joven, f"/escom/alumno/solicitudes/{solicitud.public_id}"),
        (foreign.oficina, f"/esca-ust/coordinador/proyectos/{proyecto.public_id}"),
        (foreign.oficina, f"/escom/coordinador/proyectos/{proyecto.public_id}"),
        (foreign.dependencia, f"/dependencia/escom/proyectos/{proyecto.public_id}"),
        (foreign.dependencia, f"/dependencia/escom/solicitudes/{solicitud.public_id}"),
        (mundo.dependencia, f"/dependencia/esca-ust/solicitudes/{solicitud.public_id}"),
        (mundo.joven, "/escom/coordinador/tramites"),
        (mundo.oficina, "/escom/alumno/tramites"),
        (mundo.joven, "/dependencia/proyectos"),
    ):
        assert client.get(url).status_code == 404, url


@pytest.mark.parametrize(
    ("permiso", "url", "status"),
    [
        ("convenios", "/escom/coordinador/proyectos", 200),
        ("expedientes", "/escom/coordinador/proyectos", 403),
        ("expedientes", "/escom/coordinador/tramites", 200),
        ("convenios", "/escom/coordinador/tramites", 403),
    ],
)
def test_the_office_opens_what_its_permission_says(
    app, escom, now, permiso: str, url: str, status: int
) -> None:
    client: FlaskClient = factories.sign_in(
        app.test_client(), factories.coordinador(escom, now, permiso).id, now
    )
    assert client.get(url).status_code == status
