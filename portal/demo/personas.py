"""Made-up people and organisations. No name, RFC, boleta, address or e-mail here is anybody's."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from portal.domain.identificadores import check_digit_rfc
from portal.domain.personas import sin_acentos

MUJERES = (
    "Abril", "Alondra", "Azucena", "Belinda", "Brisa", "Citlali", "Dafne", "Esmeralda", "Fátima", "Griselda", "Ileana",
    "Itzel", "Jimena", "Karina", "Lizbeth", "Marisol", "Nayeli", "Ofelia", "Paloma", "Quetzalli", "Regina", "Sofía",
    "Tania", "Úrsula", "Valeria", "Ximena", "Yaretzi", "Zoé",
)  # fmt: skip
HOMBRES = (
    "Adrián", "Bruno", "César", "Damián", "Efraín", "Fermín", "Gael", "Hilario", "Iker", "Joel", "Kevin", "Leonel",
    "Mauro", "Néstor", "Octavio", "Patricio", "Quirino", "Rodrigo", "Saúl", "Tadeo", "Ulises", "Valentín", "Wenceslao",
    "Yahir", "Zacarías",
)  # fmt: skip
APELLIDOS = (
    "Alcocer", "Barajas", "Cisneros", "Dorantes", "Elizalde", "Figueroa", "Galindo", "Huerta", "Iturbe", "Jaramillo",
    "Kuri", "Lozano", "Madrigal", "Navarrete", "Olvera", "Paredes", "Quiñones", "Rentería", "Salcedo", "Tejeda",
    "Urrutia", "Valdivia", "Wong", "Xolalpa", "Yáñez", "Zamudio", "Arriaga", "Bernal", "Casillas", "Duarte", "Espino",
    "Farías", "Gálvez", "Henríquez", "Ibáñez", "Junco", "Lemus", "Montaño", "Nájera", "Orduña",
)  # fmt: skip


@dataclass(frozen=True)
class Persona:
    """A person; `genero` is "F" or "M"."""

    nombre: str
    paterno: str
    materno: str
    genero: str

    @property
    def completo(self) -> str:
        """Given names first."""
        return f"{self.nombre} {self.paterno} {self.materno}"

    def correo(self, dominio: str, n: int = 0) -> str:
        """An address at a `.test` domain."""
        local = re.sub(r"[^a-z.]", "", sin_acentos(f"{self.nombre}.{self.paterno}").lower())
        return f"{local}{n or ''}@{dominio}"


def personas(azar: random.Random, cuantas: int) -> list[Persona]:
    """So many people, no two with the same full name."""
    found: dict[str, Persona] = {}
    while len(found) < cuantas:
        genero = azar.choice("FM")
        nombres = MUJERES if genero == "F" else HOMBRES
        nombre = azar.choice(nombres)
        if azar.random() < 0.3:
            nombre = f"{nombre} {azar.choice([n for n in nombres if n != nombre])}"
        paterno, materno = azar.sample(APELLIDOS, 2)
        persona = Persona(nombre, paterno, materno, genero)
        found.setdefault(persona.completo, persona)
    return list(found.values())


@dataclass(frozen=True)
class Organizacion:
    """A host organisation: who it is, what it does, and the proyectos that it may post (title, purpose)."""

    clave: str
    razon_social: str
    corto: str
    siglas: str
    sector: str
    base_rfc: str
    colonia: str
    entidad: str
    municipio: str
    cp: str
    proyectos: tuple[tuple[str, str], ...] = ()

    @property
    def rfc(self) -> str:
        """The RFC with its check digit."""
        return self.base_rfc + check_digit_rfc(self.base_rfc)

    @property
    def dominio(self) -> str:
        """Where its people have their mail."""
        return f"{self.clave}.test"


ORGANIZACIONES: dict[str, Organizacion] = {o.clave: o for o in (
    Organizacion("biblioteca", "Biblioteca Popular Árbol de Papel, A.C.", "Biblioteca Árbol de Papel", "BAP", "social",
        "BPA010203AB", "Centro", "Ciudad de México", "Cuauhtémoc", "06010", (
        ("Catálogo digital del acervo", "Ordenar, describir y publicar en línea el acervo de la biblioteca."),
        ("Alfabetización digital de personas mayores", "Enseñar a personas mayores a usar trámites y banca en línea."),
        ("Tableros de préstamos y visitas", "Reunir los datos de préstamo y mostrarlos en tableros sencillos."),
        ("Contabilidad abierta de donativos", "Llevar y publicar el registro de los donativos que se reciben."))),
    Organizacion("museo", "Museo Interactivo del Agua, A.C.", "Museo del Agua", "MIA", "social",
        "MIA990412KX", "Bosque Norte", "Ciudad de México", "Miguel Hidalgo", "11100", (
        ("Guía interactiva de salas", "Construir una guía que acompañe a quien visita el museo desde su teléfono."),
        ("Estudio de públicos", "Levantar encuestas, analizarlas y proponer mejoras a los recorridos."),
        ("Sensores para la exposición de cuencas", "Instalar y programar los sensores de la maqueta de cuencas."))),
    Organizacion("hospital", "Hospital Civil Santa Aurora", "Hospital Santa Aurora", "HSA", "publico",
        "HCS870519PZ", "Doctores", "Ciudad de México", "Cuauhtémoc", "06720", (
        ("Citas sin filas", "Mejorar el sistema de citas de consulta externa y medir los tiempos de espera."),
        ("Inventario de equipo médico", "Levantar el inventario con códigos y mantener su bitácora de servicio."))),
    Organizacion("colibri", "Cooperativa de Software Colibrí, S.C. de R.L.", "Software Colibrí", "CSC", "privado",
        "CSC150730QR", "Roma Norte", "Ciudad de México", "Cuauhtémoc", "06700"),
    Organizacion("semilla", "Fundación Semilla de Código, A.C.", "Semilla de Código", "FSC", "social",
        "FSC180322LM", "Portales", "Ciudad de México", "Benito Juárez", "03300"),
    Organizacion("rioclaro", "Ayuntamiento de Río Claro", "Ayuntamiento de Río Claro", "ARC", "publico",
        "ARC500101TT", "Centro", "Estado de México", "Río Claro", "54900"),
    Organizacion("despacho", "Despacho Contable Ábaco, S.C.", "Despacho Ábaco", "DCA", "privado",
        "DCA080915H1", "Del Valle", "Ciudad de México", "Benito Juárez", "03100", (
        ("Contabilidad de pequeños comercios", "Registrar operaciones y preparar declaraciones de comercios locales."),
        ("Archivo fiscal en orden", "Digitalizar y clasificar los comprobantes fiscales de los clientes."))),
    Organizacion("escuela", "ESCA Unidad Santo Tomás", "ESCA Santo Tomás", "ESCA", "educativo",
        "EUS450601CD", "Santo Tomás", "Ciudad de México", "Miguel Hidalgo", "11340", (
        ("Asesoría fiscal a la comunidad", "Atender el módulo de orientación fiscal con la guía de una profesora."),
        ("Acervo del área de titulación", "Ordenar los expedientes de titulación y atender la ventanilla."),
        ("Tutorías de matemáticas financieras", "Acompañar a estudiantes de primer año con tutorías semanales."))),
    Organizacion("mercado", "Unión de Locatarios del Mercado Jacaranda, A.C.", "Mercado Jacaranda", "ULM", "social",
        "ULM920714BN", "Jacaranda", "Ciudad de México", "Iztapalapa", "09800"),
    Organizacion("puente", "Casa de Comercio Puente Azul, S.A. de C.V.", "Puente Azul", "CPA", "privado",
        "CCP110228V1", "Polanco", "Ciudad de México", "Miguel Hidalgo", "11560"),
    Organizacion("archivo", "Archivo Histórico San Telmo, A.C.", "Archivo San Telmo", "AST", "social",
        "AHS030611UX", "Centro", "Ciudad de México", "Cuauhtémoc", "06060"),
    Organizacion("taller", "Taller de Innovación Valle Alto, S.A.P.I. de C.V.", "Taller Valle Alto", "TIV", "privado",
        "TIV160505DE", "Parque Industrial", "Hidalgo", "Valle Alto", "42100", (
        ("Mantenimiento de tarjetas de control", "Diagnosticar y reparar las tarjetas de las líneas de empaque."),
        ("Página de pedidos del taller", "Programar la página en que los clientes siguen sus pedidos."))),
    Organizacion("clinica", "Clínica Comunitaria Tres Fuentes, A.C.", "Clínica Tres Fuentes", "CTF", "social",
        "CCT040818GH", "Valle Bajo", "Hidalgo", "Valle Alto", "42110", (
        ("Registro de muestras del laboratorio", "Llevar el registro de muestras y el control de reactivos."),
        ("Cuentas claras de la clínica", "Apoyar en el registro de ingresos, compras e inventarios."))),
    Organizacion("telar", "Sociedad Cooperativa El Telar, S.C. de R.L.", "El Telar", "SCT", "social",
        "SCT071103JK", "Valle Alto", "Hidalgo", "Valle Alto", "42105", (
        ("Tienda en línea de la cooperativa", "Fotografiar, describir y publicar los productos de las socias."),)),
    Organizacion("granja", "Granja Didáctica El Sabino, S.P.R.", "Granja El Sabino", "GDS", "privado",
        "GDS090910LP", "El Sabino", "Hidalgo", "Valle Alto", "42120"),
    Organizacion("radio", "Radio Comunitaria La Voz del Valle, A.C.", "La Voz del Valle", "RVV", "social",
        "RCV130621MN", "Valle Alto", "Hidalgo", "Valle Alto", "42100"),
    Organizacion("bomberos", "Patronato de Bomberos de Valle Alto", "Bomberos de Valle Alto", "PBV", "publico",
        "PBV780215QS", "Centro", "Hidalgo", "Valle Alto", "42000"),
)}  # fmt: skip
# What any of them may post besides: proyectos that are still drafts, in review or rejected.
OTROS_PROYECTOS: tuple[tuple[str, str], ...] = (
    (
        "Difusión en redes y boletín mensual",
        "Preparar los contenidos del boletín y de las redes de la institución.",
    ),
    (
        "Organización de eventos comunitarios",
        "Apoyar en la planeación, el registro y la memoria de los eventos.",
    ),
    ("Manual de procedimientos", "Escribir y probar el manual de los procedimientos de atención."),
    ("Digitalización de expedientes", "Digitalizar los expedientes del año y describirlos para su consulta."),
    ("Atención y orientación al público", "Orientar a quien visita la institución y registrar sus dudas."),
    ("Soporte a equipo de cómputo", "Dar mantenimiento al equipo y atender los reportes del personal."),
    ("Encuesta de satisfacción", "Diseñar la encuesta, aplicarla y presentar sus resultados."),
)
