"""Why a file is refused, in sentences that say what is wrong and what to do.

The sentences are impersonal, so that the same one serves whoever is spoken to as "tú" and whoever
is spoken to as "usted".
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "archivo.falta": "No se recibió ningún archivo. Hay que elegir uno y volver a enviar.",
    "archivo.vacio": "El archivo está vacío. Conviene abrirlo para ver que tenga contenido y volver a subirlo.",
    "archivo.grande": "El archivo pesa más de {limite}. Hay que reducirlo (por ejemplo, escanear a 150 o 200 ppp) "
    "y volver a subirlo.",
    "archivo.tipo": "Este tipo de archivo no se acepta aquí. Se acepta: {acepta}.",
    "archivo.foto": "Es una foto y aquí se acepta {acepta}. Hay que juntar las páginas en un solo PDF "
    "(con una aplicación para escanear, en el teléfono) y subir ese PDF.",
    "archivo.office": "El archivo es de Word, Excel o PowerPoint (o está comprimido). Hay que guardarlo como PDF "
    "(Archivo, Guardar como, PDF) y subir ese PDF.",
    "archivo.web": "El archivo es una página web o un dibujo SVG, aunque su nombre diga otra cosa. "
    "Se acepta: {acepta}.",
    "archivo.doble": "El archivo es un PDF con otro archivo escondido dentro. Hay que imprimirlo como PDF "
    "y subir esa copia.",
    "archivo.uno": "Aquí cabe un solo archivo. Hay que elegir solo uno y volver a enviar.",
    "archivo.mezcla": "Llegaron juntos un PDF y fotos. Hay que elegir un solo PDF, o bien solo las fotos.",
    "archivo.infectado": "El archivo no pasó la revisión de virus y no se guardó. Hay que revisar el equipo "
    "con un antivirus y subir otra copia.",
    "imagen.heic": "La foto está en formato HEIC, que no todos pueden abrir. En el iPhone: Ajustes, Cámara, "
    "Formatos, «El más compatible», y tomarla de nuevo; o bien exportarla como JPG.",
    "imagen.enorme": "La imagen mide {ancho} × {alto} puntos, más de {megapixeles} megapixeles. Hay que reducirla "
    "de tamaño y volver a subirla.",
    "imagen.gigante": "La imagen mide muchísimo más de {megapixeles} megapixeles. Hay que reducirla de tamaño "
    "y volver a subirla.",
    "imagen.danada": "La imagen está dañada o incompleta. Hay que tomarla o guardarla de nuevo "
    "y volver a subirla.",
    "imagen.muchas": "Son demasiadas fotos: se aceptan hasta {maximo}. También es posible reunirlas en un solo PDF.",
    "imagen.chica": "La imagen es demasiado pequeña ({ancho} × {alto} puntos). Hay que usar una de al menos "
    "{minimo} × {minimo}.",
    "firma.vacia": "No se ve ninguna firma. Hay que firmar dentro del recuadro, o subir una foto de la firma "
    "con tinta oscura sobre papel blanco.",
    "firma.fondo": "El fondo de la firma es demasiado oscuro. Hay que firmar con tinta oscura sobre papel blanco, "
    "con buena luz, y tomar la foto de nuevo.",
    "firma.formato": "No fue posible leer la firma. Hay que firmar de nuevo.",
    "pdf.contrasena": "El archivo está protegido con contraseña. Hay que guardarlo sin contraseña "
    "(por ejemplo, imprimirlo como PDF) y volver a subirlo.",
    "pdf.danado": "El PDF está dañado o incompleto. Hay que generarlo o descargarlo de nuevo y volver a subirlo.",
    "pdf.sin_paginas": "El PDF no tiene páginas. Hay que generarlo de nuevo y volver a subirlo.",
    "pdf.pocas_paginas": "El PDF tiene {paginas} página(s) y se necesitan al menos {minimo}. "
    "Hay que completarlo y volver a subirlo.",
    "pdf.muchas_paginas": "El PDF tiene {paginas} páginas y se aceptan hasta {maximo}. "
    "Hay que dejar solo las necesarias y volver a subirlo.",
    "pdf.complejo": "El PDF es demasiado complejo para revisarlo. Hay que imprimirlo como PDF "
    "(o escanearlo a 150 o 200 ppp) y subir esa copia.",
    "zip.danado": "El ZIP está dañado o no se puede leer. Hay que generarlo de nuevo, o subir los PDF sueltos.",
    "zip.vacio": "El ZIP no trae ningún archivo. Hace falta uno con los PDF adentro.",
    "zip.muchos": "El ZIP trae {cuantos} archivos y se aceptan hasta {maximo}. Hay que dividirlo en varios.",
    "zip.grande": "Los archivos del ZIP pesan juntos más de {limite}. Hay que dividirlo en varios.",
    "pdf.tiempo": "Revisar el PDF tomó demasiado tiempo. Hay que imprimirlo como PDF "
    "(o escanearlo a 150 o 200 ppp) y subir esa copia.",
}


class FileRefused(Exception):
    """A file that the portal does not take: `key` for tests and logs, `sentence` for the person."""

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.sentence = SENTENCES[key].format(**values)
        super().__init__(self.sentence)


def human_size(size: int) -> str:
    """Bytes as a person reads them, in decimal units rounded down: `20 MB`, `900 KB`, `3 GB`."""
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)):
        if size >= factor:
            return f"{size // factor} {unit}"
    return f"{size} bytes"
