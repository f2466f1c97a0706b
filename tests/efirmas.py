"""Made-up e.firmas as the SAT makes them: RSA, DER, an encrypted .key, and the RFC as text in OID 2.5.4.45."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CLAVE = "Clave-de-la-llave-81"
RFC = "SUIR850101AB1"


@dataclass(frozen=True)
class Efirma:
    """The two files that a person has."""

    cer: bytes
    key: bytes


@cache
def llave(cual: str) -> rsa.RSAPrivateKey:
    """A key by its name: making one takes a while."""
    return rsa.generate_private_key(65537, 2048)


def autoridad(folder: Path, now: datetime, nombre: str = "Autoridad Ficticia") -> Path:
    """A file with the certificate of who issues e.firmas here."""
    quien = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nombre)])
    hecha = _certificado(
        quien, quien, nombre, nombre, now - timedelta(days=900), now + timedelta(days=900), ca=True
    )
    ruta = folder / "autoridades.pem"
    ruta.write_bytes(hecha.public_bytes(serialization.Encoding.PEM))
    return ruta


def efirma(
    now: datetime,
    nombre: str = "IRENE SUPUESTA RÍOS",
    rfc: str = RFC,
    *,
    desde: int = -30,
    hasta: int = 1000,
    emisor: str = "Autoridad Ficticia",
) -> Efirma:
    """The files of somebody; `desde` and `hasta` are days from now."""
    sujeto = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, nombre),
            x509.NameAttribute(x509.ObjectIdentifier("2.5.4.41"), nombre),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "MX"),
            x509.NameAttribute(x509.ObjectIdentifier("2.5.4.45"), rfc),
        ]
    )
    de = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, emisor)])
    hecho = _certificado(sujeto, de, nombre, emisor, now + timedelta(days=desde), now + timedelta(days=hasta))
    return Efirma(
        hecho.public_bytes(serialization.Encoding.DER),
        llave(nombre).private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(CLAVE.encode()),
        ),
    )


def _certificado(
    sujeto: x509.Name,
    emisor: x509.Name,
    de: str,
    firma: str,
    desde: datetime,
    hasta: datetime,
    *,
    ca: bool = False,
) -> x509.Certificate:
    numero = int.from_bytes(b"00001000000900000001", "big")  # the SAT's numbers are digits, written as ASCII
    return (
        x509.CertificateBuilder(emisor, sujeto, llave(de).public_key(), numero)
        .not_valid_before(desde)
        .not_valid_after(hasta)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(llave(firma), hashes.SHA256())
    )
