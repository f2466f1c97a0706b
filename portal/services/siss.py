"""Accepted entregas that are loaded in the SISS: the alumno says when, the office reconciles with a CSV [seed 001 §4].

Nothing of a CSV is written before its preview was seen: what is confirmed is judged again, line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.domain.access import ALUMNO, REPORTES, Actor, relations
from portal.domain.calendario import en_palabras, to_local
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused
from portal.models import Alumno, Entrega, Servicio, db
from portal.services.effects import effect
from portal.services.entregas import bloquear
from portal.services.padron_csv import plana
from portal.services.siss_csv import Linea, LineaMala, leer
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record

POR_MARCAR, CAMBIA, YA, SIN_ACEPTAR, NO_SE_PIDE, DESCONOCIDA = (
    "por_marcar",
    "cambia",
    "ya",
    "sin_aceptar",
    "no_se_pide",
    "desconocida",
)
SE_ESCRIBE = (POR_MARCAR, CAMBIA)
TANDA = 200


def objecion(entrega: Entrega, inicio: date, dia: date | None, today: date) -> str | None:
    """Why an entrega cannot be marked as loaded that day: the key of a sentence, or None."""
    if not entrega.pide_siss:
        return "siss.no_se_pide"
    if entrega.estado != "aceptada":
        return "siss.sin_aceptar"
    if dia is None:
        return "siss.sin_fecha"
    if dia > today:
        return "siss.futura"
    return "siss.antes" if dia < inicio else None


def marcar(public_id: str, dia: date | None, *, actor: Actor, now: datetime) -> Entrega:
    """The alumno says on which day an accepted entrega was loaded; a later word corrects it. NotFound, Refused."""
    with unit_of_work(now) as uow:
        entrega, servicio = bloquear(uow, public_id)
        if ALUMNO not in relations(actor, entrega):
            raise NotFound("Entrega")
        key = objecion(entrega, servicio.inicio, dia, to_local(now).date())
        if key is not None:
            raise Refused(key)
        if dia is not None:
            _anotar(uow, entrega, dia, actor)
        return entrega


def _anotar(uow: Uow, entrega: Entrega, dia: date, actor: Actor) -> None:
    entrega.siss, entrega.siss_quien = dia, actor.rol
    record(uow, entrega, "marcar_siss", actor, motivo=f"El {en_palabras(dia)}.")


@effect("quitar_siss")
def quitar_siss(_uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """A step that is open again was not loaded as it will be accepted."""
    entrega.siss, entrega.siss_quien = None, ""


@dataclass(frozen=True)
class Fila:
    """What a good line of the CSV means now: whose and which entrega, and what would be done."""

    linea: Linea
    que: str
    alumno: str = ""
    entrega: str = ""
    entrega_id: int = 0
    antes: date | None = None


@dataclass(frozen=True)
class Vista:
    """A CSV held against the portal: its lines by what they mean, and those that cannot be read."""

    filas: tuple[Fila, ...]
    malas: tuple[LineaMala, ...]

    def de(self, que: str) -> list[Fila]:
        """The lines of one meaning."""
        return [fila for fila in self.filas if fila.que == que]

    @property
    def se_escribe(self) -> list[Fila]:
        """The lines that would change something."""
        return [fila for fila in self.filas if fila.que in SE_ESCRIBE]

    @property
    def texto(self) -> str:
        """Those lines as a CSV, to be confirmed."""
        rows = [f"{f.linea.boleta},{f.linea.clave},{f.linea.fecha.isoformat()}" for f in self.se_escribe]
        return "\n".join(["boleta,reporte,fecha", *rows])


def comparar(data: bytes, *, actor: Actor, now: datetime) -> Vista:
    """What a CSV would change in the escuela in scope; writes nothing. Raises Refused, Forbidden."""
    if REPORTES not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    lineas, malas = leer(data)
    suyas = _entregas({linea.boleta for linea in lineas})
    today = to_local(now).date()
    filas, vistas, mas = [], set(), list(malas)
    for linea in lineas:
        fila = _juzgar(linea, suyas.get(linea.boleta), today)
        if isinstance(fila, LineaMala):
            mas.append(fila)
        elif fila.entrega_id and fila.entrega_id in vistas:
            mas.append(LineaMala(linea.numero, linea.boleta, "Esta entrega ya viene en una línea anterior."))
        else:
            vistas.add(fila.entrega_id)
            filas.append(fila)
    return Vista(tuple(filas), tuple(sorted(mas, key=lambda mala: mala.numero)))


@dataclass(frozen=True)
class _Suyas:
    """The entregas of the last servicio of an alumno, by the names that a line may give them."""

    alumno: str
    inicio: date | None
    por_nombre: Mapping[str, Entrega]


def _entregas(boletas: Iterable[str]) -> dict[str, _Suyas]:
    """By boleta; an alumno without a servicio has none. Two statements per 500 boletas."""
    found: dict[str, _Suyas] = {}
    every = sorted(boletas)
    for n in range(0, len(every), 500):
        alumnos = db.session.scalars(select(Alumno).where(Alumno.boleta.in_(every[n : n + 500]))).all()
        ultimas = _ultimas([a.id for a in alumnos])
        found |= {a.boleta: _de(a, ultimas.get(a.id, ())) for a in alumnos}
    return found


def _ultimas(alumno_ids: Sequence[int]) -> dict[int, list[Any]]:
    """(entrega, inicio) of the last servicio of each alumno, in their order; every row is looked at once."""
    query = (
        select(Entrega, Servicio.inicio)
        .join(Servicio, Servicio.id == Entrega.servicio_id)
        .where(Entrega.alumno_id.in_(alumno_ids))
        .order_by(Entrega.servicio_id, Entrega.orden)
    )
    ultimas: dict[int, list[Any]] = {}
    for row in db.session.execute(query):
        suyas = ultimas.setdefault(row.Entrega.alumno_id, [])
        if suyas and suyas[0].Entrega.servicio_id != row.Entrega.servicio_id:
            suyas.clear()  # of a servicio before
        suyas.append(row)
    return ultimas


def _de(alumno: Alumno, suyas: Sequence[Any]) -> _Suyas:
    nombres = {plana(name): e for e, _ in suyas for name in (e.clave, e.nombre)}
    return _Suyas(alumno.nombre_de_lista, suyas[0].inicio if suyas else None, nombres)


def _juzgar(linea: Linea, suyas: _Suyas | None, today: date) -> Fila | LineaMala:
    if suyas is None:
        return Fila(linea, DESCONOCIDA)
    entrega = suyas.por_nombre.get(plana(linea.reporte))
    if entrega is None or suyas.inicio is None:
        frase_ = f"{suyas.alumno} no tiene una entrega que se llame «{linea.reporte[:60]}»."
        return LineaMala(linea.numero, linea.boleta, frase_)
    key = objecion(entrega, suyas.inicio, linea.fecha, today)
    if key in ("siss.futura", "siss.antes"):
        return LineaMala(linea.numero, linea.boleta, frase(key))
    que = {"siss.no_se_pide": NO_SE_PIDE, "siss.sin_aceptar": SIN_ACEPTAR}.get(key or "", "")
    if not que:
        que = YA if entrega.siss == linea.fecha else CAMBIA if entrega.siss else POR_MARCAR
    con_clave = Linea(linea.numero, linea.boleta, linea.reporte, linea.fecha, entrega.clave)
    return Fila(con_clave, que, suyas.alumno, entrega.nombre, entrega.id, entrega.siss)


def conciliar(data: bytes, *, actor: Actor, now: datetime) -> int:
    """Write what a confirmed CSV says, judged again as things are now; returns how many entregas were marked."""
    filas = comparar(data, actor=actor, now=now).se_escribe
    done = 0
    for n in range(0, len(filas), TANDA):
        with unit_of_work(now) as uow:
            for fila in sorted(filas[n : n + TANDA], key=lambda f: f.entrega_id):
                entrega = uow.lock_id(Entrega, fila.entrega_id)
                if entrega.estado == "aceptada" and entrega.pide_siss and entrega.siss != fila.linea.fecha:
                    _anotar(uow, entrega, fila.linea.fecha, actor)
                    done += 1
    return done
