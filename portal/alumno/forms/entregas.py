"""What goes along with the file of an entrega."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.campos import DateField, IntegerField
from portal.web.forms import Formulario

CIFRAS = ("horas", "desde", "hasta", "actividades")


class EntregaForm(Formulario):
    """Hours and period of a report, and what was done in it. Whether they are right is the plan's word."""

    horas = IntegerField(
        "Horas de este periodo",
        description="Solo las que cumpliste entre las dos fechas, no las acumuladas.",
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    desde = DateField("Primer día del periodo")
    hasta = DateField("Último día del periodo")
    actividades = TextAreaField(
        "¿Qué hiciste?",
        [Length(max=600, message="Resúmelo en 600 letras.")],
        description="Dos o tres frases. El detalle va en el archivo.",
    )

    def typed(self) -> dict[str, str]:
        """The figures as they were typed, to be kept with the draft."""
        return {name: (self[name].raw_data or [""])[0] for name in CIFRAS}


class SissForm(Formulario):
    """The day on which an accepted entrega was loaded in the SISS."""

    siss = DateField("¿Qué día la cargaste?", description="Por ejemplo, 16/02/2026.")


class EvaluacionForm(Formulario):
    """Whom to ask for the evaluación de desempeño."""

    responsable = StringField(
        "Nombre completo de tu responsable directo",
        [DataRequired("Escribe el nombre completo de tu responsable directo."), Length(max=200)],
    )
    responsable_cargo = StringField("Su cargo", [Length(max=160)])
    responsable_correo = StringField(
        "Su correo",
        [DataRequired("Escribe el correo de tu responsable directo."), Length(max=254)],
        description="A este correo llega el enlace. Quien revisa verá a quién se le pidió.",
        render_kw={"inputmode": "email", "autocomplete": "off"},
    )


def del_borrador(borrador: Mapping[str, str]) -> EntregaForm:
    """The form as it was typed before; nothing is lost between the steps."""
    data = MultiDict({name: borrador[name] for name in CIFRAS if name in borrador})
    return EntregaForm(formdata=data or None, meta={"csrf": False})
