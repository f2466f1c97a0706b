"""Forms of the people of the office."""

from __future__ import annotations

from wtforms import EmailField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from portal.domain.identificadores import IdentificadorInvalido, normalise_correo
from portal.web.forms import Formulario

PERMISOS = (
    ("convenios", "Convenios y proyectos"),
    ("expedientes", "Expedientes: alumnos, prerregistros, trámites y bajas"),
    ("reportes", "Reportes: revisar entregas"),
    ("terminos", "Términos: listas de emisión, constancias y finalizaciones"),
    ("administracion", "Administración: cómo trabaja la escuela y quién puede qué"),
)


class PermisosForm(Formulario):
    """What a person of the office may do."""

    cargo = StringField(
        "Cargo", [Length(max=160)], description="Como lo verán sus compañeros y los correos. Opcional."
    )
    permisos = SelectMultipleField("Qué puede hacer", choices=PERMISOS)


class InvitarForm(PermisosForm):
    """Somebody new."""

    nombre = StringField("Nombre completo", [DataRequired("Escriba el nombre."), Length(max=200)])
    correo = EmailField(
        "Correo electrónico",
        description="A él llega el enlace para elegir su contraseña; sirve 7 días.",
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_correo(self, field: EmailField) -> None:
        """A whole address, kept in lower case."""
        try:
            field.data = normalise_correo(field.data or "")
        except IdentificadorInvalido as error:
            raise ValidationError("Escriba un correo completo, como nombre@ejemplo.mx.") from error
