"""The form by which a dependencia accepts an alumno."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.web.campos import DateField
from portal.web.forms import Formulario


class AceptarForm(Formulario):
    """From when to when, at which hours; whether the dates are right the escuela's plan says."""

    inicio = DateField("Fecha de inicio", [InputRequired("Indique la fecha de inicio.")])
    termino = DateField("Fecha de término", [InputRequired("Indique la fecha de término.")])
    horario = StringField(
        "Horario",
        [InputRequired("Indique el horario."), Length(max=160, message="Escriba a lo más 160 caracteres.")],
    )
