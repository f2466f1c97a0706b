"""Files of which the scanner said nothing: scanned again until it does, then released, or sealed and asked for anew.

A released file needs nothing more: its step went on as if it had just been uploaded, only nobody could open the file
or decide on it. An infected one is sealed (its object stays, and nobody gets it), its step goes back so that a new
version can be loaded, and who uploaded it is written to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from portal.domain.access import SISTEMA_ACTOR
from portal.domain.documento import INFECTADO, PENDIENTE
from portal.models import (
    Alumno,
    Baja,
    Bitacora,
    Carta,
    Convenio,
    ConvenioDocumento,
    Documento,
    DossierDocumento,
    Entrega,
    Firma,
    Outbox,
    Proyecto,
    Solicitud,
    Usuario,
    db,
)
from portal.services import (
    convenios_avisos,
    correos,
    destinatarios,
    documentos,
    dossier,
    entregas,
    firmas,
    padron_archivo,
    runtime,
    solicitudes,
    union,
)
from portal.services.effects import Para
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.scope import escuela_scope

MOTIVO = (
    "El archivo no pasó la revisión de virus. Hay que revisar el equipo con un antivirus y subir otra copia."
)
PLANTILLA = "archivo_infectado"


class SinVeredicto(RuntimeError):
    """The scanner still does not answer: the outbox asks again later."""


def _analizar(archivo: Documento | DossierDocumento) -> str:
    """A new verdict; SinVeredicto where there is none. The one place that reads a file in quarantine."""
    with runtime.current().backends.storage.open(archivo.clave) as stream:
        analisis = documentos.analizar(stream)
    if analisis == PENDIENTE:
        raise SinVeredicto("the scanner gave no verdict")
    return analisis


def _pendiente(model: Any, archivo_id: int) -> Any:
    """The file, if it still waits for its verdict; None otherwise (a draft that was replaced is gone)."""
    query = select(model).where(model.id == archivo_id, model.analisis == PENDIENTE)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def revisar(documento_id: int, *, now: datetime) -> None:
    """Scan a file of the escuela in scope again. Safe to run twice: one that has its verdict is left alone."""
    documento = _pendiente(Documento, documento_id)
    if documento is None:
        return
    analisis = _analizar(documento)
    with unit_of_work(now) as uow:
        documento = uow.get(Documento, documento_id)
        if analisis == INFECTADO:
            for para in list(_devolver(uow, documento)):
                correos.escribir(uow, PLANTILLA, para)
        else:
            _liberar_firmas(uow, documento)
        _anotar(uow, uow.lock_id(Documento, documento_id), analisis)


def _anotar(uow: Uow, archivo: Documento | DossierDocumento, analisis: str) -> None:
    archivo.analisis = analisis
    record(uow, archivo, "analizar", SISTEMA_ACTOR, motivo=analisis)


def _liberar_firmas(uow: Uow, documento: Documento) -> None:
    """A letter that waited for the image of a signature is due now."""
    for carta_id in uow.session.scalars(
        select(Firma.carta_id).where(Firma.imagen_documento_id == documento.id)
    ):
        uow.later("carta", carta_id)


# ---- Back to whoever uploaded it ----------------------------------------------------------------


def _devolver(uow: Uow, documento: Documento) -> Iterator[Para]:
    """Undo what the file was used for; yields whom to write to, and what happens now."""
    slug = destinatarios.slug(uow)
    for uso in (_foto, _entregas, _partes, _solicitudes, _bajas, _proyectos, _firmas, _padron):
        for para, que_pasa in uso(uow, documento, slug):
            yield _con(para, documento.nombre, que_pasa)


def _con(para: Para, archivo: str, que_pasa: str) -> Para:
    nombre = para.contexto.get("nombre", "Buen día")
    return replace(para, contexto={"nombre": nombre, "archivo": archivo, "que_pasa": que_pasa})


Vuelta = Iterator[tuple[Para, str]]


def _al_alumno(uow: Uow, alumno_id: int, ruta: str) -> Para:
    alumno = uow.get(Alumno, alumno_id)
    return Para(alumno.correo, ruta, alumno.usuario_id, {"nombre": alumno.nombre})


def _a_personas(personas: list[Usuario], ruta: str, que_pasa: str) -> Vuelta:
    for persona in personas:
        yield Para(persona.correo, ruta, persona.id, {"nombre": persona.nombre}), que_pasa


def _ids(uow: Uow, model: Any, *columns: Any, documento: Documento) -> list[int]:
    query = select(model.id).where(or_(*(column == documento.id for column in columns)))
    return list(uow.session.scalars(query.order_by(model.id)))


def _foto(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    for alumno_id in _ids(uow, Alumno, Alumno.foto_id, documento=documento):
        alumno = uow.lock_id(Alumno, alumno_id)
        alumno.foto_id = None
        record(uow, alumno, "quitar_foto", SISTEMA_ACTOR, motivo=MOTIVO)
        yield _al_alumno(uow, alumno_id, f"/{slug}/alumno/perfil"), "La fotografía se quitó del perfil."


def _entregas(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    columns = (Entrega.documento_id, Entrega.borrador_documento_id)
    for entrega_id in _ids(uow, Entrega, *columns, documento=documento):
        entrega = entregas.devolver_archivo(uow, entrega_id, documento.id, MOTIVO)
        que_pasa = f"{entrega.nombre}: ya se puede subir de nuevo."
        yield _al_alumno(uow, entrega.alumno_id, f"/{slug}/alumno/entregas/{entrega.public_id}"), que_pasa


def _partes(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    """A part of an expediente that is still being gathered: nothing was merged of it."""
    entrega = union.devolver_parte(uow, documento.id)
    if entrega is not None:
        que_pasa = f"{entrega.nombre}: hay que subir otra vez esa parte."
        yield _al_alumno(uow, entrega.alumno_id, f"/{slug}/alumno/expediente/{entrega.public_id}"), que_pasa


def _solicitudes(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    columns = (Solicitud.presentacion_documento_id, Solicitud.constancia_documento_id)
    for solicitud_id in _ids(uow, Solicitud, *columns, documento=documento):
        solicitud = solicitudes.devolver_papel(uow, solicitud_id, documento.id, MOTIVO)
        que_pasa = "La solicitud regresó a borrador: hay que poner ese documento otra vez y enviarla."
        ruta = f"/{slug}/alumno/solicitudes/{solicitud.public_id}"
        yield _al_alumno(uow, solicitud.alumno_id, ruta), que_pasa


def _bajas(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    for baja_id in _ids(uow, Baja, Baja.documento_id, documento=documento):
        baja = uow.lock_id(Baja, baja_id)
        baja.documento_id = None
        record(uow, baja, "quitar_archivo", SISTEMA_ACTOR, motivo=MOTIVO)
        personas = destinatarios.de_dependencia(uow, baja.dependencia_id)
        yield from _a_personas(
            personas,
            f"/dependencia/{slug}/bajas/{baja.public_id}",
            "La baja sigue pedida, sin ese documento. Si hace falta, puede retirarla y pedirla otra vez con otro.",
        )


def _proyectos(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    for proyecto_id in _ids(uow, Proyecto, Proyecto.actividades_documento_id, documento=documento):
        proyecto = uow.lock_id(Proyecto, proyecto_id)
        proyecto.actividades_documento_id = None
        if proyecto.estado == "enviado":
            act(uow, proyecto, "devolver", SISTEMA_ACTOR, {"motivo": MOTIVO})
        else:
            record(uow, proyecto, "quitar_archivo", SISTEMA_ACTOR, motivo=MOTIVO)
        yield from _a_personas(
            destinatarios.de_dependencia(uow, proyecto.dependencia_id),
            f"/dependencia/{slug}/proyectos/{proyecto.public_id}",
            f"El proyecto «{proyecto.titulo}» quedó sin su listado de actividades: súbalo otra vez.",
        )


def _firmas(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    """The signature is asked for again: its letter was never issued."""
    ids = [
        *_ids(uow, Firma, Firma.imagen_documento_id, documento=documento),
        *_ids(uow, Firma, Firma.escaneo_documento_id, documento=documento),
    ]
    for firma_id in ids:
        known = uow.get(Firma, firma_id)
        carta = uow.lock_id(Carta, known.carta_id)
        firma = uow.lock_id(Firma, firma_id)
        firma.imagen_documento_id = firma.escaneo_documento_id = None
        if firma.estado in ("firmada", "por_confirmar"):
            act(uow, firma, "devolver", SISTEMA_ACTOR, {"motivo": MOTIVO})
            firma.firmada = firma.avisada = None
            _otra_peticion(uow, carta, documento)
            firmas.avanzar(uow, carta)
        que_pasa = "La firma no cuenta. Llegará otro correo con un enlace nuevo para firmar."
        yield Para(firma.correo, "", contexto={"nombre": firma.nombre}), que_pasa


def _otra_peticion(uow: Uow, carta: Carta, documento: Documento) -> None:
    """The letter was asked for with this signature; the one to come asks for it by the same key."""
    pedida = uow.session.scalar(select(Outbox).where(Outbox.clave == f"carta:{carta.id}"))
    if pedida is not None:
        pedida.clave = f"{pedida.clave}:{documento.id}"[:80]


def _padron(uow: Uow, documento: Documento, slug: str) -> Vuelta:
    if documento.tipo != padron_archivo.TIPO:
        return
    subio = select(Bitacora.usuario_id).where(
        Bitacora.noun == "documento", Bitacora.objeto_id == documento.id, Bitacora.accion == "subir_padron"
    )
    personas = uow.session.scalars(select(Usuario).where(Usuario.id.in_(subio)))
    yield from _a_personas(
        list(personas), f"/{slug}/coordinador/alumnos/padron", "No se importó ningún alumno de ese archivo."
    )


# ---- The dossier of a dependencia ----------------------------------------------------------------


def revisar_dossier(archivo_id: int, *, now: datetime) -> None:
    """Scan a paper of a dossier again; the escuela in scope is the one that asked. Safe to run twice."""
    archivo = _pendiente(DossierDocumento, archivo_id)
    if archivo is not None:
        analisis = _analizar(archivo)
        with unit_of_work(now) as uow:
            _anotar(uow, uow.lock_id(DossierDocumento, archivo_id), analisis)
    found = db.session.get(DossierDocumento, archivo_id)
    if found is None or found.analisis != INFECTADO:
        return
    for escuela_id in dossier.escuelas_de(db.session(), found.dependencia_id):
        with escuela_scope(escuela_id), unit_of_work(now) as uow:
            _devolver_papel(uow, archivo_id)


def _devolver_papel(uow: Uow, archivo_id: int) -> None:
    """Each escuela refuses the paper, and writes to the dependencia."""
    archivo = uow.get(DossierDocumento, archivo_id)
    en_curso = select(ConvenioDocumento.id, ConvenioDocumento.convenio_id).where(
        ConvenioDocumento.dossier_documento_id == archivo_id,
        ConvenioDocumento.estado.in_(("pendiente", "aceptado")),
    )
    for documento_id, convenio_id in uow.session.execute(en_curso).all():
        convenio = uow.lock_id(Convenio, convenio_id)
        documento = uow.lock_id(ConvenioDocumento, documento_id)
        act(uow, documento, "devolver", SISTEMA_ACTOR, {"motivo": MOTIVO})
        documento.decidio = "Revisión de virus"
        que_pasa = "Ese documento quedó rechazado. En la solicitud de convenio puede subir otra copia."
        for para in convenios_avisos.a_la_dependencia(uow, convenio, {}):
            correos.escribir(uow, PLANTILLA, _con(para, archivo.nombre, que_pasa))
