"""Who signs a carta de término, and a signer corrected before the signature."""

from __future__ import annotations

from typing import Any

from wtforms import StringField
from wtforms.validators import DataRequired, Length, Regexp

from portal.dependencia.forms.proyectos import CORREO
from portal.web.forms import Formulario


def _nombre(label: str = "Nombre completo") -> Any:
    return StringField(label, [DataRequired("Escriba el nombre completo."), Length(max=200)])


def _cargo() -> Any:
    return StringField("Cargo", [DataRequired("Escriba el cargo."), Length(max=160)])


def _correo() -> Any:
    return StringField(
        "Correo electrónico",
        [
            DataRequired("Escriba el correo: ahí llega el enlace para firmar."),
            Regexp(CORREO, message="Escriba un correo completo, como nombre@ejemplo.mx."),
            Length(max=254),
        ],
        render_kw={"type": "email", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )


class TerminoForm(Formulario):
    """The two signers, in order [seed 002: firma del gerente y jefe inmediato]."""

    jefe_inmediato_nombre = _nombre()
    jefe_inmediato_cargo = _cargo()
    jefe_inmediato_correo = _correo()
    gerente_nombre = _nombre()
    gerente_cargo = _cargo()
    gerente_correo = _correo()

    def de(self, papel: str) -> tuple[str, str, str]:
        """Name, cargo and e-mail of that papel, trimmed."""
        values = (self[f"{papel}_{dato}"].data or "" for dato in ("nombre", "cargo", "correo"))
        nombre, cargo, correo = (" ".join(v.split()) for v in values)
        return nombre, cargo, correo.lower()


class FirmanteForm(Formulario):
    """A signer whose name, cargo or address was wrong."""

    nombre = _nombre()
    cargo = _cargo()
    correo = _correo()
