"""Signing with an e.firma: whose certificate it is, what is kept of it, and that nothing of the key is."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from portal.domain.efirma import rfcs
from portal.domain.machine import Refused
from portal.models import Documento, Escuela, FirmaElectronica, db
from portal.services import documentos, efirma, runtime
from tenants.scope import escuela_scope
from tests import cierre, efirmas
from tests.cierre import GERENTE, JEFA
from tests.efirmas import CLAVE, RFC, Efirma
from tests.en_servicio import Caso

NOMBRE = "Mtra. Irene Supuesta Ríos"


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return cierre.con_horas(escom, now)


@pytest.fixture(autouse=True)
def autoridades(app: Any, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    known = replace(runtime.current(), efirma_autoridades=efirmas.autoridad(tmp_path, now))
    monkeypatch.setattr(runtime, "_current", known)


def _firmar(caso: Caso, now: datetime, mia: Efirma, **values: Any) -> None:
    todo: dict[str, Any] = {
        "nombre": NOMBRE, "cargo": "Jefa", "rfc": RFC.lower(), "declara": True, "certificado": mia.cer,
        "llave": mia.key, "clave": CLAVE, "identidad": "codigo", "ip": "127.0.0.1",
    }  # fmt: skip
    efirma.firmar(cierre.enlace(caso, JEFA.correo), now=now, **{**todo, **values})


def _guardadas(caso: Caso) -> list[FirmaElectronica]:
    with escuela_scope(caso.escuela.id):
        return list(db.session.scalars(select(FirmaElectronica).execution_options(populate_existing=True)))


@pytest.mark.parametrize(
    ("cual", "values", "key"),
    [
        ({"hasta": -1}, {}, "efirma.vencida"),
        ({"desde": 1}, {}, "efirma.no_empieza"),
        ({}, {"rfc": "OTRO850101AB1"}, "efirma.otro_rfc"),
        ({}, {"nombre": "Irene Otra Ríos"}, "efirma.otro_nombre"),
        ({"nombre": "-"}, {}, "efirma.otro_nombre"),
        ({"emisor": "Autoridad Desconocida"}, {}, "efirma.ajena"),
        ({}, {"clave": "no es esta"}, "efirma.llave"),
        ({}, {"llave": b"nada"}, "efirma.llave"),
        ({}, {"certificado": b"nada"}, "efirma.no_es_certificado"),
        ({}, {"declara": False}, "firma.sin_declaracion"),
        ({}, {"identidad": ""}, "firma.sin_codigo"),
    ],
)
def test_an_efirma_that_does_not_do_is_refused_with_a_sentence(
    caso: Caso, now: datetime, cual: dict[str, Any], values: dict[str, Any], key: str
) -> None:
    carta = cierre.emitir(caso, now)
    with pytest.raises(Refused) as refused:
        _firmar(caso, now, efirmas.efirma(now, **cual), **values)
    assert refused.value.key == key
    assert cierre.circuito(caso, carta)[0].estado == "pendiente"
    assert _guardadas(caso) == []


def test_the_key_of_another_certificate_signs_nothing(caso: Caso, now: datetime) -> None:
    cierre.emitir(caso, now)
    other = efirmas.efirma(now, "OTRA PERSONA")
    with pytest.raises(Refused) as refused:
        _firmar(caso, now, replace(efirmas.efirma(now), key=other.key))
    assert refused.value.key == "efirma.otra_llave"


def test_an_authoritys_name_on_a_certificate_that_it_did_not_sign_deceives_nobody(
    caso: Caso, now: datetime
) -> None:
    cierre.emitir(caso, now)
    real = efirmas.llave("Autoridad Ficticia")
    try:
        efirmas.llave.cache_clear()
        forged = efirmas.efirma(now)
    finally:
        assert efirmas.llave("Autoridad Ficticia") is not real
    with pytest.raises(Refused) as refused:
        _firmar(caso, now, forged)
    assert refused.value.key == "efirma.ajena"


def test_the_letter_prints_the_certificate_and_its_signature_can_be_checked_again(
    caso: Caso, now: datetime, drain: Callable[[], int], client: FlaskClient
) -> None:
    carta = cierre.emitir(caso, now)
    _firmar(caso, now, efirmas.efirma(now))
    cierre.firmar(caso, now, GERENTE)
    drain()
    carta = cierre.leer(caso, carta)
    assert carta.estado == "emitida"
    (kept,) = _guardadas(caso)
    assert (kept.serie, kept.rfc, kept.titular) == ("00001000000900000001", RFC, "IRENE SUPUESTA RÍOS")
    assert efirma.comprobar(kept, carta)
    page = client.get(f"/verificar/{carta.codigo}").text
    assert "e.firma con certificado 00001000000900000001 de Autoridad Ficticia, comprobada ahora" in page
    with escuela_scope(caso.escuela.id):
        documento = db.session.scalars(select(Documento).where(Documento.id == carta.documento_id)).one()
        with documentos.abrir(documento) as stream:
            said = " ".join(pypdfium2.PdfDocument(stream.read())[0].get_textpage().get_text_range().split())
    assert "Firmada con e.firma el" in said
    assert "Certificado 00001000000900000001" in said
    said_of_letter = dict(carta.valores)
    carta.valores = {**said_of_letter, "horas": 999}
    assert not efirma.comprobar(kept, carta)
    carta.valores, carta.folio = said_of_letter, "OTRO/2026/0001"
    assert not efirma.comprobar(kept, carta)
    db.session.rollback()


def test_nothing_of_the_key_or_its_password_is_stored_or_logged(
    caso: Caso, now: datetime, client: FlaskClient, app: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    cierre.emitir(caso, now)
    mia, token = efirmas.efirma(now), cierre.identificado(client, caso, JEFA.correo)
    written: list[str] = []
    app.config["UPLOAD_TMPDIR"] = tmp_path / "subidas"
    app.config["UPLOAD_TMPDIR"].mkdir()

    def send(clave: str) -> Any:
        data = {
            "nombre": NOMBRE, "cargo": "Jefa", "rfc": RFC, "clave": clave, "declaro_efirma": "y",
            "cer": (io.BytesIO(mia.cer), "mia.cer"), "key": (io.BytesIO(mia.key), "mia.key"),
        }  # fmt: skip
        answer = client.post(f"/firmar/{token}/efirma", data=data, content_type="multipart/form-data")
        written.extend(str(p) for p in app.config["UPLOAD_TMPDIR"].rglob("*"))
        return answer

    with caplog.at_level(logging.DEBUG):
        refused = send("Otra-clave-secreta-9")
        assert refused.status_code == 400
        assert "revise que sea el archivo .key y su contraseña" in refused.text
        assert "Otra-clave-secreta-9" not in refused.text
        assert send(CLAVE).status_code == 302
    assert written == []
    assert CLAVE not in caplog.text
    assert "Otra-clave-secreta-9" not in caplog.text
    kept, piece = _everything(app, caso.escuela.id), mia.key[300:360]
    assert RFC.encode() in kept
    for secret in (
        CLAVE.encode(),
        piece,
        repr(piece)[2:-1].encode(),
        base64.b64encode(piece),
        piece.hex().encode(),
    ):
        assert secret not in kept


def _everything(app: Any, escuela_id: int) -> bytes:
    """Every value of every row of the database, and every stored object."""
    out = io.BytesIO()
    storage = app.extensions["portal_backends"].storage
    with escuela_scope(escuela_id):
        for table in inspect(db.engine).get_table_names():
            for row in db.session.connection().exec_driver_sql(f'SELECT * FROM "{table}"'):  # noqa: S608
                out.write(repr(tuple(row)).encode())
        for item in storage.list(f"escuela/{escuela_id}/"):
            with storage.open(item.key) as stream:
                out.write(stream.read())
    return out.getvalue()


def test_without_known_authorities_nobody_is_offered_an_efirma(
    caso: Caso, now: datetime, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cierre.emitir(caso, now)
    token = cierre.identificado(client, caso, JEFA.correo)
    assert "Firmar con mi e.firma" in client.get(f"/firmar/{token}").text
    monkeypatch.setattr(runtime, "_current", replace(runtime.current(), efirma_autoridades=None))
    assert "Firmar con mi e.firma" not in client.get(f"/firmar/{token}").text
    assert client.post(f"/firmar/{token}/efirma").status_code == 404


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("SUIR850101AB1", ("SUIR850101AB1",)),
        ("EMP010101AB1 / SUIR850101AB1", ("EMP010101AB1", "SUIR850101AB1")),
        ("", ()),
    ],
)
def test_a_company_certificate_names_the_company_and_who_represents_it(
    said: str, found: tuple[str, ...]
) -> None:
    assert rfcs(said) == found
