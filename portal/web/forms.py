"""Forms that several parts of the portal show: signing in, choosing a password."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

NUEVA = {"autocomplete": "new-password", "data-reglas": "#reglas-contrasena"}


class IngresoForm(FlaskForm):
    """Signing in: `usuario` is a boleta or an e-mail."""

    usuario = StringField(
        "Boleta o correo electrónico",
        [DataRequired("Escribe tu boleta o tu correo."), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    contrasena = PasswordField(
        "Contraseña",
        [DataRequired("Escribe tu contraseña."), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )
    siguiente = HiddenField()


class NuevaContrasenaForm(FlaskForm):
    """A new password, typed twice."""

    nueva = PasswordField("Contraseña nueva", [DataRequired("Escribe la contraseña nueva.")], render_kw=NUEVA)
    repetida = PasswordField(
        "Escríbela otra vez",
        [
            DataRequired("Escribe otra vez la contraseña."),
            EqualTo("nueva", "Las dos contraseñas no son iguales."),
        ],
        render_kw={"autocomplete": "new-password"},
    )
