"""A request for a convenio, walked through the services: what tests of several suites begin with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.identificadores import check_digit_rfc
from portal.models import Convenio, ConvenioDocumento, Dependencia, Escuela, db
from portal.services import convenios, dossier
from tenants.scope import escuela_scope
from tests.files.samples import pdf_bytes, pdf_of

RFC = "MFI010203AB" + check_digit_rfc("MFI010203AB")
DATOS = {
    "tipo_persona": "moral",
    "rfc": RFC,
    "razon_social": "Museo Ficticio de la Imaginación, A.C.",
    "nombre_corto": "Museo Ficticio",
    "sector": "social",
    "calle": "Calle Imaginaria 12",
    "colonia": "Centro",
    "municipio": "Cuauhtémoc",
    "entidad": "Ciudad de México",
    "cp": "06000",
    "telefono": "55 5555 0000",
    "correo": "museo@museo.test",
    "sitio": "",
    "representante_nombre": "Renata Ejemplo Ficticia",
    "representante_cargo": "Directora general",
    "representante_correo": "direccion@museo.test",
    "representante_telefono": "5555550001",
}
TIPOS = ("decreto_o_acta", "nombramiento", "ine", "comprobante_domicilio", "constancia_fiscal", "logo")


def archivo(folder: Path, tipo: str, texto: str = "Documento ficticio") -> Path:
    """A file that the place of that tipo accepts."""
    path = folder / f"{tipo}.{'png' if tipo == 'logo' else 'pdf'}"
    if tipo == "logo":
        Image.new("RGB", (320, 320), "#336699").save(path)
    else:
        path.write_bytes(pdf_bytes(pdf_of(texto)))
    return path


class Solicitud:
    """One request of somebody without an account."""

    def __init__(
        self, escuela: Escuela, now: datetime, folder: Path, correo: str = "contacto@museo.test"
    ) -> None:
        self.escuela_id, self.now, self.folder = escuela.id, now, folder
        with escuela_scope(self.escuela_id):
            self.ruta = convenios.iniciar(correo, now=now)
            convenio = db.session.scalars(select(Convenio).order_by(Convenio.id.desc()).limit(1)).one()
        self.id, self.public_id, self.dependencia_id = (
            convenio.id,
            convenio.public_id,
            convenio.dependencia_id,
        )
        self.actor = Actor("dependencia", "Renata Ejemplo", dependencia_ids=frozenset({self.dependencia_id}))

    def guardar(self, paso: str, datos: dict[str, str]) -> dict[str, str]:
        with escuela_scope(self.escuela_id):
            return convenios.guardar(self.public_id, paso, datos, actor=self.actor, now=self.now)

    def subir(self, tipo: str, texto: str = "Documento ficticio") -> None:
        with escuela_scope(self.escuela_id):
            path = archivo(self.folder, tipo, texto)
            dossier.subir(self.public_id, tipo, [path], path.name, actor=self.actor, now=self.now)

    def llenar(self, constancia: str = f"RFC: {RFC}") -> Solicitud:
        for paso in ("datos", "domicilio", "representante"):
            assert self.guardar(paso, DATOS) == {}
        for tipo in TIPOS:
            self.subir(tipo, constancia if tipo == "constancia_fiscal" else "Documento ficticio")
        return self

    def enviar(self) -> Solicitud:
        with escuela_scope(self.escuela_id):
            convenios.enviar(self.public_id, actor=self.actor, now=self.now)
        return self

    def estado(self) -> str:
        with escuela_scope(self.escuela_id):
            return db.session.scalars(select(Convenio.estado).where(Convenio.id == self.id)).one()

    def documentos(self) -> dict[str, ConvenioDocumento]:
        """Inside the scope: the verdict in force on each paper."""
        return dossier.actuales(db.session(), self.id)

    def dependencia(self) -> Dependencia:
        db.session.expire_all()
        found = db.session.get(Dependencia, self.dependencia_id)
        assert found is not None
        return found
