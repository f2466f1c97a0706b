"""The form by which somebody signs a letter, and the one by which they refuse."""

from __future__ import annotations

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from portal.web.campos import DateField
from portal.web.forms import Formulario

CORREO = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"


class FirmaForm(Formulario):
    """Name and cargo as they will be printed; the ink and the declaration are of the signature macro."""

    nombre = StringField(
        "Nombre completo",
        [DataRequired("Escriba su nombre completo."), Length(max=200)],
        description="Así aparecerá bajo su firma.",
        render_kw={"autocomplete": "name"},
    )
    cargo = StringField(
        "Cargo",
        [DataRequired("Escriba su cargo."), Length(max=160)],
        render_kw={"autocomplete": "organization-title"},
    )


class RechazoForm(Formulario):
    """Why somebody does not sign."""

    motivo = TextAreaField(
        "Motivo",
        [
            DataRequired("Escriba el motivo: quien generó la carta debe saber qué corregir."),
            Length(min=10, max=2000, message="Escriba el motivo con al menos 10 letras."),
        ],
        description="Lo leerán tal cual la dependencia y la escuela, con el nombre de usted.",
    )


class SuplenteForm(Formulario):
    """Who signs while the signer is away, and from when to when."""

    suplente_nombre = StringField(
        "Nombre completo de quien firma", [DataRequired("Escriba quién firma."), Length(max=200)]
    )
    suplente_cargo = StringField("Su cargo", [DataRequired("Escriba su cargo."), Length(max=160)])
    suplente_correo = StringField(
        "Su correo",
        [
            DataRequired("Escriba su correo: ahí llega el enlace para firmar."),
            Regexp(CORREO, message="Escriba un correo completo, como nombre@ejemplo.mx."),
            Length(max=254),
        ],
        render_kw={"type": "email", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )
    desde = DateField("Desde", [DataRequired("Escriba desde qué día.")])
    hasta = DateField("Hasta", [DataRequired("Escriba hasta qué día.")], description="Incluye ese día.")
