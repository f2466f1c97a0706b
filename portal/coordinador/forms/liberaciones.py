"""Loading a published list of liberaciones."""

from __future__ import annotations

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.campos import DateField
from portal.web.forms import Formulario


class ListaForm(Formulario):
    """The number and day of a list as it was published, and its boletas, pasted."""

    numero = StringField("Número de la lista", [DataRequired("Falta el número."), Length(max=40)])
    fecha = DateField("Fecha de publicación", [DataRequired("Falta la fecha.")])
    boletas = TextAreaField("Boletas", [Length(max=200_000, message="El texto es demasiado largo.")])


class RetiroForm(Formulario):
    """Why a published list is withdrawn."""

    motivo = TextAreaField(
        "Motivo", [DataRequired("Escriba por qué la retira, con al menos 10 letras."), Length(max=600)]
    )
