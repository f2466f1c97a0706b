import json
from datetime import date

import pytest

from portal.letters import TIPOS, Plantilla, PlantillaInvalida, leer_plantilla
from portal.letters.palabras import enumerar, fecha_en_letra, horas_en_letra, numero_en_letra
from tests.letters.ayuda import ESCUELAS, plantilla_de

BASE = {"tipo": "presentacion", "version": 1, "titulo": "Carta", "bloques": [{"texto": "Hola"}]}


def _con_texto(texto):
    return {**BASE, "bloques": [{"texto": texto}]}


@pytest.mark.parametrize(
    ("texto", "frase"),
    [
        ("{{ alumno_nombr }}", "no existe el dato «alumno_nombr»"),
        ("{{ motivo }}", "no existe el dato «motivo»"),
        ("{{ alumno_nombre.__class__ }}", "no «.__class__»"),
        ("{{ alumno_nombre['__class__'] }}", "corchetes"),
        ("{{ alumno_nombre.upper() }}", "llamadas"),
        ("{{ ''|attr('__class__') }}", "no existe la forma «attr»"),
        ("{% for x in actividades %}x{% endfor %}", "no «for»"),
        ("{% set x = 1 %}", "no «set»"),
        ("{{ 9 ** 999999999 }}", "no «pow»"),
        ("{% include 'x' %}", "no «include»"),
        ("{{ alumno_nombre ", "no se entiende"),
        ("{{ alumno_nombre|en_letra }}", "no se puede formar"),
        ("{{ proyecto_titulo }}", "falta un dato opcional"),
        ("{{ " + "(" * 5000, "no se entiende"),
        ("<script>x</script>", "«<script>» no está permitido"),
        ("<b>sin cerrar", "se cierran"),
        ("<img src='x'/>", "no está permitido"),
    ],
)
def test_a_text_that_would_fail_or_do_harm_is_refused_when_read_with_a_sentence(texto, frase):
    with pytest.raises(PlantillaInvalida) as error:
        Plantilla.from_mapping(_con_texto(texto))
    assert any(frase in e and e.startswith("En bloque 1") for e in error.value.errors), error.value.errors


@pytest.mark.parametrize(
    ("datos", "frase"),
    [
        ({"tipo": "otra"}, "no es un tipo de carta"),
        ({"version": "1"}, "número entero"),
        ({"titulo": ""}, "Falta el título"),
        ({"color": "rojo"}, "No conocemos el campo «color»"),
        ({"bloques": []}, "La carta no tiene texto"),
        ({"bloques": [{"clase": "video"}]}, "la clase es una de"),
        ({"bloques": [{"clase": "tabla", "filas": [["uno"]]}]}, "pareja de textos"),
        ({"bloques": [{"clase": "lista", "lista": "alumno_nombre"}]}, "no es una lista"),
        ({"destinatario": "Ana"}, "lista de textos"),
        ({"copias": ["{{ nada }}"]}, "no existe el dato «nada»"),
        ({"papeles": {"responsable": "{{ nada }}"}}, "no existe el dato «nada»"),
        ({"valores": {"alumno_nombre": "Ana"}}, "no es un dato opcional"),
        ({"membrete": "nadie"}, "El membrete es de"),
    ],
)
def test_a_template_of_a_wrong_shape_is_refused_with_a_sentence(datos, frase):
    with pytest.raises(PlantillaInvalida) as error:
        Plantilla.from_mapping({**BASE, **datos})
    assert any(frase in e for e in error.value.errors), error.value.errors


def test_conditions_are_allowed():
    texto = "{% if proyecto_titulo and semestre > 5 %}{{ proyecto_titulo }}{% else %}nada{% endif %}"
    with pytest.raises(PlantillaInvalida, match="falta un dato opcional"):
        Plantilla.from_mapping(_con_texto(texto.replace("proyecto_titulo and ", "")))
    assert Plantilla.from_mapping(_con_texto(texto)).bloques[0].texto == texto


@pytest.mark.parametrize(
    "dato", ["{{ alumno_boleta }}", "{{ horario }}", "{{ horas|horas_en_letra }}", "{{ responsable_cargo }}"]
)
def test_a_termino_template_that_leaves_out_one_of_the_eleven_data_is_refused(dato):
    datos = json.loads(json.dumps(leer_plantilla("termino").to_mapping()).replace(dato, "-"))
    with pytest.raises(PlantillaInvalida, match="Falta el dato obligatorio"):
        Plantilla.from_mapping(datos)


@pytest.mark.parametrize("cambio", [{"sello": ""}, {"membrete": "escuela"}])
def test_a_termino_goes_on_the_sheet_of_the_dependencia_with_a_place_for_its_stamp(cambio):
    with pytest.raises(PlantillaInvalida, match="dependencia"):
        Plantilla.from_mapping({**leer_plantilla("termino").to_mapping(), **cambio})


@pytest.mark.parametrize("tipo", TIPOS)
def test_a_template_survives_json(tipo):
    plantilla = leer_plantilla(tipo)
    assert Plantilla.from_mapping(json.loads(json.dumps(plantilla.to_mapping()))) == plantilla


@pytest.mark.parametrize("escuela", ESCUELAS)
def test_each_school_writes_at_least_one_letter_its_own_way(escuela):
    assert any(plantilla_de(escuela, tipo) != leer_plantilla(tipo) for tipo in TIPOS)


def test_a_broken_file_of_a_school_is_said_by_name(tmp_path):
    (tmp_path / "baja.toml").write_text("version = ", "utf-8")
    with pytest.raises(PlantillaInvalida, match=r"baja\.toml"):
        leer_plantilla("baja", tmp_path)


@pytest.mark.parametrize(
    ("numero", "femenino", "palabras"),
    [
        (0, False, "cero"),
        (1, True, "una"),
        (16, False, "dieciséis"),
        (21, False, "veintiún"),
        (22, True, "veintidós"),
        (31, True, "treinta y una"),
        (100, True, "cien"),
        (101, True, "ciento una"),
        (480, True, "cuatrocientas ochenta"),
        (500, True, "quinientas"),
        (999, False, "novecientos noventa y nueve"),
        (1000, True, "mil"),
        (2026, False, "dos mil veintiséis"),
        (21_021, True, "veintiuna mil veintiuna"),
        (200_000, True, "doscientas mil"),
    ],
)
def test_numbers_in_words(numero, femenino, palabras):
    assert numero_en_letra(numero, femenino) == palabras


def test_dates_hours_and_lists_in_words():
    assert fecha_en_letra(date(2026, 11, 21)) == "21 de noviembre de 2026"
    assert horas_en_letra(1) == "1 (una) hora"
    assert enumerar(["A", "B", "Inglés"]) == "A, B e Inglés"
    assert enumerar(["agua", "hielo"]) == "agua y hielo"
    assert enumerar([]) == ""
