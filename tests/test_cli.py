"""The `portal` command as an operator uses it: what it does, and the sentence where it cannot."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal import cli
from tests.conftest import ROOT

ESCUELA = ROOT / "tenants" / "cetis_demo"
PADRON = """boleta,paterno,materno,nombre,correo,carrera
23900000000777,Ficticia,Prueba,Alondra,alondra.ficticia@alumno.test,programacion
239,Corta,Boleta,Bruno,bruno.corta@alumno.test,programacion
"""


def portal(data: Path, *args: str, **env: str) -> Result:
    """Run the command with a data folder of its own."""
    given = {name: "" for name in os.environ if name.startswith("PORTAL_")}
    return CliRunner(env={**given, "PORTAL_DATA": str(data), **env}).invoke(cli.main, args)


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "portal.db") as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one escuela, loaded by the command."""
    folder = tmp_path_factory.mktemp("operator")
    done = portal(folder, "escuela", "cargar", str(ESCUELA))
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def carpeta(tmp_path: Path) -> Path:
    """A copy of an escuela's folder, to be spoilt."""
    return Path(shutil.copytree(ESCUELA, tmp_path / "escuela"))


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_whole_folder_is_valid(tmp_path):
    done = portal(tmp_path, "escuela", "validar", str(ESCUELA))
    assert (done.exit_code, done.output) == (0, "La carpeta es válida.\n")


def test_a_broken_folder_lists_every_problem_in_sentences_and_ends_in_1(tmp_path, carpeta):
    toml = carpeta / "escuela.toml"
    toml.write_text(
        toml.read_text().replace('color = "#235b4e"', 'color = "verde"').replace("horas_totales = 500\n", "")
    )
    carta = carpeta / "cartas" / "finalizacion.toml"
    carta.write_text(carta.read_text().replace("{{ alumno_nombre }}", "{{ nombre_que_no_existe }}"))
    done = portal(tmp_path / "data", "escuela", "validar", str(carpeta))
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) >= 3
    assert all(line.startswith("- ") for line in lines)
    for word in ("color", "horas_totales", "finalizacion.toml"):
        assert any(word in line for line in lines), done.output


def test_a_broken_folder_is_not_loaded(tmp_path, carpeta):
    (carpeta / "escuela.toml").write_text("slug = 'nada'\n")
    done = portal(tmp_path / "data", "escuela", "cargar", str(carpeta))
    assert done.exit_code == 1
    assert "Error: - " in done.output
    assert rows(tmp_path / "data", "select count(*) from escuela") == [(0,)]


def test_loading_an_escuela_twice_keeps_one_version_and_a_changed_folder_makes_another(data, carpeta):
    again = portal(data, "escuela", "cargar", str(ESCUELA))
    assert again.output == "CETIS Demo 900 «Valle Alto»: lista.\n"
    assert rows(data, "select count(*) from escuela_perfil") == [(1,)]
    toml = carpeta / "escuela.toml"
    toml.write_text(toml.read_text().replace('telefono = "55 5555 0900"', 'telefono = "55 5555 0901"'))
    assert portal(data, "escuela", "cargar", str(carpeta)).exit_code == 0
    assert rows(data, "select version from escuela_perfil order by version") == [(1,), (2,)]
    assert rows(data, "select perfil_version from escuela") == [(2,)]


def test_a_coordinador_gets_a_place_and_a_link_that_is_stored_nowhere(data):
    args = ("usuario", "coordinador", "--escuela", "cetis-demo", "--correo", "Nueva@Oficina.test",
            "--nombre", "Nora Ficticia", "--permiso", "reportes", "--permiso", "terminos")  # fmt: skip
    done = portal(data, *args)
    assert done.exit_code == 0, done.output
    link = done.output.split()[-1]
    assert link.startswith("http://localhost:8000/enlace/")
    assert rows(data, "select correo from usuario") == [("nueva@oficina.test",)]
    assert rows(data, "select permisos from miembro") == [('["reportes", "terminos"]',)]
    with sqlite3.connect(data / "portal.db") as connection:
        assert not [line for line in connection.iterdump() if link.rpartition("/")[2] in line]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--escuela", "no-existe"), "No hay ninguna escuela con la dirección «no-existe». Hay: cetis-demo."),
        (
            ("--escuela", "cetis-demo", "--permiso", "todo"),
            "No existe el permiso todo. Hay: convenios, expedientes",
        ),
    ],
)
def test_a_coordinador_is_refused_in_a_sentence(data, args, sentence):
    done = portal(data, "usuario", "coordinador", "--correo", "x@oficina.test", "--nombre", "X", *args)
    assert done.exit_code == 1
    assert sentence in done.output


def test_who_lost_telephone_and_codes_is_let_in_again_and_nobody_unknown(data):
    args = ("--escuela", "cetis-demo", "--correo", "nueva@oficina.test", "--nombre", "Nora Ficticia")
    portal(data, "usuario", "coordinador", *args)
    with sqlite3.connect(data / "portal.db") as connection:
        connection.execute("update usuario set segundo_desde = '2026-01-01 00:00:00'")
    done = portal(data, "usuario", "sin-segundo-paso", "--correo", "Nueva@Oficina.test")
    assert (done.exit_code, "con su contraseña" in done.output) == (0, True)
    assert rows(data, "select segundo_desde from usuario") == [(None,)]
    unknown = portal(data, "usuario", "sin-segundo-paso", "--correo", "nadie@oficina.test")
    assert (unknown.exit_code, "No hay ninguna cuenta" in unknown.output) == (1, True)


def test_a_roll_is_shown_before_it_is_kept(data, tmp_path):
    archivo = tmp_path / "padron.csv"
    archivo.write_text(PADRON)
    args = ("alumnos", "importar", str(archivo), "--escuela", "cetis-demo")
    seen = portal(data, *args)
    assert seen.exit_code == 0, seen.output
    assert "Nuevos: 1. Cambian: 0. Sin cambio: 0. Con error: 1." in seen.output
    assert "23900000000777 Ficticia Prueba Alondra" in seen.output
    assert "línea 3" in seen.output
    assert "agregue --confirmar" in seen.output
    assert rows(data, "select count(*) from alumno") == [(0,)]
    kept = portal(data, *args, "--confirmar")
    assert kept.exit_code == 0, kept.output
    assert rows(data, "select boleta, estado from alumno") == [("23900000000777", "invitado")]


def test_a_roll_that_cannot_be_read_is_refused_in_a_sentence(data, tmp_path):
    archivo = tmp_path / "padron.xlsx"
    archivo.write_bytes(b"PK\x03\x04 a spreadsheet")
    done = portal(data, "alumnos", "importar", str(archivo), "--escuela", "cetis-demo")
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert "CSV" in done.output


def test_the_janitor_is_told_in_a_table_and_may_only_pretend(data):
    folder = next(iter(rows(data, "select id from escuela")))[0]
    orphan = data / "archivos" / "escuela" / str(folder) / "orphan@"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x" * 7)
    os.utime(orphan, (0, 0))
    pretended = portal(data, "limpiar", "--simular")
    assert pretended.exit_code == 0, pretended.output
    assert "No se borró nada" in pretended.output
    assert orphan.exists()
    done = portal(data, "limpiar", "--horas", "2")
    assert done.exit_code == 0, done.output
    school = next(line for line in done.output.splitlines() if line.startswith("cetis-demo"))
    assert school.split() == ["cetis-demo", "1", "0", "1", "7", "0"]
    assert not orphan.exists()


def test_a_backup_goes_into_a_new_folder_and_back_into_an_empty_portal(data, tmp_path):
    copy, key = tmp_path / "respaldo", {"PORTAL_SECRET_KEY": (data / "secret_key").read_text()}
    made = portal(data, "respaldo", "crear", str(copy))
    assert made.exit_code == 0, made.output
    assert "de 1 escuelas" in made.output
    twice = portal(data, "respaldo", "crear", str(copy))
    assert (twice.exit_code, "no está vacía" in twice.output) == (1, True)
    target = tmp_path / "target"
    assert portal(target, "migrar", **key).exit_code == 0
    back = portal(target, "respaldo", "restaurar", str(copy), **key)
    assert back.exit_code == 0, back.output
    assert "Restaurado y comparado" in back.output
    assert "Aviso" not in back.output
    query = "select id, slug, nombre from escuela"
    assert rows(target, query) == rows(data, query)
    again = portal(target, "respaldo", "restaurar", str(copy))
    assert (again.exit_code, "se restaura en una base vacía" in again.output) == (1, True)


@pytest.mark.parametrize("command", ["demo", "web"])
def test_a_taken_port_is_said_before_anything_is_done(tmp_path, taken, command):
    done = portal(tmp_path / "data", command, PORT=str(taken))
    assert done.exit_code == 1
    assert f"El puerto {taken} ya está en uso" in done.output
    assert not (tmp_path / "data" / "portal.db").exists()


def test_a_wrong_setting_is_said_in_a_sentence(tmp_path):
    done = portal(tmp_path, "migrar", PORT="ochenta")
    assert done.exit_code == 1
    assert done.output == "Error: PORT es «ochenta» y debe ser un número entero entre 1 y 65535.\n"


def test_the_bitacora_is_verified_and_a_changed_line_is_named(data: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(data, tmp_path / "data"))
    (tmp_path / "padron.csv").write_text(PADRON)
    args = ("alumnos", "importar", str(tmp_path / "padron.csv"), "--escuela", "cetis-demo", "--confirmar")
    assert portal(copy, *args).exit_code == 0
    done = portal(copy, "bitacora", "verificar")
    assert (done.exit_code, done.output.split(",")[0]) == (0, "cetis-demo: bien")
    head = done.output.rsplit(" ", 1)[1].strip()
    assert portal(copy, "bitacora", "verificar", "--escuela", "cetis-demo", "--ancla", head).exit_code == 0
    with sqlite3.connect(copy / "portal.db") as connection:
        connection.execute("DROP TRIGGER bitacora_no_cambia")
        connection.execute("UPDATE bitacora SET autor = 'Otra persona' WHERE numero = 1")
    done = portal(copy, "bitacora", "verificar", "--escuela", "cetis-demo")
    assert done.exit_code == 1
    assert "MAL, la línea 1 no es la que se escribió (fila " in done.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--escuela", "no-hay"), "No hay ninguna escuela"),
        (("--ancla", "1:" + "a" * 64), "Un ancla es de una escuela"),
        (("--escuela", "cetis-demo", "--ancla", "1:x"), "NUMERO:HUELLA"),
        (("--escuela", "cetis-demo", "--ancla", "9000:" + "a" * 64), "falta el final"),
    ],
)
def test_what_cannot_be_verified_is_said(data: Path, args: tuple[str, ...], says: str) -> None:
    done = portal(data, "bitacora", "verificar", *args)
    assert done.exit_code == 1
    assert says in done.output


def test_a_school_is_made_with_its_first_person_and_only_once(tmp_path, carpeta):
    args = ("escuela", "crear", str(carpeta), "--correo", "Una@Oficina.test", "--nombre", "Una Ficticia")
    done = portal(tmp_path / "data", *args)
    assert done.exit_code == 0, done.output
    assert "http://localhost:8000/cetis-demo/" in done.output
    assert rows(tmp_path / "data", "select permisos from miembro") == [
        ('["convenios", "expedientes", "reportes", "terminos", "administracion"]',)
    ]
    assert rows(tmp_path / "data", "select guia from perfil_borrador") == [(1,)]
    again = portal(tmp_path / "data", *args)
    assert again.exit_code == 1
    assert "Ya hay una escuela en «/cetis-demo/»" in again.output


def test_a_school_is_written_out_changed_seen_and_brought_in(tmp_path, data):
    out = tmp_path / "fuera"
    version = rows(data, "select perfil_version from escuela")[0][0]
    assert portal(data, "escuela", "exportar", "cetis-demo", str(out)).exit_code == 0
    assert "ya tiene archivos" in portal(data, "escuela", "exportar", "cetis-demo", str(out)).output
    assert "Nada cambia" in portal(data, "escuela", "importar", str(out)).output
    toml = out / "escuela.toml"
    toml.write_text(toml.read_text().replace("horas_mes_max = 88", "horas_mes_max = 90"))
    seen = portal(data, "escuela", "importar", str(out))
    assert "Servicio social de 500 horas › Horas al mes, máximo: 88 → 90" in seen.output
    assert "agregue --si" in seen.output
    assert rows(data, "select perfil_version from escuela") == [(version,)]
    assert (
        f"Publicada la versión {version + 1}." in portal(data, "escuela", "importar", str(out), "--si").output
    )
    assert rows(data, "select perfil_version from escuela") == [(version + 1,)]
    (out / "cartas" / "inventada.toml").write_text("")
    (out / "logo.png").write_bytes(b"nada")
    wrong = portal(data, "escuela", "importar", str(out), "--si")
    assert wrong.exit_code == 1
    assert "no hay una carta con ese nombre" in wrong.output
    assert "logo.png: no es una imagen PNG." in wrong.output
