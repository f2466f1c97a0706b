"""What the signature of a PDF tells. Runs in a process of its own, by its path and isolated: files come from anybody.

Nothing of the portal is imported here, so that the process sees neither its settings nor its database.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

_MEMORIA, _SALIDA, _SEGUNDOS, _ESPERA = 768 * 1024 * 1024, 1_000_000, 20, 30.0


class _Identificador(core.Choice):  # type: ignore[misc]
    """OID 2.5.4.45 is a bit string by the standard; certificates of the SAT carry the RFC there as text."""

    _alternatives = [*asn1_x509.DirectoryString._alternatives, ("bits", core.OctetBitString)]


def admitir_identificador_en_texto() -> None:
    """Have asn1crypto read certificates like the SAT's, which it refuses whole, as subject or issuer, until told."""
    asn1_x509.NameTypeAndValue._oid_specs["unique_identifier"] = _Identificador


admitir_identificador_en_texto()


@dataclass(frozen=True)
class Examen:
    """`firmado`: it carries a signature. `integro`: nothing changed since, and it is of that certificate's key.

    `huella` is the SHA-256 of the signer's certificate, `claves` the file's keywords; instants are aware.
    `autofirmado`: nobody but the signer vouches for the certificate.
    """

    firmado: bool
    integro: bool = False
    quien: str = ""
    huella: str = ""
    claves: str = ""
    cuando: datetime | None = None
    sello_de_tiempo: datetime | None = None
    autofirmado: bool = False


def examinar(archivo: Path) -> Examen:
    """Examines the last signature of a file in a child with bounded memory and time.

    What cannot be read, or not in time, is told as a signature that does not hold, or as none.
    """
    orden = [sys.executable, "-I", __file__, str(archivo)]
    try:
        hecho = subprocess.run(
            orden,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_ESPERA,
            env={"LANG": "C.UTF-8"},
            check=False,
        )
        dicho: dict[str, Any] = json.loads(hecho.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return Examen(firmado=_parece_firmado(archivo))
    for nombre in ("cuando", "sello_de_tiempo"):
        dicho[nombre] = datetime.fromisoformat(dicho[nombre]) if dicho[nombre] else None
    return Examen(**dicho)


def leer(archivo: Path) -> Examen:
    """The same in this process: for files of ours."""
    try:
        with archivo.open("rb") as abierto:
            return _leer(PdfFileReader(abierto, strict=False))
    except Exception:
        return Examen(firmado=_parece_firmado(archivo))


def _leer(lector: PdfFileReader) -> Examen:
    informacion = lector.trailer["/Info"] if "/Info" in lector.trailer else {}  # noqa: SIM401  (it has no get)
    claves = str(informacion.get("/Keywords", ""))[:200]
    firmas = lector.embedded_signatures
    if not firmas:
        return Examen(firmado=False, claves=claves)
    firma = firmas[-1]
    suyo = firma.signer_cert
    confianza = ValidationContext(trust_roots=[suyo], allow_fetching=False)
    estado = asyncio.run(async_validate_pdf_signature(firma, confianza))
    tiempo = estado.timestamp_validity
    return Examen(
        firmado=True,
        integro=bool(
            estado.intact and estado.valid and estado.coverage == SignatureCoverageLevel.ENTIRE_FILE
        ),
        quien=str(suyo.subject.native.get("common_name", "")),
        huella=suyo.sha256.hex(),
        claves=claves,
        cuando=firma.self_reported_timestamp,
        sello_de_tiempo=tiempo.timestamp if tiempo and tiempo.intact and tiempo.valid else None,
        autofirmado=bool(suyo.self_issued),
    )


def _parece_firmado(archivo: Path) -> bool:
    return b"/ByteRange" in archivo.read_bytes()


def main() -> None:
    """The child: one path in, one JSON out."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORIA, _MEMORIA))
    resource.setrlimit(resource.RLIMIT_CPU, (_SEGUNDOS, _SEGUNDOS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_SALIDA, _SALIDA))
    json.dump(asdict(leer(Path(sys.argv[1]))), sys.stdout, default=datetime.isoformat)


if __name__ == "__main__":
    main()
