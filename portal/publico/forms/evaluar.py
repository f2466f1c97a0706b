"""The form by which a responsable directo evaluates: who they are, what they say; criterios are the profile's."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.publico.forms.firmar import FirmaForm
from portal.web.forms import Formulario


class EvaluarForm(FirmaForm):
    """Name and cargo as they will be printed, and a comment."""

    comentarios = TextAreaField(
        "Comentarios",
        [Length(max=1000, message="Resúmalos en 1000 letras.")],
        description="Lo que quiera agregar.",
    )


class NoEvaluarForm(Formulario):
    """Why somebody does not evaluate."""

    motivo = TextAreaField(
        "Motivo",
        [
            DataRequired("Escriba el motivo: el alumno debe saber qué corregir."),
            Length(min=10, max=2000, message="Escriba el motivo con al menos 10 letras."),
        ],
        description="Lo leerá tal cual el alumno, con el nombre de usted.",
    )
