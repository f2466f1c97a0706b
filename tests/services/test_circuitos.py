"""Circuits of an escuela: groups side by side, codes, paper scans, substitutes, and what the letter says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Carta, Correo, Documento, Escuela, Firma, db
from portal.services import (
    cartas,
    codigos,
    documentos,
    firmas,
    firmas_codigo,
    firmas_papel,
    recordatorios_cosas,
    suplencias,
)
from portal.services.cartas import Firmante
from portal.services.uow import unit_of_work
from tenants.profile import ProfileError
from tenants.scope import escuela_scope
from tests import cierre, factories
from tests.escuela_con import DIRECCION, circuito, perfil_con
from tests.files.samples import pdf_of

REPRESENTANTE, TESORERA = "representante@ejemplo.test", "tesorera@ejemplo.test"
CIRCUITO = circuito("constancia_estudios", "responsable", responsable=2, representante=1, tesoreria=1)
PROPIOS = (
    Firmante("representante", "Tomás Inventado", "Representante", REPRESENTANTE),
    Firmante("tesoreria", "Irene Supuesta", "Tesorera", TESORERA),
)


@pytest.fixture
def escuela(escom: Escuela, tmp_path: Path, now: datetime) -> Escuela:
    return perfil_con("escom", CIRCUITO, tmp_path, now)


def _carta(escuela: Escuela, now: datetime, propios: tuple[Firmante, ...] = PROPIOS) -> Carta:
    alumno = factories.alumno(escuela, now)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        from portal.services import valores

        nueva = cartas.Nueva(valores.del_alumno(alumno), propios, alumno_id=alumno.id)
        return cartas.generar(
            uow, "constancia_estudios", nueva, factories.como_coordinador(escuela, "expedientes")
        )


class _Caso:
    """What the helpers of tests/cierre.py ask of a case."""

    def __init__(self, escuela: Escuela) -> None:
        self.escuela = escuela


def _pedidas(escuela: Escuela) -> list[str]:
    with escuela_scope(escuela.id):
        return sorted(db.session.scalars(select(Correo.para).where(Correo.plantilla == "firma_pedida")))


def _firmar(escuela: Escuela, now: datetime, correo: str, **values: Any) -> None:
    caso: Any = _Caso(escuela)
    todo: dict[str, Any] = {
        "nombre": "Persona Ejemplo",
        "cargo": "Cargo",
        "declara": True,
        "identidad": "codigo",
    }
    firmas.firmar(
        cierre.enlace(caso, correo), trazo=cierre.trazo(), ip="127.0.0.1", now=now, **{**todo, **values}
    )


def _firmas(escuela: Escuela, carta: Carta) -> dict[str, Firma]:
    caso: Any = _Caso(escuela)
    return {f.papel: f for f in cierre.circuito(caso, carta)}


def _texto(escuela: Escuela, carta: Carta) -> str:
    with escuela_scope(escuela.id):
        documento_id = db.session.scalars(select(Carta.documento_id).where(Carta.id == carta.id)).one()
        documento = db.session.scalars(select(Documento).where(Documento.id == documento_id)).one()
        with documentos.abrir(documento) as stream:
            pdf = pypdfium2.PdfDocument(stream.read())
            return " ".join(" ".join(p.get_textpage().get_text_range().split()) for p in pdf)


def test_one_group_signs_side_by_side_and_the_next_after_all_of_it(
    escuela: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    carta = _carta(escuela, now)
    assert _pedidas(escuela) == sorted([REPRESENTANTE, TESORERA])
    _firmar(escuela, now, TESORERA)
    assert DIRECCION not in _pedidas(escuela)
    _firmar(escuela, now, REPRESENTANTE)
    assert DIRECCION in _pedidas(escuela)
    assert _firmas(escuela, carta)["responsable"].nombre == "Dra. Aurora Ficticia Robles"
    _firmar(escuela, now, DIRECCION)
    drain()
    caso: Any = _Caso(escuela)
    assert cierre.leer(caso, carta).estado == "emitida"


def test_all_who_sign_side_by_side_are_reminded(escuela: Escuela, now: datetime) -> None:
    carta = _carta(escuela, now)
    with escuela_scope(escuela.id):
        esperan = {c.objeto_id for c in recordatorios_cosas.todas("escom") if c.clase == "firmar"}
    assert esperan == {
        f.id for f in _firmas(escuela, carta).values() if f.correo in (REPRESENTANTE, TESORERA)
    }


def test_a_place_without_a_person_is_named_before_a_folio_is_taken(escuela: Escuela, now: datetime) -> None:
    with pytest.raises(Refused) as refused:
        _carta(escuela, now, PROPIOS[:1])
    assert refused.value.key == "carta.faltan_datos"
    assert "quien firma como tesoreria" in refused.value.values["faltan"]
    assert _carta(escuela, now).numero == 1


def test_a_circuit_whose_signer_has_no_address_is_refused_with_the_profile(
    escom: Escuela, tmp_path: Path, now: datetime
) -> None:
    with pytest.raises(ProfileError) as refused:
        perfil_con("escom", CIRCUITO.replace(f'correo = "{DIRECCION}"', ""), tmp_path, now)
    assert "necesita un firmante con correo" in " ".join(refused.value.errors)


def test_without_the_code_nobody_signs_nor_refuses(escuela: Escuela, now: datetime) -> None:
    carta = _carta(escuela, now)
    with pytest.raises(Refused) as refused:
        _firmar(escuela, now, TESORERA, identidad="")
    assert refused.value.key == "firma.sin_codigo"
    caso: Any = _Caso(escuela)
    with pytest.raises(Refused):
        firmas.rechazar(cierre.enlace(caso, TESORERA), motivo="No me corresponde firmarla.", ip="", now=now)
    assert _firmas(escuela, carta)["tesoreria"].estado == "pendiente"


def test_a_code_serves_once_for_a_quarter_of_an_hour_and_is_stored_nowhere(
    escuela: Escuela, now: datetime, drain: Callable[[], int], app: Any
) -> None:
    _carta(escuela, now)
    caso: Any = _Caso(escuela)
    token = cierre.enlace(caso, TESORERA)
    firmas_codigo.pedir(token, now=now)
    code = cierre.codigo(caso, TESORERA)
    assert len(code) == 6
    with escuela_scope(escuela.id):
        correo = db.session.scalars(select(Correo).where(Correo.plantilla == "firma_codigo")).one()
        assert code not in f"{correo.contexto} {correo.asunto}"
        assert code not in codigos.ocultar(correo.contexto["codigo"])
    other = f"{(int(code) + 1) % 1_000_000:06d}"
    for wrong, when, key in (
        (other, now, "firma.codigo"),
        (code, now + timedelta(minutes=16), "firma.codigo_vencido"),
    ):
        with pytest.raises(Refused) as refused:
            firmas_codigo.comprobar(token, wrong, now=when)
        assert refused.value.key == key
    assert firmas_codigo.comprobar(token, f"{code[:3]} {code[3:]}", now=now)
    with pytest.raises(Refused) as refused:
        firmas_codigo.comprobar(token, code, now=now)
    assert refused.value.key == "firma.codigo_vencido"


def test_five_wrong_codes_close_the_door_even_to_the_right_one(escuela: Escuela, now: datetime) -> None:
    _carta(escuela, now)
    caso: Any = _Caso(escuela)
    token = cierre.enlace(caso, TESORERA)
    firmas_codigo.pedir(token, now=now)
    code = cierre.codigo(caso, TESORERA)
    for _ in range(5):
        with pytest.raises(Refused):
            firmas_codigo.comprobar(token, "no", now=now)
    with pytest.raises(Refused) as refused:
        firmas_codigo.comprobar(token, code, now=now)
    assert refused.value.key == "firma.codigo_bloqueado"
    for _ in range(4):
        firmas_codigo.pedir(token, now=now)
    with pytest.raises(Refused) as refused:
        firmas_codigo.pedir(token, now=now)
    assert refused.value.key == "firma.muchos_codigos"


def _entregar(escuela: Escuela, now: datetime, correo: str, folder: Path) -> None:
    caso: Any = _Caso(escuela)
    scan = folder / "escaneo.pdf"
    pdf_of("Carta firmada").save(scan)
    firmas_papel.entregar(
        cierre.enlace(caso, correo), nombre="Irene Supuesta", cargo="Tesorera", declara=True,
        archivos=[(scan, "escaneo.pdf")], identidad="codigo", ip="127.0.0.1", now=now,
    )  # fmt: skip


def test_a_scan_counts_when_the_office_confirms_it(
    escuela: Escuela, now: datetime, tmp_path: Path, drain: Callable[[], int]
) -> None:
    carta = _carta(escuela, now)
    _firmar(escuela, now, REPRESENTANTE)
    _entregar(escuela, now, TESORERA, tmp_path)
    firma = _firmas(escuela, carta)["tesoreria"]
    assert (firma.estado, firma.modo) == ("por_confirmar", "papel")
    assert DIRECCION not in _pedidas(escuela)
    office = factories.como_coordinador(escuela, "expedientes")
    with escuela_scope(escuela.id):
        with pytest.raises(Forbidden):
            firmas_papel.confirmar(
                firma.public_id, actor=factories.como_coordinador(escuela, "reportes"), now=now
            )
        with pytest.raises(Refused):
            firmas_papel.confirmar(
                firma.public_id, actor=factories.como_coordinador(escuela, "terminos"), now=now
            )
        firmas_papel.confirmar(firma.public_id, actor=office, now=now)
    assert DIRECCION in _pedidas(escuela)
    _firmar(escuela, now, DIRECCION)
    drain()
    texto = _texto(escuela, carta)
    assert "Firmada en papel; cotejada el" in texto
    assert "Firma en el original en papel" in texto


def test_a_scan_that_does_not_do_goes_back_with_its_reason_and_a_new_link(
    escuela: Escuela, now: datetime, tmp_path: Path
) -> None:
    carta = _carta(escuela, now)
    _entregar(escuela, now, TESORERA, tmp_path)
    firma = _firmas(escuela, carta)["tesoreria"]
    office = factories.como_coordinador(escuela, "expedientes")
    with escuela_scope(escuela.id):
        with pytest.raises(Refused):
            firmas_papel.regresar(firma.public_id, motivo="no", actor=office, now=now)
        firmas_papel.regresar(firma.public_id, motivo="Falta la segunda página.", actor=office, now=now)
        (mail,) = db.session.scalars(select(Correo).where(Correo.plantilla == "firma_regresada"))
        assert (mail.para, mail.contexto["motivo"]) == (TESORERA, "Falta la segunda página.")
    assert _firmas(escuela, carta)["tesoreria"].estado == "pendiente"


def _suplente(now: datetime, **values: Any) -> suplencias.Suplente:
    hoy = to_local(now).date()
    datos = {"nombre": "Saúl Suplente", "cargo": "Subdirector", "correo": "saul@ejemplo.test", "desde": hoy,
             "hasta": hoy + timedelta(days=7)}  # fmt: skip
    return suplencias.Suplente(**{**datos, **values})


def test_who_is_away_names_a_substitute_who_signs_in_their_absence(
    escuela: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    carta = _carta(escuela, now)
    caso: Any = _Caso(escuela)
    old = cierre.enlace(caso, TESORERA)
    named = suplencias.nombrar_por_enlace(old, _suplente(now), identidad="codigo", ip="", now=now)
    assert named == ("Saúl Suplente", True)
    assert firmas.por_enlace(old, now=now).estado == "usado"
    assert "saul@ejemplo.test" in _pedidas(escuela)
    _firmar(escuela, now, "saul@ejemplo.test", nombre="Saúl Suplente", cargo="Subdirector")
    for correo in (REPRESENTANTE, DIRECCION):
        _firmar(escuela, now, correo)
    drain()
    firma = _firmas(escuela, carta)["tesoreria"]
    assert (firma.nombre, firma.titular_nombre) == ("Saúl Suplente", "Irene Supuesta")
    assert "Por ausencia de Irene Supuesta, Tesorera" in _texto(escuela, carta)


def test_a_link_alone_names_no_substitute_even_where_it_would_sign(
    escuela: Escuela, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _carta(escuela, now)
    monkeypatch.setattr(firmas, "pide_codigo", lambda _carta: False)
    caso: Any = _Caso(escuela)
    with pytest.raises(Refused) as refused:
        suplencias.nombrar_por_enlace(
            cierre.enlace(caso, TESORERA), _suplente(now), identidad="", ip="", now=now
        )
    assert refused.value.key == "firma.sin_codigo"
    _firmar(escuela, now, TESORERA, identidad="")


def test_a_substitute_names_nobody(escuela: Escuela, now: datetime) -> None:
    _carta(escuela, now)
    caso: Any = _Caso(escuela)
    suplencias.nombrar_por_enlace(
        cierre.enlace(caso, TESORERA), _suplente(now), identidad="codigo", ip="", now=now
    )
    longer = _suplente(now, correo="otra@ejemplo.test", hasta=to_local(now).date() + timedelta(days=300))
    with pytest.raises(Refused) as refused:
        suplencias.nombrar_por_enlace(
            cierre.enlace(caso, "saul@ejemplo.test"), longer, identidad="codigo", ip="", now=now
        )
    assert refused.value.key == "suplencia.de_suplente"


def test_an_address_kept_with_capitals_is_substituted_too(escuela: Escuela, now: datetime) -> None:
    capitals = (PROPIOS[0], replace(PROPIOS[1], correo="Tesorera@Ejemplo.test"))
    office = factories.como_coordinador(escuela, "expedientes")
    _carta(escuela, now, capitals)
    with escuela_scope(escuela.id):
        suplencias.nombrar("Irene Supuesta", TESORERA, _suplente(now), actor=office, now=now)
    assert "saul@ejemplo.test" in _pedidas(escuela)


def test_a_substitution_of_the_office_holds_for_later_letters_and_ends_when_cancelled(
    escuela: Escuela, now: datetime
) -> None:
    office = factories.como_coordinador(escuela, "expedientes")
    with escuela_scope(escuela.id):
        named = suplencias.nombrar("Irene Supuesta", TESORERA.upper(), _suplente(now), actor=office, now=now)
    carta = _carta(escuela, now)
    assert sorted(_pedidas(escuela)) == sorted([REPRESENTANTE, "saul@ejemplo.test"])
    with escuela_scope(escuela.id):
        suplencias.cancelar(named.public_id, actor=office, now=now)
        with pytest.raises(Refused):
            suplencias.cancelar(named.public_id, actor=office, now=now)
    firma = _firmas(escuela, carta)["tesoreria"]
    assert (firma.nombre, firma.correo, firma.titular_nombre) == ("Irene Supuesta", TESORERA, "")
    assert TESORERA in _pedidas(escuela)


def test_a_substitution_holds_on_its_days_for_what_waits(escuela: Escuela, now: datetime) -> None:
    office = factories.como_coordinador(escuela, "expedientes")
    manana = to_local(now).date() + timedelta(days=1)
    with escuela_scope(escuela.id):
        suplencias.nombrar("Irene", TESORERA, _suplente(now, desde=manana), actor=office, now=now)
    _carta(escuela, now)
    for days, asked in (
        (0, []),
        (1, ["saul@ejemplo.test"]),
        (2, ["saul@ejemplo.test"]),
        (8, ["saul@ejemplo.test", TESORERA]),
    ):
        with escuela_scope(escuela.id):
            suplencias.mudar_por_fecha(now + timedelta(days=days))
        assert _pedidas(escuela) == sorted([REPRESENTANTE, TESORERA, *asked])


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"hasta": date(2020, 1, 1)}, "suplencia.fechas"),
        ({"hasta": date(2099, 1, 1)}, "suplencia.fechas"),
        ({"correo": TESORERA}, "suplencia.la_misma"),
        ({"correo": "nada"}, "firma.correo_invalido"),
        ({"nombre": " "}, "firma.sin_nombre"),
    ],
)
def test_a_substitution_says_who_and_when(
    escuela: Escuela, now: datetime, values: dict[str, Any], key: str
) -> None:
    office = factories.como_coordinador(escuela, "expedientes")
    with escuela_scope(escuela.id), pytest.raises(Refused) as refused:
        suplencias.nombrar("Irene", TESORERA, _suplente(now, **values), actor=office, now=now)
    assert refused.value.key == key


def test_only_who_answers_for_letters_names_substitutes(escuela: Escuela, now: datetime) -> None:
    with escuela_scope(escuela.id), pytest.raises(Forbidden):
        suplencias.nombrar(
            "Irene", TESORERA, _suplente(now), actor=factories.como_coordinador(escuela, "reportes"), now=now
        )
