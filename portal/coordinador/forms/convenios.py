"""Forms of the office's decision on a convenio."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length

from portal.web.campos import DateField
from portal.web.forms import Formulario


class MotivoForm(Formulario):
    """A reason, or a note; whether it is long enough is the domain's care."""

    motivo = TextAreaField("Motivo", [Length(max=2000, message="Escriba a lo más 2000 caracteres.")])


class VigenciaForm(Formulario):
    """The term of a convenio."""

    desde = DateField("Vigente desde")
    hasta = DateField("Vigente hasta")
