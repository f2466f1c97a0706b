"""The expediente of one servicio: who has the next step, its entregas, letters, documents, messages and history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import abort, g, render_template

from portal.coordinador import bp
from portal.coordinador.views import casillas
from portal.domain.access import EXPEDIENTES, REPORTES, TERMINOS
from portal.domain.calendario import to_local
from portal.domain.plan import next_step
from portal.domain.servicio import ABIERTOS
from portal.queries import emision, notas
from portal.queries import expedientes as queries
from portal.services import correos, escuelas, servicios
from portal.services.excepciones import en_frase
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.bitacora import hecho, tono
from portal.web.contexto import now
from portal.web.labels import CARTAS, estado
from portal.web.sesion import current_actor
from portal.web.siguiente import liga

DOCUMENTOS = {"foto": "Fotografía", **CARTAS}


@dataclass(frozen=True)
class Turno:
    """The next step of a servicio, who has it, and where the office goes if it is theirs."""

    titulo: str
    quien: str
    texto: str = ""
    boton: str = ""
    href: str = ""


@bp.get("/expedientes/<public_id>")
@requires("coordinador")
def expediente(public_id: str) -> Any:
    """Everything of one servicio."""
    g.seccion = "coordinador.expedientes"
    servicio = queries.servicio(public_id) or abort(404)
    entregas = queries.entregas(servicio.id)
    papeles = queries.papeles(servicio.alumno_id, servicio.id)
    sucesos = queries.historia(servicio.alumno_id, servicio.alumno.usuario_id, servicio_id=servicio.id)
    actor, perfil = current_actor(), escuelas.perfil(servicio.perfil_version)
    pide_numero = _pide_numero(servicio) and EXPEDIENTES in actor.permisos
    junto = notas.de_servicio(servicio)
    nombres = {e.id: e.nombre for e in entregas} | {p.id: CARTAS.get(p.tipo, "") for p in papeles}
    return render_template(
        "coordinador/expediente.html",
        servicio=servicio,
        alumno=servicio.alumno,
        carrera=perfil.carrera(servicio.alumno.carrera),
        plan=servicios.plan_de(servicio),
        turno=_turno(servicio, entregas, actor.permisos),
        entregas=casillas.de(entregas, REPORTES in actor.permisos),
        ve_entregas=REPORTES in actor.permisos,
        notas=junto,
        excepciones=[(e, en_frase(e)) for e in junto.permitidas],
        cambia=servicio.estado == "activo" and EXPEDIENTES in actor.permisos,
        foto=next((p.public_id for p in papeles if p.clase == "documento" and p.id == servicio.alumno.foto_id), ""),
        cartas=[_carta(p, papeles) for p in papeles if p.clase == "carta"],
        bajas=[p for p in papeles if p.clase == "baja"],
        versiones=versiones(papeles, entregas),
        en_revision=sum(e.horas for e in entregas if e.estado == "en_revision"),
        mensajes=[s for s in sucesos if s.clase == "correo"],
        eventos=eventos(sucesos, nombres),
        pide_numero=pide_numero,
        ve_listas=TERMINOS in actor.permisos,
        en_lista=emision.de_servicio(servicio.id) if servicio.emision else None,
        enlace_baja=lambda baja: liga("coordinador.baja", "coordinador.bajas", public_id=baja.public_id),
    )  # fmt: skip


@bp.get("/expedientes/<public_id>/mensajes/<mensaje_id>")
@requires("coordinador")
def expediente_mensaje(public_id: str, mensaje_id: str) -> Any:
    """One mail that was written to the alumno, as they read it."""
    g.seccion = "coordinador.expedientes"
    servicio = queries.servicio(public_id) or abort(404)
    correo = queries.correo(mensaje_id, servicio.alumno.usuario_id or 0) or abort(404)
    return render_template(
        "coordinador/expediente_mensaje.html",
        servicio=servicio,
        correo=correo,
        texto=correos.texto(correo, escuelas.actual()),
    )


def _pide_numero(servicio: Any) -> bool:
    """Whether this servicio has no number yet and its plan waits for one."""
    waits = any(
        c.tipo == "numero_registro_visible" for e in servicios.plan_de(servicio).entregas for c in e.abre
    )
    return waits and not servicio.numero_registro and servicio.estado in ABIERTOS


def _turno(servicio: Any, entregas: list[Any], permisos: frozenset[str]) -> Turno:
    """Who moves next."""
    if servicio.emision and servicio.estado in ("terminado", "en_emision"):
        return _turno_de_emision(servicio, permisos)
    if servicio.estado == "terminado":
        boton = "Verificar y emitir la carta de finalización" if "terminos" in permisos else ""
        href = liga(
            "coordinador.finalizacion_ver", "coordinador.finalizaciones", public_id=servicio.public_id
        )
        return Turno("Carta de finalización", "La oficina", "El plan está completo.", boton, href)
    if servicio.estado == "en_emision":
        return Turno("Carta de finalización", "Quien la firma", "El servicio se libera con la última firma.")
    if servicio.estado != "activo":
        return Turno(estado("servicio", servicio.estado)[0], "Nadie", servicio.motivo)
    plan = servicios.plan_de(servicio)
    paso = next_step(plan, servicios.situacion(servicio, entregas, to_local(now()).date()))
    if paso is None:
        return Turno("Plan completo", "Nadie")
    entrega = next(e for e in entregas if e.clave == paso.clave)
    host = servicio.dependencia.nombre_visible
    if paso.estado == "en_revision":
        if entrega.revisor_en_turno == "coordinador":
            boton = f"Revisar {paso.spec.en_frase}" if REPORTES in permisos else ""
            return Turno(paso.nombre, "La oficina", f"En revisión {edad(entrega.estado_desde).desde}.", boton,
                         liga("coordinador.entrega", "coordinador.entregas", public_id=entrega.public_id))  # fmt: skip
        return Turno(paso.nombre, host, f"En revisión {edad(entrega.estado_desde).desde}.")
    if paso.abierta:
        quien = {"alumno": "El alumno", "dependencia": host, "coordinador": "La oficina"}.get(
            paso.spec.sube, host
        )
        texto = (
            f"Rechazada: {entrega.motivo}" if paso.estado == "rechazada" else "Puede entregarlo desde ahora."
        )
        return Turno(paso.nombre, quien, texto)
    return Turno(paso.nombre, "Nadie por ahora", paso.por_que.para_otros if paso.por_que else "")


def _turno_de_emision(servicio: Any, permisos: frozenset[str]) -> Turno:
    if servicio.estado == "en_emision" and servicios.plan_de(servicio).publica:
        texto = "Se pidió con su lista de emisión; termina cuando se publica una lista con su boleta."
        return Turno("Lista de liberaciones", "Quien la publica", texto)
    if servicio.estado == "en_emision":
        return Turno(
            "Constancia de liberación",
            "Quien la emite",
            "Se pidió con su lista de emisión y se espera su llegada.",
        )
    boton = "Ver quién está listo" if TERMINOS in permisos else ""
    href = liga("coordinador.emision", "coordinador.expedientes")
    return Turno("Lista de emisión", "La oficina", "El plan está completo.", boton, href)


def _carta(papel: queries.Papel, papeles: Iterable[queries.Papel]) -> dict[str, Any]:
    archivo = next(
        (p.public_id for p in papeles if p.clase == "documento" and p.id == papel.documento_id), ""
    )
    return {
        "papel": papel,
        "nombre": CARTAS.get(papel.tipo, papel.tipo),
        "archivo": archivo,
        "href": liga("coordinador.carta", "coordinador.cartas", public_id=papel.public_id),
    }


def versiones(papeles: Iterable[queries.Papel], entregas: list[Any]) -> list[dict[str, Any]]:
    """The files by what they are, newest version first; generated letters and drafts stand elsewhere."""
    papeles = list(papeles)
    nombres = {p.documento_id: p.extra for p in papeles if p.clase == "version"}
    nombres |= {e.documento_id: e.nombre for e in entregas}
    borradores = {e.borrador_documento_id for e in entregas} - set(nombres)
    found: dict[str, list[queries.Papel]] = {}
    for p in papeles:
        if p.clase == "documento" and p.id not in borradores and not p.tipo.startswith("carta_"):
            nombre = nombres.get(p.id) or DOCUMENTOS.get(p.tipo) or p.tipo.replace("_", " ").capitalize()
            found.setdefault(nombre, []).append(p)
    return [{"nombre": nombre, "versiones": files} for nombre, files in found.items()]


def eventos(sucesos: Iterable[queries.Suceso], nombres: dict[int, str]) -> list[dict[str, str]]:
    """The history as lines: what was done, by whom, with which reason."""
    lines = []
    for s in sucesos:
        if s.clase != "hecho":
            continue
        hace = edad(s.fecha)
        turno = s.noun == "entrega" and s.accion == "aceptar" and s.despues == "en_revision"
        lines.append(
            {
                "texto": hecho(s.noun, s.accion, nombres.get(s.objeto_id, ""), turno=turno),
                "fecha": hace.texto,
                "iso": hace.iso,
                "completa": hace.completa,
                "quien": s.autor,
                "tono": tono(s.accion),
                "nota": s.motivo,
            }
        )
    return lines
