"""The rows of the portal. Importing this package defines every table."""

from portal.models.acceso import CodigoRespaldo, Factor, Llave, Reto
from portal.models.alumno import Alumno
from portal.models.aviso import Aviso, AvisoArchivo, AvisoLectura
from portal.models.base import db
from portal.models.carta import Carta, Certificado, Firma, Huella
from portal.models.convenio import Convenio, ConvenioDocumento, DependenciaEscuela
from portal.models.dependencia import Dependencia, DependenciaUsuario, DossierDocumento
from portal.models.documento import Documento
from portal.models.emision import (
    Constancia,
    ConstanciaArchivo,
    ConstanciaLote,
    ListaEmision,
    ListaRenglon,
)
from portal.models.escuela import Escuela, EscuelaPerfil, FolioContador, Miembro, PerfilBorrador
from portal.models.evaluacion import Evaluacion
from portal.models.excepcion import Excepcion
from portal.models.firma import FirmaElectronica, Suplencia
from portal.models.liberacion import (
    ExpedienteParte,
    ExpedienteUnion,
    LiberacionRenglon,
    ListaLiberacion,
)
from portal.models.lote import Lote, LoteServicio
from portal.models.plantilla import PlantillaVersion
from portal.models.prerregistro import Prerregistro
from portal.models.proyecto import Proyecto, Solicitud
from portal.models.recordatorio import Recordatorio, RecordatorioCosa, RecordatorioPausa
from portal.models.registro import Bitacora, BitacoraCabeza, Correo, Outbox
from portal.models.servicio import Baja, Entrega, EntregaHistoria, Servicio
from portal.models.subida import Subida, SubidaPieza
from portal.models.tanda import Tanda, TandaCarta
from portal.models.tramite import Tramite
from portal.models.usuario import Enlace, IntentoIngreso, Sesion, Usuario

__all__ = [
    "Alumno",
    "Aviso",
    "AvisoArchivo",
    "AvisoLectura",
    "Baja",
    "Bitacora",
    "BitacoraCabeza",
    "Carta",
    "Certificado",
    "CodigoRespaldo",
    "Constancia",
    "ConstanciaArchivo",
    "ConstanciaLote",
    "Convenio",
    "ConvenioDocumento",
    "Correo",
    "Dependencia",
    "DependenciaEscuela",
    "DependenciaUsuario",
    "Documento",
    "DossierDocumento",
    "Enlace",
    "Entrega",
    "EntregaHistoria",
    "Escuela",
    "EscuelaPerfil",
    "Evaluacion",
    "Excepcion",
    "ExpedienteParte",
    "ExpedienteUnion",
    "Factor",
    "Firma",
    "FirmaElectronica",
    "FolioContador",
    "Huella",
    "IntentoIngreso",
    "LiberacionRenglon",
    "ListaEmision",
    "ListaLiberacion",
    "ListaRenglon",
    "Llave",
    "Lote",
    "LoteServicio",
    "Miembro",
    "Outbox",
    "PerfilBorrador",
    "PlantillaVersion",
    "Prerregistro",
    "Proyecto",
    "Recordatorio",
    "RecordatorioCosa",
    "RecordatorioPausa",
    "Reto",
    "Servicio",
    "Sesion",
    "Solicitud",
    "Subida",
    "SubidaPieza",
    "Suplencia",
    "Tanda",
    "TandaCarta",
    "Tramite",
    "Usuario",
    "db",
]
