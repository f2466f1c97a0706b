"""What each place of the portal accepts. Limits are values: an escuela's profile sets its own with `PDF.up_to(20)`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

PDF_MIME = "application/pdf"
PHOTO_MIMES = ("image/jpeg", "image/png", "image/webp")
MB = 1_000_000

Makes = Literal["pdf", "logo", "retrato", "firma"]


@dataclass(frozen=True)
class FileKind:
    """What is accepted (`mimes`, sizes in bytes, pages, images) and what is made of it (`makes`).

    `max_bytes` bounds each file, and the PDF made of several photos too. `max_images` photos may
    come together only where `allow_images_to_pdf`.
    """

    name: str
    mimes: tuple[str, ...]
    max_bytes: int = 20 * MB
    max_pages: int = 100
    min_pages: int = 1
    max_images: int = 1
    allow_images_to_pdf: bool = False
    makes: Makes = "pdf"

    def up_to(self, megabytes: int) -> FileKind:
        """The same kind with another limit (MB of 10^6 bytes)."""
        return replace(self, max_bytes=megabytes * MB)

    @property
    def accept(self) -> str:
        """The value of the `accept` attribute of the page's file field."""
        return ",".join(self.mimes)

    @property
    def accepts_words(self) -> str:
        """The accepted types as a person reads them: `PDF, JPG, PNG o WebP`."""
        words = [_WORDS[mime] for mime in self.mimes]
        return " o ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


_WORDS = {PDF_MIME: "PDF", "image/jpeg": "JPG", "image/png": "PNG", "image/webp": "WebP"}

PDF = FileKind("pdf", (PDF_MIME,))
PDF_O_FOTOS = FileKind("pdf_o_fotos", (PDF_MIME, *PHOTO_MIMES), max_images=10, allow_images_to_pdf=True)
EXPEDIENTE = FileKind("expediente", (PDF_MIME,), max_bytes=3_000 * MB, max_pages=400)
LOGO = FileKind("logo", ("image/png", "image/jpeg"), max_bytes=5 * MB, makes="logo")
FOTO = FileKind("foto", PHOTO_MIMES, max_bytes=15 * MB, makes="retrato")
FIRMA = FileKind("firma", ("image/png", "image/jpeg"), max_bytes=10 * MB, makes="firma")
