"""The escuela's own words for the portal's mails: one page for each, with its data and what it would look like."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.access import ADMINISTRACION
from portal.domain.machine import Refused
from portal.services import perfil_prueba, perfil_rotulos, perfiles
from portal.services.perfiles import Borrador
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor

SECCION = "coordinador.administracion"
PARTES = ("asunto", "cuerpo")
CONDICION = re.compile(r"\{% if [^%]*%\}(.*?)(?:\{% else %\}.*?)?\{% endif %\}")
DATO = re.compile(r"""\{\{\s*(?:(['"])(.*?)\1|([\w.]+)).*?\}\}""")


@bp.get("/administracion/correos")
@requires("coordinador", ADMINISTRACION)
def administracion_correos() -> Any:
    """Every mail: in the portal's words or in the escuela's own."""
    g.seccion = SECCION
    borrador = perfiles.leer()
    propios, publicados = borrador.datos["correos"], borrador.vigente["correos"]
    wrong = {loc[1] for loc, _ in borrador.fallas_de("correos") if len(loc) > 1}
    return render_template(
        "coordinador/administracion/correos.html",
        nombre=perfil_rotulos.correo,
        correos=[(n, _asunto(n, propios), _estado(n, propios, publicados, wrong)) for n in perfil_prueba.correos()],
    )  # fmt: skip


def _asunto(nombre: str, propios: dict[str, Any]) -> str:
    """The subject for somebody who reads: «alumno» for a datum, and of a condition what is said when it holds."""
    words = str(propios.get(nombre, {}).get("asunto") or perfil_prueba.texto_del_portal(nombre).asunto)
    return DATO.sub(lambda m: m[2] or f"«{m[3]}»", CONDICION.sub(r"\1", words))


def _estado(nombre: str, propios: Any, publicados: Any, wrong: set[Any]) -> tuple[str, str]:
    if nombre in wrong:
        return "Por corregir", "rojo"
    if propios.get(nombre) != publicados.get(nombre):
        return "Con cambios", "amarillo"
    return ("Texto propio", "verde") if nombre in propios else ("Texto del portal", "gris")


@bp.get("/administracion/correos/<correo>")
@requires("coordinador", ADMINISTRACION)
def administracion_correo(correo: str) -> Any:
    """The words of one mail."""
    borrador = _borrador(correo)
    propio = borrador.datos["correos"].get(correo)
    if propio is None and perfil_prueba.se_puede_copiar(correo):
        copied = perfil_prueba.texto_del_portal(correo)
        propio = {"asunto": copied.asunto, "cuerpo": copied.cuerpo}
    return _pagina(borrador, correo, propio or dict.fromkeys(PARTES, ""))


def _borrador(correo: str) -> Borrador:
    g.seccion = SECCION
    if correo not in perfil_prueba.correos():
        abort(404)
    return perfiles.leer()


def _pagina(
    borrador: Borrador, correo: str, propio: dict[str, str], aviso: str = "", status: int = 200
) -> Any:
    said = [(loc[2:], text) for loc, text in borrador.fallas_de("correos") if loc[:2] == ("correos", correo)]
    page = render_template(
        "coordinador/administracion/correo.html",
        correo=correo,
        nombre=perfil_rotulos.correo(correo),
        propio=propio,
        es_propio=correo in borrador.datos["correos"],
        portal=perfil_prueba.texto_del_portal(correo),
        datos=perfil_prueba.datos_de(correo),
        ejemplo=perfil_prueba.ejemplo(correo, propio),
        fallas={str(loc[0]) if loc else "asunto": text for loc, text in said},
        huella=borrador.huella_de("correos"),
        aviso=aviso,
    )
    return page, status


@bp.post("/administracion/correos/<correo>")
@requires("coordinador", ADMINISTRACION)
def administracion_correo_guardar(correo: str) -> Any:
    """Keep the escuela's words in the draft, show how they read, or go back to the portal's."""
    borrador = _borrador(correo)
    propio = {p: "\n".join(request.form.get(p, "").splitlines()).strip() for p in PARTES}
    hacer = request.form.get("hacer", "guardar")
    if hacer == "ver":
        return _pagina(borrador, correo, propio)
    whole = {k: v for k, v in borrador.datos["correos"].items() if k != correo}
    if hacer != "quitar":
        whole[correo] = propio
    try:
        after = perfiles.guardar(
            "correos",
            {"correos": whole},
            huella=request.form.get("huella", ""),
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        return _pagina(perfiles.leer(), correo, propio, sentence(refused), 409)
    flash("Guardamos sus cambios en el borrador.", "exito")
    wrong = any(loc[:2] == ("correos", correo) for loc, _ in after.fallas_de("correos"))
    return redirect(
        url_for(".administracion_correo", correo=correo) if wrong else url_for(".administracion_correos")
    )
