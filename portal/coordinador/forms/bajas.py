"""The form with which the office ends a servicio for a change of dependencia."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.web.campos import DateField
from portal.web.forms import Formulario


class CambioForm(Formulario):
    """Why, and from when."""

    justificacion = TextAreaField(
        "Motivo",
        [DataRequired("Escriba el motivo."), Length(max=2000, message="Use a lo más 2000 letras.")],
        description="Lo leerán el alumno y la dependencia, y aparecerá en la carta de baja.",
    )
    fecha = DateField("El servicio termina el día", [InputRequired("Escriba desde qué día.")])
