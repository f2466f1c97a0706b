"""Tandas: each letter by the rules of one alone, once, whatever breaks; what is refused waits with its reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused
from portal.domain.tanda import MAXIMO, VENTANA, avance
from portal.models import Bitacora, Carta, Correo, Documento, Escuela, Outbox, Tanda, Tramite, db
from portal.queries import tandas as queries
from portal.services import cartas, documentos, impresiones, outbox, runtime, tandas, tramites
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests import tandas as mundo
from worker.tasks import TASKS

Drain = Callable[[], int]


def _estados(escuela: Escuela, tanda: Tanda) -> list[str]:
    return [r.estado for r in mundo.renglones(escuela, tanda)]


def test_each_is_issued_by_itself_and_a_bad_one_takes_no_folio(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 5, malo=2)[::-1])
    assert _estados(escom, tanda) == ["pendiente"] * 5
    drain()
    filas = mundo.renglones(escom, tanda)
    assert [f.estado for f in filas] == ["hecha", "hecha", "fallida", "hecha", "hecha"]
    assert [f.boleta for f in filas] == [f"20266{n:05d}" for n in range(5)]
    assert "carrera" in filas[2].motivo
    found = mundo.cartas(escom)
    assert [(c.numero, c.estado) for c in found] == [(n, "emitida") for n in (1, 2, 3, 4)]
    assert {c.emitio for c in found} == {"Coordinadora de Prueba"}
    with escuela_scope(escom.id):
        assert (
            len(db.session.scalars(select(Correo).where(Correo.plantilla == "tramite_atendido")).all()) == 4
        )
        assert queries.cuentas([tanda.id])[tanda.id] == queries.Cuentas(5, emitidas=4, problema=1)


def test_what_was_refused_is_corrected_and_tried_again_with_the_next_folio(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 3, malo=0))
    drain()
    mala = mundo.renglones(escom, tanda)[0]
    actor = factories.como_coordinador(escom)
    for intento in (1, 2):
        with escuela_scope(escom.id):
            assert tandas.reintentar(tanda.public_id, renglon=mala.public_id, actor=actor, now=now) == 1
        if intento == 2:
            mundo.corregir(escom, now, mala.boleta)
        drain()
        assert mundo.renglones(escom, tanda)[0].intentos == intento
    assert _estados(escom, tanda) == ["hecha"] * 3
    assert [c.numero for c in mundo.cartas(escom)] == [1, 2, 3]
    with escuela_scope(escom.id):
        assert tandas.reintentar(tanda.public_id, actor=actor, now=now) == 0
        lineas = db.session.scalars(select(Bitacora.accion).where(Bitacora.noun == "tanda_carta"))
        assert sorted(set(lineas)) == ["emitir", "fallar", "reintentar"]


def test_one_that_will_never_be_issued_is_left_out(escom: Escuela, now: datetime, drain: Drain) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 2, malo=0))
    drain()
    mala = mundo.renglones(escom, tanda)[0]
    with escuela_scope(escom.id):
        tandas.excluir(tanda.public_id, mala.public_id, actor=factories.como_coordinador(escom), now=now)
        cuentas = queries.cuentas([tanda.id])[tanda.id]
    assert (cuentas.fuera, cuentas.problema, cuentas.trabaja) == (1, 0, False)
    assert mundo.renglones(escom, tanda)[0].motivo == mala.motivo


def test_the_same_form_twice_is_one_tanda_and_the_same_alumno_twice_one_letter(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    ids = mundo.pedidos(escom, now, 2)
    primera = mundo.ordenada(escom, now, [*ids, *ids], clave="la-misma")
    assert mundo.ordenada(escom, now, ids, clave="la-misma").id == primera.id
    otra = mundo.ordenada(escom, now, ids, clave="otra")
    drain()
    assert len(mundo.cartas(escom)) == 2
    assert _estados(escom, primera) == ["hecha"] * 2
    filas = mundo.renglones(escom, otra)
    assert [f.estado for f in filas] == ["fallida"] * 2
    assert "ya cambió" in filas[0].motivo


def test_work_that_is_asked_for_again_or_breaks_off_makes_no_second_letter(
    escom: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 2))
    issue, broken = tramites.atender_en, []

    def breaks_after_issuing(uow, tramite, actor):
        carta = issue(uow, tramite, actor)
        if not broken:
            broken.append(tramite.id)
            raise RuntimeError("the machine was switched off")
        return carta

    monkeypatch.setattr(tramites, "atender_en", breaks_after_issuing)
    drain()
    assert _estados(escom, tanda) == ["pendiente", "hecha"]
    assert mundo.renglones(escom, tanda)[0].motivo == tandas.TROPIEZO
    assert [c.numero for c in mundo.cartas(escom)] == [1]
    with escuela_scope(escom.id):
        for fila in mundo.renglones(escom, tanda) * 2:
            TASKS[tandas.UNA](fila.id, now)
        for _ in range(2):
            TASKS[tandas.REPARTIR](tanda.id, now)
    drain()
    assert _estados(escom, tanda) == ["hecha"] * 2
    assert mundo.renglones(escom, tanda)[0].motivo == ""
    assert [c.numero for c in mundo.cartas(escom)] == [1, 2]


def test_a_long_tanda_stands_in_the_outbox_a_window_at_a_time(escom: Escuela, now: datetime) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, VENTANA + 3))
    with escuela_scope(escom.id):
        assert [row.tipo for row in outbox.claim(now)] == [tandas.REPARTIR]
        tandas.repartir(tanda.id, now=now)
        waiting = list(
            db.session.scalars(select(Outbox.tipo).where(Outbox.arriendo.is_(None)).order_by(Outbox.id))
        )
        assert waiting == [tandas.UNA] * VENTANA + [tandas.REPARTIR]
        tandas.repartir(tanda.id, now=now)
        tandas.repartir(tanda.id, now=now)
        query = select(Outbox.id).where(Outbox.tipo == tandas.UNA)
        assert len(db.session.scalars(query).all()) == VENTANA + 3


@pytest.mark.parametrize(
    ("clase", "permisos", "refusal"),
    [
        ("tramites", ("terminos",), Forbidden),
        ("constancias", ("reportes", "terminos"), Forbidden),
        ("finalizaciones", ("expedientes",), Forbidden),
        ("otra", ("expedientes", "terminos"), NotFound),
    ],
)
def test_who_orders_a_tanda_may_issue_one_letter(
    escom: Escuela, now: datetime, clase: str, permisos: tuple[str, ...], refusal: type[Exception]
) -> None:
    with escuela_scope(escom.id), pytest.raises(refusal):
        tandas.crear(clase, ["x"], actor=factories.como_coordinador(escom, *permisos), now=now)


def test_a_tanda_is_of_somebody_and_of_no_more_than_may_be(
    escom: Escuela, esca: Escuela, now: datetime
) -> None:
    actor = factories.como_coordinador(escom)
    ajenos = mundo.pedidos(esca, now, 1)
    with escuela_scope(escom.id):
        for ids, refusal in (
            ([], Refused),
            ([str(n) for n in range(MAXIMO + 1)], Refused),
            (ajenos, NotFound),
        ):
            with pytest.raises(refusal):
                tandas.crear("tramites", ids, actor=actor, now=now)
        assert db.session.scalars(select(Tanda)).all() == []


def test_cartas_de_finalizacion_go_to_who_is_ready_and_the_others_keep_the_reason(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    listo, otro = cierre.terminado(escom, now, drain), en_servicio.caso(escom, now)
    ids = [listo.servicio.public_id, otro.servicio.public_id]
    tanda = mundo.ordenada(escom, now, ids, "finalizaciones")
    drain()
    by_id = {f.servicio_id: f for f in mundo.renglones(escom, tanda)}
    assert by_id[listo.servicio.id].estado == "hecha"
    assert by_id[otro.servicio.id].motivo
    assert listo.leer().estado == "liberado"
    assert otro.leer().estado == "activo"


def test_constancias_are_issued_without_being_asked_for_and_answer_those_that_were(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    pidio, no_pidio = factories.alumno(escom, now), factories.alumno(escom, now)
    with escuela_scope(escom.id):
        tramite = tramites.pedir("constancia_estudios", actor=factories.como_alumno(pidio), now=now)
    mundo.ordenada(escom, now, [pidio.public_id, no_pidio.public_id], "constancias")
    drain()
    with escuela_scope(escom.id):
        found = db.session.scalars(select(Tramite).execution_options(populate_existing=True)).all()
        assert sorted(t.alumno_id for t in found) == sorted([pidio.id, no_pidio.id])
        assert {t.estado for t in found} == {"atendido"}
        assert tramite.id in {t.id for t in found}
        assert len(tramites.vista_de_constancia(pidio.public_id, now=now)) > 1000


def test_a_letter_that_could_not_be_sealed_is_tried_again_with_the_others(
    escom: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 2))
    seal = cartas.sellos.sellar
    monkeypatch.setattr(cartas.sellos, "sellar", lambda *a, **k: 1 / 0)
    drain()
    with escuela_scope(escom.id):
        assert queries.cuentas([tanda.id])[tanda.id].problema == 2
        (fila, _) = queries.filas(tanda.id, "problema").filas
        assert fila.motivo == cartas.MOTIVO_DESCONOCIDO
        assert fila.reintenta
        monkeypatch.setattr(cartas.sellos, "sellar", seal)
        assert (
            tandas.reintentar(tanda.public_id, actor=factories.como_coordinador(escom), now=datetime.now(UTC))
            == 2
        )
    drain()
    assert [c.estado for c in mundo.cartas(escom)] == ["emitida"] * 2


def test_the_letters_are_printed_together_without_seals_and_shared_fonts_are_kept_once(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 4, malo=3))
    actor = factories.como_coordinador(escom)
    with escuela_scope(escom.id), pytest.raises(Refused):
        impresiones.pedir(tanda.public_id, actor=actor, now=now)
    drain()
    claves = []
    for _ in range(2):
        with escuela_scope(escom.id):
            impresiones.pedir(tanda.public_id, actor=actor, now=now)
            impresiones.pedir(tanda.public_id, actor=actor, now=now)
        drain()
        with escuela_scope(escom.id):
            found = queries.una(tanda.public_id)
            assert found is not None
            assert found.impresion is not None
            assert (found.impresion_cartas, found.impresion.paginas, found.impresion_pedida) == (3, 3, None)
            claves.append(found.impresion.clave)
            with documentos.abrir(found.impresion) as stream:
                content = stream.read()
            each = db.session.scalars(
                select(Documento).where(Documento.tipo == "carta_constancia_estudios")
            ).all()
            assert len(content) < sum(d.bytes for d in each) * 0.6
    assert claves[0] != claves[1]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 3
        assert not any("/Annots" in page for page in pdf.pages)
    with escuela_scope(escom.id):
        assert len(db.session.scalars(select(Documento).where(Documento.tipo == "tanda")).all()) == 1
        assert len(impresiones.piezas(tanda.id)) == 3


def test_a_revoked_letter_is_in_no_print(escom: Escuela, now: datetime, drain: Drain) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 2))
    drain()
    with escuela_scope(escom.id):
        mala = db.session.scalars(select(Carta).order_by(Carta.numero)).first()
        assert mala is not None
        cartas.revocar(
            mala.public_id,
            motivo="El nombre está mal escrito.",
            actor=factories.como_coordinador(escom),
            now=now,
        )
        assert len(impresiones.piezas(tanda.id)) == 1
        assert queries.cuentas([tanda.id])[tanda.id].revocadas == 1


@pytest.mark.parametrize(
    ("hechas", "total", "expected"), [(0, 3, 0), (299, 300, 99), (300, 300, 100), (0, 0, 100)]
)
def test_only_a_finished_tanda_is_a_hundred_percent(hechas: int, total: int, expected: int) -> None:
    assert avance(hechas, total) == expected


def test_a_row_is_written_in_a_unit_of_work_with_its_letter(escom: Escuela, now: datetime) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 1))
    fila = mundo.renglones(escom, tanda)[0]
    with escuela_scope(escom.id):
        with unit_of_work(now) as uow:
            tramite = uow.lock_id(Tramite, fila.tramite_id)
            tramites.atender_en(uow, tramite, factories.como_coordinador(escom))
        tandas.emitir(fila.id, now=now)
    assert mundo.renglones(escom, tanda)[0].estado == "fallida"


def test_a_print_is_forgotten_after_a_week_and_made_again_when_asked(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 1))
    actor = factories.como_coordinador(escom)
    drain()
    for _ in range(2):
        with escuela_scope(escom.id):
            impresiones.pedir(tanda.public_id, actor=actor, now=now)
        drain()
        with escuela_scope(escom.id):
            assert impresiones.limpiar(now) == 0
            found = queries.una(tanda.public_id)
            assert found is not None
            assert found.impresion is not None
            clave = found.impresion.clave
            assert impresiones.limpiar(now + impresiones.CONSERVA + timedelta(hours=1)) == 1
            assert not runtime.current().backends.storage.exists(clave)
            assert queries.una(tanda.public_id).impresion is None  # type: ignore[union-attr]
