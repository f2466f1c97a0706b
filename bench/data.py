"""Rows for measuring: one escuela with many servicios, written past the services because only their number counts."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from portal.models import (
    Alumno,
    Convenio,
    Correo,
    Dependencia,
    DependenciaEscuela,
    DependenciaUsuario,
    Documento,
    Entrega,
    Miembro,
    Proyecto,
    Servicio,
    Solicitud,
    Usuario,
)
from tenants.ids import new_id, new_public_id

PIECE = 2000
NAMES = ("Ana", "Bruno", "Carla", "Diego", "Elena", "Fabio", "Gilda", "Hugo", "Irene", "Jaime")
SURNAMES = ("Prueba", "Ejemplo", "Ficticio", "Muestra", "Supuesto", "Modelo", "Ensayo", "Figurado")

FILE = {
    "tipo": "entrega",
    "almacen": "folder",
    "clave": "escuela/bench.pdf",
    "nombre": "reporte.pdf",
    "mime": "application/pdf",
    "bytes": 1000,
    "sha256": "0" * 64,
    "avisos": [],
}


def _write(connection: Connection, model: Any, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    for start in range(0, len(rows), PIECE):
        connection.execute(insert(model.__table__), rows[start : start + PIECE])


def person(nombre: str, now: datetime) -> dict[str, Any]:
    """An account without password: the bench signs in by opening a session."""
    id_ = new_id()
    return {
        "id": id_,
        "public_id": new_public_id(),
        "correo": f"u{id_}@ejemplo.test",
        "nombre": nombre,
        "activo": True,
        "creado": now,
    }


def fill(
    connection: Connection, escuela_id: int, perfil: Any, plan: Any, servicios: int, now: datetime
) -> dict[str, Any]:
    """Write `servicios` servicios with their entregas, 300 proyectos and 400 solicitudes; answers who signs in."""
    rng = random.Random(7)
    own = {"escuela_id": escuela_id, "creado": now}
    coordinador = _coordinador(connection, own)
    anfitrion, dependencia_id = _dependencia(connection, own)
    convenio = {**own, **_state("vigente", now), "id": new_id(), "dependencia_id": dependencia_id}
    _write(
        connection, Convenio, [{**convenio, "desde": now.date(), "hasta": now.date() + timedelta(days=700)}]
    )
    proyectos = [_proyecto(own, n, dependencia_id, convenio["id"], perfil, now) for n in range(300)]
    _write(connection, Proyecto, proyectos)
    alumnos = _alumnos(connection, own, servicios, perfil, rng, now)
    filas, entregas, files = _servicios(own, alumnos, proyectos, dependencia_id, plan, rng, now)
    _write(connection, Documento, files)
    _write(connection, Servicio, filas)
    _write(connection, Entrega, entregas)
    _write(connection, Solicitud, _solicitudes(own, alumnos, proyectos, dependencia_id, now))
    alumno = alumnos[len(alumnos) // 2]
    _write(connection, Correo, [_correo(own, alumno, n) for n in range(10)])
    en_revision = next(e for e in entregas if e["revisor_en_turno"] == "coordinador")
    return {
        "coordinador": coordinador,
        "dependencia": anfitrion,
        "alumno": alumno["usuario_id"],
        "entrega": en_revision["public_id"],
    }


def _coordinador(connection: Connection, own: dict[str, Any]) -> int:
    """A member of the office with every permission; answers the account."""
    account = person("Coordinadora de Medida", own["creado"])
    every = ["convenios", "expedientes", "reportes", "terminos", "administracion"]
    _write(connection, Usuario, [account])
    _write(
        connection,
        Miembro,
        [{**own, "id": new_id(), "usuario_id": account["id"], "activo": True, "permisos": every}],
    )
    return int(account["id"])


def _dependencia(connection: Connection, own: dict[str, Any]) -> tuple[int, int]:
    """A dependencia known to the escuela, with one person; answers the account and the dependencia."""
    now, id_ = own["creado"], new_id()
    account = person("Representante de Medida", now)
    known = {"rfc": "BME010203AB4", "razon_social": "Biblioteca de Medida, A.C.", "correo": account["correo"]}
    acts = {"id": new_id(), "dependencia_id": id_, "usuario_id": account["id"], "activo": True, "creado": now}
    pair = {"id": new_id(), "dependencia_id": id_, **own}
    _write(connection, Usuario, [account])
    _write(
        connection,
        Dependencia,
        [{**known, "id": id_, "public_id": new_public_id(), "verificada": now, "creado": now}],
    )
    _write(connection, DependenciaUsuario, [acts])
    _write(connection, DependenciaEscuela, [pair])
    return int(account["id"]), id_


def _correo(own: dict[str, Any], alumno: dict[str, Any], n: int) -> dict[str, Any]:
    ids = {"id": new_id(), "public_id": new_public_id(), "message_id": f"<{n}@bench.test>"}
    to = {"para": alumno["correo"], "usuario_id": alumno["usuario_id"], "asunto": f"Aviso {n}"}
    return {**own, **ids, **to, "plantilla": "entrega_aceptada", "contexto": {}, "enviado": own["creado"]}


def _state(estado: str, now: datetime) -> dict[str, Any]:
    return {"estado": estado, "estado_desde": now, "public_id": new_public_id()}


def _proyecto(
    own: dict[str, Any], n: int, dependencia_id: int, convenio_id: int, perfil: Any, now: datetime
) -> dict[str, Any]:
    titulo = f"Catálogo digital número {n}"
    return {
        **own,
        **_state("publicado", now),
        "id": new_id(),
        "dependencia_id": dependencia_id,
        "convenio_id": convenio_id,
        "titulo": titulo,
        "proposito": "Ordenar y publicar el acervo.",
        "actividades": ["Capturar", "Revisar"],
        "carreras": [c.clave for c in perfil.carreras],
        "cupo": 1000,
        "ocupados": 30,
        "horario": "9:00 a 13:00",
        "modalidad": "presencial",
        "busqueda": titulo.lower(),
    }


def _alumnos(
    connection: Connection, own: dict[str, Any], count: int, perfil: Any, rng: random.Random, now: datetime
) -> list[dict[str, Any]]:
    accounts = [person("Alumna de Medida", now) for _ in range(count)]
    _write(connection, Usuario, accounts)
    rows = []
    for n, account in enumerate(accounts):
        nombre, paterno, materno = rng.choice(NAMES), rng.choice(SURNAMES), rng.choice(SURNAMES)
        rows.append(
            {
                **own,
                **_state("activo", now),
                "id": new_id(),
                "usuario_id": account["id"],
                "boleta": f"30{n:08d}",
                "nombre": nombre,
                "paterno": paterno,
                "materno": materno,
                "correo": account["correo"],
                "carrera": perfil.carreras[0].clave,
                "busqueda": f"{paterno} {materno} {nombre} 30{n:08d}".lower(),
            }
        )
    _write(connection, Alumno, rows)
    return rows


def _servicios(
    own: dict[str, Any],
    alumnos: list[dict[str, Any]],
    proyectos: list[dict[str, Any]],
    dependencia_id: int,
    plan: Any,
    rng: random.Random,
    now: datetime,
) -> tuple[list[Any], list[Any], list[Any]]:
    servicios, entregas, files = [], [], []
    for n, alumno in enumerate(alumnos):
        inicio = date(2026, 2, 16) + timedelta(days=rng.randrange(60))
        both = {"alumno_id": alumno["id"], "dependencia_id": dependencia_id}
        of_plan = {"perfil_version": 1, "plan_clave": plan.clave, "horas_plan": plan.horas_totales}
        days = {"inicio": inicio, "termino": inicio + timedelta(days=240), "horas_aceptadas": 180}
        servicio = {**own, **_state("activo", now), **both, **of_plan, **days, "id": new_id()}
        servicios.append(servicio | {"proyecto_id": proyectos[n % 300]["id"]})
        files.append({**own, **both, **FILE, "id": new_id(), "public_id": new_public_id()})
        links = both | {"servicio_id": servicio["id"]}
        entregas += [_entrega(own, spec, n, links, files[-1]["id"], now) for spec in plan.entregas]
    return servicios, entregas, files


def _entrega(
    own: dict[str, Any], spec: Any, n: int, links: dict[str, int], file_id: int, now: datetime
) -> dict[str, Any]:
    estado = (
        "aceptada" if spec.orden == 1 else "en_revision" if spec.orden == 2 and n % 40 == 0 else "bloqueada"
    )
    waiting, sent = estado == "en_revision", spec.orden <= 2
    of_plan = {
        name: getattr(spec, name) for name in ("clave", "nombre", "tipo", "orden", "pide_horas", "meta_horas")
    }
    return {
        **own,
        **_state(estado, now),
        **links,
        **of_plan,
        "id": new_id(),
        "revisan": list(spec.revisan),
        "turno": 1 if waiting else 0,
        "revisor_en_turno": ("coordinador" if n % 80 else "dependencia") if waiting else None,
        "horas": 180 if sent else 0,
        "documento_id": file_id if sent else None,
    }


def _solicitudes(
    own: dict[str, Any],
    alumnos: list[dict[str, Any]],
    proyectos: list[dict[str, Any]],
    dependencia_id: int,
    now: datetime,
) -> list[dict[str, Any]]:
    return [
        {
            **own,
            **_state("enviada", now),
            "id": new_id(),
            "alumno_id": alumno["id"],
            "proyecto_id": proyectos[n % 300]["id"],
            "dependencia_id": dependencia_id,
        }
        for n, alumno in enumerate(alumnos[:400])
    ]
