"""Batches: nothing goes away twice, a day is written once, and the ZIP is made without holding it."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Escuela, Lote, LoteServicio, db
from portal.services import envios, runtime
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests import factories
from tests.prerregistros import Caso, en_lote, registrado


@pytest.fixture
def aceptados(esca: Escuela, now: datetime, tmp_path: Path) -> list[Caso]:
    """Three accepted expedientes."""
    casos = [registrado(esca, now, tmp_path) for _ in range(3)]
    for caso in casos:
        caso.aceptar()
    return casos


def test_what_is_accepted_goes_in_a_batch_once(esca, now, tmp_path, aceptados):
    registrado(esca, now, tmp_path)  # not accepted: not in it
    first = en_lote(esca, now, aceptados[1])
    rest = en_lote(esca, now)
    assert [(lote.numero, lote.cuantos) for lote in (first, rest)] == [(1, 1), (2, 2)]
    with pytest.raises(Refused, match=r"lote\.vacio"):
        en_lote(esca, now)
    with pytest.raises(Refused, match=r"lote\.vacio"):
        en_lote(esca, now, aceptados[1])


def test_one_that_may_not_go_stops_the_batch(esca, now, aceptados):
    en_lote(esca, now, aceptados[0])
    with pytest.raises(Refused, match=r"lote\.no_elegible"):
        en_lote(esca, now, aceptados[0], aceptados[1])
    with escuela_scope(esca.id):
        assert len(db.session.scalars(select(LoteServicio)).all()) == 1


def test_sent_once_every_expediente_has_its_day_and_its_lista(esca, now, aceptados):
    lote, hoy = en_lote(esca, now), to_local(now).date()
    with escuela_scope(esca.id):
        for day in (hoy, hoy - timedelta(days=3)):  # the second time changes nothing
            envios.enviar(lote.public_id, day, actor=aceptados[0].oficina(), now=now)
        sent = db.session.scalars(select(Lote)).one()
    assert (sent.estado, sent.enviado, sent.decidio) == ("enviado", hoy, "Coordinadora de Prueba")
    assert {(c.leer()[1].fecha_envio, c.leer()[1].lista) for c in aceptados} == {(hoy, "1")}


@pytest.mark.parametrize(("days", "key"), [(None, "lote.sin_fecha"), (2, "lote.fecha_futura")])
def test_a_batch_is_sent_on_a_day_that_has_come(esca, now, aceptados, days, key):
    lote = en_lote(esca, now)
    fecha = None if days is None else to_local(now).date() + timedelta(days=days)
    with escuela_scope(esca.id), pytest.raises(Refused) as refused:
        envios.enviar(lote.public_id, fecha, actor=aceptados[0].oficina(), now=now)
    assert refused.value.key == key


def test_a_discarded_batch_frees_what_it_held(esca, now, aceptados):
    lote = en_lote(esca, now)
    with escuela_scope(esca.id):
        envios.descartar(lote.public_id, actor=aceptados[0].oficina(), now=now)
    assert en_lote(esca, now).cuantos == 3


def test_only_who_may_handles_batches_and_another_escuelas_does_not_exist(esca, escom, now, aceptados):
    lote = en_lote(esca, now)
    with escuela_scope(esca.id), pytest.raises(Forbidden):
        envios.enviar(lote.public_id, now.date(), actor=factories.como_coordinador(esca, "reportes"), now=now)
    with escuela_scope(escom.id), pytest.raises(NotFound):
        envios.enviar(lote.public_id, now.date(), actor=factories.como_coordinador(escom), now=now)


def test_two_who_pick_at_once_never_take_the_same(
    app: Flask, esca: Escuela, now: datetime, aceptados: list[Caso]
) -> None:
    actor = aceptados[0].oficina()
    db.session.remove()

    def pick(_n: int) -> int:
        with app.app_context(), escuela_scope(esca.id):
            try:
                return envios.armar("prerregistro", (), actor=actor, now=now).cuantos
            except Refused:
                return 0
            finally:
                db.session.remove()

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(pick, range(3))) == [0, 0, 3]


def test_the_zip_holds_every_file_as_it_was_sent_and_the_same_bytes_each_time(esca, now, aceptados):
    lote = en_lote(esca, now)
    with escuela_scope(esca.id):
        piezas, hechos = envios.piezas(lote), {"relacion.pdf": b"%PDF-1.7 relacion"}
        first, again = (b"".join(envios.zip_de(piezas, hechos, lote.creado)) for _ in range(2))
        storage = runtime.current().backends.storage
        stored = {p.nombre: storage.open(p.clave, 0, None).read() for p in piezas}
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == {**hechos, **stored}
    assert piezas[0].nombre.startswith("001_EJEMPLO_FICTICIA")


def test_a_zip_of_large_files_is_made_a_megabyte_at_a_time(esca, monkeypatch):
    class Big:
        """A file of 64 MB that lies nowhere."""

        left = 64

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

        def read(self, size):
            self.left -= 1
            return b"x" * size if self.left >= 0 else b""

    monkeypatch.setattr(envios, "_abrir", lambda _pieza, _escuela: Big())
    files = [envios.Pieza(f"{n}.pdf", "x", "limpio") for n in range(2)]
    with escuela_scope(esca.id):
        sizes = [len(piece) for piece in envios.zip_de(files, {}, datetime(2026, 9, 1, tzinfo=UTC))]
    assert sum(sizes) > 2 * 64 * envios.PIEZA
    assert max(sizes) < 1.01 * envios.PIEZA
