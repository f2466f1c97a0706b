"""The words of the profile's editor: its sections, its fields, the choices of a field. A field without words of its
own is shown under its name."""

from __future__ import annotations

import re
from typing import NamedTuple


class Seccion(NamedTuple):
    """A page of the editor: which keys of the profile it holds, and whom a change in them reaches."""

    clave: str
    titulo: str
    pista: str
    claves: tuple[str, ...]
    alcance: str


_DESDE_HOY = "Se aplica desde que se publique, a todas las personas de la escuela."
_CARTAS = "Se aplica a las cartas que se generen después de publicar. Las que ya existen no cambian."
SECCIONES = (
    Seccion(
        "identidad", "Identidad", "Nombres, oficina, contacto, propósito, color y logotipo",
        ("nombre", "siglas", "institucion", "subdireccion", "oficina", "domicilio", "lugar", "correo", "telefono",
         "proposito", "color"),
        "Las páginas y los correos lo muestran desde que se publique; las cartas ya emitidas no cambian.",
    ),
    Seccion("carreras", "Carreras", "Lo que se estudia en la escuela y cómo lo nombran sus cartas", ("carreras",),
            "Los alumnos que ya están conservan su carrera; en los registros nuevos se eligen estas."),
    Seccion("firmantes", "Firmantes", "Quién firma por la escuela, y desde cuándo y hasta cuándo",
            ("firmantes", "destinatario_termino"), _CARTAS),
    Seccion("planes", "Planes y entregas", "Horas, plazos y cada paso: quién lo sube, quién lo revisa y qué lo abre",
            ("planes",), "Vale para los servicios que empiecen después; los que están en curso conservan su plan."),
    Seccion("calendario", "Calendario", "Días inhábiles propios, vacaciones y horario", ("calendario",),
            "Los plazos que se calculen después de publicar usan este calendario."),
    Seccion("vias", "Cómo se entra al servicio", "Por solicitud a un proyecto, por prerregistro o por ambas",
            ("vias", "prerregistro"), "Los servicios que ya empezaron siguen su camino."),
    Seccion("internos", "Prestatarios internos", "Los que llevan el plan de internos", ("prestatarios_internos",),
            "Cuenta para los servicios nuevos; los que ya empezaron conservan su plan."),
    Seccion("documentos", "Documentos y convenios", "Lo que se pide a una dependencia y con una solicitud",
            ("documentos_dependencia", "documentos_solicitud", "convenio"),
            "Se pide en las solicitudes nuevas; nada de lo aceptado se vuelve a pedir."),
    Seccion("alumnos", "Alumnos y acceso", "Boleta, registro, semestres y cómo se ingresa",
            ("boleta", "autorregistro", "semestres", "acceso"), _DESDE_HOY),
    Seccion("zonas", "Zonas", "Con ellas los alumnos buscan proyectos cerca", ("zonas",),
            "Los proyectos publicados conservan su zona."),
    Seccion("motivos", "Motivos listos", "Las frases con que la oficina rechaza; quien revisa puede cambiarlas",
            ("motivos",), "Los ve quien revise después de publicar; lo ya dicho no cambia."),
    Seccion("revision", "Revisión y evaluación", "Reparto del trabajo y criterios de la evaluación de desempeño",
            ("revision", "evaluacion"), "Se aplica a lo que se revise después de publicar."),
    Seccion("recordatorios", "Recordatorios", "Cuándo se le recuerda a cada quien lo que tiene pendiente",
            ("recordatorios",), _DESDE_HOY),
    Seccion("limites", "Límites de archivos", "Cuánto puede pesar lo que se sube", ("limites",), _DESDE_HOY),
    Seccion("cartas", "Folios y firmas de cartas", "Cómo se numera cada carta y quién la firma", ("cartas",), _CARTAS),
    Seccion("correos", "Textos de correos", "Las palabras de la escuela en lugar de las del portal", ("correos",),
            "Los correos que se escriban después de publicar llevan estos textos."),
)  # fmt: skip
OTROS = ("otros", "Otros ajustes", "Lo demás que la escuela decide", _DESDE_HOY)

# Path of a field (or only its last part) -> (label, help)
ROTULOS: dict[str, tuple[str, str]] = {
    "nombre": ("Nombre", ""),
    "clave": ("Clave", "Minúsculas, números y guion bajo. Si la deja vacía, sale del nombre."),
    "siglas": ("Siglas", ""),
    "ayuda": ("Explicación", "Lo que lee quien lo llena."),
    "desde": ("Desde", ""),
    "hasta": ("Hasta", ""),
    "institucion": ("Institución", "A la que pertenece la escuela."),
    "subdireccion": ("Subdirección", "De la que depende la oficina; puede quedar vacía."),
    "oficina": ("Oficina", "Como aparece en cartas y correos."),
    "domicilio": ("Domicilio", ""),
    "lugar": ("Ciudad de las cartas", "«Ciudad de México», antes de la fecha."),
    "correo": ("Correo de la oficina", ""),
    "telefono": ("Teléfono", "Con extensión, si la hay: 55 5555 0000, ext. 12."),
    "proposito": ("Propósito", "Lo primero que se lee en la página de la escuela."),
    "color": ("Color", "El texto blanco debe leerse sobre él: contraste de 4.5 a 1 o más."),
    "carreras.en_carta": ("En las cartas", "Si se nombra distinto: «Ingeniero en…»."),
    "firmantes": ("Firmantes", "Un cambio de titular es un renglón nuevo: el anterior se queda con su fecha de fin."),
    "firmantes.rol": ("Puesto que ocupa en el portal", "Como «direccion» o «jefatura»; el mismo para quien le sigue."),
    "firmantes.tratamiento": ("Tratamiento", "«Dra.», «Ing.», «Lic.»; puede quedar vacío."),
    "firmantes.cargo": ("Cargo", "Como se imprime bajo la firma."),
    "firmantes.genero": ("Género", "Para que las cartas concuerden."),
    "firmantes.desde": ("En el cargo desde", ""),
    "firmantes.hasta": ("En el cargo hasta", "Vacío mientras siga."),
    "destinatario_termino": ("A quién se dirige la carta de término", ""),
    "planes.aplica": ("Para quién es", ""),
    "planes.horas_totales": ("Horas en total", ""),
    "planes.meses_minimos": ("Meses, mínimo", ""),
    "planes.meses_maximos": ("Meses, máximo", ""),
    "planes.horas_dia_max": ("Horas al día, máximo", ""),
    "planes.horas_mes_max": ("Horas al mes, máximo", ""),
    "planes.creditos_minimos_pct": ("Créditos para empezar (%)", ""),
    "planes.dias_de_inicio": ("Días del mes en que se empieza", "Separados por comas: 1, 16."),
    "planes.constancia_dias_habiles": ("Días hábiles hasta la constancia", "Entre cuántos y cuántos: 40, 45."),
    "planes.entregas": ("Entregas, en orden", "Cada una se abre cuando se cumple lo que usted elija."),
    "planes.entregas.articulo": ("Artículo", "«el reporte», «la evaluación»."),
    "planes.entregas.tipo": ("Qué es", ""),
    "planes.entregas.sube": ("Quién la sube", ""),
    "planes.entregas.revisan": ("Quién la revisa", "Si son dos, primero la dependencia."),
    "planes.entregas.abre": ("Qué la abre", "Debe cumplirse todo lo marcado; sin marca, se abre desde el principio."),
    "planes.entregas.meta_horas": ("Horas acumuladas con ella", "Cero si no lleva horas."),
    "planes.entregas.pide_horas": ("El alumno escribe las horas del periodo", ""),
    "planes.entregas.requerida": ("Hace falta para terminar", ""),
    "planes.entregas.siss": ("También se carga en el SISS", ""),
    "planes.entregas.formas": ("De qué formas se entrega", ""),
    "planes.entregas.descripcion": ("En una frase", "Lo que el alumno lee en su plan."),
    "planes.entregas.instrucciones": ("Instrucciones", "Lo que el alumno lee al entregarla."),
    "planes.entregas.formato": ("Formato", "El nombre del formato oficial, si lo hay."),
    "planes.entregas.partes": ("Partes que se unen en un PDF", "En el orden en que quedan."),
    "planes.entregas.partes.origen": ("De dónde sale", "«sube», o «carta:termino» si sale del portal."),
    "planes.entregas.partes.alternativas": ("Otras que valen en su lugar", ""),
    "prestatarios_internos": ("Prestatarios internos", ""),
    "prestatarios_internos.alias": ("Otros nombres", "Uno por renglón."),
    "prestatarios_internos.rfc": ("RFC", "Opcional."),
    "vias": ("Por dónde se entra", ""),
    "prerregistro": ("Prerregistro", ""),
    "prerregistro.numero_registro": ("Número de registro", "Como 21140/{numero:04d}; con {anio} empieza cada año."),
    "prerregistro.instrucciones": ("Instrucciones para el alumno", ""),
    "prerregistro.dias_atras": ("Días que la fecha de inicio puede haber pasado", ""),
    "documentos_dependencia": ("A una dependencia, para su convenio", ""),
    "documentos_solicitud": ("A un alumno, con su solicitud", ""),
    "kind": ("Qué se acepta", ""),
    "imagenes_max": ("Fotos, máximo", ""),
    "requerido": ("Es obligatorio", ""),
    "emite_la_escuela": ("Se le puede pedir a la oficina", ""),
    "convenio": ("Vigencia de los convenios", ""),
    "convenio.meses": ("Meses que dura", ""),
    "convenio.avisos_dias": ("Avisa antes de que venza (días)", "Separados por comas: 60, 15."),
    "boleta": ("Boleta", ""),
    "boleta.patron": ("Forma", "Expresión regular: \\d{10} son diez dígitos."),
    "boleta.nombre": ("Cómo se llama", "«Boleta», «Número de control»."),
    "boleta.ejemplo": ("Ejemplo", ""),
    "autorregistro": ("Los alumnos se registran solos; la oficina los confirma", ""),
    "semestres": ("Semestres de las carreras", ""),
    "acceso": ("Ingreso", ""),
    "acceso.segundo_factor": ("Verificación en dos pasos de la oficina", ""),
    "acceso.oidc": ("Cuenta institucional", "Para entrar con la cuenta de la escuela (OpenID Connect)."),
    "acceso.oidc.emisor": ("Dirección del proveedor", ""),
    "acceso.oidc.cliente": ("Identificador del portal ante él", ""),
    "acceso.oidc.boton": ("Texto del botón", ""),
    "acceso.oidc.busca": ("Qué dice de la persona", ""),
    "acceso.oidc.reclamo": ("Dato que lo trae", ""),
    "acceso.oidc.alcance": ("Alcance", ""),
    "zonas": ("Zonas", ""),
    "carreras": ("Carreras", ""),
    "calendario.festivos": ("Días inhábiles propios", "Una fecha por renglón: 15/05/2026. Los oficiales ya cuentan."),
    "calendario.vacaciones": ("Vacaciones", "Los dos días cuentan como inhábiles."),
    "calendario.horario": ("Horario de servicio de costumbre", ""),
    "calendario.horario.dias": ("Días", ""),
    "revision": ("Reparto", ""),
    "revision.reparto": ("Cómo se reparten las entregas", ""),
    "revision.minutos_deshacer": ("Minutos para deshacer una decisión", "Su correo espera hasta entonces."),
    "evaluacion": ("Evaluación de desempeño", ""),
    "evaluacion.escala": ("Escala", "De menos a más, una palabra por renglón."),
    "evaluacion.criterios": ("Criterios", ""),
    "limites.documento_mb": ("Un documento (MB)", ""),
    "limites.expediente_mb": ("Un expediente (MB)", ""),
    "limites.foto_mb": ("Una foto (MB)", ""),
    "recordatorios": ("", ""),
    "recordatorios.activo": ("El portal envía recordatorios, a lo más uno al día por persona", ""),
    "recordatorios.dias_antes": ("Días hábiles antes de que venza", "Separados por comas: 5, 1."),
    "recordatorios.dias_despues": ("Días hábiles después", "Separados por comas: 1, 5, 10."),
    "recordatorios.por_revisar": ("A quien revisa se le avisa", ""),
    "circuito": ("Quiénes firman, si no es solo quien la emite", "El mismo turno firma a la vez."),
    "circuito.papel": ("Papel en la carta", "Como «responsable» o «gerente»."),
    "circuito.orden": ("Turno", ""),
    "circuito.rol": ("Quién ocupa ese lugar", ""),
    "codigo": ("Quien firma por enlace escribe además un código que le llega por correo", ""),
    "firmantes.correo": ("Correo", "Hace falta si firma con un enlace personal."),
    "folio": ("Folio", "Lleva {anio} y {numero}; puede llevar {prefijo}."),
    "prefijo": ("Prefijo", ""),
    "firma": ("La firma", ""),
    "planes": ("Planes", "Uno para todos, o uno para prestatarios internos y otro para externos."),
    "limites": ("Límites", ""), "calendario": ("", ""), "cartas": ("", ""), "motivos": ("", ""),
    "motivos.documento": ("Documento de una dependencia", ""), "motivos.convenio": ("Convenio", ""),
    "motivos.proyecto": ("Proyecto", ""), "motivos.solicitud": ("Solicitud", ""), "motivos.entrega": ("Entrega", ""),
    "motivos.expediente": ("Expediente de liberación", ""), "motivos.prerregistro": ("Prerregistro", ""),
    "motivos.alumno": ("Registro de un alumno", ""), "motivos.baja": ("Baja", ""), "motivos.tramite": ("Trámite", ""),
    "motivos.firma": ("Firma de una carta", ""),
    "motivos.evaluar": ("Petición de una evaluación", ""),
    "cartas.presentacion": ("Carta de presentación", ""), "cartas.convenio": ("Convenio", ""),
    "cartas.constancia_estudios": ("Constancia de estudios", ""), "cartas.aceptacion": ("Carta de aceptación", ""),
    "cartas.baja": ("Carta de baja", ""), "cartas.termino": ("Carta de término", ""),
    "cartas.finalizacion": ("Carta de finalización", ""), "cartas.relacion": ("Relación de una lista de emisión", ""),
    "cartas.reporte_alumnos": ("Reporte de alumnos en servicio", ""),
    "cartas.reporte_dependencias": ("Reporte de dependencias autorizadas", ""),
}  # fmt: skip

# Field -> words of its choices
OPCIONES: dict[str, dict[str, str]] = {
    "vias": {
        "solicitud": "Solicitud a un proyecto publicado", "prerregistro": "Prerregistro del alumno con su expediente",
    },
    "sube": {
        "alumno": "El alumno", "dependencia": "La dependencia", "coordinador": "La oficina",
        "sistema": "La emite el portal",
    },
    "revisan": {"dependencia": "La dependencia", "coordinador": "La oficina"},
    "tipo": {
        "reporte": "Reporte", "global": "Reporte global", "evaluacion": "Evaluación de desempeño",
        "carta_termino": "Carta de término", "expediente": "Expediente de liberación",
        "lista_emision": "Lista de emisión", "constancia": "Constancia de liberación",
    },
    "aplica": {"todos": "Todos los servicios", "internos": "Prestatarios internos", "externos": "Los demás"},
    "kind": {"pdf": "Un PDF", "imagen": "Una imagen", "pdf_o_imagenes": "Un PDF o fotos"},
    "genero": {"femenino": "Femenino", "masculino": "Masculino", "neutro": "Neutro"},
    "segundo_factor": {"opcional": "Quien quiera", "obligatorio": "Obligatoria"},
    "busca": {"correo": "Su correo", "boleta": "Su boleta"},
    "reparto": {"libre": "Cada quien toma la que sigue", "por_turno": "Por turno, entre quienes revisan"},
    "por_revisar": {"cada_uno": "Cada vez que llega una entrega", "diario": "Una vez al día, con todas"},
    "formas": {"pdf": "Un PDF firmado", "formulario": "Un formulario con enlace personal"},
    "dias": {
        "0": "Lunes", "1": "Martes", "2": "Miércoles", "3": "Jueves", "4": "Viernes", "5": "Sábado", "6": "Domingo",
    },
    "abre": {
        "anterior_aceptada": "La entrega anterior, aceptada", "anteriores_aceptadas": "Todas las anteriores, aceptadas",
        "horas_completas": "Las horas completas, aceptadas", "fecha_termino": "Que llegue la fecha de término",
        "numero_registro_visible": "Que tenga número de registro",
    },
}  # fmt: skip

# The words of a mail's name that are written otherwise
ACENTOS = {
    "contrasena": "contraseña", "emision": "emisión", "evaluacion": "evaluación", "invitacion": "invitación",
    "liberacion": "liberación", "numero": "número de", "tramite": "trámite",
}  # fmt: skip


LARGOS = frozenset(("proposito", "ayuda", "instrucciones", "descripcion", "cuerpo", "domicilio"))
OCULTOS = frozenset(("version", "slug"))  # counted or fixed by the portal
AMPLIAS = frozenset(("planes", "planes.entregas", "planes.entregas.partes", "firmantes", "documentos_dependencia",
                     "documentos_solicitud"))  # fmt: skip


def rotulo(ruta: str) -> tuple[str, str]:
    """(label, help) of the field at a path of names; a field that nobody named yet goes by its own name."""
    last = ruta.rpartition(".")[2]
    pair = ".".join(ruta.split(".")[-2:])
    known = ROTULOS.get(ruta) or ROTULOS.get(pair) or ROTULOS.get(last)
    return known if known is not None else (last.replace("_", " ").capitalize(), "")


def opcion(campo: str, valor: str) -> str:
    """The words of a choice of a field."""
    return OPCIONES.get(campo, {}).get(valor) or valor.replace("_", " ").capitalize()


def correo(plantilla: str) -> str:
    """A mail as the office calls it: "Trámite atendido"."""
    words = " ".join(ACENTOS.get(word, word) for word in plantilla.split("_"))
    return f"{words[:1].upper()}{words[1:]}"


def con_rotulos(frase: str) -> str:
    """A sentence that names the keys of the folder ("meta_horas"), with the labels that the editor shows for them."""

    def palabra(found: re.Match[str]) -> str:
        ruta = next((r for r in ROTULOS if r.rpartition(".")[2] == found[1]), "")
        return f"«{ROTULOS[ruta][0]}»" if ruta else found[0]

    return re.sub(r"\b([a-z]+(?:_[a-z]+)+)(?: = true)?\b", palabra, frase)
