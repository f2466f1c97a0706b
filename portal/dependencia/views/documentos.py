"""Files of this part of the portal."""

from typing import Any

from portal.dependencia import bp
from portal.web.access import requires
from portal.web.archivos import send_documento
from portal.web.sesion import current_actor


@bp.get("/<escuela>/documentos/<public_id>")
@requires("dependencia")
def documento(public_id: str) -> Any:
    """One file, to download or (?ver=1) to preview."""
    return send_documento(public_id, current_actor())
