"""A template rendered with the catalogue's samples, to look at before it is used."""

import io
from collections.abc import Mapping
from typing import Any

import pikepdf

from portal.letters.catalogo import CATALOGO, FIRMANTES, muestras
from portal.letters.flujos import FirmaImpresa
from portal.letters.plantilla import Plantilla
from portal.letters.render import render

# A letter that has much to say: what a text must bear before it is in force.
LARGAS: dict[str, Any] = {
    "alumno_nombre": "María Guadalupe de los Ángeles Villavicencio Montemayor de la Torre y Arredondo",
    "alumno_genero": "X",
    "carrera": "Ingeniería en Sistemas Computacionales con especialidad en Inteligencia Artificial Aplicada",
    "dependencia_razon_social": "Instituto Interestatal de Investigación, Documentación y Preservación del Patrimonio "
    "Bibliográfico y Sonoro de las Regiones del Centro y Occidente, Organismo Público Descentralizado",
    "dependencia_area": "Subdirección de Digitalización, Catalogación y Consulta en Línea de Acervos Especiales",
    "proyecto_titulo": "Rescate, descripción y difusión del archivo histórico de las escuelas normales rurales",
    "representante_nombre": "Dra. Hermenegilda Covadonga Etxeberría Zorrilla de San Martín",
    "representante_cargo": "Directora General Adjunta de Vinculación Institucional y Relaciones Académicas",
    "jefe_inmediato_nombre": "Mtro. Wenceslao Bartolomé Iturrigaray Fernández de Lizardi",
    "jefe_inmediato_cargo": "Coordinador de Procesos Técnicos y Control de Calidad de Imágenes",
    "actividades": tuple(
        f"Actividad {n}: revisar, describir y digitalizar los documentos de la serie que se le encomiende."
        for n in range(1, 13)
    ),
    "motivo": "Cambio de residencia de la persona prestadora a otra entidad federativa por motivos familiares, que le "
    "impide acudir con la frecuencia acordada en su carta de aceptación y concluir sus actividades en el plazo.",
}

# Pale grey, large, rising from the left: under the text, which stays readable.
_MARCA = "q 0.9 g BT {fuente} 110 Tf 0.64 0.77 -0.77 0.64 {x:.1f} {y:.1f} Tm (MUESTRA) Tj ET Q"
_FIRMANTES = {
    "responsable": ("responsable_nombre", "responsable_cargo"),
    "representante": ("representante_nombre", "representante_cargo"),
    "jefe_inmediato": ("jefe_inmediato_nombre", "jefe_inmediato_cargo"),
    "gerente": ("representante_nombre", "representante_cargo"),
}


def firmas_de_muestra(tipo: str, valores: Mapping[str, Any]) -> tuple[FirmaImpresa, ...]:
    """Unsigned signatures of a tipo's papeles, with the names that its values give."""
    hechas = []
    for papel in FIRMANTES[tipo]:
        nombre, cargo = _FIRMANTES[papel]
        hechas.append(FirmaImpresa(str(valores[nombre]), str(valores[cargo]), papel))
    return tuple(hechas)


def largas(tipo: str) -> dict[str, Any]:
    """Values of a tipo with long names and twelve activities, in place of its samples."""
    filas = muestras(tipo).get("alumnos")
    renglones = {"alumnos": tuple(filas) * 20, "lista_total": 40} if filas else {}
    return {n: v for n, v in {**LARGAS, **renglones}.items() if n in CATALOGO[tipo]}


def marcada(pdf: bytes) -> bytes:
    """A PDF with MUESTRA across every page: nobody takes it for a letter."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        font = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Helvetica-Bold")
            )
        )
        for page in document.pages:
            name = page.add_resource(font, pikepdf.Name.Font)
            x, y = float(page.mediabox[2]) * 0.17, float(page.mediabox[3]) * 0.22
            page.contents_add(_MARCA.format(fuente=name, x=x, y=y).encode("ascii"), prepend=True)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


def muestra(
    tipo: str, plantilla: Plantilla, logo: bytes | None = None, valores: Mapping[str, Any] | None = None
) -> bytes:
    """The PDF of a template with sample values; `valores` replaces some (an escuela's own names)."""
    todos = {**muestras(tipo), **(valores or {})}
    return render(
        plantilla,
        todos,
        folio="MUESTRA",
        codigo="MUESTRA",
        url_verificacion="https://portal.test/verificar/MUESTRA",
        firmas=firmas_de_muestra(tipo, todos),
        logo=logo,
    )
