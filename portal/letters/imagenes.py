"""Images and QR codes on a canvas. Decoded once per process, drawn many times."""

import copy
import re
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import zxingcpp
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

_LADO_MAXIMO = 600  # px; at the printed size that is more than 300 dpi
_TRAZO = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)")
ZONA_DE_SILENCIO = 4  # modules of white that a reader needs around the code


@lru_cache(maxsize=256)
def _xobject(datos: bytes) -> Any:
    with Image.open(BytesIO(datos)) as abierta:
        imagen = abierta.convert("RGBA")
    imagen.thumbnail((_LADO_MAXIMO, _LADO_MAXIMO))
    if imagen.getchannel("A").getextrema() == (255, 255):
        imagen = imagen.convert("RGB")
    nombre = f"imagen{len(datos)}x{_huella(datos)}"
    objeto = pdfdoc.PDFImageXObject(nombre, ImageReader(imagen), mask="auto")
    objeto.name = nombre
    return objeto


def _huella(datos: bytes) -> str:
    return sha256(datos).hexdigest()[:24]


def proporcion(datos: bytes) -> float:
    """Width divided by height. Raises PIL.UnidentifiedImageError when the bytes are no image."""
    objeto = _xobject(datos)
    return float(objeto.width) / float(objeto.height)


def dibujar_imagen(lienzo: Canvas, datos: bytes, x: float, y: float, ancho: float, alto: float) -> None:
    """Draws an image inside a box (points), centred, in proportion, without decoding it again."""
    maestro = _xobject(datos)
    doc = lienzo._doc
    registro = doc.getXObjectName(maestro.name)
    if registro not in doc.idToObject:
        _registrar(doc, maestro, registro, lienzo)
    escala = min(ancho / maestro.width, alto / maestro.height)
    w, h = maestro.width * escala, maestro.height * escala
    lienzo.saveState()
    lienzo.translate(x + (ancho - w) / 2, y + (alto - h) / 2)
    lienzo.scale(w, h)
    lienzo._code.append(f"/{registro} Do")
    lienzo.restoreState()
    lienzo._formsinuse.append(maestro.name)


def _registrar(doc: Any, maestro: Any, registro: str, lienzo: Canvas) -> None:
    # ReportLab writes a document's own name into an object: each document gets a shallow copy of the cached one.
    objeto = copy.copy(maestro)
    lienzo._setXObjects(objeto)
    doc.Reference(objeto, registro)
    doc.addForm(maestro.name, objeto)
    mascara = getattr(maestro, "_smask", None)
    if mascara is not None:
        mascara = copy.copy(mascara)
        lienzo._setXObjects(mascara)
        objeto.smask = doc.Reference(mascara, doc.getXObjectName(mascara.name))
        del objeto._smask


def dibujar_qr(lienzo: Canvas, texto: str, x: float, y: float, lado: float) -> None:
    """Draws a QR (level M) with its quiet zone inside a square of `lado` points, as filled rectangles."""
    svg = zxingcpp.create_barcode(texto, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg(
        add_quiet_zones=False
    )
    modulos = int(svg.split('width="', 1)[1].split('"', 1)[0])
    lienzo.saveState()
    lienzo.setFillGray(1)
    lienzo.rect(x, y, lado, lado, stroke=0, fill=1)
    escala = lado / (modulos + 2 * ZONA_DE_SILENCIO)
    lienzo.translate(x + ZONA_DE_SILENCIO * escala, y + (ZONA_DE_SILENCIO + modulos) * escala)
    lienzo.scale(escala, -escala)
    lienzo.setFillGray(0)
    rectangulos = "".join(f"{a} {b} {c} {d} re\n" for a, b, c, d in _TRAZO.findall(svg))
    lienzo._code.append(rectangulos + "f")
    lienzo.restoreState()
