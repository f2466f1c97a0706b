"""Lines of the bitácora as they were before they were chained, and the migrations around them."""

from __future__ import annotations

from datetime import datetime

from flask_migrate import upgrade
from sqlalchemy import Connection, text

from tenants.rls import set_scope_sql
from tests.conftest import ROOT

LINE = text(
    "INSERT INTO bitacora (escuela_id, id, autor, rol, noun, objeto_id, accion, antes, despues, motivo, creado)"
    " VALUES (:escuela, :id, 'Persona de Prueba', 'sistema', 'alumno', 1, 'foto', '', '', :motivo, :creado)"
)
ESCUELA = text(
    "INSERT INTO escuela (id, slug, nombre, institucion, oficina, color, perfil_version, activa, creado)"
    " VALUES (:id, :slug, 'Escuela de Prueba', '', '', '#000000', 1, true, :creado)"
)


def migrate_to(revision: str) -> None:
    """Bring the database of the current application to a revision."""
    upgrade(directory=str(ROOT / "migrations"), revision=revision)


def from_before(connection: Connection, now: datetime) -> None:
    """Three escuelas with 5, 1 and no lines, written in another order than their ids."""
    for escuela_id, ids in ((1, (50, 10, 40, 20, 30)), (2, (15,)), (3, ())):
        connection.execute(ESCUELA, {"id": escuela_id, "slug": f"e{escuela_id}", "creado": now})
        if connection.dialect.name == "postgresql":
            connection.execute(text(set_scope_sql(escuela_id)))
        for id_ in ids:
            connection.execute(
                LINE, {"escuela": escuela_id, "id": id_, "motivo": f"Motivo ñ {id_}", "creado": now}
            )
