"""Proyectos: who may do what in which state, and what each action causes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.domain.proyecto import PROYECTO, faltantes
from portal.models import Correo, Escuela, Proyecto, Solicitud, db
from portal.services import proyectos
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests import factories

MOTIVO = "Falta precisar el horario del servicio."


def _mundo(escuela: Escuela, now: datetime, **fields):
    de, _ = factories.dependencia(now)
    con = factories.convenio(escuela, de, now)
    return de, factories.proyecto(escuela, con, now, **fields)


@pytest.mark.parametrize(
    ("estado", "accion", "quien", "queda"),
    [
        ("borrador", "enviar", "dependencia", "enviado"),
        ("borrador", "enviar", "convenios", Forbidden),
        ("rechazado", "enviar", "dependencia", "enviado"),
        ("publicado", "enviar", "dependencia", Stale),
        ("enviado", "publicar", "convenios", "publicado"),
        ("enviado", "publicar", "expedientes", Forbidden),
        ("enviado", "publicar", "dependencia", Forbidden),
        ("enviado", "rechazar", "convenios", "rechazado"),
        ("enviado", "retomar", "dependencia", "borrador"),
        ("publicado", "retomar", "dependencia", "borrador"),
        ("publicado", "pausar", "dependencia", "pausado"),
        ("pausado", "reanudar", "dependencia", "publicado"),
        ("pausado", "cerrar", "convenios", "cerrado"),
        ("publicado", "cerrar", "dependencia", "cerrado"),
        ("borrador", "descartar", "dependencia", "cerrado"),
        ("publicado", "descartar", "dependencia", Stale),
        ("cerrado", "reanudar", "dependencia", Stale),
    ],
)
def test_a_proyecto_moves_as_its_table_says(escom, now, estado, accion, quien, queda) -> None:
    de, proyecto = _mundo(escom, now, estado=estado)
    actor = (
        factories.como_dependencia(de) if quien == "dependencia" else factories.como_coordinador(escom, quien)
    )
    with escuela_scope(escom.id):
        if isinstance(queda, str):
            assert (
                proyectos.cambiar(proyecto.public_id, accion, actor=actor, now=now, motivo=MOTIVO).estado
                == queda
            )
        else:
            with pytest.raises(queda):
                proyectos.cambiar(proyecto.public_id, accion, actor=actor, now=now, motivo=MOTIVO)


def test_every_effect_of_the_machine_is_registered() -> None:
    from portal.services import effects

    assert [e for row in PROYECTO.rows for e in row.effects if not effects.known(e)] == []


def test_another_dependencias_proyecto_does_not_exist(escom: Escuela, now: datetime) -> None:
    _, proyecto = _mundo(escom, now, estado="borrador")
    otra, _ = factories.dependencia(now)
    with escuela_scope(escom.id), pytest.raises(NotFound):
        proyectos.guardar(
            proyecto.public_id, {"titulo": "x"}, actor=factories.como_dependencia(otra), now=now
        )
    with escuela_scope(escom.id), pytest.raises(NotFound):
        proyectos.cambiar(proyecto.public_id, "enviar", actor=factories.como_dependencia(otra), now=now)


@pytest.mark.parametrize("convenio", [{"estado": "vencido"}, {"hasta": date(2020, 1, 1)}])
def test_without_a_vigente_convenio_nothing_begins(escom: Escuela, now: datetime, convenio: dict) -> None:
    de, _ = factories.dependencia(now)
    factories.convenio(escom, de, now, **convenio)
    with escuela_scope(escom.id), pytest.raises(Refused) as refused:
        proyectos.crear(de.id, {"titulo": "Archivo"}, actor=factories.como_dependencia(de), now=now)
    assert refused.value.key == "proyecto.sin_convenio"


def test_a_draft_is_saved_incomplete_and_sent_only_complete(escom: Escuela, now: datetime) -> None:
    de, completo = _mundo(escom, now)
    actor = factories.como_dependencia(de)
    with escuela_scope(escom.id):
        draft = proyectos.crear(de.id, {"titulo": "Archivo histórico"}, actor=actor, now=now)
        assert "el propósito" in faltantes(draft)
        with pytest.raises(Refused) as refused:
            proyectos.cambiar(draft.public_id, "enviar", actor=actor, now=now)
        assert refused.value.key == "proyecto.incompleto"
        datos = {field: getattr(completo, field) for field in proyectos.EDITABLES}
        proyectos.guardar(draft.public_id, {**datos, "titulo": "Catálogo Ñandú"}, actor=actor, now=now)
        sent = proyectos.cambiar(draft.public_id, "enviar", actor=actor, now=now)
        assert (sent.estado, "catalogo nandu" in sent.busqueda) == ("enviado", True)


def test_at_a_distance_no_place_is_asked_and_a_file_may_list_the_activities(
    escom: Escuela, now: datetime
) -> None:
    _, proyecto = _mundo(
        escom, now, modalidad="distancia", lugar="", actividades=[], actividades_documento_id=None
    )
    assert faltantes(proyecto) == ["las actividades"]


def test_the_office_and_the_dependencia_are_written_to(
    escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    de, proyecto = _mundo(escom, now, estado="borrador")
    oficina = factories.coordinador(escom, now, "convenios")
    factories.coordinador(escom, now, "expedientes")
    coordinador = factories.como_coordinador(escom)
    with escuela_scope(escom.id):
        proyectos.cambiar(proyecto.public_id, "enviar", actor=factories.como_dependencia(de), now=now)
        proyectos.cambiar(proyecto.public_id, "rechazar", actor=coordinador, now=now, motivo=MOTIVO)
        rows = db.session.scalars(select(Correo).order_by(Correo.id)).all()
        assert [(c.plantilla, c.para) for c in rows] == [
            ("proyecto_por_revisar", oficina.correo),
            ("proyecto_rechazado", de.correo),
        ]
        assert rows[1].contexto["motivo"] == MOTIVO
    assert drain() == 2


@pytest.mark.parametrize(("cupo", "key"), [(1, "proyecto.cupo_menor"), (2, None), (9, None)])
def test_the_cupo_never_goes_below_what_is_taken(
    escom: Escuela, now: datetime, cupo: int, key: str | None
) -> None:
    de, proyecto = _mundo(escom, now, cupo=4, ocupados=2)
    actor = factories.como_dependencia(de)
    with escuela_scope(escom.id):
        if key:
            with pytest.raises(Refused) as refused:
                proyectos.ajustar(proyecto.public_id, {"cupo": cupo}, actor=actor, now=now)
            assert refused.value.key == key
        else:
            ajustado = proyectos.ajustar(
                proyecto.public_id, {"cupo": cupo, "titulo": "Otro"}, actor=actor, now=now
            )
            assert (ajustado.cupo, ajustado.titulo) == (cupo, proyecto.titulo)


def test_a_published_proyecto_with_people_is_not_rewritten(escom: Escuela, now: datetime) -> None:
    de, con_prestador = _mundo(escom, now, ocupados=1)
    actor = factories.como_dependencia(de)
    with escuela_scope(escom.id):
        with pytest.raises(Refused) as refused:
            proyectos.cambiar(con_prestador.public_id, "retomar", actor=actor, now=now)
        assert refused.value.key == "proyecto.con_prestadores"
    de, con_solicitud = _mundo(escom, now)
    factories.solicitud(factories.alumno(escom, now), con_solicitud, escom, now)
    with escuela_scope(escom.id):
        with pytest.raises(Refused) as refused:
            proyectos.cambiar(
                con_solicitud.public_id, "retomar", actor=factories.como_dependencia(de), now=now
            )
        assert refused.value.key == "proyecto.con_solicitudes"


def test_a_copy_is_a_draft_with_the_same_people(escom: Escuela, now: datetime) -> None:
    de, proyecto = _mundo(escom, now, ocupados=2)
    with escuela_scope(escom.id):
        copia = proyectos.duplicar(proyecto.public_id, actor=factories.como_dependencia(de), now=now)
        assert (copia.estado, copia.ocupados, copia.jefe_correo) == ("borrador", 0, proyecto.jefe_correo)
        assert copia.titulo.endswith("(copia)")


def test_closing_ends_the_open_solicitudes_and_tells_their_alumnos(escom: Escuela, now: datetime) -> None:
    de, proyecto = _mundo(escom, now)
    quienes = [factories.alumno(escom, now) for _ in range(3)]
    for alumno, estado in zip(quienes, ("borrador", "enviada", "aceptada"), strict=True):
        factories.solicitud(alumno, proyecto, escom, now, estado=estado)
    with escuela_scope(escom.id):
        proyectos.cambiar(proyecto.public_id, "cerrar", actor=factories.como_dependencia(de), now=now)
        estados = db.session.scalars(select(Solicitud.estado).order_by(Solicitud.id)).all()
        assert estados == ["vencida", "vencida", "aceptada"]
        para = db.session.scalars(select(Correo.para).where(Correo.plantilla == "solicitud_vencida")).all()
        assert sorted(para) == sorted(a.correo for a in quienes[:2])


def test_a_renewed_convenio_takes_over_when_the_proyecto_is_sent(escom: Escuela, now: datetime) -> None:
    de, proyecto = _mundo(escom, now, estado="borrador")
    nuevo = factories.convenio(escom, de, now, hasta=now.date() + timedelta(days=2000))
    with escuela_scope(escom.id):
        proyectos.cambiar(proyecto.public_id, "enviar", actor=factories.como_dependencia(de), now=now)
        assert db.session.scalar(select(Proyecto.convenio_id)) == nuevo.id
