"""Forms of an alumno's solicitudes."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length

from portal.web.forms import Formulario


class EnviarForm(Formulario):
    """The optional message that goes with a solicitud."""

    mensaje = TextAreaField(
        "Mensaje para la dependencia",
        [Length(max=1000, message="Escribe a lo más 1000 caracteres.")],
        description="Por qué te interesa el proyecto, qué sabes hacer o cuándo podrías empezar.",
    )
