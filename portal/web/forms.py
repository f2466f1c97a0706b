"""Forms that several parts of the portal show: signing in, choosing a password."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, StringField
from wtforms.meta import DefaultMeta
from wtforms.validators import DataRequired, EqualTo, Length

from portal.web import contexto


class Formulario(FlaskForm):
    """A form whose own library's sentences are Spanish too."""

    class Meta(FlaskForm.Meta):
        """Where the sentences come from."""

        locales = ("es",)

        def get_translations(self, form: Any) -> Any:
            """The library's own catalogue; no other is installed."""
            return DefaultMeta.get_translations(self, form)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What was sent as a form. JSON is none: the library would take any value of it for a text."""
            if request.is_json and not isinstance(formdata, MultiDict):
                return None
            return super().wrap_formdata(form, formdata)


NUEVA = {"autocomplete": "new-password", "data-reglas": "#reglas-contrasena"}


class UsuarioForm(Formulario):
    """Who it is: `usuario` is a boleta, by the name that the escuela gives it, or an e-mail."""

    usuario = StringField(
        "Boleta o correo electrónico",
        [DataRequired("Falta la boleta o el correo."), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if g.get("escuela") is not None:
            self.usuario.label.text = f"{contexto.perfil().boleta.nombre} o correo electrónico"


class IngresoForm(UsuarioForm):
    """Signing in."""

    contrasena = PasswordField(
        "Contraseña",
        [DataRequired("Falta la contraseña."), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )
    siguiente = HiddenField()


class NuevaContrasenaForm(Formulario):
    """A new password, typed twice."""

    nueva = PasswordField("Contraseña nueva", [DataRequired("Falta la contraseña nueva.")], render_kw=NUEVA)
    repetida = PasswordField(
        "Contraseña nueva, otra vez",
        [
            DataRequired("Falta repetir la contraseña."),
            EqualTo("nueva", "Las dos contraseñas no son iguales."),
        ],
        render_kw={"autocomplete": "new-password"},
    )
