"""Files over HTTP: counted while they arrive, gone with the request, and sent so that no page misuses them."""

import io
from functools import partial
from types import SimpleNamespace

import pytest
from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge

from portal.web.uploads import UploadRequest, accepts_uploads, disposition, receive, send_object

LIMIT = 300_000
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def app(tmp_path):
    app = Flask(__name__)
    app.request_class = UploadRequest
    app.config.update(TESTING=True, UPLOAD_TMPDIR=str(tmp_path))

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(error):
        return f"{error.description} {sorted(request.form)}", 413

    @app.post("/dos")
    @accepts_uploads(lambda: LIMIT, max_files=2)
    def dos():
        files = receive(request, "archivo", LIMIT)
        return {
            "files": [[file.filename, file.size, file.path.stat().st_size] for file in files],
            "texto": request.form.get("texto"),
            "where": [file.path.parent.parent.samefile(tmp_path) for file in files],
        }

    @app.post("/tarde")
    def tarde():
        return {"files": [file.size for file in receive(request, "archivo", 1000)]}

    @app.post("/antes")
    @accepts_uploads(LIMIT, max_files=2)
    def antes():  # as a CSRF check does: the form is read, `receive` is never called
        return {"texto": request.form["texto"]}

    @app.post("/nada")
    def nada():
        return {"texto": request.form["texto"]}

    app.get("/documento/<mime>")(documento)
    app.get("/documento/<mime>/<inline>")(documento)
    return app


def documento(mime, inline=""):
    row = SimpleNamespace(
        nombre="Créditos «1».pdf", mime=mime.replace("-", "/"), bytes=len(CONTENT), sha256="ab"
    )
    return send_object(opened, row, inline=bool(inline))


def opened(start, end):
    return io.BytesIO(CONTENT[start:end])


def form(*sizes, **fields):
    return {**fields, "archivo": [(io.BytesIO(b"x" * size), f"../foto{size}.jpg") for size in sizes]}


@pytest.mark.parametrize("sizes", [(10,), (LIMIT,), (LIMIT, 5), (0,), ()])
def test_files_arrive_on_disk_and_are_gone_after_the_request(app, tmp_path, sizes):
    answer = app.test_client().post(
        "/dos", data=form(*sizes, texto="hola"), content_type="multipart/form-data"
    )
    assert answer.json["files"] == [[f"foto{size}.jpg", size, size] for size in sizes]
    assert answer.json["texto"] == "hola"
    assert all(answer.json["where"])
    answer.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "sizes", "sentence"),
    [
        ("/dos", (LIMIT + 1,), "pesa más de 300 KB"),
        ("/dos", (5_000_000,), "pesa más de 300 KB"),
        ("/antes", (LIMIT + 1,), "pesa más de 300 KB"),
        ("/dos", (5, 5, 5), "tantos archivos"),
        ("/tarde", (1001,), "pesa más de 1 KB"),
        ("/nada", (5,), "tantos archivos"),
    ],
)
def test_what_is_too_much_is_413_with_a_sentence_and_leaves_nothing(app, tmp_path, path, sizes, sentence):
    answer = app.test_client().post(path, data=form(*sizes, texto="hola"), content_type="multipart/form-data")
    assert answer.status_code == 413
    assert sentence in answer.text
    answer.close()
    assert not list(tmp_path.iterdir())


def test_a_body_without_declared_length_is_counted_too(app, tmp_path):
    body = b'--b\r\nContent-Disposition: form-data; name="archivo"; filename="a"\r\n\r\n' + b"x" * 9_000_000
    answer = app.test_client().post(
        "/dos",
        input_stream=io.BytesIO(body),
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert "300 KB" in answer.text
    answer.close()
    assert not list(tmp_path.iterdir())


def test_an_upload_never_lies_whole_in_memory(app):
    import tracemalloc

    body = (
        b'--b\r\nContent-Disposition: form-data; name="archivo"; filename="a"\r\n\r\n'
        + b"x" * 30_000_000
        + b"\r\n--b--"
    )
    app.view_functions["dos"].__dict__["accepts_uploads"] = (40_000_000, 1)
    source = io.BytesIO(body)
    with app.test_request_context(
        "/dos",
        method="POST",
        input_stream=source,
        content_type="multipart/form-data; boundary=b",
        content_length=len(body),
    ):
        tracemalloc.start()
        assert receive(request, "archivo", 40_000_000)[0].size == 30_000_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 6_000_000


def test_a_download_is_an_attachment_that_nobody_keeps_or_guesses(app):
    answer = app.test_client().get("/documento/application-pdf")
    assert answer.data == CONTENT
    headers = answer.headers
    assert headers["Content-Disposition"].startswith(
        "attachment; filename=\"Creditos 1.pdf\"; filename*=UTF-8''Cr%C3%A9"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Length"] == str(len(CONTENT))
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("mime", "shown", "sandboxed"),
    [
        ("application-pdf", True, False),
        ("image-png", True, True),
        ("text-html", False, True),
        ("image-svg+xml", False, True),
    ],
)
def test_only_pdf_and_pictures_are_shown_in_the_page(app, mime, shown, sandboxed):
    headers = app.test_client().get(f"/documento/{mime}/ver").headers
    assert headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert ("sandbox" in headers["Content-Security-Policy"]) is sandboxed
    if not shown:
        assert headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("asked", "status", "piece"),
    [
        ("bytes=0-9", 206, CONTENT[:10]),
        ("bytes=100-", 206, CONTENT[100:]),
        ("bytes=-5", 206, CONTENT[-5:]),
        ("bytes=0-1,5-6", 200, CONTENT),
        ("lines=1-2", 200, CONTENT),
        ("bytes=999999-", 416, None),
    ],
)
def test_one_range_is_honoured(app, asked, status, piece):
    answer = app.test_client().get("/documento/application-pdf", headers={"Range": asked})
    assert answer.status_code == status
    assert piece is None or answer.data == piece


def test_a_range_of_another_version_gives_the_whole(app):
    get = partial(app.test_client().get, "/documento/application-pdf")
    assert get(headers={"Range": "bytes=0-9", "If-Range": '"otra"'}).status_code == 200
    assert get(headers={"Range": "bytes=0-9", "If-Range": '"ab"'}).status_code == 206


@pytest.mark.parametrize(
    "name", ['a"; filename="b.exe', "a\r\nSet-Cookie: x", "\u202efdp.exe", "日本.pdf", "%41\\..;x"]
)
def test_a_name_cannot_break_out_of_its_header(name):
    header = disposition(name, inline=False)
    assert header.isascii()
    assert header.count('"') == 2
    assert "\r" not in header
    assert "\n" not in header
    assert header.count(";") == 2
