"""Constancias: loaded one by one or many at once, replaced with a reason, acknowledged by their download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.domain.machine import Forbidden, Refused
from portal.models import (
    Constancia,
    ConstanciaArchivo,
    ConstanciaLote,
    Correo,
    Documento,
    Escuela,
    ListaEmision,
    db,
)
from portal.services import constancias, correos, lotes, runtime
from tenants.scope import escuela_scope
from tests import emision as casos
from tests import en_servicio, factories
from tests.en_servicio import Caso

Drain = Callable[[], int]
DICTADO = (
    "Ya puedes ingresar al Sistema Intrainstitucional de Registro y Seguimiento para Servicio Social de la ESCA UST y "
    "descargar tu constancia de liberación de Servicio Social. Agradecemos la paciencia a dicho trámite. Felicidades"
)
MOTIVO = "La constancia era la de otra persona con el mismo apellido."

OTROS = {"notas.txt": b"hola", "__MACOSX/x": b"x"}


@pytest.fixture
def tres(esca: Escuela, now: datetime) -> list[Caso]:
    return [casos.listo(esca, now, n) for n in range(3)]


@pytest.fixture
def lista(tres: list[Caso], now: datetime) -> ListaEmision:
    return casos.emitir(tres, now)


def _cargar(caso: Caso, now: datetime, **values: object) -> Constancia:
    with escuela_scope(caso.escuela.id):
        if not values.get("enlace"):
            values = {"guardado": en_servicio.guardado(caso.escuela), **values}
        renglon = casos.renglon(caso).public_id
        return constancias.cargar(renglon, actor=caso.como_coordinador, now=now, **values)  # type: ignore[arg-type]


def test_a_constancia_frees_its_servicio_and_the_last_one_completes_the_lista(
    esca: Escuela, tres: list[Caso], lista: ListaEmision, now: datetime
) -> None:
    for n, caso in enumerate(tres, start=1):
        assert casos.leer(lista).estado == "emitida"
        _cargar(caso, now)
        assert (caso.leer().estado, caso.entrega("constancia_liberacion").estado) == ("liberado", "aceptada")
        assert casos.leer(lista).llegadas == n
    assert casos.leer(lista).estado == "completa"
    with escuela_scope(esca.id):
        mails = db.session.scalars(select(Correo).where(Correo.plantilla == "constancia_lista")).all()
        assert {m.para for m in mails} == {c.alumno.correo for c in tres}
        assert DICTADO in correos.texto(mails[0], esca)


def test_a_wrong_constancia_is_replaced_with_a_reason_and_the_older_one_stays(
    esca: Escuela, tres: list[Caso], lista: ListaEmision, now: datetime
) -> None:
    caso = tres[0]
    primera = _cargar(caso, now)
    for motivo in ("", "no"):
        with pytest.raises(Refused, match=r"motivo\.corto"):
            _cargar(caso, now, motivo=motivo)
    nueva = _cargar(caso, now, enlace="https://constancias.ejemplo.test/1.pdf", motivo=MOTIVO)
    assert (nueva.version, nueva.vigente, nueva.motivo) == (2, True, MOTIVO)
    with escuela_scope(esca.id):
        query = select(Constancia.version, Constancia.vigente).order_by(Constancia.version)
        assert [tuple(row) for row in db.session.execute(query)] == [(1, False), (2, True)]
        old = db.session.scalars(select(Documento).where(Documento.id == primera.documento_id)).one()
        assert old.alumno_id is None  # a wrong one may be somebody else's: its alumno does not read it
        assert (
            db.session.scalar(
                select(func.count(Correo.id)).where(Correo.plantilla == "constancia_reemplazada")
            )
            == 1
        )
    assert casos.leer(lista).llegadas == 1


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"guardado": None}, "constancia.sin_archivo"),
        ({"enlace": "http://ejemplo.test/1.pdf"}, "constancia.enlace"),
        ({"enlace": "javascript:alert(1)"}, "constancia.enlace"),
    ],
)
def test_what_is_no_constancia_is_refused_and_frees_nobody(
    tres: list[Caso], lista: ListaEmision, now: datetime, values: dict[str, object], key: str
) -> None:
    with pytest.raises(Refused, match=key):
        _cargar(tres[0], now, **values)
    assert tres[0].leer().estado == "en_emision"


def test_the_first_download_by_its_alumno_is_kept(
    tres: list[Caso], lista: ListaEmision, now: datetime
) -> None:
    found = _cargar(tres[0], now)
    with escuela_scope(lista.escuela_id):
        with pytest.raises(Forbidden):
            constancias.acusar(found.id, actor=tres[1].como_alumno, now=now)
        for later in (timedelta(hours=1), timedelta(days=2)):
            constancias.acusar(found.id, actor=tres[0].como_alumno, now=now + later)
        query = select(Constancia.descargada).where(Constancia.id == found.id)
        assert db.session.scalar(query) == now + timedelta(hours=1)


# ---- many at once ----


def _crear(esca: Escuela, now: datetime, *files: tuple[Path, str]) -> ConstanciaLote:
    with escuela_scope(esca.id):
        return lotes.crear(files, actor=factories.como_coordinador(esca), now=now)


def _archivos(lote: ConstanciaLote) -> dict[str, ConstanciaArchivo]:
    with escuela_scope(lote.escuela_id):
        query = select(ConstanciaArchivo).where(
            ConstanciaArchivo.lote_id == lote.id, ConstanciaArchivo.lectura != "abierto"
        )
        found = db.session.scalars(query.execution_options(populate_existing=True)).all()
        db.session.commit()
        return {a.nombre: a for a in found}


def _confirmar(lote: ConstanciaLote, now: datetime) -> int:
    with escuela_scope(lote.escuela_id):
        return lotes.confirmar(lote.public_id, actor=_oficina(lote), now=now)


def _oficina(lote: ConstanciaLote) -> object:
    from portal.domain.access import Actor

    return Actor(
        "coordinador", "Coordinadora de Prueba", None, lote.escuela_id, permisos=frozenset({"terminos"})
    )


MAS = {"dentro/9999999999.pdf": casos.pdf("nadie"), "notas.txt": b"hola", "__MACOSX/x": b"x"}


def test_many_files_are_matched_looked_at_and_only_then_loaded(
    esca: Escuela, tres: list[Caso], lista: ListaEmision, now: datetime, drain: Drain, tmp_path: Path
) -> None:
    uno, dos, tercero = tres
    lote = _crear(
        esca,
        now,
        casos.archivo(tmp_path, f"{uno.alumno.boleta}.pdf", uno.alumno.nombre_completo),
        casos.archivo(tmp_path, "escaneo.pdf", "Constancia de Otra Persona", dos.alumno.boleta),
        (_zip(tmp_path, MAS), "mas.zip"),
    )
    with pytest.raises(Refused, match=r"lote\.por_leer"):
        _confirmar(lote, now)
    drain()
    found = _archivos(lote)
    assert {name: (a.lectura, a.renglon_id is not None, bool(a.dudas)) for name, a in found.items()} == {
        f"{uno.alumno.boleta}.pdf": ("leido", True, False),
        "escaneo.pdf": ("leido", True, True),
        "9999999999.pdf": ("leido", False, True),
        "notas.txt": ("ilegible", False, False),
    }
    assert [c.leer().estado for c in tres] == ["en_emision"] * 3
    with pytest.raises(Refused, match=r"lote\.dudosos"):
        _confirmar(lote, now)
    with escuela_scope(esca.id):
        decisiones = {
            found["escaneo.pdf"].public_id: ("cargar", dos.alumno.boleta),
            found["9999999999.pdf"].public_id: ("descartar", ""),
        }
        lotes.decidir(lote.public_id, decisiones, actor=_oficina(lote), now=now)
    assert _confirmar(lote, now) == 2
    drain()
    assert [c.leer().estado for c in tres] == ["liberado", "liberado", "en_emision"]
    assert casos.leer(lista).llegadas == 2
    with pytest.raises(Refused, match=r"lote\.ya_confirmado"):
        _confirmar(lote, now)
    assert tercero.leer().estado == "en_emision"


def _zip(folder: Path, entries: dict[str, bytes]) -> Path:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    path = folder / "mas.zip"
    path.write_bytes(held.getvalue())
    return path


def test_a_document_of_word_is_told_as_what_it_is_alone_or_in_a_zip(
    esca: Escuela, lista: ListaEmision, now: datetime, drain: Callable[[], int], tmp_path: Path
) -> None:
    word = _zip(tmp_path, {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    docx = tmp_path / "constancia.docx"
    word.rename(docx)
    lote = _crear(
        esca, now, (docx, "sola.docx"), (_zip(tmp_path, {"dentro.docx": docx.read_bytes()}), "varias.zip")
    )
    drain()
    archivos = _archivos(lote)
    assert set(archivos) - {"varias.zip"} == {"sola.docx", "dentro.docx"}
    for nombre in ("sola.docx", "dentro.docx"):
        assert archivos[nombre].lectura == "ilegible"
        assert "Hay que guardarlo como PDF" in archivos[nombre].error


def test_two_files_of_one_alumno_and_one_who_has_a_constancia_are_refused(
    esca: Escuela, tres: list[Caso], lista: ListaEmision, now: datetime, drain: Drain, tmp_path: Path
) -> None:
    boleta = tres[0].alumno.boleta
    names = (f"{boleta}.pdf", f"{boleta} copia.pdf")
    lote = _crear(
        esca, now, *(casos.archivo(tmp_path, name, tres[0].alumno.nombre_completo) for name in names)
    )
    drain()
    with pytest.raises(Refused, match=r"lote\.repetida"):
        _confirmar(lote, now)
    found = _archivos(lote)
    with escuela_scope(esca.id):
        lotes.decidir(
            lote.public_id, {found[names[1]].public_id: ("descartar", "")}, actor=_oficina(lote), now=now
        )
    _cargar(tres[0], now)
    with pytest.raises(Refused, match=r"lote\.ya_tiene"):
        _confirmar(lote, now)
    with escuela_scope(esca.id):
        otra = {found[names[0]].public_id: ("cargar", "1111111111")}
        otra[found[names[1]].public_id] = ("cargar", boleta)
        with pytest.raises(lotes.SinAlumno) as mal:
            lotes.confirmar(lote.public_id, otra, actor=_oficina(lote), now=now)
    assert list(mal.value.errores) == [found[names[0]].public_id]
    assert _archivos(lote)[names[1]].descartado  # what was right of a refused form is not kept either


def test_a_lote_that_nobody_confirms_is_forgotten_with_its_files(
    esca: Escuela, tres: list[Caso], lista: ListaEmision, now: datetime, drain: Drain, tmp_path: Path
) -> None:
    boleta = tres[0].alumno.boleta
    lote = _crear(esca, now, casos.archivo(tmp_path, f"{boleta}.pdf", tres[0].alumno.nombre_completo))
    drain()
    clave = _archivos(lote)[f"{boleta}.pdf"].clave
    with escuela_scope(esca.id):
        storage = runtime.current().backends.storage
        assert lotes.limpiar(now + timedelta(days=6)) == 0
        assert storage.exists(clave)
        assert lotes.limpiar(now + timedelta(days=8)) == 1
        assert not storage.exists(clave)
    assert _archivos(lote) == {}
