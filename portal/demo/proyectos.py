"""The proyectos of the demo, in every state."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from typing import Any

from portal.demo.casa import Casa
from portal.demo.convenios import VIGENTES
from portal.demo.personas import ORGANIZACIONES, OTROS_PROYECTOS
from portal.domain.access import CONVENIOS
from portal.services import escuelas, proyectos

CUANTOS = 12
# How the proyectos that are not open stand today.
CERRADOS = ("cerrado", "pausado", "enviado", "rechazado", "borrador")
HORARIOS = (
    "Lunes a viernes de 9:00 a 13:00",
    "Lunes a viernes de 15:00 a 19:00",
    "Lunes a viernes de 10:00 a 14:00",
)
ACTIVIDADES = (
    "Reunir y revisar la información de partida", "Proponer un plan de trabajo con la persona responsable",
    "Realizar las actividades acordadas cada semana", "Documentar lo hecho y presentar un informe mensual",
    "Atender dudas de las personas usuarias", "Preparar la entrega final y capacitar a quien continúe",
)  # fmt: skip


def preparar(casa: Casa) -> None:
    """Plan twelve proyectos: most are open long ago, the others are at every other stage."""
    tratos = [t for t in casa.elenco.tratos if t.estado in VIGENTES]
    vueltas = zip_longest(*([(t.clave, *p) for p in ORGANIZACIONES[t.clave].proyectos] for t in tratos))
    propios = [proyecto for vuelta in vueltas for proyecto in vuelta if proyecto is not None]
    siguen = [t.clave for t in tratos if t.termina > 0]
    otros = [(siguen[n % len(siguen)], *p) for n, p in enumerate(OTROS_PROYECTOS)]
    todos = (propios + otros)[:CUANTOS]
    abiertos = CUANTOS - len(CERRADOS)
    for n, (clave, titulo, proposito) in enumerate(todos):
        estado = "publicado" if n < abiertos else CERRADOS[n - abiertos]
        hace = 448 - 2 * n if estado in ("publicado", "pausado", "cerrado") else 4 + n % 4
        casa.guion.hace(hace, _Proyecto(casa, clave, titulo, proposito, estado, n).crear)


class _Proyecto:
    """One proyecto until it stands as it should."""

    def __init__(self, casa: Casa, clave: str, titulo: str, proposito: str, estado: str, n: int) -> None:
        self.casa, self.clave, self.titulo, self.proposito = casa, clave, titulo, proposito
        self.meta, self.n = estado, n
        self.public_id = ""

    def crear(self, now: datetime) -> None:
        """Write it; a draft stays one."""
        anfitrion = self.casa.anfitriones[self.clave]
        self.public_id = proyectos.crear(anfitrion.id, self.datos(), actor=anfitrion.actor, now=now).public_id
        if self.meta != "borrador":
            self.casa.guion.tras(now, 0, lambda later: self.cambiar("enviar", later))
        if self.meta not in ("borrador", "enviado"):
            self.casa.guion.tras(now, 2, self.revisar)

    def revisar(self, now: datetime) -> None:
        """The office publishes it or sends it back; the one to be closed waits for its last solicitud."""
        if self.meta == "rechazado":
            motivo = escuelas.perfil().motivos["proyecto"][1]
            proyectos.cambiar(
                self.public_id, "rechazar", actor=self.casa.quien(CONVENIOS), now=now, motivo=motivo
            )
            return
        proyectos.cambiar(self.public_id, "publicar", actor=self.casa.quien(CONVENIOS), now=now)
        self.casa.proyectos.setdefault(self.meta, []).append(self.public_id)
        self.casa.duenos[self.public_id] = self.clave
        if self.meta == "pausado":
            self.casa.guion.hace(18, lambda later: self.cambiar("pausar", later))

    def cambiar(self, accion: str, now: datetime) -> None:
        """An action of the dependencia."""
        proyectos.cambiar(self.public_id, accion, actor=self.casa.anfitriones[self.clave].actor, now=now)

    def datos(self) -> dict[str, Any]:
        """Everything that the form asks."""
        azar, o = self.casa.azar, ORGANIZACIONES[self.clave]
        perfil = escuelas.perfil()
        carreras = [c.clave for c in perfil.carreras]
        modalidad = ("presencial", "mixta", "distancia")[self.n % 3]
        jefe, gerente, responsable = (self.casa.persona() for _ in range(3))
        return {
            "titulo": self.titulo, "proposito": self.proposito, "actividades": azar.sample(ACTIVIDADES, 4),
            "carreras": carreras if self.meta in ("publicado", "cerrado") else carreras[: 1 + self.n % len(carreras)],
            "cupo": azar.choice((6, 7, 8)) if self.meta == "publicado" else 2, "modalidad": modalidad,
            "lugar": "" if modalidad == "distancia" else f"{o.corto}, {o.colonia}",
            "zona": perfil.zonas[-1 if modalidad == "distancia" else self.n % (len(perfil.zonas) - 1)].clave,
            "horario": HORARIOS[self.n % 3], "honorarios": "Apoyo de $1,500 al mes" if self.n % 4 == 0 else "",
            "responsable_nombre": responsable.completo, "responsable_cargo": "Responsable de proyecto",
            "responsable_correo": responsable.correo(o.dominio), "jefe_nombre": jefe.completo,
            "jefe_cargo": f"Jef{'a' if jefe.genero == 'F' else 'e'} de área", "jefe_correo": jefe.correo(o.dominio),
            "gerente_nombre": gerente.completo, "gerente_cargo": "Gerencia general",
            "gerente_correo": gerente.correo(o.dominio),
        }  # fmt: skip
