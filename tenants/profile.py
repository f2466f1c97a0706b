"""An escuela's profile: escuela.toml -> validated, frozen objects.

Everything in which one school differs from another is a value here. The engine
has no school's name in it; a new school is a new folder.
"""

import re
import tomllib
import unicodedata
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from tenants.profile_errors import sentences
from tenants.profile_parts import (
    Acceso,
    Boleta,
    Calendario,
    Carrera,
    CartaConfig,
    Clave,
    Convenio,
    Correo,
    CorreoPropio,
    DocumentoPedido,
    Firmante,
    Internal,
    Limites,
    Opcion,
    Part,
    Plan,
    Prerregistro,
    Texto,
    unique,
)
from tenants.profile_reviews import Evaluacion, Recordatorios, Revision

RESERVED_SLUGS = frozenset(
    (
        "dependencia",
        "dependencias",
        "verificar",
        "seguimiento",
        "correo",
        "salud",
        "metrics",
        "static",
        "firmar",
        "evaluar",
        "firma",
        "enlace",
        "cuenta",
        "ingresar",
        "salir",
        "escuela",
        "escuelas",
        "admin",
        "administracion",
        "alumno",
        "alumnos",
        "coordinador",
        "convenio",
        "carta",
        "cartas",
        "api",
        "archivo",
        "archivos",
        "documento",
        "documentos",
        "metrics",
        "metricas",
        "invitacion",
        "contrasena",
        "recuperar",
        "ayuda",
        "privacidad",
        "accesibilidad",
        "robots",
        "favicon",
    )
)
TIPOS_CARTA = (
    "presentacion",
    "constancia_estudios",
    "convenio",
    "aceptacion",
    "baja",
    "termino",
    "finalizacion",
    "relacion",
    "reporte_alumnos",
    "reporte_dependencias",
)
MOTIVOS = (
    "documento",
    "convenio",
    "proyecto",
    "solicitud",
    "entrega",
    "expediente",
    "prerregistro",
    "alumno",
    "baja",
    "tramite",
    "firma",
)


class ProfileError(Exception):
    """A profile that cannot be used; `errors` are Spanish sentences, one per fault."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Profile(Part):
    """All that one escuela decides. `model_dump(mode="json")` round-trips."""

    slug: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)
    version: int = Field(default=1, ge=1)
    nombre: Texto
    siglas: Texto
    institucion: Texto
    subdireccion: str = ""
    oficina: Texto
    domicilio: Texto
    lugar: Texto
    correo: Correo
    telefono: Annotated[str, Field(pattern=r"^[\d ()+.,ext-]{8,40}$")]
    proposito: Texto
    color: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
    boleta: Boleta
    vias: tuple[Literal["solicitud", "prerregistro"], ...] = Field(min_length=1)
    autorregistro: bool = True
    acceso: Acceso = Acceso()
    limites: Limites = Limites()
    carreras: tuple[Carrera, ...] = Field(min_length=1)
    semestres: int = Field(default=8, ge=1, le=14)
    zonas: tuple[Opcion, ...] = ()
    planes: tuple[Plan, ...] = Field(min_length=1)
    prestatarios_internos: tuple[Internal, ...] = ()
    documentos_dependencia: tuple[DocumentoPedido, ...] = Field(min_length=1)
    documentos_solicitud: tuple[DocumentoPedido, ...] = ()
    motivos: dict[Literal[MOTIVOS], tuple[Texto, ...]] = {}  # type: ignore[valid-type]
    firmantes: tuple[Firmante, ...] = Field(min_length=1)
    destinatario_termino: Clave
    calendario: Calendario = Calendario()
    convenio: Convenio = Convenio()
    prerregistro: Prerregistro = Prerregistro()
    revision: Revision = Revision()
    evaluacion: Evaluacion = Evaluacion()
    recordatorios: Recordatorios = Recordatorios()
    correos: dict[Clave, CorreoPropio] = {}
    cartas: dict[Literal[TIPOS_CARTA], CartaConfig]  # type: ignore[valid-type]

    @field_validator("slug")
    @classmethod
    def slug_is_free(cls, slug: str) -> str:
        """A slug is the first part of an address; those of the portal itself are taken."""
        if slug in RESERVED_SLUGS:
            raise ValueError(f"«{slug}» es una dirección del portal; elige otro slug")
        return slug

    @field_validator("color")
    @classmethod
    def color_is_readable(cls, color: str) -> str:
        """White text on the escuela's colour has a contrast of 4.5:1 or more."""
        ratio = contrast_with_white(color)
        if ratio < 4.5:
            raise ValueError(
                f"su contraste con el blanco es {ratio:.1f}:1 y debe ser al menos "
                "4.5:1; usa un tono más oscuro"
            )
        return color.lower()

    @model_validator(mode="after")
    def holds_together(self) -> Self:
        """Claves are unique, every letter has its signer, and every prestatario its plan."""
        for name in ("carreras", "zonas", "planes", "documentos_dependencia", "documentos_solicitud"):
            unique(name, (item.clave for item in getattr(self, name)))
        roles = {f.rol for f in self.firmantes}
        for tipo in TIPOS_CARTA:
            if tipo not in self.cartas:
                raise ValueError(f"falta la sección [cartas.{tipo}]")
            if self.cartas[tipo].firma not in {"", *roles}:
                raise ValueError(f"cartas.{tipo}: no hay firmante con el rol «{self.cartas[tipo].firma}»")
        self._circuits_hold()
        self._letters_of_parts_exist()
        folios = {c.folio.format(prefijo=c.prefijo, anio=2026, numero=1) for c in self.cartas.values()}
        if len(folios) < len(self.cartas):
            raise ValueError("dos tipos de carta darían el mismo folio; cambia su prefijo")
        if self.destinatario_termino not in roles:
            raise ValueError("destinatario_termino debe ser el rol de un firmante")
        por_formulario = [e for p in self.planes for e in p.entregas if "formulario" in e.formas]
        if por_formulario and not self.evaluacion.criterios:
            raise ValueError("evaluacion: faltan los criterios del formulario")
        aplica = sorted(p.aplica for p in self.planes)
        if aplica not in (["todos"], ["externos", "internos"]):
            raise ValueError("los planes deben ser uno para todos, o uno para internos y otro para externos")
        return self

    def _letters_of_parts_exist(self) -> None:
        """A part that is a letter issued here names a kind of letter."""
        for parte in (p for plan in self.planes for e in plan.entregas for p in e.partes):
            donde, _, tipo = parte.origen.partition(":")
            if donde == "carta" and tipo not in TIPOS_CARTA:
                raise ValueError(
                    f"{parte.nombre}: no hay cartas de tipo «{tipo}»; las hay de {', '.join(TIPOS_CARTA)}"
                )

    def _circuits_hold(self) -> None:
        """Every place of a circuit is somebody, and has an address to write to."""
        escribibles = {f.rol for f in self.firmantes if f.correo}
        for tipo, carta in self.cartas.items():
            unique(f"cartas.{tipo}.circuito", (lugar.papel for lugar in carta.circuito))
            for lugar in carta.circuito:
                if lugar.rol and lugar.rol not in escribibles:
                    raise ValueError(
                        f"cartas.{tipo}: quien firma como «{lugar.papel}» necesita un firmante con correo "
                        f"en el rol «{lugar.rol}»"
                    )

    def plan_para(self, prestatario: str, rfc: str = "") -> Plan:
        """The plan of a servicio with that prestatario, told by its name or its RFC [seed 001 §4]."""
        aplica = "internos" if self.es_interno(prestatario, rfc) else "externos"
        return next(p for p in self.planes if p.aplica in ("todos", aplica))

    def es_interno(self, prestatario: str, rfc: str = "") -> bool:
        """Whether the prestatario is on the escuela's list of internal ones."""
        return self.interno(prestatario, rfc) is not None

    def interno(self, prestatario: str, rfc: str = "") -> Internal | None:
        """The internal prestatario of that name, alias or RFC."""
        name, rfc = plain(prestatario), rfc.strip().upper()
        return next(
            (
                i
                for i in self.prestatarios_internos
                if name in {plain(n) for n in (i.nombre, *i.alias)} or (rfc != "" and rfc == i.rfc)
            ),
            None,
        )

    def firmante(self, rol: str, on: date) -> Firmante | None:
        """Who holds that rol on that day; the latest appointed when two overlap."""
        found = [
            f for f in self.firmantes if f.rol == rol and f.desde <= on and (f.hasta is None or on <= f.hasta)
        ]
        return max(found, key=lambda f: f.desde, default=None)

    def folio(self, tipo: str, anio: int, numero: int) -> str:
        """The folio of a letter: "SS-P/2026/0007". KeyError when the kind is unknown."""
        config = self.cartas[tipo]
        return config.folio.format(prefijo=config.prefijo, anio=anio, numero=numero)

    def motivos_listos(self, contexto: str) -> tuple[str, ...]:
        """The ready reasons to refuse a thing of that kind; empty when it has none."""
        return self.motivos.get(contexto, ())

    def carrera(self, clave: str) -> str:
        """The name of a carrera by its clave, or the clave itself when it is no longer offered."""
        return next((c.nombre for c in self.carreras if c.clave == clave), clave)

    def carrera_en_carta(self, clave: str) -> str:
        """How letters name a carrera [seed 000, annex two]."""
        found = next((c for c in self.carreras if c.clave == clave), None)
        return found.en_carta or found.nombre if found else clave


def plain(text: str) -> str:
    """A name as it is compared: no accents, case, punctuation or double spaces."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", text))


def contrast_with_white(color: str) -> float:
    """WCAG contrast ratio of "#rrggbb" against white, from 1 to 21."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def parse_profile(data: dict[str, Any], source: str = "perfil") -> Profile:
    """Validate plain data (TOML, or a stored JSON version); ProfileError with sentences."""
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        raise ProfileError(sentences(error, source)) from error


def load_profile(folder: Path) -> Profile:
    """Read and validate `folder`/escuela.toml; ProfileError when it is missing or has faults."""
    path = folder / "escuela.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ProfileError([f"No existe el archivo escuela.toml en la carpeta {folder.name}."]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError([f"{folder.name}/escuela.toml no se puede leer como TOML: {error}."]) from error
    return parse_profile(data, f"{folder.name}/escuela.toml")


def profile_folders(root: Path) -> tuple[Path, ...]:
    """Folders of `root` that hold a school (an escuela.toml), by name."""
    return tuple(sorted(p.parent for p in root.glob("*/escuela.toml")))
