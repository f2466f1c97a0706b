"""Forms of accounts."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from portal.web.forms import Formulario, NuevaContrasenaForm, UsuarioForm


class OlvidadaForm(UsuarioForm):
    """Who forgot the password."""


class CambioForm(NuevaContrasenaForm):
    """The password in use, and the new one twice."""

    actual = PasswordField(
        "Contraseña actual",
        [DataRequired("Falta la contraseña actual.")],
        render_kw={"autocomplete": "current-password"},
    )


class NombreForm(Formulario):
    """How the account is named."""

    nombre = StringField(
        "Nombre completo",
        [DataRequired("Falta el nombre."), Length(max=200, message="Caben 200 letras.")],
        render_kw={"autocomplete": "name"},
    )


CODIGO = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


class SegundoForm(Formulario):
    """A code of the app, or one for an emergency."""

    codigo = StringField("Código", [DataRequired("Falta el código."), Length(max=40)], render_kw=CODIGO)


class ConfirmarForm(Formulario):
    """The password, again, before something that would lock the owner out."""

    contrasena = PasswordField(
        "Contraseña",
        [DataRequired("Falta la contraseña."), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class ApagarForm(ConfirmarForm):
    """The password and a code."""

    codigo = SegundoForm.codigo


class CredencialForm(Formulario):
    """What a passkey answered, written by the page's script."""

    siguiente = HiddenField()
    credencial = HiddenField(validators=[DataRequired(), Length(max=20_000)])


class LlaveForm(ConfirmarForm):
    """A new passkey: what it is called, and what the device made."""

    nombre = StringField(
        "Nombre de la llave",
        [DataRequired("Falta un nombre para reconocerla."), Length(max=80, message="Caben 80 letras.")],
        description="Para reconocerla después, como «Teléfono» o «Computadora de la oficina».",
    )
    credencial = HiddenField(validators=[Length(max=20_000)])
