"""The form of an exception."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.domain.excepcion import REGLAS
from portal.web.campos import DateField, IntegerField
from portal.web.forms import Formulario

PISTAS = {
    "inicio": "Un día que no es de los que marca el plan, o que ya pasó.",
    "duracion": "Una fecha de término que da menos o más meses que los del plan.",
    "creditos": "Aunque no tenga todavía el mínimo de créditos.",
    "horas": "Más horas en un periodo que las que caben por día y por mes. Es para un servicio en curso.",
}


class ExcepcionForm(Formulario):
    """Which rule, which value where it has one, and why."""

    regla = RadioField(
        "¿Qué se permite?",
        [InputRequired("Elija qué se permite.")],
        choices=[(clave, regla.nombre) for clave, regla in REGLAS.items()],
    )
    fecha = DateField(
        "Fecha que se permite",
        [Optional()],
        description="Para la fecha de inicio o la duración: el día exacto.",
    )
    horas = IntegerField(
        "Horas que se permiten",
        [Optional()],
        description="Para las horas de un periodo.",
        render_kw={"inputmode": "numeric"},
    )
    motivo = TextAreaField(
        "Motivo",
        [Length(max=1000, message="Escriba a lo más 1000 caracteres.")],
        description="Queda en el expediente con el nombre de usted, y el alumno lo lee.",
    )

    def valor(self) -> str:
        """The value of the chosen rule, as text; "" where none was typed or the rule has none."""
        pide = REGLAS[self.regla.data].pide if self.regla.data in REGLAS else ""
        typed = {"fecha": self.fecha.data, "horas": self.horas.data}.get(pide)
        return "" if typed is None else str(typed)
