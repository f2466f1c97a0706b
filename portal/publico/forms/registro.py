"""The forms by which an alumno registers."""

from __future__ import annotations

from typing import Any

from wtforms import EmailField, Field, PasswordField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, EqualTo, Length

from portal.domain.contrasenas import SENTENCES, faltas
from portal.domain.estadistica import semestre as semestre_dicho
from portal.domain.identificadores import IdentificadorInvalido, normalise_boleta, normalise_correo
from portal.web.campos import DateField
from portal.web.forms import NUEVA, Formulario
from portal.web.labels import GENEROS


class PersonalesForm(Formulario):
    """Who somebody is, with the escuela's own carreras and semestres [seed 001 §2]."""

    paterno = StringField("Apellido paterno", [DataRequired("Escribe tu apellido paterno."), Length(max=100)],
                          render_kw={"autocomplete": "family-name"})  # fmt: skip
    materno = StringField("Apellido materno", [Length(max=100)], render_kw={"autocomplete": "off"})
    nombre = StringField("Nombre o nombres", [DataRequired("Escribe tu nombre."), Length(max=100)],
                         render_kw={"autocomplete": "given-name"})  # fmt: skip
    carrera = SelectField("Carrera", [DataRequired("Elige tu carrera.")])
    semestre = SelectField("Semestre", [DataRequired("Elige tu semestre.")])
    genero = RadioField("Género", [DataRequired("Elige una opción.")], choices=list(GENEROS.items()))

    def __init__(self, perfil: Any, **kw: Any) -> None:
        super().__init__(**kw)
        self.perfil = perfil
        self.carrera.choices = [("", "Elige una opción"), *((c.clave, c.nombre) for c in perfil.carreras)]
        numbers = range(1, perfil.semestres + 1)
        self.semestre.choices = [("", "Elige una opción"), *((str(n), semestre_dicho(n)) for n in numbers)]

    def personales(self) -> dict[str, Any]:
        """What was typed of the person, as services take it."""
        names = ("nombre", "paterno", "materno", "carrera", "genero")
        return {
            **{name: (self[name].data or "").strip() for name in names},
            "semestre": int(self.semestre.data),
        }


class RegistroForm(PersonalesForm):
    """Who registers, with the escuela's own form of boleta, and the account that is opened [seed 001 §2]."""

    boleta = StringField("Boleta", [DataRequired("Escribe tu boleta."), Length(max=20)],
                         render_kw={"autocomplete": "off", "spellcheck": "false"})  # fmt: skip
    correo = EmailField(
        "Correo electrónico",
        [DataRequired("Escribe tu correo.")],
        render_kw={"autocomplete": "email", "spellcheck": "false"},
    )
    contrasena = PasswordField("Contraseña", [DataRequired("Elige una contraseña.")], render_kw=NUEVA)
    repetida = PasswordField(
        "Escríbela otra vez",
        [
            DataRequired("Escribe otra vez la contraseña."),
            EqualTo("contrasena", "Las dos contraseñas no son iguales."),
        ],
        render_kw={"autocomplete": "new-password"},
    )

    def __init__(self, perfil: Any, **kw: Any) -> None:
        super().__init__(perfil, **kw)
        self.boleta.label.text = perfil.boleta.nombre
        self.boleta.description = perfil.boleta.ayuda

    def cuenta(self) -> dict[str, Any]:
        """What was typed of the person and the account; the password exactly as it was."""
        return {
            **self.personales(),
            "boleta": (self.boleta.data or "").strip(),
            "correo": (self.correo.data or "").strip(),
            "contrasena": self.contrasena.data,
        }

    def validate_boleta(self, field: Field) -> None:
        """The escuela's own pattern; kept normalised."""
        try:
            field.data = normalise_boleta(field.data, self.perfil.boleta.patron)
        except IdentificadorInvalido as error:
            raise ValidationError(f"{error} {self.perfil.boleta.ayuda}") from error

    def validate_correo(self, field: Field) -> None:
        """A whole address, kept in lower case."""
        try:
            field.data = normalise_correo(field.data)
        except IdentificadorInvalido as error:
            raise ValidationError("Escribe un correo completo, como nombre@ejemplo.mx.") from error

    def validate_contrasena(self, field: Field) -> None:
        """Everything that the password lacks, in one sentence [seed 001 §1]."""
        typed = (self.boleta, self.correo, self.nombre, self.paterno, self.materno)
        missing = faltas(field.data or "", [f.data or "" for f in typed])
        if missing:
            raise ValidationError(" ".join(SENTENCES[key] for key in missing))


class PrestacionForm(Formulario):
    """Where and when the servicio is done [seed 001 §2]."""

    prestatario = StringField(
        "Prestatario",
        [DataRequired("Escribe el nombre de tu prestatario."), Length(max=250)],
        render_kw={"autocomplete": "off", "list": "prestatarios"},
    )
    inicio = DateField("Fecha de inicio", [DataRequired("Escribe tu fecha de inicio.")])
    termino = DateField("Fecha de término", [DataRequired("Escribe tu fecha de término.")])

    def prestacion(self) -> dict[str, Any]:
        """What was typed, as services take it."""
        return {
            "prestatario": (self.prestatario.data or "").strip(),
            "inicio": self.inicio.data,
            "termino": self.termino.data,
        }


class PrerregistroForm(RegistroForm, PrestacionForm):
    """The whole prerregistro, but for its file [seed 001 §2]."""


class ExpedienteForm(PersonalesForm, PrestacionForm):
    """A prerregistro of somebody who has an account: the person and the servicio."""
