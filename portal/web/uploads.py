"""Files over HTTP: in, counted while they arrive and laid on disk; out, as streams that no page can misuse.

    app.request_class = UploadRequest

    @bp.post("/documentos/<tipo>")
    @accepts_uploads(lambda: g.perfil.limite_bytes, max_files=2)
    def subir(tipo):
        files = receive(request, "archivo", g.perfil.limite_bytes)

The decorator is read before the body is: a CSRF check that asks for the form obeys the limit too.
Without it a route takes no files at all. The same address takes a file by pieces: see portal/web/subidas.py.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, TypeVar
from urllib.parse import quote

from flask import Request, Response, current_app, has_app_context
from flask import request as current_request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    RequestedRangeNotSatisfiable,
    RequestEntityTooLarge,
)
from werkzeug.wsgi import LimitedStream

from portal.files.names import display_name
from portal.files.refused import human_size
from portal.web import subidas

FIELDS_BYTES = 1_000_000  # what the text fields of a form may weigh together
DRAIN_BYTES = 64_000_000  # what is still read of a body that is too large, so that the answer arrives
PIECE = 1 << 20

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class ReceivedFile:
    """An uploaded file on disk until the end of the request: `filename` is text to show, never a path."""

    path: Path
    filename: str
    size: int


@dataclass(frozen=True)
class _Accepts:
    """What a route takes: files of at most `limit` bytes, and `max_files` of them."""

    limit: int = 0
    max_files: int = 0


def accepts_uploads(limit: int | Callable[[], int], *, max_files: int = 1) -> Callable[[View], View]:
    """Marks a view that takes files: at most `limit` bytes each (a value, or a function called in the
    request) and `max_files` of them. The innermost decorator: who may send is asked before."""

    def mark(view: View) -> View:
        @wraps(view)
        def taking(*args: Any, **kwargs: Any) -> Any:
            if subidas.es_pieza() and isinstance(current_request, UploadRequest):
                return current_request.by_pieces()
            return view(*args, **kwargs)

        taking.__dict__["accepts_uploads"] = (limit, max_files)
        return taking  # type: ignore[return-value]

    return mark


def accepts_secrets(limit: int, *, max_files: int) -> Callable[[View], View]:
    """Marks a view that takes small files which must never lie on a disk, such as keys: they stay in memory."""

    def mark(view: View) -> View:
        view.__dict__.update(accepts_uploads=(limit, max_files), in_memory=True)
        return view

    return mark


def secret(request: Request, field: str) -> bytes:
    """The bytes of a file of such a view; none where no file came."""
    found = request.files.get(field)
    return found.read() if found is not None else b""


def too_large(limit: int) -> RequestEntityTooLarge:
    """413 with a sentence; also for the page that says it."""
    return RequestEntityTooLarge(
        f"El archivo pesa más de {human_size(limit)}. Hay que reducirlo (por ejemplo, escanear a 150 o 200 ppp) "
        "y volver a subirlo."
    )


class _CountedFile(io.BufferedRandom):
    """A file on disk that refuses the byte after its limit."""

    def __init__(self, path: Path, limit: int, *, named: bool) -> None:
        super().__init__(io.FileIO(path, "w+"), buffer_size=PIECE)
        self.path, self.limit, self.named, self.size = path, limit, named, 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        if self.size > self.limit:
            raise too_large(self.limit)
        return super().write(data)


class _CountedMemory(io.BytesIO):
    """The same without a disk."""

    def __init__(self, limit: int, *, named: bool) -> None:
        super().__init__()
        self.limit, self.named, self.size = limit, named, 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        if self.size > self.limit:
            raise too_large(self.limit)
        return super().write(data)


class UploadRequest(Request):
    """A request whose files are written to a folder of their own, byte by counted byte, and removed with it."""

    upload_tmpdir: Path | None = None
    _accepts: _Accepts | None = None
    _upload_dir: Path | None = None

    @property
    def accepts(self) -> _Accepts:
        """What this route takes: said by its view's decorator, or by `receive` before the body is read."""
        if self._accepts is None:
            view = current_app.view_functions.get(self.endpoint or "") if has_app_context() else None
            limit, max_files = getattr(view, "accepts_uploads", (0, 0))
            self._accepts = _Accepts(limit() if callable(limit) else limit, max_files)
        return self._accepts

    @property
    def max_content_length(self) -> int | None:
        if self._max_content_length is not None:
            return self._max_content_length
        return self.accepts.limit * self.accepts.max_files + FIELDS_BYTES

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def upload_dir(self) -> Path:
        """The folder of this request's files, made when first asked for; good as `workdir` of a check."""
        if self._upload_dir is None:
            parent = self.upload_tmpdir or current_app.config.get("UPLOAD_TMPDIR")
            self._upload_dir = Path(tempfile.mkdtemp(prefix="subida-", dir=parent))
        return self._upload_dir

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        files: list[_CountedFile | _CountedMemory] = self.__dict__.setdefault("_counted", [])
        named = bool(filename)  # a file field left empty comes as a part without name and without bytes
        if len(files) >= 50 or (named and sum(file.named for file in files) >= self.accepts.max_files):
            raise RequestEntityTooLarge("Aquí no se aceptan tantos archivos a la vez.")
        view = current_app.view_functions.get(self.endpoint or "") if has_app_context() else None
        opened: _CountedFile | _CountedMemory
        if hasattr(view, "in_memory"):
            opened = _CountedMemory(self.accepts.limit, named=named)
        else:
            opened = _CountedFile(self.upload_dir() / f"{len(files):02d}", self.accepts.limit, named=named)
        files.append(opened)
        return opened

    def _load_form_data(self) -> None:
        try:
            super()._load_form_data()
            self._refuse_nul()
        except RequestEntityTooLarge as error:
            self._drain()
            # The page that says 413 may ask for the form: it finds an empty one.
            self.__dict__.update(form=ImmutableMultiDict(), files=ImmutableMultiDict(), stream=io.BytesIO())
            if error.description == RequestEntityTooLarge.description:  # werkzeug's own, in English
                raise too_large(self.accepts.limit or FIELDS_BYTES) from error
            raise

    def _refuse_nul(self) -> None:
        """400 for a NUL in a field (nobody types one, and PostgreSQL takes none), or for a field without a name."""
        texts = [text for name, values in self.form.lists() for text in (name, *values)]
        if any(text is None or "\0" in text for text in texts):
            self.__dict__.update(form=ImmutableMultiDict(), files=ImmutableMultiDict())
            raise BadRequest

    def by_pieces(self) -> tuple[Response, int]:
        """The answer about a file that comes by pieces; what is left of a refused body is read."""
        answer, status = subidas.atender(self.accepts.limit, too_large)
        if status >= 400:
            self._drain()
        return answer, status

    def _drain(self) -> None:
        """Reads on for a while: a browser whose upload is cut off shows a broken connection, not our answer."""
        length = self.content_length or 0
        rest = self.__dict__.get("stream") or LimitedStream(self.environ["wsgi.input"], length)
        with contextlib.suppress(OSError, ValueError, ClientDisconnected, RequestEntityTooLarge):
            for _ in range(min(length, DRAIN_BYTES) // PIECE + 1):
                if not rest.read(PIECE):
                    break

    def close(self) -> None:
        """Called by Flask at the end of the request, also after a body that was refused half-way."""
        for file in self.__dict__.get("_counted", ()):
            with contextlib.suppress(OSError):
                file.close()
        super().close()
        if self._upload_dir is not None:
            shutil.rmtree(self._upload_dir, ignore_errors=True)


def receive(
    request: Request, field: str, limit_bytes: int, *, tmpdir: Path | None = None, max_files: int = 20
) -> list[ReceivedFile]:
    """The files of one field, on disk until the request ends; `[]` when none was chosen.

    Those that came by pieces (`subida_<field>`) follow those of the form itself; Refused where one is not there.
    Raises RequestEntityTooLarge (413, its description is a sentence) for a file over `limit_bytes`:
    while it arrives, because the limit is known to the route (`accepts_uploads`) or, where nothing
    has read the form before, from here. `tmpdir` is where the folder of the request is made.
    """
    if not isinstance(request, UploadRequest):
        raise TypeError("app.request_class must be UploadRequest")
    if "files" not in request.__dict__:
        request.upload_tmpdir = tmpdir or request.upload_tmpdir
        if not request.accepts.max_files:
            request._accepts = _Accepts(limit_bytes, max_files)
    received = []
    for storage in request.files.getlist(field):
        stream = storage.stream
        if not storage.filename or not isinstance(stream, _CountedFile):
            continue
        if stream.size > limit_bytes:
            raise too_large(limit_bytes)
        stream.flush()
        received.append(ReceivedFile(stream.path, display_name(storage.filename), stream.size))
    return received + _by_pieces(request, field, limit_bytes, request.accepts.max_files - len(received))


def _by_pieces(request: UploadRequest, field: str, limit_bytes: int, places: int) -> list[ReceivedFile]:
    received: list[ReceivedFile] = []
    for public_id in request.form.getlist(f"subida_{field}"):
        if len(received) >= places:
            raise RequestEntityTooLarge("Aquí no se aceptan tantos archivos a la vez.")
        path = request.upload_dir() / f"pieza-{len(received):02d}"
        nombre, size = subidas.traer(public_id, path)
        if size > limit_bytes:
            raise too_large(limit_bytes)
        received.append(ReceivedFile(path, display_name(nombre), size))
    return received


def nombre_de(files: list[ReceivedFile], otherwise: str) -> str:
    """The original name of the one PDF that came; `otherwise` for photos, which become another file."""
    one_pdf = len(files) == 1 and files[0].filename.lower().endswith(".pdf")
    return files[0].filename if one_pdf else otherwise


# ---- out ------------------------------------------------------------------------------------


class Downloadable(Protocol):
    """What a `documento` row knows of its file; `bytes` is its size."""

    @property
    def nombre(self) -> str:
        """The original name, as text."""

    @property
    def mime(self) -> str:
        """What the check found it to be."""

    @property
    def bytes(self) -> int:
        """Its size."""

    @property
    def sha256(self) -> str:
        """Its hash, in hex."""


Opener = Callable[[int, int | None], BinaryIO]
"""Opens the bytes [start, end) of an object: `partial(storage.open, documento.clave)`."""

PREVIEWED = frozenset({"application/pdf", "image/png", "image/jpeg"})
# No sandbox for a PDF: not every browser's viewer starts in one (Chromium 156 does), and its scripts
# were removed when it was checked.
_CSP_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_CSP_OTHER = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


def send_object(
    opener: Opener, documento: Downloadable, *, inline: bool = False, filename: str | None = None
) -> Response:
    """The answer that streams a stored file: an attachment, or a preview where `inline` and the type allow it.

    Who may see it is asked before. One byte range is honoured (206, 416); nothing is kept by
    caches. `filename` replaces the original name. The headers set here must win over the app's
    general ones.
    """
    shown = inline and documento.mime in PREVIEWED
    mime = documento.mime if documento.mime in PREVIEWED else "application/octet-stream"
    size = documento.bytes
    start, end = _asked_range(size, documento.sha256)
    whole = (start, end) == (0, size)
    stream = opener(start, None if whole else end)
    response = Response(_pieces(stream, end - start), 200 if whole else 206, mimetype=mime)
    response.call_on_close(stream.close)
    response.headers["Content-Length"] = str(end - start)
    if not whole:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.headers.update(
        {
            "Accept-Ranges": "bytes",
            "ETag": f'"{documento.sha256}"',
            "Content-Disposition": disposition(filename or documento.nombre, inline=shown),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
            "Content-Security-Policy": _CSP_PDF if mime == "application/pdf" else _CSP_OTHER,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, no-store",
        }
    )
    return response


def _asked_range(size: int, sha256: str) -> tuple[int, int]:
    """The [start, end) that the request asks for; the whole where it asks for none or for several."""
    asked = current_request.range
    condition = current_request.headers.get("If-Range", "").strip()
    if (
        asked is None
        or asked.units != "bytes"
        or len(asked.ranges) != 1
        or condition not in ("", f'"{sha256}"')
    ):
        return 0, size
    found = asked.range_for_length(size)
    if found is None:
        raise RequestedRangeNotSatisfiable(length=size)
    return found


def _pieces(stream: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := stream.read(min(PIECE, left))):
        left -= len(piece)
        yield piece


def disposition(name: str, *, inline: bool) -> str:
    """A Content-Disposition with the name twice: in ASCII for old clients, in UTF-8 for the rest (RFC 6266, 5987)."""
    shown = display_name(name)
    plain = unicodedata.normalize("NFKD", shown).encode("ascii", "ignore").decode()
    safe = "".join(char for char in plain if char not in '"\\%;') or "archivo"
    return f"{'inline' if inline else 'attachment'}; filename=\"{safe}\"; filename*=UTF-8''{quote(shown, safe='')}"
