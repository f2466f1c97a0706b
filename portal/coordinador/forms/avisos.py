"""The form of an aviso. It checks shape only; the domain says whether its days make sense."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.domain.aviso import PARA
from portal.services.avisos import Contenido
from portal.web.campos import DateField
from portal.web.forms import Formulario


class AvisoForm(Formulario):
    """Title, text, whom it is for, from when to when."""

    titulo = StringField(
        "Título",
        [DataRequired("Escriba el título."), Length(max=160, message="Escriba a lo más 160 caracteres.")],
    )
    texto = TextAreaField(
        "Texto",
        [DataRequired("Escriba el texto."), Length(max=8000, message="Escriba a lo más 8000 caracteres.")],
        description="Deje un renglón vacío entre párrafos. Un renglón que empieza con «- » es parte de una lista; "
        "**así** queda en negritas; una dirección que empieza con https:// se vuelve enlace.",
    )
    para = RadioField("¿Para quién es?", choices=list(PARA.items()), default="alumnos")
    carreras = SelectMultipleField(
        "Solo para estas carreras", description="Si no marca ninguna, es para todas. Solo cuenta con alumnos."
    )
    planes = SelectMultipleField(
        "Solo para quienes siguen este plan", description="Si no marca ninguno, es para todos."
    )
    desde = DateField(
        "Se muestra desde",
        [InputRequired("Escriba desde qué día se muestra.")],
        description="Puede ser un día por venir.",
    )
    hasta = DateField(
        "Hasta", [Optional()], description="El último día que se muestra. Vacío: hasta que lo retire."
    )
    fijado = BooleanField("Mantener hasta arriba", description="Aparece antes que los demás.")
    publico = BooleanField(
        "Mostrar también en la página de la escuela",
        description="Lo verá cualquier persona, sin ingresar. No aplica si es solo para unas carreras o un plan.",
    )

    def ofrecer(self, perfil: Any) -> AvisoForm:
        """Offer the carreras and plans of an escuela's profile."""
        self.carreras.choices = [(c.clave, c.nombre) for c in perfil.carreras]
        self.planes.choices = [(p.clave, p.nombre) for p in perfil.planes]
        return self

    def contenido(self) -> Contenido:
        """What was typed, for the service."""
        desde: date = self.desde.data
        return Contenido(
            titulo=self.titulo.data or "",
            texto=self.texto.data or "",
            para=self.para.data,
            desde=desde,
            hasta=self.hasta.data,
            publico=self.publico.data,
            fijado=self.fijado.data,
            carreras=tuple(self.carreras.data or ()),
            planes=tuple(self.planes.data or ()),
        )
