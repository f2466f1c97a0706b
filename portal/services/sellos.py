"""The certificates with which an escuela seals its letters: one made when it begins, others made or loaded after.

The newest version is in force; none is ever deleted, so that what it sealed can still be told.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from portal.domain.machine import Refused
from portal.letters import certificado as certificados
from portal.letters import seal
from portal.letters.seal import Sello, SelloImposible
from portal.models import Certificado, Huella, db
from portal.services import cifrado, runtime
from portal.services.uow import Uow, unit_of_work
from tenants.scope import current_escuela

VIGENCIA = 10 * 365  # days that a certificate made here is good for
_abiertos: dict[tuple[int, str], Sello] = {}


def vigente() -> Certificado | None:
    """The certificate in force of the escuela in scope: the newest version."""
    return db.session.scalar(select(Certificado).order_by(Certificado.version.desc()).limit(1))


def todos() -> list[Certificado]:
    """Every certificate of the escuela in scope, the newest first."""
    return list(db.session.scalars(select(Certificado).order_by(Certificado.version.desc())))


def de_quien(huella: str) -> int | None:
    """Which escuela the certificate with that SHA-256 belongs to, of any version; None where it is nobody's here."""
    return db.session.scalar(select(Huella.escuela_id).where(Huella.sha256 == huella)) if huella else None


def crear(
    uow: Uow,
    *,
    nombre: str,
    institucion: str,
    oficina: str,
    correo: str,
    dias: int = VIGENCIA,
    rsa_bits: int = 0,
) -> Certificado:
    """A new self-signed certificate with the escuela's names, in force from now on."""
    hecho = certificados.crear(
        nombre=nombre, institucion=institucion, oficina=oficina, correo=correo, desde=uow.now, dias=dias,
        rsa_bits=rsa_bits,
    )  # fmt: skip
    return _guardar(uow, hecho, "creado")


def asegurar(uow: Uow, *, nombre: str, institucion: str, oficina: str, correo: str) -> Certificado:
    """The certificate in force; made for an escuela that has none: so every letter is sealed from the first."""
    hay = uow.session.scalar(select(Certificado).order_by(Certificado.version.desc()).limit(1))
    return hay or crear(uow, nombre=nombre, institucion=institucion, oficina=oficina, correo=correo)


def cargar(datos: bytes, *, llave: bytes = b"", clave: str = "", now: datetime) -> Certificado:
    """Load a PEM or a PKCS#12 that somebody else issued to the escuela, in force from now on.

    Raises portal.letters.certificado.CertificadoInvalido, Refused("certificado.vencido", "certificado.repetido").
    """
    leido = certificados.leer(datos, llave, clave)
    ficha = certificados.ficha(leido.certificado)
    if not ficha.desde <= now < ficha.hasta:
        raise Refused("certificado.vencido")
    with unit_of_work(now) as uow:
        if uow.session.scalar(select(Certificado.id).where(Certificado.huella == ficha.huella)) is not None:
            raise Refused("certificado.repetido")
        return _guardar(uow, leido, "cargado")


def _guardar(uow: Uow, hecho: certificados.Certificado, origen: str) -> Certificado:
    ficha = certificados.ficha(hecho.certificado)
    last = uow.session.scalar(select(Certificado.version).order_by(Certificado.version.desc()).limit(1)) or 0
    # A platform row without a person's data: whose a seal is, is asked from outside any escuela.
    uow.add(Huella(codigo=f"sello-{ficha.huella[:16]}", sha256=ficha.huella, escuela_id=current_escuela()))
    return uow.add(
        Certificado(
            version=last + 1,
            certificado=hecho.certificado,
            cadena=hecho.cadena,
            llave=cifrado.cifrar(hecho.llave),
            huella=ficha.huella,
            titular=ficha.titular[:200],
            emisor=ficha.emisor[:200],
            algoritmo=ficha.algoritmo[:40],
            desde=ficha.desde,
            hasta=ficha.hasta,
            origen=origen,
        )
    )


def sellar(pdf: bytes, con: Certificado, *, folio: str, lugar: str, now: datetime) -> bytes:
    """The letter sealed with that certificate. Asks the time-stamping service: never call it inside a unit of work.

    Raises SelloImposible with a sentence for the office.
    """
    if not con.desde <= now < con.hasta:
        raise SelloImposible(f"El certificado de la escuela venció el {con.hasta:%d/%m/%Y}.")
    tsa = seal.servicio_de_tiempo(runtime.current().tsa_url)
    return seal.sellar(pdf, _abierto(con), razon=f"Carta {folio}", lugar=lugar, cuando=now, tsa=tsa)


def _abierto(con: Certificado) -> Sello:
    """The key of a certificate, opened once in each process."""
    key = (current_escuela(), con.huella)
    if key not in _abiertos:
        try:
            llave = cifrado.descifrar(con.llave)
        except cifrado.Ilegible as error:
            raise SelloImposible(
                "La llave del certificado se guardó con otra clave secreta de la instalación."
            ) from error
        _abiertos[key] = Sello.abrir(certificados.Certificado(con.certificado, llave, con.cadena))
    return _abiertos[key]


def exportar(con: Certificado, ruta: Path) -> None:
    """Write a certificate, without its key, to a file: who receives letters may trust it by hand."""
    ruta.write_text(con.certificado + con.cadena, "ascii")
