"""Why a letter is revoked, why an expediente goes back."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from portal.web.campos import DateField
from portal.web.forms import Formulario

CORREO = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"

PEDIR = "Escriba el motivo: quien tiene la carta debe saber por qué ya no es válida."


def _correo(label: str) -> Any:
    return StringField(
        label,
        [
            DataRequired("Escriba el correo."),
            Regexp(CORREO, message="Escriba un correo completo, como nombre@ejemplo.mx."),
            Length(max=254),
        ],
        render_kw={"type": "email", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )


class RevocarForm(Formulario):
    """The reason, and whether another letter takes its place."""

    motivo = TextAreaField(
        "Motivo",
        [DataRequired(PEDIR), Length(min=10, max=2000, message="Escriba el motivo con al menos 10 letras.")],
        description="Lo leerán tal cual el alumno y la dependencia, con el nombre de usted.",
    )


class EscaneoForm(Formulario):
    """Why a scan does not do."""

    motivo_escaneo = TextAreaField(
        "Motivo",
        [
            DataRequired("Escriba el motivo: quien firmó debe saber qué falta."),
            Length(min=10, max=2000, message="Escriba el motivo con al menos 10 letras."),
        ],
        description="Lo leerá tal cual quien firmó, con el nombre de usted.",
    )


class PapelForm(Formulario):
    """Who signed a letter by hand, in which place (`lugar`, its public id); the scan is beside these."""

    lugar = ""
    nombre = StringField("Nombre de quien firmó", [DataRequired("Escriba quién firmó."), Length(max=200)])
    cargo = StringField("Su cargo", [DataRequired("Escriba su cargo."), Length(max=160)])


class SuplenciaForm(Formulario):
    """Who is away, who signs meanwhile, and from when to when."""

    titular = StringField(
        "Nombre de quien está ausente", [DataRequired("Escriba quién está ausente."), Length(max=200)]
    )
    correo = _correo("Su correo, donde recibe las cartas por firmar")
    nombre = StringField("Nombre de quien firma", [DataRequired("Escriba quién firma."), Length(max=200)])
    cargo = StringField("Cargo de quien firma", [DataRequired("Escriba su cargo."), Length(max=160)])
    suplente_correo = _correo("Correo de quien firma")
    desde = DateField("Desde", [DataRequired("Escriba desde qué día.")])
    hasta = DateField("Hasta", [DataRequired("Escriba hasta qué día.")], description="Incluye ese día.")


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
