"""Forms of a dependencia's data: those of its first request, and those of its profile."""

from __future__ import annotations

from typing import Any

from wtforms import EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from portal.domain import dependencia as datos
from portal.web.forms import Formulario
from portal.web.labels import SECTORES

PERSONAS = (("moral", "Persona moral (institución, empresa, asociación)"), ("fisica", "Persona física"))
POR_CONFIRMAR = {"autocapitalize": "none", "spellcheck": "false"}


def _texto(rotulo: str, maximo: int, pista: str = "", **kw: Any) -> StringField:
    sentence = f"Escriba a lo más {maximo} caracteres."
    return StringField(
        rotulo, [Length(max=maximo, message=sentence)], description=pista, render_kw=kw or None
    )


def _correo(rotulo: str, pista: str = "") -> EmailField:
    return EmailField(rotulo, description=pista, render_kw={"autocomplete": "email", **POR_CONFIRMAR})


def _telefono(rotulo: str, pista: str = "Diez dígitos, con lada y sin extensión.") -> StringField:
    return StringField(
        rotulo,
        description=pista,
        render_kw={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "maxlength": "20"},
    )


class _DatosDeDependencia(Formulario):
    """A form whose fields are columns of Dependencia: shape here, meaning in domain/dependencia.py."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Every fault is told at once, each beside its field."""
        good = super().validate(extra_validators)
        campos = {f.name: f.data or "" for f in self if f.name in datos.CAMPOS and not f.errors}
        _, errors = datos.normalise(campos)
        self.mostrar(errors)
        return good and not errors

    def mostrar(self, errors: dict[str, str]) -> None:
        """Put sentences beside their fields."""
        for campo, text in errors.items():
            self[campo].errors = [text]

    def valores(self) -> dict[str, str]:
        """What was typed, by column."""
        return {f.name: f.data or "" for f in self if f.name in datos.CAMPOS}


class DatosForm(_DatosDeDependencia):
    """Who the dependencia is."""

    tipo_persona = RadioField(
        "¿Cómo está registrada ante el SAT?", choices=PERSONAS, default="moral", validate_choice=False
    )
    rfc = _texto(
        "RFC", 20, "12 caracteres si es persona moral, 13 si es física. Está en su constancia de situación fiscal.",
        autocapitalize="characters", spellcheck="false", autocomplete="off",
    )  # fmt: skip
    razon_social = _texto(
        "Razón social", 250, "Completa, como aparece en la constancia.", autocomplete="organization"
    )
    nombre_corto = _texto("Nombre con el que se le conoce", 80, "Los alumnos la verán con este nombre.")
    sector = RadioField("Sector", choices=list(SECTORES.items()), validate_choice=False)


class DomicilioForm(_DatosDeDependencia):
    """Where the dependencia is and how to reach it."""

    calle = _texto("Calle y número", 200, autocomplete="address-line1")
    colonia = _texto("Colonia", 120, autocomplete="address-line2")
    municipio = _texto("Municipio o alcaldía", 120, autocomplete="address-level2")
    entidad = SelectField(
        "Entidad federativa",
        choices=[("", "Elija una"), *((e, e) for e in datos.ENTIDADES)],
        validate_choice=False,
    )
    cp = _texto("Código postal", 5, inputmode="numeric", autocomplete="postal-code")
    telefono = _telefono("Teléfono de la dependencia")
    correo = _correo("Correo de la dependencia", "El que aparecerá en sus cartas.")
    sitio = _texto("Sitio web", 200, autocomplete="url", **POR_CONFIRMAR)


class RepresentanteForm(_DatosDeDependencia):
    """Who signs for the dependencia."""

    representante_nombre = _texto(
        "Nombre completo", 200, "Con su grado si lo usa, por ejemplo: Lic. Ana Ejemplo Ejemplo.",
        autocomplete="name",
    )  # fmt: skip
    representante_cargo = _texto(
        "Cargo", 160, "Como aparece en su nombramiento.", autocomplete="organization-title"
    )
    representante_correo = _correo(
        "Correo del representante",
        "Cuando se autorice el convenio, aquí llegará el enlace para entrar al portal.",
    )
    representante_telefono = _telefono("Teléfono del representante")


class DescripcionForm(_DatosDeDependencia):
    """What alumnos read about the dependencia."""

    nombre_corto = _texto("Nombre con el que se le conoce", 80)
    descripcion = TextAreaField(
        "Descripción",
        [Length(max=600, message="Escriba a lo más 600 caracteres.")],
        description="A qué se dedica, en dos o tres frases. La leen los alumnos.",
    )


FORMS: dict[str, type[_DatosDeDependencia]] = {
    "datos": DatosForm,
    "domicilio": DomicilioForm,
    "representante": RepresentanteForm,
}
