"""What an outbox row can ask for. Each task is thin: the scope is open, call a service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.services import (
    alumnos,
    cartas,
    correos,
    cuarentena,
    documentos,
    evaluaciones,
    evaluaciones_pdf,
    firmas_avisos,
    impresiones,
    liberaciones,
    lotes,
    tandas,
    union,
)


def send_mail(correo_id: int, now: datetime) -> None:
    """Hand one mail over; safe to run twice."""
    correos.enviar(correo_id, now=now)


def produce_letter(carta_id: int, now: datetime) -> None:
    """Render, store and issue one letter; safe to run twice: an issued one is left alone."""
    cartas.producir(carta_id, now=now)


def invite_alumno(alumno_id: int, now: datetime) -> None:
    """Write the invitation of one alumno; safe to run twice: the newer link is the one that counts."""
    alumnos.enviar_invitacion(alumno_id, now=now)


def scan_again(documento_id: int, now: datetime) -> None:
    """Ask the scanner again about a file in quarantine; safe to run twice."""
    cuarentena.revisar(documento_id, now=now)


def scan_dossier_again(archivo_id: int, now: datetime) -> None:
    """The same for a paper of a dossier."""
    cuarentena.revisar_dossier(archivo_id, now=now)


def read_constancia(archivo_id: int, now: datetime) -> None:
    """Read and match one file of a batch of constancias; safe to run twice."""
    lotes.leer(archivo_id, now=now)


def load_constancia(archivo_id: int, now: datetime) -> None:
    """Load one confirmed constancia; safe to run twice."""
    lotes.cargar(archivo_id, now=now)


def merge_expediente(union_id: int, now: datetime) -> None:
    """Merge the parts of an expediente; safe to run twice: one that is made is left alone."""
    union.producir(union_id, now=now)


def begin_tanda(tanda_id: int, now: datetime) -> None:
    """Put the next letters of a tanda in the outbox; safe to run twice."""
    tandas.repartir(tanda_id, now=now)


def issue_one_of_tanda(renglon_id: int, now: datetime) -> None:
    """Issue one letter of a tanda and produce it at once; safe to run twice: what its own row finds is done."""
    carta_id = tandas.emitir(renglon_id, now=now)
    if carta_id is not None:
        cartas.producir(carta_id, now=now)


def print_tanda(tanda_id: int, now: datetime) -> None:
    """Make the one PDF of a tanda; safe to run twice."""
    impresiones.imprimir(tanda_id, now=now)


def deliver_evaluacion(evaluacion_id: int, now: datetime) -> None:
    """Draw a signed evaluación and send its entrega to review; safe to run twice."""
    evaluaciones_pdf.entregar(evaluacion_id, now=now)


def apply_liberacion(renglon_id: int, now: datetime) -> None:
    """Tell one alumno of a published list; safe to run twice."""
    liberaciones.aplicar(renglon_id, now=now)


def ask_for_signatures(firma_id: int, now: datetime) -> None:
    """Write to a signer of all that waits for them; safe to run twice: what they were told of is left out."""
    firmas_avisos.juntar(firma_id, now=now)


TASKS: dict[str, Callable[[int, datetime], None]] = {
    "correo": send_mail,
    "carta": produce_letter,
    "invitacion": invite_alumno,
    documentos.TAREA: scan_again,
    documentos.TAREA_DOSSIER: scan_dossier_again,
    evaluaciones.TAREA: deliver_evaluacion,
    firmas_avisos.TAREA: ask_for_signatures,
    lotes.LEER: read_constancia,
    lotes.CARGAR: load_constancia,
    tandas.REPARTIR: begin_tanda,
    tandas.UNA: issue_one_of_tanda,
    impresiones.IMPRIMIR: print_tanda,
    union.TAREA: merge_expediente,
    liberaciones.TAREA: apply_liberacion,
}
