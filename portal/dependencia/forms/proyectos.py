"""Forms of a dependencia's proyectos. They check shape only: a draft may be incomplete."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional, Regexp

from portal.web.campos import IntegerField
from portal.web.forms import Formulario
from portal.web.labels import MODALIDADES

CORREO = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
PERSONAS = (
    ("responsable", "Responsable directo", "Quien acompaña al alumno día a día y valida lo que hace."),
    (
        "jefe",
        "Jefe inmediato",
        "Firma la carta de término en primer lugar. Recibirá por correo su enlace para firmar.",
    ),
    (
        "gerente",
        "Gerente o titular del área",
        "Firma la carta de término en segundo lugar, también por correo.",
    ),
)


def _text(label: str, maximo: int, **kw: Any) -> StringField:
    return StringField(label, [Length(max=maximo, message=f"Escriba a lo más {maximo} caracteres.")], **kw)


def _correo(label: str) -> StringField:
    return StringField(
        label,
        [
            Optional(),
            Length(max=254),
            Regexp(CORREO, message="Escriba un correo completo, como nombre@dominio.mx."),
        ],
        render_kw={"type": "email", "autocapitalize": "none", "spellcheck": "false"},
    )


class LimitesForm(Formulario):
    """What may change in a published proyecto without a new review."""

    cupo = IntegerField(
        "Cupo",
        [NumberRange(min=1, max=500, message="Escriba un número del 1 al 500.")],
        description="Cuántos alumnos pueden estar en el proyecto al mismo tiempo.",
        render_kw={"inputmode": "numeric"},
    )
    horario = _text("Horario", 160, description="Por ejemplo: lunes a viernes de 9:00 a 13:00 horas.")
    lugar = _text("Lugar", 250, description="Domicilio y área donde se presta el servicio.")
    honorarios = _text(
        "Honorarios o apoyo", 160, description="Por ejemplo: $2,000 al mes, o comida en el comedor."
    )


class ProyectoForm(LimitesForm):
    """A proyecto; `carreras` and `zona` are those of the escuela."""

    cupo = IntegerField(
        "Cupo",
        [Optional(), NumberRange(min=1, max=500, message="Escriba un número del 1 al 500.")],
        description="Cuántos alumnos pueden estar en el proyecto al mismo tiempo.",
        render_kw={"inputmode": "numeric"},
    )
    titulo = _text("Título del proyecto", 200, description="Corto y claro: es lo primero que lee el alumno.")
    proposito = TextAreaField(
        "Propósito",
        [Length(max=2000, message="Escriba a lo más 2000 caracteres.")],
        description="Para qué sirve el proyecto y a quién beneficia, en dos o tres frases.",
    )
    actividades = TextAreaField(
        "Actividades",
        [Length(max=4000, message="Escriba a lo más 4000 caracteres.")],
        description="Una por renglón. Aparecen así en la carta de aceptación.",
    )
    carreras = SelectMultipleField("Carreras que recibe")
    modalidad = RadioField("Modalidad", choices=list(MODALIDADES.items()), default="presencial")
    zona = SelectField("Zona", [Optional()], description="Los alumnos buscan por zona.")
    responsable_nombre = _text("Nombre completo", 200)
    responsable_cargo = _text("Cargo", 160)
    responsable_correo = _correo("Correo")
    jefe_nombre = _text("Nombre completo", 200)
    jefe_cargo = _text("Cargo", 160)
    jefe_correo = _correo("Correo")
    gerente_nombre = _text("Nombre completo", 200)
    gerente_cargo = _text("Cargo", 160)
    gerente_correo = _correo("Correo")

    def ofrecer(self, perfil: Any) -> ProyectoForm:
        """Offer the carreras and zonas of an escuela's profile."""
        self.carreras.choices = [(c.clave, c.nombre) for c in perfil.carreras]
        self.zona.choices = [("", "Sin especificar"), *((z.clave, z.nombre) for z in perfil.zonas)]
        return self

    def datos(self) -> dict[str, Any]:
        """The values by the names of the proyecto: text trimmed, activities as a list without empty lines."""
        found = renglones(self)
        lines = (" ".join(line.split()).lstrip("-•* ") for line in (self.actividades.data or "").splitlines())
        found["actividades"] = [line for line in lines if line]
        found["proposito"] = (self.proposito.data or "").strip()
        found |= {
            "carreras": self.carreras.data or [],
            "zona": self.zona.data or "",
            "cupo": self.cupo.data or 1,
        }
        found["modalidad"] = self.modalidad.data
        return found


def renglones(form: Formulario) -> dict[str, Any]:
    """Every one-line text of a form without double or outer spaces, empty where nothing was typed."""
    return {f.name: " ".join((f.data or "").split()) for f in form if f.type == "StringField"}
