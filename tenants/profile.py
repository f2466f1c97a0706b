"""An escuela's profile: escuela.toml -> validated, frozen objects.

Everything in which one school differs from another is a value here. The engine
has no school's name in it; a new school is a new folder.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tenants.profile_errors import sentences

RESERVED_SLUGS = frozenset((
    "dependencia", "dependencias", "verificar", "seguimiento", "correo", "salud", "static",
    "firmar", "firma", "enlace", "cuenta", "ingresar", "salir", "escuela", "escuelas", "admin",
    "administracion", "alumno", "alumnos", "coordinador", "convenio", "carta", "cartas", "api",
    "archivo", "archivos", "documento", "documentos", "metrics", "metricas", "invitacion",
    "contrasena", "recuperar", "ayuda", "privacidad", "accesibilidad", "robots", "favicon",
))
TIPOS_CARTA = ("presentacion", "constancia_estudios", "convenio", "aceptacion", "baja", "termino",
               "finalizacion", "relacion", "reporte_alumnos", "reporte_dependencias")
MOTIVOS = ("documento", "convenio", "proyecto", "solicitud", "entrega", "expediente",
           "prerregistro", "alumno", "baja", "tramite", "firma")
CONDICION = (r"^(anterior_aceptada|anteriores_aceptadas|horas_completas|fecha_termino"
             r"|numero_registro_visible|horas\([1-9]\d{0,3}\))$")

Clave = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Texto = Annotated[str, Field(min_length=1, max_length=2000)]
Hora = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Correo = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
Genero = Literal["femenino", "masculino", "neutro"]


class ProfileError(Exception):
    """A profile that cannot be used; `errors` are Spanish sentences, one per fault."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Part(BaseModel):
    """Base of every part: frozen, and an unknown key is a fault, not a silent typo."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Opcion(Part):
    """A clave with the name that people read: a carrera, a zona."""

    clave: Clave
    nombre: Texto


class Carrera(Opcion):
    """A carrera; `en_carta` is how letters name it, when not by its nombre [seed 000, annex two]."""

    siglas: str = ""
    en_carta: str = ""


class Boleta(Part):
    """How the escuela numbers its alumnos."""

    patron: str = r"\d{10}"
    nombre: Texto = "Boleta"
    ejemplo: Texto
    ayuda: Texto

    @model_validator(mode="after")
    def example_obeys(self) -> Self:
        """The example shown to people obeys the pattern."""
        try:
            obeys = re.fullmatch(self.patron, self.ejemplo) is not None
        except re.error as error:
            raise ValueError("el patrón no es una expresión regular válida") from error
        if not obeys:
            raise ValueError(f"el ejemplo {self.ejemplo} no cumple el patrón")
        return self


class Limites(Part):
    """Upload limits in MB. A `documento` is one paper; `expediente` one whole merged PDF."""

    documento_mb: int = Field(default=20, ge=1, le=3072)
    expediente_mb: int = Field(default=100, ge=1, le=3072)
    foto_mb: int = Field(default=10, ge=1, le=50)


class Entrega(Part):
    """One step of a plan. `meta_horas` (h) is cumulative; `abre` are conditions by name."""

    clave: Clave
    nombre: Texto
    articulo: Literal["el", "la"] = "el"
    tipo: Literal["reporte", "global", "evaluacion", "carta_termino", "expediente",
                  "lista_emision", "constancia"]
    sube: Literal["alumno", "dependencia", "coordinador", "sistema"]
    revisan: tuple[Literal["dependencia", "coordinador"], ...] = ()
    abre: tuple[Annotated[str, Field(pattern=CONDICION)], ...] = ()
    meta_horas: int = Field(default=0, ge=0, le=5000)
    pide_horas: bool = False
    requerida: bool = True
    descripcion: str = ""
    instrucciones: str = ""
    formato: str = ""

    @model_validator(mode="after")
    def nobody_reviews_own(self) -> Self:
        """What a person uploads somebody else reviews; the hours of nobody are their own verdict."""
        if self.sube in self.revisan:
            raise ValueError(f"{self.nombre}: quien sube la entrega no puede revisarla")
        if self.sube == "alumno" and not self.revisan:
            raise ValueError(f"{self.nombre}: falta decir quién la revisa")
        return self


class Plan(Part):
    """A plan and for whom it is: `aplica` "internos" (prestatarios of the list), "externos", "todos"."""

    clave: Clave
    version: int = Field(default=1, ge=1)
    nombre: Texto
    aplica: Literal["todos", "internos", "externos"] = "todos"
    horas_totales: int = Field(ge=1, le=5000)
    meses_minimos: int = Field(default=6, ge=1, le=60)
    meses_maximos: int = Field(default=24, ge=1, le=60)
    horas_dia_max: int = Field(default=4, ge=1, le=12)
    horas_mes_max: int = Field(default=88, ge=1, le=300)
    creditos_minimos_pct: int = Field(default=70, ge=0, le=100)
    dias_de_inicio: tuple[Annotated[int, Field(ge=1, le=28)], ...] = Field(
        default=(1, 16), min_length=1)
    constancia_dias_habiles: tuple[int, int] = (40, 45)
    entregas: tuple[Entrega, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def is_walkable(self) -> Self:
        """The figures fit each other and a student can reach the end."""
        _unique("entregas", (e.clave for e in self.entregas))
        if self.meses_minimos > self.meses_maximos:
            raise ValueError("meses_minimos no puede ser mayor que meses_maximos")
        if self.horas_totales > self.meses_maximos * self.horas_mes_max:
            raise ValueError(f"{self.horas_totales} horas no caben en {self.meses_maximos} meses "
                             f"de {self.horas_mes_max} horas")
        metas = [e.meta_horas for e in self.entregas if e.meta_horas]
        if metas != sorted(metas):
            raise ValueError("meta_horas es acumulada: no puede bajar de una entrega a la siguiente")
        if not metas or metas[-1] != self.horas_totales:
            raise ValueError(f"la última meta_horas debe ser {self.horas_totales}, como horas_totales")
        if any(e.meta_horas and not e.pide_horas for e in self.entregas):
            raise ValueError("una entrega con meta_horas debe pedir horas (pide_horas = true)")
        return self


class Internal(Part):
    """A prestatario that counts as internal, known by its name, other names or its RFC."""

    nombre: Texto
    alias: tuple[Texto, ...] = ()
    rfc: str = ""


class DocumentoPedido(Part):
    """A document asked of a dependencia or with a solicitud.

    kind: "pdf"; "imagen"; "pdf_o_imagenes" (one PDF, or up to `imagenes_max` photos).
    `emite_la_escuela`: the alumno may ask the office for it (a trámite).
    """

    clave: Clave
    nombre: Texto
    ayuda: Texto
    kind: Literal["pdf", "imagen", "pdf_o_imagenes"] = "pdf"
    imagenes_max: int = Field(default=1, ge=1, le=20)
    requerido: bool = True
    emite_la_escuela: bool = False


class Firmante(Part):
    """Who signs for the escuela in a `rol`, and since when; a new director is a new row."""

    rol: Clave
    nombre: Texto
    tratamiento: str = ""
    cargo: Texto
    genero: Genero
    desde: date
    hasta: date | None = None

    @property
    def nombre_completo(self) -> str:
        """Name with its treatment: "Mtra. Elena Robles"."""
        return f"{self.tratamiento} {self.nombre}".strip()


class Vacaciones(Part):
    """Days when the office is closed, both included."""

    nombre: Texto
    desde: date
    hasta: date

    @model_validator(mode="after")
    def is_a_range(self) -> Self:
        """The range ends after it begins and fits in a year."""
        if not self.desde <= self.hasta <= self.desde + timedelta(days=366):
            raise ValueError(f"{self.nombre}: revisa las fechas de las vacaciones")
        return self


class Horario(Part):
    """Default hours of service, 0 = Monday."""

    dias: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4)
    desde: Hora = "09:00"
    hasta: Hora = "13:00"


class Calendario(Part):
    """The escuela's own days off, beside the statutory ones."""

    festivos: tuple[date, ...] = ()
    vacaciones: tuple[Vacaciones, ...] = ()
    horario: Horario = Horario()

    def dias_inhabiles(self) -> frozenset[date]:
        """Every own day off, vacations spelled out: what the domain's Calendario takes."""
        days = set(self.festivos)
        for v in self.vacaciones:
            days.update(v.desde + timedelta(days=i) for i in range((v.hasta - v.desde).days + 1))
        return frozenset(days)


class Convenio(Part):
    """Term of a convenio in months, and days before its end when it warns."""

    meses: int = Field(default=24, ge=1, le=120)
    avisos_dias: tuple[int, ...] = (60, 15)


class CartaConfig(Part):
    """How a kind of letter is numbered and who signs it (a rol of `firmantes`; "" = the dependencia)."""

    folio: str = "{prefijo}/{anio}/{numero:04d}"
    prefijo: Texto
    firma: str = ""

    @field_validator("folio")
    @classmethod
    def names_every_number(cls, folio: str) -> str:
        """A folio names year and number, so that none is given twice."""
        try:
            fields = {name for _, name, _, _ in Formatter().parse(folio) if name is not None}
            folio.format(prefijo="X", anio=2026, numero=1)
        except (KeyError, ValueError, IndexError) as error:
            raise ValueError("usa solo {prefijo}, {anio} y {numero}") from error
        if not {"anio", "numero"} <= fields:
            raise ValueError("debe llevar {anio} y {numero}")
        return folio


class Profile(Part):
    """All that one escuela decides. `model_dump(mode="json")` round-trips."""

    slug: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", min_length=3, max_length=40)
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
            raise ValueError(f"su contraste con el blanco es {ratio:.1f}:1 y debe ser al menos "
                             "4.5:1; usa un tono más oscuro")
        return color.lower()

    @model_validator(mode="after")
    def holds_together(self) -> Self:
        """Claves are unique, every letter has its signer, and every prestatario its plan."""
        for name in ("carreras", "zonas", "planes", "documentos_dependencia", "documentos_solicitud"):
            _unique(name, (item.clave for item in getattr(self, name)))
        roles = {f.rol for f in self.firmantes}
        for tipo in TIPOS_CARTA:
            if tipo not in self.cartas:
                raise ValueError(f"falta la sección [cartas.{tipo}]")
            if self.cartas[tipo].firma not in {"", *roles}:
                raise ValueError(f"cartas.{tipo}: no hay firmante con el rol «{self.cartas[tipo].firma}»")
        folios = {c.folio.format(prefijo=c.prefijo, anio=2026, numero=1) for c in self.cartas.values()}
        if len(folios) < len(self.cartas):
            raise ValueError("dos tipos de carta darían el mismo folio; cambia su prefijo")
        if self.destinatario_termino not in roles:
            raise ValueError("destinatario_termino debe ser el rol de un firmante")
        aplica = sorted(p.aplica for p in self.planes)
        if aplica not in (["todos"], ["externos", "internos"]):
            raise ValueError("los planes deben ser uno para todos, o uno para internos y otro para externos")
        return self

    def plan_para(self, prestatario: str, rfc: str = "") -> Plan:
        """The plan of a servicio with that prestatario, told by its name or its RFC [seed 001 §4]."""
        aplica = "internos" if self.es_interno(prestatario, rfc) else "externos"
        return next(p for p in self.planes if p.aplica in ("todos", aplica))

    def es_interno(self, prestatario: str, rfc: str = "") -> bool:
        """Whether the prestatario is on the escuela's list of internal ones."""
        name, rfc = _plain(prestatario), rfc.strip().upper()
        return any(name in {_plain(n) for n in (i.nombre, *i.alias)} or (rfc != "" and rfc == i.rfc)
                   for i in self.prestatarios_internos)

    def firmante(self, rol: str, on: date) -> Firmante | None:
        """Who holds that rol on that day; the latest appointed when two overlap."""
        found = [f for f in self.firmantes
                 if f.rol == rol and f.desde <= on and (f.hasta is None or on <= f.hasta)]
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


def _unique(where: str, claves: Iterable[str]) -> None:
    seen: set[str] = set()
    for clave in claves:
        if clave in seen:
            raise ValueError(f"{where}: la clave «{clave}» está repetida")
        seen.add(clave)


def _plain(text: str) -> str:
    """A name as it is compared: no accents, case, punctuation or double spaces."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", text))


def contrast_with_white(color: str) -> float:
    """WCAG contrast ratio of "#rrggbb" against white, from 1 to 21."""
    channels = (int(color[i:i + 2], 16) / 255 for i in (1, 3, 5))
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
