"""Whether a letter is genuine: by its code, its QR or its file."""

from __future__ import annotations

import re
from typing import Any

from flask import redirect, render_template, request, url_for

from portal.domain.identificadores import normalise_codigo
from portal.domain.personas import initials
from portal.publico import bp
from portal.queries import verificacion
from portal.services import efirma
from portal.services import verificar as servicio
from portal.web.access import publico
from portal.web.limites import limitado
from portal.web.uploads import accepts_uploads, receive


@bp.get("/verificar/")
@limitado("120 per minute", metodos=("GET",))
@publico
def verificar() -> Any:
    """A field for the code and a place to drop the PDF; `?codigo=` and `?sha256=` find the letter."""
    typed = request.args.get("codigo", "").strip()
    sha256 = request.args.get("sha256", "").strip().lower()
    if sha256:
        found = verificacion.codigo_de_hash(sha256) if re.fullmatch(r"[0-9a-f]{64}", sha256) else None
        if found is None:
            return render_template("publico/verificar_desconocida.html", codigo="", archivo=True), 404
        return redirect(url_for("publico.verificar_codigo", codigo=found, archivo="1"))
    if "codigo" not in request.args:
        return render_template("publico/verificar.html", typed="", error="")
    codigo = normalise_codigo(typed)
    if not codigo:
        error = "El código tiene 12 letras y números, como ABCD-2345-WXYZ. Cópialo del pie de la carta."
        return render_template("publico/verificar.html", typed=typed, error=error), 400
    return redirect(url_for("publico.verificar_codigo", codigo=codigo))


@bp.post("/verificar/")
@limitado("20 per minute")
@publico
@accepts_uploads(servicio.MAX_BYTES)
def verificar_archivo() -> Any:
    """Examine a PDF and its seal: the letter's page where it is the file that was issued, else what is wrong with it.

    The file is not kept.
    """
    files = receive(request, "archivo", servicio.MAX_BYTES)
    if not files:
        error = "Elige el PDF de la carta."
        return render_template("publico/verificar.html", typed="", error="", error_archivo=error), 400
    dicho = servicio.verificar(files[0].path)
    if dicho.que == servicio.IDENTICA:
        return redirect(url_for("publico.verificar_codigo", codigo=dicho.codigo, archivo="1"))
    return render_template("publico/verificar_archivo.html", dicho=dicho)


@bp.get("/verificar/<codigo>")
@limitado("120 per minute", metodos=("GET",))
@publico
def verificar_codigo(codigo: str) -> Any:
    """What the letter of this code is, and whether it stands; 404 for one that nobody issued here."""
    normalised = normalise_codigo(codigo)
    carta = verificacion.carta_publica(normalised, efirma.comprobar) if normalised else None
    if carta is None:
        return render_template("publico/verificar_desconocida.html", codigo=codigo, archivo=False), 404
    de = f"{initials(*carta.alumno)} (boleta terminada en {carta.boleta_final})" if carta.alumno else ""
    return render_template(
        "publico/verificar_carta.html", carta=carta, de=de, archivo=bool(request.args.get("archivo"))
    )
