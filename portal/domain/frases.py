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
    "solicitud.repetida": "Ya tienes una solicitud abierta para este proyecto.",
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
