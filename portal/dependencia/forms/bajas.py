"""Asking for a baja."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.web.campos import DateField
from portal.web.forms import Formulario


class BajaForm(Formulario):
    """Why, and from when. The file comes beside it."""

    justificacion = TextAreaField(
        "Justificación",
        [DataRequired("Escriba la justificación."), Length(max=2000, message="Use a lo más 2000 letras.")],
        description="Diga los hechos y las fechas. La leerán la escuela y el alumno, y aparecerá en la carta de baja.",
    )
    fecha = DateField("La baja surte efecto el día", [InputRequired("Escriba desde qué día.")])
