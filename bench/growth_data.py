"""Rows for measuring growth on PostgreSQL: one escuela is written, the others are copies of it, made by the database.

A key is (escuela_id, id), so a copy keeps its ids; it has a dependencia of its own, and nobody signs in to it but the
coordinadores that are made for it. Indexes are built after the rows; foreign keys are left out: nothing is written
while pages are measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from flask_migrate import upgrade
from psycopg import sql

from bench.data import fill
from portal import create_app
from portal.models import db
from portal.services import escuelas
from portal.settings import Settings
from tenants.guard import owned_tables
from tenants.scope import escuela_scope
from tests import real

ROOT = Path(__file__).resolve().parents[1]
PASOS = 3
"""Steps of the plan that each servicio has here: enough to fill the queues."""
CONOCIDAS = 10
"""Escuelas with a coordinador who signs in, spread over all of them."""
MEMORIA = "SET maintenance_work_mem = '512MB'"
HISTORIA = """
INSERT INTO bitacora (escuela_id, id, usuario_id, autor, rol, noun, objeto_id, alumno_id, accion, antes, despues,
                      motivo, numero, anterior, huella, creado)
SELECT c.escuela_id, row_number() OVER (ORDER BY c.creado, c.orden, c.objeto_id), NULL, c.autor, c.rol,
       c.noun, c.objeto_id, c.alumno_id, c.accion, c.antes, c.despues, c.motivo,
       row_number() OVER (ORDER BY c.creado, c.orden, c.objeto_id), repeat('0', 64),
       md5(c.objeto_id::text) || md5(c.accion), c.creado
FROM (
  SELECT s.escuela_id, 0 AS orden, 'Sistema' AS autor, 'sistema' AS rol, 'servicio' AS noun, s.id AS objeto_id,
         s.alumno_id, 'activar' AS accion, 'prerregistrado' AS antes, 'activo' AS despues, '' AS motivo,
         now() - (20 + s.n % 150) * interval '1 day' AS creado
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM servicio) s
  UNION ALL
  SELECT e.escuela_id, l.orden, l.autor, l.rol, 'entrega', e.id, e.alumno_id, l.accion, l.antes,
         CASE WHEN l.orden = 3 AND e.n % 10 = 0 THEN 'rechazada' ELSE l.despues END,
         CASE WHEN l.orden = 3 AND e.n % 10 = 0 THEN 'Las horas no corresponden al periodo que reportas.' ELSE '' END,
         now() - (15 + e.n % 140) * interval '1 day' + l.orden * (1 + e.n % 4) * interval '1 day'
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM entrega WHERE orden = 1) e
  CROSS JOIN (VALUES (1, 'Alumna de Medida', 'alumno', 'enviar', 'habilitada', 'en_revision'),
                     (2, 'Representante de Medida', 'dependencia', 'aceptar', 'en_revision', 'en_revision'),
                     (3, 'Coordinadora de Medida', 'coordinador', 'aceptar', 'en_revision', 'aceptada'))
             AS l(orden, autor, rol, accion, antes, despues)
) c
"""


@dataclass(frozen=True)
class Base:
    """A filled database: its address for the portal, and (slug, account) of the escuelas that somebody signs in to."""

    url: str
    coordinadores: list[tuple[str, int]]


@contextmanager
def base(databases: real.Databases, environ: dict[str, str], cuantas: int, cada_una: int) -> Iterator[Base]:
    """A database with so many escuelas of so many servicios each, dropped afterwards."""
    name = databases.create_numbered()
    owner = real.on(databases.owner, name)
    try:
        escuela_id, people, tablas = _una(owner, environ, cada_una)
        with psycopg.connect(owner) as connection:
            connection.execute(HISTORIA)
            escuelas_ = _copiar(connection, tablas, escuela_id, cuantas)
            conocidas = _conocidas(connection, escuelas_, escuela_id, people["coordinador"])
        _cerrar(owner, tablas)
        yield Base(real.on(databases.app, name), conocidas)
    finally:
        databases.drop(name)


def _una(owner: str, environ: dict[str, str], cada_una: int) -> tuple[int, dict[str, Any], list[str]]:
    """The first escuela, through the portal's own tables; answers its id, who signs in, and the owned tables."""
    now = datetime.now(UTC)
    with create_app(Settings.from_env({**environ, "PORTAL_DATABASE_URL": owner})).app_context():
        upgrade(directory=str(ROOT / "migrations"))
        tablas = [table.name for table in owned_tables(db.metadata)]
        escuela = escuelas.cargar(ROOT / "tenants" / "escom", now=now)
        with escuela_scope(escuela.id):
            perfil = escuelas.perfil(1)
            plan = escuelas.plan(1, perfil.planes[0].clave)
        db.session.remove()
        _abrir(owner, tablas)
        with db.engine.begin() as connection:
            people = fill(
                connection, escuela.id, perfil, replace(plan, entregas=plan.entregas[:PASOS]), cada_una, now
            )
        db.engine.dispose()
    return escuela.id, people, tablas


def _abrir(owner: str, tablas: list[str]) -> None:
    """Whoever owns the tables writes into every escuela; what slows writing is put aside in a table of its own."""
    with psycopg.connect(owner) as connection:
        connection.execute(
            """CREATE TABLE puesto_aparte AS
               SELECT conrelid::regclass::text AS tabla, conname AS nombre, contype AS tipo,
                      format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
                             pg_get_constraintdef(oid)) AS hacer
               FROM pg_constraint WHERE contype IN ('f', 'u', 'p') AND conrelid::regclass::text = ANY(%s)
               UNION ALL
               SELECT tablename, indexname, 'i', indexdef FROM pg_indexes i
               WHERE tablename = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)""",
            [tablas, tablas],
        )
        aparte = "SELECT tabla, nombre, tipo FROM puesto_aparte ORDER BY tipo <> 'f'"
        for tabla, nombre, tipo in connection.execute(aparte).fetchall():
            if tipo == "i":
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(nombre)))
            else:
                drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE")
                connection.execute(drop.format(sql.Identifier(tabla), sql.Identifier(nombre)))
        for tabla in tablas:
            connection.execute(
                sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(tabla))
            )


def _cerrar(owner: str, tablas: list[str]) -> None:
    """Keys and indexes are built, the wall stands again, the planner knows the tables."""
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(MEMORIA)
        for (hacer,) in connection.execute(
            "SELECT hacer FROM puesto_aparte WHERE tipo <> 'f' ORDER BY tipo DESC"
        ).fetchall():
            connection.execute(hacer)
        for tabla in tablas:
            connection.execute(
                sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(tabla))
            )
        connection.execute("VACUUM ANALYZE")


def _columnas(connection: psycopg.Connection[Any], tabla: str) -> list[str]:
    query = (
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
    )
    return [name for (name,) in connection.execute(query, [tabla])]


def _copia(
    connection: psycopg.Connection[Any], tabla: str, cambios: dict[str, str], donde: str, valores: list[Any]
) -> None:
    """Insert each row that `donde` finds once for each escuela of `copias`, some columns changed."""
    columnas = _columnas(connection, tabla)
    lista = sql.SQL(", ").join(map(sql.Identifier, columnas))
    exprs = sql.SQL(", ").join(
        sql.SQL(cambios[c]) if c in cambios else sql.SQL("p.{}").format(sql.Identifier(c)) for c in columnas
    )
    query = sql.SQL("INSERT INTO {t} ({l}) SELECT {e} FROM {t} p CROSS JOIN copias c WHERE ")
    connection.execute(
        query.format(t=sql.Identifier(tabla), l=lista, e=exprs) + sql.SQL(donde),  # type: ignore[arg-type]
        valores,
    )


def _copiar(
    connection: psycopg.Connection[Any], tablas: list[str], escuela_id: int, cuantas: int
) -> list[tuple[int, str]]:
    """The other escuelas; answers (id, slug) of all of them."""
    connection.execute(
        """CREATE TEMP TABLE copias AS
           SELECT n, %s::bigint + n AS id, 'medida-' || n AS slug FROM generate_series(1, %s) n""",
        [escuela_id, cuantas - 1],
    )
    _copia(connection, "escuela", {"id": "c.id", "slug": "c.slug"}, "p.id = %s", [escuela_id])
    propia = {
        "id": "p.id + c.n",
        "public_id": "substr(md5(c.n::text), 1, 16)",
        "rfc": "'BMX' || lpad(c.n::text, 6, '0') || 'AB1'",
    }
    _copia(connection, "dependencia", propia, "true", [])
    for tabla in dict.fromkeys([*tablas, "dependencia_escuela"]):
        if tabla == "miembro":
            continue
        cambios = {"escuela_id": "c.id"}
        if "dependencia_id" in _columnas(connection, tabla):
            cambios["dependencia_id"] = "p.dependencia_id + c.n"
        if tabla == "alumno":
            cambios["usuario_id"] = "NULL"
        if tabla == "dependencia_escuela":
            cambios["id"] = "p.id + c.n"
        _copia(connection, tabla, cambios, "p.escuela_id = %s", [escuela_id])
    return connection.execute("SELECT id, slug FROM escuela ORDER BY id").fetchall()


def _conocidas(
    connection: psycopg.Connection[Any], todas: list[tuple[int, str]], escuela_id: int, usuario_id: int
) -> list[tuple[str, int]]:
    """(slug, account) of escuelas spread over all, each with a coordinador of its own."""
    found = []
    for n, (id_, slug) in enumerate(todas[:: max(len(todas) // CONOCIDAS, 1)][:CONOCIDAS]):
        if id_ == escuela_id:
            found.append((slug, usuario_id))
            continue
        otra = {
            "id": f"p.id + {n}",
            "public_id": f"'coordinador{n:04d}'",
            "correo": f"'coordinador{n}@ejemplo.test'",
        }
        for tabla, cambios, donde in (
            ("usuario", otra, f"p.id = {usuario_id}"),
            ("miembro", {"escuela_id": str(id_), "usuario_id": f"p.usuario_id + {n}"},
             f"p.escuela_id = {escuela_id}"),
        ):  # fmt: skip
            _copia(connection, tabla, cambios, f"{donde} AND c.n = 1", [])
        found.append((slug, usuario_id + n))
    return found
