"""Forms of the alumnos' roll."""

from __future__ import annotations

from typing import Any

from wtforms import EmailField, Field, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from portal.domain.identificadores import IdentificadorInvalido, normalise_boleta, normalise_correo
from portal.web.forms import Formulario


class InvitarForm(Formulario):
    """One alumno to invite, with the escuela's own carreras and form of boleta."""

    nombre = StringField("Nombre o nombres", [DataRequired("Escriba el nombre."), Length(max=100)])
    paterno = StringField("Apellido paterno", [DataRequired("Escriba el apellido paterno."), Length(max=100)])
    materno = StringField("Apellido materno", [Length(max=100)])
    boleta = StringField("Boleta", [DataRequired("Escriba la boleta."), Length(max=20)])
    correo = EmailField("Correo electrónico", [DataRequired("Escriba el correo.")])
    carrera = SelectField("Carrera", [DataRequired("Elija la carrera.")])

    def __init__(self, perfil: Any, **kw: Any) -> None:
        super().__init__(**kw)
        self.perfil = perfil
        self.boleta.label.text = perfil.boleta.nombre
        self.boleta.description = f"Como {perfil.boleta.ejemplo}."
        self.correo.description = "A él llega el enlace para elegir su contraseña; sirve 7 días."
        self.carrera.choices = [("", "Elija una opción"), *((c.clave, c.nombre) for c in perfil.carreras)]

    def validate_boleta(self, field: Field) -> None:
        """The escuela's own pattern; kept normalised."""
        try:
            field.data = normalise_boleta(field.data, self.perfil.boleta.patron)
        except IdentificadorInvalido as error:
            raise ValidationError(f"Debe ser como {self.perfil.boleta.ejemplo}.") from error

    def validate_correo(self, field: Field) -> None:
        """A whole address, kept in lower case."""
        try:
            field.data = normalise_correo(field.data)
        except IdentificadorInvalido as error:
            raise ValidationError("Escriba un correo completo, como nombre@ejemplo.mx.") from error


class RechazoForm(Formulario):
    """Why a registration is not accepted; the person reads it."""

    motivo = TextAreaField("Motivo", [Length(max=2000, message="Escriba a lo más 2000 caracteres.")])
