"""Files by pieces: only their owner goes on with them, nothing is kept twice, and what is abandoned is collected."""

from __future__ import annotations

import io
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.backends.interfaces import StorageUnavailable
from portal.domain.machine import Refused
from portal.models import Escuela, Subida, SubidaPieza, db
from portal.services import limpieza, runtime, subidas
from portal.services.subidas import MAX_ABIERTAS, VIGENCIA, Avance, Desfase, Quien
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from worker import outbox

ANA = Quien("usuario:1", "a" * 64)
KB = 100_000


@pytest.fixture(autouse=True)
def _scope(escom: Escuela) -> Any:
    with escuela_scope(escom.id):
        yield


def objetos(escuela: Escuela) -> list[str]:
    return [found.key for found in runtime.current().backends.storage.list(f"escuela/{escuela.id}/subidas/")]


def filas(model: type[Any]) -> int:
    return len(db.session.scalars(select(model)).all())


def enviar(public_id: str, contenido: bytes, now: datetime, *, corte: int = KB, quien: Quien = ANA) -> None:
    """Send all of it, `corte` bytes at a time."""
    for desde in range(0, len(contenido), corte):
        subidas.agregar(quien, public_id, desde, io.BytesIO(contenido[desde : desde + corte]), now=now)


def test_the_pieces_are_the_file_again(escom: Escuela, now: datetime, tmp_path: Path) -> None:
    contenido = os.urandom(250_000)
    public_id = subidas.crear(ANA, "../reporte.pdf", len(contenido), now=now)
    enviar(public_id, contenido, now)
    assert subidas.consultar(ANA, public_id, now=now) == Avance(250_000, 250_000)
    tomada = subidas.tomar(ANA, public_id, now=now)
    subidas.juntar(tomada, tmp_path / "junto")
    assert (tomada.nombre, tomada.bytes, len(tomada.piezas)) == ("reporte.pdf", 250_000, 3)
    assert (tmp_path / "junto").read_bytes() == contenido


@pytest.mark.parametrize(
    "otro",
    [Quien("usuario:2", ANA.destino), Quien("enlace:1", ANA.destino), Quien(ANA.titular, "b" * 64)],
    ids=["another person", "a link", "another form"],
)
def test_only_who_began_it_and_only_for_its_form(now: datetime, otro: Quien) -> None:
    public_id = subidas.crear(ANA, "a.pdf", KB, now=now)
    with pytest.raises(NotFound):
        subidas.consultar(otro, public_id, now=now)
    with pytest.raises(NotFound):
        subidas.agregar(otro, public_id, 0, io.BytesIO(b"x" * KB), now=now)
    subidas.cancelar(otro, public_id, now=now)
    enviar(public_id, b"x" * KB, now)
    with pytest.raises(Refused, match=r"subida\.perdida"):
        subidas.tomar(otro, public_id, now=now)


def test_another_escuela_does_not_see_it(esca: Escuela, now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", KB, now=now)
    with escuela_scope(esca.id), pytest.raises(NotFound):
        subidas.consultar(ANA, public_id, now=now)


@pytest.mark.parametrize("public_id", ["", "no-existe", "x" * 25, "\0", "../..", "ñ"])
def test_an_id_that_nobody_gave_is_not_found(now: datetime, public_id: str) -> None:
    with pytest.raises(NotFound):
        subidas.consultar(ANA, public_id, now=now)


@pytest.mark.parametrize("desde", [0, 50_000, 150_000])
def test_a_piece_begins_where_the_file_stands(escom: Escuela, now: datetime, desde: int) -> None:
    public_id = subidas.crear(ANA, "a.pdf", 3 * KB, now=now)
    enviar(public_id, b"x" * KB, now)
    with pytest.raises(Desfase) as caught:
        subidas.agregar(ANA, public_id, desde, io.BytesIO(b"y" * KB), now=now)
    assert caught.value.recibido == KB
    assert len(objetos(escom)) == 1


def test_of_two_pieces_for_the_same_place_one_is_kept(escom: Escuela, now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", 2 * KB, now=now)

    class Quicker(io.BytesIO):
        """While this body is read, the same piece comes through another process."""

        def read(self, amount: int | None = -1) -> bytes:
            if not self.tell():
                subidas.agregar(ANA, public_id, 0, io.BytesIO(b"a" * KB), now=now)
            return super().read(amount)

    with pytest.raises(Desfase):
        subidas.agregar(ANA, public_id, 0, Quicker(b"b" * KB), now=now)
    assert (len(objetos(escom)), filas(SubidaPieza)) == (1, 1)


def test_a_body_that_ends_early_counts_as_far_as_it_came(now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", 2 * KB, now=now)
    assert subidas.agregar(ANA, public_id, 0, io.BytesIO(b"x" * 70_000), now=now).recibido == 70_000
    assert subidas.agregar(ANA, public_id, 70_000, io.BytesIO(b"x" * 10), now=now).recibido == 70_000
    assert subidas.agregar(ANA, public_id, 70_000, io.BytesIO(b""), now=now).recibido == 70_000


def test_a_body_that_fails_leaves_nothing(escom: Escuela, now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", 2 * KB, now=now)

    class Broken(io.BytesIO):
        def read(self, amount: int | None = -1) -> bytes:
            raise ValueError("over the limit")

    with pytest.raises(ValueError, match="over the limit"):
        subidas.agregar(ANA, public_id, 0, Broken(), now=now)
    assert objetos(escom) == []


def test_a_cancelled_file_leaves_nothing(escom: Escuela, now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", 3 * KB, now=now)
    enviar(public_id, b"x" * 2 * KB, now)
    subidas.cancelar(ANA, public_id, now=now)
    subidas.cancelar(ANA, public_id, now=now)
    assert (objetos(escom), filas(Subida), filas(SubidaPieza)) == ([], 0, 0)


def test_a_file_is_used_once_and_by_one_request_at_a_time(escom: Escuela, now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", KB, now=now)
    with pytest.raises(Refused, match=r"subida\.perdida"):
        subidas.tomar(ANA, public_id, now=now)
    enviar(public_id, b"x" * KB, now)
    subidas.tomar(ANA, public_id, now=now)
    with pytest.raises(Refused, match=r"subida\.en_uso"):
        subidas.tomar(ANA, public_id, now=now)
    subidas.devolver(public_id, now=now)
    subidas.tomar(ANA, public_id, now=now)
    assert subidas.tomar(ANA, public_id, now=now + timedelta(minutes=31)).bytes == KB
    subidas.gastar(public_id, now=now)
    with pytest.raises(Refused, match=r"subida\.perdida"):
        subidas.tomar(ANA, public_id, now=now)
    assert objetos(escom) == []


def test_a_piece_that_changed_in_the_storage_is_not_taken(
    escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    public_id = subidas.crear(ANA, "a.pdf", KB, now=now)
    enviar(public_id, b"x" * KB, now)
    tomada = subidas.tomar(ANA, public_id, now=now)
    runtime.current().backends.storage.put(tomada.piezas[0].clave, io.BytesIO(b"y" * KB))
    with pytest.raises(StorageUnavailable):
        subidas.juntar(tomada, tmp_path / "junto")


def test_one_person_keeps_a_bounded_number_and_weight(escom: Escuela, now: datetime) -> None:
    first = subidas.crear(ANA, "0.pdf", KB, now=now)
    enviar(first, b"x" * KB, now)
    other = Quien("usuario:2", ANA.destino)
    foreign = subidas.crear(other, "suyo.pdf", KB, now=now)
    for number in range(MAX_ABIERTAS):
        subidas.crear(ANA, f"{number}.pdf", KB, now=now)
    assert (filas(Subida), objetos(escom)) == (MAX_ABIERTAS + 1, [])
    big = [subidas.crear(ANA, "grande.pdf", 3_000_000_000, now=now) for _ in range(3)]
    assert filas(Subida) == 2 + 1
    assert subidas.consultar(ANA, big[-1], now=now).recibido == 0
    assert subidas.consultar(other, foreign, now=now).recibido == 0


def test_what_nobody_goes_on_with_is_collected_and_what_runs_is_not(escom: Escuela, now: datetime) -> None:
    abandoned = subidas.crear(ANA, "a.pdf", 2 * KB, now=now - VIGENCIA)
    enviar(abandoned, b"x" * KB, now - timedelta(hours=25))
    running = subidas.crear(ANA, "b.pdf", 2 * KB, now=now)
    enviar(running, b"x" * KB, now)
    assert subidas.limpiar(now) == 1
    assert subidas.limpiar(now) == 0
    assert len(objetos(escom)) == 1
    with pytest.raises(NotFound):
        subidas.consultar(ANA, abandoned, now=now)
    assert subidas.consultar(ANA, running, now=now).recibido == KB


def test_the_janitor_knows_the_pieces_by_their_rows(escom: Escuela, now: datetime) -> None:
    running = subidas.crear(ANA, "b.pdf", 2 * KB, now=now)
    enviar(running, b"x" * KB, now)
    runtime.current().backends.storage.put(f"escuela/{escom.id}/subidas/{running}/sin-fila", io.BytesIO(b"x"))
    found = limpieza.archivos(now + timedelta(days=2))
    assert (found.sin_renglon, found.sin_objeto, len(objetos(escom))) == (1, [], 1)


def test_the_daily_work_collects(escom: Escuela, now: datetime) -> None:
    assert subidas.limpiar in outbox.DAILY


def test_an_expired_file_does_not_exist_even_before_it_is_collected(now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", KB, now=now)
    with pytest.raises(NotFound):
        subidas.agregar(ANA, public_id, 0, io.BytesIO(b"x" * KB), now=now + VIGENCIA)


def test_a_row_is_gone_while_its_piece_is_on_the_way(escom: Escuela, now: datetime) -> None:
    public_id = subidas.crear(ANA, "a.pdf", 2 * KB, now=now)

    class Cancelled(io.BytesIO):
        def read(self, amount: int | None = -1) -> bytes:
            subidas.cancelar(ANA, public_id, now=now)
            return super().read(amount)

    with pytest.raises(NotFound):
        subidas.agregar(ANA, public_id, 0, Cancelled(b"b" * KB), now=now)
    assert objetos(escom) == []
    with unit_of_work(now) as uow:
        assert uow.session.scalars(select(Subida)).all() == []
