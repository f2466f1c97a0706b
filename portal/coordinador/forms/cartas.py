"""Why a letter is revoked, why an expediente goes back."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.forms import Formulario

PEDIR = "Escriba el motivo: quien tiene la carta debe saber por qué ya no es válida."


class RevocarForm(Formulario):
    """The reason, and whether another letter takes its place."""

    motivo = TextAreaField(
        "Motivo",
        [DataRequired(PEDIR), Length(min=10, max=2000, message="Escriba el motivo con al menos 10 letras.")],
        description="Lo leerán tal cual el alumno y la dependencia, con el nombre de usted.",
    )


class DevolverForm(Formulario):
    """Which accepted step is opened again, and what is to be corrected."""

    clave = RadioField("¿Qué hay que corregir?", [DataRequired("Elija el paso que se abre otra vez.")])
    motivo = TextAreaField(
        "Motivo",
        [
            DataRequired("Escriba el motivo: el alumno debe saber qué corregir."),
            Length(min=10, max=2000, message="Escriba el motivo con al menos 10 letras."),
        ],
        description="Lo leerá tal cual el alumno, con el nombre de usted.",
    )

    def ofrecer(self, pasos: list[tuple[str, str]]) -> Any:
        """Offer these (clave, name) steps."""
        self.clave.choices = pasos
        return self
