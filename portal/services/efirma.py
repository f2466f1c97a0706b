"""Signing with an e.firma: certificate, private key and its password, used once, in memory, and kept nowhere.

What is signed is a text of the letter's data (`cadena`), so that anybody can check it again with the certificate.
Certificates as the SAT makes them carry the RFC as text in OID 2.5.4.45.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from portal.domain import efirma as reglas
from portal.domain.carta import EFIRMA
from portal.domain.machine import Refused
from portal.domain.personas import nombre_y_cargo
from portal.models import Carta, Firma, FirmaElectronica
from portal.services import firmas, runtime
from portal.services.uow import unit_of_work
from portal.services.workflow import act
from tenants.scope import escuela_scope

MAXIMO = 20_000  # bytes of a .cer or a .key; real ones have about 2,000
_IDENTIFICADOR = x509.ObjectIdentifier("2.5.4.45")


def disponible() -> bool:
    """Whether this installation knows the authorities that issue e.firmas; without them nobody signs with one."""
    return runtime.current().efirma_autoridades is not None


def firmar(
    token: str,
    *,
    nombre: str,
    cargo: str,
    rfc: str,
    declara: bool,
    certificado: bytes,
    llave: bytes,
    clave: str,
    identidad: str = "",
    ip: str,
    now: datetime,
) -> None:
    """Sign a letter with an e.firma. The link signs nothing more.

    Raises Refused("efirma.…") for what is expired, not yet valid, somebody else's, not of the SAT or does not match,
    and whatever signing by a link raises.
    """
    pedido = firmas.por_enlace(token, now=now)
    nombre, cargo = nombre_y_cargo(nombre, cargo)
    if not declara:
        raise Refused("firma.sin_declaracion")
    cert = _vale(certificado, nombre, rfc, now)
    privada = _llave(llave, clave, cert)
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        carta, firma, actor, datos = firmas.en_turno(uow, token, ip, nombre, identidad)
        firmas.anotar(firma, nombre, cargo, EFIRMA, datos)
        firma.firmada = now
        cadena = cadena_de(carta, firma, now)
        sello = privada.sign(cadena.encode(), padding.PKCS1v15(), hashes.SHA256())
        uow.add(_fila(firma.id, cert, rfc, cadena, sello))
        act(uow, firma, "firmar", actor, {**datos, "declara": declara, "electronica": True})


def _vale(certificado: bytes, nombre: str, rfc: str, now: datetime) -> x509.Certificate:
    """The certificate, which is that person's, in its days, of a known authority; Refused otherwise."""
    cert = _certificado(certificado)
    motivo = reglas.objecion(leer(cert), nombre=nombre, rfc=rfc, now=now)
    if motivo is not None:
        raise Refused(motivo)
    if not _de_autoridad(cert):
        raise Refused("efirma.ajena")
    return cert


def _fila(firma_id: int, cert: x509.Certificate, rfc: str, cadena: str, sello: bytes) -> FirmaElectronica:
    ficha = leer(cert)
    return FirmaElectronica(
        firma_id=firma_id,
        cadena=cadena,
        sello=base64.b64encode(sello).decode(),
        certificado=cert.public_bytes(serialization.Encoding.PEM).decode(),
        serie=ficha.serie[:60],
        titular=ficha.titular[:200],
        rfc=rfc.strip().upper()[:20],
        emisor=ficha.emisor[:200],
        desde=ficha.desde,
        hasta=ficha.hasta,
    )


def cadena_de(carta: Carta, firma: Firma, now: datetime) -> str:
    """What is signed: which letter, the SHA-256 of what it says and of its template, who signs as what, when."""
    partes = (firma.public_id, firma.nombre, firma.cargo, now.isoformat(timespec="seconds"))
    return f"{_de_la_carta(carta)}{'|'.join(partes)}||"


def _de_la_carta(carta: Carta) -> str:
    """How every text that is signed over a letter begins: before anything that its signer typed."""
    contenido = json.dumps(carta.valores, sort_keys=True, ensure_ascii=False)
    huella = hashlib.sha256(contenido.encode()).hexdigest()
    return f"||1.0|{carta.folio}|{carta.codigo}|{huella}|{carta.plantilla_huella}|"


def comprobar(guardada: FirmaElectronica, carta: Carta) -> bool:
    """Whether a stored signature is still that of its certificate over what its letter says."""
    if not guardada.cadena.startswith(_de_la_carta(carta)):
        return False
    publica = x509.load_pem_x509_certificate(guardada.certificado.encode()).public_key()
    try:
        if not isinstance(publica, rsa.RSAPublicKey):
            return False
        sello = base64.b64decode(guardada.sello)
        publica.verify(sello, guardada.cadena.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def leer(cert: x509.Certificate) -> reglas.Ficha:
    """What a certificate says of its holder; its number is written as the SAT does, in digits."""
    dicho = [str(a.value) for a in cert.subject.get_attributes_for_oid(_IDENTIFICADOR)]
    nombres = cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    emisores = cert.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    crudo = cert.serial_number.to_bytes(max(1, (cert.serial_number.bit_length() + 7) // 8), "big")
    serie = crudo.decode("ascii") if crudo.isdigit() else f"{cert.serial_number:x}"
    return reglas.Ficha(
        str(nombres[0].value) if nombres else "",
        reglas.rfcs(" ".join(dicho)),
        str(emisores[0].value) if emisores else cert.issuer.rfc4514_string(),
        serie,
        cert.not_valid_before_utc,
        cert.not_valid_after_utc,
    )


def _certificado(datos: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(datos)
    except ValueError:
        raise Refused("efirma.no_es_certificado") from None


def _llave(datos: bytes, clave: str, cert: x509.Certificate) -> rsa.RSAPrivateKey:
    try:
        privada = serialization.load_der_private_key(datos, clave.encode())
    except (ValueError, TypeError):
        raise Refused("efirma.llave") from None  # nothing of the key or its password goes along
    if not isinstance(privada, rsa.RSAPrivateKey) or privada.public_key() != cert.public_key():
        raise Refused("efirma.otra_llave")
    return privada


def _de_autoridad(cert: x509.Certificate) -> bool:
    ruta = runtime.current().efirma_autoridades
    return ruta is not None and any(_emitio(autoridad, cert) for autoridad in _autoridades(ruta))


@lru_cache(maxsize=4)
def _autoridades(ruta: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, or of every PEM or DER file of a folder."""
    hallados: list[x509.Certificate] = []
    for archivo in sorted(ruta.iterdir()) if ruta.is_dir() else [ruta]:
        datos = archivo.read_bytes()
        if b"-----BEGIN" in datos:
            hallados += x509.load_pem_x509_certificates(datos)
        else:
            hallados.append(x509.load_der_x509_certificate(datos))
    return tuple(hallados)


def _emitio(autoridad: x509.Certificate, cert: x509.Certificate) -> bool:
    try:
        cert.verify_directly_issued_by(autoridad)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
