"""A file without a verdict: kept, given to nobody, scanned again until the scanner speaks; then released or sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from portal.backends.clamd import ClamdScanner
from portal.backends.interfaces import Veredicto
from portal.domain.access import Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.files.refused import FileRefused
from portal.models import (
    Alumno,
    Baja,
    Carta,
    ConvenioDocumento,
    Correo,
    Documento,
    DossierDocumento,
    Entrega,
    Escuela,
    Firma,
    Outbox,
    Proyecto,
    Solicitud,
    db,
)
from portal.services import (
    bajas,
    convenios,
    dependencias,
    documentos,
    entregas,
    padron_archivo,
    perfil,
    proyectos,
    solicitudes,
)
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, escaneres, factories
from tests import convenios as peticiones
from tests.en_servicio import Caso
from tests.escaneres import FakeScanner
from tests.files.samples import pdf_bytes, pdf_of
from worker import outbox

PORQUE = "Dejó de presentarse desde el 3 de noviembre y no responde."
OFICINA = Actor("coordinador", "Coordinadora de Prueba", permisos=frozenset({"expedientes", "convenios"}))


@pytest.fixture
def scanner(app: Any) -> Iterator[FakeScanner]:
    """Down, until a test says otherwise."""
    fake = FakeScanner()
    with escaneres.con(fake):
        yield fake


@pytest.fixture
def caso(escom: Escuela, now: datetime, app: Any) -> Caso:
    return en_servicio.caso(escom, now)


@pytest.fixture
def papel(tmp_path: Path) -> Path:
    path = tmp_path / "papel.pdf"
    path.write_bytes(pdf_bytes(pdf_of("Documento ficticio")))
    return path


def recibido(papel: Path) -> AbstractContextManager[documentos.Guardado]:
    return documentos.recibir([papel], papel.name, documentos.un_pdf())


def otra_vez(escuela: Escuela, horas: int = 2) -> None:
    """The outbox, some hours later."""
    db.session.remove()
    outbox.drain(escuela.id, lambda: datetime.now(UTC) + timedelta(hours=horas))


def uno(escuela: Escuela, model: Any, *criteria: Any) -> Any:
    """The only row of a class, as it stands now."""
    with escuela_scope(escuela.id):
        db.session.expire_all()
        return db.session.scalars(
            select(model).where(*criteria).execution_options(populate_existing=True)
        ).one()


def correos(escuela: Escuela) -> list[str]:
    with escuela_scope(escuela.id):
        return list(db.session.scalars(select(Correo.para).where(Correo.plantilla == "archivo_infectado")))


# ---- Each place that takes files: how it is uploaded, and how it stands after an infected verdict ------------


def sube_entrega(caso: Caso, papel: Path, now: datetime) -> None:
    entrega = caso.entrega()
    with escuela_scope(caso.escuela.id), recibido(papel) as guardado:
        desde = caso.servicio.inicio
        entregas.enviar(entrega.public_id, documento=guardado, horas=180, desde=desde,
                        hasta=desde + timedelta(days=105), actividades="Captura de fichas.",
                        actor=caso.como_alumno, now=now)  # fmt: skip


def sube_borrador(caso: Caso, papel: Path, now: datetime) -> None:
    borrador = caso.entrega().public_id
    with escuela_scope(caso.escuela.id), recibido(papel) as guardado:
        entregas.guardar_borrador(borrador, guardado=guardado, actor=caso.como_alumno, now=now)


def sube_foto(caso: Caso, papel: Path, now: datetime) -> None:
    foto = papel.with_suffix(".png")
    Image.new("RGB", (600, 600), "#446688").save(foto)
    with escuela_scope(caso.escuela.id):
        perfil.cambiar_foto([foto], "yo.png", actor=caso.como_alumno, now=now)


def sube_solicitud(caso: Caso, papel: Path, now: datetime) -> None:
    otro = factories.alumno(caso.escuela, now)
    actor = factories.como_alumno(otro)
    with escuela_scope(caso.escuela.id):
        solicitud = solicitudes.postular(caso.proyecto.public_id, actor=actor, now=now)
        for nombre in ("presentacion", "constancia"):
            solicitudes.subir(solicitud.public_id, nombre, [papel], "papel.pdf", actor=actor, now=now)
        solicitudes.enviar(solicitud.public_id, mensaje="", actor=actor, now=now)


def sube_baja(caso: Caso, papel: Path, now: datetime) -> None:
    with (
        escuela_scope(caso.escuela.id),
        documentos.recibir([papel], "acta.pdf", documentos.un_pdf()) as guardado,
    ):
        bajas.pedir(caso.servicio.public_id, justificacion=PORQUE, fecha=to_local(now).date(), documento=guardado,
                    actor=caso.como_dependencia, now=now)  # fmt: skip


def sube_proyecto(caso: Caso, papel: Path, now: datetime) -> None:
    with escuela_scope(caso.escuela.id):
        actor = caso.como_dependencia
        copia = proyectos.duplicar(caso.proyecto.public_id, actor=actor, now=now)
        proyectos.adjuntar_actividades(copia.public_id, [papel], "actividades.pdf", actor=actor, now=now)
        proyectos.cambiar(copia.public_id, "enviar", actor=actor, now=now)


Sube = Callable[[Caso, Path, datetime], None]
DRAFT = Entrega.borrador_documento_id.is_not(None)
SIGUE = "en_revision"
# upload, the row that has it, its column, its estado (before, after an infected verdict), who is written to
LUGARES: list[tuple[Sube, Any, tuple[Any, ...], str, str, str, str]] = [
    (sube_entrega, Entrega, (Entrega.clave == "reporte_180",), "documento_id", "en_revision", "rechazada", "alumno"),
    (sube_borrador, Entrega, (Entrega.clave == "reporte_180",), "borrador_documento_id", "habilitada", "habilitada",
     "alumno"),
    (sube_foto, Alumno, (), "foto_id", "activo", "activo", "alumno"),
    (sube_solicitud, Solicitud, (), "presentacion_documento_id", "enviada", "borrador", "otro"),
    (sube_baja, Baja, (), "documento_id", "pedida", "pedida", "dependencia"),
    (sube_proyecto, Proyecto, (Proyecto.titulo.contains("copia"),), "actividades_documento_id", "enviado", "borrador",
     "dependencia"),
]  # fmt: skip
EVERY = pytest.mark.parametrize(
    ("sube", "model", "criteria", "columna", "antes", "despues", "quien"),
    LUGARES,
    ids=[lugar[0].__name__[5:] for lugar in LUGARES],
)


@EVERY
def test_a_file_without_a_verdict_is_kept_and_given_to_nobody_until_it_is_clean(
    scanner: FakeScanner, caso: Caso, papel: Path, now: datetime,
    sube: Sube, model: Any, criteria: Any, columna: str, antes: str, despues: str, quien: str,
) -> None:  # fmt: skip
    sube(caso, papel, now)
    row = uno(caso.escuela, model, *criteria)
    archivo = uno(caso.escuela, Documento, Documento.id == getattr(row, columna))
    assert (row.estado, archivo.analisis) == (antes, "pendiente")
    with escuela_scope(caso.escuela.id), pytest.raises(Refused) as refused:
        documentos.abrir(archivo)
    assert refused.value.key == "archivo.en_analisis"
    seen = scanner.seen
    otra_vez(caso.escuela)
    assert scanner.seen > seen
    assert uno(caso.escuela, Documento, Documento.id == archivo.id).analisis == "pendiente"
    scanner.veredicto = Veredicto.LIMPIO
    otra_vez(caso.escuela, 8)
    archivo = uno(caso.escuela, Documento, Documento.id == archivo.id)
    row = uno(caso.escuela, model, *criteria)
    assert (row.estado, archivo.analisis) == (antes, "limpio")
    with escuela_scope(caso.escuela.id), documentos.abrir(archivo) as stream:
        assert stream.read(4)
    assert correos(caso.escuela) == []


@EVERY
def test_an_infected_file_goes_back_and_its_uploader_is_told(
    scanner: FakeScanner, caso: Caso, papel: Path, now: datetime,
    sube: Sube, model: Any, criteria: Any, columna: str, antes: str, despues: str, quien: str,
) -> None:  # fmt: skip
    sube(caso, papel, now)
    row = uno(caso.escuela, model, *criteria)
    documento_id = getattr(row, columna)
    scanner.veredicto = Veredicto.INFECTADO
    otra_vez(caso.escuela)
    row = uno(caso.escuela, model, *criteria)
    assert row.estado == despues
    assert antes == "en_revision" or getattr(row, columna) is None  # a step that was sent keeps its history
    archivo = uno(caso.escuela, Documento, Documento.id == documento_id)
    scanner.veredicto = Veredicto.LIMPIO  # what is sealed stays sealed
    otra_vez(caso.escuela, 8)
    with escuela_scope(caso.escuela.id), pytest.raises(Refused) as refused:
        documentos.abrir(archivo)
    assert refused.value.key == "archivo.infectado"
    con = {"alumno": caso.alumno.correo, "dependencia": caso.persona.correo}
    told = set(correos(caso.escuela))
    assert told == {con[quien]} if quien in con else len(told) == 1


@pytest.mark.parametrize("lugar", ["entrega", "solicitud", "baja", "proyecto"])
def test_nobody_decides_on_a_file_that_nobody_can_open(
    scanner: FakeScanner, caso: Caso, papel: Path, now: datetime, lugar: str
) -> None:
    sube = next(fila[0] for fila in LUGARES if fila[0].__name__ == f"sube_{lugar}")
    sube(caso, papel, now)
    inicio = to_local(now).date()
    decide: dict[str, Callable[[Any], Any]] = {
        "entrega": lambda e: entregas.aceptar(e.public_id, actor=caso.como_dependencia, now=now),
        "solicitud": lambda s: solicitudes.aceptar(
            s.public_id, inicio=inicio, termino=inicio, horario="9:00", actor=caso.como_dependencia, now=now
        ),
        "baja": lambda b: bajas.autorizar(b.public_id, actor=caso.como_coordinador, now=now),
        "proyecto": lambda p: proyectos.cambiar(
            p.public_id, "publicar", actor=caso.como_coordinador, now=now
        ),
    }
    model, criteria = next((m, c) for s, m, c, *_ in LUGARES if s is sube)
    row = uno(caso.escuela, model, *criteria)
    with escuela_scope(caso.escuela.id), pytest.raises(Refused) as refused:
        decide[lugar](row)
    assert refused.value.key == "archivo.en_analisis"


def test_a_letter_waits_for_the_image_of_a_signature_and_is_issued_when_it_is_clean(
    scanner: FakeScanner, escom: Escuela, now: datetime
) -> None:
    scanner.veredicto = Veredicto.LIMPIO
    caso = cierre.con_horas(escom, now)
    carta = cierre.emitir(caso, now)
    scanner.veredicto = Veredicto.ERROR
    for quien in (cierre.JEFA, cierre.GERENTE):
        cierre.firmar(caso, now, quien)
    otra_vez(escom)
    assert uno(escom, Carta, Carta.id == carta.id).estado == "firmada"
    scanner.veredicto = Veredicto.LIMPIO
    otra_vez(escom, 8)
    assert uno(escom, Carta, Carta.id == carta.id).estado == "emitida"


def test_an_infected_signature_does_not_count_and_is_asked_for_again(
    scanner: FakeScanner, escom: Escuela, now: datetime
) -> None:
    scanner.veredicto = Veredicto.LIMPIO
    caso = cierre.con_horas(escom, now)
    carta = cierre.emitir(caso, now)
    scanner.veredicto = Veredicto.ERROR
    cierre.firmar(caso, now, cierre.JEFA)
    scanner.veredicto = Veredicto.INFECTADO
    otra_vez(escom)
    assert uno(escom, Firma, Firma.carta_id == carta.id, Firma.orden == 1).estado == "pendiente"
    assert cierre.JEFA.correo in correos(escom)
    scanner.veredicto = Veredicto.LIMPIO
    for quien in (cierre.JEFA, cierre.GERENTE):
        cierre.firmar(caso, now, quien)
    otra_vez(escom, 8)
    assert uno(escom, Carta, Carta.id == carta.id).estado == "emitida"


def test_a_roll_is_not_read_before_it_is_clean_and_whoever_uploaded_it_is_told(
    scanner: FakeScanner, escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    persona = factories.coordinador(escom, now)
    roll = tmp_path / "padron.csv"
    roll.write_text(
        "boleta,paterno,materno,nombre,correo,carrera\n2023630001,Prueba,Ficticia,Ana,a@a.test,ISC\n"
    )
    with escuela_scope(escom.id):
        actor = Actor(
            "coordinador", persona.nombre, persona.id, escom.id, permisos=frozenset({"expedientes"})
        )
        documento = padron_archivo.guardar(roll, "padron.csv", actor=actor, now=now)
        with pytest.raises(Refused) as refused:
            padron_archivo.vista(documento)
    assert refused.value.key == "archivo.en_analisis"
    scanner.veredicto = Veredicto.INFECTADO
    otra_vez(escom)
    assert correos(escom) == [persona.correo]


# ---- The dossier of a dependencia ----------------------------------------------------------------


@pytest.fixture
def peticion(scanner: FakeScanner, escom: Escuela, now: datetime, tmp_path: Path) -> peticiones.Solicitud:
    """A request for a convenio whose papers all wait for a verdict."""
    return peticiones.Solicitud(escom, now, tmp_path).llenar().enviar()


def test_a_paper_of_the_dossier_is_judged_only_with_a_verdict_and_then_as_any_other(
    scanner: FakeScanner, peticion: peticiones.Solicitud, escom: Escuela, now: datetime
) -> None:
    def acepta() -> str:
        with escuela_scope(escom.id):
            papel = peticion.documentos()["ine"]
            actor = factories.como_coordinador(escom)
            done = convenios.dictaminar(peticion.public_id, papel.public_id, "aceptar", actor=actor, now=now)
            return done.estado

    with pytest.raises(Refused) as refused:
        acepta()
    assert refused.value.key == "archivo.en_analisis"
    assert dependencias.logo_png(db.session(), peticion.dependencia_id) is None
    scanner.veredicto = Veredicto.LIMPIO
    otra_vez(escom)
    assert acepta() == "aceptado"
    assert dependencias.logo_png(db.session(), peticion.dependencia_id)


def test_an_infected_paper_of_the_dossier_is_refused_in_each_escuela_and_written_about(
    scanner: FakeScanner, peticion: peticiones.Solicitud, escom: Escuela
) -> None:
    scanner.veredicto = Veredicto.INFECTADO
    otra_vez(escom)
    with escuela_scope(escom.id):
        estados = set(db.session.scalars(select(ConvenioDocumento.estado)))
        assert estados == {"rechazado"}
    assert set(db.session.scalars(select(DossierDocumento.analisis))) == {"infectado"}
    assert set(correos(escom)) == {"contacto@museo.test"}


# ---- The scanner itself ----------------------------------------------------------------------------


def test_an_infected_file_is_refused_at_once_and_nothing_of_it_stays(
    scanner: FakeScanner, caso: Caso, papel: Path, now: datetime, app: Any
) -> None:
    scanner.veredicto = Veredicto.INFECTADO
    storage = app.extensions["portal_backends"].storage
    with escuela_scope(caso.escuela.id):
        before = [o.key for o in storage.list(f"escuela/{caso.escuela.id}/")]
        with pytest.raises(FileRefused) as refused:
            _recibe(papel)
        assert refused.value.key == "archivo.infectado"
        assert [o.key for o in storage.list(f"escuela/{caso.escuela.id}/")] == before


def _recibe(papel: Path) -> None:
    with recibido(papel):
        raise AssertionError("an infected file reached the form's body")


def test_without_a_scanner_a_file_is_served_and_not_called_clean(
    caso: Caso, papel: Path, now: datetime
) -> None:
    sube_entrega(caso, papel, now)
    archivo = uno(caso.escuela, Documento, Documento.tipo == "entrega_reporte")
    assert archivo.analisis == "sin_analisis"
    with escuela_scope(caso.escuela.id), documentos.abrir(archivo) as stream:
        assert stream.read(5) == b"%PDF-"
        assert db.session.scalars(select(Outbox).where(Outbox.tipo == documentos.TAREA)).all() == []


@pytest.mark.services
@pytest.mark.parametrize("infected", [True, False])
def test_the_real_clamd_down_and_up_again(
    services: dict[str, str], escom: Escuela, now: datetime, tmp_path: Path, app: Any, infected: bool
) -> None:
    """Down: nothing listens on its port. Up again: the outbox gets its word."""
    host, port = services["PORTAL_CLAMD_URL"].rpartition("/")[2].split(":")
    name = escaneres.VIRUS.decode() if infected else "Ana"
    roll = tmp_path / "padron.csv"
    head = "boleta,paterno,materno,nombre,correo,carrera"
    roll.write_text(f"{head}\n2023630001,Prueba,Ficticia,{name},a@a.test,ISC\n")
    with escaneres.con(ClamdScanner(host=host, port=1, timeout=2)), escuela_scope(escom.id):
        documento = padron_archivo.guardar(roll, "padron.csv", actor=OFICINA, now=now)
    assert documento.analisis == "pendiente"
    with escaneres.con(ClamdScanner(host=host, port=int(port))):
        otra_vez(escom)
        verdict = uno(escom, Documento, Documento.id == documento.id).analisis
        assert verdict == ("infectado" if infected else "limpio")
        if infected:
            with escuela_scope(escom.id), pytest.raises(FileRefused):
                padron_archivo.guardar(roll, "padron.csv", actor=OFICINA, now=now)
