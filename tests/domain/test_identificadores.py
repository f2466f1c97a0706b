"""Identifiers are normalised, or refused with a sentence that says what to do."""

import pytest

from portal.domain.dependencia import ENTIDADES, normalise
from portal.domain.identificadores import (
    SENTENCES,
    IdentificadorInvalido,
    check_digit_rfc,
    entidad_de_cp,
    normalise_boleta,
    normalise_cp,
    normalise_rfc,
    normalise_telefono,
)

MORAL = "BVA150316QK" + check_digit_rfc("BVA150316QK")
FISICA = "ROTA900228AB" + check_digit_rfc("ROTA900228AB")
WRONG = MORAL[:-1] + ("1" if MORAL[-1] != "1" else "2")
ESCA = r"\d{10}|\d{5}[A-Z]\d{4}"


def key_of(function, *args):
    with pytest.raises(IdentificadorInvalido) as caught:
        function(*args)
    assert str(caught.value) == SENTENCES[caught.value.key]
    return caught.value.key


@pytest.mark.parametrize(
    ("typed", "persona"),
    [
        (MORAL, "moral"),
        (MORAL.lower(), ""),
        (f" {MORAL[:3]}-{MORAL[3:9]}-{MORAL[9:]} ", "moral"),
        (MORAL[:3] + "\u2013" + MORAL[3:], "moral"),
    ],
)
def test_an_rfc_is_normalised_however_it_was_typed(typed, persona):
    assert normalise_rfc(typed, persona) == MORAL


@pytest.mark.parametrize(
    ("typed", "persona", "key"),
    [
        ("", "", "rfc.vacio"),
        ("   ", "moral", "rfc.vacio"),
        ("XAXX010101000", "", "rfc.generico_nacional"),
        ("xaxx-010101-000", "moral", "rfc.generico_nacional"),
        ("XEXX010101000", "fisica", "rfc.generico_extranjero"),
        ("EXT990101NI1", "moral", "rfc.generico_extranjero"),
        (MORAL, "fisica", "rfc.largo_fisica"),
        (FISICA, "moral", "rfc.largo_moral"),
        (MORAL[:-1], "", "rfc.largo"),
        ("ROTA900228", "", "rfc.largo"),
        (WRONG, "moral", "rfc.digito"),
        ("BVA151316QK1", "moral", "rfc.forma"),
        ("BV1150316QK1", "moral", "rfc.forma"),
        ("ROTA900231AB1", "fisica", "rfc.forma"),
    ],
)
def test_a_wrong_rfc_is_refused_with_its_reason(typed, persona, key):
    assert key_of(normalise_rfc, typed, persona) == key


def test_every_character_of_an_rfc_counts_for_its_check_digit():
    for i in range(9, 11):
        other = MORAL[:i] + ("Z" if MORAL[i] != "Z" else "Y") + MORAL[i + 1 :]
        assert key_of(normalise_rfc, other) in ("rfc.digito", "rfc.forma")


def test_an_rfc_with_an_enye_or_an_ampersand_is_valid():
    for base in ("ÑA&150316QK", "N\u0303A&150316QK"):
        full = "ÑA&150316QK" + check_digit_rfc("ÑA&150316QK")
        assert normalise_rfc(base + full[-1]) == full


@pytest.mark.parametrize(
    ("typed", "patron", "expected"),
    [
        ("2021630001", r"\d{10}", "2021630001"),
        (" 2021 630001 ", r"\d{10}", "2021630001"),
        ("20190a0000", ESCA, "20190A0000"),
        ("2002100400", ESCA, "2002100400"),
        ("23900000000001", r"\d{14}", "23900000000001"),
    ],
)
def test_a_boleta_has_the_form_of_its_escuela(typed, patron, expected):
    assert normalise_boleta(typed, patron) == expected


@pytest.mark.parametrize(
    ("typed", "patron", "key"),
    [
        ("", ESCA, "boleta.vacia"),
        ("20190A0000", r"\d{10}", "boleta.forma"),
        ("202163000", r"\d{10}", "boleta.forma"),
        ("20216300011", ESCA, "boleta.forma"),
        ("٢٠٢١٦٣٠٠٠١", r"\d{10}", "boleta.forma"),
    ],
)
def test_a_boleta_of_another_form_is_refused(typed, patron, key):
    assert key_of(normalise_boleta, typed, patron) == key


@pytest.mark.parametrize(
    ("function", "typed", "expected"),
    [
        (normalise_cp, "01000", "01000"),
        (normalise_cp, " 99999 ", "99999"),
        (normalise_telefono, "55 5555 0100", "5555550100"),
        (normalise_telefono, "+52 1 (55) 5555-0100", "5555550100"),
        (normalise_telefono, "+52 55 5555 0100", "5555550100"),
        (normalise_telefono, "01 55 5555 0100", "5555550100"),
        (normalise_telefono, "044 55 5555 0100", "5555550100"),
    ],
)
def test_a_cp_and_a_telephone_are_normalised(function, typed, expected):
    assert function(typed) == expected


@pytest.mark.parametrize(
    ("function", "typed", "key"),
    [
        (normalise_cp, "", "cp.vacio"),
        (normalise_cp, "00999", "cp.inexistente"),
        (normalise_cp, "7738", "cp.forma"),
        (normalise_cp, "077380", "cp.forma"),
        (normalise_cp, "O7738", "cp.forma"),
        (normalise_telefono, "", "telefono.vacio"),
        (normalise_telefono, "5555 0100", "telefono.forma"),
        (normalise_telefono, "55 5555 0100 ext 3", "telefono.forma"),
        (normalise_telefono, "0555550100", "telefono.forma"),
    ],
)
def test_a_wrong_cp_or_telephone_is_refused(function, typed, key):
    assert key_of(function, typed) == key


@pytest.mark.parametrize(
    ("cp", "entidad"),
    [("01000", "Ciudad de México"), ("16900", "Ciudad de México"), ("17000", ""), ("20000", "Aguascalientes"),
     ("44100", "Jalisco"), ("57000", "Estado de México"), ("58000", "Michoacán"), ("99999", "Zacatecas")],
)  # fmt: skip
def test_a_postal_code_belongs_to_one_entidad(cp: str, entidad: str) -> None:
    assert entidad_de_cp(cp) == entidad


def test_every_entidad_has_postal_codes() -> None:
    assert {entidad_de_cp(f"{n:02}000") for n in range(1, 100)} == {"", *ENTIDADES}


def test_a_postal_code_of_another_entidad_is_told_beside_it() -> None:
    _, errors = normalise({"cp": "06000", "entidad": "Jalisco"})
    assert errors == {"cp": "Ese código postal es de Ciudad de México. Revise el código o la entidad."}
    assert normalise({"cp": "44100", "entidad": "Jalisco"})[1] == {}
