"""What the office writes of an accepted expediente, and of a batch."""

from __future__ import annotations

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from portal.web.campos import DateField
from portal.web.forms import Formulario


class DatosRegistroForm(Formulario):
    """REGISTRO: each part may wait until it is known [seed 001 §3]."""

    numero = StringField(
        "Número de registro",
        [Length(max=30, message="Use a lo más 30 caracteres.")],
        render_kw={"autocomplete": "off"},
    )
    lista = StringField(
        "Lista",
        [Length(max=20, message="Use a lo más 20 caracteres.")],
        render_kw={"autocomplete": "off"},
    )
    fecha_envio = DateField("Fecha de envío", [Optional()])


class AceptarForm(DatosRegistroForm):
    """ACEPTADO, with the reason of an exception where the plan would not allow it."""

    excepcion = TextAreaField(
        "Por qué se hace la excepción", [Length(max=500, message="Use a lo más 500 caracteres.")]
    )


class EnvioForm(Formulario):
    """The day on which a batch left."""

    fecha = DateField("Fecha de envío", [DataRequired("Escriba el día en que se envió el lote.")])
