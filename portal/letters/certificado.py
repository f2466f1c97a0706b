"""Certificates with which letters are sealed: made, read from PEM or PKCS#12, told in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from portal.letters import examen

Llave = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_MINIMO_RSA, _MAXIMO_NOMBRE = 2048, 64
examen.admitir_identificador_en_texto()


class CertificadoInvalido(ValueError):
    """The files cannot be used to seal; the message is a sentence."""


@dataclass(frozen=True)
class Certificado:
    """A certificate with its key and the certificates of who issued it, all PEM."""

    certificado: str
    llave: str
    cadena: str = ""


@dataclass(frozen=True)
class Ficha:
    """What a certificate says. `huella` is the SHA-256 of its DER, 64 hex digits."""

    titular: str
    emisor: str
    huella: str
    algoritmo: str
    desde: datetime
    hasta: datetime


def crear(
    *, nombre: str, institucion: str, oficina: str, correo: str, desde: datetime, dias: int, rsa_bits: int = 0
) -> Certificado:
    """A self-signed certificate of an escuela: ECDSA P-256, or RSA of `rsa_bits`. Valid `dias` days."""
    llave: Llave = (
        rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
    )
    partes = [
        (NameOID.COUNTRY_NAME, "MX"),
        (NameOID.ORGANIZATION_NAME, institucion or nombre),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, oficina),
        (NameOID.COMMON_NAME, nombre),
    ]
    sujeto = x509.Name([x509.NameAttribute(oid, _cabe(texto)) for oid, texto in partes if texto])
    uso = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    hecho = (
        x509.CertificateBuilder(sujeto, sujeto, llave.public_key(), x509.random_serial_number())
        .not_valid_before(desde - timedelta(minutes=5))
        .not_valid_after(desde + timedelta(days=dias))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(uso, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(llave.public_key()), critical=False)
    )
    if correo.isascii() and "@" in correo:
        hecho = hecho.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(correo)]), critical=False)
    return _empacado(hecho.sign(llave, hashes.SHA256()), llave, ())


def leer(datos: bytes, llave: bytes = b"", clave: str = "") -> Certificado:
    """Reads a PKCS#12, or a PEM with certificate and key in one file or in two; `clave` opens the key.

    Raises CertificadoInvalido: not readable, wrong password, key and certificate that do not match, a weak or
    unsupported key.
    """
    secreto = clave.encode() or None
    if b"-----BEGIN" in datos:
        certificado, privada, cadena = _de_pem(datos, llave or datos, secreto)
    else:
        certificado, privada, cadena = _de_pkcs12(datos, secreto)
    if not isinstance(privada, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise CertificadoInvalido("La llave debe ser RSA o de curva elíptica.")
    if isinstance(privada, rsa.RSAPrivateKey) and privada.key_size < _MINIMO_RSA:
        raise CertificadoInvalido(f"Una llave RSA debe tener al menos {_MINIMO_RSA} bits.")
    if _publica(privada.public_key()) != _publica(certificado.public_key()):
        raise CertificadoInvalido("La llave no es la de este certificado.")
    return _empacado(certificado, privada, cadena)


def ficha(certificado: str) -> Ficha:
    """What a PEM certificate says."""
    leido = x509.load_pem_x509_certificate(certificado.encode())
    publica: Any = leido.public_key()
    curva = isinstance(publica, ec.EllipticCurvePublicKey)
    return Ficha(
        titular=_nombre(leido.subject),
        emisor=_nombre(leido.issuer),
        huella=leido.fingerprint(hashes.SHA256()).hex(),
        algoritmo=f"ECDSA {publica.curve.name}" if curva else f"RSA {publica.key_size}",
        desde=leido.not_valid_before_utc,
        hasta=leido.not_valid_after_utc,
    )


def _de_pem(
    datos: bytes, llave: bytes, secreto: bytes | None
) -> tuple[x509.Certificate, Any, tuple[Any, ...]]:
    try:
        certificados = x509.load_pem_x509_certificates(datos)
    except ValueError as error:
        raise CertificadoInvalido("El archivo no trae un certificado que se pueda leer.") from error
    try:
        # A key that has no password refuses one: what is typed for a file without need of it is left aside.
        secreto = secreto if b"ENCRYPTED" in llave else None
        privada = serialization.load_pem_private_key(llave, secreto)
    except (ValueError, TypeError) as error:
        raise CertificadoInvalido("No se pudo abrir la llave: falta, o la contraseña no es esa.") from error
    return certificados[0], privada, tuple(certificados[1:])


def _de_pkcs12(datos: bytes, secreto: bytes | None) -> tuple[x509.Certificate, Any, tuple[Any, ...]]:
    try:
        privada, certificado, mas = pkcs12.load_key_and_certificates(datos, secreto)
    except ValueError as error:
        raise CertificadoInvalido(
            "El archivo no es un PKCS#12 que se pueda abrir: revise la contraseña."
        ) from error
    if privada is None or certificado is None:
        raise CertificadoInvalido("El PKCS#12 debe traer un certificado y su llave.")
    return certificado, privada, tuple(mas)


def _empacado(certificado: x509.Certificate, llave: Llave, cadena: Sequence[x509.Certificate]) -> Certificado:
    pem = serialization.Encoding.PEM
    privada = llave.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Certificado(
        certificado.public_bytes(pem).decode(),
        privada.decode(),
        "".join(otro.public_bytes(pem).decode() for otro in cadena),
    )


def _publica(llave: Any) -> bytes:
    datos: bytes = llave.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return datos


def _cabe(texto: str) -> str:
    """A name of at most 64 bytes, which is what X.520 admits: whole words of it."""
    while len(texto.encode()) > _MAXIMO_NOMBRE:
        texto = texto.rpartition(" ")[0].rstrip(" ,;") if " " in texto else texto[:-1]
    return texto


def _nombre(nombre: x509.Name) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        hallados = nombre.get_attributes_for_oid(oid)
        if hallados:
            return str(hallados[0].value)
    return nombre.rfc4514_string()
