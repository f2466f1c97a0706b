"""What a letter of each tipo may say: its placeholders with a description and a sample, its signers, its musts."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, Protocol


class Marcador(NamedTuple):
    """A placeholder: what it is, an example, and whether a letter may lack it (then it is None)."""

    descripcion: str
    muestra: Any
    opcional: bool = False


_ESCUELA = {
    "institucion": Marcador("Institución a la que pertenece la escuela", "Instituto Tecnológico de Ejemplo", True),
    "escuela_nombre": Marcador("Nombre completo de la escuela", "Escuela Superior de Ejemplo"),
    "subdireccion": Marcador("Subdirección de la que depende la oficina", "Subdirección de Servicios Educativos", True),
    "oficina": Marcador("Oficina que emite la carta", "Departamento de Extensión y Apoyos Educativos"),
    "domicilio_escuela": Marcador("Domicilio de la escuela", "Av. de los Ejemplos 100, Col. Centro, C.P. 06000, Ciudad de México", True),
    "escuela_contacto": Marcador("Teléfono y correo de la oficina", "Tel. 55 0000 0000 · servicio.social@escuela.test", True),
    "escuela_lema": Marcador("Lema de la institución, bajo «Atentamente»", "«Aprender para servir»", True),
    "escuela_color": Marcador("Color de la escuela, como #1f4e79", "#1f4e79", True),
    "responsable_nombre": Marcador("Persona titular de la oficina", "Mtra. Elena Robledo Casas"),
    "responsable_cargo": Marcador("Cargo de la persona titular de la oficina", "Jefa del Departamento de Extensión y Apoyos Educativos"),
    "lugar": Marcador("Lugar donde se firma", "Ciudad de México"),
    "fecha": Marcador("Fecha de la carta", date(2026, 11, 21)),
    "folio": Marcador("Folio de la carta", "ESC/2026/0042"),
}  # fmt: skip
_REGLAS = {
    "horas_requeridas": Marcador("Horas de servicio social que pide la escuela", 480, True),
    "meses_minimos": Marcador("Meses que dura como mínimo el servicio", 6, True),
    "meses_maximos": Marcador("Meses que dura como máximo el servicio", 24, True),
}
_ALUMNO = {
    "alumno_nombre": Marcador("Nombre completo del alumno", "Mariana Iturbe Solís"),
    "alumno_boleta": Marcador("Número de boleta o de control", "2021630001"),
    "boleta_rotulo": Marcador("Cómo llama la escuela a la boleta", "número de boleta", True),
    "carrera_rotulo": Marcador("Cómo llama la escuela a la carrera (palabra femenina)", "carrera", True),
    "alumno_genero": Marcador("Género, M o F como en el registro; vacío si no lo dice", "F", True),
    "carrera": Marcador("Carrera o especialidad", "Ingeniería en Sistemas Computacionales"),
    "semestre": Marcador("Semestre que cursa, en número", 8, True),
    "creditos_pct": Marcador("Porcentaje de créditos cubiertos", 78, True),
    **_REGLAS,
}
_DEPENDENCIA = {
    "dependencia_razon_social": Marcador("Razón social de la dependencia", "Biblioteca Pública del Norte, A.C."),
    "dependencia_area": Marcador("Área o unidad de la dependencia", "Coordinación de Acervos Digitales", True),
    "dependencia_rfc": Marcador("RFC de la dependencia", "BPN010203AB1", True),
    "dependencia_domicilio": Marcador("Domicilio de la dependencia", "Calle de los Libros 25, Col. Lectura, C.P. 07000, Ciudad de México", True),
    "dependencia_contacto": Marcador("Teléfono y correo de la dependencia", "Tel. 55 0000 0001 · contacto@biblioteca.test", True),
    "representante_nombre": Marcador("Representante de la dependencia", "Lic. Tomás Arriaga Peña"),
    "representante_cargo": Marcador("Cargo del representante", "Director General"),
}  # fmt: skip
_SERVICIO = {
    "proyecto_titulo": Marcador("Título del proyecto", "Digitalización del acervo histórico"),
    "actividades": Marcador(
        "Lista de actividades del proyecto",
        ("Digitalizar y describir documentos del acervo.", "Verificar la calidad de las imágenes.", "Apoyar la consulta en línea del catálogo."),
        True,
    ),
    "horario": Marcador("Horario del servicio", "Lunes a viernes de 9:00 a 13:00 horas"),
    "modalidad": Marcador("Modalidad: presencial, a distancia o mixta", "presencial", True),
    "lugar_servicio": Marcador("Lugar donde se presta el servicio", "Sala de Acervos, planta baja", True),
    "jefe_inmediato_nombre": Marcador("Jefe inmediato del prestador", "Ing. Rebeca Olmos Vidal", True),
    "jefe_inmediato_cargo": Marcador("Cargo del jefe inmediato", "Coordinadora de Acervos Digitales", True),
    "fecha_inicio": Marcador("Fecha de inicio del servicio", date(2026, 2, 16)),
    "fecha_termino": Marcador("Fecha de término del servicio", date(2026, 11, 16)),
    "numero_registro": Marcador("Número de registro del servicio", "21140/0002", True),
}  # fmt: skip
_HORAS = {
    "horas": Marcador("Horas de servicio acreditadas, en número", 480),
    "horas_en_letra": Marcador(
        "Las mismas horas con número y letra; se calcula sola", "480 (cuatrocientas ochenta) horas", True
    ),
}
_MOTIVO = {"motivo": Marcador("Motivo de la baja", "Cambio de residencia de la persona prestadora.")}
_CONVENIO = {
    "convenio_desde": Marcador("Inicio de la vigencia del convenio", date(2026, 12, 1)),
    "convenio_hasta": Marcador("Fin de la vigencia del convenio", date(2028, 11, 30)),
}
_RELACION = {
    "lista_numero": Marcador("Número de la lista de emisión", 15),
    "lista_total": Marcador("Cuántos alumnos lleva la lista", 2),
    "alumnos": Marcador(
        "Un renglón por alumno de la lista",
        (
            ("1", "2021630001", "Mariana Iturbe Solís", "I.S.C.", "Biblioteca Pública del Norte, A.C.",
             "16/02/2026", "16/11/2026", "mariana.iturbe@alumno.test", "21140/0002"),
            ("2", "2021630002", "Tomás Arriaga Peña", "I.S.C.", "Biblioteca Pública del Norte, A.C.",
             "16/02/2026", "16/11/2026", "tomas.arriaga@alumno.test", "21140/0003"),
        ),
    ),
}  # fmt: skip
_EVALUACION = {
    "criterios": Marcador(
        "Un renglón por criterio evaluado",
        (("Asistencia y puntualidad", "5 · Excelente"), ("Calidad del trabajo", "4 · Muy bien")),
    ),
    "promedio": Marcador("Promedio de la evaluación", "4.5"),
    "escala_maxima": Marcador("Valor más alto de la escala", 5),
    "comentarios": Marcador("Comentarios de quien evalúa", "Cumplió con lo encomendado.", True),
    "declaracion": Marcador(
        "Lo que declara quien evalúa", "Declaro que soy responsable directo del prestador."
    ),
}
# The columns of a placeholder that is a list of rows, in the order of its values, with their relative widths.
COLUMNAS: dict[str, dict[str, float]] = {
    "criterios": {"criterio": 3.0, "evaluacion": 1.2},
    "alumnos": {
        "numero": 0.45, "boleta": 1.15, "nombre": 2.1, "carrera": 0.95, "prestatario": 1.9, "inicio": 1.05,
        "termino": 1.05, "correo": 1.9, "numero_registro": 1.2,
    },
}  # fmt: skip


def _opcionales(marcadores: dict[str, Marcador]) -> dict[str, Marcador]:
    return {nombre: m._replace(opcional=True) for nombre, m in marcadores.items()}


_VINCULO = {**_ESCUELA, **_ALUMNO, **_DEPENDENCIA, **_SERVICIO}
CATALOGO: dict[str, dict[str, Marcador]] = {
    "presentacion": {**_ESCUELA, **_ALUMNO, **_DEPENDENCIA, **_opcionales(_SERVICIO)},
    "constancia_estudios": {**_ESCUELA, **_ALUMNO},
    "convenio": {**_ESCUELA, **_DEPENDENCIA, **_CONVENIO, **_REGLAS},
    "aceptacion": _VINCULO,
    "baja": {
        **_VINCULO,
        **_HORAS,
        **_MOTIVO,
        "fecha_baja": Marcador("Fecha desde la que surte efecto la baja", date(2026, 11, 20)),
    },
    "termino": {**_VINCULO, **_HORAS},
    "finalizacion": {**_VINCULO, **_HORAS},
    "relacion": {**_ESCUELA, **_RELACION},
    "evaluacion": {
        **_VINCULO, **_HORAS, **_EVALUACION, "horario": _SERVICIO["horario"]._replace(opcional=True),
    },
}  # fmt: skip
SIN_FOLIO = ("evaluacion",)
"""What is drawn like a letter and is none: without folio, code or edition of its own."""
TIPOS = tuple(tipo for tipo in CATALOGO if tipo not in SIN_FOLIO)

TITULOS = {
    "presentacion": "Carta de presentación",
    "constancia_estudios": "Constancia de estudios",
    "convenio": "Convenio de servicio social",
    "aceptacion": "Carta de aceptación",
    "baja": "Carta de baja",
    "termino": "Carta de término",
    "finalizacion": "Carta de finalización",
    "relacion": "Relación de servicio social",
    "evaluacion": "Evaluación de desempeño",
}

# The papeles that sign each tipo, in order.
FIRMANTES: dict[str, tuple[str, ...]] = {
    "presentacion": ("responsable",),
    "constancia_estudios": ("responsable",),
    "convenio": ("responsable", "representante"),
    "aceptacion": ("representante",),
    "baja": ("responsable",),
    "termino": ("jefe_inmediato", "gerente"),
    "finalizacion": ("responsable",),
    "relacion": ("responsable",),
    "evaluacion": ("responsable_directo",),
}

# The data of seed 000, annex two, that are text; the others (hoja membretada, firma, sello) are `membrete`, FIRMANTES
# and `sello`. A término template that does not print one of these is refused.
OBLIGATORIOS: dict[str, tuple[str, ...]] = {
    "termino": (
        "dependencia_razon_social", "fecha", "responsable_nombre", "responsable_cargo", "alumno_nombre",
        "alumno_boleta", "carrera", "fecha_inicio", "fecha_termino", "horario", "horas",
    ),
}  # fmt: skip
# What a letter says when nobody gives another value; a template's `valores` come first.
DERIVADOS = {"boleta_rotulo": "número de boleta", "carrera_rotulo": "carrera"}
# Printing the derived text prints the value.
EQUIVALENTES = {"horas": ("horas", "horas_en_letra")}


def muestras(tipo: str) -> dict[str, Any]:
    """The sample values of a tipo, as a letter would receive them: what is derived is left to be derived."""
    derivados = {*DERIVADOS, "horas_en_letra"}
    return {nombre: m.muestra for nombre, m in CATALOGO[tipo].items() if nombre not in derivados}


class Firma(Protocol):
    """A place in a letter where somebody signs, drawn or still to be drawn."""

    @property
    def nombre(self) -> str:
        """Who signs."""

    @property
    def cargo(self) -> str:
        """As what."""

    @property
    def papel(self) -> str:
        """In which of the places of FIRMANTES."""


def faltan_firmantes(tipo: str, firmas: Iterable[Firma]) -> list[str]:
    """Signers that a letter of that kind lacks, or their name or cargo, in words [seed 000, annex two, 10]."""
    presentes = {firma.papel: firma for firma in firmas}
    faltan = []
    for papel in FIRMANTES[tipo]:
        firma, nombre = presentes.get(papel), papel.replace("_", " ")
        if firma is None:
            faltan.append(f"firma de {nombre}")
        elif not (firma.nombre.strip() and firma.cargo.strip()):
            faltan.append(f"nombre y cargo de quien firma como {nombre}")
    return faltan
