"""Who may open each route: the table that tests/web/test_routes.py holds the application against.

A route that is not here fails the test; so does one whose view admits others than its row says.
"""

from __future__ import annotations

# access -> endpoints. "coordinador:a|b" asks for one of these permissions.
ACCESS: dict[str, str] = {
    "alumno": """
        alumno.aviso alumno.aviso_archivo alumno.avisos
        alumno.cambiar_foto alumno.cambiar_telefono alumno.carta_pdf alumno.cartas alumno.constancia alumno.documento
        alumno.entrega alumno.entrega_enviada alumno.entrega_enviar alumno.entrega_revisar alumno.entrega_siss
        alumno.evaluacion_pedir alumno.evaluacion_reenviar alumno.termino_pedir
        alumno.entrega_subir
        alumno.expediente alumno.expediente_parte alumno.expediente_quitar alumno.expediente_subir
        alumno.expediente_unir
        alumno.inicio alumno.logo_dependencia alumno.mensaje alumno.mensajes alumno.papel alumno.papel_pedir
        alumno.papel_quitar alumno.papel_subir alumno.papel_usar alumno.perfil alumno.proyecto
        alumno.proyecto_actividades alumno.proyectos alumno.quitar_foto alumno.solicitud alumno.solicitud_enviar
        alumno.solicitud_nueva alumno.solicitud_retirada alumno.solicitud_retirar alumno.solicitudes
        alumno.tramite_pedir alumno.tramite_retirar alumno.tramites
    """,
    "coordinador": """
        coordinador.recordatorios coordinador.recordatorios_pausar
        coordinador.alumno coordinador.carta coordinador.carta_pdf coordinador.cartas coordinador.documento
        coordinador.expediente coordinador.expediente_mensaje coordinador.expedientes
        coordinador.expedientes_exportar coordinador.reportes coordinador.reportes_archivo coordinador.inicio
        coordinador.estadisticas coordinador.estadisticas_archivo coordinador.movimientos
        coordinador.movimientos_archivo
    """,
    "coordinador:convenios": """
        coordinador.autorizar_convenio coordinador.convenio coordinador.convenio_archivo coordinador.convenios
        coordinador.dictaminar_documento coordinador.observar_convenio coordinador.proyecto
        coordinador.proyecto_accion coordinador.proyectos coordinador.rechazar_convenio
        coordinador.terminar_convenio
    """,
    "coordinador:administracion": """
        coordinador.plantilla coordinador.plantilla_edicion coordinador.plantilla_ediciones
        coordinador.plantilla_guardar coordinador.plantilla_muestra coordinador.plantilla_restaurar
        coordinador.plantilla_vista coordinador.plantillas
        coordinador.administracion coordinador.administracion_cambios coordinador.administracion_correo
        coordinador.administracion_correo_guardar coordinador.administracion_correos
        coordinador.administracion_descartar coordinador.administracion_guardar coordinador.administracion_logo
        coordinador.administracion_logo_png coordinador.administracion_logo_subir
        coordinador.administracion_prueba coordinador.administracion_prueba_emitir
        coordinador.administracion_publicar coordinador.administracion_recuperar
        coordinador.administracion_revisada coordinador.administracion_seccion coordinador.administracion_version
        coordinador.administracion_versiones coordinador.equipo coordinador.equipo_accion
        coordinador.equipo_cambiar coordinador.equipo_invitar coordinador.equipo_nueva coordinador.equipo_persona
    """,
    "coordinador:convenios|expedientes|terminos": """
        coordinador.carta_firma_confirmar coordinador.carta_firma_papel coordinador.carta_firma_regresar
        coordinador.suplencia_cancelar
        coordinador.suplencia_nombrar coordinador.suplencias
        coordinador.carta_firma_reenviar coordinador.carta_reemplazar coordinador.carta_reintentar
        coordinador.carta_revocar
    """,
    "coordinador:expedientes|terminos": """
        coordinador.tanda coordinador.tanda_emitir coordinador.tanda_excluir coordinador.tanda_imprimir
        coordinador.tanda_nueva coordinador.tanda_pdf coordinador.tanda_reintentar coordinador.tanda_zip
        coordinador.tandas
    """,
    "coordinador:expedientes": """
        coordinador.cambio coordinador.cambio_decidir coordinador.excepcion_anular
        coordinador.excepcion_autorizar coordinador.excepciones
        coordinador.liberaciones coordinador.liberacion coordinador.liberacion_cargar coordinador.liberacion_lote
        coordinador.liberacion_publicar coordinador.liberacion_descartar coordinador.liberacion_retirar
        coordinador.alumno_confirmar coordinador.alumno_invitar coordinador.alumno_nuevo
        coordinador.alumno_rechazar coordinador.alumno_reinvitar coordinador.alumnos
        coordinador.alumnos_confirmar coordinador.baja coordinador.baja_autorizar coordinador.baja_negar
        coordinador.bajas coordinador.lote coordinador.lote_armar coordinador.lote_descartar coordinador.lote_enviar
        coordinador.lote_relacion coordinador.lote_zip coordinador.lotes coordinador.prerregistro
        coordinador.prerregistro_aceptar coordinador.prerregistro_anotar coordinador.prerregistro_rechazar
        coordinador.prerregistros coordinador.prerregistros_empezar
        coordinador.numero_registro coordinador.numero_registro_guardar coordinador.padron
        coordinador.padron_importar coordinador.padron_plantilla coordinador.padron_subir
        coordinador.padron_vista coordinador.tramite coordinador.tramite_emitir coordinador.tramite_foto
        coordinador.alumno_constancia coordinador.tramite_vista
        coordinador.tramite_negar coordinador.tramites
    """,
    "coordinador:reportes": """
        coordinador.alumno_entregas
        coordinador.entrega coordinador.entrega_aceptar coordinador.entrega_deshacer coordinador.entrega_rechazar
        coordinador.siss coordinador.siss_comparar coordinador.siss_conciliar coordinador.siss_exportar
        coordinador.entregas coordinador.entregas_asignar coordinador.entregas_empezar
    """,
    "coordinador:terminos": """
        coordinador.constancia coordinador.constancia_cargar coordinador.constancia_sacar
        coordinador.constancias coordinador.constancias_archivo
        coordinador.constancias_carga coordinador.constancias_decidir coordinador.constancias_subir
        coordinador.termino_emitir coordinador.terminos
        coordinador.emision coordinador.emision_generar coordinador.emision_lista coordinador.emision_nueva
        coordinador.emision_vista coordinador.emision_xlsx
        coordinador.finalizacion_devolver coordinador.finalizacion_ver coordinador.finalizacion_vista
        coordinador.finalizaciones
        coordinador.finalizar
    """,
    "cuenta": """
        publico.expediente publico.expediente_enviar
        acceso.aplicacion acceso.aplicacion_activar acceso.aplicacion_confirmar acceso.aplicacion_proponer
        acceso.aplicacion_quitada acceso.aplicacion_quitar acceso.cambiar_contrasena acceso.cambiar_nombre
        acceso.cerrar_demas acceso.cerrar_sesion acceso.codigos acceso.codigos_renovar acceso.cuenta
        acceso.escuelas acceso.llave_nueva acceso.llave_pedir acceso.llave_quitada acceso.llave_quitar
        acceso.llave_registrar acceso.seguridad
    """,
    "coordinador:administracion|convenios|expedientes": """
        coordinador.aviso coordinador.aviso_accion coordinador.aviso_archivo coordinador.aviso_crear
        coordinador.aviso_editar coordinador.aviso_guardar coordinador.aviso_lectores coordinador.aviso_nuevo
        coordinador.aviso_quitar coordinador.aviso_version coordinador.avisos
    """,
    "dependencia": """
        dependencia.aviso dependencia.aviso_archivo dependencia.avisos
        dependencia.recordatorios dependencia.recordatorios_pausar
        dependencia.archivo_dossier dependencia.baja dependencia.baja_nueva dependencia.baja_pedir
        dependencia.baja_retirar dependencia.bajas dependencia.cancelar_convenio dependencia.carta
        dependencia.carta_pdf dependencia.cartas dependencia.convenio dependencia.convenio_archivo
        dependencia.convenio_documento dependencia.convenio_subir dependencia.convenios dependencia.documento
        dependencia.entrega dependencia.entrega_aceptar dependencia.entrega_deshacer
        dependencia.entrega_rechazar dependencia.enviar_convenio
        dependencia.firma_cambiar dependencia.firma_reenviar dependencia.invitar_persona
        dependencia.pedir_convenio dependencia.perfil dependencia.perfil_datos dependencia.perfil_documento
        dependencia.perfil_guardar dependencia.perfil_persona dependencia.perfil_subir dependencia.prestador
        dependencia.prestadores dependencia.proyecto dependencia.proyecto_accion dependencia.proyecto_ajustado
        dependencia.proyecto_ajustar dependencia.proyecto_cerrado dependencia.proyecto_cerrar
        dependencia.proyecto_crear dependencia.proyecto_duplicar dependencia.proyecto_editar
        dependencia.proyecto_elegir dependencia.proyecto_guardar dependencia.proyecto_nuevo
        dependencia.proyecto_quitar_actividades dependencia.proyectos dependencia.quitar_persona
        dependencia.renovar_convenio dependencia.inicio dependencia.reportes dependencia.reportes_archivo
        dependencia.solicitar_convenio dependencia.solicitud
        dependencia.solicitud_aceptar dependencia.solicitud_documento dependencia.solicitud_rechazar
        dependencia.solicitudes dependencia.termino_generar dependencia.termino_nuevo
    """,
    "publico": """
        acceso.enlace acceso.ingresar acceso.ingresar_dependencia acceso.ingresar_dependencia_post
        acceso.ingresar_llave acceso.institucional acceso.institucional_regreso acceso.llave_opciones
        acceso.segundo acceso.segundo_llave acceso.segundo_post acceso.ingresar_post acceso.olvidada
        acceso.olvidada_dependencia acceso.olvidada_dependencia_post acceso.olvidada_post
        acceso.renovar_enlace acceso.salir acceso.usar_enlace publico.ayuda publico.correo publico.correo_html
        publico.liberaciones publico.liberacion_buscar
        publico.correo_mensaje publico.escuela publico.evaluar publico.evaluar_enviar publico.evaluar_nuevo
        publico.evaluar_rechazar publico.firmar publico.firmar_codigo publico.firmar_comprobar
        publico.firmar_efirma publico.firmar_enviar publico.firmar_papel publico.firmar_suplente
        publico.firmar_juntas publico.firmar_juntas_avance publico.firmar_juntas_enviar
        publico.firmar_juntas_imagen publico.firmar_juntas_pdf publico.firmar_juntas_sola
        publico.firmar_imagen publico.firmar_nuevo
        publico.firmar_pdf publico.firmar_rechazar publico.iniciar_convenio publico.inicio publico.logo
        publico.privacidad publico.registrar publico.aviso publico.aviso_archivo publico.registro
        publico.registro_estado publico.registro_reenviar publico.salud publico.vivo publico.metricas
        publico.seguimiento publico.seguimiento_archivo publico.seguimiento_cancelar publico.seguimiento_datos
        publico.seguimiento_documento publico.seguimiento_documentos publico.seguimiento_enviado
        publico.seguimiento_enviar publico.seguimiento_guardar publico.seguimiento_nuevo
        publico.seguimiento_revisar publico.seguimiento_subir publico.solicitar_convenio publico.verificar
        publico.verificar_archivo publico.verificar_codigo
    """,
}

ROUTES: dict[str, str] = {endpoint: access for access, names in ACCESS.items() for endpoint in names.split()}

# What every alumno of the escuela may see, whoever it belongs to.
SHARED = frozenset(
    {
        "alumno.aviso",
        "alumno.aviso_archivo",
        "dependencia.aviso",
        "dependencia.aviso_archivo",
        "alumno.proyecto",
        "alumno.proyecto_actividades",
        "alumno.solicitud_nueva",
        "alumno.logo_dependencia",
    }
)

# The segment before an id in an address -> the noun of tests/web/world.py.
SEGMENTS = {
    "alumnos": "alumno",
    "expedientes": "servicio",
    "prerregistros": "servicio",
    "lotes": "lote",
    "prestadores": "servicio",
    "finalizaciones": "servicio",
    "convenios": "convenio",
    "cartas": "carta",
    "documentos": "documento",
    "entregas": "entrega",
    "expediente": "por_armar",
    "bajas": "baja",
    "tramites": "tramite",
    "proyectos": "proyecto",
    "solicitudes": "solicitud",
    "dossier": "dossier_documento",
    "mensajes": "correo",
    "dependencias": "dependencia",
    "personas": "miembro",
    "firmas": "firma",
    "verificar": "codigo",
    "emision": "lista_emision",
    "renglones": "lista_renglon",
    "avisos": "aviso",
    "excepciones": "excepcion",
    "formatos": "aviso_archivo",
    "cargas": "constancia_lote",
    "archivos": "constancia_archivo",
    "tandas": "tanda",
    "liberaciones": "lista_liberacion",
}

# Other parts of an address, by parameter.
SAMPLES = {
    "carta_tipo": "presentacion",
    "clave": "carta_compromiso",
    "edicion": "0",
    "seccion": "planes",
    "lugar": "planes/0",
    "correo": "contrasena",
    "version": "1",
    "token": "x" * 43,
    "tipo": "ine",
    "parte": "domicilio",
    "paso": "datos",
    "mail_id": "a" * 32,
}
