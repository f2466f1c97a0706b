"""The end of a servicio of the demo: the carta de término and its signatures, the carta de finalización."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.access import TERMINOS
from portal.domain.calendario import to_local
from portal.domain.carta import CODIGO, in_turn, next_to_sign
from portal.models import Carta, Dependencia, Firma, Proyecto, Servicio, db
from portal.services import enlaces, escuelas, finalizacion, firmas, firmas_avisos, terminos
from portal.services.uow import unit_of_work

if TYPE_CHECKING:
    from portal.demo.servicios import Prestador

MOTIVO = "El horario que dice la carta no es el que se acordó con el alumno. Corríjanlo, por favor."


# Days ago on which a letter was generated that still waits for somebody.
HACE = {"primera_firma": 3, "segunda_firma": 6, "firma_rechazada": 7, "circuito": 5}


class Cierre:
    """What dependencia, signers and office do when nothing more is asked of the alumno."""

    def __init__(self, prestador: Prestador) -> None:
        self.p = prestador

    def emitir_si_toca(self, now: datetime) -> None:
        """The dependencia generates the carta de término, unless it is to be found waiting."""
        if self.p.etapa.tipo in HACE:
            manana = self.p.cal.add_working_days(to_local(now).date(), 1)
            self.p.guion.el(max(manana, self.p.guion.dia(HACE[self.p.etapa.tipo])), self.emitir)
        elif self.p.etapa.tipo != "por_emitir":
            self.p.guion.tras(now, 1, self.emitir)

    def emitir(self, now: datetime) -> None:
        """Generate it with the proyecto's signers; the first gets a link."""
        servicio = db.session.scalars(select(Servicio).where(Servicio.public_id == self.p.servicio_id)).one()
        proyecto = db.session.scalars(select(Proyecto).where(Proyecto.id == servicio.proyecto_id)).one()
        dependencia = db.session.scalars(
            select(Dependencia).where(Dependencia.id == servicio.dependencia_id)
        ).one()
        signers = terminos.firmantes_de(proyecto, dependencia)
        actor = self.p.anfitrion.actor
        carta = terminos.emitir(self.p.servicio_id, firmantes=signers, actor=actor, now=now)
        if self.p.etapa.tipo != "primera_firma":
            self.p.guion.tras(now, 1, lambda later: self.firmar(carta, later))

    def firmar(self, carta: Carta, now: datetime) -> None:
        """Whose turn it is signs; in one story the second refuses, in another has not come yet."""
        query = select(Firma).where(Firma.carta_id == carta.id).order_by(Firma.orden)
        circuito = list(db.session.scalars(query))
        firma = next_to_sign(circuito)
        if firma is None:
            return
        primera = firma is circuito[0]
        if not primera and self.p.etapa.tipo == "firma_rechazada":
            firmas.rechazar(
                self.enlace(firma, now), motivo=MOTIVO, identidad=CODIGO, ip="192.0.2.10", now=now
            )
            return
        self.trazar(firma, now)
        if not primera:
            self.p.guion.tras(now, 2, self.p.avanzar)
        elif self.p.etapa.tipo != "segunda_firma":
            self.p.guion.tras(now, 1, lambda later: self.firmar(carta, later))

    def trazar(self, firma: Firma, now: datetime) -> None:
        """Sign with a picture of a signature."""
        firmas.firmar(
            self.enlace(firma, now), nombre=firma.nombre, cargo=firma.cargo, declara=True,
            archivo=self.p.casa.taller.firma(firma.nombre), identidad=CODIGO, ip="192.0.2.10", now=now,
        )  # fmt: skip

    def enlace(self, firma: Firma, now: datetime) -> str:
        """The token of the signer's personal link, as the mail carries it."""
        with unit_of_work(now) as uow:
            return enlaces.expand(firmas_avisos.enlace_de(uow, firma.id)).rpartition("/")[2]

    def finalizar_si_toca(self, now: datetime) -> None:
        """The office issues the carta de finalización, unless it is to be found waiting.

        Where the escuela has it signed by several, one is to be found waiting for the last of them.
        """
        if self.p.etapa.tipo != "liberado":
            return
        if self.espera_firma:
            self.p.guion.hace(HACE["circuito"], self.finalizar)
        else:
            self.p.guion.tras(now, 2, self.finalizar)

    @property
    def espera_firma(self) -> bool:
        """Whether this letter, of an escuela where several sign it, is the one that waits for the last of them."""
        return bool(escuelas.perfil().cartas["finalizacion"].circuito) and self.p.estudiante.n % 4 == 0

    def finalizar(self, now: datetime) -> None:
        """The office's last word; where others sign it, they do so on the days that follow."""
        finalizacion.finalizar(self.p.servicio_id, actor=self.p.casa.quien(TERMINOS), now=now)
        self.p.guion.tras(now, 1, self.firmar_finalizacion)

    def firmar_finalizacion(self, now: datetime) -> None:
        """Whose turn it is signs, side by side where the escuela says so."""
        query = (
            select(Firma)
            .join(Carta, Carta.id == Firma.carta_id)
            .join(Servicio, Servicio.id == Carta.servicio_id)
        )
        query = query.where(Servicio.public_id == self.p.servicio_id, Carta.tipo == "finalizacion")
        circuito = list(db.session.scalars(query))
        turno = in_turn(circuito)
        if not turno or (self.espera_firma and any(f.estado == "firmada" for f in circuito)):
            return
        for firma in turno:
            self.trazar(firma, now)
        self.p.guion.tras(now, 1, self.firmar_finalizacion)
