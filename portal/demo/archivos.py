"""The files of the demo: small real PDFs and pictures, made here and stored as any other upload."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from portal import letters
from portal.files.check import CheckedFile, check
from portal.files.kinds import FOTO, LOGO, PDF_O_FOTOS, FileKind
from portal.services import documentos
from portal.services.documentos import Guardado

FUENTE = Path(letters.__file__).parent / "fonts" / "SourceSans3-Semibold.ttf"
COLORES = ("#1d5b8f", "#7a3b69", "#3c6e47", "#9a5b13", "#5a4fa3", "#a23b3b", "#2b6f77")
PIE = ("Documento de ejemplo", "Todos los datos son ficticios")


class Taller:
    """Makes files in a folder of its own, which `cerrar` throws away; what was stored stays."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="portal-demo-")
        self._n = 0

    def cerrar(self) -> None:
        """Throw the folder away."""
        self._folder.cleanup()

    def nuevo(self, suffix: str) -> Path:
        """A path for the next file."""
        self._n += 1
        return Path(self._folder.name) / f"{self._n}.{suffix}"

    def pdf(
        self, titulo: str, filas: Sequence[Sequence[str]], nombre: str, *, dependencia_id: int | None = None
    ) -> Guardado:
        """A stored PDF of one page: a title over a table of datum and value."""
        content = letters.tabla_pdf(titulo, "Servicio social", PIE, ("Dato", "Valor"), filas)
        path = self.nuevo("pdf")
        path.write_bytes(content)
        text = "\n".join((titulo, *(" ".join(fila) for fila in filas)))
        checked = CheckedFile(
            path, "application/pdf", len(content), hashlib.sha256(content).hexdigest(), 1, text_excerpt=text
        )
        return documentos.guardar(checked, nombre, dependencia_id=dependencia_id)

    def logo(self, siglas: str, n: int, *, dependencia_id: int) -> Guardado:
        """A stored logo: letters on a coloured shape."""
        image = Image.new("RGBA", (480, 300), (255, 255, 255, 0))
        draw = ImageDraw.Draw(image)
        color = COLORES[n % len(COLORES)]
        if n % 3 == 0:
            draw.ellipse((90, 0, 390, 299), fill=color)
        else:
            draw.rounded_rectangle((0, 20, 479, 280), radius=24 if n % 3 == 1 else 130, fill=color)
        size = 150 if len(siglas) < 4 else 104
        draw.text((240, 146), siglas, font=ImageFont.truetype(FUENTE, size), fill="white", anchor="mm")
        return self._imagen(image, LOGO, "logo.png", dependencia_id=dependencia_id)

    def credencial(self, nombre: str, *, dependencia_id: int) -> Guardado:
        """A stored PDF made of two photos: both sides of a made-up credential."""
        caras = []
        for cara, renglones in (
            ("ANVERSO", (nombre, "Vigencia 2030")),
            ("REVERSO", ("Firma y huella", "Sin validez")),
        ):
            image = Image.new("RGB", (1000, 630), "#e9eef2")
            draw = ImageDraw.Draw(image)
            draw.rectangle((0, 0, 999, 110), fill="#46606f")
            for text, y, size, fill in (
                (f"CREDENCIAL DE EJEMPLO · {cara}", 55, 40, "white"),
                (renglones[0], 260, 46, "#1b2a33"),
                (renglones[1], 360, 36, "#1b2a33"),
            ):
                draw.text((500, y), text, font=ImageFont.truetype(FUENTE, size), fill=fill, anchor="mm")
            caras.append(self.nuevo("jpg"))
            image.save(caras[-1], quality=88)
        checked = check(caras, PDF_O_FOTOS, workdir=Path(self._folder.name))
        return documentos.guardar(checked, "credencial.pdf", dependencia_id=dependencia_id)

    def retrato(self, n: int) -> Guardado:
        """A stored photo for a profile: a drawn head and shoulders, so that nobody's face is used."""
        image = Image.new("RGB", (480, 480), COLORES[n % len(COLORES)])
        draw = ImageDraw.Draw(image)
        piel = ("#e8c39e", "#c68c5f", "#a66a42", "#f0d2b6")[n % 4]
        pelo = ("#2b1d14", "#4a3020", "#15110e", "#6b4a2b")[n // 2 % 4]
        draw.ellipse((40, 330, 440, 640), fill=("#f4f1ea", "#263238", "#37474f")[n % 3])
        draw.ellipse((140, 84, 340, 330), fill=pelo)
        draw.rounded_rectangle((208, 280, 272, 370), radius=24, fill=piel)
        draw.ellipse((155, 108, 325, 318), fill=piel)
        draw.pieslice((146, 84, 334, 260), 180, 360, fill=pelo)
        for left in (192, 268):
            draw.ellipse((left, 208, left + 20, 226), fill="#2b2b2b")
        draw.arc((205, 230, 275, 282), 20, 160, fill="#7a3d33", width=5)
        return self._imagen(image, FOTO, "foto.png")

    def firma(self, nombre: str) -> tuple[Path, str]:
        """A picture of a handwritten signature, as somebody uploads it."""
        seed = sum(map(ord, nombre))
        image = Image.new("RGB", (600, 220), "white")
        draw = ImageDraw.Draw(image)
        points = [
            (40 + x * 6, 110 + ((seed * (x + 3)) % 97 - 48) * (0.3 + (x % 7) / 9)) for x in range(0, 84, 3)
        ]
        draw.line(points, fill="#16245c", width=5, joint="curve")
        draw.line(((60, 178), (520, 160 + seed % 24)), fill="#16245c", width=4)
        path = self.nuevo("png")
        image.save(path)
        return path, "firma.png"

    def _imagen(
        self, image: Image.Image, kind: FileKind, nombre: str, *, dependencia_id: int | None = None
    ) -> Guardado:
        path = self.nuevo("png")
        image.save(path)
        checked = check([path], kind, workdir=Path(self._folder.name))
        return documentos.guardar(checked, nombre, dependencia_id=dependencia_id)
