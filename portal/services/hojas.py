"""A letter as a sheet: everything that its PDF needs, read in one go, so that drawing it holds no transaction."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pypdfium2
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.carta import EFIRMA, PAPEL, missing
from portal.domain.documento import objecion
from portal.letters.catalogo import FIRMANTES
from portal.letters.flujos import FirmaImpresa
from portal.letters.render import render
from portal.models import Carta, Documento, Firma, FirmaElectronica, db
from portal.services import documentos, escuelas, runtime

_PAGINA = re.compile(rb"/Type\s*/Page\b")


@dataclass(frozen=True)
class Trazo:
    """A place in the circuit as printed, with the file of the signature's image."""

    nombre: str
    cargo: str
    papel: str
    imagen: Documento | None = None
    firmada: datetime | None = None
    como: str = "Firmada en línea"
    notas: tuple[str, ...] = ()
    encima: str = ""


_ENCIMA = {EFIRMA: "Firma electrónica", PAPEL: "Firma en el original en papel"}


@dataclass(frozen=True)
class Hoja:
    """What is drawn: values by placeholder, signatures so far, whose letterhead. `faltan` signatures are to come."""

    tipo: str
    version: int
    valores: Mapping[str, Any]
    folio: str
    codigo: str
    trazos: tuple[Trazo, ...]
    dependencia_id: int | None = None
    faltan: int = 0
    edicion: int | None = None  # of the template; None: the one in force

    @property
    def en_cuarentena(self) -> bool:
        """Whether the image of a signature may not be used yet: the letter is not issued without it."""
        return any(t.imagen is not None and objecion(t.imagen) is not None for t in self.trazos)


def leer(session: Session, carta: Carta) -> Hoja:
    """The sheet of a letter as it stands now; the same rows give the same bytes."""
    query = (
        select(Firma, Documento, FirmaElectronica.serie)
        .outerjoin(Documento, Documento.id == Firma.imagen_documento_id)
        .outerjoin(FirmaElectronica, FirmaElectronica.firma_id == Firma.id)
        .where(Firma.carta_id == carta.id)
        .order_by(Firma.orden)
        .execution_options(populate_existing=True)
    )
    rows = list(session.execute(query))
    trazos = tuple(_trazo(firma, imagen, serie or "") for firma, imagen, serie in rows)
    valores = desempacar(carta.valores)
    return Hoja(
        tipo=carta.tipo,
        version=carta.perfil_version,
        valores=valores,
        folio=carta.folio,
        codigo=carta.codigo,
        trazos=trazos or responsable(carta.tipo, valores),
        dependencia_id=carta.dependencia_id,
        faltan=missing([row[0] for row in rows]),
        edicion=carta.edicion,
    )


def _trazo(firma: Firma, imagen: Documento | None, serie: str) -> Trazo:
    notas = [f"Por ausencia de {firma.titular_nombre}, {firma.titular_cargo}"] if firma.titular_nombre else []
    if serie and firma.firmada:
        notas.append(f"Certificado {serie}")
    como = {EFIRMA: "Firmada con e.firma", PAPEL: "Firmada en papel; cotejada"}.get(firma.modo, Trazo.como)
    encima = _ENCIMA.get(firma.modo, "") if firma.firmada else ""
    return Trazo(firma.nombre, firma.cargo, firma.papel, imagen, firma.firmada, como, tuple(notas), encima)


def responsable(tipo: str, valores: Mapping[str, Any]) -> tuple[Trazo, ...]:
    """Who answers for a letter that the office issues by itself: a printed line, which claims no signature."""
    nombre, cargo = str(valores.get("responsable_nombre") or ""), str(valores.get("responsable_cargo") or "")
    return (Trazo(nombre, cargo, FIRMANTES[tipo][0]),)


def dibujar(hoja: Hoja) -> bytes:
    """The PDF of a sheet. Reads images from the storage: never call it inside a unit of work.

    Raises portal.letters.FaltanDatos, StorageUnavailable.
    """
    plantilla = escuelas.plantilla(hoja.tipo, hoja.version, hoja.edicion)
    return render(
        plantilla,
        hoja.valores,
        folio=hoja.folio,
        codigo=hoja.codigo,
        url_verificacion=url_verificacion(hoja.codigo),
        firmas=[
            FirmaImpresa(t.nombre, t.cargo, t.papel, _imagen(t), t.firmada, t.como, t.notas, t.encima)
            for t in hoja.trazos
        ],
        logo=logo(plantilla.membrete, hoja),
    )


def imagen(pdf: bytes, escala: float = 1.7) -> bytes:
    """The first page of a PDF of ours as a PNG: phones show it where they cannot show a PDF inside a page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        out = io.BytesIO()
        document[0].render(scale=escala).to_pil().save(out, "PNG")
        return out.getvalue()
    finally:
        document.close()


def imagenes(pdf: bytes, escala: float = 1.3, maximo: int = 6) -> list[bytes]:
    """The first pages of a PDF of ours as PNGs, for a page that shows them beside the text."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        hechas = []
        for pagina in [document[n] for n in range(min(len(document), maximo))]:
            out = io.BytesIO()
            pagina.render(scale=escala).to_pil().quantize(64).save(out, "PNG")
            hechas.append(out.getvalue())
        return hechas
    finally:
        document.close()


def paginas(pdf: bytes) -> int:
    """How many pages a PDF of ours has."""
    return max(len(_PAGINA.findall(pdf)), 1)


def url_verificacion(codigo: str) -> str:
    """The address that the QR carries."""
    return f"{runtime.current().base_url}/verificar/{codigo}"


def empacar(valores: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a letter as JSON: a date is {"fecha": iso}, a tuple a list."""
    return {k: {"fecha": v.isoformat()} if isinstance(v, date) else list(v) if isinstance(v, tuple) else v
            for k, v in valores.items()}  # fmt: skip


def desempacar(valores: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a stored letter, dates as dates."""
    return {k: date.fromisoformat(v["fecha"]) if isinstance(v, dict) else v for k, v in valores.items()}


def _imagen(trazo: Trazo) -> bytes | None:
    """The ink; a sheet that is only looked at shows none while it is in quarantine."""
    if trazo.imagen is None or objecion(trazo.imagen) is not None:
        return None
    with documentos.abrir(trazo.imagen) as stream:
        return stream.read()


def logo(membrete: str, hoja: Hoja) -> bytes | None:
    """The logo of whose letterhead it is: the dependencia's or the escuela's."""
    if membrete == "dependencia" and hoja.dependencia_id:
        from portal.services.dependencias import logo_png

        return logo_png(db.session(), hoja.dependencia_id)
    return escuelas.logo(hoja.version)
