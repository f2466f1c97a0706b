"""The form of an alumno's own data."""

from __future__ import annotations

from wtforms import Field, TelField, ValidationError
from wtforms.validators import Length

from portal.domain.identificadores import IdentificadorInvalido, normalise_telefono
from portal.web.forms import Formulario


class TelefonoForm(Formulario):
    """A telephone of ten digits, or none."""

    telefono = TelField("Teléfono", [Length(max=30)], render_kw={"autocomplete": "tel", "inputmode": "tel"})

    def validate_telefono(self, field: Field) -> None:
        """Kept as ten digits."""
        field.data = (field.data or "").strip()
        if field.data:
            try:
                field.data = normalise_telefono(field.data)
            except IdentificadorInvalido as error:
                raise ValidationError(
                    "Escribe los diez dígitos del teléfono, con lada y sin extensión."
                ) from error
