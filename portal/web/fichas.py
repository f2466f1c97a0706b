"""What pages of several roles show of the same thing, in words."""

from __future__ import annotations

from typing import Any

from portal.web.labels import MODALIDADES


def ficha_de_proyecto(proyecto: Any, perfil: Any) -> dict[str, Any]:
    """The names behind a proyecto's claves: carreras, zona and modalidad as people read them.

    A zona that only repeats the modalidad ("A distancia") is left out.
    """
    zonas = {z.clave: z.nombre for z in perfil.zonas}
    modalidad = MODALIDADES.get(proyecto.modalidad, proyecto.modalidad)
    zona = zonas.get(proyecto.zona, "")
    return {
        "carreras": [perfil.carrera(clave) for clave in proyecto.carreras],
        "zona": "" if zona == modalidad else zona,
        "modalidad": modalidad,
    }
