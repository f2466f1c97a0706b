"""The seal: two readers that nobody here wrote accept it, and reject it with one byte changed."""

import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import keys, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from portal.files.merge import merge
from portal.letters import certificado, examen, seal
from tests.letters.ayuda import hacer, logo_de
from tests.letters.pdfa import faltas

AHORA = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
PDFSIG = pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")


@cache
def _certificado(rsa_bits: int = 0) -> certificado.Certificado:
    return certificado.crear(
        nombre="Escuela Superior de Ejemplo", institucion="Instituto de Ejemplo", oficina="Extensión",
        correo="ss@escuela.test", desde=datetime.now(UTC), dias=30, rsa_bits=rsa_bits,
    )  # fmt: skip


@cache
def _carta() -> bytes:
    return hacer("aceptacion", logo=logo_de("escom"))


def _sellada(rsa_bits: int = 0, tsa: HTTPTimeStamper | None = None) -> bytes:
    sello = seal.Sello.abrir(_certificado(rsa_bits))
    return seal.sellar(_carta(), sello, razon="Carta 42", lugar="Ciudad de México", cuando=AHORA, tsa=tsa)


def _examen(pdf: bytes, carpeta: Path) -> examen.Examen:
    archivo = carpeta / "carta.pdf"
    archivo.write_bytes(pdf)
    return examen.examinar(archivo)


def _pdfsig(pdf: bytes, carpeta: Path) -> str:
    archivo = carpeta / "carta.pdf"
    archivo.write_bytes(pdf)
    return subprocess.run(
        ["pdfsig", str(archivo)], capture_output=True, text=True, check=False, env={"HOME": str(carpeta)}
    ).stdout


@pytest.mark.parametrize("rsa_bits", [0, 2048])
def test_a_sealed_letter_is_the_letter_with_a_signature_behind_it(rsa_bits: int, tmp_path: Path) -> None:
    pdf = _sellada(rsa_bits)
    assert pdf.startswith(_carta())
    assert faltas(pdf) == []
    dicho = _examen(pdf, tmp_path)
    assert (dicho.firmado, dicho.integro, dicho.quien) == (True, True, "Escuela Superior de Ejemplo")
    assert (dicho.cuando, dicho.sello_de_tiempo) == (AHORA, None)
    assert dicho.huella == certificado.ficha(_certificado(rsa_bits).certificado).huella
    assert "7KQM-4XWD-9RTP" in dicho.claves


@PDFSIG
@pytest.mark.parametrize("rsa_bits", [0, 2048])
def test_poppler_accepts_it_and_that_it_covers_the_whole_document(rsa_bits: int, tmp_path: Path) -> None:
    dicho = _pdfsig(_sellada(rsa_bits), tmp_path)
    assert "Signature is Valid" in dicho
    assert "Total document signed" in dicho
    assert "ETSI.CAdES.detached" in dicho


LUGARES = {"its text": 0.5, "its fonts": 0.1, "its signature's dictionary": 0.97}


@pytest.mark.parametrize("donde", LUGARES)
def test_one_byte_changed_is_noticed_by_pyhanko_and_by_poppler(donde: str, tmp_path: Path) -> None:
    pdf = bytearray(_sellada())
    lugar = int(len(pdf) * LUGARES[donde])
    while (
        0x30 <= pdf[lugar] <= 0x39 or not 0x40 < pdf[lugar] < 0x7B
    ):  # a letter, so that the file still opens
        lugar += 1
    pdf[lugar] ^= 0x20
    assert not _examen(bytes(pdf), tmp_path).integro
    if shutil.which("pdfsig"):
        assert "Signature is Valid" not in _pdfsig(bytes(pdf), tmp_path)


def test_what_is_written_behind_the_seal_is_noticed(tmp_path: Path) -> None:
    assert not _examen(_sellada() + b"\n% more\n", tmp_path).integro


@pytest.mark.parametrize("contenido", [b"", b"not a PDF", b"%PDF-1.7\n/ByteRange [0 1 2 3]\n%%EOF"])
def test_a_file_that_cannot_be_read_is_no_error(contenido: bytes, tmp_path: Path) -> None:
    dicho = _examen(contenido, tmp_path)
    assert (dicho.integro, dicho.firmado) == (False, b"ByteRange" in contenido)


def test_a_letter_without_a_seal_says_so(tmp_path: Path) -> None:
    dicho = _examen(_carta(), tmp_path)
    assert (dicho.firmado, dicho.integro) == (False, False)


def _como_del_sat(texto: str) -> certificado.Certificado:
    """A certificate that carries an RFC as text in 2.5.4.45, issued by another that does too."""
    llave = ec.generate_private_key(ec.SECP256R1())
    nombre = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "ESCUELA DE EJEMPLO"),
            x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, texto),
        ]
    )
    ahora = datetime.now(UTC)
    hecho = (
        x509.CertificateBuilder(nombre, nombre, llave.public_key(), 7)
        .not_valid_before(ahora - timedelta(days=1))
        .not_valid_after(ahora + timedelta(days=9))
        .sign(llave, hashes.SHA256())
    )
    privada = llave.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificado.Certificado(hecho.public_bytes(serialization.Encoding.PEM).decode(), privada.decode())


def test_a_certificate_with_an_rfc_as_text_in_its_unique_identifier_seals_and_is_examined(
    tmp_path: Path,
) -> None:
    sello = seal.Sello.abrir(_como_del_sat("EEJ010101AB1 / XEXX010101HNEXXXA4"))
    pdf = seal.sellar(_carta(), sello, razon="Carta", lugar="México", cuando=AHORA)
    dicho = _examen(pdf, tmp_path)
    assert (dicho.integro, dicho.quien) == (True, "ESCUELA DE EJEMPLO")


# ---- time stamps -----------------------------------------------------------------------------


@cache
def _tsa() -> DummyTimeStamper:
    llave = rsa.generate_private_key(65537, 2048)
    nombre = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hora de ejemplo")])
    hecho = (
        x509.CertificateBuilder(nombre, nombre, llave.public_key(), 9)
        .not_valid_before(AHORA - timedelta(days=900))
        .not_valid_after(AHORA + timedelta(days=900))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(llave, hashes.SHA256())
    )
    der = llave.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    propio = asn1_x509.Certificate.load(pem.unarmor(hecho.public_bytes(serialization.Encoding.PEM))[2])
    return DummyTimeStamper(propio, keys.PrivateKeyInfo.load(der), fixed_dt=AHORA)


class _Servicio(BaseHTTPRequestHandler):
    """An RFC 3161 service on this machine."""

    def do_POST(self) -> None:
        pedido = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        cuerpo = _tsa().request_tsa_response(pedido).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(cuerpo)))
        self.end_headers()
        self.wfile.write(cuerpo)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


def test_a_time_stamp_from_a_service_on_the_web_is_part_of_the_seal(tmp_path: Path) -> None:
    servidor = HTTPServer(("127.0.0.1", 0), _Servicio)
    threading.Thread(target=servidor.serve_forever, daemon=True).start()
    try:
        tsa = seal.servicio_de_tiempo(f"http://127.0.0.1:{servidor.server_port}/tsr")
        pdf = _sellada(tsa=tsa)
    finally:
        servidor.shutdown()
        servidor.server_close()
    dicho = _examen(pdf, tmp_path)
    assert (dicho.integro, dicho.sello_de_tiempo) == (True, AHORA)
    assert faltas(pdf) == []


def test_a_service_that_does_not_answer_is_said_in_a_sentence() -> None:
    tsa = seal.servicio_de_tiempo("http://127.0.0.1:9/tsr")
    with pytest.raises(seal.SelloImposible, match="sellos de tiempo no respondió"):
        _sellada(tsa=tsa)
    assert seal.servicio_de_tiempo("") is None


# ---- certificates ----------------------------------------------------------------------------


def _pkcs12(hecho: certificado.Certificado, clave: bytes) -> bytes:
    llave = serialization.load_pem_private_key(hecho.llave.encode(), None)
    propio = x509.load_pem_x509_certificate(hecho.certificado.encode())
    cifrado = serialization.BestAvailableEncryption(clave)
    return serialization.pkcs12.serialize_key_and_certificates(b"escuela", llave, propio, None, cifrado)  # type: ignore[arg-type]


def test_a_certificate_is_read_from_pkcs12_and_from_pem_in_one_file_or_in_two() -> None:
    hecho = _certificado()
    assert certificado.leer(_pkcs12(hecho, b"clave"), clave="clave") == hecho
    assert certificado.leer((hecho.certificado + hecho.llave).encode()) == hecho
    assert certificado.leer(hecho.certificado.encode(), hecho.llave.encode(), "not needed") == hecho


@pytest.mark.parametrize(
    ("datos", "llave", "frase"),
    [
        (b"nothing", b"", "PKCS#12"),
        (b"-----BEGIN NOTHING-----", b"", "no trae un certificado"),
        (_certificado().certificado.encode(), b"", "No se pudo abrir la llave"),
        (_certificado().certificado.encode(), _certificado(2048).llave.encode(), "no es la de este"),
        (_pkcs12(_certificado(), b"clave"), b"", "revise la contraseña"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_refused_with_a_sentence(
    datos: bytes, llave: bytes, frase: str
) -> None:
    with pytest.raises(certificado.CertificadoInvalido, match=frase):
        certificado.leer(datos, llave)


def test_the_names_of_a_long_escuela_fit_in_its_certificate() -> None:
    nombre = "Escuela Superior de Comercio y Administración, Unidad de los Ejemplos Muy Largos"
    hecho = certificado.crear(
        nombre=nombre, institucion="", oficina="Ó" * 80, correo="sin correo", desde=AHORA, dias=1
    )
    ficha = certificado.ficha(hecho.certificado)
    assert nombre.startswith(ficha.titular)
    assert len(ficha.titular.encode()) <= 64
    assert ficha.hasta - AHORA == timedelta(days=1)


def test_a_sealed_letter_that_was_joined_with_others_claims_no_seal(tmp_path: Path) -> None:
    one, other = tmp_path / "carta.pdf", tmp_path / "sellada.pdf"
    one.write_bytes(_carta())
    other.write_bytes(_sellada())
    joined = merge([one, other], tmp_path / "unido.pdf")
    assert not examen.examinar(joined).firmado
    with pikepdf.open(joined) as pdf:
        assert len(pdf.pages) == 2
