"""Images and QR codes. An image is decoded, flattened on white and deflated once per process, and drawn many times."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any
from zlib import compress

import zxingcpp
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

_LADO_MAXIMO = 600  # px; at the printed size that is more than 300 dpi
_TRAZO = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)")
ZONA_DE_SILENCIO = 4  # modules of white that a reader needs around the code


@dataclass(frozen=True, eq=False)
class Imagen:
    """An opaque image as PDF wants it: size in pixels, deflated samples (RGB, 8 bits), a name of its own."""

    ancho: int
    alto: int
    datos: bytes
    nombre: str

    def objeto(self) -> bytes:
        """The image as the body of a PDF object."""
        return (
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
            b"/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream"
            % (self.ancho, self.alto, len(self.datos), self.datos)
        )

    def caja(self, x: float, y: float, ancho: float, alto: float) -> tuple[float, float, float, float]:
        """Where it is drawn (x, y, width, height) inside a box: centred, in proportion."""
        escala = min(ancho / self.ancho, alto / self.alto)
        w, h = self.ancho * escala, self.alto * escala
        return x + (ancho - w) / 2, y + (alto - h) / 2, w, h


@lru_cache(maxsize=256)
def imagen(datos: bytes) -> Imagen:
    """A PNG or JPEG, flattened: PDF/A-2 letters carry no transparency. Raises PIL.UnidentifiedImageError."""
    plana = _plana(datos)
    return Imagen(*plana.size, compress(plana.tobytes(), 9), sha256(datos).hexdigest()[:16])


def _plana(datos: bytes) -> Image.Image:
    with Image.open(BytesIO(datos)) as abierta:
        con_alfa = abierta.convert("RGBA")
    con_alfa.thumbnail((_LADO_MAXIMO, _LADO_MAXIMO))
    blanca = Image.new("RGBA", con_alfa.size, (255, 255, 255, 255))
    return Image.alpha_composite(blanca, con_alfa).convert("RGB")


@lru_cache(maxsize=64)
def _lector(datos: bytes) -> Any:
    return ImageReader(_plana(datos))


def proporcion(datos: bytes) -> float:
    """Width divided by height. Raises PIL.UnidentifiedImageError when the bytes are no image."""
    hecha = imagen(datos)
    return hecha.ancho / hecha.alto


def dibujar_imagen(lienzo: Canvas, datos: bytes, x: float, y: float, ancho: float, alto: float) -> None:
    """Draws an image inside a box (points) of a report, centred, in proportion."""
    lienzo.drawImage(_lector(datos), *imagen(datos).caja(x, y, ancho, alto))


@lru_cache(maxsize=8)  # every page of a letter carries the same
def qr(texto: str, x: float, y: float, lado: float) -> bytes:
    """The operators of a QR (level M) with its quiet zone inside a white square of `lado` points: filled rectangles."""
    svg = zxingcpp.create_barcode(texto, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg(
        add_quiet_zones=False
    )
    modulos = int(svg.split('width="', 1)[1].split('"', 1)[0])
    escala = lado / (modulos + 2 * ZONA_DE_SILENCIO)
    rectangulos = " re ".join(map(" ".join, _TRAZO.findall(svg)))
    return b"q 1 g %.2f %.2f %.2f %.2f re f %.4f 0 0 %.4f %.3f %.3f cm 0 g %b re f Q\n" % (
        x, y, lado, lado, escala, -escala, x + ZONA_DE_SILENCIO * escala, y + (ZONA_DE_SILENCIO + modulos) * escala,
        rectangulos.encode("ascii"),
    )  # fmt: skip


def dibujar_qr(lienzo: Canvas, texto: str, x: float, y: float, lado: float) -> None:
    """Draws a QR on a report."""
    lienzo._code.append(qr(texto, x, y, lado).decode("ascii"))
