"""`portal carta` and `portal escuela certificado` as an operator uses them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.letters import certificado
from tests.letters.ayuda import texto_de
from tests.letters.pdfa import faltas
from tests.test_cli import ESCUELA, portal, rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one escuela."""
    folder = tmp_path_factory.mktemp("letters")
    done = portal(folder, "escuela", "cargar", str(ESCUELA))
    assert done.exit_code == 0, done.output
    return folder


def _muestra(data: Path, salida: Path, *mas: str) -> bytes:
    done = portal(
        data,
        "carta",
        "muestra",
        "--escuela",
        "cetis-demo",
        "--tipo",
        "aceptacion",
        "--salida",
        str(salida),
        *mas,
    )
    assert done.exit_code == 0, done.output
    return salida.read_bytes()


def test_a_sample_is_drawn_and_with_sellada_sealed_and_told_intact(data: Path, tmp_path: Path) -> None:
    pdf = _muestra(data, tmp_path / "a.pdf")
    assert "MUESTRA" in texto_de(pdf)
    assert faltas(pdf) == []
    done = portal(data, "carta", "verificar", str(tmp_path / "a.pdf"))
    assert (done.exit_code, "perdió su sello" in done.output) == (1, True)
    _muestra(data, tmp_path / "b.pdf", "--sellada")
    done = portal(data, "carta", "verificar", str(tmp_path / "b.pdf"))
    assert done.exit_code == 0, done.output
    assert "Íntegra" in done.output
    assert "Sello de:" in done.output
    assert "Sellada:" in done.output


def test_without_a_database_it_is_said_what_to_run(tmp_path: Path) -> None:
    done = portal(tmp_path, "escuela", "exportar", "cetis-demo", str(tmp_path / "nueva"))
    assert done.exit_code == 1
    assert "«portal migrar»" in done.output


def test_one_byte_changed_is_told_and_ends_in_one(data: Path, tmp_path: Path) -> None:
    pdf = bytearray(_muestra(data, tmp_path / "c.pdf", "--sellada"))
    pdf[len(pdf) // 2] ^= 1
    (tmp_path / "c.pdf").write_bytes(bytes(pdf))
    done = portal(data, "carta", "verificar", str(tmp_path / "c.pdf"))
    assert done.exit_code == 1
    assert "Alterada" in done.output


def test_an_unknown_tipo_is_said_with_those_that_there_are(data: Path, tmp_path: Path) -> None:
    done = portal(
        data, "carta", "muestra", "--escuela", "cetis-demo", "--tipo", "otra", "--salida", str(tmp_path / "x")
    )
    assert done.exit_code == 1
    assert "aceptacion" in done.output


def test_an_escuela_begins_with_a_certificate_and_others_are_made_loaded_and_listed(
    data: Path, tmp_path: Path
) -> None:
    de = ("--escuela", "cetis-demo")
    assert portal(data, "escuela", "certificado", "mostrar", *de).output.startswith("Versión 1: ")
    made = portal(data, "escuela", "certificado", "crear", *de, "--dias", "30", "--rsa", "2048")
    assert "Versión 2" in made.output
    assert "RSA 2048" in made.output
    ajeno = certificado.crear(
        nombre="CETIS de Ejemplo", institucion="", oficina="", correo="", desde=datetime.now(UTC), dias=9
    )
    archivo, llave = tmp_path / "c.pem", tmp_path / "k.pem"
    archivo.write_text(ajeno.certificado)
    llave.write_text(ajeno.llave)
    loaded = portal(data, "escuela", "certificado", "cargar", str(archivo), *de, "--llave", str(llave))
    assert "Versión 3: CETIS de Ejemplo" in loaded.output
    again = portal(data, "escuela", "certificado", "cargar", str(archivo), *de, "--llave", str(llave))
    assert (again.exit_code, "ya está cargado" in again.output) == (1, True)
    shown = portal(data, "escuela", "certificado", "mostrar", *de, "--salida", str(tmp_path / "s.pem"))
    assert [linea[:9] for linea in shown.output.splitlines()[:3]] == ["Versión 3", "Versión 2", "Versión 1"]
    assert (tmp_path / "s.pem").read_text() == ajeno.certificado


def test_no_key_lies_readable_in_the_database(data: Path) -> None:
    for (llave,) in rows(data, "SELECT llave FROM certificado"):
        assert "PRIVATE KEY" not in str(llave)


@pytest.mark.parametrize(
    ("contenido", "frase"), [(b"nothing", "PKCS#12"), (b"-----BEGIN X-----", "no trae un certificado")]
)
def test_a_certificate_that_cannot_be_read_is_said(
    data: Path, tmp_path: Path, contenido: bytes, frase: str
) -> None:
    archivo = tmp_path / "c"
    archivo.write_bytes(contenido)
    done = portal(data, "escuela", "certificado", "cargar", str(archivo), "--escuela", "cetis-demo")
    assert (done.exit_code, frase in done.output) == (1, True), done.output
