"""The parts of an escuela's profile: frozen, each with the rules it keeps by itself."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

CONDICION = (
    r"^(anterior_aceptada|anteriores_aceptadas|horas_completas|fecha_termino"
    r"|numero_registro_visible|horas\([1-9]\d{0,3}\))$"
)

Clave = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Texto = Annotated[str, Field(min_length=1, max_length=2000)]
Hora = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Correo = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
Genero = Literal["femenino", "masculino", "neutro"]


def unique(where: str, claves: Iterable[str]) -> None:
    """ValueError when a clave is there twice."""
    seen: set[str] = set()
    for clave in claves:
        if clave in seen:
            raise ValueError(f"{where}: la clave «{clave}» está repetida")
        seen.add(clave)


class Part(BaseModel):
    """Base of every part: frozen, and an unknown key is a fault, not a silent typo."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Opcion(Part):
    """A clave with the name that people read: a carrera, a zona."""

    clave: Clave
    nombre: Texto


class Carrera(Opcion):
    """A carrera; `en_carta` is how letters name it, when not by its nombre [seed 000, annex two]."""

    clave: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
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


class Proveedor(Part):
    """The escuela's own sign-in service (OpenID Connect). Its secret is not here: the environment has it.

    `reclamo` names the claim that says who the person is: a verified e-mail address, or the boleta.
    """

    emisor: Annotated[
        str, Field(pattern=r"^https://[^\s?#]+$|^http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s?#]*)?$")
    ]
    cliente: Texto
    boton: Annotated[str, Field(min_length=1, max_length=60)] = "Ingresar con la cuenta de la escuela"
    busca: Literal["correo", "boleta"] = "correo"
    reclamo: Annotated[str, Field(min_length=1, max_length=200)] = "email"
    alcance: Annotated[str, Field(pattern=r"^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$")] = "openid email profile"


class Acceso(Part):
    """How people come in: whether the office needs a second step, and the escuela's own sign-in service, if any."""

    segundo_factor: Literal["opcional", "obligatorio"] = "opcional"
    oidc: Proveedor | None = None


class Limites(Part):
    """Upload limits in MB. A `documento` is one paper; `expediente` one whole merged PDF."""

    documento_mb: int = Field(default=20, ge=1, le=3072)
    expediente_mb: int = Field(default=100, ge=1, le=3072)
    foto_mb: int = Field(default=10, ge=1, le=50)


class Alternativa(Opcion):
    """One of the papers of which a part of an expediente may be."""

    ayuda: str = ""


class Parte(Opcion):
    """One part of a merged expediente, in its order [seed 000].

    `origen`: "sube" (the alumno uploads it), "carta:TIPO" (the letter issued here), "entrega:CLAVE" (an earlier step's
    file). What the portal does not have yet is uploaded.
    """

    origen: Annotated[str, Field(pattern=r"^(sube|carta:[a-z_]{1,40}|entrega:[a-z][a-z0-9_]{0,39})$")] = (
        "sube"
    )
    ayuda: str = ""
    alternativas: tuple[Alternativa, ...] = ()

    @model_validator(mode="after")
    def is_a_choice(self) -> Self:
        """Alternatives are two or more, and of what is uploaded."""
        unique(self.nombre, (a.clave for a in self.alternativas))
        if self.alternativas and (len(self.alternativas) < 2 or self.origen != "sube"):
            raise ValueError(f"{self.nombre}: las alternativas son dos o más, y de un documento que se sube")
        return self


class Entrega(Part):
    """One step of a plan. `meta_horas` (h) is cumulative; `abre` are conditions by name.

    `siss`: once accepted, the alumno loads it in the SISS and says when. `formas`: how an evaluación may come in.
    """

    clave: Clave
    nombre: Texto
    articulo: Literal["el", "la"] = "el"
    tipo: Literal[
        "reporte", "global", "evaluacion", "carta_termino", "expediente", "lista_emision", "constancia"
    ]
    sube: Literal["alumno", "dependencia", "coordinador", "sistema"]
    revisan: tuple[Literal["dependencia", "coordinador"], ...] = ()
    abre: tuple[Annotated[str, Field(pattern=CONDICION)], ...] = ()
    meta_horas: int = Field(default=0, ge=0, le=5000)
    pide_horas: bool = False
    requerida: bool = True
    siss: bool = False
    formas: tuple[Literal["pdf", "formulario"], ...] = Field(default=("pdf",), min_length=1)
    descripcion: str = ""
    instrucciones: str = ""
    formato: str = ""
    partes: tuple[Parte, ...] = Field(default=(), max_length=12)

    @model_validator(mode="after")
    def has_parts_to_merge(self) -> Self:
        """Only an expediente that the alumno uploads is merged of parts."""
        unique(self.nombre, (p.clave for p in self.partes))
        if self.partes and (self.tipo != "expediente" or self.sube != "alumno"):
            raise ValueError(f"{self.nombre}: solo un expediente que sube el alumno se une de partes")
        return self

    @model_validator(mode="after")
    def nobody_reviews_own(self) -> Self:
        """What a person uploads somebody else reviews; the hours of nobody are their own verdict."""
        if self.sube in self.revisan:
            raise ValueError(f"{self.nombre}: quien sube la entrega no puede revisarla")
        if self.sube == "alumno" and not self.revisan:
            raise ValueError(f"{self.nombre}: falta decir quién la revisa")
        if "formulario" in self.formas and (self.tipo, self.sube) != ("evaluacion", "alumno"):
            raise ValueError(
                f"{self.nombre}: solo una evaluación que entrega el alumno puede ser un formulario"
            )
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
    dias_de_inicio: tuple[Annotated[int, Field(ge=1, le=28)], ...] = Field(default=(1, 16), min_length=1)
    constancia_dias_habiles: tuple[int, int] = (40, 45)
    entregas: tuple[Entrega, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def is_walkable(self) -> Self:
        """The figures fit each other and a student can reach the end."""
        unique("entregas", (e.clave for e in self.entregas))
        if self.meses_minimos > self.meses_maximos:
            raise ValueError("meses_minimos no puede ser mayor que meses_maximos")
        if self.horas_totales > self.meses_maximos * self.horas_mes_max:
            raise ValueError(
                f"{self.horas_totales} horas no caben en {self.meses_maximos} meses "
                f"de {self.horas_mes_max} horas"
            )
        metas = [e.meta_horas for e in self.entregas if e.meta_horas]
        if metas != sorted(metas):
            raise ValueError("meta_horas es acumulada: no puede bajar de una entrega a la siguiente")
        if not metas or metas[-1] != self.horas_totales:
            raise ValueError(f"la última meta_horas debe ser {self.horas_totales}, como horas_totales")
        antes: set[str] = set()
        for e in self.entregas:
            ajena = next(
                (p for p in e.partes if p.origen.startswith("entrega:") and p.origen[8:] not in antes), None
            )
            if ajena:
                raise ValueError(
                    f"{ajena.nombre}: {ajena.origen[8:]} no es una entrega anterior a {e.nombre}"
                )
            antes.add(e.clave)
        if any(e.meta_horas and not e.pide_horas for e in self.entregas):
            raise ValueError("una entrega con meta_horas debe pedir horas (pide_horas = true)")
        return self


class Internal(Part):
    """A prestatario that counts as internal, known by its name, other names or its RFC.

    `propio`: it is the escuela itself, whose office issues what a dependencia would.
    """

    nombre: Texto
    alias: tuple[Texto, ...] = ()
    rfc: str = ""
    propio: bool = False


class Prerregistro(Part):
    """How the escuela takes prerregistros [seed 001 §§2-3].

    `numero_registro` is the pattern of the número de registro ("21140/{numero:04d}"; {anio} begins the count anew each
    year; empty: the number after the last one). `dias_atras` is how many days past a start date may lie.
    """

    numero_registro: str = ""
    instrucciones: str = ""
    dias_atras: int = Field(default=90, ge=0, le=730)

    @field_validator("numero_registro")
    @classmethod
    def counts(cls, patron: str) -> str:
        """The pattern has {numero}, so that no number is given twice."""
        if not patron:
            return patron
        try:
            fields = {name for _, name, _, _ in Formatter().parse(patron) if name is not None}
            longest = patron.format(anio=2026, numero=999_999)
        except (KeyError, ValueError, IndexError) as error:
            raise ValueError("usa solo {numero} y {anio}") from error
        if "numero" not in fields or not fields <= {"numero", "anio"}:
            raise ValueError("debe llevar {numero} y puede llevar {anio}")
        if len(longest) > 30:
            raise ValueError("da números de más de 30 caracteres")
        return patron


class CorreoPropio(Part):
    """The escuela's own words for a mail of the portal, with {{ datos }} as in letters [seed 001 §3]."""

    asunto: Annotated[str, Field(min_length=1, max_length=150)]
    cuerpo: Annotated[str, Field(min_length=1, max_length=5000)]


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
    correo: Annotated[str, Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s.]+)?$")] = ""

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


class Lugar(Part):
    """A place in a circuit: a `rol` of `firmantes`, or "" for whom the letter itself names in that `papel`.

    Places with the same `orden` sign side by side; the next `orden` only after all of them.
    """

    papel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
    orden: int = Field(default=1, ge=1, le=30)
    rol: str = ""


class CartaConfig(Part):
    """How a kind of letter is numbered and who signs it (a rol of `firmantes`; "" = the dependencia).

    Without a `circuito` the letter's own signers sign one after another. `codigo`: who signs by a link shows to be
    the one with a code sent to the same address.
    """

    folio: str = "{prefijo}/{anio}/{numero:04d}"
    prefijo: Texto
    firma: str = ""
    circuito: tuple[Lugar, ...] = ()
    codigo: bool = True

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
