from datetime import UTC, date, datetime
from io import BytesIO

import pikepdf
import pytest
from PIL import Image, ImageDraw

from portal.letters import TIPOS, FaltanDatos, FirmaImpresa
from tests.letters.ayuda import ESCUELAS, URL, codigos_de, hacer, logo_de, paginas_de, plantilla_de, texto_de

NOMBRE_LARGO = "María Fernanda Guadalupe de los Ángeles Villaseñor Echeverría Montes de Oca Ibargüengoitia"


def _rubrica() -> bytes:
    imagen = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    ImageDraw.Draw(imagen).line([(10, 80), (150, 10), (290, 80)], fill=(10, 20, 90, 255), width=6)
    salida = BytesIO()
    imagen.save(salida, "PNG")
    return salida.getvalue()


@pytest.mark.parametrize("escuela", ESCUELAS)
@pytest.mark.parametrize("tipo", TIPOS)
def test_every_letter_of_every_school_says_who_and_can_be_verified(escuela, tipo):
    pdf = hacer(tipo, plantilla_de(escuela, tipo), logo=logo_de(escuela))
    texto = texto_de(pdf)
    quien = "Mariana Iturbe Solís" if tipo != "convenio" else "Biblioteca Pública del Norte, A.C."
    assert quien in texto
    assert "ESC/2026/0042" in texto
    assert "7KQM-4XWD-9RTP" in texto
    assert "None" not in texto
    assert "{" not in texto
    assert codigos_de(pdf) == [URL]
    assert paginas_de(pdf) == (2 if tipo == "convenio" else 1)


def test_every_font_of_a_letter_is_embedded():
    with pikepdf.open(BytesIO(hacer("aceptacion", logo=logo_de("escom")))) as pdf:
        fuentes = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"]
        assert len(fuentes) >= 2
        assert all("/FontFile2" in fuente.FontDescriptor for fuente in fuentes)


def test_the_file_says_its_title_author_date_and_language():
    with pikepdf.open(BytesIO(hacer("presentacion"))) as pdf:
        assert str(pdf.docinfo.Title) == "Carta de presentación ESC/2026/0042"
        assert str(pdf.docinfo.Author) == "Escuela Superior de Ejemplo"
        assert str(pdf.docinfo.CreationDate).startswith("D:20261121")
        assert str(pdf.Root.Lang) == "es-MX"


@pytest.mark.parametrize("tipo", ["termino", "convenio"])
def test_the_same_letter_has_the_same_bytes(tipo):
    assert hacer(tipo, logo=logo_de("escom")) == hacer(tipo, logo=logo_de("escom"))


@pytest.mark.parametrize(
    ("genero", "dice"),
    [
        ("M", "el alumno"),
        ("F", "la alumna"),
        ("femenino", "la alumna"),
        (None, "la persona estudiante"),
        ("X", "persona"),
    ],
)
def test_a_letter_speaks_of_the_student_by_their_genero(genero, dice):
    assert dice in texto_de(hacer("aceptacion", alumno_genero=genero))


def test_twelve_activities_and_long_names_fill_two_numbered_pages_and_keep_the_signature_with_its_text():
    pdf = hacer(
        "aceptacion",
        alumno_nombre=NOMBRE_LARGO,
        actividades=[
            f"Actividad número {n}: documentar y verificar los módulos del sistema de consulta."
            for n in range(1, 13)
        ]
        * 2,
    )
    texto = texto_de(pdf)
    assert paginas_de(pdf) == 2
    assert "Página 1 de 2" in texto
    assert "Página 2 de 2" in texto
    assert NOMBRE_LARGO in texto
    assert codigos_de(pdf, 1) == [URL]
    ultima = texto[texto.index("Página 1 de 2") :]
    assert (
        ultima.index("Esta dependencia se compromete")
        < ultima.index("ATENTAMENTE")
        < ultima.index("Tomás Arriaga")
    )


@pytest.mark.parametrize(
    "nombre",
    [
        "Łukasz Dvořák Şahin",
        "Ñáñez Güemes",
        "Zoë O’Hara",
        "A < B & C > D",
        "María",
        "{{ carrera }}",
        "<b>Ana",
        "X" * 300,
    ],
)
def test_a_name_is_printed_as_it_is_written(nombre):
    esperado = "María" if nombre.startswith("Mari") else nombre
    assert esperado.replace(" ", "") in texto_de(hacer("presentacion", alumno_nombre=nombre)).replace(" ", "")


def test_a_signed_letter_shows_when_in_mexican_time_and_an_unsigned_one_only_a_line():
    instante = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
    firmada = FirmaImpresa("Ing. Rebeca Olmos", "Coordinadora", "jefe_inmediato", _rubrica(), instante)
    pendiente = FirmaImpresa("Lic. Tomás Arriaga", "Director General", "gerente")
    texto = texto_de(hacer("termino", firmas=(firmada, pendiente)))
    assert "Firmada en línea el 20/11/2026, 23:30 h" in texto
    assert texto.count("Firmada en línea") == 1
    assert "Sello de la dependencia" in texto


DATOS_DEL_ANEXO_DOS = [
    "dependencia_razon_social", "fecha", "responsable_nombre", "responsable_cargo", "alumno_nombre", "alumno_boleta",
    "carrera", "fecha_inicio", "fecha_termino", "horario", "horas",
]  # fmt: skip


@pytest.mark.parametrize("dato", DATOS_DEL_ANEXO_DOS)
def test_a_termino_that_lacks_one_of_the_eleven_data_is_refused_saying_which(dato):
    with pytest.raises(FaltanDatos) as error:
        hacer("termino", **{dato: None})
    assert len(error.value.faltantes) == 1


@pytest.mark.parametrize(
    ("firmas", "falta"),
    [
        ((), "firma de jefe inmediato"),
        ((FirmaImpresa("Rebeca", "Jefa", "jefe_inmediato"),), "firma de gerente"),
        (
            (FirmaImpresa("Rebeca", "Jefa", "jefe_inmediato"), FirmaImpresa("Tomás", " ", "gerente")),
            "nombre y cargo",
        ),
    ],
)
def test_a_termino_needs_the_name_and_cargo_of_both_signers(firmas, falta):
    with pytest.raises(FaltanDatos, match=falta):
        hacer("termino", firmas=firmas)


def test_a_termino_is_not_dated_before_the_service_ends():
    with pytest.raises(FaltanDatos, match="igual o posterior"):
        hacer("termino", fecha=date(2026, 11, 15), fecha_termino=date(2026, 11, 16))


def test_a_very_long_reason_does_not_break_a_letter():
    assert paginas_de(hacer("baja", motivo="Motivo largo y detallado. " * 300)) >= 2


def test_a_school_calls_the_boleta_its_own_way():
    assert "Número de control" in texto_de(hacer("termino", plantilla_de("cetis_demo", "termino")))
    assert "Número de boleta" in texto_de(hacer("termino", plantilla_de("escom", "termino")))
