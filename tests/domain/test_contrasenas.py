"""A password is long and mixed, nobody's name, and none of those tried first [seed 001]."""

import pytest

from portal.domain.contrasenas import CHECKLIST, SENTENCES, faltas

ANA = ("2021630001", "ana.robles@alumno.test", "Ana Sofía", "Robles", "Tapia")


@pytest.mark.parametrize(
    "contrasena",
    [
        "Servicio-2026!",
        "Colibri-verde-84",
        "Nube7.gris",
        "Tr3n-Lento",
        "Ñandú_azul_9",
        "Guadalupe-verde-99",
        "A1!" + "dk2p9v" * 20,
    ],
)
def test_a_good_password_lacks_nothing(contrasena):
    assert faltas(contrasena, ANA) == ()


@pytest.mark.parametrize(
    ("contrasena", "key"),
    [
        ("Nube7.g", "contrasena.corta"),
        ("nube7.gris", "contrasena.sin_mayuscula"),
        ("Nubes.gris", "contrasena.sin_numero"),
        ("Nube7 gris", "contrasena.sin_signo"),
        ("A1!" + "dk2p9v" * 21, "contrasena.larga"),
        ("Verde-2021630001", "contrasena.personal"),
        ("Robles-verde-8", "contrasena.personal"),
        ("Verde-SOFIA-8", "contrasena.personal"),
        ("Ana.Robles#84", "contrasena.personal"),
    ],
)
def test_each_fault_is_told_alone(contrasena, key):
    assert faltas(contrasena, ANA) == (key,)


@pytest.mark.parametrize(
    "contrasena",
    [
        "Password1!",
        "P@ssw0rd1",
        "Pa$$w0rd123",
        "Contraseña-1",
        "Qwerty123!",
        "Abcd1234!",
        "Aaaaaaa1!",
        "México2026!",
        "Guadalupe#99",
        "Admin123!",
        "1qaz2wsx!Q",
        "Bienvenido-2026",
        "LoveLove1!",
        "Teamo.1234",
        "#Chivas2026",
        "Hola-Mundo-1",
    ],
)
def test_what_everybody_tries_first_is_refused(contrasena):
    assert "contrasena.comun" in faltas(contrasena)


def test_short_names_do_not_forbid_half_the_dictionary():
    assert faltas("Manzana-verde-8", ("Ana", "Li", "", "ana@x.test")) == ()


def test_an_empty_password_lacks_everything_without_failing():
    assert faltas("")[:4] == tuple(key for key, *_ in CHECKLIST[:4])


def test_every_key_has_its_sentence():
    assert {key for key, *_ in CHECKLIST} | {"contrasena.larga"} == set(SENTENCES)
