"""What an account's owner is told by mail: its password or its second step changed. Whoever did it may be a thief."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime

from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Convenio, Usuario, db
from portal.services import correos, escuelas, sesiones
from portal.services.effects import Para
from portal.services.uow import Uow, unit_of_work
from tenants.scope import current_escuela_or_none, escuela_scope

CAMBIOS = {
    "contrasena": "Se cambió la contraseña.",
    "aplicacion": "Se activó el segundo paso con una aplicación de códigos.",
    "aplicacion_quitada": "Se quitó la aplicación de códigos del segundo paso.",
    "codigos": "Se hicieron nuevos códigos de emergencia; los de antes ya no sirven.",
    "llave": "Se registró una llave de acceso.",
    "llave_quitada": "Se quitó una llave de acceso.",
    "apagado": "Se quitó el segundo paso con todas sus llaves y códigos, a petición de la persona.",
}
"""What is told, in the words of the mail."""


def escuela_de(usuario_id: int) -> int | None:
    """Under which escuela the account's own mail goes out: the one of its first bond (office, alumno, convenio)."""
    dependencias = [d.id for d in sesiones.dependencias_de(usuario_id)]
    fallback: int | None = None
    for escuela_id in [e.id for e in escuelas.activas()]:
        with escuela_scope(escuela_id):
            if sesiones.miembro_de(usuario_id) is not None or sesiones.alumno_de(usuario_id) is not None:
                return escuela_id
            con_convenio = select(Convenio.id).where(Convenio.dependencia_id.in_(dependencias)).limit(1)
            if dependencias and fallback is None and db.session.scalar(con_convenio) is not None:
                fallback = escuela_id
    return fallback


@contextmanager
def unidad(usuario_id: int | None, now: datetime) -> Iterator[Uow]:
    """One transaction about an account, under the escuela that writes to it, so that `avisar` may be part of it."""
    escuela_id = current_escuela_or_none()
    if escuela_id is None and usuario_id is not None:
        escuela_id = escuela_de(usuario_id)
    with nullcontext() if escuela_id is None else escuela_scope(escuela_id), unit_of_work(now) as uow:
        yield uow


def avisar(uow: Uow, usuario: Usuario, que: str) -> None:
    """Write one of CAMBIOS to the account's address; an account that belongs nowhere yet has nobody to write to it."""
    if current_escuela_or_none() is None:
        return
    de_la_escuela = sesiones.miembro_de(usuario.id) or sesiones.alumno_de(usuario.id)
    puerta = escuelas.slug_actual() if de_la_escuela else "dependencia"
    contexto = {
        "nombre": usuario.nombre,
        "cuenta": usuario.correo,
        "cambio": CAMBIOS[que],
        "cuando": f"{to_local(uow.now):%d/%m/%Y a las %H:%M}",
    }
    ruta = f"/{puerta}/contrasena/olvidada"
    correos.escribir(uow, "cuenta_cambio", Para(usuario.correo, ruta, usuario.id, contexto))
