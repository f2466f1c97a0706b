"""Revisar prerregistros: the list with its columns, and one after another [seed 001, REVISAR EXPEDIENTES]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.prerregistros import AceptarForm, DatosRegistroForm
from portal.coordinador.views.expedientes import direccion
from portal.domain.alumno import palabras_de_busqueda
from portal.domain.machine import Refused, Stale
from portal.queries import prerregistros as queries
from portal.services import dictamenes, numeros
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.bitacora import hecho, tono
from portal.web.errors import sentence
from portal.web.labels import GENEROS
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Prerregistro, Servicio

SITUACIONES = {
    "por_revisar": "Por revisar",
    "rechazados": "Rechazados",
    "aceptados": "Aceptados",
    "sin_numero": "Sin número",
    "por_enviar": "Por enviar",
}
ORDENES = {
    "espera": "Quien más espera primero",
    "recientes": "Lo más reciente primero",
    "nombre": "Por nombre",
    "boleta": "Por boleta",
    "inicio": "Por fecha de inicio",
}
# heading of a column -> (order of a click on it, aria-sort while it is in force)
ORDENABLES = {"Boleta": ("boleta", "asc"), "Nombre": ("nombre", "asc"), "Inicio": ("inicio", "desc")}
CONSERVA = ("q", "situacion", "carrera", "plan", "orden")
COLUMNAS = (
    "Boleta", "Nombre", "Carrera", "Semestre", "Género", "Prestatario", "Inicio", "Término", "Correo", "Expediente",
    "Estatus", "Número", "Lista", "Fecha de envío",
)  # fmt: skip


def narrowed() -> dict[str, str]:
    """What the address narrows the list to, to be carried along."""
    return {name: request.args[name][:80] for name in CONSERVA if request.args.get(name)}


def filtro() -> queries.Filtro:
    """What the address narrows the list to; unknown values narrow nothing."""
    get = request.args.get
    situacion = get("situacion", "")
    return queries.Filtro(
        palabras_de_busqueda(get("q", "")),
        situacion if situacion in SITUACIONES else "",
        get("carrera", ""),
        get("plan", ""),
    )


@bp.get("/prerregistros")
@requires("coordinador", "expedientes")
def prerregistros() -> str:
    """One page of 50 prerregistros with all the columns of the office's list."""
    perfil, en_vigor = contexto.perfil(), filtro()
    asked = request.args.get("orden", "")
    orden = asked if asked in ORDENES else ("espera" if en_vigor.situacion == "por_revisar" else "recientes")
    cuentas = queries.cuentas(en_vigor)
    pagina = queries.lista(
        en_vigor, orden, despues=request.args.get("despues", ""), antes=request.args.get("antes", "")
    )
    return render_template(
        "coordinador/prerregistros.html",
        filas=pagina.filas,
        encabezados=[_encabezado(c, orden) for c in COLUMNAS],
        chips_lista=_chips(cuentas, en_vigor.situacion),
        cuentas=cuentas,
        total=cuentas[en_vigor.situacion],
        carreras={c.clave: c.siglas or c.nombre for c in perfil.carreras},
        nombres=[(c.clave, c.nombre) for c in perfil.carreras],
        planes=[(p.clave, p.nombre) for p in perfil.planes],
        generos=GENEROS,
        orden=orden,
        ordenes=ORDENES.items(),
        args=narrowed(),
        por_enviar=en_vigor.situacion == "por_enviar",
        anterior=direccion(antes=pagina.anterior) if pagina.anterior else "",
        siguiente=direccion(despues=pagina.siguiente) if pagina.siguiente else "",
        limpia=url_for(".prerregistros"),
    )


def _encabezado(columna: str, orden: str) -> Any:
    if columna not in ORDENABLES:
        return columna
    clave, sentido = ORDENABLES[columna]
    return {
        "texto": columna,
        "href": direccion(orden=clave),
        "orden": sentido if orden == clave else "",
    }


def _chips(cuentas: dict[str, int], elegida: str) -> list[dict[str, Any]]:
    return [
        {
            "texto": words,
            "href": direccion(situacion=clave),
            "activo": clave == elegida,
            "cuenta": cuentas[clave],
        }
        for clave, words in {"": "Todos", **SITUACIONES}.items()
    ]


@bp.get("/prerregistros/empezar")
@requires("coordinador", "expedientes")
def prerregistros_empezar() -> Any:
    """Open the oldest that waits."""
    primero = queries.primero(filtro())
    if primero is None:
        flash("No hay prerregistros por revisar.", "info")
        return redirect(url_for(".prerregistros", **narrowed()))
    return redirect(url_for(".prerregistro", public_id=primero, **narrowed()))


def _uno(public_id: str) -> queries.Uno:
    found = queries.por_id(public_id)
    if found is None:
        abort(404)
    g.seccion = "coordinador.prerregistros"
    return found


@bp.get("/prerregistros/<public_id>", endpoint="prerregistro")
@requires("coordinador", "expedientes")
def ver_prerregistro(public_id: str) -> Any:
    """The expediente beside its data: decide on it, or write what is known of its REGISTRO."""
    return _pagina(_uno(public_id))


def _pagina(
    uno: queries.Uno,
    *,
    form: Any = None,
    motivo: str = "",
    error: str = "",
    aviso: str = "",
) -> Any:
    servicio, pre = uno.servicio, uno.pre
    por_decidir = servicio.estado == "prerregistrado" and servicio.alumno.estado in queries.VISIBLES
    objecion = dictamenes.objecion(servicio, servicio.alumno, servicio.dependencia) if por_decidir else ""
    return render_template(
        "coordinador/prerregistro.html",
        servicio=servicio,
        pre=pre,
        form=form or _form(servicio, pre),
        por_decidir=por_decidir,
        objecion=objecion,
        hallazgos_lista=_hallazgos(pre, objecion),
        eventos=_eventos(servicio),
        vecinos=queries.vecinos(servicio, filtro()),
        args=narrowed(),
        propuesto=numeros.propuesto(contexto.now()),
        lote=uno.lote,
        carrera=contexto.perfil().carrera(servicio.alumno.carrera),
        plan=next((p.nombre for p in contexto.perfil().planes if p.clave == servicio.plan_clave), ""),
        genero=GENEROS.get(servicio.alumno.genero, ""),
        desde=edad(servicio.estado_desde),
        motivos=contexto.perfil().motivos_listos("prerregistro"),
        correo_antes=f"Hola, {servicio.alumno.nombre}: Tu escuela revisó tu expediente de registro y no lo aceptó "
        "por esta razón:",
        correo_despues=f"Atentamente: {current_actor().nombre}",
        motivo=motivo,
        error=error,
        aviso=aviso,
    ), (422 if error or aviso or (form is not None and form.errors) else 200)


def _form(servicio: Servicio, pre: Prerregistro) -> Any:
    """The REGISTRO as it stands; before the decision it is empty, and the next number only proposed."""
    values = {"numero": servicio.numero_registro or "", "lista": pre.lista, "fecha_envio": pre.fecha_envio}
    kind = AceptarForm if servicio.estado == "prerregistrado" else DatosRegistroForm
    return kind(formdata=None, data=values)


def _hallazgos(pre: Prerregistro, objecion: str) -> list[dict[str, Any]]:
    found = [*pre.documento.avisos, *((objecion,) if objecion else ())]
    if not found:
        return [{"texto": "Nada raro: el archivo se lee y las fechas son las del plan.", "bien": True}]
    return [{"texto": texto, "bien": False} for texto in found]


def _eventos(servicio: Servicio) -> list[dict[str, Any]]:
    """The history for the `linea` macro; each sending links to its own file."""
    lines = []
    for s in queries.historia(servicio):
        cuando = edad(s.fecha)
        href = url_for(".documento", public_id=s.documento.public_id, ver=1) if s.documento else ""
        lines.append(
            {
                "texto": hecho("servicio", s.accion),
                "tono": "azul" if s.accion in ("prerregistrar", "reenviar") else tono(s.accion),
                "quien": s.autor,
                "nota": s.motivo,
                "fecha": cuando.texto,
                "iso": cuando.iso,
                "completa": cuando.completa,
                "href": href,
            }
        )
    return lines


def _datos(form: Any) -> dictamenes.Registro:
    return dictamenes.Registro(form.numero.data or "", form.lista.data or "", form.fecha_envio.data)


@bp.post("/prerregistros/<public_id>/aceptar")
@requires("coordinador", "expedientes")
def prerregistro_aceptar(public_id: str) -> Any:
    """ACEPTADO, with what is known of the REGISTRO, and on to the next one."""
    uno, form = _uno(public_id), AceptarForm()
    vecinos, quien = queries.vecinos(uno.servicio, filtro()), uno.servicio.alumno.nombre_completo
    if not form.validate_on_submit():
        return _pagina(uno, form=form)
    try:
        dictamenes.aceptar(
            public_id,
            visto=request.args.get("visto", ""),
            datos=_datos(form),
            excepcion=form.excepcion.data or "",
            actor=current_actor(),
            now=contexto.now(),
        )
    except Stale as stale:
        return _ya_cambio(public_id, stale)
    except Refused as refused:
        return _con_rechazo(public_id, form, refused)
    return _siguiente(vecinos, f"Aceptó el expediente de {quien}.")


def _con_rechazo(public_id: str, form: Any, refused: Refused) -> Any:
    """The page again with everything typed, the refusal beside the field that it speaks of."""
    campo = {"servicio.registro_repetido": "numero", "prerregistro.con_objecion": "excepcion"}.get(
        refused.key
    )
    uno = _uno(public_id)
    if campo is not None and campo in form:
        form[campo].errors = [sentence(refused)]
        return _pagina(uno, form=form)
    return _pagina(uno, form=form, aviso=sentence(refused))


@bp.post("/prerregistros/<public_id>/rechazar")
@requires("coordinador", "expedientes")
def prerregistro_rechazar(public_id: str) -> Any:
    """RECHAZADO with a reason that the alumno reads with its author's name, and on to the next one."""
    servicio = _uno(public_id).servicio
    vecinos, quien = queries.vecinos(servicio, filtro()), servicio.alumno.nombre_completo
    motivo = request.form.get("motivo", "")
    try:
        dictamenes.rechazar(
            public_id,
            motivo=motivo,
            visto=request.args.get("visto", ""),
            actor=current_actor(),
            now=contexto.now(),
        )
    except Stale as stale:
        return _ya_cambio(public_id, stale)
    except Refused as refused:
        return _pagina(_uno(public_id), motivo=motivo, error=sentence(refused))
    return _siguiente(vecinos, f"Rechazó el expediente de {quien}. Ya le escribimos.")


def _ya_cambio(public_id: str, stale: Stale) -> Any:
    flash(sentence(stale), "error")
    return redirect(url_for(".prerregistro", public_id=public_id, **narrowed()))


def _siguiente(vecinos: queries.Vecinos, hizo: str) -> Any:
    flash(hizo, "exito")
    otro = vecinos.siguiente or vecinos.anterior
    if otro is None:
        flash(
            f"No queda ninguno por revisar{' con este filtro' if narrowed().keys() - {'orden'} else ''}.",
            "info",
        )
        return redirect(url_for(".prerregistros", **narrowed()))
    return redirect(url_for(".prerregistro", public_id=otro, **narrowed()))


@bp.post("/prerregistros/<public_id>/registro")
@requires("coordinador", "expedientes")
def prerregistro_anotar(public_id: str) -> Any:
    """Write número, lista and fecha de envío of an accepted expediente."""
    uno, form = _uno(public_id), DatosRegistroForm()
    quien = uno.servicio.alumno.nombre_completo
    if not form.validate_on_submit():
        return _pagina(uno, form=form)
    try:
        dictamenes.anotar(public_id, _datos(form), actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _con_rechazo(public_id, form, refused)
    flash(f"El registro de {quien} quedó guardado.", "exito")
    return redirect(url_for(".prerregistro", public_id=public_id, **narrowed()))
