"""Words for states and kinds, and the filters that pages share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Flask

from portal.domain.calendario import en_palabras, to_local
from portal.domain.contrasenas import CHECKLIST
from portal.domain.estadistica import en_cifra, semestre
from portal.files.refused import human_size
from portal.web.marcado import marcado

# (noun, estado) -> (words, tone); tones: gris, azul, verde, amarillo, rojo
ESTADOS: dict[tuple[str, str], tuple[str, str]] = {
    ("convenio", "borrador"): ("Sin enviar", "gris"),
    ("convenio", "enviado"): ("En revisión", "azul"),
    ("convenio", "observado"): ("Con observaciones", "rojo"),
    ("convenio", "autorizado"): ("Autorizado", "verde"),
    ("convenio", "vigente"): ("Vigente", "verde"),
    ("convenio", "vencido"): ("Vencido", "gris"),
    ("convenio", "rechazado"): ("Rechazado", "rojo"),
    ("convenio", "cancelado"): ("Cancelado", "gris"),
    ("convenio_documento", "pendiente"): ("En revisión", "azul"),
    ("convenio_documento", "aceptado"): ("Aceptado", "verde"),
    ("convenio_documento", "rechazado"): ("Rechazado", "rojo"),
    ("convenio_documento", "reemplazado"): ("Reemplazado", "gris"),
    ("proyecto", "borrador"): ("Borrador", "gris"),
    ("proyecto", "enviado"): ("En revisión", "azul"),
    ("proyecto", "publicado"): ("Publicado", "verde"),
    ("proyecto", "pausado"): ("En pausa", "amarillo"),
    ("proyecto", "cerrado"): ("Cerrado", "gris"),
    ("proyecto", "rechazado"): ("Rechazado", "rojo"),
    ("solicitud", "borrador"): ("Sin enviar", "gris"),
    ("solicitud", "enviada"): ("En revisión", "azul"),
    ("solicitud", "aceptada"): ("Aceptada", "verde"),
    ("solicitud", "rechazada"): ("Rechazada", "rojo"),
    ("solicitud", "retirada"): ("Retirada", "gris"),
    ("solicitud", "vencida"): ("Vencida", "gris"),
    ("servicio", "prerregistrado"): ("Prerregistrado", "azul"),
    ("servicio", "activo"): ("Activo", "verde"),
    ("servicio", "terminado"): ("Por finalizar", "amarillo"),
    ("servicio", "en_emision"): ("En emisión", "azul"),
    ("servicio", "liberado"): ("Liberado", "verde"),
    ("servicio", "rechazado"): ("Rechazado", "rojo"),
    ("servicio", "baja"): ("Baja", "gris"),
    ("entrega", "bloqueada"): ("Aún no disponible", "gris"),
    ("entrega", "habilitada"): ("Habilitada", "amarillo"),
    ("entrega", "en_revision"): ("En revisión", "azul"),
    ("entrega", "aceptada"): ("Aceptada", "verde"),
    ("entrega", "rechazada"): ("Rechazada", "rojo"),
    ("evaluacion", "pedida"): ("Pedida", "azul"),
    ("evaluacion", "firmada"): ("Firmada", "verde"),
    ("evaluacion", "entregada"): ("En revisión", "azul"),
    ("evaluacion", "rechazada"): ("No se hizo", "rojo"),
    ("evaluacion", "cancelada"): ("Cancelada", "gris"),
    ("carta", "generada"): ("En preparación", "azul"),
    ("carta", "firmada"): ("En firma", "azul"),
    ("carta", "emitida"): ("Emitida", "verde"),
    ("carta", "detenida"): ("Firma rechazada", "rojo"),
    ("carta", "revocada"): ("Revocada", "gris"),
    ("firma", "pendiente"): ("Por firmar", "amarillo"),
    ("firma", "por_confirmar"): ("Por cotejar", "azul"),
    ("firma", "firmada"): ("Firmada", "verde"),
    ("firma", "rechazada"): ("Rechazada", "rojo"),
    ("firma", "anulada"): ("Anulada", "gris"),
    ("baja", "pedida"): ("Pedida", "azul"),
    ("baja", "autorizada"): ("Autorizada", "verde"),
    ("baja", "negada"): ("Negada", "rojo"),
    ("baja", "retirada"): ("Retirada", "gris"),
    ("lista_emision", "emitida"): ("En espera", "azul"),
    ("lista_emision", "completa"): ("Completa", "verde"),
    ("lista_emision", "anulada"): ("Anulada", "gris"),
    ("tramite", "pedido"): ("Pedido", "azul"),
    ("tramite", "atendido"): ("Atendido", "verde"),
    ("tramite", "negado"): ("Negado", "rojo"),
    ("tramite", "retirado"): ("Retirado", "gris"),
    ("aviso", "borrador"): ("Borrador", "gris"),
    ("aviso", "publicado"): ("Publicado", "verde"),
    ("aviso", "retirado"): ("Retirado", "gris"),
    ("aviso", "reemplazado"): ("Reemplazado", "gris"),
    ("aviso", "archivado"): ("Terminó", "gris"),
    ("aviso", "descartado"): ("Descartado", "gris"),
    ("lote", "preparado"): ("Por enviar", "amarillo"),
    ("lote", "enviado"): ("Enviado", "verde"),
    ("lote", "descartado"): ("Descartado", "gris"),
    ("lista_liberacion", "borrador"): ("Sin publicar", "amarillo"),
    ("lista_liberacion", "publicada"): ("Publicada", "verde"),
    ("lista_liberacion", "retirada"): ("Retirada", "gris"),
    ("lista_liberacion", "descartada"): ("Descartada", "gris"),
    ("alumno", "invitado"): ("Invitado", "amarillo"),
    ("alumno", "por_confirmar"): ("Por confirmar", "azul"),
    ("alumno", "activo"): ("Activo", "verde"),
    ("alumno", "rechazado"): ("Rechazado", "rojo"),
}

CARTAS = {
    "presentacion": "Carta de presentación",
    "constancia_estudios": "Constancia de estudios",
    "convenio": "Convenio",
    "aceptacion": "Carta de aceptación",
    "baja": "Carta de baja",
    "termino": "Carta de término",
    "finalizacion": "Carta de finalización",
    "relacion": "Relación de lista de emisión",
}
TIPOS_ENTREGA = {
    "reporte": "Reportes",
    "global": "Reporte global",
    "evaluacion": "Evaluación de desempeño",
    "carta_termino": "Carta de término",
    "expediente": "Expediente de liberación",
}
MODALIDADES = {"presencial": "Presencial", "distancia": "A distancia", "mixta": "Mixta"}
SECTORES = {
    "publico": "Público",
    "privado": "Privado",
    "social": "Social",
    "educativo": "Educativo",
}
GENEROS = {"M": "Masculino", "F": "Femenino", "X": "Otro o prefiero no decirlo"}


def estado(noun: str, value: str) -> tuple[str, str]:
    """Words and tone of a state."""
    return ESTADOS.get((noun, value), (value.replace("_", " ").capitalize(), "gris"))


def fecha(value: date | datetime | None) -> str:
    """21 de noviembre de 2026, in the escuelas' time zone; an en dash for none."""
    if value is None:
        return "–"
    return en_palabras(to_local(value).date() if isinstance(value, datetime) else value)


def fecha_hora(value: datetime | None) -> str:
    """21 de noviembre de 2026, 14:05 h."""
    if value is None:
        return "–"
    local = to_local(value)
    return f"{en_palabras(local.date())}, {local:%H:%M} h"


def init_labels(app: Flask) -> None:
    """Make labels and date filters available to every template and macro."""
    app.jinja_env.filters.update(
        fecha=fecha,
        fecha_hora=fecha_hora,
        tamano=human_size,
        marcado=marcado,
        cifra=en_cifra,
        semestre=semestre,
    )
    known: dict[str, Any] = {
        "estado_de": estado,
        "MODALIDADES": MODALIDADES,
        "SECTORES": SECTORES,
        "GENEROS": GENEROS,
        "reglas_de_contrasena": CHECKLIST,
    }
    app.jinja_env.globals.update(known)
