"""Names are written in one way in letters, lists, files and public pages."""

import pytest

from portal.domain.personas import (
    full_name,
    initials,
    limpiar,
    list_name,
    sort_name,
)

PEOPLE = [
    # nombres, paterno, materno, full, list, sort, initials
    (
        "Ana Sofía",
        "Robles",
        "Tapia",
        "Ana Sofía Robles Tapia",
        "Robles Tapia Ana Sofía",
        "robles tapia ana sofia",
        "A. S. R. T.",
    ),
    (" Íñigo ", "Muñoz", "", "Íñigo Muñoz", "Muñoz Íñigo", "munoz inigo", "Í. M."),
    (
        "María de los Ángeles",
        "de la Cruz",
        "y Paz",
        "María de los Ángeles de la Cruz y Paz",
        "de la Cruz y Paz María de los Ángeles",
        "de la cruz y paz maria de los angeles",
        "M. Á. C. P.",
    ),
]


@pytest.mark.parametrize(("nombres", "paterno", "materno", "full", "listed", "sort", "inits"), PEOPLE)
def test_a_name_is_written_as_its_place_asks(nombres, paterno, materno, full, listed, sort, inits):
    name = (nombres, paterno, materno)
    assert (full_name(*name), list_name(*name), sort_name(*name)) == (full, listed, sort)
    assert initials(*name) == inits


def test_spaces_and_decomposed_accents_are_cleaned():
    assert limpiar("  Sofi\u0301a \t Tapia\n") == "Sofía Tapia"
    assert limpiar("") == ""
