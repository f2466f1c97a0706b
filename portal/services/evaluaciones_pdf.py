"""A signed evaluación as a PDF: drawn by the outbox, kept, and sent to review as if it had been uploaded."""

from __future__ import annotations

import io
from datetime import datetime

from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.documento import objecion
from portal.domain.evaluacion import promedio
from portal.domain.machine import Refused
from portal.letters.flujos import FirmaImpresa
from portal.letters.render import render
from portal.models import Dependencia, Documento, Entrega, Evaluacion, Proyecto, Servicio, db
from portal.services import cartas, documentos, entregas, escuelas, runtime, terminos
from portal.services.evaluaciones import DECLARACION, RECIBE, formulario
from portal.services.hojas import paginas
from portal.services.interrupciones import queda_en_duda
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act
from tenants.ids import new_public_id
from tenants.scope import current_escuela


def entregar(evaluacion_id: int, *, now: datetime) -> None:
    """Draw what was signed and send the entrega to review. Safe to run twice: one that was delivered is left alone."""
    evaluacion = db.session.scalars(
        select(Evaluacion).where(Evaluacion.id == evaluacion_id).execution_options(populate_existing=True)
    ).one()
    if evaluacion.estado != "firmada":
        return
    imagen = Uow(db.session(), now).get(Documento, evaluacion.imagen_documento_id)
    if objecion(imagen) is not None:  # asked for again until the ink has its verdict
        raise Refused("archivo.en_analisis")
    guardado = _guardar(evaluacion, _dibujar(evaluacion, imagen, now))
    try:
        entregada = _poner(evaluacion_id, guardado, now)
    except Exception as error:
        if not queda_en_duda(error):
            documentos.quitar(guardado.clave)
        raise
    if not entregada:
        documentos.quitar(guardado.clave)


def _poner(evaluacion_id: int, guardado: documentos.Guardado, now: datetime) -> bool:
    """Make the drawn PDF the file of the entrega; False where it is no longer waited for."""
    with unit_of_work(now) as uow:
        entrega_id = uow.get(Evaluacion, evaluacion_id).entrega_id
        servicio = uow.lock_id(Servicio, uow.get(Entrega, entrega_id).servicio_id)
        entrega = uow.lock_id(Entrega, entrega_id)
        evaluacion = uow.lock_id(Evaluacion, evaluacion_id)
        if evaluacion.estado != "firmada":
            return False
        if entrega.estado not in RECIBE or servicio.estado != "activo":
            act(uow, evaluacion, "cancelar", SISTEMA_ACTOR)
            return False
        documento = documentos.registrar(
            uow,
            guardado,
            "entrega_evaluacion",
            alumno_id=entrega.alumno_id,
            dependencia_id=entrega.dependencia_id,
        )
        evaluacion.documento_id = documento.id
        quien = Actor(SISTEMA_ACTOR.rol, evaluacion.nombre)
        entregas.poner_en_revision(uow, entrega, documento.id, quien)
        act(uow, evaluacion, "entregar", SISTEMA_ACTOR)
        return True


def _dibujar(evaluacion: Evaluacion, imagen: Documento, now: datetime) -> bytes:
    lectura = Uow(db.session(), now)
    entrega = lectura.get(Entrega, evaluacion.entrega_id)
    servicio = lectura.get(Servicio, entrega.servicio_id)
    version, form = evaluacion.perfil_version, formulario(evaluacion.perfil_version)
    dependencia = lectura.get(Dependencia, entrega.dependencia_id)
    proyecto = lectura.get(Proyecto, servicio.proyecto_id) if servicio.proyecto_id else None
    firmada = evaluacion.firmada or now
    respuestas = evaluacion.respuestas
    valores = {
        **cartas.comunes(version, "finalizacion", to_local(firmada).date()),
        **terminos.datos_del_servicio(lectura, servicio, dependencia, proyecto),
        "criterios": tuple(
            (c.nombre, f"{respuestas[c.clave]} · {form.escala[respuestas[c.clave] - 1]}")
            for c in form.criterios
        ),
        "promedio": str(promedio(respuestas, [c.clave for c in form.criterios])),
        "escala_maxima": len(form.escala),
        "comentarios": evaluacion.comentarios,
        "declaracion": DECLARACION,
    }
    with documentos.abrir(imagen) as stream:
        tinta = stream.read()
    firma = FirmaImpresa(evaluacion.nombre, evaluacion.cargo, "responsable_directo", tinta, firmada)
    plantilla = escuelas.plantilla("evaluacion", version)
    return render(
        plantilla,
        valores,
        folio="",
        codigo="",
        url_verificacion="",
        firmas=[firma],
        logo=escuelas.logo(version),
    )


def _guardar(evaluacion: Evaluacion, pdf: bytes) -> documentos.Guardado:
    """Store it under a key of this attempt: the same bytes drawn twice are not one object that the loser takes away."""
    storage = runtime.current().backends.storage
    key = f"escuela/{current_escuela()}/evaluaciones/{evaluacion.public_id}-{new_public_id()}.pdf"
    stored = storage.put(key, io.BytesIO(pdf), size=len(pdf), content_type="application/pdf")
    return documentos.Guardado(
        storage.name, key, "Evaluación de desempeño.pdf", "application/pdf", stored.size, stored.sha256,
        paginas(pdf), (), "",
    )  # fmt: skip
