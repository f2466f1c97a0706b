"""What the transitions of a convenio cause: the dependencia is verified and gets in, the letter is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.models import Convenio, Dependencia
from portal.services import cartas, dependencias, escuelas, valores
from portal.services.effects import effect
from portal.services.uow import Uow
from portal.services.workflow import act


@effect("verificar_dependencia")
def verificar_dependencia(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """The first escuela that authorises a dependencia verifies it: its RFC is its own, its representante gets in."""
    dependencia = uow.lock_id(Dependencia, convenio.dependencia_id)
    if dependencia.verificada is None:
        dependencia.verificada = uow.now
        try:
            uow.session.flush()
        except IntegrityError as error:
            raise Refused("convenio.rfc_ocupado") from error
    if not dependencias.personas_activas(uow.session, dependencia.id):
        dependencias.dar_acceso(
            uow,
            dependencia.id,
            nombre=dependencia.representante_nombre,
            correo=dependencia.representante_correo or convenio.correo_contacto,
            cargo=dependencia.representante_cargo,
        )


@effect("poner_vigente")
def poner_vigente(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """A convenio whose term has begun is vigente at once; another waits for its first day."""
    if convenio.desde is not None and convenio.desde <= to_local(uow.now).date():
        act(uow, convenio, "iniciar", SISTEMA_ACTOR)


@cartas.valores("convenio")
def valores_de_carta(uow: Uow, convenio: Convenio, _actor: Actor, _data: Mapping[str, Any]) -> cartas.Nueva:
    """The convenio document: who agrees, for how long, on which service. Both signers are printed, to sign by hand."""
    dependencia = uow.get(Dependencia, convenio.dependencia_id)
    version = escuelas.actual().perfil_version
    perfil = escuelas.perfil(version)
    titular = perfil.firmante(perfil.cartas["convenio"].firma, to_local(uow.now).date())
    return cartas.Nueva(
        {
            **valores.de_la_dependencia(dependencia),
            **valores.del_plan(escuelas.plan(version, perfil.planes[0].clave)),
            "convenio_desde": convenio.desde,
            "convenio_hasta": convenio.hasta,
        },
        firmantes=(
            cartas.Firmante(
                "responsable", titular.nombre_completo if titular else "", titular.cargo if titular else ""
            ),
            cartas.Firmante(
                "representante", dependencia.representante_nombre, dependencia.representante_cargo
            ),
        ),
        convenio_id=convenio.id,
        dependencia_id=dependencia.id,
    )
