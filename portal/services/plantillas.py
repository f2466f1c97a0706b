"""Templates that the office writes itself: every save is a new edition, none is ever changed or taken away.

What would fail while a letter is issued is refused here: a text is read whole, with every datum and without the
optional ones, and the letter is drawn once with the samples and once with long values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select, tuple_

from portal.domain.access import ADMINISTRACION, Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.letters.catalogo import CATALOGO, TIPOS
from portal.letters.flujos import FirmaImpresa
from portal.letters.muestra import largas, muestra
from portal.letters.plantilla import Plantilla, PlantillaInvalida
from portal.letters.render import FaltanDatos, render
from portal.models import Carta, Escuela, PlantillaVersion, db
from portal.services import cartas, escuelas, hojas
from portal.services.hojas import url_verificacion
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record
from tenants.scope import current_escuela

MAXIMA = 1_000_000  # no edition has a higher number
MUESTRA, LARGA = "muestra", "larga"  # what a preview is filled with, beside the public id of a letter


@dataclass(frozen=True)
class Edicion:
    """One edition of a kind's template: 0 is the text of the profile in force. `en_vigor`: what new letters say."""

    tipo: str
    version: int
    autor: str
    nota: str
    creado: datetime | None
    en_vigor: bool


@dataclass(frozen=True)
class Cambio:
    """What one edition says in a place and the other does not; words are ("igual" | "quita" | "pone", text)."""

    donde: str
    palabras: tuple[tuple[str, str], ...]


def conocido(tipo: str) -> str:
    """The kind itself; NotFound for one that no letter has."""
    if tipo not in TIPOS:
        raise NotFound("Plantilla")
    return tipo


def leer(tipo: str, version: int) -> Plantilla:
    """The template of an edition; NotFound."""
    if version > MAXIMA:
        raise NotFound("PlantillaVersion")
    return escuelas.plantilla(conocido(tipo), None, version)


def ediciones(tipo: str) -> list[Edicion]:
    """Every edition of a kind, the newest first, the profile's own text last; one statement."""
    vigente = escuelas.edicion_vigente(conocido(tipo))
    query = select(PlantillaVersion).where(PlantillaVersion.tipo == tipo)
    rows = db.session.scalars(query.order_by(PlantillaVersion.version.desc()))
    hechas = [Edicion(tipo, r.version, r.autor, r.nota, r.creado, r.version == vigente) for r in rows]
    return [*hechas, Edicion(tipo, 0, "", "", None, vigente == 0)]


def vigentes() -> dict[str, Edicion]:
    """The edition in force of every kind; one statement."""
    ahora = [(tipo, escuelas.edicion_vigente(tipo)) for tipo in TIPOS]
    query = select(PlantillaVersion).where(tuple_(PlantillaVersion.tipo, PlantillaVersion.version).in_(ahora))
    mias = {r.tipo: r for r in db.session.scalars(query)}
    return {
        tipo: Edicion(tipo, mias[tipo].version, mias[tipo].autor, mias[tipo].nota, mias[tipo].creado, True)
        if tipo in mias
        else Edicion(tipo, 0, "", "", None, True)
        for tipo in TIPOS
    }


def validar(tipo: str, datos: Mapping[str, Any]) -> Plantilla:
    """The template that these data make. Raises PlantillaInvalida, with a sentence for every fault."""
    plantilla = Plantilla.from_mapping({**datos, "tipo": conocido(tipo), "version": 1})
    for valores in ({}, largas(tipo)):
        try:
            muestra(tipo, plantilla, None, valores)
        except FaltanDatos as error:
            raise PlantillaInvalida([str(error)]) from error
    return plantilla


def guardar(
    tipo: str, datos: Mapping[str, Any], *, base: int, nota: str = "", actor: Actor, now: datetime
) -> int:
    """Put a new edition in force and return its number; the one in force itself where nothing changed.

    `base` is the edition that was edited: Refused("plantilla.otra_edicion") where somebody saved another meanwhile.
    Raises PlantillaInvalida, Forbidden, NotFound.
    """
    plantilla = validar(tipo, datos)
    with unit_of_work(now) as uow:
        escuela = _administrada(uow, actor)
        vigente = int(escuela.plantillas.get(tipo, 0))
        if base != vigente:
            raise Refused("plantilla.otra_edicion", version=vigente)
        if plantilla.huella == escuelas.plantilla(tipo, None, vigente).huella:
            return vigente
        return _escribir(uow, escuela, plantilla, nota, actor)


def restaurar(tipo: str, version: int, *, actor: Actor, now: datetime) -> int:
    """Put an earlier edition in force again, as a new one; 0 brings the profile's own text back."""
    anterior = leer(tipo, version)
    with unit_of_work(now) as uow:
        escuela = _administrada(uow, actor)
        if int(escuela.plantillas.get(tipo, 0)) == version:
            raise Refused("plantilla.ya_vigente")
        cual = f"la edición {version}" if version else "el texto inicial"
        return _escribir(uow, escuela, anterior, f"Se recuperó {cual}.", actor)


def _administrada(uow: Uow, actor: Actor) -> Escuela:
    """The escuela, locked: editions are numbered one after another."""
    if ADMINISTRACION not in actor.permisos or actor.escuela_id != current_escuela():
        raise Forbidden("accion.sin_permiso")
    return uow.lock_id(Escuela, current_escuela())


def _escribir(uow: Uow, escuela: Escuela, plantilla: Plantilla, nota: str, actor: Actor) -> int:
    tipo = plantilla.tipo
    query = select(PlantillaVersion.version).where(PlantillaVersion.tipo == tipo)
    ultima = uow.session.scalar(query.order_by(PlantillaVersion.version.desc()).limit(1)) or 0
    nueva = replace(plantilla, version=ultima + 1)
    row = uow.add(
        PlantillaVersion(
            tipo=tipo,
            version=nueva.version,
            datos=nueva.to_mapping(),
            huella=nueva.huella,
            autor=actor.nombre[:200],
            nota=" ".join(nota.split())[:300],
        )
    )
    escuela.plantillas = {**escuela.plantillas, tipo: nueva.version}
    record(uow, row, "guardar", actor)
    return nueva.version


def vista(plantilla: Plantilla, con: str, *, now: datetime) -> bytes:
    """The PDF of a template: with the samples, with long values, or with what a letter of that kind says.

    `con` is MUESTRA, LARGA or the public id of a letter. Raises NotFound; PlantillaInvalida where a datum lacks.
    """
    version = escuelas.actual().perfil_version
    tipo, logo = plantilla.tipo, escuelas.logo(version)
    propios = cartas.comunes(version, tipo, to_local(now).date())
    if con in (MUESTRA, LARGA):
        muchos = largas(tipo) if con == LARGA else {}
        return muestra(tipo, plantilla, logo, {**{k: v for k, v in propios.items() if v}, **muchos})
    carta = db.session.scalar(select(Carta).where(Carta.public_id == con, Carta.tipo == tipo))
    if carta is None:
        raise NotFound("Carta")
    hoja = hojas.leer(db.session(), carta)
    firmas = [FirmaImpresa(t.nombre, t.cargo, t.papel) for t in hoja.trazos]
    url = url_verificacion(hoja.codigo)
    try:
        return render(
            plantilla, hoja.valores, folio=hoja.folio, codigo="VISTA-PREVIA", url_verificacion=url, firmas=firmas,
            logo=hojas.logo(plantilla.membrete, hoja),
        )  # fmt: skip
    except FaltanDatos as error:
        raise PlantillaInvalida([str(error)]) from error


def ejemplos(tipo: str, cuantas: int = 10) -> list[tuple[str, str]]:
    """(public id, folio and whose) of the last letters of a kind, to fill a preview with."""
    query = select(Carta).where(Carta.tipo == conocido(tipo)).order_by(Carta.id.desc()).limit(cuantas)
    return [(c.public_id, _nombre(c)) for c in db.session.scalars(query)]


def _nombre(carta: Carta) -> str:
    de = carta.valores.get("alumno_nombre") or carta.valores.get("dependencia_razon_social") or ""
    return f"{carta.folio}, {de}" if de else carta.folio


def comparar(antes: Plantilla, despues: Plantilla) -> list[Cambio]:
    """What changed from one template to another, place by place, in the order in which a letter is read."""
    a, b = _lineas(antes), _lineas(despues)
    cambios = []
    for que, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if que == "equal":
            continue
        for n in range(max(j - i, m - k)):
            viejo = a[i + n] if i + n < j else ("", "")
            nuevo = b[k + n] if k + n < m else ("", "")
            cambios.append(Cambio(nuevo[0] or viejo[0], _palabras(viejo[1], nuevo[1])))
    return cambios


def _lineas(plantilla: Plantilla) -> list[tuple[str, str]]:
    """Every text with where it stands; blocks without their numbers, so that a moved one is still the same."""
    lineas = [(donde.split(" ")[0], " ".join(texto.split())) for donde, texto in plantilla.textos()]
    opciones = {"membrete": plantilla.membrete, "sello": plantilla.sello}
    lineas += [(nombre, texto) for nombre, texto in opciones.items() if texto]
    lineas += [("lista", b.lista) for b in plantilla.bloques if b.lista]
    return lineas + [("valores", f"{nombre}: {texto}") for nombre, texto in plantilla.valores]


def _palabras(viejo: str, nuevo: str) -> tuple[tuple[str, str], ...]:
    a, b = viejo.split(" "), nuevo.split(" ")
    trozos: list[tuple[str, str]] = []
    for que, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if que == "equal":
            trozos.append(("igual", " ".join(a[i:j])))
            continue
        trozos += [(clase, " ".join(t)) for clase, t in (("quita", a[i:j]), ("pone", b[k:m])) if any(t)]
    return tuple((clase, texto) for clase, texto in trozos if texto)


def datos_opcionales(tipo: str) -> tuple[str, ...]:
    """The optional data for which a template of that kind may say what is used when a letter does not give them."""
    propios = ("boleta_rotulo", "carrera_rotulo", "horas_requeridas", "meses_minimos", "meses_maximos")
    return tuple(nombre for nombre in propios if nombre in CATALOGO[tipo])
