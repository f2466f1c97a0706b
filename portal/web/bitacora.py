"""The bitácora in words: "Reporte de 180 horas aceptado" instead of entrega/aceptar."""

from __future__ import annotations

# noun -> (its name, feminine)
NOMBRES = {
    "alumno": ("Alumno", False),
    "aviso": ("Aviso", False),
    "baja": ("Baja", True),
    "carta": ("Carta", True),
    "convenio": ("Convenio", False),
    "convenio_documento": ("Documento", False),
    "documento": ("Documento", False),
    "entrega": ("Entrega", True),
    "evaluacion": ("Evaluación de desempeño", True),
    "firma": ("Firma", True),
    "lista_emision": ("Lista de emisión", True),
    "lista_liberacion": ("Lista de liberaciones", True),
    "lista_renglon": ("Constancia de liberación", True),
    "excepcion": ("Excepción", True),
    "lote": ("Lote", False),
    "plantilla_version": ("Plantilla de carta", True),
    "proyecto": ("Proyecto", False),
    "servicio": ("Servicio", False),
    "solicitud": ("Solicitud", True),
    "suplencia": ("Suplencia", True),
    "tanda": ("Tanda de cartas", True),
    "tanda_carta": ("Carta de una tanda", True),
    "tramite": ("Trámite", False),
}
# acción -> participle without its last letter
PARTICIPIOS = {
    "aceptar": "aceptad", "activar": "activad", "actualizar": "actualizad", "ajustar": "ajustad",
    "armar": "armad", "admitir": "admitid",
    "anular": "anulad", "atender": "atendid", "autorizar": "autorizad", "bloquear": "cerrad",
    "cambiar": "cambiad", "cancelar": "cancelad", "cerrar": "cerrad", "confirmar": "confirmad",
    "archivar": "archivad", "asignar": "asignad",
    "corregir": "corregid", "crear": "cread", "cumplir": "dad{} por cumplid", "descartar": "descartad",
    "detener": "detenid", "devolver": "devuelt", "emitir": "emitid", "enviar": "enviad", "finalizar": "liberad",
    "firmar": "firmad", "generar": "generad", "guardar": "guardad", "habilitar": "abiert", "iniciar": "iniciad",
    "nombrar": "nombrad",
    "invitar": "invitad", "negar": "negad", "pausar": "pausad", "pedir": "pedid", "presentar": "presentad",
    "publicar": "publicad", "reabrir": "reabiert", "reanudar": "reanudad", "rechazar": "rechazad",
    "reemplazar": "reemplazad", "reenviar": "reenviad", "registrar": "registrad", "retirar": "retirad",
    "revocar": "revocad", "terminar": "terminad", "vencer": "vencid",
}  # fmt: skip
FRASES = {
    ("tanda", "ordenar"): "Tanda de cartas pedida",
    ("tanda", "reintentar"): "Cartas de una tanda intentadas otra vez",
    ("tanda_carta", "excluir"): "Carta dejada fuera de una tanda",
    ("tanda_carta", "fallar"): "Carta de una tanda que no se pudo emitir",
    ("tanda_carta", "reintentar"): "Carta de una tanda intentada otra vez",
    ("firma", "entregar"): "Carta firmada en papel, por cotejar",
    ("firma", "subir"): "Carta firmada en papel subida por la oficina, por cotejar",
    ("firma", "confirmar"): "Firma en papel cotejada",
    ("firma", "regresar"): "Escaneo de una firma regresado",
    ("convenio", "avisar_fin"): "Aviso de que el convenio termina",
    ("convenio", "iniciar_renovacion"): "Renovación iniciada",
    ("convenio", "iniciar_solicitud"): "Solicitud de convenio iniciada",
    ("convenio", "observar"): "Solicitud de convenio devuelta con observaciones",
    ("convenio_documento", "deshacer"): "Dictamen retirado",
    ("entrega", "deshacer"): "Decisión deshecha",
    ("entrega", "marcar_siss"): "Entrega marcada como cargada en el SISS",
    ("evaluacion", "entregar"): "Evaluación de desempeño contestada y firmada",
    ("lista_liberacion", "cargar"): "Lista de liberaciones cargada",
    ("servicio", "retomar"): "Servicio otra vez activo: se deshizo la última decisión",
    ("dependencia", "cambiar_datos"): "Datos de la dependencia cambiados",
    ("dependencia", "invitar_persona"): "Persona invitada",
    ("dependencia", "quitar_persona"): "Acceso retirado",
    ("documento", "subir_padron"): "Padrón subido",
    ("escuela_perfil", "publicar"): "Versión nueva de la escuela publicada",
    ("miembro", "cambiar_permisos"): "Permisos cambiados",
    ("miembro", "invitar"): "Persona invitada a la oficina",
    ("miembro", "quitar"): "Persona retirada de la oficina",
    ("miembro", "reenviar"): "Invitación enviada otra vez",
    ("documento", "analizar"): "Archivo revisado contra virus",
    ("dossier_documento", "analizar"): "Archivo revisado contra virus",
    ("alumno", "quitar_foto"): "Fotografía quitada",
    ("proyecto", "adjuntar"): "Actividades adjuntadas",
    ("proyecto", "quitar_archivo"): "Actividades quitadas: no pasaron la revisión de virus",
    ("baja", "cambiar_dependencia"): "Cambio de dependencia decidido por la oficina",
    ("baja", "quitar_archivo"): "Documento quitado: no pasó la revisión de virus",
    ("solicitud", "adjuntar"): "Documento adjuntado a la solicitud",
    ("proyecto", "retomar"): "Proyecto regresado a borrador",
    ("servicio", "retroceder"): "Servicio otra vez por finalizar",
    ("servicio", "dar_baja"): "Servicio dado de baja",
    ("servicio", "registrar_numero"): "Número de registro asignado",
    ("servicio", "prerregistrar"): "Prerregistro enviado",
    ("servicio", "reenviar"): "Prerregistro corregido y enviado otra vez",
    ("servicio", "rechazar"): "Prerregistro rechazado",
    ("servicio", "exceptuar"): "Prerregistro aceptado por excepción",
    ("servicio", "anotar_registro"): "Datos de registro anotados",
    ("alumno", "admitir"): "Cuenta abierta con su prerregistro",
    ("alumno", "foto"): "Fotografía cambiada",
    ("alumno", "activar"): "Cuenta abierta",
    ("lista_emision", "completar"): "Lista de emisión completa: todos están liberados",
    ("lista_emision", "reabrir"): "Lista de emisión otra vez en espera",
    ("lista_emision", "sacar"): "Alumno sacado de la lista de emisión",
    ("servicio", "sacar"): "Sacado de la lista de emisión",
    ("servicio", "publicar"): "Liberado con una lista publicada",
    ("lista_renglon", "descargar"): "Constancia de liberación descargada por el alumno",
    ("servicio", "emitir"): "Incluido en una lista de emisión",
    ("servicio", "liberar"): "Constancia de liberación cargada: servicio liberado",
    ("servicio", "terminar"): "Plan completo: espera la finalización",
}
# acción -> what is said of a thing by its name
DICHOS = {
    "deshacer": "decisión deshecha",
    "marcar_siss": "marcada como cargada en el SISS",
    "quitar_siss": "sin la marca de cargada en el SISS",
}
TONOS = {"aceptar": "verde", "autorizar": "verde", "finalizar": "verde", "emitir": "verde", "confirmar": "verde",
         "liberar": "verde",
         "rechazar": "rojo", "negar": "rojo", "detener": "rojo", "enviar": "azul", "pedir": "azul"}  # fmt: skip


def hecho(noun: str, accion: str, nombre: str = "", *, turno: bool = False) -> str:
    """What was done, in words; `nombre` is the thing's own name, `turno`: accepted and passed to the next reviewer."""
    if (noun, accion) in FRASES:
        return FRASES[noun, accion]
    words, feminine = NOMBRES.get(noun, (noun.replace("_", " ").capitalize(), False))
    letter = "a" if feminine else "o"
    stem = PARTICIPIOS.get(accion)
    plain = DICHOS.get(accion) or accion.replace("_", " ")
    done = "validada" if turno else (stem.replace("{}", letter) + letter if stem else plain)
    return f"{nombre}: {done}" if nombre else f"{words} {done}"


def tono(accion: str) -> str:
    """The colour of a line of the history."""
    return TONOS.get(accion, "gris")
