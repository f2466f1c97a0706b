"""Taking a ZIP apart without being drowned by it: counted entries, counted bytes, no paths, no passwords."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from portal.files.refused import FileRefused, human_size

PIECE = 1 << 20
DIRECTORY = 1_000_000
"""Bytes of a ZIP's list of entries: one of millions would fill the memory before anybody could count it."""
OFFICE = ("[Content_Types].xml", "mimetype")
"""What the files of Word, Excel and LibreOffice hold at their top: they are ZIPs, and no ZIP of PDFs."""
_IGNORED = ("__MACOSX/", ".")


@dataclass(frozen=True)
class Entrada:
    """One file of a ZIP: its name without folders, where it was written; or in a sentence why it was not."""

    nombre: str
    path: Path | None
    problema: str = ""


def is_zip(path: Path) -> bool:
    """Whether the bytes are those of a ZIP that holds at least one entry (or of an empty one)."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def expand(path: Path, folder: Path, *, max_entries: int, max_bytes: int, max_total: int) -> list[Entrada]:
    """The files of a ZIP, written to `folder` under numbers; each at most `max_bytes`, together at most `max_total`.

    Sizes are counted while they come out: what the ZIP says of itself is not believed. Folders and the hidden files of
    a Mac are left out. Raises FileRefused for a ZIP that cannot be read, or holds too much, or is a document.
    """
    if _directory_size(path) > DIRECTORY:
        raise FileRefused("zip.muchos", cuantos="demasiados", maximo=max_entries)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir() and not _hidden(i.filename)]
            if any(info.filename in OFFICE for info in infos):
                raise FileRefused("archivo.office")
            if not infos:
                raise FileRefused("zip.vacio")
            if len(infos) > max_entries:
                raise FileRefused("zip.muchos", cuantos=len(infos), maximo=max_entries)
            found, left = [], max_total
            for number, info in enumerate(infos):
                entry = _one(archive, info, folder / f"{number:04d}", min(max_bytes, left))
                if entry.path is None and left < max_bytes:
                    raise FileRefused("zip.grande", limite=human_size(max_total))
                left -= entry.path.stat().st_size if entry.path else 0
                found.append(entry)
            return found
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, zlib.error) as error:
        raise FileRefused("zip.danado") from error


def _directory_size(path: Path) -> int:
    """What the end of the ZIP says of its list of entries (bytes), which is how much of it would be read."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 65_557, 0))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    return struct.unpack_from("<L", tail, end + 12)[0] if 0 <= end <= len(tail) - 22 else 0


def _hidden(name: str) -> bool:
    return name.startswith(_IGNORED[0]) or PurePosixPath(name).name.startswith(_IGNORED[1])


def _one(archive: zipfile.ZipFile, info: zipfile.ZipInfo, out: Path, limit: int) -> Entrada:
    nombre = PurePosixPath(info.filename.replace("\\", "/")).name[:130]
    if info.flag_bits & 0x1:
        return Entrada(nombre, None, "Está protegido con contraseña.")
    written = 0
    try:
        with archive.open(info) as source, out.open("wb") as target:
            while piece := source.read(PIECE):
                written += len(piece)
                if written > limit:
                    break
                target.write(piece)
    except (zipfile.BadZipFile, EOFError, zlib.error):
        out.unlink(missing_ok=True)
        return Entrada(nombre, None, "Viene dañado dentro del ZIP.")
    if written > limit:
        out.unlink(missing_ok=True)
        return Entrada(nombre, None, f"Pesa más de {human_size(limit)}.")
    return Entrada(nombre, out)
