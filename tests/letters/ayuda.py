"""What the tests of letters share: rendering with samples and reading a PDF back."""

from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp

from portal.letters import FirmaImpresa, Plantilla, leer_plantilla, render
from portal.letters.catalogo import muestras
from portal.letters.muestra import firmas_de_muestra

URL = "https://portal.test/verificar/7KQM-4XWD-9RTP"
RAIZ = Path(__file__).parents[2]
ESCUELAS = ("escom", "esca_ust", "cetis_demo")


def plantilla_de(escuela: str, tipo: str) -> Plantilla:
    return leer_plantilla(tipo, RAIZ / "tenants" / escuela / "cartas")


def logo_de(escuela: str) -> bytes:
    return (RAIZ / "tenants" / escuela / "logo.png").read_bytes()


def hacer(
    tipo: str,
    plantilla: Plantilla | None = None,
    firmas: tuple[FirmaImpresa, ...] | None = None,
    logo: bytes | None = None,
    **valores: Any,
) -> bytes:
    todos = {**muestras(tipo), **valores}
    return render(
        plantilla or leer_plantilla(tipo),
        todos,
        folio="ESC/2026/0042",
        codigo="7KQM-4XWD-9RTP",
        url_verificacion=URL,
        firmas=firmas_de_muestra(tipo, todos) if firmas is None else firmas,
        logo=logo,
    )


def texto_de(pdf: bytes) -> str:
    """All the text, lines joined by a space."""
    with pypdfium2.PdfDocument(pdf) as documento:
        paginas = [pagina.get_textpage().get_text_range() for pagina in documento]
    return " ".join(" ".join(paginas).split())


def paginas_de(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as documento:
        return len(documento)


def codigos_de(pdf: bytes, pagina: int = 0) -> list[str]:
    """The texts of the QR codes that a reader finds on a page at 150 dpi."""
    with pypdfium2.PdfDocument(pdf) as documento:
        imagen = documento[pagina].render(scale=150 / 72).to_pil()
    return [codigo.text for codigo in zxingcpp.read_barcodes(imagen)]
