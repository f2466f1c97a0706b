"""Forms of accounts."""

from __future__ import annotations

from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from portal.web.forms import Formulario, NuevaContrasenaForm


class OlvidadaForm(Formulario):
    """Who forgot the password."""

    usuario = StringField(
        "Boleta o correo electrónico",
        [DataRequired("Falta la boleta o el correo."), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


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
