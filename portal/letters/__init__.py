"""Letters and reports as files: a template and data in, bytes out. The only package that knows ReportLab."""

from portal.letters.catalogo import CATALOGO, FIRMANTES, TIPOS, TITULOS, Marcador
from portal.letters.columna import Columna
from portal.letters.flujos import FirmaImpresa
from portal.letters.hoja import hoja_xlsx
from portal.letters.muestra import firmas_de_muestra, muestra
from portal.letters.plantilla import Plantilla, PlantillaInvalida, leer_plantilla
from portal.letters.render import FaltanDatos, render
from portal.letters.tabla_pdf import tabla_pdf

__all__ = [
    "CATALOGO", "FIRMANTES", "TIPOS", "TITULOS", "Columna", "FaltanDatos", "FirmaImpresa", "Marcador", "Plantilla",
    "PlantillaInvalida", "firmas_de_muestra", "hoja_xlsx", "leer_plantilla", "muestra", "render", "tabla_pdf",
]  # fmt: skip
