"""How each dependencia of the demo came to its convenio: the form, the six documents, the review."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.demo.casa import Casa
from portal.demo.elenco import Trato
from portal.demo.personas import ORGANIZACIONES, Organizacion, Persona
from portal.domain.access import CONVENIOS, Actor
from portal.domain.calendario import to_local
from portal.domain.identificadores import check_digit_rfc
from portal.models import Convenio, Dependencia, Usuario, db
from portal.services import convenios, dossier, escuelas
from portal.services.documentos import Guardado
from portal.services.uow import unit_of_work

OTRO_RFC = "PEJ200101AB" + check_digit_rfc("PEJ200101AB")  # what one constancia says, to be noticed
VIGENTES = ("vigente", "reutiliza")


def preparar(casa: Casa, trato: Trato) -> None:
    """Plan the story of one convenio."""
    if trato.estado == "reutiliza":
        casa.guion.hace(trato.hace + 12, lambda now: _reutilizar(casa, trato, now))
        return
    _Tramite(casa, trato)


def correo_de(organizacion: Organizacion) -> str:
    """Where a dependencia of the demo gets its mail, and signs in."""
    return f"contacto@{organizacion.dominio}"


class _Tramite:
    """One dependencia's request, from the e-mail address on; it stops where its trato says."""

    def __init__(self, casa: Casa, trato: Trato) -> None:
        self.casa, self.trato = casa, trato
        self.organizacion = ORGANIZACIONES[trato.clave]
        self.correo = correo_de(self.organizacion)
        self.representante: Persona = casa.persona()
        self.convenio_id = ""
        self.dependencia_id = 0
        casa.guion.hace(trato.hace + (12 if trato.estado in ("vigente", "observado") else 3), self.iniciar)

    @property
    def actor(self) -> Actor:
        """Whoever holds the follow-up link."""
        return Actor(
            "dependencia", self.representante.completo, dependencia_ids=frozenset({self.dependencia_id})
        )

    def iniciar(self, now: datetime) -> None:
        """The first step: an address, and the link that comes to it; then the form, at once."""
        convenios.iniciar(self.correo, now=now)
        query = select(Convenio).where(Convenio.correo_contacto == self.correo)
        convenio = db.session.scalars(query).one()
        self.convenio_id, self.dependencia_id = convenio.public_id, convenio.dependencia_id
        for minutos, paso in enumerate(("datos", "domicilio", "representante"), start=1):
            errores = convenios.guardar(
                self.convenio_id,
                paso,
                self.campos(),
                actor=self.actor,
                now=now + timedelta(minutes=4 * minutos),
            )
            if errores:
                raise ValueError(f"{self.organizacion.clave}: {errores}")
        self.subir(now + timedelta(minutes=25))

    def campos(self) -> dict[str, str]:
        """What the form asks, all of it."""
        o, r = self.organizacion, self.representante
        return {
            "tipo_persona": "moral", "rfc": o.rfc, "razon_social": o.razon_social, "nombre_corto": o.corto,
            "sector": o.sector, "calle": f"Calle de los Ejemplos {100 + len(o.clave) * 7}", "colonia": o.colonia,
            "municipio": o.municipio, "entidad": o.entidad, "cp": o.cp, "correo": self.correo,
            "telefono": f"55555501{len(o.razon_social) % 100:02d}", "sitio": f"https://{o.dominio}",
            "representante_nombre": r.completo, "representante_correo": self.correo,
            "representante_cargo": "Directora general" if r.genero == "F" else "Director general",
            "representante_telefono": "5555550199",
        }  # fmt: skip

    def subir(self, now: datetime) -> None:
        """The documents that the escuela asks for; a draft still lacks most of them."""
        pedidos = [d.clave for d in escuelas.perfil().documentos_dependencia]
        for n, tipo in enumerate(pedidos[:2] if self.trato.estado == "borrador" else pedidos):
            self.presentar(tipo, now + timedelta(minutes=3 * n))
        if self.trato.estado != "borrador":
            self.casa.guion.tras(now, 0, self.enviar)

    def presentar(self, tipo: str, now: datetime) -> None:
        """Put one document before the escuela."""
        guardado = self.documento(tipo)
        with unit_of_work(now) as uow:
            convenio = uow.lock(Convenio, self.convenio_id)
            archivo = dossier.agregar(uow, self.dependencia_id, tipo, guardado)
            dossier.presentar(uow, convenio, archivo, self.actor)

    def documento(self, tipo: str) -> Guardado:
        """One paper of this dependencia."""
        o, taller, de = self.organizacion, self.casa.taller, self.dependencia_id
        if tipo == "logo":
            return taller.logo(o.siglas, len(o.clave) + len(o.corto), dependencia_id=de)
        if tipo == "ine":
            return taller.credencial(self.representante.completo, dependencia_id=de)
        titulo = {d.clave: d.nombre for d in escuelas.perfil().documentos_dependencia}[tipo]
        rfc = OTRO_RFC if tipo == "constancia_fiscal" and self.trato.estado == "enviado" else o.rfc
        filas = [
            ("Razón social", o.razon_social), ("RFC", rfc), ("Representante", self.representante.completo),
            ("Domicilio", f"{o.colonia}, {o.municipio}, {o.entidad}, C.P. {o.cp}"),
        ]  # fmt: skip
        return taller.pdf(titulo, filas, f"{titulo}.pdf", dependencia_id=de)

    def enviar(self, now: datetime) -> None:
        """Send the request; the office looks at it some days later."""
        convenios.enviar(self.convenio_id, actor=self.actor, now=now)
        if self.trato.estado == "enviado":
            self.casa.guion.tras(now, 1, lambda later: self.dictaminar(later, cuantos=2))
        else:
            self.casa.guion.tras(now, 2, self.observar)

    def dictaminar(self, now: datetime, *, cuantos: int = 99, rechazar: str = "") -> None:
        """Judge the first documents that wait; `rechazar` names one that is not good enough."""
        actor = self.casa.quien(CONVENIOS)
        query = select(Convenio).where(Convenio.public_id == self.convenio_id)
        convenio = db.session.scalars(query).one()
        waiting = [d for d in dossier.actuales(db.session(), convenio.id).values() if d.estado == "pendiente"]
        for n, documento in enumerate(waiting[:cuantos]):
            malo = documento.tipo == rechazar
            motivo = escuelas.perfil().motivos["documento"][0] if malo else ""
            convenios.dictaminar(
                self.convenio_id, documento.public_id, "rechazar" if malo else "aceptar",
                actor=actor, motivo=motivo, now=now + timedelta(minutes=2 * n),
            )  # fmt: skip

    def observar(self, now: datetime) -> None:
        """The proof of address is not legible: the request goes back; most answer in two days."""
        self.dictaminar(now, rechazar="comprobante_domicilio")
        convenios.observar(
            self.convenio_id, actor=self.casa.quien(CONVENIOS), now=now + timedelta(minutes=20)
        )
        if self.trato.estado == "vigente":
            self.casa.guion.tras(now, 2, self.corregir)

    def corregir(self, now: datetime) -> None:
        """A better version, and the request again."""
        self.presentar("comprobante_domicilio", now)
        convenios.enviar(self.convenio_id, actor=self.actor, now=now + timedelta(minutes=3))
        self.casa.guion.tras(now, 2, self.autorizar)

    def autorizar(self, now: datetime) -> None:
        """Everything accepted: convenio, account, password."""
        self.dictaminar(now)
        _autorizar(self.casa, self.convenio_id, self.trato, now + timedelta(minutes=12))
        _dar_contrasena(self.casa, self.correo, now + timedelta(minutes=50))
        self.casa.recibir(self.trato.clave, self.dependencia_id, self.correo)


def _autorizar(casa: Casa, convenio_id: str, trato: Trato, now: datetime) -> None:
    hasta = casa.guion.hoy + timedelta(days=trato.termina)
    desde = to_local(now).date()
    convenios.autorizar(convenio_id, desde=desde, hasta=hasta, actor=casa.quien(CONVENIOS), now=now)


def _dar_contrasena(casa: Casa, correo: str, now: datetime) -> None:
    with unit_of_work(now) as uow:
        nombre = uow.session.scalars(select(Usuario.nombre).where(Usuario.correo == correo)).one()
        casa.cuenta(uow, correo, nombre)


def _reutilizar(casa: Casa, trato: Trato, now: datetime) -> None:
    """A dependencia that another escuela verified asks here with one click: its dossier goes along."""
    organizacion = ORGANIZACIONES[trato.clave]
    query = select(Dependencia).where(
        Dependencia.rfc == organizacion.rfc, Dependencia.verificada.is_not(None)
    )
    dependencia = db.session.scalars(query).one()
    casa.recibir(trato.clave, dependencia.id, correo_de(organizacion))
    actor = casa.anfitriones[trato.clave].actor
    convenio_id = convenios.solicitar(dependencia.public_id, actor=actor, now=now).public_id

    def resolver(later: datetime) -> None:
        _aceptar_todo(casa, convenio_id, later)
        _autorizar(casa, convenio_id, trato, later + timedelta(minutes=15))

    casa.guion.tras(now, 3, resolver)


def _aceptar_todo(casa: Casa, convenio_id: str, now: datetime) -> None:
    convenio = db.session.scalars(select(Convenio).where(Convenio.public_id == convenio_id)).one()
    for documento in dossier.actuales(db.session(), convenio.id).values():
        convenios.dictaminar(
            convenio_id, documento.public_id, "aceptar", actor=casa.quien(CONVENIOS), now=now
        )


def vigilar(casa: Casa) -> None:
    """Once a week the calendar moves convenios on: some end, some are warned of their end."""
    for hace in range(455, -1, -7):
        casa.guion.el(casa.guion.hoy - timedelta(days=hace), convenios.actualizar_vigencias, hora=7)
