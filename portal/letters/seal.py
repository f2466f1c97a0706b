"""The seal of a letter: a PAdES signature over the whole file. With `examen`, the only module that knows pyHanko.

A sealed letter is the letter's bytes with an update behind them: nothing of it is written anew.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import keys, pem
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.letters.certificado import Certificado, Llave

CAMPO = "SelloDeLaEscuela"
_RESERVA, _POR_CERTIFICADO, _RESERVA_DE_TIEMPO = 4096, 2, 24_576  # hex digits, so twice the bytes
_SEGUNDOS_TSA = 10


class SelloImposible(RuntimeError):
    """The letter could not be sealed; the message is a sentence for the office. Worth trying again."""


class _Firmante(signers.SimpleSigner):  # type: ignore[misc]
    """A signer that keeps its key object: parsing and checking it again costs more than signing."""

    llave: Llave

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """pyHanko's hook."""
        if isinstance(self.llave, rsa.RSAPrivateKey):
            return self.llave.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.llave.sign(data, ec.ECDSA(hashes.SHA256()))


class _Escritor(IncrementalPdfFileWriter):  # type: ignore[misc]
    """An update that adds the signature and nothing else: the letter's metadata stay as they were drawn."""

    def _update_meta(self) -> None:
        """pyHanko's hook, which would name another producer than the XMP does."""


class _Firmador(signers.PdfSigner):  # type: ignore[misc]
    """A signer of files whose clock is the caller's."""

    cuando: datetime

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        """pyHanko's hook."""
        sesion = super().init_signing_session(*args, **kwargs)
        sesion.system_time = self.cuando
        return sesion


@dataclass(frozen=True, eq=False)
class Sello:
    """A key ready to seal with, opened once and used for many letters."""

    firmante: _Firmante
    reserva: int

    @classmethod
    def abrir(cls, certificado: Certificado) -> Sello:
        """From PEM. Raises ValueError for a key that cannot be read."""
        llave: Any = serialization.load_pem_private_key(certificado.llave.encode(), None)
        propio, *cadena = _certificados(certificado.certificado + certificado.cadena)
        almacen = SimpleCertificateStore()
        almacen.register_multiple(cadena)
        der = llave.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        firmante = _Firmante(propio, keys.PrivateKeyInfo.load(der), almacen)
        firmante.llave = llave
        largo = sum(len(c.dump()) for c in (propio, *cadena))
        return cls(firmante, _RESERVA + _POR_CERTIFICADO * largo)


def _certificados(texto: str) -> list[asn1_x509.Certificate]:
    return [asn1_x509.Certificate.load(der) for _, _, der in pem.unarmor(texto.encode(), multiple=True)]


def sellar(
    pdf: bytes,
    sello: Sello,
    *,
    razon: str,
    lugar: str,
    cuando: datetime,
    tsa: timestamps.TimeStamper | None = None,
) -> bytes:
    """The letter with the escuela's signature (PAdES-B-B; with `tsa` B-T) over all of it, invisible.

    `cuando`: the aware instant that the signature states. Raises SelloImposible.
    """
    metadatos = signers.PdfSignatureMetadata(
        field_name=CAMPO,
        md_algorithm="sha256",
        reason=razon,
        location=lugar,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    try:
        escritor = _Escritor(BytesIO(pdf))
        firmador = _Firmador(metadatos, sello.firmante, timestamper=tsa)
        firmador.cuando = cuando
        reserva = sello.reserva + (_RESERVA_DE_TIEMPO if tsa else 0)
        salida = BytesIO()
        # A thread of its own: the caller's may run an event loop.
        with ThreadPoolExecutor(max_workers=1) as hilo:
            hilo.submit(asyncio.run, _firmar(firmador, escritor, reserva, salida)).result()
        return salida.getvalue()
    except Exception as error:
        raise SelloImposible(_motivo(error)) from error


async def _firmar(firmador: Any, escritor: Any, reserva: int, salida: BytesIO) -> None:
    await firmador.async_sign_pdf(escritor, bytes_reserved=reserva, output=salida)


def _motivo(error: Exception) -> str:
    if isinstance(error, timestamps.TimestampRequestError | OSError):
        return "El servicio de sellos de tiempo no respondió."
    return f"El certificado no pudo sellar la carta ({type(error).__name__})."


def servicio_de_tiempo(url: str) -> timestamps.TimeStamper | None:
    """The RFC 3161 service at that address, or None without one."""
    return HTTPTimeStamper(url, timeout=_SEGUNDOS_TSA) if url else None
