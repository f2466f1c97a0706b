"""`portal demo`: made once, whole or not at all, left alone afterwards, ended by Ctrl-C without a word of complaint."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select

from portal.demo import preparar
from portal.demo.cuentas import accounts_text
from portal.demo.elenco import CONTRASENA, ELENCOS
from portal.demo.personas import ORGANIZACIONES
from portal.domain import entrega, solicitud
from portal.domain.calendario import Calendario, to_local
from portal.domain.identificadores import normalise_rfc
from portal.domain.plan import horas_maximas, plan_from_data
from portal.models import db
from portal.services import contrasenas
from portal.settings import Settings
from tests.conftest import settings_for

pytestmark = pytest.mark.slow
T = db.metadata.tables
SLUGS = [elenco.slug for elenco in ELENCOS]
PRERREGISTRAN = ("esca-ust", "cetis-demo")
READY = "Para terminar: Ctrl-C"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(data: Path, port: int) -> subprocess.Popen[str]:
    """A real `portal demo`, as a terminal starts it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "demo"],
        env={**clean, "PORTAL_DATA": str(data), "PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"it ended before it said «{words}»:\n{seen}")


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nobody listens")


@dataclass
class World:
    """A seeded data folder, read past the portal."""

    data: Path
    started: datetime

    def rows(self, query: Any) -> list[Any]:
        engine = create_engine(f"sqlite:///{self.data}/portal.db")
        try:
            with engine.connect() as connection:
                return list(connection.execute(query))
        finally:
            engine.dispose()

    def of(self, slug: str, table: str, *columns: str) -> list[Any]:
        t, escuela = T[table], T["escuela"]
        picked = [t.c[name] for name in columns] or [t]
        return self.rows(
            select(*picked).join(escuela, escuela.c.id == t.c.escuela_id).where(escuela.c.slug == slug)
        )

    def states(self, slug: str, table: str) -> Counter[str]:
        return Counter(estado for (estado,) in self.of(slug, table, "estado"))

    def counts(self) -> dict[str, int]:
        return {name: self.rows(select(func.count()).select_from(table))[0][0] for name, table in T.items()}

    def stored_pdfs(self) -> set[str]:
        """The SHA-256 of every PDF in the storage."""
        contents = (path.read_bytes() for path in (self.data / "archivos").rglob("*") if path.is_file())
        return {sha256(content).hexdigest() for content in contents if content.startswith(b"%PDF")}

    def files(self) -> int:
        return sum(
            1
            for folder in ("archivos", "correo")
            for path in (self.data / folder).rglob("*")
            if path.is_file()
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The first start of the demo, ended by SIGINT once it serves."""
    data, port, started = tmp_path_factory.mktemp("demo") / "data", free_port(), datetime.now(UTC)
    process = start(data, port)
    try:
        read_until(process, READY)
        wait_for(port)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[0]
    finally:
        process.kill()
    assert (process.returncode, said.strip()) == (0, "El portal se detuvo.")
    return World(data, started)


def test_a_second_start_changes_nothing(world):
    counts, files = world.counts(), world.files()
    port = free_port()
    process = start(world.data, port)
    try:
        read_until(process, READY)
        wait_for(port)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
    assert world.counts() == counts
    assert world.files() == files


def test_a_first_start_that_is_interrupted_leaves_nothing_half_done(tmp_path):
    process = start(tmp_path / "data", free_port())
    try:
        read_until(process, "Escuela Superior de Cómputo")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
    assert not (tmp_path / "data" / "portal.db").exists()
    settings = Settings.from_env({"PORTAL_ENV": "demo", "PORTAL_DATA": str(tmp_path / "data")})
    assert preparar.first_time(settings)


def test_an_interrupted_seed_in_another_database_says_how_to_start_over(app, now):
    settings = settings_for(Path(app.config["PORTAL"].data))
    (settings.data / ".preparando.marca").touch()
    with pytest.raises(preparar.Interrumpida, match="PORTAL_DATA=otra-carpeta make demo"):
        preparar.make_in_place(settings, now, print)


def test_the_accounts_of_the_readme_are_told_with_their_addresses():
    said = accounts_text("http://localhost:8123")
    for words in ("http://localhost:8123/correo", CONTRASENA, "coordinacion@escom.test", "2021630001", "2021630002",
                  "2021630003", "expedientes@esca-ust.test", "reportes@esca-ust.test", "terminos@esca-ust.test",
                  "contacto@biblioteca.test", "/dependencia/ingresar"):  # fmt: skip
        assert words in said


def test_every_account_has_the_password_of_the_demo(world, app):
    u = T["usuario"]
    hashes = {
        h for (h,) in world.rows(select(u.c.contrasena_hash).where(u.c.correo_confirmado.is_not(None))) if h
    }
    own = {h for h in hashes if contrasenas.coincide(h, CONTRASENA)}
    assert own == hashes


@pytest.mark.parametrize("slug", SLUGS)
def test_every_state_can_be_looked_at(world, slug):
    assert sum(world.states(slug, "alumno").values()) == 60
    assert set(world.states(slug, "alumno")) == {"activo", "invitado", "por_confirmar", "rechazado"}
    assert sum(world.states(slug, "convenio").values()) == 6
    assert set(world.states(slug, "convenio")) >= {"borrador", "enviado", "observado", "vigente"}
    assert sum(world.states(slug, "proyecto").values()) == 12
    assert set(world.states(slug, "proyecto")) == {
        "borrador", "enviado", "publicado", "pausado", "cerrado", "rechazado",
    }  # fmt: skip
    assert set(world.states(slug, "solicitud")) == set(solicitud.SOLICITUD.states)
    con_prerregistro = {"prerregistrado", "rechazado"} if slug in PRERREGISTRAN else set()
    emitidas = {"en_emision"} & set(world.states(slug, "servicio"))  # where the plan ends with a lista
    expected = {"activo", "terminado", "liberado", "baja"} | con_prerregistro | emitidas
    assert set(world.states(slug, "servicio")) == expected
    assert set(world.states(slug, "entrega")) == set(entrega.ENTREGA.states)
    assert set(world.states(slug, "baja")) == {"pedida", "autorizada", "negada"}
    assert set(world.states(slug, "tramite")) >= {"pedido", "atendido", "negado"}
    assert len(world.of(slug, "miembro", "id")) >= 2


def test_expedientes_were_numbered_once_and_went_away_in_batches(world):
    numbers = [n for (n,) in world.of("esca-ust", "servicio", "numero_registro") if n]
    assert len(numbers) == len(set(numbers)) > 20
    assert all(re.fullmatch(r"21140/\d{4}", number) for number in numbers)
    sent = [(estado, enviado) for estado, enviado in world.of("esca-ust", "lote", "estado", "enviado")]
    assert len(sent) > 2
    assert all(estado == "enviado" and enviado for estado, enviado in sent)
    days = [day for (day,) in world.of("esca-ust", "prerregistro", "fecha_envio")]
    assert 0 < days.count(None) < len(days)  # some wait for the next batch or for an answer


def test_expedientes_de_liberacion_were_gathered_sent_and_published(world):
    [lote] = world.of("escom", "lote", "tipo", "estado", "enviado", "cuantos")
    assert (lote.tipo, lote.estado) == ("liberacion", "enviado")
    [lista] = world.of("escom", "lista_liberacion", "estado", "total", "conocidas")
    assert (lista.estado, lista.conocidas, lista.total) == ("publicada", lote.cuantos, lote.cuantos + 1)
    uniones = world.of("escom", "expediente_union", "sha256", "pedida", "error")
    assert uniones
    unidos = {u.sha256 for u in uniones}
    assert [u for u in uniones if u.pedida or u.error] == []
    entregados = {e.documento_id for e in world.of("escom", "entrega") if e.tipo == "expediente"}
    enviados = {d.sha256 for d in world.of("escom", "documento") if d.id in entregados}
    assert unidos <= enviados & world.stored_pdfs()


@pytest.mark.parametrize("slug", ["escom", "cetis-demo"])
def test_a_carta_de_termino_waits_for_its_first_and_its_second_signature_and_one_was_refused(world, slug):
    cartas = Counter(
        estado for tipo, estado in world.of(slug, "carta", "tipo", "estado") if tipo == "termino"
    )
    assert cartas["generada"] == cartas["firmada"] == cartas["detenida"] == 1
    assert cartas["emitida"] > 3


def test_three_sign_the_finalizaciones_of_one_escuela_and_one_waits_for_its_last_signer(world):
    cartas = {c.id: c.estado for c in world.of("cetis-demo", "carta") if c.tipo == "finalizacion"}
    lugares = {id_: [f for f in world.of("cetis-demo", "firma") if f.carta_id == id_] for id_ in cartas}
    assert [sorted(f.grupo for f in found) for found in lugares.values()] == [[1, 1, 2]] * len(cartas)
    assert sorted(cartas.values()) == ["emitida"] * (len(cartas) - 1) + ["firmada"]
    (espera,) = [
        f for id_, found in lugares.items() for f in found if cartas[id_] == "firmada" and not f.firmada
    ]
    assert (espera.papel, espera.estado) == ("responsable", "pendiente")


def test_a_convenio_ended_and_others_are_about_to(world):
    assert world.states("esca-ust", "convenio")["vencido"] == 1
    for slug, days in (("escom", 60), ("cetis-demo", 15)):
        ends = [hasta - world.started.date() for (hasta,) in world.of(slug, "convenio", "hasta") if hasta]
        assert min(ends) < timedelta(days=days)


def test_one_lista_de_emision_is_complete_one_is_late_and_one_waits(world):
    listas = sorted(world.of("esca-ust", "lista_emision", "numero", "estado", "hasta", "total", "llegadas"))
    assert [lista.numero for lista in listas] == [14, 15, 16]
    today = to_local(world.started).date()
    assert [(lista.estado, lista.hasta < today) for lista in listas] == [
        ("completa", True), ("emitida", True), ("emitida", False),
    ]  # fmt: skip
    assert listas[0].llegadas == listas[0].total > 0
    states = world.states("esca-ust", "servicio")
    assert (states["liberado"], states["en_emision"]) == (listas[0].total, listas[1].total + listas[2].total)
    assert states["terminado"] > 0


@pytest.mark.parametrize("slug", SLUGS)
def test_all_work_was_done_and_every_letter_has_its_file(world, slug):
    work = world.of(slug, "outbox", "hecho", "error", "vence")
    # A mail may wait until its decision can no longer be undone.
    due = [row for row in work if row.vence.replace(tzinfo=UTC) <= world.started]
    assert [row for row in due if row.hecho is None or row.error] == []
    assert [row.error for row in work if row.error] == []
    issued = [c for c in world.of(slug, "carta", "estado", "documento_id") if c.estado == "emitida"]
    assert len(issued) > 40
    recorded = dict(world.of(slug, "documento", "id", "sha256"))
    assert {recorded[c.documento_id] for c in issued} <= world.stored_pdfs()


@pytest.mark.parametrize("slug", SLUGS)
def test_folios_are_unbroken_and_the_bitacora_is_in_order(world, slug):
    series: dict[tuple[str, int], list[int]] = {}
    for tipo, anio, numero in world.of(slug, "carta", "tipo", "anio", "numero"):
        series.setdefault((tipo, anio), []).append(numero)
    assert [k for k, found in series.items() if sorted(found) != list(range(1, len(found) + 1))] == []
    lines = sorted((id_, creado) for id_, creado in world.of(slug, "bitacora", "id", "creado"))
    stamps = [creado for _, creado in lines]
    backwards = [(a, b) for a, b in pairwise(stamps) if a - b > timedelta(hours=2)]
    assert backwards == []
    assert max(stamps) <= world.started + timedelta(minutes=10)


def alumno(world: World, boleta: str) -> Any:
    t = T["servicio"]
    found = next(a for a in world.of("escom", "alumno") if a.boleta == boleta)
    return found, world.rows(select(t).where(t.c.alumno_id == found.id))


def test_the_three_alumnos_of_the_readme_stand_where_it_says(world):
    libre, none = alumno(world, "2021630001")
    assert (libre.estado, none) == ("activo", [])
    assert libre.id not in [a for (a,) in world.of("escom", "solicitud", "alumno_id")]
    _, [debe] = alumno(world, "2021630002")
    pasos = {e.clave: e.estado for e in world.of("escom", "entrega") if e.servicio_id == debe.id}
    assert (debe.estado, pasos["reporte_180"], pasos["reporte_360"]) == ("activo", "habilitada", "bloqueada")
    _, [termino] = alumno(world, "2021630003")
    estados = {e.estado for e in world.of("escom", "entrega") if e.servicio_id == termino.id}
    assert (termino.estado, estados) == ("terminado", {"aceptada"})


def test_the_report_that_is_due_can_be_sent_today(world):
    _, [debe] = alumno(world, "2021630002")
    [(datos,)] = [
        (d,) for v, d in world.of("escom", "escuela_perfil", "version", "datos") if v == debe.perfil_version
    ]
    data = next(p for p in datos["perfil"]["planes"] if p["clave"] == debe.plan_clave)
    own = frozenset(date.fromisoformat(day) for day in datos["perfil"]["calendario"]["festivos"])
    hours = horas_maximas(plan_from_data(data), debe.inicio, to_local(world.started).date(), Calendario(own))
    assert hours >= 180


def test_one_dependencia_has_convenios_in_two_escuelas_with_one_dossier(world):
    d, c = T["dependencia"], T["convenio"]
    query = (
        select(c.c.escuela_id)
        .join(d, d.c.id == c.c.dependencia_id)
        .where(d.c.correo == "contacto@biblioteca.test")
    )
    assert len(world.rows(query.where(c.c.estado == "vigente"))) == 2
    papers = T["dossier_documento"]
    query = (
        select(papers.c.tipo)
        .join(d, d.c.id == papers.c.dependencia_id)
        .where(d.c.correo == "contacto@biblioteca.test")
    )
    assert len({tipo for (tipo,) in world.rows(query)}) == 6


def test_one_person_of_the_office_works_in_two_escuelas(world):
    u, m = T["usuario"], T["miembro"]
    query = (
        select(m.c.escuela_id).join(u, u.c.id == m.c.usuario_id).where(u.c.correo == "enlace@escuelas.test")
    )
    assert len(world.rows(query)) == 2


def test_nobody_in_the_demo_could_be_anybody(world):
    for table, column in (
        ("usuario", "correo"),
        ("alumno", "correo"),
        ("correo", "para"),
        ("dependencia", "correo"),
    ):
        found = [value for (value,) in world.rows(select(T[table].c[column]))]
        assert found
        # who was only typed into a prerregistro has no address
        assert [value for value in found if value and not value.endswith(".test")] == []
    for organizacion in ORGANIZACIONES.values():
        assert normalise_rfc(organizacion.rfc, "moral") == organizacion.rfc
