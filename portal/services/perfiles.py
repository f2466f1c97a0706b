"""The profile of an escuela as its own office writes it: a draft, what it would change, and a new version.

A draft replaces whole keys of the profile in force, so that two people may write different pages of it, and a folder
that is loaded meanwhile keeps what the draft does not touch. Whatever was typed is kept, right or wrong; only a
profile without faults is published, and it binds new servicios only [product.md, "Rules that the engine keeps"].
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from portal.domain.access import ADMINISTRACION, SISTEMA, Actor
from portal.domain.machine import Forbidden, Refused
from portal.letters.catalogo import TIPOS
from portal.models import Escuela, EscuelaPerfil, PerfilBorrador, db
from portal.services import carpetas, escuelas, plantillas_correo
from portal.services.perfil_cambios import Cambio, Grupo, comparar
from portal.services.perfil_campos import seccion, seccion_de
from portal.services.perfil_rotulos import SECCIONES, con_rotulos
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record
from tenants.profile import Profile, ProfileError, plain
from tenants.profile_errors import faults
from tenants.scope import current_escuela

Lugar = tuple[int | str, ...]
LOGO = "logo"
CARTA_DE_PRUEBA = "carta_de_prueba"
GUIA = ("identidad", "carreras", "firmantes", "planes", "calendario", CARTA_DE_PRUEBA)


@dataclass(frozen=True)
class Borrador:
    """The profile as it would be: `datos` are the keys in force (`vigente`) with those that the draft replaces.

    `fallas`: (place, sentence) of everything that keeps it from being published.
    """

    version: int
    vigente: dict[str, Any]
    datos: dict[str, Any]
    cambiadas: frozenset[str]
    fallas: tuple[tuple[Lugar, str], ...]
    logo: str | None = None
    revisadas: frozenset[str] = frozenset()
    guia: bool = False
    autor: str = ""
    editado: datetime | None = None

    @property
    def hay_cambios(self) -> bool:
        """Whether there is anything to publish."""
        return bool(self.cambiadas) or self.logo is not None

    @property
    def huella(self) -> str:
        """By what a page knows that it shows the draft and the version in force as they are."""
        return _huella([self.version, self.datos, self.logo])

    def huella_de(self, clave: str) -> str:
        """By what a page of the editor knows that nobody else wrote it meanwhile."""
        return _huella({k: self.datos.get(k) for k in seccion(clave).claves})

    def fallas_de(self, clave: str) -> list[tuple[Lugar, str]]:
        """The faults of a page of the editor, and those of the whole that its changes brought about."""
        keys = seccion(clave).claves
        return [
            (loc, said)
            for loc, said in self.fallas
            if (loc[0] in keys if loc else not self.cambiadas.isdisjoint(keys))
        ]


def _huella(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]


def exigir(actor: Actor) -> None:
    """Forbidden unless the actor may change how the escuela works."""
    if actor.rol != SISTEMA and not (
        actor.escuela_id == current_escuela() and ADMINISTRACION in actor.permisos
    ):
        raise Forbidden("accion.sin_permiso")


def leer() -> Borrador:
    """The draft of the escuela in scope; where there is none, the profile in force without changes."""
    return _borrador(escuelas.actual(), db.session.scalar(select(PerfilBorrador)))


def _borrador(escuela: Escuela, row: PerfilBorrador | None) -> Borrador:
    vigente = escuelas.perfil(escuela.perfil_version).model_dump(mode="json")
    if row is None:
        return Borrador(escuela.perfil_version, vigente, vigente, frozenset(), ())
    datos = {**vigente, **row.cambios}
    return Borrador(
        escuela.perfil_version, vigente, datos, frozenset(row.cambios), tuple(fallas(datos)), row.logo,
        frozenset(row.revisadas), row.guia, row.autor, row.editado,
    )  # fmt: skip


def fallas(datos: Mapping[str, Any]) -> list[tuple[Lugar, str]]:
    """(place, sentence) of each fault of a profile; its mails are looked at when the rest holds."""
    try:
        profile = Profile.model_validate(datos)
    except ValidationError as error:
        sentences = ((loc, con_rotulos(said)) for loc, said in faults(error))
        return [(loc, f"{said[:1].upper()}{said[1:]}.") for loc, said in sentences]
    found: list[tuple[Lugar, str]] = []
    for falta in plantillas_correo.errores(profile.correos):
        donde, _, said = falta.partition(": ")
        found.append((tuple(donde.removeprefix("En ").split(".")), said))
    return found


# ---- writing the draft ----


def abierto(uow: Uow, actor: Actor) -> tuple[Escuela, PerfilBorrador]:
    """The escuela, locked, and its draft, begun where there is none."""
    exigir(actor)
    escuela = uow.lock_id(Escuela, current_escuela())
    row = uow.session.scalar(select(PerfilBorrador).with_for_update())
    if row is None:
        row = uow.add(PerfilBorrador(base=escuela.perfil_version, cambios={}, revisadas=[]))
    return escuela, row


def guardar(clave: str, nuevos: Mapping[str, Any], *, huella: str, actor: Actor, now: datetime) -> Borrador:
    """Put these keys of a page into the draft, as they were typed; what equals the version in force leaves it.

    Raises Refused("perfil.entretanto") where somebody else wrote the page since `huella`, KeyError, Forbidden.
    """
    keys = seccion(clave).claves
    with unit_of_work(now) as uow:
        escuela, row = abierto(uow, actor)
        before = _borrador(escuela, row)
        if huella != before.huella_de(clave):
            raise Refused("perfil.entretanto", quien=row.autor or "Otra persona")
        typed = {k: con_claves(v) for k, v in nuevos.items() if k in keys}
        _poner(uow, row, before.vigente, {**row.cambios, **typed}, actor)
        _revisada(row, clave)
        return _borrador(escuela, row)


def _poner(
    uow: Uow, row: PerfilBorrador, vigente: Mapping[str, Any], cambios: Mapping[str, Any], actor: Actor
) -> None:
    row.cambios = {k: v for k, v in cambios.items() if v != vigente.get(k)}
    row.autor, row.editado = actor.nombre[:160], uow.now
    uow.session.flush()


def _revisada(row: PerfilBorrador, clave: str) -> None:
    if clave not in row.revisadas:
        row.revisadas = [*row.revisadas, clave]


def con_claves(value: Any) -> Any:
    """Rows whose clave is empty get one from their name, and what is a clave is written as one."""
    if isinstance(value, dict):
        return {k: con_claves(v) for k, v in value.items()}
    if not isinstance(value, list):
        return value
    rows = [con_claves(v) for v in value]
    taken = {row.get("clave") for row in rows if isinstance(row, dict)}
    for row in rows:
        if isinstance(row, dict) and row.get("rol"):
            row["rol"] = clave_de(row["rol"])
        if isinstance(row, dict) and "clave" in row:
            taken.discard(row["clave"])
            row["clave"] = _libre(clave_de(row["clave"] or str(row.get("nombre") or "")), taken)
            taken.add(row["clave"])
    return rows


def clave_de(text: str) -> str:
    """A name as a clave of at most twenty characters: "Técnico en Óptica" -> "tecnico_en_optica"; "" for no letters."""
    if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", text):
        return text
    words = re.sub(r"[^a-z0-9]+", "_", plain(text)).lstrip("0123456789_")
    return words[:20].strip("_")


def _libre(clave: str, taken: set[Any]) -> str:
    n, found = 2, clave
    while found and found in taken:
        found, n = f"{clave[:17]}_{n}", n + 1
    return found


def poner_logo(png: bytes | None, *, actor: Actor, now: datetime) -> None:
    """Put a new logo (a checked PNG) into the draft; None takes the logo away."""
    with unit_of_work(now) as uow:
        escuela, row = abierto(uow, actor)
        text = base64.b64encode(png).decode() if png else ""
        vigente = escuelas.logo(escuela.perfil_version) or b""
        row.logo = None if text == base64.b64encode(vigente).decode() else text
        row.autor, row.editado = actor.nombre[:160], uow.now
        _revisada(row, "identidad")


def marcar(clave: str, *, actor: Actor, now: datetime) -> None:
    """A page of a new escuela was seen to; KeyError for one that there is not. The last one ends the guide."""
    if clave != CARTA_DE_PRUEBA:
        seccion(clave)
    with unit_of_work(now) as uow:
        _, row = abierto(uow, actor)
        _revisada(row, clave)
        if row.guia and set(GUIA) <= set(row.revisadas) and not row.cambios:
            row.guia = False


def guiar(uow: Uow) -> None:
    """Begin to lead the office of a new escuela through its pages."""
    escuela = uow.get(Escuela, current_escuela())
    uow.add(PerfilBorrador(base=escuela.perfil_version, cambios={}, revisadas=[], guia=True))


def en_guia() -> bool:
    """Whether the office in scope is new and still being led."""
    return bool(db.session.scalar(select(PerfilBorrador.guia)))


def descartar(clave: str = "", *, actor: Actor, now: datetime) -> None:
    """Throw the draft away, or only one page of it; the version in force stays."""
    with unit_of_work(now) as uow:
        escuela, row = abierto(uow, actor)
        keys = set(seccion(clave).claves) if clave else set(row.cambios)
        row.cambios = {k: v for k, v in row.cambios.items() if k not in keys}
        row.base = row.base if row.cambios else escuela.perfil_version
        if not clave or clave == "identidad":
            row.logo = None
        row.autor, row.editado = actor.nombre[:160], uow.now


def recuperar(version: int, *, actor: Actor, now: datetime) -> None:
    """Make the draft say what an earlier version said; publishing it is another step. NotFound."""
    with unit_of_work(now) as uow:
        escuela, row = abierto(uow, actor)
        antes = escuelas.perfil(version).model_dump(mode="json")
        vigente = escuelas.perfil(escuela.perfil_version).model_dump(mode="json")
        _poner(uow, row, vigente, antes, actor)
        row.base = escuela.perfil_version
        old, new = escuelas.logo(version), escuelas.logo(escuela.perfil_version)
        row.logo = None if old == new else base64.b64encode(old or b"").decode()


# ---- publishing ----


def cambios(borrador: Borrador) -> list[Grupo]:
    """What publishing would change, page by page."""
    return con_logo(comparar(borrador.vigente, borrador.datos), borrador.logo)


def con_logo(grupos: Sequence[Grupo], logo: str | None) -> list[Grupo]:
    """The changes, with that of the logo on the page of the identity."""
    if logo is None:
        return list(grupos)
    uno = Cambio("Logotipo", "El de ahora", "Uno nuevo" if logo else "Ninguno")
    identidad = next((g for g in grupos if g.seccion is SECCIONES[0]), Grupo(SECCIONES[0], ()))
    rest = [g for g in grupos if g.seccion is not SECCIONES[0]]
    return [Grupo(identidad.seccion, (*identidad.cambios, uno)), *rest]


def publicar(*, huella: str, actor: Actor, now: datetime) -> int:
    """Put the draft in force as a new version and empty it; returns the version.

    Servicios that began keep theirs. Raises Refused: "perfil.otro" where draft or version in force are not those of
    `huella`, "perfil.sin_cambios", "perfil.con_errores"; Forbidden.
    """
    with unit_of_work(now) as uow:
        escuela, row = abierto(uow, actor)
        borrador = _borrador(escuela, row)
        if borrador.huella != huella:
            raise Refused("perfil.otro")
        if not borrador.hay_cambios:
            raise Refused("perfil.sin_cambios")
        if borrador.fallas:
            raise Refused("perfil.con_errores")
        dichas = ", ".join(g.seccion.titulo for g in cambios(borrador))
        datos = {**datos_de(escuela.perfil_version)}
        datos["perfil"] = Profile.model_validate(borrador.datos).model_dump(mode="json")
        datos["logo"] = datos["logo"] if row.logo is None else row.logo
        nueva = escuelas.poner_version(uow, escuela, datos, actor.nombre)
        row.cambios, row.logo, row.base = {}, None, nueva.version
        if row.guia and set(GUIA) <= set(row.revisadas):
            row.guia = False
        record(uow, nueva, "publicar", actor, motivo=f"Versión {nueva.version}: {dichas}"[:2000])
        return nueva.version


def datos_de(version: int) -> dict[str, Any]:
    """What a version keeps: {perfil, cartas, logo}, as the portal reads it today. NotFound."""
    row = db.session.scalar(select(EscuelaPerfil).where(EscuelaPerfil.version == version))
    if row is None:
        raise NotFound("EscuelaPerfil")
    perfil = escuelas.perfil(version).model_dump(mode="json")
    return {"perfil": perfil, "cartas": row.datos["cartas"], "logo": row.datos.get("logo") or ""}


def en_vigor() -> tuple[int, dict[str, Any]]:
    """(version, data) in force in the escuela in scope: profile, logo, and the letters as its office wrote them."""
    version = escuelas.actual().perfil_version
    cartas = {tipo: escuelas.plantilla(tipo).to_mapping() for tipo in TIPOS}
    return version, sin_edicion({**datos_de(version), "cartas": cartas})


def sin_edicion(datos: Mapping[str, Any]) -> dict[str, Any]:
    """A version's data with the texts of letters as JSON keeps them, without the numbers of their editions."""
    cartas = {tipo: {**carta, "version": 1} for tipo, carta in datos["cartas"].items()}
    return {**datos, "cartas": json.loads(json.dumps(cartas))}


def importar(datos: Mapping[str, Any], *, actor: Actor, now: datetime) -> int | None:
    """Put a folder's data in force as a new version, its letters too; None where they are what is in force.

    Raises ProfileError, Forbidden.
    """
    if datos["perfil"]["slug"] != escuelas.actual().slug:
        raise ProfileError([f"La carpeta es de otra escuela: «{datos['perfil']['slug']}»."])
    nuevos = sin_edicion(datos)
    with unit_of_work(now) as uow:
        escuela, _ = abierto(uow, actor)
        if carpetas.huella(en_vigor()[1]) == carpetas.huella(nuevos):
            return None
        escuela.plantillas = {}
        nueva = escuelas.poner_version(uow, escuela, nuevos, escuelas.CARPETA)
        record(uow, nueva, "publicar", actor, motivo=f"Versión {nueva.version}, de una carpeta")
        return nueva.version


def pagina_de(loc: Lugar) -> str:
    """The page of the editor where a fault is corrected; "" where it is the whole that does not hold together."""
    return seccion_de(str(loc[0])).clave if loc else ""
