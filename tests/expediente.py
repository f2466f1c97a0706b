"""Expedientes de liberación for tests: an alumno at that step, and files to gather."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from typing import Any

from portal.models import Escuela
from portal.services import runtime, union
from portal.services.documentos import Guardado
from tenants.ids import new_public_id
from tenants.scope import escuela_scope
from tests import cierre
from tests.cierre import GERENTE, JEFA
from tests.en_servicio import Caso
from tests.files.samples import pdf_bytes, pdf_of

PASO = "expediente_liberacion"
SUBEN = (("carta_compromiso", ""), ("creditos", "constancia_creditos"))


def por_armar(escuela: Escuela, now: datetime, drain: Any, **fields: Any) -> Caso:
    """Everything accepted but the expediente: its carta de término is issued here."""
    caso = cierre.con_horas(escuela, now, **fields)
    cierre.emitir(caso, now)
    for quien in (JEFA, GERENTE):
        cierre.firmar(caso, now, quien)
    drain()
    return caso


def papel(escuela: Escuela, *paginas: str, analisis: str = "sin_analisis") -> Guardado:
    """A PDF with these texts, one a page, that lies in the storage."""
    content = pdf_bytes(pdf_of(*paginas))
    key = f"escuela/{escuela.id}/{new_public_id()}.pdf"
    with escuela_scope(escuela.id):
        stored = runtime.current().backends.storage.put(key, io.BytesIO(content), size=len(content))
    sha = hashlib.sha256(content).hexdigest()
    nombre = f"{paginas[0]}.pdf"
    return Guardado(
        "carpeta", stored.key, nombre, "application/pdf", len(content), sha, len(paginas), (), "", analisis
    )


def poner(
    caso: Caso, now: datetime, clave: str, alternativa: str = "", guardado: Guardado | None = None
) -> None:
    """Upload a part as its alumno would."""
    with escuela_scope(caso.escuela.id):
        union.poner(
            caso.entrega(PASO).public_id,
            clave,
            alternativa,
            guardado or papel(caso.escuela, clave),
            actor=caso.como_alumno,
            now=now,
        )


def unir(caso: Caso, now: datetime) -> None:
    """Ask for the merge."""
    with escuela_scope(caso.escuela.id):
        union.unir(caso.entrega(PASO).public_id, actor=caso.como_alumno, now=now)


def unido(escuela: Escuela, now: datetime, drain: Any, **fields: Any) -> Caso:
    """An expediente that was gathered and merged, not sent yet."""
    caso = por_armar(escuela, now, drain, **fields)
    for clave, alternativa in SUBEN:
        poner(caso, now, clave, alternativa)
    unir(caso, now)
    drain()
    return caso
