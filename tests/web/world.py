"""One of everything in an escuela, and everybody who might ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from portal.letters.catalogo import COLUMNAS
from portal.models import (
    Alumno,
    Aviso,
    AvisoArchivo,
    Baja,
    Carta,
    Constancia,
    ConstanciaArchivo,
    ConstanciaLote,
    Convenio,
    ConvenioDocumento,
    Correo,
    Dependencia,
    Documento,
    DossierDocumento,
    Entrega,
    Escuela,
    Excepcion,
    Firma,
    Huella,
    ListaEmision,
    ListaLiberacion,
    ListaRenglon,
    Lote,
    LoteServicio,
    Prerregistro,
    Proyecto,
    Servicio,
    Solicitud,
    Tanda,
    TandaCarta,
    Tramite,
    Usuario,
)
from portal.services import escuelas, runtime
from portal.services.uow import Uow, unit_of_work
from tenants.ids import new_id
from tenants.scope import escuela_scope
from tests import factories

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n"
)


@dataclass
class World:
    """Public ids by noun, and the usuario_id of each person (None: nobody signed in)."""

    escuela: Escuela
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, int | None] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)


def build(escuela: Escuela, foreign: Escuela, now: datetime) -> World:
    """A dependencia with a convenio, an alumno in service, and one thing of each noun between them."""
    world = World(escuela)
    host, host_user = factories.dependencia(now)
    convenio = factories.convenio(escuela, host, now)
    proyecto = factories.proyecto(escuela, convenio, now)
    alumno = factories.alumno(escuela, now)
    _people(world, escuela, foreign, alumno, host_user, now)
    with escuela_scope(escuela.id):
        _things(world, host, convenio, proyecto, alumno, now)
    world.ids |= {"alumno": alumno.public_id, "proyecto": proyecto.public_id, "convenio": convenio.public_id,
                  "dependencia": host.public_id}  # fmt: skip
    return world


def _people(
    world: World, escuela: Escuela, foreign: Escuela, alumno: Alumno, host: Usuario, now: datetime
) -> None:
    other_host, other_user = factories.dependencia(now)
    coordinador = factories.coordinador(escuela, now)
    world.ids["miembro"] = coordinador.public_id
    factories.convenio(escuela, other_host, now)
    world.people = {
        "nadie": None,
        "alumno": alumno.usuario_id,
        "otro_alumno": factories.alumno(escuela, now).usuario_id,
        "alumno_ajeno": factories.alumno(foreign, now).usuario_id,
        "dependencia": host.id,
        "otra_dependencia": other_user.id,
        "coordinador": coordinador.id,
        "coordinador_sin_permiso": factories.coordinador(escuela, now, "ninguno").id,
        "coordinador_ajeno": factories.coordinador(foreign, now).id,
    }


def _things(
    world: World, host: Dependencia, convenio: Convenio, proyecto: Proyecto, alumno: Alumno, now: datetime
) -> None:
    plan = escuelas.perfil().planes[0]
    own = {"alumno_id": alumno.id, "dependencia_id": host.id}
    hoy = now.date()
    with unit_of_work(now) as uow:
        documento = _documento(uow, world, alumno, host)
        _dossier(uow, world, convenio, host)
        solicitud = uow.add(Solicitud(**own, proyecto_id=proyecto.id, estado="enviada",
                                      presentacion_documento_id=documento.id,
                                      constancia_documento_id=documento.id))  # fmt: skip
        servicio = uow.add(Servicio(**own, proyecto_id=proyecto.id, solicitud_id=solicitud.id, estado="activo",
                                    perfil_version=1, plan_clave=plan.clave, inicio=hoy - timedelta(days=100),
                                    termino=hoy + timedelta(days=100), horas_plan=plan.horas_totales))  # fmt: skip
        entregas = [_entrega(uow, servicio, e, n, documento) for n, e in enumerate(plan.entregas, 1)]
        baja = uow.add(Baja(**own, servicio_id=servicio.id, justificacion="Cambio de residencia.", fecha=hoy))
        tramite = uow.add(Tramite(tipo="presentacion", alumno_id=alumno.id, solicitud_id=solicitud.id,
                                  proyecto_id=proyecto.id))  # fmt: skip
        carta, firma = _carta(uow, world, alumno, host, servicio, documento)
        _lista(uow, world, alumno, servicio, documento)
        correo = uow.add(Correo(message_id=f"<{alumno.public_id}@prueba.test>", plantilla="tramite_atendido",
                                para=alumno.correo, usuario_id=alumno.usuario_id, asunto="Prueba", enviado=now,
                                contexto={"nombre": "Ximena", "documento": "Constancia", "para_solicitud": False,
                                          "atentamente": "", "ruta": ""}))  # fmt: skip
        world.rows = {"solicitud": solicitud, "servicio": servicio, "entrega": entregas[0], "baja": baja,
                      "tramite": tramite, "carta": carta, "firma": firma, "documento": documento,
                      "correo": correo}  # fmt: skip
        por_armar = next((e for e in entregas if e.tipo == "expediente"), entregas[0])
        tanda, lote = _tanda(uow, tramite, carta, documento), _lote(uow, servicio, documento)
        world.rows |= {"por_armar": por_armar, "abierta": entregas[1], "lote": lote, "tanda": tanda}
        world.rows |= _aviso(uow, documento)
        world.rows |= _excepcion(uow, alumno) | {"lista_liberacion": uow.add(_publicada(hoy))}
        world.ids |= {"codigo": carta.codigo, **{noun: row.public_id for noun, row in world.rows.items()}}


def _entrega(uow: Uow, servicio: Servicio, e: Any, n: int, documento: Documento) -> Entrega:
    """A step of the plan; the first one waits for its reviewer, the second for its alumno."""
    primera, estado = n == 1, {1: "en_revision", 2: "habilitada"}.get(n, "bloqueada")
    return uow.add(Entrega(alumno_id=servicio.alumno_id, dependencia_id=servicio.dependencia_id,
                           servicio_id=servicio.id, clave=e.clave, nombre=e.nombre, tipo=e.tipo, orden=n,
                           revisan=list(e.revisan), pide_horas=e.pide_horas, meta_horas=e.meta_horas or None,
                           estado=estado, horas=180 if primera else 0,
                           documento_id=documento.id if primera else None,
                           revisor_en_turno=e.revisan[0] if primera and e.revisan else None))  # fmt: skip


def _publicada(fecha: date) -> ListaLiberacion:
    """A list of liberaciones that nobody published yet."""
    return ListaLiberacion(numero="1", fecha=fecha)


def _lote(uow: Uow, servicio: Servicio, documento: Documento) -> Lote:
    """A batch with one expediente in it."""
    uow.add(Prerregistro(servicio_id=servicio.id, documento_id=documento.id))
    lote = uow.add(Lote(tipo="prerregistro", numero=1, cuantos=1, armo="Coordinadora de Prueba"))
    uow.add(LoteServicio(lote_id=lote.id, tipo=lote.tipo, orden=1, servicio_id=servicio.id,
                         documento_id=documento.id))  # fmt: skip
    return lote


def _aviso(uow: Uow, documento: Documento) -> dict[str, Any]:
    """One that everybody sees, with a format."""
    numero = new_id()
    aviso = uow.add(Aviso(id=numero, serie=numero, titulo="Formatos nuevos", texto="Ya hay **formatos** nuevos.",
                          para="todos", publico=True, carreras=[], planes=[], desde=documento.creado.date(),
                          autor="Coordinadora de Prueba", estado="publicado"))  # fmt: skip
    archivo = uow.add(AvisoArchivo(aviso_id=aviso.id, documento_id=documento.id, orden=1))
    return {"aviso": aviso, "aviso_archivo": archivo}


def _tanda(uow: Uow, tramite: Tramite, carta: Carta, documento: Documento) -> Tanda:
    """A tanda of one issued letter, with its PDF for printing."""
    tanda = uow.add(Tanda(clase="tramites", clave="prueba", autor="Coordinadora de Prueba", datos={}, total=1,
                          repartidas=1, impresion_documento_id=documento.id, impresion_cartas=1))  # fmt: skip
    uow.add(TandaCarta(tanda_id=tanda.id, orden=1, nombre="Prueba", boleta="1", estado="hecha", tramite_id=tramite.id,
                       carta_id=carta.id))  # fmt: skip
    return tanda


def _excepcion(uow: Uow, alumno: Alumno) -> dict[str, Any]:
    """What the office allowed the alumno for a servicio to come."""
    given = {"valor": "2026-08-10", "motivo": "Se reincorpora.", "autor": "Coordinadora de Prueba"}
    return {"excepcion": uow.add(Excepcion(alumno_id=alumno.id, regla="inicio", **given))}


def _lista(uow: Uow, world: World, alumno: Alumno, servicio: Servicio, documento: Documento) -> None:
    """A lista with one row whose constancia came, and a file of a lote that waits to be confirmed."""
    hoy = documento.creado.date()
    lista = uow.add(
        ListaEmision(numero=1, fecha=hoy, desde=hoy, hasta=hoy, total=1, llegadas=1, emitio="Prueba")
    )
    own = {"alumno_id": alumno.id, "servicio_id": servicio.id}
    datos = dict.fromkeys(COLUMNAS["alumnos"], "x")
    renglon = uow.add(ListaRenglon(**own, lista_id=lista.id, orden=1, boleta=alumno.boleta,
                                   nombre=alumno.nombre_de_lista, datos=datos))  # fmt: skip
    uow.add(Constancia(**own, renglon_id=renglon.id, version=1, vigente=True, documento_id=documento.id))
    lote = uow.add(ConstanciaLote(autor="Prueba", vence=documento.creado + timedelta(days=7)))
    archivo = uow.add(ConstanciaArchivo(
        lote_id=lote.id, nombre="constancia.pdf", lectura="leido", almacen="folder", clave=documento.clave,
        mime=documento.mime, bytes=documento.bytes, sha256=documento.sha256, analisis="sin_analisis", avisos=[],
        dudas=[], renglon_id=renglon.id,
    ))  # fmt: skip
    world.ids |= {"lista_emision": lista.public_id, "lista_renglon": renglon.public_id,
                  "constancia_lote": lote.public_id, "constancia_archivo": archivo.public_id}  # fmt: skip


def _documento(uow: Uow, world: World, alumno: Alumno, host: Dependencia) -> Documento:
    import io

    key = f"escuela/{world.escuela.id}/{alumno.public_id}.pdf".replace("/-", "/x").replace("/_", "/x")
    stored = runtime.current().backends.storage.put(
        key, io.BytesIO(PDF), size=len(PDF), content_type="application/pdf"
    )
    return uow.add(Documento(tipo="prueba", alumno_id=alumno.id, dependencia_id=host.id, almacen="folder", clave=key,
                             nombre="prueba.pdf", mime="application/pdf", bytes=len(PDF), sha256=stored.sha256,
                             avisos=[]))  # fmt: skip


def _dossier(uow: Uow, world: World, convenio: Convenio, host: Dependencia) -> None:
    import io

    key = f"dependencia/{host.id}/ine.pdf"
    stored = runtime.current().backends.storage.put(
        key, io.BytesIO(PDF), size=len(PDF), content_type="application/pdf"
    )
    paper = uow.add(DossierDocumento(dependencia_id=host.id, tipo="ine", almacen="folder", clave=key, nombre="ine.pdf",
                                     mime="application/pdf", bytes=len(PDF), sha256=stored.sha256, avisos=[],
                                     leido={}))  # fmt: skip
    verdict = uow.add(ConvenioDocumento(convenio_id=convenio.id, dependencia_id=host.id, tipo="ine",
                                        dossier_documento_id=paper.id))  # fmt: skip
    world.ids |= {"dossier_documento": paper.public_id, "convenio_documento": verdict.public_id}


def _carta(
    uow: Uow, world: World, alumno: Alumno, host: Dependencia, servicio: Servicio, documento: Documento
) -> tuple[Carta, Firma]:
    code = f"PRUE-BA22-{alumno.public_id[:4].upper()}"
    carta = uow.add(Carta(tipo="termino", folio="PRUEBA/2026/9001", anio=2026, numero=9001, codigo=code,
                          perfil_version=1, valores={}, titulo="Carta de término", alumno_id=alumno.id,
                          servicio_id=servicio.id, dependencia_id=host.id, documento_id=documento.id,
                          estado="emitida", emitida=uow.now))  # fmt: skip
    uow.add(
        Huella(codigo=code, sha256=documento.sha256[:60] + alumno.public_id[:4], escuela_id=world.escuela.id)
    )
    firma = uow.add(Firma(carta_id=carta.id, orden=0, papel="jefe_inmediato", nombre="Julia Ejemplo", cargo="Jefa",
                          correo="jefa@ejemplo.test"))  # fmt: skip
    return carta, firma
