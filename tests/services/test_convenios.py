"""The convenio from an e-mail address to its end, in the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.calendario import add_months, to_local
from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import (
    Carta,
    Convenio,
    ConvenioDocumento,
    Correo,
    Dependencia,
    DependenciaUsuario,
    DossierDocumento,
    Escuela,
    Usuario,
    db,
)
from portal.services import convenios, correos, dossier, enlaces, escuelas
from portal.services.documentos import FileRefused
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests import factories
from tests.convenios import DATOS, RFC, Solicitud

MOTIVO = "El documento no está vigente."


def oficina(escuela: Escuela, now: datetime, *permisos: str) -> Actor:
    persona = factories.coordinador(escuela, now, *(permisos or ("convenios",)), nombre="Olga Revisora")
    return Actor(
        "coordinador", persona.nombre, persona.id, escuela.id, permisos=frozenset(permisos or ("convenios",))
    )


def correos_de(plantilla: str) -> list[Correo]:
    return list(db.session.scalars(select(Correo).where(Correo.plantilla == plantilla).order_by(Correo.id)))


def autorizar(solicitud: Solicitud, actor: Actor, now: datetime, desde: date | None = None) -> Convenio:
    for documento in solicitud.documentos().values():
        convenios.dictaminar(solicitud.public_id, documento.public_id, "aceptar", actor=actor, now=now)
    inicio = desde or to_local(now).date()
    return convenios.autorizar(
        solicitud.public_id, desde=inicio, hasta=add_months(inicio, 24), actor=actor, now=now
    )


@pytest.fixture
def enviada(escom: Escuela, now: datetime, tmp_path: Path) -> Solicitud:
    factories.coordinador(escom, now, "convenios")
    return Solicitud(escom, now, tmp_path).llenar().enviar()


def test_a_request_goes_from_an_address_to_a_vigente_convenio(
    escom: Escuela, now: datetime, enviada: Solicitud, drain: Callable[[], int]
) -> None:
    revisora = oficina(escom, now)
    with escuela_scope(escom.id):
        convenio = autorizar(enviada, revisora, now)
        assert convenio.estado == "vigente"
    drain()
    with escuela_scope(escom.id):
        dependencia = db.session.get(Dependencia, convenio.dependencia_id)
        assert dependencia is not None
        assert dependencia.verificada is not None
        vinculo = db.session.scalars(select(DependenciaUsuario)).one()
        usuario = db.session.get(Usuario, vinculo.usuario_id)
        assert usuario is not None
        assert usuario.correo == DATOS["representante_correo"]
        assert usuario.contrasena_hash is None
        carta = db.session.scalars(select(Carta).where(Carta.tipo == "convenio")).one()
        assert carta.estado == "emitida"
        assert carta.convenio_id == convenio.id
        assert carta.valores["representante_nombre"] == DATOS["representante_nombre"]
        assert len(correos_de("convenio_por_revisar")) == 1
        avisos = correos_de("convenio_autorizado")
        assert [c.para for c in avisos] == [DATOS["representante_correo"], "contacto@museo.test"]
        assert enlaces.ocultar(avisos[0].contexto["ruta"]) == "/enlace/…"
        assert "contraseña" in correos.texto(avisos[0], escom)


def test_every_mail_of_the_convenio_can_be_written(
    escom: Escuela, now: datetime, enviada: Solicitud, drain: Callable[[], int]
) -> None:
    drain()
    with escuela_scope(escom.id):
        sent = db.session.scalars(select(Correo)).all()
        assert {c.plantilla for c in sent} >= {
            "convenio_seguimiento",
            "convenio_recibido",
            "convenio_por_revisar",
        }
        assert all(c.enviado for c in sent)


def test_what_is_rejected_goes_back_with_its_reason_and_comes_again_as_a_version(
    escom: Escuela, now: datetime, enviada: Solicitud
) -> None:
    revisora = oficina(escom, now)
    with escuela_scope(escom.id):
        documentos = enviada.documentos()
        for tipo, documento in documentos.items():
            accion = "rechazar" if tipo == "ine" else "aceptar"
            convenios.dictaminar(
                enviada.public_id, documento.public_id, accion, actor=revisora, now=now, motivo=MOTIVO
            )
        with pytest.raises(Refused, match="documentos_sin_aceptar"):
            convenios.autorizar(
                enviada.public_id, desde=now.date(), hasta=now.date() + timedelta(9), actor=revisora, now=now
            )
        convenios.observar(enviada.public_id, actor=revisora, now=now)
        aviso = correos_de("convenio_observado")[-1]
        assert MOTIVO in correos.texto(aviso, escom)
        assert "Atentamente: Olga Revisora" in correos.texto(aviso, escom)
        with pytest.raises(Refused, match="faltan_correcciones"):
            enviada.enviar()
        with pytest.raises(Refused, match="ya_aceptado"):
            enviada.subir("nombramiento")
        enviada.subir("ine")
        enviada.enviar()
        versiones = db.session.scalars(
            select(ConvenioDocumento).where(ConvenioDocumento.tipo == "ine").order_by(ConvenioDocumento.id)
        ).all()
        assert [(v.estado, v.motivo, v.decidio) for v in versiones] == [
            ("reemplazado", MOTIVO, "Olga Revisora"),
            ("pendiente", "", ""),
        ]
        assert enviada.estado() == "enviado"
        assert autorizar_resto(enviada, revisora, now).estado == "vigente"


def autorizar_resto(solicitud: Solicitud, actor: Actor, now: datetime) -> Convenio:
    for documento in solicitud.documentos().values():
        if documento.estado == "pendiente":
            convenios.dictaminar(solicitud.public_id, documento.public_id, "aceptar", actor=actor, now=now)
    hoy = to_local(now).date()
    return convenios.autorizar(
        solicitud.public_id, desde=hoy, hasta=add_months(hoy, 12), actor=actor, now=now
    )


@pytest.mark.parametrize(
    ("cambio", "campo"),
    [
        ({"rfc": "XAXX010101000"}, "rfc"),
        ({"rfc": "MFI010203AB1"}, "rfc"),
        ({"rfc": "MFI010203"}, "rfc"),
        ({"tipo_persona": "fisica"}, "rfc"),
        ({"razon_social": " "}, "razon_social"),
        ({"sector": ""}, "sector"),
    ],
)
def test_data_that_cannot_be_are_refused_beside_their_field_and_nothing_is_saved(
    escom: Escuela, now: datetime, tmp_path: Path, cambio: dict[str, str], campo: str
) -> None:
    solicitud = Solicitud(escom, now, tmp_path)
    errores = solicitud.guardar("datos", {**DATOS, **cambio})
    assert list(errores) == [campo]
    assert errores[campo].endswith(".")
    assert solicitud.dependencia().rfc == ""


@pytest.mark.parametrize(
    ("campo", "valor"), [("cp", "00999"), ("cp", "12"), ("telefono", "123"), ("correo", "uno@dos")]
)
def test_an_address_is_checked_too(
    escom: Escuela, now: datetime, tmp_path: Path, campo: str, valor: str
) -> None:
    assert list(Solicitud(escom, now, tmp_path).guardar("domicilio", {**DATOS, campo: valor})) == [campo]


def test_a_request_is_sent_whole_or_not_at_all(escom: Escuela, now: datetime, tmp_path: Path) -> None:
    solicitud = Solicitud(escom, now, tmp_path)
    with pytest.raises(Refused, match="faltan_datos"):
        solicitud.enviar()
    for paso in ("datos", "domicilio", "representante"):
        assert solicitud.guardar(paso, DATOS) == {}
    with pytest.raises(Refused, match="faltan_documentos"):
        solicitud.enviar()


def test_a_verified_rfc_is_told_to_sign_in(escom: Escuela, now: datetime, tmp_path: Path) -> None:
    con_cuenta, _ = factories.dependencia(now)
    with convenios.unit_of_work(now) as uow:
        uow.lock_id(Dependencia, con_cuenta.id).rfc = RFC
    with pytest.raises(Refused, match="rfc_verificado"):
        Solicitud(escom, now, tmp_path).guardar("datos", DATOS)


def test_two_requests_with_one_rfc_cannot_both_be_authorised(
    escom: Escuela, now: datetime, tmp_path: Path, enviada: Solicitud
) -> None:
    otra = Solicitud(escom, now, tmp_path).llenar().enviar()
    revisora = oficina(escom, now)
    with escuela_scope(escom.id):
        autorizar(enviada, revisora, now)
        with pytest.raises(Refused, match="rfc_ocupado"):
            autorizar(otra, revisora, now)
        assert otra.estado() == "enviado"


@pytest.mark.parametrize(
    ("texto", "dice"),
    [(f"RFC: {RFC}", "coincide"), ("RFC: HGE870512PZ1", "difiere"), ("Sin nada", "ilegible")],
)
def test_the_rfc_of_the_constancia_is_read_and_never_refuses(
    escom: Escuela, now: datetime, tmp_path: Path, texto: str, dice: str
) -> None:
    solicitud = Solicitud(escom, now, tmp_path).llenar(constancia=texto).enviar()
    with escuela_scope(escom.id):
        archivo = solicitud.documentos()["constancia_fiscal"].archivo
        from portal.domain.dependencia import rfc_leido

        assert rfc_leido(RFC, archivo.leido["rfcs"]) == dice


def test_an_ine_of_one_side_is_noticed_and_taken(escom: Escuela, now: datetime, tmp_path: Path) -> None:
    solicitud = Solicitud(escom, now, tmp_path).llenar()
    with escuela_scope(escom.id):
        assert dossier.FALTA_UNA_CARA in solicitud.documentos()["ine"].archivo.avisos


def test_a_file_that_is_not_what_it_says_is_refused_and_leaves_nothing(
    escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    solicitud = Solicitud(escom, now, tmp_path)
    malo = tmp_path / "malo.pdf"
    malo.write_bytes(b"MZ nada de PDF")
    with escuela_scope(escom.id), pytest.raises(FileRefused):
        dossier.subir(solicitud.public_id, "ine", [malo], "malo.pdf", actor=solicitud.actor, now=now)
    with pytest.raises(Refused, match="no_se_pide"):
        solicitud.subir("pasaporte")
    assert db.session.scalars(select(DossierDocumento)).all() == []


def test_two_coordinadores_deciding_at_once_the_second_reads_what_happened(
    escom: Escuela, now: datetime, enviada: Solicitud
) -> None:
    una, otra = oficina(escom, now), oficina(escom, now)
    with escuela_scope(escom.id):
        documento = enviada.documentos()["ine"]
        convenios.dictaminar(enviada.public_id, documento.public_id, "aceptar", actor=una, now=now)
        with pytest.raises(Stale):
            convenios.dictaminar(enviada.public_id, documento.public_id, "aceptar", actor=otra, now=now)
        convenios.rechazar(enviada.public_id, motivo=MOTIVO, actor=una, now=now)
        with pytest.raises(Stale):
            convenios.rechazar(enviada.public_id, motivo=MOTIVO, actor=otra, now=now)
        assert MOTIVO in correos.texto(correos_de("convenio_rechazado")[-1], escom)


def test_whoever_has_no_right_gets_none(
    escom: Escuela, esca: Escuela, now: datetime, enviada: Solicitud
) -> None:
    sin_permiso, ajena = oficina(escom, now, "reportes"), oficina(esca, now)
    intruso = Actor("dependencia", "Intruso", dependencia_ids=frozenset({1}))
    with escuela_scope(escom.id):
        documento = enviada.documentos()["ine"].public_id
        for actor in (sin_permiso, ajena, intruso):
            with pytest.raises(Forbidden):
                convenios.dictaminar(enviada.public_id, documento, "aceptar", actor=actor, now=now)
        with pytest.raises(Forbidden):
            convenios.cancelar(enviada.public_id, actor=intruso, now=now)
    with escuela_scope(esca.id), pytest.raises(NotFound):
        convenios.dictaminar(enviada.public_id, documento, "aceptar", actor=ajena, now=now)


@pytest.mark.parametrize(
    ("desde", "hasta", "key"),
    [(None, None, "sin_vigencia"), (5, 5, "vigencia_al_reves"), (-90, -30, "vigencia_pasada")],
)
def test_a_convenio_is_authorised_for_a_term_to_come(
    escom: Escuela, now: datetime, enviada: Solicitud, desde: int | None, hasta: int | None, key: str
) -> None:
    revisora, hoy = oficina(escom, now), to_local(now).date()
    with escuela_scope(escom.id):
        for documento in enviada.documentos().values():
            convenios.dictaminar(enviada.public_id, documento.public_id, "aceptar", actor=revisora, now=now)
        fechas = {
            k: None if d is None else hoy + timedelta(d) for k, d in (("desde", desde), ("hasta", hasta))
        }
        with pytest.raises(Refused, match=key):
            convenios.autorizar(enviada.public_id, **fechas, actor=revisora, now=now)


def test_time_begins_warns_once_and_ends_a_convenio(
    escom: Escuela, now: datetime, enviada: Solicitud
) -> None:
    revisora, hoy = oficina(escom, now), to_local(now).date()
    with escuela_scope(escom.id):
        convenio = autorizar(enviada, revisora, now, desde=hoy + timedelta(3))
        assert convenio.estado == "autorizado"
        assert convenio.hasta is not None
        moments = [(3, "vigente", 0), (4, "vigente", 0)]
        dura = (convenio.hasta - hoy).days
        moments += [
            (dura - 60, "vigente", 1),
            (dura - 59, "vigente", 1),
            (dura - 10, "vigente", 2),
            (dura, "vigente", 2),
        ]
        for dias, estado, avisos in [*moments, (dura + 1, "vencido", 2), (dura + 2, "vencido", 2)]:
            convenios.actualizar_vigencias(now + timedelta(days=dias))
            assert (enviada.estado(), len(correos_de("convenio_por_vencer"))) == (estado, avisos), dias
        assert len(correos_de("convenio_vencido")) == 1


def test_a_renewal_asks_nothing_twice(escom: Escuela, now: datetime, enviada: Solicitud) -> None:
    revisora, hoy = oficina(escom, now), to_local(now).date()
    with escuela_scope(escom.id):
        viejo = autorizar(enviada, revisora, now)
        with pytest.raises(Refused, match="sin_renovar"):
            convenios.renovar(viejo.public_id, actor=enviada.actor, now=now)
        luego = now + timedelta(days=(viejo.hasta - hoy).days - 30)
        convenios.actualizar_vigencias(luego)
    with escuela_scope(escom.id):
        nuevo = convenios.renovar(viejo.public_id, actor=enviada.actor, now=luego)
        assert (nuevo.estado, nuevo.renueva_id) == ("enviado", viejo.id)
        with pytest.raises(Refused, match="ya_abierto"):
            convenios.renovar(viejo.public_id, actor=enviada.actor, now=luego)
        inicio = viejo.hasta + timedelta(1)
        assert (
            convenios.autorizar(
                nuevo.public_id, desde=inicio, hasta=add_months(inicio, 24), actor=revisora, now=luego
            ).estado
            == "autorizado"
        )


def test_another_escuela_is_asked_with_one_click_and_the_same_dossier(
    escom: Escuela, esca: Escuela, now: datetime, tmp_path: Path, enviada: Solicitud
) -> None:
    factories.coordinador(esca, now, "convenios")
    revisora = oficina(escom, now)
    with escuela_scope(esca.id), pytest.raises(Refused, match="sin_verificar"):
        convenios.solicitar(enviada.dependencia().public_id, actor=enviada.actor, now=now)
    with escuela_scope(escom.id):
        documento = enviada.documentos()["ine"]
        convenios.dictaminar(
            enviada.public_id, documento.public_id, "rechazar", actor=revisora, now=now, motivo=MOTIVO
        )
        convenios.observar(enviada.public_id, actor=revisora, now=now)
        enviada.subir("ine")
        enviada.enviar()
        autorizar_resto(enviada, revisora, now)
    with escuela_scope(esca.id):
        convenio = convenios.solicitar(enviada.dependencia().public_id, actor=enviada.actor, now=now)
        asked = {d.clave for d in escuelas.perfil().documentos_dependencia if d.requerido}
        copia = dossier.actuales(db.session(), convenio.id)
        assert convenio.estado == "enviado"
        assert asked <= set(copia)
        assert {d.estado for d in copia.values()} == {"pendiente"}
        assert copia["ine"].archivo.version == 2
        with pytest.raises(Refused, match="ya_abierto"):
            convenios.solicitar(enviada.dependencia().public_id, actor=enviada.actor, now=now)


def test_one_address_gets_five_links_a_day(escom: Escuela, now: datetime) -> None:
    with escuela_scope(escom.id):
        for _ in range(convenios.INICIOS_POR_DIA):
            convenios.iniciar("Muchas@museo.test", now=now)
        with pytest.raises(Refused, match="demasiados_inicios"):
            convenios.iniciar("muchas@museo.test", now=now)
