"""The values that letters of several kinds share: those of an alumno, of a dependencia and of a proyecto."""

from __future__ import annotations

from typing import Any

from portal.domain.plan import Plan
from portal.models import Alumno, Dependencia, Proyecto
from portal.services import escuelas


def del_alumno(
    alumno: Alumno, *, perfil_version: int | None = None, plan: Plan | None = None
) -> dict[str, Any]:
    """Who the alumno is, with the carrera as letters name it, and what the plan asks where one is given."""
    values: dict[str, Any] = {
        "alumno_nombre": alumno.nombre_completo,
        "alumno_boleta": alumno.boleta,
        "alumno_genero": alumno.genero,
        "carrera": escuelas.perfil(perfil_version).carrera_en_carta(alumno.carrera),
        "semestre": alumno.semestre,
        "creditos_pct": alumno.creditos_pct,
    }
    return {**values, **(del_plan(plan) if plan else {})}


def del_plan(plan: Plan) -> dict[str, Any]:
    """Hours (h) and months that the plan asks for."""
    return {
        "horas_requeridas": plan.horas_totales,
        "meses_minimos": plan.meses_minimos,
        "meses_maximos": plan.meses_maximos,
    }


def de_la_dependencia(dependencia: Dependencia) -> dict[str, Any]:
    """Who the dependencia is and who represents it."""
    contacto = (f"Tel. {dependencia.telefono}" if dependencia.telefono else "", dependencia.correo)
    return {
        "dependencia_razon_social": dependencia.razon_social,
        "dependencia_rfc": dependencia.rfc,
        "dependencia_domicilio": dependencia.domicilio,
        "dependencia_contacto": " · ".join(part for part in contacto if part),
        "representante_nombre": dependencia.representante_nombre,
        "representante_cargo": dependencia.representante_cargo,
    }


def del_proyecto(proyecto: Proyecto) -> dict[str, Any]:
    """What is done, where, under whom. The horario of one servicio replaces that of the proyecto."""
    return {
        "proyecto_titulo": proyecto.titulo,
        "actividades": tuple(proyecto.actividades),
        "horario": proyecto.horario,
        "modalidad": {"distancia": "a distancia"}.get(proyecto.modalidad, proyecto.modalidad),
        "lugar_servicio": proyecto.lugar,
        "jefe_inmediato_nombre": proyecto.jefe_nombre,
        "jefe_inmediato_cargo": proyecto.jefe_cargo,
    }
