"""One servicio of the demo, told from the acceptance to where it stands today."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.demo import liberaciones
from portal.demo.alumnos import Estudiante
from portal.demo.casa import Anfitrion, Casa
from portal.demo.cierre import Cierre
from portal.demo.continuacion import Continuacion
from portal.demo.etapas import Etapa, dia_con_horas, inicio_para, termino, ultimo_archivo
from portal.demo.personas import ORGANIZACIONES
from portal.demo.prerregistros import Expediente
from portal.demo.solicitudes import Postulacion
from portal.domain.access import EXPEDIENTES, REPORTES, Actor
from portal.domain.calendario import to_local
from portal.domain.plan import Plan
from portal.models import Entrega, Servicio, db
from portal.services import bajas, entregas, escuelas, numeros, servicios

ANTES = 16  # working days from the first solicitud to the first day of service
ACTIVIDADES = (
    "Levantamiento de información, captura y revisión con la persona responsable.",
    "Desarrollo de los entregables acordados y atención a personas usuarias.",
    "Documentación, pruebas y capacitación al personal que continúa.",
)


class Prestador:
    """An alumno in service; every step plans the next one until its etapa is reached."""

    def __init__(self, casa: Casa, estudiante: Estudiante, plan: Plan, etapa: Etapa, proyecto: str) -> None:
        self.casa, self.estudiante, self.plan, self.etapa = casa, estudiante, plan, etapa
        self.guion, self.cal = casa.guion, casa.guion.calendario
        antes = 17 * (estudiante.n % 4) if etapa.tipo == "liberado" else 0  # not all on one day
        self.inicio = inicio_para(plan, self.cal, self.guion.hoy, etapa, antes)
        self.termino = termino(plan, self.cal, self.inicio)
        self.postulacion = Postulacion(casa, estudiante, proyecto, self.esperar_respuesta)
        self.servicio_id = ""
        # Where that is the escuela's first way in, every second one begins with a prerregistro.
        prerregistra = escuelas.perfil().vias[0] == "prerregistro" and estudiante.n % 2 == 0
        self.expediente = (
            Expediente(
                casa,
                estudiante,
                ORGANIZACIONES[self.anfitrion.clave].razon_social,
                (self.inicio, self.termino),
                self.abrir,
            )
            if prerregistra
            else None
        )
        self.tropieza = estudiante.n % 4 == 1  # one of its files is sent back once
        self.cierre = Cierre(self)

    @property
    def anfitrion(self) -> Anfitrion:
        """Where the service is done."""
        return self.postulacion.anfitrion

    def preparar(self) -> None:
        """Plan the first step, the solicitud or the prerregistro."""
        primero = self.expediente.enviar_y_esperar if self.expediente else self.postulacion.postular
        self.guion.el(self.cal.add_working_days(self.inicio, -ANTES), primero)

    def esperar_respuesta(self, now: datetime) -> None:
        """The dependencia answers some days after it got the solicitud."""
        self.guion.tras(now, 3, self.empezar)

    def empezar(self, now: datetime) -> None:
        """Accepted: the servicio opens; where the escuela gives a número de registro, it does."""
        self.postulacion.aceptar(self.inicio, self.termino, now)
        query = select(Servicio.public_id).where(Servicio.solicitud_id == self.postulacion.interna())
        self.servicio_id = db.session.scalars(query).one()
        self.esperar_inicio(now)

    def abrir(self, now: datetime) -> None:
        """The office accepted the expediente: the servicio is there."""
        if self.expediente is not None:
            self.servicio_id = self.expediente.servicio()
            self.esperar_inicio(now)

    def esperar_inicio(self, now: datetime) -> None:
        """The número de registro comes first, where the plan waits for one; then the first day."""
        waits = any(c.tipo == "numero_registro_visible" for spec in self.plan.entregas for c in spec.abre)
        if (waits or self.expediente) and not self.leer()[0].numero_registro:
            self.guion.tras(now, 4, self.numerar)
        self.guion.el(self.inicio + timedelta(days=2), self.avanzar)

    def numerar(self, now: datetime) -> None:
        """The next número de registro."""
        servicios.asignar_numero_registro(
            self.servicio_id, numeros.propuesto(now), actor=self.casa.quien(EXPEDIENTES), now=now
        )

    def leer(self) -> tuple[Servicio, list[Entrega]]:
        """The servicio as it stands, with its steps."""
        servicio = db.session.scalars(select(Servicio).where(Servicio.public_id == self.servicio_id)).one()
        query = select(Entrega).where(Entrega.servicio_id == servicio.id).order_by(Entrega.orden)
        return servicio, list(db.session.scalars(query))

    def avanzar(self, now: datetime) -> None:
        """Find what is next: a file, the carta de término, a date, or the end."""
        servicio, pasos = self.leer()
        if servicio.estado == "terminado":
            self.cierre.finalizar_si_toca(now)
            return
        if self.etapa.tipo == "recien" or servicio.estado != "activo":
            return
        if self.etapa.tipo.startswith("baja") and (
            servicio.horas_aceptadas or not self.plan.entregas[0].meta_horas
        ):
            self.pedir_baja(now)
            return
        suben = {spec.clave: spec.sube for spec in self.plan.entregas}
        abierta = next((e for e in pasos if e.estado in ("habilitada", "rechazada")), None)
        if abierta is None:
            self.guion.el(self.termino + timedelta(days=1), self.llegar_a_la_fecha)
        elif suben[abierta.clave] == "alumno":
            self.preparar_entrega(servicio, pasos, abierta, now)
        elif abierta.tipo == "carta_termino":
            self.cierre.emitir_si_toca(now)

    def llegar_a_la_fecha(self, now: datetime) -> None:
        """The end date opens what waited for it."""
        servicios.abrir_por_fecha(now)
        _, pasos = self.leer()
        if any(e.estado == "habilitada" for e in pasos):
            self.guion.tras(now, 0, self.avanzar)

    def preparar_entrega(
        self, servicio: Servicio, pasos: list[Entrega], entrega: Entrega, now: datetime
    ) -> None:
        """Plan the day on which the file is sent: when its hours are served, or two days later."""
        aqui = self.etapa.clave == entrega.clave
        if aqui and self.etapa.tipo == "debe":
            return
        desde = max(
            (e.periodo_hasta for e in pasos if e.periodo_hasta and e.estado == "aceptada"), default=None
        )
        desde = self.inicio if desde is None else desde + timedelta(days=1)
        faltan = (entrega.meta_horas or 0) - servicio.horas
        hasta = dia_con_horas(self.plan, self.cal, desde, faltan) if entrega.pide_horas else None
        hoy = to_local(now).date()
        dia = (
            self.cal.next_working_day(hasta + timedelta(days=1))
            if hasta
            else self.cal.add_working_days(hoy, 2)
        )
        if aqui:
            reciente = self.etapa == Etapa("revision", entrega.clave)
            dia = max(dia, self.guion.dia((2 if reciente else 6) + self.casa.azar.randint(0, 3)))
        elif ultimo_archivo(self.plan, self.etapa) == entrega.clave:
            dia = max(dia, self.guion.dia(19 if self.plan.entregas[-1].tipo == "carta_termino" else 12))
        dia = max(dia, hoy)

        def enviar(later: datetime) -> None:
            self.enviar(entrega, faltan if hasta else None, desde if hasta else None, hasta, later)

        self.guion.cuando(now + timedelta(hours=1), enviar) if dia == hoy else self.guion.el(dia, enviar)

    def enviar(
        self, entrega: Entrega, horas: int | None, desde: date | None, hasta: date | None, now: datetime
    ) -> None:
        """Send the file of a step, with the figures of a report; the reviewers follow in their turns."""
        if liberaciones.se_arma(self, entrega):
            liberaciones.armar(self, entrega, now)
            return
        alumno = self.estudiante
        filas = [("Alumno", alumno.persona.completo), ("Boleta", alumno.boleta), ("Entrega", entrega.nombre)]
        if desde and hasta:
            filas += [("Periodo", f"{desde:%d/%m/%Y} a {hasta:%d/%m/%Y}"), ("Horas", str(horas))]
        actividades = ACTIVIDADES[entrega.orden % len(ACTIVIDADES)]
        guardado = self.casa.taller.pdf(
            entrega.nombre, [*filas, ("Actividades", actividades)], f"{entrega.nombre}.pdf"
        )
        entregas.enviar(
            entrega.public_id, documento=guardado, horas=horas, desde=desde, hasta=hasta,
            actividades=actividades if horas else "", actor=alumno.yo, now=now,
        )  # fmt: skip
        self.esperar_revision(entrega, now)

    def esperar_revision(self, entrega: Entrega, now: datetime) -> None:
        """The first reviewer looks at it the next working day, unless it is to be found waiting."""
        if not self.se_queda(entrega, 0):
            self.guion.tras(now, 1, lambda later: self.revisar(entrega, 0, later))

    def se_queda(self, entrega: Entrega, turno: int) -> bool:
        """Whether this is where the servicio stands today."""
        return self.etapa == Etapa("revision", entrega.clave, turno)

    def revisor(self, entrega: Entrega, turno: int) -> Actor:
        """Who has it in that turn."""
        return self.anfitrion.actor if entrega.revisan[turno] == "dependencia" else self.casa.quien(REPORTES)

    def revisar(self, entrega: Entrega, turno: int, now: datetime) -> None:
        """The reviewer in turn accepts, or sends it back with a reason."""
        actor = self.revisor(entrega, turno)
        ultimo = turno + 1 == len(entrega.revisan)
        rechaza = self.etapa == Etapa("rechazada", entrega.clave)
        if ultimo and (rechaza or self.tropieza):
            suyos = "expediente" if entrega.tipo == "expediente" else "entrega"
            motivos = escuelas.perfil().motivos_listos(suyos)
            motivo = motivos[self.estudiante.n % len(motivos)]
            entregas.rechazar(entrega.public_id, motivo=motivo, actor=actor, now=now)
            self.tropieza = False
            if not rechaza:
                self.guion.tras(now, 1, self.avanzar)
            return
        entregas.aceptar(entrega.public_id, actor=actor, now=now)
        if ultimo:
            self.guion.tras(now, 0, self.avanzar)
        elif not self.se_queda(entrega, turno + 1):
            self.guion.tras(now, 1, lambda later: self.revisar(entrega, turno + 1, later))

    def pedir_baja(self, now: datetime) -> None:
        """The dependencia asks to end the servicio; the office decides, or has not yet."""
        reciente = self.etapa.tipo == "baja_pedida"
        dia = self.guion.dia(3) if reciente else self.cal.add_working_days(to_local(now).date(), 1)

        def pedir(later: datetime) -> None:
            justificacion = "Dejó de asistir hace tres semanas y no respondió a los mensajes del responsable."
            fecha = to_local(later).date()
            baja = bajas.pedir(
                self.servicio_id,
                justificacion=justificacion,
                fecha=fecha,
                actor=self.anfitrion.actor,
                now=later,
            )
            if not reciente:
                self.guion.tras(later, 2, lambda then: self.decidir_baja(baja.public_id, then))

        self.guion.el(dia, pedir)

    def decidir_baja(self, public_id: str, now: datetime) -> None:
        """The office's word on a baja."""
        actor = self.casa.quien(EXPEDIENTES)
        if self.etapa.tipo == "baja":
            bajas.autorizar(public_id, actor=actor, now=now)
            if "solicitud" in escuelas.perfil().vias:
                self.guion.tras(now, 1, Continuacion(self).buscar)
            return
        motivo = "El alumno presentó justificantes médicos por esas semanas: puede continuar su servicio."
        bajas.negar(public_id, motivo=motivo, actor=actor, now=now)
