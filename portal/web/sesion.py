"""Who is asking: the signed-in account of a request, as an Actor of the blueprint's role."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from portal.domain.access import Actor
from portal.models import Alumno, Dependencia, Miembro
from portal.services import sesiones
from portal.services.sesiones import Abierta
from portal.web.contexto import now

login_manager = LoginManager()


class Cuenta(UserMixin):
    """Flask-Login's user: an open session, known by its token."""

    def __init__(self, token: str, abierta: Abierta) -> None:
        self.token = token
        self.abierta = abierta

    def get_id(self) -> str:
        """The token: what the signed cookie carries."""
        return self.token


@login_manager.user_loader
def load(token: str) -> Cuenta | None:
    """The account behind the cookie's token; None ends the sign-in."""
    abierta = sesiones.leer(token, now=now())
    return Cuenta(token, abierta) if abierta else None


def sign_in(usuario_id: int) -> None:
    """Open a new session for this browser; the cookie's old content is thrown away (rotation)."""
    session.clear()
    token = sesiones.abrir(
        usuario_id, navegador=request.user_agent.string, ip=request.remote_addr or "", now=now()
    )
    cuenta = load(token)
    if cuenta is not None:
        login_user(cuenta)


def sign_out() -> None:
    """End this browser's session on both sides."""
    cuenta = current_cuenta()
    if cuenta is not None:
        sesiones.terminar(cuenta.sesion_id, now=now())
    logout_user()
    session.clear()


def current_cuenta() -> Abierta | None:
    """The signed-in account, or None."""
    from flask_login import current_user

    return current_user.abierta if current_user.is_authenticated else None


def current_actor() -> Actor:
    """The Actor of this request, as access.py established it; an anonymous one otherwise."""
    return g.get("actor") or Actor(rol="publico", nombre="", ip=request.remote_addr or "")


def as_alumno(cuenta: Abierta) -> Actor | None:
    """The account as alumno of the escuela in scope."""
    alumno: Alumno | None = sesiones.alumno_de(cuenta.usuario_id)
    if alumno is None or alumno.estado != "activo":
        return None
    g.alumno = alumno
    return Actor("alumno", alumno.nombre_completo, cuenta.usuario_id, alumno.escuela_id, alumno.id, ip=_ip())


def as_coordinador(cuenta: Abierta) -> Actor | None:
    """The account as a member of the office of the escuela in scope."""
    miembro: Miembro | None = sesiones.miembro_de(cuenta.usuario_id)
    if miembro is None:
        return None
    g.miembro = miembro
    return Actor(
        "coordinador",
        cuenta.nombre,
        cuenta.usuario_id,
        miembro.escuela_id,
        permisos=frozenset(miembro.permisos),
        cargo=miembro.cargo,
        ip=_ip(),
    )


def as_dependencia(cuenta: Abierta) -> Actor | None:
    """The account as somebody who acts for one or more dependencias."""
    found: list[Dependencia] = sesiones.dependencias_de(cuenta.usuario_id)
    if not found:
        return None
    g.dependencias = found
    g.dependencia = found[0]
    ids = frozenset(d.id for d in found)
    return Actor("dependencia", cuenta.nombre, cuenta.usuario_id, dependencia_ids=ids, ip=_ip())


ROLES = {"alumno": as_alumno, "coordinador": as_coordinador, "dependencia": as_dependencia}


def _ip() -> str:
    return request.remote_addr or ""


def init_sesion(app: Flask) -> None:
    """Install Flask-Login; pages say who is signed in."""
    login_manager.init_app(app)

    @app.context_processor
    def page_values() -> dict[str, Any]:
        actor = current_actor()
        return {"usuario_actual": actor if actor.usuario_id else None, "actor": actor}
