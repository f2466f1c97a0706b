"""Who opened a signing link shows to be the signer: a code goes to the signer's address and comes back in minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain.calendario import to_local
from portal.domain.carta import EN_FIRMA
from portal.domain.machine import Refused
from portal.models import Carta, Firma
from portal.services import codigos, correos, firmas, firmas_avisos, intentos
from portal.services.effects import Para
from portal.services.enlaces import Pedido
from portal.services.uow import Uow, unit_of_work
from tenants.scope import escuela_scope

VIGENCIA = timedelta(minutes=15)


def pedir(token: str, *, now: datetime) -> None:
    """Send a new code to the signer of a link; the one before dies. At most five in fifteen minutes.

    Raises NotFound, Refused("enlace.…", "firma.carta_cerrada", "firma.muchos_codigos").
    """
    pedido = _vigente(token, now)
    hasta = intentos.apartar(f"envio:{pedido.objeto_id}", now)
    if hasta is not None:
        raise Refused("firma.muchos_codigos", hora=f"{to_local(hasta):%H:%M}")
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        carta, firma = _pendiente(uow, pedido.objeto_id)
        firma.codigo_serie, firma.codigo_vence = (firma.codigo_serie + 1) % 30_000, now + VIGENCIA
        contexto = {**firmas_avisos.de_que(uow, carta), "firmante": firma.nombre}
        contexto |= {"codigo": codigos.marca(firma.id, firma.codigo_serie), "minutos": VIGENCIA.seconds // 60}
        correos.escribir(uow, "firma_codigo", Para(firma.correo, contexto=contexto))


def comprobar(token: str, codigo: str, *, now: datetime) -> int:
    """The id of the place that the code opens; it serves once, and five wrong ones close the door for a while.

    Raises NotFound, Refused("firma.codigo", "firma.codigo_vencido", "firma.codigo_bloqueado").
    """
    pedido = _vigente(token, now)
    clave = f"codigo:{pedido.objeto_id}"
    hasta = intentos.apartar(clave, now)
    if hasta is not None:
        raise Refused("firma.codigo_bloqueado", hora=f"{to_local(hasta):%H:%M}")
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        _carta, firma = _pendiente(uow, pedido.objeto_id)
        if firma.codigo_vence is None or firma.codigo_vence <= now:
            raise Refused("firma.codigo_vencido")
        if not codigos.es(codigo, firma.id, firma.codigo_serie):
            raise Refused("firma.codigo")
        firma.codigo_vence = None
        intentos.olvidar(uow, clave)
        return firma.id


def _vigente(token: str, now: datetime) -> Pedido:
    """The place behind a link that signs it, or that still opens what else waits for its signer."""
    pedido = firmas.por_enlace(token, now=now)
    if pedido.estado != "vigente" and not pedido.corre:
        raise Refused(f"enlace.{pedido.estado}")
    return pedido


def _pendiente(uow: Uow, firma_id: int) -> tuple[Carta, Firma]:
    firma = uow.lock_id(Firma, firma_id)
    carta = uow.get(Carta, firma.carta_id)
    suya = firma.estado == "pendiente" and carta.estado in EN_FIRMA
    if not suya and not firmas_avisos.esperan(uow, firma.correo):
        raise Refused("firma.carta_cerrada")
    return carta, firma
