"""Forms of the office's decision on a convenio."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField
from wtforms.validators import Length


class MotivoForm(FlaskForm):
    """A reason, or a note; whether it is long enough is the domain's care."""

    motivo = TextAreaField("Motivo", [Length(max=2000, message="Escriba a lo más 2000 caracteres.")])


class VigenciaForm(FlaskForm):
    """The term of a convenio."""

    desde = DateField("Vigente desde")
    hasta = DateField("Vigente hasta")
