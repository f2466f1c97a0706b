"""What anybody may learn of a letter: found by code or by hash, read in its escuela's scope, the minimum of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.models import Carta, Certificado, Dependencia, Escuela, Firma, FirmaElectronica, Huella, db
from tenants.scope import escuela_scope

Comprobar = Callable[[FirmaElectronica, Carta], bool]


@dataclass(frozen=True)
class CartaPublica:
    """A letter without a person's data: names are split so that the page shows initials only."""

    codigo: str
    estado: str
    titulo: str
    folio: str
    emitida: datetime | None
    revocada: datetime | None
    escuela: str
    institucion: str
    color: str
    slug: str
    logo_version: int
    sha256: str
    sellada: datetime | None
    sello_de: str
    alumno: tuple[str, str, str] | None
    boleta_final: str
    dependencia: str
    firmantes: tuple[tuple[str, str, datetime | None, str], ...]
    reemplazo: str


def codigo_de_hash(sha256: str) -> str | None:
    """The code of the letter whose issued file has this SHA-256, or None."""
    return db.session.scalar(select(Huella.codigo).where(Huella.sha256 == sha256.lower()))


def carta_publica(codigo: str, comprobar: Comprobar) -> CartaPublica | None:
    """The letter of a normalised code, or None. `comprobar`: whether an electronic signature is still its letter's."""
    query = (
        select(Huella, Escuela).join(Escuela, Escuela.id == Huella.escuela_id).where(Huella.codigo == codigo)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    huella, escuela = row
    with escuela_scope(escuela.id):
        return _leer(codigo, huella, escuela, comprobar)


def _leer(codigo: str, huella: Huella, escuela: Escuela, comprobar: Comprobar) -> CartaPublica | None:
    options = (joinedload(Carta.alumno), selectinload(Carta.firmas))
    carta = db.session.scalar(select(Carta).where(Carta.codigo == codigo).options(*options))
    if carta is None:
        return None
    reemplazo = db.session.scalar(
        select(Carta.codigo).where(Carta.reemplaza_id == carta.id).order_by(Carta.id.desc()).limit(1)
    )
    dependencia = db.session.get(Dependencia, carta.dependencia_id) if carta.dependencia_id else None
    alumno = carta.alumno
    return CartaPublica(
        codigo=codigo,
        estado=carta.estado,
        titulo=carta.titulo,
        folio=carta.folio,
        emitida=carta.emitida,
        revocada=carta.estado_desde if carta.estado == "revocada" else None,
        escuela=escuela.nombre,
        institucion=escuela.institucion,
        color=escuela.color,
        slug=escuela.slug,
        logo_version=escuela.perfil_version,
        sha256=huella.sha256 or "",
        sellada=carta.sellada,
        sello_de=_titular(carta),
        alumno=(alumno.nombre, alumno.paterno, alumno.materno) if alumno else None,
        boleta_final=alumno.boleta[-3:] if alumno else "",
        dependencia=dependencia.razon_social if dependencia else "",
        firmantes=_firmantes(carta, comprobar),
        reemplazo=reemplazo or "",
    )


def _titular(carta: Carta) -> str:
    """Whose certificate seals it, or "" for one that was issued without."""
    if carta.certificado_id is None:
        return ""
    return db.session.scalar(select(Certificado.titular).where(Certificado.id == carta.certificado_id)) or ""


def _firmantes(carta: Carta, comprobar: Comprobar) -> tuple[tuple[str, str, datetime | None, str], ...]:
    """(name, cargo, when signed, how); a printed signer, or the responsable without a circuit, has no instant."""
    firmas = [f for f in carta.firmas if f.estado != "anulada"]
    if firmas:
        electronicas = _electronicas(firmas, carta, comprobar)
        return tuple((f.nombre, f.cargo, f.firmada, _como(f, electronicas.get(f.id, ""))) for f in firmas)
    nombre = carta.valores.get("responsable_nombre", "")
    return ((nombre, carta.valores.get("responsable_cargo", ""), None, ""),) if nombre else ()


def _electronicas(firmas: Sequence[Firma], carta: Carta, comprobar: Comprobar) -> dict[int, str]:
    """What is told of each electronic signature of a letter, by the id of its place."""
    ids = [f.id for f in firmas if f.modo == "efirma"]
    if not ids:
        return {}
    dichas = {}
    for e in db.session.scalars(select(FirmaElectronica).where(FirmaElectronica.firma_id.in_(ids))):
        vale = "comprobada ahora" if comprobar(e, carta) else "NO coincide con la carta"
        dichas[e.firma_id] = f"e.firma con certificado {e.serie} de {e.emisor}, {vale}"
    return dichas


def _como(firma: Firma, electronica: str) -> str:
    """How a place was signed, where that says more than its instant."""
    partes = [f"por ausencia de {firma.titular_nombre}"] if firma.titular_nombre else []
    if electronica:
        partes.append(electronica)
    elif firma.modo == "papel" and firma.firmada:
        partes.append("en papel, cotejada por la escuela")
    return "; ".join(partes)
