"""What is inside a letter's file: PDF/A-2b, tags in reading order, fonts that hold every character."""

import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from portal.letters import TIPOS, FirmaImpresa
from tests.letters.ayuda import ESCUELAS, hacer, logo_de, paginas_de, plantilla_de, texto_de
from tests.letters.pdfa import faltas, nodos
from tests.letters.test_render import _rubrica

ACTIVIDADES = [f"Actividad número {n}: documentar y verificar los módulos del sistema." for n in range(1, 25)]


@pytest.mark.parametrize("escuela", ESCUELAS)
@pytest.mark.parametrize("tipo", TIPOS)
def test_every_letter_of_every_school_keeps_the_rules_of_pdfa_and_is_tagged(escuela, tipo):
    assert faltas(hacer(tipo, plantilla_de(escuela, tipo), logo=logo_de(escuela))) == []


@pytest.mark.parametrize(
    "cambios",
    [
        {"alumno_nombre": "Łukasz Dvořák Şahin 漢字"},
        {"actividades": ACTIVIDADES},
        {"alumno_nombre": "(Ana) \\ María"},
        {"logo": None},
    ],
)
def test_rare_letters_two_pages_and_no_logo_keep_them_too(cambios):
    assert faltas(hacer("aceptacion", **{"logo": logo_de("escom"), **cambios})) == []


def test_a_drawn_signature_is_flattened_and_described():
    firma = FirmaImpresa("Lic. Tomás Arriaga", "Director General", "representante", _rubrica())
    pdf = hacer("aceptacion", firmas=(firma,), logo=logo_de("escom"))
    assert faltas(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as abierto:
        figuras = [str(n.Alt) for n in nodos(abierto) if str(n.S) == "/Figure"]
    assert figuras[0].startswith("Logotipo de Biblioteca")
    assert figuras[1] == "Firma de Lic. Tomás Arriaga"
    assert figuras[2].startswith("Código QR que abre https://")


def test_three_who_sign_in_three_ways_are_read_in_their_order():
    cuando = datetime(2026, 11, 20, 18, tzinfo=UTC)
    firmas = (
        FirmaImpresa("Lic. Ana Uno", "Jefa", "una", _rubrica(), cuando),
        FirmaImpresa("Mtro. Luis Dos", "Jefe", "dos", None, cuando, "Firmada con e.firma", (), "Firma electrónica"),
        FirmaImpresa("Dra. Eva Tres", "Directora", "responsable", None, cuando, "Firmada en papel; cotejada",
                     ("Por ausencia de Iván Cuatro, Director",), "Firma en el original en papel"),
    )  # fmt: skip
    pdf = hacer("finalizacion", firmas=firmas)
    assert faltas(pdf) == []
    texto = " ".join(texto_de(pdf).split())
    dichos = (
        "Ana Uno",
        "Firma electrónica",
        "Luis Dos",
        "Firma en el original",
        "Eva Tres",
        "Por ausencia de",
    )
    assert [texto.index(dicho) for dicho in dichos] == sorted(texto.index(dicho) for dicho in dichos)


def test_the_checker_sees_what_it_is_for():
    with pikepdf.open(BytesIO(hacer("presentacion"))) as abierto:
        del abierto.Root.OutputIntents
        abierto.Root.MarkInfo.Marked = False
        salida = BytesIO()
        abierto.save(salida)
    assert {"there is no RGB output intent", "it is not marked"} <= set(faltas(salida.getvalue()))


def test_a_screen_reader_finds_title_headings_list_table_and_end_in_order():
    with pikepdf.open(BytesIO(hacer("aceptacion", logo=logo_de("escom")))) as abierto:
        roles = [str(n.S)[1:] for n in nodos(abierto)]
    orden = ["Document", "Figure", "P", "H1", "Table", "TR", "TH", "TD", "L", "LI", "Lbl", "LBody"]
    assert [roles.index(rol) for rol in orden] == sorted(roles.index(rol) for rol in orden)
    assert roles.index("LBody") < len(roles) - 1 - roles[::-1].index("Figure")  # the QR is read at the end


def test_the_head_of_a_long_table_is_seen_on_every_page_and_read_once():
    filas = [
        (str(n), "2021630001", f"Íñigo Peña {n}", "I.S.C.", "Biblioteca", "", "", "", "") for n in range(70)
    ]
    pdf = hacer("relacion", alumnos=filas)
    paginas = paginas_de(pdf)
    assert paginas > 1
    assert faltas(pdf) == []
    texto = texto_de(pdf)
    assert texto.count("Prestatario") == paginas
    assert all(f"Íñigo Peña {n} " in texto for n in range(70))
    with pikepdf.open(BytesIO(pdf)) as abierto:
        assert [str(n.S) for n in nodos(abierto)].count("/TH") == 8


def test_a_paragraph_that_goes_on_over_the_page_is_one_paragraph():
    pdf = hacer("baja", motivo="Motivo largo y detallado. " * 300)
    assert paginas_de(pdf) >= 2
    assert faltas(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as abierto:
        partidos = [n for n in nodos(abierto) if isinstance(n.get("/K"), pikepdf.Array) and "/MCID" in n.K[0]]
    assert len(partidos) == 1


@pytest.mark.parametrize("nombre", ["Łukasz", "Dvořák", "Şahin", "Ẅilmer", "Ñuñoa", "O’Hara", "ƒ(x)\\y"])
def test_a_glyph_outside_the_common_subset_is_embedded_when_it_is_needed(nombre):
    comun, raro = hacer("presentacion"), hacer("presentacion", alumno_nombre=f"Ana {nombre}")
    assert nombre in texto_de(raro)
    assert faltas(raro) == []
    assert len(_fuentes(raro)) >= len(_fuentes(comun))


def _fuentes(pdf):
    with pikepdf.open(BytesIO(pdf)) as abierto:
        return [o for o in abierto.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"]


def test_letters_that_share_everything_but_their_values_share_the_beginning_of_the_file():
    una, otra = (hacer("termino", logo=logo_de("escom"), alumno_nombre=n) for n in ("Ana Ruiz", "Luis Paz"))
    assert una != otra
    comun = next(n for n, (a, b) in enumerate(zip(una, otra, strict=False)) if a != b)
    assert comun > 0.75 * len(una)


@pytest.mark.skipif(
    shutil.which("qpdf") is None, reason="qpdf is not installed; pikepdf asks the same library"
)
def test_qpdf_has_nothing_to_say(tmp_path: Path):
    archivo = tmp_path / "carta.pdf"
    archivo.write_bytes(hacer("convenio", plantilla_de("escom", "convenio"), logo=logo_de("escom")))
    hecho = subprocess.run(["qpdf", "--check", str(archivo)], capture_output=True, text=True, check=False)
    assert hecho.returncode == 0, hecho.stdout + hecho.stderr
    assert "No syntax or stream encoding errors" in hecho.stdout
