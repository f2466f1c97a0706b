"""Rows for tests: every name, RFC and boleta is made up. Each function is a short unit of work in its scope."""

from __future__ import annotations

import io
import itertools
from datetime import date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from portal.domain.access import Actor
from portal.models import (
    Alumno,
    Convenio,
    Dependencia,
    DependenciaUsuario,
    Documento,
    Enlace,
    Escuela,
    Miembro,
    Proyecto,
    Solicitud,
    Usuario,
)
from portal.services import enlaces, escuelas, runtime, sesiones
from portal.services.documentos import Guardado, registrar
from portal.services.uow import unit_of_work
from tenants.ids import new_public_id
from tenants.scope import escuela_scope
from tests.files import samples

PASSWORD = "Servicio-2026!"
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$invalid"
RFCS = ("BPP010203AB4", "MUS990101K58", "HGE870512PZ1", "FCC050607TT3", "LAB110809XY5", "COO130131QQ6")
_numbers = itertools.count(1)


def usuario(now: datetime, nombre: str = "Persona de Prueba", correo: str = "") -> Usuario:
    """An account whose password is unknown; sign in with `sign_in`."""
    with unit_of_work(now) as uow:
        return uow.add(
            Usuario(
                correo=correo or f"persona{next(_numbers)}@ejemplo.test",
                nombre=nombre,
                contrasena_hash=PASSWORD_HASH,
                contrasena_desde=now,
                correo_confirmado=now,
            )
        )


def coordinador(
    escuela: Escuela, now: datetime, *permisos: str, nombre: str = "Coordinadora de Prueba"
) -> Usuario:
    """A member of the office, with all permissions unless some are named."""
    persona = usuario(now, nombre)
    every = ["convenios", "expedientes", "reportes", "terminos", "administracion"]
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        uow.add(Miembro(usuario_id=persona.id, cargo="Coordinación", permisos=list(permisos) or every))
    return persona


def alumno(escuela: Escuela, now: datetime, *, con_cuenta: bool = True, **fields: Any) -> Alumno:
    """An active alumno of the escuela, with an account unless told otherwise."""
    n = next(_numbers)
    persona = usuario(now, "Alumno de Prueba") if con_cuenta else None
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        perfil = escuelas.perfil(escuela.perfil_version)
        values: dict[str, Any] = {
            "usuario_id": persona.id if persona else None,
            "boleta": f"20216{n:05d}",
            "nombre": "Ximena",
            "paterno": "Prueba",
            "materno": f"Ficticia{n}",
            "correo": persona.correo if persona else f"alumno{n}@ejemplo.test",
            "carrera": perfil.carreras[0].clave,
            "semestre": 7,
            "genero": "F",
            "creditos_pct": 80,
            "estado": "activo",
        }
        values.update(fields)
        return uow.add(Alumno(**values))


def dependencia(now: datetime, *, razon_social: str = "", correo: str = "") -> tuple[Dependencia, Usuario]:
    """A verified dependencia and the account of the person who acts for it."""
    n = next(_numbers)
    persona = usuario(now, "Representante de Prueba", correo or f"dependencia{n}@ejemplo.test")
    with unit_of_work(now) as uow:
        found = uow.add(
            Dependencia(
                rfc=f"PRU{n:06d}AA1"[:12],
                razon_social=razon_social or f"Biblioteca de Prueba {n}, A.C.",
                sector="social",
                calle="Calle Ficticia 1",
                colonia="Centro",
                municipio="Ciudad de Prueba",
                entidad="Ciudad de México",
                cp="06000",
                telefono="5555555555",
                correo=persona.correo,
                representante_nombre="Renata Ejemplo Ficticia",
                representante_cargo="Directora general",
                representante_correo=persona.correo,
                verificada=now,
            )
        )
        uow.add(DependenciaUsuario(dependencia_id=found.id, usuario_id=persona.id, cargo="Directora"))
    return found, persona


def convenio(escuela: Escuela, de: Dependencia, now: datetime, **fields: Any) -> Convenio:
    """A vigente convenio of two years."""
    values: dict[str, Any] = {
        "estado": "vigente",
        "desde": now.date(),
        "hasta": now.date() + timedelta(days=730),
    }
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        return uow.add(Convenio(dependencia_id=de.id, correo_contacto=de.correo, **{**values, **fields}))


def proyecto(escuela: Escuela, con: Convenio, now: datetime, **fields: Any) -> Proyecto:
    """A published proyecto with three seats."""
    values: dict[str, Any] = {
        "estado": "publicado",
        "titulo": f"Catálogo digital {next(_numbers)}",
        "proposito": "Ordenar y publicar el acervo de la biblioteca.",
        "actividades": ["Capturar fichas", "Revisar imágenes", "Atender consultas"],
        "carreras": [c.clave for c in escuelas_perfil(escuela).carreras],
        "cupo": 3,
        "modalidad": "presencial",
        "lugar": "Calle Ficticia 1, Centro",
        "zona": "centro",
        "horario": "Lunes a viernes de 9:00 a 13:00",
        "responsable_nombre": "Ramiro Ejemplo",
        "responsable_cargo": "Responsable de acervo",
        "responsable_correo": "responsable@ejemplo.test",
        "jefe_nombre": "Julia Ejemplo",
        "jefe_cargo": "Jefa de biblioteca",
        "jefe_correo": "jefa@ejemplo.test",
        "gerente_nombre": "Gerardo Ejemplo",
        "gerente_cargo": "Gerente general",
        "gerente_correo": "gerente@ejemplo.test",
    }
    values.update(fields)
    values.setdefault("busqueda", values["titulo"].lower())
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        return uow.add(Proyecto(dependencia_id=con.dependencia_id, convenio_id=con.id, **values))


def escuelas_perfil(escuela: Escuela) -> Any:
    """The profile in force of an escuela."""
    with escuela_scope(escuela.id):
        return escuelas.perfil(escuela.perfil_version)


def enlace_vivo(token: str, proposito: str, now: datetime) -> Enlace | None:
    """The link behind a token while it may be used."""
    found = enlaces.buscar(token, proposito)
    return found if found is not None and enlaces.vigente(found, now) else None


def sign_in(client: FlaskClient, usuario_id: int, now: datetime) -> FlaskClient:
    """Give the client an open session of that account."""
    token = sesiones.abrir(usuario_id, navegador="pytest", ip="127.0.0.1", now=now)
    with client.session_transaction() as session:
        session["_user_id"] = token
        session["_fresh"] = True
    return client


SOME_DAY = date(2026, 8, 3)


def como_alumno(quien: Alumno) -> Actor:
    """The alumno as an actor."""
    return Actor("alumno", quien.nombre_completo, quien.usuario_id, quien.escuela_id, quien.id)


def como_dependencia(*de: Dependencia, nombre: str = "Representante de Prueba") -> Actor:
    """Somebody who acts for these dependencias."""
    return Actor("dependencia", nombre, dependencia_ids=frozenset(d.id for d in de))


def como_coordinador(escuela: Escuela, *permisos: str) -> Actor:
    """Somebody of the office, with all permissions unless some are named."""
    every = permisos or ("convenios", "expedientes", "reportes", "terminos", "administracion")
    return Actor("coordinador", "Coordinadora de Prueba", None, escuela.id, permisos=frozenset(every))


def documento(
    escuela: Escuela, now: datetime, *, de: Alumno | None = None, tipo: str = "presentacion"
) -> Documento:
    """A small PDF that lies in the storage, with its row."""
    content = samples.pdf_bytes(samples.pdf_of("Documento ficticio"))
    key = f"escuela/{escuela.id}/{new_public_id()}.pdf"
    storage = runtime.current().backends.storage
    with escuela_scope(escuela.id):
        stored = storage.put(key, io.BytesIO(content), size=len(content), content_type="application/pdf")
        file = Guardado(
            storage.name, key, "documento.pdf", "application/pdf", stored.size, stored.sha256, 1, (), ""
        )
        with unit_of_work(now) as uow:
            return registrar(uow, file, tipo, alumno_id=de.id if de else None)


def solicitud(de: Alumno, para: Proyecto, escuela: Escuela, now: datetime, **fields: Any) -> Solicitud:
    """A sent solicitud with its two papers."""
    values: dict[str, Any] = {"estado": "enviada", "mensaje": "Me interesa el acervo."}
    if fields.get("estado", "enviada") != "borrador":
        values["presentacion_documento_id"] = documento(escuela, now, de=de).id
        values["constancia_documento_id"] = documento(escuela, now, de=de, tipo="constancia_estudios").id
    values.update(fields)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        return uow.add(
            Solicitud(alumno_id=de.id, proyecto_id=para.id, dependencia_id=para.dependencia_id, **values)
        )
