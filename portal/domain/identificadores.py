"""RFC, CURP, boleta, código postal, teléfono: normalised, or refused with what to do."""

import re
import unicodedata

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.mx import rfc as _rfc

BOLETA = r"\d{10}"
# RFCs that the SAT shares among many: they name nobody.
RFC_GENERICOS: dict[str, str] = {
    "XAXX010101000": "rfc.generico_nacional",
    "XEXX010101000": "rfc.generico_extranjero",
    "EXT990101NI1": "rfc.generico_extranjero",
    "EXTF900101NI1": "rfc.generico_extranjero",
}
SENTENCES: dict[str, str] = {
    "rfc.vacio": "Escriba el RFC.",
    "rfc.largo": "El RFC de una persona moral tiene 12 caracteres y el de una persona física, 13, con homoclave.",
    "rfc.largo_moral": "El RFC de una persona moral tiene 12 caracteres. Revise que no falte ni sobre ninguno.",
    "rfc.largo_fisica": "El RFC de una persona física tiene 13 caracteres. Revise que no falte ni sobre ninguno.",
    "rfc.forma": "El RFC lleva letras, una fecha (año, mes y día) y tres caracteres más. "
    "Cópielo de su constancia de situación fiscal.",
    "rfc.digito": "El último carácter del RFC no corresponde a los demás. "
    "Cópielo de su constancia de situación fiscal.",
    "rfc.generico_nacional": "Ese es el RFC genérico del público en general. Escriba el RFC propio de la dependencia.",
    "rfc.generico_extranjero": "Ese es el RFC genérico para extranjeros. Escriba el RFC propio de la dependencia.",
    "boleta.vacia": "Escribe tu boleta.",
    "boleta.forma": "La boleta no tiene la forma que usa tu escuela. Cópiala de tu credencial.",
    "cp.vacio": "Escriba el código postal.",
    "cp.forma": "El código postal tiene cinco dígitos, como 07738.",
    "cp.inexistente": "Ese código postal no existe: van de 01000 a 99999.",
    "correo.vacio": "Escriba el correo electrónico.",
    "correo.forma": "El correo electrónico debe tener la forma nombre@institucion.mx.",
    "telefono.vacio": "Escriba el teléfono.",
    "telefono.forma": "El teléfono tiene diez dígitos, con lada y sin extensión.",
}


class IdentificadorInvalido(ValueError):
    """A value that is refused; `key` names its sentence in SENTENCES."""

    def __init__(self, key: str) -> None:
        super().__init__(SENTENCES[key])
        self.key = key


def _compact(value: str) -> str:
    """Upper case, without spaces and dashes of any kind."""
    text = unicodedata.normalize("NFC", value or "")
    return re.sub(r"[\s\-_.\u2010-\u2015]", "", text).upper()


def normalise_rfc(value: str, persona: str = "") -> str:
    """The RFC in 12 (moral) or 13 (física) characters with a right check digit.

    `persona` "moral" or "fisica" demands that kind. Generic RFCs are refused.
    """
    rfc = _compact(value)
    if not rfc:
        raise IdentificadorInvalido("rfc.vacio")
    if rfc in RFC_GENERICOS:
        raise IdentificadorInvalido(RFC_GENERICOS[rfc])
    if persona and len(rfc) != {"moral": 12, "fisica": 13}[persona]:
        raise IdentificadorInvalido(f"rfc.largo_{persona}")
    if len(rfc) not in (12, 13):
        raise IdentificadorInvalido("rfc.largo")
    try:
        return _rfc.validate(rfc, validate_check_digits=True)
    except InvalidChecksum as error:
        raise IdentificadorInvalido("rfc.digito") from error
    except ValidationError as error:
        raise IdentificadorInvalido("rfc.forma") from error


def check_digit_rfc(base: str) -> str:
    """The check digit ("0"–"9" or "A") of an RFC's first 11 (moral) or 12 (física) characters."""
    base = _compact(base)
    if len(base) not in (11, 12):
        raise ValueError("an RFC without its check digit has 11 or 12 characters")
    return _rfc.calc_check_digit(base)


def normalise_boleta(value: str, patron: str = BOLETA) -> str:
    """The boleta in the form of the escuela's profile (default ten digits)."""
    boleta = _compact(value)
    if not boleta:
        raise IdentificadorInvalido("boleta.vacia")
    if not boleta.isascii() or not re.fullmatch(patron, boleta):
        raise IdentificadorInvalido("boleta.forma")
    return boleta


def normalise_cp(value: str) -> str:
    """A Mexican postal code: five digits from 01000 to 99999."""
    cp = _compact(value)
    if not cp:
        raise IdentificadorInvalido("cp.vacio")
    if not re.fullmatch(r"[0-9]{5}", cp):
        raise IdentificadorInvalido("cp.forma")
    if int(cp) < 1000:
        raise IdentificadorInvalido("cp.inexistente")
    return cp


# First two digits of a postal code -> entidad federativa, as the national postal service gives them out.
_CP_DESDE: tuple[tuple[int, str], ...] = (
    (1, "Ciudad de México"), (17, ""), (20, "Aguascalientes"), (21, "Baja California"), (23, "Baja California Sur"),
    (24, "Campeche"), (25, "Coahuila"), (28, "Colima"), (29, "Chiapas"), (31, "Chihuahua"), (34, "Durango"),
    (36, "Guanajuato"), (39, "Guerrero"), (42, "Hidalgo"), (44, "Jalisco"), (50, "Estado de México"),
    (58, "Michoacán"), (62, "Morelos"), (63, "Nayarit"), (64, "Nuevo León"), (68, "Oaxaca"), (72, "Puebla"),
    (76, "Querétaro"), (77, "Quintana Roo"), (78, "San Luis Potosí"), (80, "Sinaloa"), (83, "Sonora"),
    (86, "Tabasco"), (87, "Tamaulipas"), (90, "Tlaxcala"), (91, "Veracruz"), (97, "Yucatán"), (98, "Zacatecas"),
)  # fmt: skip


def entidad_de_cp(cp: str) -> str:
    """The entidad federativa to which a normalised postal code belongs; "" for a range given to none."""
    return [entidad for desde, entidad in _CP_DESDE if int(cp[:2]) >= desde][-1]


def normalise_correo(value: str) -> str:
    """An e-mail address in lower case, by its shape: something, @, a domain with a dot; at most 254 characters."""
    correo = unicodedata.normalize("NFC", value or "").strip().lower()
    if not correo:
        raise IdentificadorInvalido("correo.vacio")
    if len(correo) > 254 or not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+", correo):
        raise IdentificadorInvalido("correo.forma")
    return correo


def normalise_telefono(value: str) -> str:
    """A Mexican telephone in ten digits; "+52" and the old "01", "044", "045" and "521" are dropped."""
    digits = re.sub(r"[\s().+\-\u2010-\u2015]", "", value or "")
    if not digits:
        raise IdentificadorInvalido("telefono.vacio")
    for prefix in ("521", "52", "044", "045", "01"):
        if len(digits) == 10 + len(prefix) and digits.startswith(prefix):
            digits = digits[len(prefix) :]
    if not re.fullmatch(r"[1-9][0-9]{9}", digits):
        raise IdentificadorInvalido("telefono.forma")
    return digits


def normalise_codigo(value: str) -> str:
    """A letter's verification code as it is stored, XXXX-XXXX-XXXX; "" for what can be none.

    Case, spaces and dashes do not matter; its alphabet has neither 0, 1, I nor O.
    """
    codigo = _compact(value)
    if not re.fullmatch(r"[2-9A-HJ-NP-Z]{12}", codigo):
        return ""
    return f"{codigo[:4]}-{codigo[4:8]}-{codigo[8:]}"
