"""The número de registro of a servicio."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from portal.web.forms import Formulario


class NumeroRegistroForm(Formulario):
    """The number that the alumno will see, for example 21140/0002."""

    numero = StringField(
        "Número de registro",
        [
            DataRequired("Escriba el número de registro."),
            Length(max=30, message="Use a lo más 30 caracteres."),
        ],
        description="El alumno lo verá en su página, y se abren los pasos que lo esperaban.",
        render_kw={"autocomplete": "off"},
    )
