"""An office with much to do: the same number of things waiting in every queue of an escuela."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from portal.models import (
    Alumno,
    Baja,
    Bitacora,
    Carta,
    Convenio,
    Dependencia,
    Entrega,
    Escuela,
    Proyecto,
    Servicio,
    Solicitud,
    Tramite,
)
from portal.services import escuelas
from portal.services.uow import unit_of_work
from tenants.ids import new_id
from tenants.scope import escuela_scope
from tests import factories

COLAS = ("convenios", "proyectos", "alumnos", "tramites", "entregas", "bajas", "finalizaciones", "cartas")


def llenar(escuela: Escuela, host: Dependencia, now: datetime, n: int, primero: int = 0) -> list[str]:
    """`n` things in each queue, for the office and for the dependencia; returns the public ids of the servicios.

    `primero`: the number of the first, where some were made before."""
    convenio = factories.convenio(escuela, host, now, hasta=now.date() + timedelta(days=40))
    proyecto = factories.proyecto(escuela, convenio, now, cupo=3)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        perfil = escuelas.perfil()
        servicios = []
        for k in range(primero, primero + n):
            desde = now - timedelta(days=k % 20 + 1, minutes=k)
            rows = _persona(perfil, convenio, proyecto, desde, k)
            servicios.append(next(r for r in rows if isinstance(r, Servicio)).public_id)
            uow.session.add_all(rows)
        uow.session.flush()
    return servicios


def _at(desde: datetime, **more: Any) -> dict[str, Any]:
    """Ids and stamps of a row that arrived at that instant."""
    return {"id": new_id(), "public_id": f"pub{new_id():x}", "creado": desde, "estado_desde": desde, **more}


def _persona(perfil: Any, convenio: Convenio, proyecto: Proyecto, desde: datetime, k: int) -> list[Any]:
    """One alumno of each situation, and everything that waits because of them."""
    plan, hoy, own = perfil.planes[0], desde.date(), {"dependencia_id": convenio.dependencia_id}
    alumno, nuevo = (
        Alumno(**_at(desde, boleta=f"{base + k:010d}", nombre="Ximena", paterno=f"Prueba{k:04d}", materno="Ficticia",
                     correo=f"a{base + k}@ejemplo.test", carrera=perfil.carreras[k % len(perfil.carreras)].clave,
                     estado=estado))
        for base, estado in ((2021100000, "activo"), (2021200000, "por_confirmar"))
    )  # fmt: skip
    activo, fin = (
        Servicio(**_at(desde, **own, alumno_id=alumno.id, proyecto_id=proyecto.id, estado=estado, perfil_version=1,
                       plan_clave=plan.clave, inicio=hoy - timedelta(days=90), termino=hoy + timedelta(days=120),
                       horas_plan=plan.horas_totales, horas_aceptadas=180, horas_previas=0))
        for estado in ("activo", "terminado")
    )  # fmt: skip
    spec = plan.entregas[0]
    ent = [
        Entrega(**_at(desde, **own, alumno_id=alumno.id, servicio_id=servicio.id, clave=spec.clave, nombre=spec.nombre,
                      tipo=spec.tipo, orden=1, revisan=list(spec.revisan), estado="en_revision", pide_horas=True,
                      revisor_en_turno=turno, horas=180))
        for servicio, turno in ((activo, "coordinador"), (fin, "dependencia"))
    ]  # fmt: skip
    solicitud = Solicitud(**_at(desde, **own, alumno_id=nuevo.id, proyecto_id=proyecto.id, estado="enviada"))
    return [alumno, nuevo, activo, fin, *ent, solicitud, *_papeles(activo, convenio, desde, ent[0].id, k)]


def _papeles(servicio: Servicio, convenio: Convenio, desde: datetime, entrega_id: int, k: int) -> list[Any]:
    """What else waits: a stopped letter, a convenio, proyectos, a trámite, a baja; and how two of them arrived."""
    own: dict[str, Any] = {"dependencia_id": servicio.dependencia_id}
    de_alumno = {**own, "alumno_id": servicio.alumno_id, "servicio_id": servicio.id}
    log: dict[str, Any] = {"creado": desde, "autor": "Prueba", "rol": "sistema", "anterior": "", "huella": ""}
    return [
        Carta(**_at(desde, **de_alumno, tipo="termino", folio=f"T/{k}", anio=2026, numero=k + 1, valores={},
                    codigo=f"C{new_id():x}", perfil_version=1, estado="detenida")),
        Convenio(**_at(desde, **own, estado="enviado")),
        *(
            Proyecto(**_at(desde, **own, convenio_id=convenio.id, titulo=f"{estado} {k}", actividades=[], carreras=[],
                           estado=estado))
            for estado in ("enviado", "rechazado")
        ),
        Tramite(**_at(desde, tipo="presentacion", alumno_id=servicio.alumno_id)),
        Baja(**_at(desde, **de_alumno, justificacion="Cambio de residencia.", fecha=desde.date())),
        Bitacora(id=new_id(), numero=new_id(), **log, noun="convenio", objeto_id=convenio.id, accion="enviar",
                 antes="borrador", despues="enviado"),
        Bitacora(id=new_id(), numero=new_id(), **log, noun="entrega", objeto_id=entrega_id,
                 alumno_id=servicio.alumno_id, accion="aceptar", antes="en_revision", despues="en_revision"),
    ]  # fmt: skip
