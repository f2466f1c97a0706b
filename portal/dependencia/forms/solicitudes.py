"""The form by which a dependencia accepts an alumno."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length


class AceptarForm(FlaskForm):
    """From when to when, at which hours; whether the dates are right the escuela's plan says."""

    inicio = DateField("Fecha de inicio", [InputRequired("Indique la fecha de inicio.")])
    termino = DateField("Fecha de término", [InputRequired("Indique la fecha de término.")])
    horario = StringField(
        "Horario",
        [InputRequired("Indique el horario."), Length(max=160, message="Escriba a lo más 160 caracteres.")],
    )
