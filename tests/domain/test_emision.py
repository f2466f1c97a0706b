"""The window of a lista, and whose constancia a file is."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.calendario import Calendario
from portal.domain.emision import (
    Candidato,
    boletas_en,
    emparejar,
    enlace_valido,
    espera,
    plazo,
    repetidos,
    ventana,
)
from portal.domain.machine import Refused

PATRON = r"\d{10}|\d{5}[A-Z]\d{4}"
VACACIONES = Calendario(frozenset(date(2026, 7, day) for day in range(13, 32)))
MARTHA = Candidato(1, "2002100400", "Quezada Flores Martha Yaneli")
GERARDO = Candidato(2, "20190A0000", "Ulloa Rodríguez Gerardo")
LISTAS = {c.boleta: c for c in (MARTHA, GERARDO)}


@pytest.mark.parametrize(
    ("calendario", "desde", "hasta"),
    [
        (Calendario(), date(2026, 7, 27), date(2026, 8, 3)),
        (VACACIONES, date(2026, 8, 17), date(2026, 8, 24)),  # the escuela's vacations count for nothing
    ],
)
def test_constancias_are_expected_40_to_45_working_days_after_their_lista(
    calendario: Calendario, desde: date, hasta: date
) -> None:
    assert ventana(date(2026, 6, 1), (40, 45), calendario) == (desde, hasta)


@pytest.mark.parametrize(
    ("hoy", "estado", "clave", "palabras"),
    [
        (date(2026, 6, 1), "emitida", "en_espera", "En espera: quedan 45 días hábiles"),
        (date(2026, 7, 27), "emitida", "por_llegar", "Por llegar: quedan 5 días hábiles"),
        (date(2026, 8, 3), "emitida", "por_llegar", "Debe llegar hoy"),
        (date(2026, 8, 4), "emitida", "vencida", "Vencida hace 1 día hábil"),
        (date(2026, 8, 8), "emitida", "vencida", "Vencida hace 4 días hábiles"),
        (date(2026, 8, 4), "completa", "completa", "Completa"),
        (date(2026, 8, 4), "anulada", "anulada", "Anulada: ya no lleva a nadie"),
    ],
)
def test_a_lista_says_in_words_how_it_stands(hoy: date, estado: str, clave: str, palabras: str) -> None:
    found = plazo(hoy, date(2026, 7, 27), date(2026, 8, 3), Calendario(), estado)
    assert (found.clave, found.palabras) == (clave, palabras)


@pytest.mark.parametrize(
    ("hoy", "dice"),
    [
        (date(2026, 7, 30), "a más tardar en 2 días hábiles"),
        (date(2026, 8, 3), "hoy es el último día"),
        (date(2026, 8, 5), "Ese plazo ya pasó"),
    ],
)
def test_an_alumno_reads_between_which_days_and_how_many_are_left(hoy: date, dice: str) -> None:
    said = espera(hoy, date(2026, 7, 27), date(2026, 8, 3), Calendario())
    assert "entre el 27 de julio de 2026 y el 3 de agosto de 2026" in said
    assert dice in said


@pytest.mark.parametrize(
    ("texto", "boletas"),
    [
        ("constancia_2002100400.pdf", ("2002100400",)),
        ("20190a0000 final.PDF", ("20190A0000",)),
        ("BOLETA2002100400.pdf", ("2002100400",)),
        ("2002100400 y 20190A0000", ("2002100400", "20190A0000")),
        ("2002100400-2002100400", ("2002100400",)),
        ("tel. 55200210040099", ()),
        ("escaneo 001.pdf", ()),
    ],
)
def test_boletas_are_found_in_a_text(texto: str, boletas: tuple[str, ...]) -> None:
    assert boletas_en(texto, PATRON) == boletas


@pytest.mark.parametrize(
    ("archivo", "texto", "de_quien", "duda"),
    [
        ("2002100400.pdf", "", 1, ""),  # a scan has no text: its name is enough
        ("scan.pdf", "La C. MARTHA YANELI QUEZADA FLORES, boleta 2002100400", 1, ""),
        ("2002100400.pdf", "Quezada Flores Martha Yaneli. Folio 9999999999", 1, ""),
        ("2002100400.pdf", "Ulloa Rodriguez Gerardo", 1, "no trae el nombre"),
        ("2002100400.pdf", "boleta 20190A0000", None, "varios alumnos"),
        ("2099999999.pdf", "Quezada Flores Martha Yaneli 2002100400", 1, "Su nombre dice 2099999999"),
        ("2099999999.pdf", "", None, "no está en ninguna lista"),
        ("scan.pdf", "sin números", None, "No tiene boleta"),
    ],
)
def test_a_file_is_matched_by_its_name_or_its_text_or_is_doubtful(
    archivo: str, texto: str, de_quien: int | None, duda: str
) -> None:
    found = emparejar(archivo, texto, PATRON, LISTAS)
    assert found.renglon_id == de_quien
    assert bool(found.dudas) == bool(duda)
    assert duda in " ".join(found.dudas)


def test_two_files_for_one_alumno_are_told() -> None:
    assert repetidos([1, 2, None, None, 1]) == {1}


@pytest.mark.parametrize(
    ("enlace", "vale"),
    [
        ("https://constancias.ejemplo.test/a/1.pdf", True),
        (" https://drive.ejemplo.test/file?id=1&x=2#p ", True),
        ("https://ejemplo.test:8443/x", True),
        ("http://ejemplo.test/x", False),
        ("javascript:alert(1)", False),
        ("https://localhost/x", False),
        ("https://10.0.0.1/x", False),
        ("https://usuario@ejemplo.test/x", False),
        ('https://ejemplo.test/"onmouseover', False),
        ("https://ejemplo.test/a b", False),
        ("https://ejemplo.test/" + "x" * 500, False),
    ],
)
def test_a_link_is_a_whole_https_address(enlace: str, vale: bool) -> None:
    if vale:
        assert enlace_valido(enlace) == enlace.strip()
    else:
        with pytest.raises(Refused, match=r"constancia\.enlace"):
            enlace_valido(enlace)
