"""Prerregistros for tests: somebody registers with an expediente, confirms the e-mail, and the office decides."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.calendario import add_months, proximo_inicio, to_local
from portal.models import Alumno, Correo, Escuela, Prerregistro, Servicio, db
from portal.services import dictamenes, envios, escuelas, prerregistro, registro
from portal.services.prerregistro import Prestacion
from tenants.scope import escuela_scope
from tests import factories
from tests.files import samples
from tests.services.test_cuentas import NEW, token_de

MOTIVO = "El archivo no es legible. Deberás volver a cargar con la nitidez adecuada."
_numbers = itertools.count(1)


def fechas(escuela: Escuela, now: datetime) -> tuple[date, date]:
    """The next start of a servicio, and the first end that its plan allows."""
    with escuela_scope(escuela.id):
        inicio = proximo_inicio(to_local(now).date(), escuelas.calendario())
    return inicio, add_months(inicio, 6)


def expediente(folder: Path, text: str = "Expediente ficticio") -> Path:
    """A PDF of one page."""
    path = folder / f"expediente{next(_numbers)}.pdf"
    path.write_bytes(samples.pdf_bytes(samples.pdf_of(text)))
    return path


def datos(**changes: Any) -> registro.Datos:
    """Somebody with a boleta of their own."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "boleta": f"20218{n:05d}", "nombre": "Citlali", "paterno": "Ejemplo", "materno": f"Ficticia{n}",
        "carrera": "lni", "semestre": 7, "genero": "F", "correo": f"citlali{n}@ejemplo.test", "contrasena": NEW,
    }  # fmt: skip
    return registro.Datos(**{**values, **changes})


@dataclass
class Caso:
    """One prerregistro in an escuela."""

    escuela: Escuela
    boleta: str
    now: datetime

    def leer(self) -> tuple[Servicio, Prerregistro, Alumno]:
        """Its rows, read fresh."""
        with escuela_scope(self.escuela.id):
            query = (
                select(Servicio, Prerregistro, Alumno)
                .join(Prerregistro, Prerregistro.servicio_id == Servicio.id)
                .join(Alumno, Alumno.id == Servicio.alumno_id)
                .where(Alumno.boleta == self.boleta)
            )
            row = db.session.execute(query.execution_options(populate_existing=True)).one()
            return row[0], row[1], row[2]

    def yo(self) -> Actor:
        """The alumno, signed in."""
        return factories.como_alumno(self.leer()[2])

    def oficina(self) -> Actor:
        """Somebody of the office who may."""
        return factories.como_coordinador(self.escuela, "expedientes")

    def aceptar(self, **datos: Any) -> Servicio:
        """ACEPTADO, with what is known of the REGISTRO."""
        excepcion = datos.pop("excepcion", "")
        with escuela_scope(self.escuela.id):
            return dictamenes.aceptar(
                self.leer()[0].public_id,
                datos=dictamenes.Registro(**datos),
                excepcion=excepcion,
                actor=self.oficina(),
                now=self.now,
            )

    def rechazar(self) -> Servicio:
        """RECHAZADO."""
        with escuela_scope(self.escuela.id):
            return dictamenes.rechazar(
                self.leer()[0].public_id, motivo=MOTIVO, actor=self.oficina(), now=self.now
            )

    def correos(self) -> list[str]:
        """The mails written to the alumno, in order."""
        with escuela_scope(self.escuela.id):
            query = select(Correo.plantilla).where(Correo.para == self.leer()[2].correo).order_by(Correo.id)
            return list(db.session.scalars(query))


def registrado(
    escuela: Escuela,
    now: datetime,
    folder: Path,
    *,
    prestatario: str = "PEMEX",
    confirma: bool = True,
    inicio: date | None = None,
    termino: date | None = None,
    **changes: Any,
) -> Caso:
    """Somebody registered with an expediente; the e-mail is confirmed unless told otherwise."""
    typed = datos(**changes)
    desde, hasta = fechas(escuela, now)
    with escuela_scope(escuela.id):
        prerregistro.registrar(
            typed,
            Prestacion(prestatario, inicio or desde, termino or hasta),
            [expediente(folder)],
            "expediente.pdf",
            now,
        )
        if confirma:
            registro.confirmar_correo(token_de(escuela), now)
    return Caso(escuela, typed.boleta, now)


def en_lote(escuela: Escuela, now: datetime, *casos: Caso) -> Any:
    """A batch of these accepted expedientes, or of all that are not sent yet."""
    actor = factories.como_coordinador(escuela, "expedientes")
    with escuela_scope(escuela.id):
        marcados = [c.leer()[0].public_id for c in casos]
        return envios.armar("prerregistro", marcados, actor=actor, now=now)
