"""How an escuela's office reviews, and what a responsable directo is asked of a prestador."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tenants.profile_parts import Opcion, Part, unique


class Revision(Part):
    """Who gets an entrega to review, and for how many minutes a decision may be undone (0: never).

    reparto: "libre" (whoever opens it) or "por_turno" (given to the reviewer who has the fewest waiting).
    """

    reparto: Literal["libre", "por_turno"] = "libre"
    minutos_deshacer: int = Field(default=10, ge=0, le=120)


Dias = tuple[Annotated[int, Field(ge=1, le=90)], ...]


class Recordatorios(Part):
    """Working days before and after a date on which somebody is reminded of it; one mail a day at the most.

    por_revisar: "cada_uno" (a mail for each entrega that arrives) or "diario" (all of a day in that one mail).
    """

    activo: bool = True
    dias_antes: Dias = Field(default=(5, 1), max_length=10)
    dias_despues: Dias = Field(default=(1, 5, 10), max_length=10)
    por_revisar: Literal["cada_uno", "diario"] = "cada_uno"


class Criterio(Opcion):
    """One thing that is evaluated, with what it means."""

    ayuda: str = ""


class Evaluacion(Part):
    """The evaluación de desempeño as a form: each criterio gets a value of the scale, the first one being 1."""

    escala: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = (
        "Insuficiente",
        "Suficiente",
        "Bien",
        "Muy bien",
        "Excelente",
    )
    criterios: tuple[Criterio, ...] = ()

    @model_validator(mode="after")
    def can_be_answered(self) -> Self:
        """A scale has two values or more, and no criterio stands twice."""
        unique("evaluacion.criterios", (c.clave for c in self.criterios))
        if not 2 <= len(self.escala) <= 10:
            raise ValueError("la escala lleva de 2 a 10 valores, del más bajo al más alto")
        return self
