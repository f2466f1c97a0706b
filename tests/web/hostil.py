"""What somebody hostile sends: texts, files, file names and bodies; and the forms that the portal's own pages show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from urllib.parse import urlsplit

from hypothesis import strategies as st

from tests.files import samples

MARCA = "sobrepuesto-4471"
"""What over-posted fields carry: it must reach no row."""
SOBREPUESTOS = (
    "id", "public_id", "escuela_id", "escuela", "estado", "estado_desde", "creado", "rol", "usuario_id", "alumno_id",
    "dependencia_id", "convenio_id", "servicio_id", "documento_id", "decidio", "folio", "numero", "analisis",
    "sha256", "horas_aceptadas", "perfil_version", "verificada", "contrasena_hash", "activo", "message_id",
)  # fmt: skip
TEXTOS = (
    "", " ", "\0", "texto\0oculto", "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A9)", "\t=1",
    "x\r\nBcc: otra@ejemplo.test", "a@ejemplo.test\nBcc: b@ejemplo.test", "\u202efdp.exe", "\ufeff", "\U0001f4a5" * 300,
    "a" * 9000, "á" * 4000, "' OR 1=1 --", "<script>alert(1)</script>", "{{ 7*7 }}{% raw %}", "%s%n%00", "../../etc",
    "-1", "0", "9" * 40, "1e309", "NaN", "Infinity", "0x10", "٣", "2026-02-30", "0000-00-00", "9999-12-31",
    "1800-01-01", "32768", "99999999999", "true", "null", "[]", "https://ejemplo.test/\r\nSet-Cookie: a=b",
)  # fmt: skip
NOMBRES = (
    "../../../etc/passwd.pdf", "..\\..\\windows.pdf", "a\0b.pdf", "\u202efdp.exe", "a" * 300 + ".pdf", ".", "..",
    "CON.pdf", "x\r\nX-Malo: 1.pdf", 'comillas";filename="otro.exe', "ñandú \U0001f4a5.pdf", "=cmd.pdf", "%00.pdf", "/",
)  # fmt: skip
CUERPOS: tuple[tuple[str, bytes], ...] = (
    ("multipart/form-data", b"--x\r\n\r\nsin frontera"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=x", b""),
    ("multipart/form-data; boundary=x", b"--x"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nsin fin'),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nsin nombre\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: " + b"b" * 70_000 + b"\r\n\r\n\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="motivo"; filename*=utf-8\'\'%ff'
     b"\r\n\xff\xfe\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="motivo"\r\n\r\n'
     b"\xff\xfe\x00\r\n--x--"),
    ("multipart/form-data; boundary=" + "x" * 3000, b"--xxx\r\n"),
    ("multipart/mixed; boundary=x", b"--x\r\n\r\n--x--"),
    ("application/x-www-form-urlencoded", b"motivo=%ff%fe&%00=1&a=%00"),
    ("application/x-www-form-urlencoded", b"&" * 5000),
    ("application/x-www-form-urlencoded", b"a=1&" * 3000),
    ("application/json", b"{"),
    ("application/json", b"null"),
    ("application/json", b'["x", {"id": "\\ud800"}]'),
    ("application/json", b'{"id": "\\ud800", "nombre": "\\u0000", "response": [], "rawId": {}}'),
    ("application/json", b"[" * 3000),
    ("text/plain; charset=no-existe", b"\xff"),
    ("", b"sin tipo"),
)  # fmt: skip


@cache
def archivos() -> tuple[tuple[str, bytes], ...]:
    """(name, content) of files that are not what they say, or much more than they look."""
    pdf = samples.pdf_bytes(samples.pdf_of("Documento ficticio"))
    return (
        ("vacio.pdf", b""),
        ("roto.pdf", pdf[: len(pdf) // 2]),
        ("cabeza.pdf", b"%PDF-1.7\n"),
        ("pagina.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("dibujo.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("bomba.png", samples.png_header(60_000, 60_000)),
        ("medio.png", samples.png_header(400, 400)),
        ("comprimido.pdf", samples.zip_bytes()),
        ("poliglota.pdf", pdf + samples.zip_bytes(b"x" * 1000)),
        ("gif.jpg", b"GIF89a/*" + b"\0" * 40 + b"*/=1;alert(1)//"),
        ("lista.csv", b"boleta,paterno\n=1+1,\x00\xff\n"),
        ("ruido.pdf", bytes(range(256)) * 4),
    )


@dataclass
class Formulario:
    """A form that a page shows: what a browser would send, and the names of its file fields."""

    valores: dict[str, list[str]] = field(default_factory=dict)
    archivos: list[str] = field(default_factory=list)


class _Formularios(HTMLParser):
    """Forms of a page by the path that they post to."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.found = path, {}  # type: ignore[var-annotated]
        self.now: Formulario | None = None
        self.name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            action = urlsplit(given.get("action") or self.path).path
            self.now = self.found.setdefault(action, Formulario())
        name = given.get("name", "")
        if self.now is None or (not name and tag != "option"):
            return
        if tag == "input" and given.get("type") == "file":
            self.now.archivos.append(name)
        elif tag in ("input", "button", "textarea"):
            self.now.valores.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self.name = name
            self.now.valores.setdefault(name, [])
        elif tag == "option" and self.name:
            self.now.valores[self.name].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.now, self.name = None, ""
        elif tag == "select":
            self.name = ""


def formularios(path: str, html: str) -> dict[str, Formulario]:
    """The POST forms of a page by the path that they post to."""
    parser = _Formularios(path)
    parser.feed(html)
    return parser.found


def textos() -> st.SearchStrategy[str]:
    """A hostile text, or any other."""
    return st.one_of(st.sampled_from(TEXTOS), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))


@st.composite
def envios(draw: st.DrawFn, form: Formulario, otros: tuple[str, ...]) -> dict[str, list[str]]:
    """The fields of a form, some as the page had them and some hostile; a form never seen gets names from others."""
    names = [name for name in form.valores if name != "csrf_token"] or draw(
        st.lists(st.sampled_from(otros), max_size=4, unique=True)
    )
    sent: dict[str, list[str]] = {}
    for name in names:
        known = form.valores.get(name) or [""]
        value = draw(st.one_of(st.sampled_from(known), textos()))
        sent[name] = [value] * draw(st.sampled_from((1, 1, 1, 2)))
    return sent


def partes(form: Formulario) -> Iterator[tuple[str, str, bytes]]:
    """(field, file name, content) of every hostile file, each under another hostile name."""
    for field_name in form.archivos[:1]:
        for number, (name, content) in enumerate(archivos()):
            yield field_name, NOMBRES[number] if number % 3 else name, content
