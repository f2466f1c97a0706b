"""Forms of the public request for a convenio."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, ValidationError
from wtforms.validators import DataRequired

from portal.domain.identificadores import IdentificadorInvalido, normalise_correo
from portal.web.forms import Formulario


class InicioForm(Formulario):
    """Where the link to go on is sent."""

    correo = EmailField(
        "Correo electrónico",
        description="Le enviaremos un enlace para seguir después. Ahí llegará también la respuesta de la escuela.",
        render_kw={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_correo(self, field: EmailField) -> None:
        """A whole address, kept in lower case."""
        try:
            field.data = normalise_correo(field.data or "")
        except IdentificadorInvalido as error:
            raise ValidationError(str(error)) from error


class EnvioForm(Formulario):
    """Whoever sends the request declares that it is true."""

    declaro = BooleanField(
        "Declaro que los datos y los documentos son verdaderos y que puedo hacer esta solicitud "
        "en nombre de la dependencia.",
        [DataRequired("Marque la declaración para enviar la solicitud.")],
    )
