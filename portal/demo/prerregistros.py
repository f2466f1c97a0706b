"""The other way into a servicio of the demo: an expediente in one PDF, the answer, the batches that go away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.demo.alumnos import Estudiante, confirmar_correo
from portal.demo.casa import Casa
from portal.demo.elenco import CONTRASENA
from portal.demo.personas import ORGANIZACIONES
from portal.domain.access import EXPEDIENTES
from portal.domain.calendario import add_months, proximo_inicio, to_local
from portal.domain.machine import Refused
from portal.models import Servicio, db
from portal.services import dictamenes, envios, escuelas, numeros, prerregistro, registro
from portal.services.documentos import Guardado
from portal.services.prerregistro import Prestacion

# What becomes of an expediente that is not the beginning of a longer story.
HISTORIAS = ("por_revisar", "corregido", "rechazado", "sin_numero")
LOTES = (330, 240, 150, 75, 30)  # days ago on which what was accepted went away together
SIN_CONVENIO = "Ayuntamiento de San Telmo el Alto"
Despues = Callable[[datetime], None]


class Expediente:
    """One alumno's prerregistro; `despues` happens once it is accepted."""

    def __init__(
        self,
        casa: Casa,
        estudiante: Estudiante,
        prestatario: str,
        fechas: tuple[date, date] | None = None,
        despues: Despues | None = None,
    ) -> None:
        self.casa, self.estudiante, self.prestatario = casa, estudiante, prestatario
        self.fechas, self.despues = fechas, despues

    def prestacion(self, now: datetime) -> Prestacion:
        """Where and when: the dates of the story, or the next that the plan allows."""
        if self.fechas is None:
            plan = prerregistro.plan_con(self.prestatario)
            hoy = to_local(now).date()
            inicio = proximo_inicio(hoy + timedelta(days=5), escuelas.calendario(), plan.dias_de_inicio)
            self.fechas = (inicio, add_months(inicio, plan.meses_minimos + 1))
        return Prestacion(self.prestatario, *self.fechas)

    def archivo(self, now: datetime) -> Guardado:
        """The one PDF."""
        donde = self.prestacion(now)
        filas = [
            ("Alumno", self.estudiante.persona.completo),
            ("Boleta", self.estudiante.boleta),
            ("Prestatario", donde.prestatario),
            ("Servicio", f"{donde.inicio:%d/%m/%Y} a {donde.termino:%d/%m/%Y}"),
            ("Contenido", "Carta compromiso, constancia de créditos, identificación"),
        ]
        return self.casa.taller.pdf("Expediente de servicio social", filas, "expediente.pdf")

    def registrar(self, now: datetime, *, confirma: bool = True) -> None:
        """Somebody who has no account registers with it; most confirm their e-mail the same day."""
        e, p = self.estudiante, self.estudiante.persona
        datos = registro.Datos(
            e.boleta, p.nombre, p.paterno, p.materno, e.carrera, 6, p.genero, e.correo, CONTRASENA
        )
        prerregistro.registrar_guardado(datos, self.prestacion(now), self.archivo(now), now)
        if confirma:
            self.casa.guion.tras(now, 0, lambda later: confirmar_correo(e, later))

    def enviar(self, now: datetime) -> None:
        """Somebody with an account sends it, for the first time or corrected."""
        prerregistro.enviar_guardado(
            self.prestacion(now), self.archivo(now), actor=self.estudiante.yo, now=now
        )

    def servicio(self) -> str:
        """The public id of what it opened."""
        query = select(Servicio.public_id).where(Servicio.alumno_id == self.estudiante.yo.alumno_id)
        return db.session.scalars(query.order_by(Servicio.id.desc())).first() or ""

    def enviar_y_esperar(self, now: datetime) -> None:
        """Send it; the office accepts it some days later."""
        self.enviar(now)
        self.casa.guion.tras(now, 3, self.aceptar)

    def aceptar(self, now: datetime) -> None:
        """ACEPTADO; every fourth has its number later."""
        numero = "" if self.estudiante.n % 4 == 0 else numeros.propuesto(now)
        self.decidir(now, numero)
        if self.despues is not None:
            self.despues(now)

    def decidir(self, now: datetime, numero: str = "") -> None:
        """The office's yes, with what is known of the REGISTRO."""
        dictamenes.aceptar(
            self.servicio(),
            datos=dictamenes.Registro(numero),
            actor=self.casa.quien(EXPEDIENTES),
            now=now,
        )

    def rechazar(self, now: datetime) -> None:
        """The office's no, with a ready reason."""
        motivos = escuelas.perfil().motivos_listos("prerregistro")
        motivo = motivos[0] if motivos else "El archivo no es legible. Vuelve a cargarlo con nitidez."
        dictamenes.rechazar(self.servicio(), motivo=motivo, actor=self.casa.quien(EXPEDIENTES), now=now)


def preparar(casa: Casa, estudiantes: list[Estudiante]) -> None:
    """One of these alumnos for each short story, where the escuela takes prerregistros."""
    if not prerregistro.abierta():
        return
    for historia, estudiante in zip(HISTORIAS, estudiantes, strict=False):
        _contar(casa, historia, Expediente(casa, estudiante, _prestatario(casa, estudiante.n)))
    for hace in LOTES:
        casa.guion.hace(hace, lambda now: _enviar_lote(casa, now))


def _prestatario(casa: Casa, n: int) -> str:
    """A dependencia with a convenio, or, every third time, one that the escuela does not know."""
    vigentes = [t.clave for t in casa.elenco.tratos if t.estado in ("vigente", "reutiliza") and t.termina > 0]
    return SIN_CONVENIO if n % 3 == 0 else ORGANIZACIONES[vigentes[n % len(vigentes)]].razon_social


def _contar(casa: Casa, historia: str, expediente: Expediente) -> None:
    guion = casa.guion

    def corregir(now: datetime) -> None:
        guion.tras(now, 1, expediente.enviar)

    def rechazar(now: datetime) -> None:
        expediente.rechazar(now)
        if historia == "corregido":
            corregir(now)

    def enviar(now: datetime) -> None:
        expediente.enviar(now)
        if historia == "sin_numero":
            guion.tras(now, 1, expediente.decidir)
        elif historia != "por_revisar":
            guion.tras(now, 1, rechazar)

    guion.hace({"por_revisar": 4, "corregido": 12, "rechazado": 6, "sin_numero": 8}[historia], enviar)


def registrar(casa: Casa, estudiante: Estudiante, now: datetime, *, confirma: bool = True) -> None:
    """Somebody without an account registers with the expediente."""
    Expediente(casa, estudiante, _prestatario(casa, estudiante.n)).registrar(now, confirma=confirma)


def _enviar_lote(casa: Casa, now: datetime) -> None:
    """All that was accepted since the last time goes away together."""
    actor = casa.quien(EXPEDIENTES)
    try:
        lote = envios.armar("prerregistro", (), actor=actor, now=now)
    except Refused:  # nothing was accepted
        return
    casa.guion.tras(
        now,
        1,
        lambda later: envios.enviar(lote.public_id, to_local(later).date(), actor=actor, now=later),
    )
