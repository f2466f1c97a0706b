"""The janitor: what it collects, what it leaves alone, what it only tells."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.models import Documento, DossierDocumento, Enlace, IntentoIngreso, Outbox, Sesion, db
from portal.services import enlaces, intentos, limpieza, runtime, sesiones
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from worker import outbox


def storage():
    return runtime.current().backends.storage


def put(escuela, name: str, content: bytes = b"nobody's") -> str:
    key = f"escuela/{escuela.id}/{name}.bin"
    with escuela_scope(escuela.id):
        storage().put(key, io.BytesIO(content))
    return key


def clean(escuela, now, **how) -> limpieza.Archivos:
    with escuela_scope(escuela.id):
        return limpieza.archivos(now, **how)


def is_there(escuela, key: str) -> bool:
    with escuela_scope(escuela.id):
        return storage().exists(key)


LATER = timedelta(days=2)


def test_an_object_without_a_row_is_collected_once_it_is_old(app, escom, now):
    kept = factories.documento(escom, now)
    orphan = put(escom, "orphan")
    young = clean(escom, now)
    assert (young.objetos, young.recientes, young.sin_renglon) == (2, 1, 0)
    old = clean(escom, now + LATER)
    assert (old.objetos, old.recientes, old.sin_renglon, old.bytes) == (2, 0, 1, len(b"nobody's"))
    assert (is_there(escom, orphan), is_there(escom, kept.clave)) == (False, True)
    assert clean(escom, now + LATER) == limpieza.Archivos(objetos=1)


def test_a_simulation_counts_the_same_and_deletes_nothing(app, escom, now):
    orphan = put(escom, "orphan")
    assert clean(escom, now + LATER, simular=True).sin_renglon == 1
    assert is_there(escom, orphan)


def test_the_age_may_be_told(app, escom, now):
    put(escom, "orphan")
    assert clean(escom, now + timedelta(hours=3)).recientes == 1
    assert clean(escom, now + timedelta(hours=3), edad=timedelta(hours=2)).sin_renglon == 1


def test_another_escuela_is_not_touched(app, escom, esca, now):
    foreign = put(esca, "orphan")
    assert clean(escom, now + LATER).objetos == 0
    assert is_there(esca, foreign)


def test_a_row_without_its_object_is_told_and_stays(app, escom, now):
    document = factories.documento(escom, now)
    with escuela_scope(escom.id):
        storage().delete(document.clave)
    assert clean(escom, now + LATER).sin_objeto == [document.clave]
    with escuela_scope(escom.id):
        assert db.session.scalar(select(func.count()).where(Documento.id == document.id)) == 1


def test_a_row_that_came_while_the_storage_was_listed_keeps_its_object(app, escom, now, monkeypatch):
    """The rows are read before the objects: what was written in between is found when it is about to be collected."""
    document = factories.documento(escom, now)
    monkeypatch.setattr(limpieza, "_Claves", lambda digests: frozenset())  # as if no row had been there
    found = clean(escom, now + LATER)
    assert found.sin_renglon == 0
    assert is_there(escom, document.clave)
    assert found.sin_objeto == []


def test_pages_are_walked_to_the_end(app, escom, now, monkeypatch):
    monkeypatch.setattr(limpieza, "PAGINA", 2)
    kept = [factories.documento(escom, now) for _ in range(5)]
    for n in range(5):
        put(escom, f"orphan{n}")
    found = clean(escom, now + LATER)
    assert (found.objetos, found.sin_renglon, found.sin_objeto) == (10, 5, [])
    assert all(is_there(escom, document.clave) for document in kept)


def test_the_dossier_of_a_dependencia_is_cleaned_without_a_scope(app, now):
    casa, _ = factories.dependencia(now)
    for name in ("kept", "orphan"):
        storage().put(f"dependencia/{casa.id}/{name}", io.BytesIO(b"x"))
    with unit_of_work(now) as uow:
        uow.add(DossierDocumento(
            dependencia_id=casa.id, tipo="ine", almacen="folder", clave=f"dependencia/{casa.id}/kept", nombre="n",
            mime="application/pdf", bytes=1, sha256="0" * 64, avisos=[], leido={},
        ))  # fmt: skip
    found = limpieza.dossiers(now + LATER)
    assert (found.objetos, found.sin_renglon, found.sin_objeto) == (2, 1, [])
    assert [info.key for info in storage().list(f"dependencia/{casa.id}/")] == [f"dependencia/{casa.id}/kept"]


def test_old_links_sessions_and_failures_are_forgotten_and_the_young_stay(app, escom, now):
    persona = factories.usuario(now)
    for since in (now, now - timedelta(days=300)):
        sesiones.abrir(persona.id, navegador="x", ip="", now=since)
        with unit_of_work(since) as uow:
            enlaces.crear(uow, "contrasena", usuario_id=persona.id)
        intentos.fallar([f"ip:{since:%Y-%j}"], since)
    assert limpieza.cuentas(now, simular=True) == {"enlaces": 1, "sesiones": 1, "intentos": 1}
    assert limpieza.cuentas(now) == {"enlaces": 1, "sesiones": 1, "intentos": 1}
    assert [db.session.scalar(select(func.count(m.id))) for m in (Enlace, Sesion, IntentoIngreso)] == [
        1,
        1,
        1,
    ]


def test_done_work_is_forgotten_and_what_is_due_never(app, escom, now):
    long_ago = now - timedelta(days=40)
    with escuela_scope(escom.id):
        with unit_of_work(long_ago) as uow:
            uow.later("correo", 1)
            uow.later("correo", 2)
            uow.session.scalars(select(Outbox).where(Outbox.objeto_id == 1)).one().hecho = long_ago
        assert limpieza.trabajo_hecho(now) == 1
        assert db.session.scalars(select(Outbox.objeto_id)).all() == [2]


def test_once_a_day_whichever_process_comes_first(app, escom, now, monkeypatch):
    cleaned: list[int] = []
    monkeypatch.setattr(limpieza, "archivos", lambda now: cleaned.append(1) or limpieza.Archivos())
    monkeypatch.setattr(limpieza, "dossiers", lambda now: cleaned.append(2) or limpieza.Archivos())
    schools = len(limpieza.escuelas_todas())
    for _process in range(2):
        monkeypatch.setattr(outbox, "_last_tidied", None)
        outbox.tidy_once_a_day(now)
        outbox.tidy_once_a_day(now)
    assert sorted(cleaned) == [1] * schools + [2]
    monkeypatch.setattr(outbox, "_last_tidied", None)
    outbox.tidy_once_a_day(now + timedelta(days=1))
    assert len(cleaned) == 2 * (schools + 1)


def test_a_storage_that_is_down_stops_neither_the_others_nor_the_mails(app, escom, now, monkeypatch):
    cleaned: list[int] = []

    def fail(now):
        raise ConnectionError

    monkeypatch.setattr(limpieza, "archivos", fail)
    monkeypatch.setattr(limpieza, "dossiers", lambda now: cleaned.append(2) or limpieza.Archivos())
    monkeypatch.setattr(outbox, "_last_tidied", None)
    outbox.tidy_once_a_day(now)
    assert cleaned == [2]


@pytest.mark.parametrize("pages", [1, 3])
def test_memory_is_eight_bytes_a_key(pages):
    keys = [f"escuela/1/{n}" for n in range(500 * pages)]
    known = limpieza._Claves(limpieza._digest(key) for key in keys[::2])
    assert [key in known for key in keys] == [n % 2 == 0 for n in range(len(keys))]
    assert known._digests.itemsize == 8


def test_every_table_whose_rows_name_an_object_is_asked():
    assert {"documento", "dossier_documento"} <= {model.__tablename__ for model in limpieza.con_archivo()}
    assert not {"outbox", "entrega"} & {model.__tablename__ for model in limpieza.con_archivo()}
