"""The profile as its own office writes it: a draft, what it would change, a new version that binds new servicios."""

from __future__ import annotations

import copy
import json
import shutil
import tomllib

import pytest
from sqlalchemy import func, select

from portal.domain.machine import Forbidden, Refused
from portal.models import (
    Bitacora,
    Carta,
    Documento,
    Escuela,
    EscuelaPerfil,
    FolioContador,
    PerfilBorrador,
    db,
)
from portal.queries import perfiles as queries
from portal.services import carpetas, escuelas, perfil_cambios, perfil_campos, perfil_prueba, perfiles, sellos
from portal.services.uow import unit_of_work
from tenants.profile import Profile, load_profile
from tenants.profile_toml import to_toml
from tenants.scope import escuela_scope
from tests import factories
from tests.conftest import ROOT
from tests.en_servicio import caso
from tests.letters.ayuda import texto_de
from tests.perfiles import guardar, olvidar, publicar

SCHOOLS = ("escom", "esca_ust", "cetis_demo")


@pytest.fixture
def perfil(escom):
    """The profile in force as plain data, to change."""
    with escuela_scope(escom.id):
        return copy.deepcopy(perfiles.leer().vigente)


# ---- Folders ----


@pytest.mark.parametrize("folder", SCHOOLS)
def test_a_folder_that_is_read_written_and_read_again_is_the_same(folder, tmp_path):
    datos = carpetas.leer(ROOT / "tenants" / folder)
    carpetas.escribir(datos, tmp_path / "otra")
    assert carpetas.huella(carpetas.leer(tmp_path / "otra")) == carpetas.huella(datos)


def test_a_folder_is_never_written_over(tmp_path):
    datos = carpetas.leer(ROOT / "tenants" / "escom")
    (tmp_path / "algo.txt").write_text("mío")
    with pytest.raises(FileExistsError):
        carpetas.escribir(datos, tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        'con "comillas"',
        "dos\nrenglones",
        'dos\n"renglones"\\',
        r"\d{10}",
        "l'otro \\ y más",
        "\x7f\t\x00",
        "'''",
    ],
)
def test_any_text_survives_toml(value):
    assert tomllib.loads(to_toml({"a": value, "b": [value], "c": {"x y": value}})) == {
        "a": value,
        "b": [value],
        "c": {"x y": value},
    }


def test_an_escuela_that_cannot_be_made_whole_is_not_there_at_all(app, now, tmp_path, monkeypatch):
    folder = tmp_path / "quinta"
    shutil.copytree(ROOT / "tenants" / "cetis_demo", folder)
    toml = folder / "escuela.toml"
    toml.write_text(toml.read_text().replace('slug = "cetis-demo"', 'slug = "quinta"'))

    def broken(*_args, **_kw):
        raise RuntimeError("no key")

    monkeypatch.setattr(sellos, "crear", broken)
    with pytest.raises(RuntimeError):
        escuelas.cargar(folder, now=now)
    assert escuelas.por_slug("quinta") is None
    monkeypatch.undo()
    assert escuelas.cargar(folder, now=now).slug == "quinta"


def test_a_school_that_its_office_wrote_is_left_alone_when_the_portal_starts(escom, now):
    version = publicar(escom, now, "identidad", {"telefono": "55 5555 9999"})
    found = escuelas.cargar(ROOT / "tenants" / "escom", now=now, sin_editar=True)
    assert found.perfil_version == version
    found = escuelas.cargar(ROOT / "tenants" / "escom", now=now)
    olvidar(found.id, found.perfil_version)
    assert found.perfil_version == version + 1


# ---- The draft ----


def test_a_draft_keeps_what_was_typed_right_or_wrong_and_says_where_it_is_wrong(escom, now):
    draft = guardar(escom, now, "identidad", {"color": "#8ab4f8", "telefono": "llámame"})
    assert draft.datos["telefono"] == "llámame"
    assert [loc for loc, _ in draft.fallas_de("identidad")] == [("telefono",), ("color",)]
    assert "debe ser al menos 4.5:1" in dict(draft.fallas)["color",]
    assert draft.fallas_de("carreras") == []
    with escuela_scope(escom.id), pytest.raises(Refused, match=r"perfil\.con_errores"):
        perfiles.publicar(huella=draft.huella, actor=factories.como_coordinador(escom), now=now)
    assert db.session.scalar(select(func.count()).select_from(Escuela)) == 3


def test_a_fault_of_the_whole_plan_names_its_fields_as_the_page_does(perfil):
    datos = copy.deepcopy(perfil)
    datos["planes"][0]["horas_totales"] = 500
    [(_, dicho)] = perfiles.fallas(datos)
    assert dicho == "La última «Horas acumuladas con ella» debe ser 500, como «Horas en total»."


def test_what_goes_back_to_what_is_published_is_no_change(escom, now, perfil):
    guardar(escom, now, "identidad", {"telefono": "55 5555 9999"})
    draft = guardar(escom, now, "identidad", {"telefono": perfil["telefono"]})
    assert not draft.hay_cambios
    with escuela_scope(escom.id), pytest.raises(Refused, match=r"perfil\.sin_cambios"):
        perfiles.publicar(huella=draft.huella, actor=factories.como_coordinador(escom), now=now)


def test_two_people_write_different_pages_and_the_second_of_one_page_is_told(escom, now):
    actor = factories.como_coordinador(escom)
    with escuela_scope(escom.id):
        before = perfiles.leer()
        perfiles.guardar(
            "limites", {"limites": {"foto_mb": 5}}, huella=before.huella_de("limites"), actor=actor, now=now
        )
        perfiles.guardar(
            "identidad", {"siglas": "ES"}, huella=before.huella_de("identidad"), actor=actor, now=now
        )
        with pytest.raises(Refused, match=r"perfil\.entretanto"):
            perfiles.guardar(
                "identidad", {"siglas": "OT"}, huella=before.huella_de("identidad"), actor=actor, now=now
            )
        after = perfiles.leer()
    assert (after.datos["siglas"], after.datos["limites"]["foto_mb"]) == ("ES", 5)


def test_rows_get_their_clave_from_their_name(escom, now, perfil):
    rows = [
        {"nombre": "Técnico en Óptica"},
        {"nombre": "Técnico en óptica", "clave": ""},
        {"nombre": "3 D", "clave": ""},
    ]
    for row in rows:
        row.setdefault("clave", "")
    draft = guardar(escom, now, "carreras", {"carreras": [*perfil["carreras"], *rows]})
    assert [c["clave"] for c in draft.datos["carreras"][-3:]] == [
        "tecnico_en_optica",
        "tecnico_en_optica_2",
        "d",
    ]
    assert draft.fallas == ()


def test_a_page_or_the_whole_draft_is_thrown_away(escom, now):
    actor = factories.como_coordinador(escom)
    guardar(escom, now, "identidad", {"siglas": "ES"})
    guardar(escom, now, "limites", {"limites": {"foto_mb": 5}})
    with escuela_scope(escom.id):
        perfiles.descartar("limites", actor=actor, now=now)
        assert perfiles.leer().cambiadas == {"siglas"}
        perfiles.descartar(actor=actor, now=now)
        assert not perfiles.leer().hay_cambios


def test_only_administracion_writes_the_profile(escom, esca, now):
    for actor in (factories.como_coordinador(escom, "reportes"), factories.como_coordinador(esca)):
        with escuela_scope(escom.id), pytest.raises(Forbidden):
            perfiles.descartar(actor=actor, now=now)
    with escuela_scope(escom.id):
        assert db.session.scalar(select(PerfilBorrador)) is None


# ---- Publishing ----


def test_publishing_makes_a_version_that_binds_new_servicios_only(escom, now, perfil):
    plan = perfil["planes"][0]
    plan["meses_maximos"] = 30
    version = publicar(escom, now, "planes", {"planes": perfil["planes"]})
    with escuela_scope(escom.id):
        found = db.session.get(Escuela, escom.id, populate_existing=True)
        assert (version, found.perfil_version) == (2, 2)
        assert escuelas.plan(1, plan["clave"]).meses_maximos == 24
        assert escuelas.plan(2, plan["clave"]).meses_maximos == 30
        line = db.session.scalar(select(Bitacora).where(Bitacora.noun == "escuela_perfil"))
        assert (line.accion, line.motivo) == ("publicar", "Versión 2: Planes y entregas")
        assert not perfiles.leer().hay_cambios
        autores = dict(db.session.execute(select(EscuelaPerfil.version, EscuelaPerfil.autor)).all())
    assert autores == {1: "carpeta", 2: "Coordinadora de Prueba"}


def test_what_is_published_is_what_was_seen(escom, now):
    seen = guardar(escom, now, "identidad", {"siglas": "ES"})
    guardar(escom, now, "identidad", {"siglas": "OT"})
    with escuela_scope(escom.id):
        with pytest.raises(Refused, match=r"perfil\.otro"):
            perfiles.publicar(huella=seen.huella, actor=factories.como_coordinador(escom), now=now)
        assert escuelas.actual().perfil_version == 1


def test_a_version_that_came_meanwhile_is_kept_where_the_draft_says_nothing(escom, now, tmp_path):
    seen = guardar(escom, now, "identidad", {"siglas": "ES"})
    with escuela_scope(escom.id):
        datos = perfiles.en_vigor()[1]
        datos["perfil"]["limites"]["foto_mb"] = 7
        actor = factories.como_coordinador(escom)
        olvidar(escom.id, perfiles.importar(datos, actor=actor, now=now))
        with pytest.raises(Refused, match=r"perfil\.otro"):
            perfiles.publicar(huella=seen.huella, actor=actor, now=now)
        olvidar(escom.id, perfiles.publicar(huella=perfiles.leer().huella, actor=actor, now=now))
        found = escuelas.perfil(3)
    assert (found.siglas, found.limites.foto_mb) == ("ES", 7)


def test_importing_what_is_in_force_changes_nothing(escom, now):
    with escuela_scope(escom.id):
        version, datos = perfiles.en_vigor()
        assert perfiles.importar(datos, actor=factories.como_coordinador(escom), now=now) is None
        assert escuelas.actual().perfil_version == version


def test_an_earlier_version_comes_back_as_a_draft(escom, now, perfil):
    publicar(escom, now, "identidad", {"telefono": "55 5555 9999"})
    with escuela_scope(escom.id):
        perfiles.recuperar(1, actor=factories.como_coordinador(escom), now=now)
        draft = perfiles.leer()
    assert draft.cambiadas == {"telefono"}
    assert draft.datos["telefono"] == perfil["telefono"]


def test_servicios_in_course_are_counted_by_the_version_that_binds_them(escom, now):
    caso(escom, now)
    publicar(escom, now, "identidad", {"telefono": "55 5555 9999"})
    with escuela_scope(escom.id):
        assert queries.en_curso() == {1: 1}


# ---- Changes in words ----


def test_changes_are_told_in_words(escom, perfil):
    after = copy.deepcopy(perfil)
    plan = after["planes"][0]
    first, second = plan["entregas"][:2]
    plan["horas_dia_max"] = 6
    first["abre"] = ["horas(90)", "fecha_termino"]
    first["pide_horas"] = not first["pide_horas"]
    plan["entregas"][:2] = [second, first]
    gone = after["carreras"].pop(0)
    after["carreras"].append({"clave": "nueva", "nombre": "Carrera nueva", "siglas": "", "en_carta": ""})
    after["motivos"]["baja"] = ["Una frase nueva de prueba."]
    after["correos"] = {"contrasena": {"asunto": "Su contraseña", "cuerpo": "Aquí: {{ enlace }}"}}
    said = {g.seccion.clave: g.cambios for g in perfil_cambios.comparar(perfil, after)}
    assert set(said) == {"planes", "carreras", "motivos", "correos"}
    words = {(c.donde, c.antes, c.despues) for group in said.values() for c in group}
    here = f"Planes › {plan['nombre']}"
    assert (f"{here} › Horas al día, máximo", "4", "6") in words
    step = f"{here} › Entregas, en orden › {first['nombre']}"
    assert (f"{step} › El alumno escribe las horas del periodo", "Sí", "No") in words
    assert any(
        w == step + " › Qué la abre" and b == "90 horas aceptadas, Que llegue la fecha de término"
        for w, _, b in words
    )
    assert any(w == f"{here} › Entregas, en orden" and a == "En otro orden" for w, a, _ in words)
    assert ("Carreras", gone["nombre"], "Se quita") in words
    assert ("Carreras", "Se agrega", "Carrera nueva") in words
    assert any(w == "Contraseña › Asunto" and b == "Su contraseña" for w, _, b in words)


@pytest.mark.parametrize("folder", SCHOOLS)
def test_nothing_is_told_of_a_profile_that_did_not_change(folder):
    datos = load_profile(ROOT / "tenants" / folder).model_dump(mode="json")
    assert perfil_cambios.comparar(datos, json.loads(json.dumps(datos))) == []


def test_every_key_of_a_profile_has_a_page_of_the_editor_and_every_type_a_control():
    held = [clave for s in perfil_campos.secciones() for clave in s.claves]
    assert sorted(held) == sorted(set(Profile.model_fields) - {"slug", "version"})

    def kinds(campos):
        for campo in campos:
            yield campo.tipo, campo.ruta
            yield from kinds(campo.campos)

    found = [
        k
        for s in perfil_campos.secciones()
        if s.clave != "correos"
        for k in kinds(perfil_campos.campos_de_seccion(s.clave))
    ]
    assert [ruta for tipo, ruta in found if tipo == "crudo"] == []


# ---- A new escuela ----


def test_a_new_escuela_is_led_until_every_step_was_seen_to(escom, now):
    actor = factories.como_coordinador(escom)
    with escuela_scope(escom.id):
        with unit_of_work(now) as uow:
            perfiles.guiar(uow)
        for clave in perfiles.GUIA[:-1]:
            perfiles.marcar(clave, actor=actor, now=now)
            assert perfiles.leer().guia
        assert perfil_prueba.carta("finalizacion", now=now).startswith(b"%PDF")
        perfiles.marcar(perfiles.CARTA_DE_PRUEBA, actor=actor, now=now)
        assert not perfiles.leer().guia


def test_a_test_letter_says_what_the_draft_says_takes_no_folio_and_is_stored_nowhere(escom, now):
    guardar(escom, now, "identidad", {"nombre": "Escuela Recién Nombrada"})
    with escuela_scope(escom.id):
        said = texto_de(perfil_prueba.carta("presentacion", now=now))
        for model in (Carta, Documento, FolioContador):
            assert db.session.scalar(select(func.count(model.id))) == 0
    assert "Escuela Recién Nombrada" in said
    assert "MUESTRA" in said


def test_a_mail_is_tried_with_samples_and_one_that_names_what_is_not_there_is_refused(escom, now):
    with escuela_scope(escom.id):
        asunto, cuerpo = perfil_prueba.ejemplo(
            "invitacion", {"asunto": "Hola, {{ nombre }}", "cuerpo": "{{ enlace }}"}
        )
        assert asunto == "Hola, Ximena Ejemplo Robles"
        assert cuerpo.endswith("/…")
        assert perfil_prueba.ejemplo("invitacion", {"asunto": "{{ nadie }}", "cuerpo": "x"}) == ("", "")
    draft = guardar(
        escom, now, "correos", {"correos": {"invitacion": {"asunto": "{{ nadie }}", "cuerpo": "x"}}}
    )
    assert [loc for loc, _ in draft.fallas] == [("correos", "invitacion", "asunto")]
