"""What pages of several roles show of the same thing, in words."""

from __future__ import annotations

from typing import Any

from portal.web.labels import MODALIDADES


def ficha_de_proyecto(proyecto: Any, perfil: Any) -> dict[str, Any]:
    """The names behind a proyecto's claves: carreras, zona and modalidad as people read them."""
    zonas = {z.clave: z.nombre for z in perfil.zonas}
    return {
        "carreras": [perfil.carrera(clave) for clave in proyecto.carreras],
        "zona": zonas.get(proyecto.zona, ""),
        "modalidad": MODALIDADES.get(proyecto.modalidad, proyecto.modalidad),
    }
