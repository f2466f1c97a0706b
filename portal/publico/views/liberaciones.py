"""Whether a boleta is in a published list of liberaciones: the own one, and nothing of anybody else [seed 000]."""

from __future__ import annotations

import re
from typing import Any

from flask import render_template, request

from portal.publico import bp
from portal.queries import liberaciones as queries
from portal.web import contexto
from portal.web.access import publico
from portal.web.limites import limitado


@bp.get("/<escuela>/liberaciones")
@publico
def liberaciones() -> Any:
    """One field for the boleta."""
    return _pagina()


@bp.post("/<escuela>/liberaciones")
@limitado("20 per minute")
@publico
def liberacion_buscar() -> Any:
    """In which list it is; a boleta stands in no address, so that no log keeps it."""
    boleta = request.form.get("boleta", "").strip().upper()
    regla = contexto.perfil().boleta
    if not re.fullmatch(regla.patron, boleta):
        return _pagina(boleta, error=f"{regla.nombre}: escríbela como {regla.ejemplo}."), 422
    return _pagina(boleta, buscada=True)


def _pagina(boleta: str = "", *, buscada: bool = False, error: str = "") -> str:
    return render_template(
        "publico/liberaciones.html",
        regla=contexto.perfil().boleta,
        boleta=boleta[:40],
        buscada=buscada,
        lista=queries.de_boleta(boleta) if buscada else None,
        error=error,
    )
