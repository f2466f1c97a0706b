"""What the pages of reminders share: the rules in words, and the pause that was typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, request

from portal.domain.recordatorio import SEMANAS_MAX
from portal.services import recordatorios
from portal.web import contexto
from portal.web.labels import fecha
from portal.web.sesion import current_actor

SEMANAS = (1, 2, 4, SEMANAS_MAX)


def reglas_en_palabras(reglas: Any) -> list[str]:
    """The rules of an escuela's reminders as sentences."""
    found = [
        f"Antes de una fecha esperada: {_dias(reglas.antes)}." if reglas.antes else "",
        f"Después de ella, o desde que algo espera: {_dias(reglas.despues)}." if reglas.despues else "",
        "Lo que llega a revisión se cuenta todo junto, una vez al día." if reglas.diario else "",
    ]
    return [sentence for sentence in found if sentence]


def _dias(dias: Sequence[int]) -> str:
    texts = [str(n) for n in dias]
    joined = " y ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
    return f"{joined} {'día hábil' if list(dias) == [1] else 'días hábiles'}"


def guardar_pausa() -> None:
    """Keep the pause of a form's `semanas` (0: no more) for the person who is signed in; says what it did."""
    semanas = request.form.get("semanas", -1, type=int)
    hasta = recordatorios.pausar(semanas, actor=current_actor(), now=contexto.now())
    if hasta is None:
        flash("Sus recordatorios están activos otra vez.", "exito")
    else:
        flash(f"Sus recordatorios quedan en pausa hasta el {fecha(hasta)}.", "exito")
