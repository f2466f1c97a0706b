"""Forms of the dependencia's profile."""

from __future__ import annotations

from wtforms import EmailField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from portal.domain.identificadores import IdentificadorInvalido, normalise_correo
from portal.web.forms import Formulario


class PersonaForm(Formulario):
    """Somebody else who will act for the dependencia."""

    nombre = StringField("Nombre completo", [DataRequired("Escriba el nombre."), Length(max=200)])
    correo = EmailField(
        "Correo electrónico",
        description="Recibirá un enlace para elegir su contraseña.",
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    cargo = StringField("Cargo", [Length(max=160)])

    def validate_correo(self, field: EmailField) -> None:
        """A whole address, kept in lower case."""
        try:
            field.data = normalise_correo(field.data or "")
        except IdentificadorInvalido as error:
            raise ValidationError(str(error)) from error
