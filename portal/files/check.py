"""One door for every file that comes in: what it really is, whether it is taken, and the clean copy."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import puremagic

from portal.files import images, pdf_child
from portal.files.kinds import PDF_MIME, FileKind, Makes
from portal.files.refused import FileRefused, human_size

CHILD_MEMORY = 1024 * 1024 * 1024  # bytes of address space
CHILD_SECONDS = 30.0
MAX_TEXT = 20_000  # characters
# A child may take CHILD_MEMORY, a picture 500 MB: a burst of uploads waits instead of filling the machine.
_children = threading.BoundedSemaphore(2)
_pictures = threading.BoundedSemaphore(2)
BYTES_PER_SECOND = 20_000_000  # a big expediente gets more time by this much


@dataclass(frozen=True)
class Limits:
    """What checking one file may cost: bytes of memory, seconds, megapixels, characters of text kept."""

    memory: int = CHILD_MEMORY
    seconds: float = CHILD_SECONDS
    megapixels: float = images.MAX_MEGAPIXELS
    text: int = MAX_TEXT


@dataclass(frozen=True)
class CheckedFile:
    """The clean copy (`path`, in the workdir) and what is known of it. `size` in bytes, `sha256` in hex,
    `pages` 0 for a picture, `width` and `height` in px and 0 for a PDF; `notices` are sentences for
    the person, none of which refuses the file."""

    path: Path
    mime: str
    size: int
    sha256: str
    pages: int
    width: int = 0
    height: int = 0
    notices: tuple[str, ...] = ()
    text_excerpt: str = ""


def check(paths: Sequence[Path], kind: FileKind, *, workdir: Path, limits: Limits = Limits()) -> CheckedFile:
    """Checks what was uploaded for one place against its kind and makes the copy that is kept.

    The type is what the bytes and a whole decode say; names and declared types are never looked
    at. The sources are not changed. Raises FileRefused, and nothing else for any content.
    """
    if not paths:
        raise FileRefused("archivo.falta")
    mimes = [_accepted_mime(path, kind) for path in paths]
    out = Path(tempfile.mkdtemp(prefix="revisado-", dir=workdir)) / "limpio"
    if len(paths) > 1:
        _refuse_mixture(mimes, kind)
    if mimes[0] == PDF_MIME:
        return _check_pdf(paths[0], kind, out, limits)
    with _pictures:
        if kind.makes == "pdf":
            return _check_photos(paths, kind, out, limits)
        return _check_picture(paths[0], kind, out, limits)


def _refuse_mixture(mimes: list[str], kind: FileKind) -> None:
    """Several files are one document only when all are photos and the kind says so."""
    if not kind.allow_images_to_pdf:
        raise FileRefused("archivo.uno")
    if PDF_MIME in mimes:
        raise FileRefused("archivo.mezcla")
    if len(mimes) > kind.max_images:
        raise FileRefused("imagen.muchas", maximo=kind.max_images)


# ---- what it is -----------------------------------------------------------------------------


def sniff(path: Path) -> str:
    """The type that the first bytes say, or `""`. Families that are refused by name have short ones:
    `heic`, `office` (any ZIP or OLE container), `web` (HTML, SVG, XML)."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return PDF_MIME
    for magic, mime in ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")):
        if head.startswith(magic):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in _HEIF_BRANDS else ""
    if head.startswith(
        (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b")
    ):
        return "office"
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<head", b"<body", b"<!--")):
        return "web"
    return ""


_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"avif"}
)


def _accepted_mime(path: Path, kind: FileKind) -> str:
    """The accepted type of a file, or FileRefused with what to do."""
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("archivo.vacio")
    if size > kind.max_bytes:
        raise FileRefused("archivo.grande", limite=human_size(kind.max_bytes))
    mime = sniff(path)
    if mime in kind.mimes and _second_opinion(path, mime):
        return mime
    refusals = {"heic": "imagen.heic", "office": "archivo.office", "web": "archivo.web"}
    key = refusals.get(mime, "archivo.tipo")
    if key == "archivo.office" and PDF_MIME not in kind.mimes:
        key = "archivo.tipo"
    if mime.startswith("image/") and kind.mimes == (PDF_MIME,):
        key = "archivo.foto"
    raise FileRefused(key, acepta=kind.accepts_words)


def _second_opinion(path: Path, mime: str) -> bool:
    """puremagic, whose table is not ours, must know the type among its guesses."""
    with path.open("rb") as file:
        head = file.read(4096)
    try:
        guesses = puremagic.magic_string(head.lstrip(b"\xef\xbb\xbf \t\r\n") if mime == PDF_MIME else head)
    except (puremagic.PureError, ValueError):
        return False
    subtype = mime.rsplit("/", 1)[1]
    return any(subtype in (guess.mime_type or "") or subtype in guess.name.lower() for guess in guesses)


# ---- PDF ------------------------------------------------------------------------------------


def _check_pdf(path: Path, kind: FileKind, out: Path, limits: Limits) -> CheckedFile:
    if zipfile.is_zipfile(path):
        raise FileRefused("archivo.doble")
    answer = run_child(path, out, kind, limits)
    if "refused" in answer:
        raise FileRefused(str(answer["refused"]), **answer["values"])
    return _checked(
        out, PDF_MIME, pages=answer["pages"], notices=tuple(answer["notices"]), text_excerpt=answer["text"]
    )


def run_child(path: Path, out: Path, kind: FileKind, limits: Limits) -> dict[str, Any]:
    """What `pdf_child` answers about a PDF; its death is an answer too (`pdf.complejo`, `pdf.tiempo`)."""
    size = path.stat().st_size
    seconds = limits.seconds + size / BYTES_PER_SECOND
    bounds = {
        "memory": limits.memory,
        "seconds": seconds,
        "max_output": 2 * size + 50_000_000,
        "max_text": limits.text,
        "min_pages": kind.min_pages,
        "max_pages": kind.max_pages,
    }
    # By its path and isolated (-I): nothing of the portal is imported, no variable of ours is seen.
    command = [sys.executable, "-I", pdf_child.__file__, str(path), str(out), json.dumps(bounds)]
    with _children:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                env={"LANG": "C.UTF-8"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"refused": "pdf.tiempo", "values": {}}
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {
            "refused": "pdf.tiempo" if done.returncode == -signal.SIGXCPU else "pdf.complejo",
            "values": {},
        }
    return answer


# ---- pictures -------------------------------------------------------------------------------


def _check_photos(paths: Sequence[Path], kind: FileKind, out: Path, limits: Limits) -> CheckedFile:
    """Photos become one PDF, in the order in which they came."""
    notices = images.photos_to_pdf(paths, out, max_megapixels=limits.megapixels)
    if len(paths) < kind.min_pages:
        raise FileRefused("pdf.pocas_paginas", paginas=len(paths), minimo=kind.min_pages)
    return _checked(out, PDF_MIME, pages=len(paths), notices=notices)


def _check_picture(path: Path, kind: FileKind, out: Path, limits: Limits) -> CheckedFile:
    make, mime = _PICTURES[kind.makes]
    width, height = make(path, out, max_megapixels=limits.megapixels)
    notices = ("El logo tiene poca resolución.",) if kind.makes == "logo" and max(width, height) < 200 else ()
    return _checked(out, mime, width=width, height=height, notices=notices)


_PICTURES: dict[Makes, tuple[Callable[..., tuple[int, int]], str]] = {
    "logo": (images.clean_logo, "image/png"),
    "retrato": (images.square_photo, "image/jpeg"),
    "firma": (images.clean_signature, "image/png"),
}


def _checked(out: Path, mime: str, **known: Any) -> CheckedFile:
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return CheckedFile(path=out, mime=mime, size=out.stat().st_size, sha256=digest, **{"pages": 0, **known})
