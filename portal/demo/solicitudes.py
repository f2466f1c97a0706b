"""An alumno of the demo asks for a place: the two papers, the solicitud, the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.demo.alumnos import Estudiante
from portal.demo.casa import Anfitrion, Casa
from portal.domain.access import EXPEDIENTES
from portal.domain.tramite import TIPOS
from portal.models import Proyecto, Solicitud, Tramite, db
from portal.services import escuelas, proyectos, solicitudes, tramites

MENSAJES = (
    "Me interesa mucho el proyecto y puedo empezar cuando ustedes indiquen.",
    "Tengo experiencia en actividades parecidas por mis materias de este semestre.",
    "Vivo cerca y tengo las mañanas libres.",
    "",
)
# What becomes of a solicitud that opens no servicio.
FINALES = (
    "enviada", "enviada", "borrador", "rechazada", "tramites", "enviada", "retirada", "vencida", "negado", "enviada",
)  # fmt: skip
Despues = Callable[[datetime], None]


class Postulacion:
    """One solicitud, from the draft on; `despues` happens once it is sent."""

    def __init__(
        self, casa: Casa, estudiante: Estudiante, proyecto: str, despues: Despues | None = None
    ) -> None:
        self.casa, self.estudiante, self.proyecto, self.despues = casa, estudiante, proyecto, despues
        self.public_id = ""

    @property
    def anfitrion(self) -> Anfitrion:
        """Whose proyecto it is."""
        return self.casa.anfitriones[self.casa.duenos[self.proyecto]]

    def postular(self, now: datetime) -> None:
        """Begin the draft and ask the office for both papers."""
        self.crear(now)
        self.pedir(now + timedelta(minutes=3))
        self.casa.guion.tras(now, 2, self.atender)

    def crear(self, now: datetime) -> None:
        """Begin the draft."""
        self.public_id = solicitudes.postular(self.proyecto, actor=self.estudiante.yo, now=now).public_id

    def pedir(self, now: datetime) -> None:
        """Ask the office for carta de presentación and constancia de estudios."""
        for tipo in TIPOS:
            tramites.pedir(tipo, actor=self.estudiante.yo, now=now, solicitud_public_id=self.public_id)

    def pendientes(self) -> list[str]:
        """The trámites of this alumno that wait for the office."""
        alumno_id = self.estudiante.yo.alumno_id
        query = select(Tramite.public_id).where(Tramite.alumno_id == alumno_id, Tramite.estado == "pedido")
        return list(db.session.scalars(query.order_by(Tramite.id)))

    def atender(self, now: datetime) -> None:
        """The office issues both; the alumno sends the solicitud the day after."""
        for public_id in self.pendientes():
            tramites.atender(public_id, actor=self.casa.quien(EXPEDIENTES), now=now)
        self.casa.guion.tras(now, 1, self.enviar)

    def negar(self, now: datetime) -> None:
        """The office refuses one of them."""
        motivo = escuelas.perfil().motivos["tramite"][1]
        tramites.negar(self.pendientes()[0], motivo=motivo, actor=self.casa.quien(EXPEDIENTES), now=now)

    def enviar(self, now: datetime) -> None:
        """Send it with a message."""
        mensaje = self.casa.azar.choice(MENSAJES)
        solicitudes.enviar(self.public_id, mensaje=mensaje, actor=self.estudiante.yo, now=now)
        if self.despues is not None:
            self.despues(now)

    def aceptar(self, inicio: date, termino: date, now: datetime) -> None:
        """The dependencia says yes."""
        query = select(Proyecto.horario).where(Proyecto.public_id == self.proyecto)
        horario = db.session.scalars(query).one()
        solicitudes.aceptar(
            self.public_id,
            inicio=inicio,
            termino=termino,
            horario=horario,
            actor=self.anfitrion.actor,
            now=now,
        )

    def rechazar(self, now: datetime) -> None:
        """The dependencia says no, and why."""
        motivo = escuelas.perfil().motivos["solicitud"][1]
        solicitudes.rechazar(self.public_id, motivo=motivo, actor=self.anfitrion.actor, now=now)

    def retirar(self, now: datetime) -> None:
        """The alumno thinks better of it."""
        solicitudes.retirar(self.public_id, actor=self.estudiante.yo, now=now)

    def cerrar(self, now: datetime) -> None:
        """The dependencia closes the proyecto without an answer: the solicitud expires."""
        proyectos.cambiar(self.proyecto, "cerrar", actor=self.anfitrion.actor, now=now)

    def interna(self) -> int:
        """The internal id, to find what it opened."""
        return db.session.scalars(select(Solicitud.id).where(Solicitud.public_id == self.public_id)).one()


def preparar(casa: Casa, estudiante: Estudiante, final: str, proyecto: str) -> None:
    """Plan a solicitud that opens no servicio."""
    guion, postulacion = casa.guion, Postulacion(casa, estudiante, proyecto)
    if final == "borrador":
        guion.hace(3, postulacion.crear)
    elif final in ("tramites", "negado"):

        def pedir(now: datetime) -> None:
            postulacion.crear(now)
            postulacion.pedir(now + timedelta(minutes=5))
            if final == "negado":
                guion.tras(now, 1, postulacion.negar)

        guion.hace(9 if final == "negado" else 2, pedir)
    else:
        ultimas = {
            "rechazada": postulacion.rechazar,
            "retirada": postulacion.retirar,
            "vencida": postulacion.cerrar,
        }
        if final in ultimas:
            postulacion.despues = lambda now: guion.tras(now, 3, ultimas[final])
        guion.hace({"enviada": 7 + estudiante.n % 5, "vencida": 40}.get(final, 30), postulacion.postular)
