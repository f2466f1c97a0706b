"""The roll of an escuela: read, compared with what is there, and, once somebody has seen what changes, applied.

Nothing is ever deleted: an alumno who is not in a file stays as they are. The browser and the command line share this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from portal.domain.access import EXPEDIENTES, SISTEMA, Actor
from portal.domain.alumno import clave_de_busqueda
from portal.domain.machine import Forbidden
from portal.domain.personas import sort_name
from portal.models import Alumno, db
from portal.services import alumnos, enlaces
from portal.services.padron_csv import COLUMNAS, ErrorDeLinea, Padron, Renglon, leer, plantilla_csv
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act, record

__all__ = [
    "COLUMNAS",
    "Cambio",
    "Padron",
    "Resumen",
    "Vista",
    "aplicar",
    "comparar",
    "leer",
    "plantilla_csv",
    "texto",
]
T = TypeVar("T")
CAMPOS = ("nombre", "paterno", "materno", "correo", "carrera", "semestre", "creditos_pct")


@dataclass(frozen=True)
class Cambio:
    """What a line changes of a known alumno: (field, before, after) of each; `confirma`: its registration too."""

    renglon: Renglon
    campos: tuple[tuple[str, str, str], ...]
    confirma: bool = False
    nota: str = ""


@dataclass(frozen=True)
class Vista:
    """What importing a roll would do, before anything is written."""

    nuevos: tuple[Renglon, ...]
    cambian: tuple[Cambio, ...]
    sin_cambio: int
    errores: tuple[ErrorDeLinea, ...]
    ignoradas: tuple[str, ...] = ()

    @property
    def huella(self) -> str:
        """A hash of what would be written: what was confirmed is what was seen."""
        return hashlib.sha256(repr((self.nuevos, self.cambian)).encode()).hexdigest()

    @property
    def hay_algo(self) -> bool:
        """Whether applying would write anything."""
        return bool(self.nuevos or self.cambian)


@dataclass(frozen=True)
class Resumen:
    """What an import did."""

    nuevos: int
    cambiados: int
    confirmados: int
    omitidos: int

    def __str__(self) -> str:
        """One sentence for the page and the command line."""
        partes = [
            _cuantos(
                self.nuevos, "alumno nuevo, invitado por correo", "alumnos nuevos, invitados por correo"
            ),
            _cuantos(self.cambiados, "con datos actualizados", "con datos actualizados"),
            _cuantos(self.confirmados, "registro confirmado", "registros confirmados"),
            _cuantos(self.omitidos, "línea omitida", "líneas omitidas") if self.omitidos else "",
        ]
        return f"Padrón importado: {'; '.join(p for p in partes if p)}."


def _cuantos(n: int, uno: str, varios: str) -> str:
    return f"{n} {uno if n == 1 else varios}"


def comparar(padron: Padron) -> Vista:
    """What would be new, changed, the same or refused; reads only, in a few statements per 500 lines.

    A boleta with an account keeps its e-mail. An e-mail that is another alumno's is an error of its line. A
    registration that waits is confirmed when the roll has the same e-mail, or the same name.
    """
    errores = list(padron.errores)
    nuevos: list[Renglon] = []
    cambian: list[Cambio] = []
    iguales = 0
    for parte in _de_a(padron.renglones, 500):
        conocidos = _por_boleta(r.boleta for r in parte)
        duenos = _duenos_de_correo(parte)
        for renglon in parte:
            alumno = conocidos.get(renglon.boleta)
            dueno = duenos.get(renglon.correo, renglon.boleta)
            if dueno != renglon.boleta and (alumno is None or not _conserva_correo(alumno)):
                frase = f"El correo {renglon.correo} ya es de otro alumno (boleta {dueno})."
                errores.append(ErrorDeLinea(renglon.linea, renglon.boleta, frase))
            elif alumno is None:
                nuevos.append(renglon)
            elif (cambio := _cambio(renglon, alumno)) is not None:
                cambian.append(cambio)
            else:
                iguales += 1
    errores.sort(key=lambda e: e.linea)
    return Vista(tuple(nuevos), tuple(cambian), iguales, tuple(errores), padron.ignoradas)


def _sin_probar(alumno: Alumno) -> bool:
    """Somebody registered with this boleta and never confirmed the e-mail: it proves nothing, and the roll wins."""
    return alumno.estado == "invitado" and alumno.origen == "registro"


def _conserva_correo(alumno: Alumno) -> bool:
    return alumno.usuario_id is not None and not _sin_probar(alumno)


def _cambio(renglon: Renglon, alumno: Alumno) -> Cambio | None:
    campos = []
    for campo in CAMPOS:
        antes, despues = getattr(alumno, campo), getattr(renglon, campo)
        if despues in ("", None) or antes == despues or (campo == "correo" and _conserva_correo(alumno)):
            continue
        campos.append((campo, str(antes if antes is not None else ""), str(despues)))
    confirma, nota = _registro(renglon, alumno)
    return (
        Cambio(renglon, tuple(campos), confirma, nota) if campos or confirma or _sin_probar(alumno) else None
    )


def _registro(renglon: Renglon, alumno: Alumno) -> tuple[bool, str]:
    """Whether this line confirms a registration that waits, and what to tell the office."""
    if alumno.estado == "por_confirmar":
        mismo_nombre = sort_name(renglon.nombre, renglon.paterno, renglon.materno) == sort_name(
            alumno.nombre, alumno.paterno, alumno.materno if renglon.materno else ""
        )
        if renglon.correo == alumno.correo.casefold() or mismo_nombre:
            return True, "Se confirma su registro."
        return False, "Se registró con otro nombre y otro correo: confírmelo usted."
    if _sin_probar(alumno):
        return False, "Se registró sin confirmar su correo: se le invita al del padrón."
    if alumno.estado == "rechazado":
        return False, "Su registro fue rechazado y así se queda."
    return False, ""


def aplicar(vista: Vista, actor: Actor, now: datetime) -> Resumen:
    """Write what a Vista says, in one transaction; twice is the same as once.

    New alumnos are invited through the outbox. A boleta that appeared since the comparison is left alone.
    Raises Forbidden unless the actor keeps the escuela's expedientes or is the system.
    """
    if actor.rol != SISTEMA and EXPEDIENTES not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        nuevos = _agregar(uow, vista.nuevos, actor)
        cambiados = confirmados = 0
        for parte in _de_a(vista.cambian, 500):
            conocidos = _por_boleta((c.renglon.boleta for c in parte), lock=True)
            for cambio in parte:
                alumno = conocidos[cambio.renglon.boleta]
                cambiados += _actualizar(uow, alumno, cambio, actor)
                if cambio.confirma and alumno.estado == "por_confirmar":
                    act(uow, alumno, "confirmar", actor)
                    confirmados += 1
    return Resumen(nuevos, cambiados, confirmados, len(vista.errores))


def _agregar(uow: Uow, renglones: Sequence[Renglon], actor: Actor) -> int:
    hechos = 0
    for parte in _de_a(renglones, 500):
        conocidos = _por_boleta(r.boleta for r in parte)
        for renglon in parte:
            if renglon.boleta not in conocidos:
                datos = {campo: getattr(renglon, campo) for campo in ("boleta", *CAMPOS)}
                alumnos.agregar(uow, datos, origen="padron", actor=actor)
                hechos += 1
    return hechos


def _actualizar(uow: Uow, alumno: Alumno, cambio: Cambio, actor: Actor) -> bool:
    """Set what still differs; True when something did."""
    hecho = []
    for campo, _antes, _despues in cambio.campos:
        nuevo = getattr(cambio.renglon, campo)
        if getattr(alumno, campo) == nuevo or (campo == "correo" and _conserva_correo(alumno)):
            continue
        setattr(alumno, campo, nuevo)
        hecho.append(campo)
    if hecho:
        alumno.busqueda = clave_de_busqueda(alumno.nombre, alumno.paterno, alumno.materno, alumno.boleta)
        record(uow, alumno, "actualizar", actor, motivo=f"Padrón: {', '.join(hecho)}")
    if _sin_probar(alumno):
        enlaces.anular(uow, "correo", objeto_id=alumno.id)
        alumno.origen, alumno.usuario_id = "padron", None
        alumnos.pedir_invitacion(uow, alumno)
    elif "correo" in hecho and alumno.estado == "invitado":
        alumnos.pedir_invitacion(uow, alumno)
    return bool(hecho)


def _por_boleta(boletas: Iterable[str], *, lock: bool = False) -> dict[str, Alumno]:
    query = select(Alumno).where(Alumno.boleta.in_(list(boletas)))
    if lock:
        query = query.with_for_update(of=Alumno).execution_options(populate_existing=True)
    return {a.boleta: a for a in db.session.scalars(query)}


def _duenos_de_correo(renglones: Sequence[Renglon]) -> dict[str, str]:
    """correo -> boleta of the alumno of this escuela who has it."""
    query = select(Alumno.correo, Alumno.boleta).where(Alumno.correo.in_([r.correo for r in renglones]))
    return {row.correo: row.boleta for row in db.session.execute(query)}


def _de_a(cosas: Sequence[T], cuantos: int) -> Iterator[Sequence[T]]:
    for inicio in range(0, len(cosas), cuantos):
        yield cosas[inicio : inicio + cuantos]


def texto(vista: Vista) -> str:
    """A Vista in lines of text, for the command line."""
    lineas = [
        f"Nuevos: {len(vista.nuevos)}. Cambian: {len(vista.cambian)}. Sin cambio: {vista.sin_cambio}. "
        f"Con error: {len(vista.errores)}.",
        *(f"  + {r.boleta} {r.nombre_de_lista} <{r.correo}>" for r in vista.nuevos),
    ]
    for cambio in vista.cambian:
        campos = "; ".join(f"{c}: «{antes}» → «{despues}»" for c, antes, despues in cambio.campos)
        lineas.append(f"  ~ {cambio.renglon.boleta} {' '.join(p for p in (campos, cambio.nota) if p)}")
    lineas += [f"  ! línea {e.linea} ({e.texto}): {e.frase}" for e in vista.errores]
    if vista.ignoradas:
        lineas.append(f"Columnas que no se usan: {', '.join(vista.ignoradas)}.")
    return "\n".join(lineas)
