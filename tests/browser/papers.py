"""The papers that people upload, made up and small."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw

from portal.domain.identificadores import check_digit_rfc
from tests.files.samples import pdf_bytes, pdf_of, photo

RFC = "TMF100203AB" + check_digit_rfc("TMF100203AB")
OTHER_RFC = "OTR990101XY" + check_digit_rfc("OTR990101XY")
WRONG_RFC = RFC[:-1] + ("1" if RFC[-1] != "1" else "2")


class Papers:
    """A folder with one person's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def pdf(self, name: str, *pages: str) -> Path:
        """A PDF whose pages say these lines."""
        path = self.folder / f"{name}.pdf"
        path.write_bytes(pdf_bytes(pdf_of(*(pages or (name.replace("_", " "),)))))
        return path

    def photos(self, name: str, count: int) -> list[Path]:
        """Photos as a telephone takes them, with a place in their EXIF."""
        exif = Image.Exif()
        exif[0x010E] = "lugar secreto"
        return [photo(self.folder / f"{name}_{n}.jpg", exif=exif) for n in range(1, count + 1)]

    def portrait(self) -> Path:
        """A portrait taller than wide."""
        path = self.folder / "retrato.jpg"
        image = Image.new("RGB", (600, 800), "#c8d7e1")
        draw = ImageDraw.Draw(image)
        draw.ellipse((180, 160, 420, 440), fill="#7a5a44")
        draw.rectangle((120, 470, 480, 800), fill="#31456a")
        image.save(path)
        return path

    def logo(self) -> Path:
        """A square logo."""
        path = self.folder / "logo.png"
        image = Image.new("RGB", (400, 400), "white")
        ImageDraw.Draw(image).ellipse((40, 40, 360, 360), fill="#225588")
        image.save(path)
        return path

    def signature(self) -> Path:
        """Ink on white paper."""
        path = self.folder / "firma.png"
        image = Image.new("RGB", (640, 240), "white")
        line = [(60, 170), (140, 60), (180, 180), (260, 70), (340, 180), (430, 80), (580, 140)]
        ImageDraw.Draw(image).line(line, fill="#10243a", width=8, joint="curve")
        image.save(path)
        return path


def flat(text: str) -> str:
    """The same words in lower case with single spaces."""
    return " ".join(text.lower().split())


def words_of(path: Path) -> str:
    """All words of a PDF, flat."""
    with pypdfium2.PdfDocument(path) as pdf:
        return flat(" ".join(page.get_textpage().get_text_bounded() for page in pdf))
