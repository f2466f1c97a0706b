"""Forms of listas de emisión and constancias."""

from __future__ import annotations

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from portal.domain.emision import ENLACE_MAX
from portal.web.forms import Formulario


class PrimeraForm(Formulario):
    """Where an escuela's numbers begin, asked with its first lista only."""

    primera = IntegerField(
        "Número de esta primera lista",
        [Optional(), NumberRange(1, 99_999, "Escriba un número de 1 a 99999.")],
        description="Si antes llevaba sus listas en papel, siga con el número que toca. Las demás seguirán en orden.",
    )


class SacarForm(Formulario):
    """Why an alumno is taken out of a lista; asked for by the service, so that nothing typed is lost."""

    por_que = TextAreaField(
        "Por qué sale de la lista",
        [Length(max=2000, message="Escriba a lo más 2000 caracteres.")],
        description="Lo leerá tal cual el alumno, con el nombre de usted, y queda en la bitácora.",
    )


class ConstanciaForm(Formulario):
    """One constancia: its file comes beside this form, or its address; a reason where it takes another's place."""

    enlace = StringField(
        "O el enlace donde está",
        [Length(max=ENLACE_MAX, message="El enlace es demasiado largo.")],
        description="Empieza con https://. El alumno la descargará de ese sitio.",
        render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"},
    )
    motivo = TextAreaField(
        "Por qué se reemplaza",
        [Length(max=2000, message="Escriba a lo más 2000 caracteres.")],
        description="Lo leerá tal cual el alumno, con el nombre de usted. La versión anterior se conserva.",
    )
