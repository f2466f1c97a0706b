"""The process in which a PDF that came from outside is opened, cleaned and looked at.

Run by its path (`python -I …/pdf_child.py IN OUT LIMITS`), so that it starts in 0.15 s without
importing the portal; LIMITS is JSON. It writes the cleaned copy to OUT and one JSON object to
stdout: `{"refused": key, "values": {…}}`, or `{"pages", "text", "notices", "removed"}`.
When it dies (memory, time, a crash of a decoder) the parent refuses the file.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

BAD_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/ResetForm", "/Rendition"}
    | {"/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView", "/Thread", "/Hide", "/SetOCGState", "/Trans"}
)
NAMED_ALLOWED = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
BAD_ANNOTATIONS = frozenset({"/RichMedia", "/FileAttachment", "/Screen", "/Movie", "/Sound", "/3D"})
CATALOG_KEYS = ("/OpenAction", "/AA", "/AF", "/Collection", "/Legal", "/Perms", "/PieceInfo", "/SpiderInfo")
NAMES_KEYS = ("/JavaScript", "/EmbeddedFiles", "/Renditions", "/AlternatePresentations", "/URLS")
# Names that make an object worth walking; qpdf writes them without the escapes that could hide them.
SUSPECT = re.compile(
    b"|".join(
        re.escape(name.encode())
        for name in BAD_ACTIONS
        | BAD_ANNOTATIONS
        | {"/AA", "/AF", "/EF", "/Annots", "/EmbeddedFile", "/URI", "/Named"}
    )
)
GOOD_SCHEMES = ("http://", "https://", "mailto:", "tel:")

PAGES_LOOKED_AT = 40
SECONDS_LOOKING = 8.0
MAX_DEPTH = 60


class Refuse(Exception):
    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


# ---- cleaning -------------------------------------------------------------------------------


class Cleaner:
    """Takes out of a PDF what acts or carries files; the visible page and the filled fields stay."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.removed = 0

    def clean(self) -> int:
        """The number of things removed."""
        root = self.pdf.Root
        for key in CATALOG_KEYS:
            self._drop(root, key)
        if isinstance(root.get("/Names"), pikepdf.Dictionary):
            for key in NAMES_KEYS:
                self._drop(root.Names, key)
        if isinstance(root.get("/AcroForm"), pikepdf.Dictionary):
            self._drop(root.AcroForm, "/XFA")
            self._drop(root.AcroForm, "/CO")
        for thing in self.pdf.objects:
            # Walking costs 100 µs an object, asking for its bytes 3: a tagged PDF has 100,000 of them.
            if isinstance(thing, pikepdf.Stream) or SUSPECT.search(thing.unparse(resolved=True)):
                self._walk(thing, 0)
        return self.removed

    def _drop(self, holder: Any, key: str) -> None:
        if key in holder:
            del holder[key]
            self.removed += 1

    def _walk(self, thing: Any, depth: int) -> None:
        """A direct value and all the direct values in it; indirect ones come in their own turn."""
        if depth > MAX_DEPTH:
            raise Refuse("pdf.complejo")
        if isinstance(thing, pikepdf.Stream):
            self._clean_stream(thing)
        if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            self._clean_dictionary(thing)
            values: list[Any] = [value for _, value in thing.items()]
        elif isinstance(thing, pikepdf.Array):
            values = list(thing)
        else:
            return
        for value in values:
            if isinstance(value, pikepdf.Object) and not value.is_indirect:
                self._walk(value, depth + 1)

    def _clean_stream(self, stream: Any) -> None:
        for key in ("/F", "/FFilter", "/FDecodeParms"):  # data kept in a file outside
            self._drop(stream, key)
        if stream.get("/Type") == "/EmbeddedFile":
            stream.write(b"")
            self.removed += 1

    def _clean_dictionary(self, holder: Any) -> None:
        if _is_bad_action(holder):
            for key in list(holder.keys()):
                del holder[key]
            self.removed += 1
            return
        for key in ("/A", "/PA", "/OpenAction", "/Next"):
            if isinstance(holder.get(key), pikepdf.Dictionary) and _is_bad_action(holder[key]):
                self._drop(holder, key)
        triggers = holder.get("/AA")
        # A font or a picture of a page may be called AA too.
        if isinstance(triggers, pikepdf.Dictionary) and "/Type" not in triggers:
            self._drop(holder, "/AA")
        if "/EF" in holder and ("/F" in holder or "/UF" in holder):
            self._drop(holder, "/EF")
        if isinstance(holder.get("/AF"), (pikepdf.Array, pikepdf.Dictionary)) and "/Type" in holder:
            self._drop(holder, "/AF")
        if isinstance(holder.get("/Annots"), pikepdf.Array):
            kept = [note for note in holder.Annots if not _is_bad_annotation(note)]
            if len(kept) != len(holder.Annots):
                self.removed += len(holder.Annots) - len(kept)
                holder.Annots = pikepdf.Array(kept)


def _is_bad_action(thing: Any) -> bool:
    """Only the listed actions are dangerous; of links, those that do not lead to a web page or an address."""
    if not isinstance(thing, pikepdf.Dictionary) or isinstance(thing, pikepdf.Stream):
        return False
    what = thing.get("/S")
    if not isinstance(what, pikepdf.Name):
        return False
    if what == "/URI" and "/URI" in thing:
        return not str(thing.URI).strip().lower().startswith(GOOD_SCHEMES)
    if what == "/Named" and isinstance(thing.get("/N"), pikepdf.Name):
        return str(thing.N) not in NAMED_ALLOWED
    return str(what) in BAD_ACTIONS


def _is_bad_annotation(note: Any) -> bool:
    return isinstance(note, pikepdf.Dictionary) and str(note.get("/Subtype", "")) in BAD_ANNOTATIONS


# ---- opening --------------------------------------------------------------------------------


def open_pdf(source: Path) -> tuple[pikepdf.Pdf, bool]:
    """The PDF, and whether it had to be repaired.

    What opens without a password is taken even if printing or copying it is restricted: many
    official documents come so. A file without its end is cut short, and is not repaired.
    """
    options: dict[str, Any] = {"suppress_warnings": True, "access_mode": pikepdf.AccessMode.stream}
    try:
        return pikepdf.open(source, attempt_recovery=False, **options), False
    except pikepdf.PasswordError as error:
        raise Refuse("pdf.contrasena") from error
    except (pikepdf.PdfError, ValueError) as error:
        if b"%%EOF" not in _tail(source, 2048):
            raise Refuse("pdf.danado") from error
    try:
        return pikepdf.open(source, **options), True
    except pikepdf.PasswordError as error:
        raise Refuse("pdf.contrasena") from error
    except (pikepdf.PdfError, ValueError) as error:
        raise Refuse("pdf.danado") from error


def _tail(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - size, 0))
        return file.read()


def count_pages(pdf: pikepdf.Pdf, min_pages: int, max_pages: int) -> int:
    """How many pages; Refuse where there are none, too few or too many."""
    pages = len(pdf.pages)
    if pages == 0:
        raise Refuse("pdf.sin_paginas")
    if pages > max_pages:
        raise Refuse("pdf.muchas_paginas", paginas=pages, maximo=max_pages)
    if pages < min_pages:
        raise Refuse("pdf.pocas_paginas", paginas=pages, minimo=min_pages)
    return pages


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """Whether a field of the form carries an electronic signature."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return False
    pending, seen = [form.get("/Fields")], 0
    while pending and seen < 5000:
        seen += 1
        field = pending.pop()
        if isinstance(field, pikepdf.Array):
            pending += list(field)
        elif isinstance(field, pikepdf.Dictionary):
            if field.get("/FT") == "/Sig" and "/V" in field:
                return True
            pending.append(field.get("/Kids"))
    return False


def clean_copy(source: Path, out: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """Writes the cleaned copy. A signed PDF with nothing to remove stays as it is, byte for byte:
    its electronic signature covers the bytes."""
    pdf, repaired = open_pdf(source)
    notices = (
        ["El PDF venía dañado y se reparó. Conviene revisar que estén todas sus páginas."] if repaired else []
    )
    with pdf:
        pages = count_pages(pdf, limits["min_pages"], limits["max_pages"])
        signed = is_signed(pdf)
        removed = Cleaner(pdf).clean()
        untouched = not removed and not repaired and not pdf.is_encrypted
        if signed and untouched and _tail(source, 32).rstrip(b"\r\n\0 ").endswith(b"%%EOF"):
            shutil.copyfile(source, out)
        else:
            if signed:
                notices.append(
                    "El PDF traía una firma electrónica que ya no puede comprobarse en la copia guardada."
                )
            pdf.save(out, linearize=False, deterministic_id=True, encryption=False)
            refuse_lost_streams(pdf)
    return {"pages": pages, "removed": removed, "notices": notices}


def refuse_lost_streams(pdf: pikepdf.Pdf) -> None:
    """qpdf leaves a stream that does not fit into memory empty, and only warns: what it lost is not a copy."""
    if any("bad_alloc" in str(warning) for warning in pdf.get_warnings()):
        raise Refuse("pdf.complejo")


# ---- looking --------------------------------------------------------------------------------


def look(path: Path, max_text: int) -> tuple[str, list[str]]:
    """Text of the first pages (at most `max_text` characters) and what a reviewer would complain about."""
    until = time.monotonic() + SECONDS_LOOKING
    texts: list[str] = []
    blank: list[int] = []
    coarse: list[int] = []
    pdf = pypdfium2.PdfDocument(path)
    for number in range(1, min(len(pdf), PAGES_LOOKED_AT) + 1):
        if time.monotonic() > until:
            break
        page = pdf[number - 1]
        text = _page_text(page, max_text)
        if sum(map(len, texts)) < max_text:
            texts.append(text)
        if len(text.strip()) < 20:
            if _is_blank(page):
                blank.append(number)
            elif _dots_per_inch(page) < 90:
                coarse.append(number)
        page.close()
    pdf.close()
    notices = [
        *_pages_notice(blank, "parece estar en blanco", "parecen estar en blanco"),
        *_pages_notice(coarse, "tiene poca resolución", "tienen poca resolución"),
    ]
    return "\n".join(texts)[:max_text], notices


def _page_text(page: Any, max_text: int) -> str:
    textpage = page.get_textpage()
    try:
        text: str = textpage.get_text_range(0, min(textpage.count_chars(), max_text))
        return text.replace("\0", "").encode("utf-8", "ignore").decode().replace("\r\n", "\n")
    finally:
        textpage.close()


def _is_blank(page: Any) -> bool:
    """Less than one point in 2,500 stands out from the paper, on a picture 160 px wide."""
    width, height = page.get_size()
    scale = min(160 / max(width, 1), 400 / max(height, 1))
    gray = page.render(scale=scale, grayscale=True).to_pil().convert("L")
    counts = gray.histogram()
    paper = max(range(256), key=counts.__getitem__)
    standing_out = sum(count for value, count in enumerate(counts) if abs(value - paper) > 24)
    return bool(standing_out * 2500 < gray.width * gray.height)


def _dots_per_inch(page: Any) -> float:
    """Of the largest picture of the page; 300 where there is none that fills half of it."""
    width, height = page.get_size()
    best = 0.0
    dots = 300.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = picture.get_bounds()
        area = (right - left) * (top - bottom)
        if area > best and area * 2 > width * height:
            best = area
            dots = picture.get_px_size()[0] / max((right - left) / 72, 0.01)
    return dots


def _pages_notice(numbers: list[int], one: str, many: str) -> list[str]:
    if not numbers:
        return []
    if len(numbers) == 1:
        return [f"La página {numbers[0]} {one}."]
    shown = [str(number) for number in numbers[:8]]
    rest = f" y {len(numbers) - 8} más" if len(numbers) > 8 else f" y {shown.pop()}"
    return [f"Las páginas {', '.join(shown)}{rest} {many}."]


# ---- the process ----------------------------------------------------------------------------


def limit_process(limits: dict[str, Any]) -> None:
    """Memory (bytes of address space), processor seconds, size of what it writes (bytes), no core dump."""
    for what, value in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["seconds"] + 1),
        (resource.RLIMIT_FSIZE, limits["max_output"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (int(value), int(value)))


def examine(source: Path, out: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """The answer about one file: its clean copy described, or the key of why it is refused; never an exception."""
    try:
        answer = clean_copy(source, out, limits)
        answer["text"], looked = look(out, limits["max_text"])
        answer["notices"] += looked
        return answer
    except Refuse as refuse:
        return {"refused": refuse.key, "values": refuse.values}
    except MemoryError:
        return {"refused": "pdf.complejo", "values": {}}
    except Exception as error:  # whatever a decoder throws at a hostile file
        sys.stderr.write(f"{type(error).__name__}: {error}"[:500])
        return {"refused": "pdf.danado", "values": {}}


def main(argv: list[str]) -> int:
    """`source out limits-as-json`; the answer goes to stdout as JSON."""
    limits = json.loads(argv[3])
    limit_process(limits)
    sys.stdout.write(json.dumps(examine(Path(argv[1]), Path(argv[2]), limits)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
