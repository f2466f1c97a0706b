"""Who is asking: the signed-in account of a request, as an Actor of the blueprint's role."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from portal.domain.access import Actor
from portal.services import cuentas, sesiones
from portal.services.sesiones import Abierta
from portal.web.contexto import now
from portal.web.limites import init_limites

login_manager = LoginManager()
MAX_PARTES = 12  # of the menu, so that the cookie stays small; the page of one's escuelas has all


class Parte(NamedTuple):
    """A part of the portal that the signed-in account may open: role, escuela ("" for a dependencia) and its name."""

    rol: str
    slug: str
    nombre: str


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


def sign_in(usuario_id: int, puerta: str, escuela_id: int | None = None) -> list[Parte]:
    """Open a new session for this browser and end its old one; the cookie's old content is thrown away (rotation).

    `puerta` (an escuela's slug, or "dependencia") is where the person came in and is sent to sign in again;
    `escuela_id` is the only escuela that the session opens, where its own provider vouched for the person. Returns
    the parts of the portal that the account may open; the cookie remembers them for the menu.
    """
    between_steps(puerta)
    agente = request.user_agent.string
    token = sesiones.abrir(usuario_id, navegador=agente, ip=_ip(), now=now(), escuela_id=escuela_id)
    cuenta = load(token)
    if cuenta is not None:
        login_user(cuenta)
    return remember_partes(usuario_id, escuela_id)


def between_steps(puerta: str, **kept: str) -> None:
    """End this browser's session and throw the cookie's content away, but for the way in and what is `kept`."""
    _end_current()
    session.clear()
    session["puerta"] = puerta
    session.update(kept)


def remember_partes(usuario_id: int, escuela_id: int | None = None) -> list[Parte]:
    """Find the parts of the portal that an account may open, and keep them in the cookie."""
    found = [Parte(v.rol, v.slug, v.nombre) for v in cuentas.vinculos(usuario_id, escuela_id)]
    session["partes"] = [list(parte) for parte in found[:MAX_PARTES]]
    return found


def partes() -> list[Parte]:
    """The parts of the portal that the menu offers, as they were when the person signed in."""
    return [Parte(*parte) for parte in session.get("partes", [])]


def puerta() -> str:
    """Where this browser signed in last: an escuela's slug, "dependencia", or ""."""
    return str(session.get("puerta", ""))


def sign_out() -> None:
    """End this browser's session on both sides; only the way back in is remembered."""
    came_by = puerta()
    _end_current()
    logout_user()
    session.clear()
    session["puerta"] = came_by


def _end_current() -> None:
    cuenta = _opened()
    if cuenta is not None:
        sesiones.terminar(cuenta.sesion_id, now=now())


def current_cuenta() -> Abierta | None:
    """The signed-in account, or None; in an escuela that its session does not open, nobody is signed in."""
    cuenta, escuela = _opened(), g.get("escuela")
    if cuenta is None or cuenta.escuela_id is None or escuela is None:
        return cuenta
    return cuenta if cuenta.abre(escuela.id) else None


def _opened() -> Abierta | None:
    """The account of this browser's session, wherever it is."""
    from flask_login import current_user

    return current_user.abierta if current_user.is_authenticated else None


def current_actor() -> Actor:
    """The Actor of this request, as access.py established it; an anonymous one otherwise."""
    return g.get("actor") or Actor(rol="publico", nombre="", ip=request.remote_addr or "")


def as_alumno(cuenta: Abierta) -> Actor | None:
    """The account as alumno of the escuela in scope; one who is not active yet is left in `g.alumno_en_espera`."""
    alumno = sesiones.alumno_de(cuenta.usuario_id)
    if alumno is None or not cuenta.abre(alumno.escuela_id):
        return None
    if alumno.estado != "activo":
        g.alumno_en_espera = alumno
        return None
    g.alumno = alumno
    return Actor("alumno", alumno.nombre_completo, cuenta.usuario_id, alumno.escuela_id, alumno.id, ip=_ip())


def as_coordinador(cuenta: Abierta) -> Actor | None:
    """The account as a member of the office of the escuela in scope."""
    miembro = sesiones.miembro_de(cuenta.usuario_id)
    if miembro is None or not cuenta.abre(miembro.escuela_id):
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
    found = sesiones.dependencias_de(cuenta.usuario_id) if cuenta.abre(None) else []
    if not found:
        return None
    g.dependencias = found
    g.dependencia = found[0]
    ids = frozenset(d.id for d in found)
    return Actor("dependencia", cuenta.nombre, cuenta.usuario_id, dependencia_ids=ids, ip=_ip())


ROLES = {"alumno": as_alumno, "coordinador": as_coordinador, "dependencia": as_dependencia}


def _ip() -> str:
    return request.remote_addr or ""


PAPELES = {"alumno": "Alumno", "coordinador": "Coordinación", "dependencia": "Dependencia"}


def init_sesion(app: Flask) -> None:
    """Install Flask-Login and the limits; pages say who is signed in."""
    login_manager.init_app(
        app, add_context_processor=False
    )  # it would read the session for pages of errors too
    init_limites(app)

    @app.context_processor
    def page_values() -> dict[str, Any]:
        actor = current_actor()
        nombre = actor.nombre if actor.usuario_id else _signed_in_name()
        quien = {"nombre": nombre, "rol": PAPELES.get(actor.rol, "")} if nombre else None
        return {"usuario_actual": quien, "actor": actor}


def _signed_in_name() -> str:
    """Who is signed in on a page that asks for no role; a page of an error asks the database nothing."""
    cuenta = None if g.get("fallo") or "_user_id" not in session else current_cuenta()
    return cuenta.nombre if cuenta else ""
