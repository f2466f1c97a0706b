"""The sentences that a refused action shows, by key. {values} come from Refused.values."""

FRASES: dict[str, str] = {
    "accion.desconocida": "Esa acción no existe.",
    "accion.sin_permiso": "No tiene permiso para hacer esto.",
    "accion.ya_cambio": "Esto ya cambió mientras lo veía: ahora está «{estado}». Revise cómo quedó.",
    "motivo.corto": "Escriba el motivo con al menos 10 caracteres: quien lo reciba debe saber qué corregir.",
    "convenio.faltan_documentos": "Faltan documentos por subir.",
    "convenio.documentos_sin_aceptar": "Hay documentos sin aceptar. Acepte cada uno antes de autorizar.",
    "convenio.nada_que_observar": "No hay ningún documento rechazado que la dependencia deba corregir.",
    "convenio.faltan_correcciones": "Suba una nueva versión de cada documento rechazado antes de reenviar.",
    "convenio.rfc_ocupado": "Ya hay otra dependencia autorizada con este RFC. Pida que solicite el convenio desde su cuenta.",
    "proyecto.sin_convenio": "Se necesita un convenio vigente con la escuela.",
    "proyecto.incompleto": "Al proyecto le faltan datos. Complételo antes de enviarlo.",
    "proyecto.sin_cupo": "Este proyecto ya no tiene lugares.",
    "proyecto.no_publicado": "Este proyecto ya no recibe solicitudes.",
    "solicitud.faltan_documentos": "Faltan la carta de presentación o la constancia de estudios.",
    "solicitud.faltan_fechas": "Indique fecha de inicio, fecha de término y horario.",
    "solicitud.fechas_al_reves": "La fecha de término debe ser posterior a la de inicio.",
    "proyecto.con_prestadores": "Hay prestadores aceptados en este proyecto. Cópielo a un borrador nuevo para cambiarlo.",
    "proyecto.con_solicitudes": "Hay solicitudes sin responder. Respóndalas antes de regresar el proyecto a borrador.",
    "proyecto.cupo_menor": "El cupo no puede ser menor que los {ocupados} lugares ya ocupados.",
    "proyecto.no_editable": "Este proyecto ya no es un borrador. Regréselo a borrador o haga una copia.",
    "solicitud.repetida": "Ya tienes una solicitud abierta para este proyecto.",
    "solicitud.via_cerrada": "En tu escuela el servicio social no se pide por aquí: se registra con un prerregistro. Pregunta en la oficina.",
    "solicitud.con_servicio": "Ya tienes un servicio social, así que no puedes pedir otro.",
    "solicitud.otra_carrera": "Este proyecto no recibe alumnos de tu carrera.",
    "solicitud.ya_enviada": "Esta solicitud ya se envió: sus documentos no se pueden cambiar.",
    "solicitud.inicio_pasado": "La fecha de inicio ({fecha}) ya pasó.",
    "solicitud.inicio_invalido": "El servicio empieza el día {dias} del mes o, si es inhábil, el siguiente día hábil. "
    "Después de la fecha que escribió, la próxima es el {fecha}.",
    "tramite.repetido": "Ya lo pediste y la oficina todavía no lo atiende.",
    "tramite.sin_proyecto": "La carta de presentación va dirigida a una dependencia: pídela desde tu solicitud a un proyecto.",
    "alumno.con_servicio": "El alumno ya tiene un servicio en curso.",
    "alumno.sin_creditos": "Aún no se alcanza el porcentaje de créditos que pide la escuela.",
    "servicio.expediente_incompleto": "Al expediente todavía le falta algo. Revise la lista de lo que falta.",
    "servicio.registro_vacio": "Escriba el número de registro.",
    "servicio.registro_repetido": "Ese número de registro ya es de otro servicio de esta escuela.",
    "servicio.no_abierto": "Este servicio ya no está en curso.",
    "baja.ya_pedida": "Ya hay una baja pedida para este servicio. Espere la respuesta o retírela.",
    "baja.sin_justificacion": "Escriba la justificación con al menos 20 caracteres: la escuela decide con ella.",
    "baja.fecha": "La fecha de la baja debe estar entre el inicio del servicio y dentro de los próximos 60 días.",
    "entrega.sin_archivo": "Falta el archivo.",
    "entrega.faltan_horas": "Faltan las horas y el periodo del reporte.",
    "entrega.periodo_al_reves": "El periodo debe terminar el mismo día que empieza o después.",
    "entrega.ultimo_turno": "Ya no hay otra revisión después de esta.",
    "entrega.no_se_recibe": "Esta entrega ahora está {estado}, así que no recibe archivos.",
    "entrega.ya_revisada": "Alguien más la revisó mientras usted la veía: ahora está {estado}. No se cambió nada.",
    "entrega.otra_version": "El alumno envió una versión nueva mientras usted la veía. Revise la nueva antes de decidir.",
    "entrega.propia": "Nadie valida sus propias horas. Debe revisarla otra persona.",
    "entrega.falta_otro_revisor": "Falta la revisión de quien sigue.",
    "carta.faltan_firmas": "Faltan firmas para emitir esta carta.",
    "carta.faltan_datos": "No se puede generar la carta: falta {faltan}.",
    "carta.ya_existe": "Ya hay una carta de este tipo en curso. Revóquela antes de generar otra.",
    "firma.no_es_su_turno": "Todavía no es su turno: antes firma otra persona.",
    "firma.sin_declaracion": "Marque la declaración de que tiene facultades para firmar.",
    "firma.sin_imagen": "Dibuje su firma o suba una imagen de ella.",
    "enlace.usado": "Este enlace ya se usó.",
    "enlace.vencido": "Este enlace venció. Pida uno nuevo.",
}


def frase(key: str, **values: object) -> str:
    """The sentence of a key, filled; a key of the plan's table is a sentence of its own."""
    from portal.domain.plan import SENTENCES

    text = FRASES.get(key) or SENTENCES.get(key) or key
    return text.format(**values) if values else text
