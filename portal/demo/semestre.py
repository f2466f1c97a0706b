"""A believable semester of one escuela: who is in which story."""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy import select

from portal.demo import (
    alumnos,
    avisos,
    convenios,
    emision,
    liberaciones,
    prerregistros,
    proyectos,
    revision,
    solicitudes,
    tandas,
)
from portal.demo.alumnos import Estudiante
from portal.demo.archivos import Taller
from portal.demo.casa import Casa
from portal.demo.elenco import Elenco
from portal.demo.etapas import Etapa, etapas
from portal.demo.guion import Guion
from portal.demo.personas import personas
from portal.demo.servicios import Prestador
from portal.domain.plan import Plan
from portal.models import Dependencia, Proyecto, db
from portal.services import escuelas, prerregistro
from portal.services.solicitudes import plan_con
from tenants.scope import escuela_scope

EN_SERVICIO = 34
SIN_SOLICITUD = 5
INVITADOS = 5
POR_CONFIRMAR = 3
FRECUENTES = ("debe", "revision", "rechazada")
REPARTO = 412  # days ago: the proyectos are open, the semester can be dealt out


def contar(elenco: Elenco, ahora: datetime, taller: Taller, hash_: str) -> None:
    """Tell the semester of one escuela, from its first convenio to today."""
    escuela = escuelas.por_slug(elenco.slug)
    if escuela is None:
        raise LookupError(f"the escuela {elenco.slug} is not loaded")
    azar = random.Random(elenco.slug)
    with escuela_scope(escuela.id):
        guion = Guion(escuela.id, ahora, azar)
        casa = Casa(escuela, elenco, guion, azar, taller, hash_, personas(azar, 220))
        guion.hace(492, casa.contratar)
        for trato in elenco.tratos:
            convenios.preparar(casa, trato)
        convenios.vigilar(casa)
        proyectos.preparar(casa)
        avisos.preparar(casa)
        _Reparto(casa)
        revision.preparar(casa)
    guion.representar()


class _Reparto:
    """Deals the alumnos out over the stories: the first three are those that the README names."""

    def __init__(self, casa: Casa) -> None:
        self.casa = casa
        self.estudiantes = alumnos.inscribir(casa, casa.elenco.alumnos)
        self.registrados = self.estudiantes[-POR_CONFIRMAR - 2 :]
        self.padron = self.estudiantes[: -len(self.registrados)]
        abren = self.padron[: -INVITADOS or None]
        alumnos.importar(casa, self.padron, abren)
        for n, estudiante in enumerate(self.registrados):
            self._registro(n, estudiante)
        casa.guion.hace(REPARTO, lambda _now: self.repartir(abren))

    def _registro(self, n: int, estudiante: Estudiante) -> None:
        """The first is refused, the second has not confirmed the e-mail, the others wait for the office; where
        the escuela asks for an expediente, all but the first and the last send one."""
        if 0 < n < len(self.registrados) - 1 and prerregistro.abierta():
            self.casa.guion.hace(
                9 - n,
                lambda now: prerregistros.registrar(self.casa, estudiante, now, confirma=n != 1),
            )
            return
        self.casa.guion.hace(
            9 - n if n else 30,
            lambda now: alumnos.registrar_se(self.casa, estudiante, now, confirma=n != 1, rechaza=n == 0),
        )

    def repartir(self, abren: list[Estudiante]) -> None:
        """Give everybody with an account a story; nothing is left to chance but who is who."""
        prestadores = [abren[1], abren[2], *abren[3 + SIN_SOLICITUD :]][:EN_SERVICIO]
        buscan = [e for e in abren[3 + SIN_SOLICITUD :] if e not in prestadores]
        todos: list[Prestador] = []
        for (plan, etapa, proyecto), estudiante in zip(
            self.lugares(len(prestadores)), prestadores, strict=False
        ):
            todos.append(Prestador(self.casa, estudiante, plan, etapa, proyecto))
            todos[-1].preparar()
        emision.preparar(self.casa, todos)
        liberaciones.preparar(self.casa, todos)
        tandas.preparar(self.casa, [p.estudiante for p in todos[4:]])
        prerregistros.preparar(self.casa, abren[4 : 3 + SIN_SOLICITUD])
        siguen = {t.clave for t in self.casa.elenco.tratos if t.termina > 0}
        abiertos = [p for p in self.casa.proyectos["publicado"] if self.casa.duenos[p] in siguen]
        for n, (final, estudiante) in enumerate(zip(solicitudes.FINALES, buscan, strict=False)):
            proyecto = (
                self.casa.proyectos["cerrado"][0] if final == "vencida" else abiertos[n % len(abiertos)]
            )
            solicitudes.preparar(self.casa, estudiante, final, proyecto)

    def lugares(self, cuantos: int) -> list[tuple[Plan, Etapa, str]]:
        """So many etapas, each with a proyecto that has a place; the first two are "debe" and "terminado"."""
        por_plan: dict[str, tuple[Plan, list[tuple[str, int]]]] = {}
        for public_id in self.casa.proyectos["publicado"]:
            proyecto = db.session.scalars(select(Proyecto).where(Proyecto.public_id == public_id)).one()
            anfitrion = db.session.scalars(
                select(Dependencia).where(Dependencia.id == proyecto.dependencia_id)
            ).one()
            plan = plan_con(anfitrion)
            por_plan.setdefault(plan.clave, (plan, []))[1].append((public_id, proyecto.cupo - 1))
        grupos = sorted(por_plan.values(), key=lambda grupo: -len(grupo[0].entregas))
        cuota = cuantos // len(grupos)
        todas = [
            lugar
            for n, (plan, libres) in enumerate(grupos)
            for lugar in _repartir(plan, libres, cuota, n == 0)
        ]
        primeras = [next(lugar for lugar in todas if lugar[1].tipo == tipo) for tipo in ("debe", "terminado")]
        return primeras + [lugar for lugar in todas if lugar not in primeras]


def _repartir(
    plan: Plan, libres: list[tuple[str, int]], cuota: int, principal: bool
) -> list[tuple[Plan, Etapa, str]]:
    """At most `cuota` etapas of a plan, the rare ones and evenly the others, each at a place that is free.

    A plan that is not the `principal` one of its escuela has each rare etapa once, and no baja.
    """
    sitios = [public_id for vuelta in range(9) for public_id, cupo in libres if vuelta < cupo][:cuota]
    todas = list(etapas(plan))
    raras = [etapa for etapa in todas if etapa.tipo not in FRECUENTES]
    if not principal:
        raras = [etapa for etapa in dict.fromkeys(raras) if not etapa.tipo.startswith("baja")]
    otras = [etapa for etapa in todas if etapa.tipo in FRECUENTES]
    cuantas = min(len(otras), len(sitios) - len(raras))
    muestra = [otras[n * len(otras) // cuantas] for n in range(cuantas)]
    elegidas = muestra + raras
    lista = next((n for n, etapa in enumerate(elegidas[: len(sitios)]) if etapa.tipo == "por_emitir"), None)
    if (
        lista is not None
    ):  # the first host, who signs in with the demo's account, has a carta de término to issue
        primera = sitios.index(libres[0][0])
        sitios[lista], sitios[primera] = sitios[primera], sitios[lista]
    return [(plan, etapa, sitio) for etapa, sitio in zip(elegidas, sitios, strict=False)]
