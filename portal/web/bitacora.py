"""The bitácora in words: "Reporte de 180 horas aceptado" instead of entrega/aceptar."""

from __future__ import annotations

# noun -> (its name, feminine)
NOMBRES = {
    "alumno": ("Alumno", False),
    "baja": ("Baja", True),
    "carta": ("Carta", True),
    "convenio": ("Convenio", False),
    "convenio_documento": ("Documento", False),
    "documento": ("Documento", False),
    "entrega": ("Entrega", True),
    "firma": ("Firma", True),
    "proyecto": ("Proyecto", False),
    "servicio": ("Servicio", False),
    "solicitud": ("Solicitud", True),
    "tramite": ("Trámite", False),
}
# acción -> participle without its last letter
PARTICIPIOS = {
    "aceptar": "aceptad", "activar": "activad", "actualizar": "actualizad", "anular": "anulad", "atender": "atendid",
    "autorizar": "autorizad", "bloquear": "cerrad", "cancelar": "cancelad", "confirmar": "confirmad",
    "corregir": "corregid", "cumplir": "dad{} por cumplid", "detener": "detenid", "devolver": "devuelt",
    "emitir": "emitid", "enviar": "enviad", "finalizar": "liberad", "firmar": "firmad", "generar": "generad",
    "habilitar": "abiert", "iniciar": "iniciad", "invitar": "invitad", "negar": "negad", "pedir": "pedid",
    "publicar": "publicad", "reabrir": "reabiert", "rechazar": "rechazad", "registrar": "registrad",
    "reenviar": "reenviad", "retirar": "retirad", "revocar": "revocad", "terminar": "terminad", "vencer": "vencid",
}  # fmt: skip
FRASES = {
    ("servicio", "dar_baja"): "Servicio dado de baja",
    ("servicio", "registrar_numero"): "Número de registro asignado",
    ("alumno", "foto"): "Fotografía cambiada",
    ("alumno", "activar"): "Cuenta abierta",
    ("servicio", "terminar"): "Plan completo: espera la finalización",
}
TONOS = {"aceptar": "verde", "autorizar": "verde", "finalizar": "verde", "emitir": "verde", "confirmar": "verde",
         "rechazar": "rojo", "negar": "rojo", "detener": "rojo", "enviar": "azul", "pedir": "azul"}  # fmt: skip


def hecho(noun: str, accion: str, nombre: str = "", *, turno: bool = False) -> str:
    """What was done, in words; `nombre` is the thing's own name, `turno`: accepted and passed to the next reviewer."""
    if (noun, accion) in FRASES:
        return FRASES[noun, accion]
    words, feminine = NOMBRES.get(noun, (noun.replace("_", " ").capitalize(), False))
    letter = "a" if feminine else "o"
    stem = PARTICIPIOS.get(accion)
    done = (
        "validada" if turno else (stem.replace("{}", letter) + letter if stem else accion.replace("_", " "))
    )
    return f"{nombre}: {done}" if nombre else f"{words} {done}"


def tono(accion: str) -> str:
    """The colour of a line of the history."""
    return TONOS.get(accion, "gris")
