"""Names are written in one way in letters, lists, files and public pages."""

import pytest

from portal.domain.personas import (
    archivo_expediente,
    full_name,
    initials,
    limpiar,
    list_name,
    monogram,
    sort_name,
)

PEOPLE = [
    # nombres, paterno, materno, full, list, sort, initials, monogram
    (
        "Ana Sofía",
        "Robles",
        "Tapia",
        "Ana Sofía Robles Tapia",
        "Robles Tapia Ana Sofía",
        "robles tapia ana sofia",
        "A. S. R. T.",
        "AR",
    ),
    (" Íñigo ", "Muñoz", "", "Íñigo Muñoz", "Muñoz Íñigo", "munoz inigo", "Í. M.", "ÍM"),
    (
        "María de los Ángeles",
        "de la Cruz",
        "y Paz",
        "María de los Ángeles de la Cruz y Paz",
        "de la Cruz y Paz María de los Ángeles",
        "de la cruz y paz maria de los angeles",
        "M. Á. C. P.",
        "MC",
    ),
]


@pytest.mark.parametrize(("nombres", "paterno", "materno", "full", "listed", "sort", "inits", "two"), PEOPLE)
def test_a_name_is_written_as_its_place_asks(nombres, paterno, materno, full, listed, sort, inits, two):
    name = (nombres, paterno, materno)
    assert (full_name(*name), list_name(*name), sort_name(*name)) == (full, listed, sort)
    assert (initials(*name), monogram(nombres, paterno)) == (inits, two)


def test_spaces_and_decomposed_accents_are_cleaned():
    assert limpiar("  Sofi\u0301a \t Tapia\n") == "Sofía Tapia"
    assert limpiar("") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (("Ana Sofía", "Robles", "Tapia", "2021630001"), "ROBLES_TAPIA_ANA_SOFIA_2021630001.pdf"),
        (("Íñigo", "Muñoz", "", "20190A0000"), "MUNOZ_INIGO_20190A0000.pdf"),
        (("../Eva", "O'Hara", "Díaz-Luna", "1"), "O_HARA_DIAZ_LUNA_EVA_1.pdf"),
    ],
)
def test_an_expediente_is_named_by_its_person_and_is_safe_as_a_file_name(name, expected):
    assert archivo_expediente(*name) == expected
