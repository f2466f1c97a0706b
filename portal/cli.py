"""The `portal` command: run it, prepare it, and what a platform operator does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask

from portal import cli_cartas, cli_escuelas
from portal.settings import Settings, SettingsError

if TYPE_CHECKING:
    from portal.models import Escuela

ROOT = Path(__file__).resolve().parents[1]


# The demo's escuelas have been using the portal for so long when its semester begins.
ANTIGUEDAD = timedelta(days=730)


def _now() -> datetime:
    return datetime.now(UTC)


def _settings(**overrides: object) -> Settings:
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    return replace(settings, **overrides) if overrides else settings  # type: ignore[arg-type]


@contextmanager
def _sentences() -> Iterator[None]:
    """What the rules refuse is said in their sentence, without a traceback."""
    from portal.domain.frases import frase
    from portal.domain.machine import Refused

    try:
        yield
    except Refused as refused:
        raise click.ClickException(frase(refused.key, **refused.values)) from refused


@contextmanager
def _app(settings: Settings | None = None) -> Iterator[Flask]:
    """The portal with an application context, its database at the newest migration."""
    from portal import create_app

    settings = settings or _settings()
    if settings.database_url.startswith("sqlite"):
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = create_app(settings)
    with app.app_context():
        yield app


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Portal de servicio social."""


@main.command()
@click.option("--solo-datos", is_flag=True, help="Prepara los datos y termina, sin abrir el portal.")
def demo(solo_datos: bool) -> None:
    """Prepara datos de ejemplo y abre el portal en esta máquina, sin ningún servidor."""
    from portal.serve import check_port, ends_quietly, serve

    settings = _settings(env="demo")
    if solo_datos:
        _prepare_demo(settings)
        return
    check_port(settings)
    with ends_quietly():
        serve(_prepare_demo(settings), settings)


def _prepare_demo(settings: Settings) -> Flask:
    """The portal with its demo data: made the first time, left alone afterwards."""
    from portal.demo import preparar
    from portal.demo.cuentas import accounts_text
    from portal.serve import less_collecting

    with less_collecting():
        if preparar.first_time(settings):
            click.echo("Preparando los datos de ejemplo; solo la primera vez, menos de un minuto.")
            preparar.make_aside(settings, lambda: _ready(_now() - ANTIGUEDAD), _now(), click.echo)
        with _app(settings) as app:
            _ready(_now() - ANTIGUEDAD)
            try:
                preparar.make_in_place(settings, _now(), click.echo)
            except preparar.Interrumpida as error:
                raise click.ClickException(str(error)) from error
            click.echo(accounts_text(settings.base_url))
    return app


@main.command()
def web() -> None:
    """Sirve el portal con waitress (embebido). En producción: gunicorn 'portal.wsgi:make()'."""
    from portal.serve import check_port, ends_quietly, serve

    settings = _settings()
    check_port(settings)
    with ends_quietly():
        with _app(settings) as app:
            _may_start(app, settings)
            _migrate()
        click.echo(f"El portal está en {settings.base_url}/")
        serve(app, settings)


@main.command()
def check() -> None:
    """Revisa la instalación y lo dice en una tabla; termina en 1 si algo no funciona."""
    from portal import cli_check

    settings = _settings()
    with _app(settings) as app:
        cli_check.check(app, settings)


@main.command()
def migrar() -> None:
    """Lleva la base de datos a la última migración."""
    with _app():
        _migrate()
        click.echo("La base de datos está al día.")


@main.command()
@click.option("--simular", is_flag=True, help="Cuenta lo que se borraría y no borra nada.")
@click.option(
    "--horas",
    type=click.IntRange(min=1),
    default=24,
    help="Edad desde la que se borra un archivo que ningún renglón nombra.",
)
def limpiar(simular: bool, horas: int) -> None:
    """Borra archivos que ningún renglón nombra, y enlaces, sesiones y trabajo viejos; dice qué archivos faltan."""
    from portal import cli_limpieza

    with _app():
        cli_limpieza.limpiar(_now(), simular=simular, horas=horas)


@main.group()
def respaldo() -> None:
    """Respaldos: la base y los archivos en una carpeta, con un manifiesto de huellas."""


@respaldo.command("crear")
@click.argument("destino", type=click.Path(path_type=Path))
def respaldo_crear(destino: Path) -> None:
    """Copia toda la instalación a la carpeta nueva DESTINO. El portal puede seguir abierto."""
    from portal import cli_respaldo

    with _app():
        cli_respaldo.crear(destino, _now())


@respaldo.command("restaurar")
@click.argument("origen", type=click.Path(exists=True, file_okay=False, path_type=Path))
def respaldo_restaurar(origen: Path) -> None:
    """Pone el respaldo ORIGEN en esta instalación, ya migrada y vacía, y compara todo. El portal debe estar cerrado."""
    from portal import cli_respaldo

    with _app():
        cli_respaldo.restaurar(origen)


@main.group()
def usuario() -> None:
    """Cuentas de la oficina de una escuela."""


@usuario.command("coordinador")
@click.option("--escuela", "slug", required=True, help="Dirección de la escuela, por ejemplo mi-escuela.")
@click.option("--correo", required=True)
@click.option("--nombre", required=True)
@click.option("--cargo", default="")
@click.option(
    "--permiso", "permisos", multiple=True, help="convenios, expedientes, reportes, terminos, administracion"
)
def usuario_coordinador(slug: str, correo: str, nombre: str, cargo: str, permisos: tuple[str, ...]) -> None:
    """Da a una persona un lugar en la oficina de una escuela y escribe el enlace para que elija su contraseña."""
    from portal.domain.access import PERMISOS
    from portal.services import cuentas

    unknown = set(permisos) - set(PERMISOS)
    if unknown:
        raise click.ClickException(
            f"No existe el permiso {', '.join(sorted(unknown))}. Hay: {', '.join(PERMISOS)}."
        )
    with _app(), _sentences():
        found = _school(slug)
        link = cuentas.invitar_coordinador(
            found.id,
            correo=correo,
            nombre=nombre,
            cargo=cargo,
            permisos=list(permisos or PERMISOS),
            now=_now(),
        )
        click.echo(f"{nombre} puede entrar a {found.nombre}. Enlace de un solo uso (7 días): {link}")


@usuario.command("sin-segundo-paso")
@click.option("--correo", required=True)
def usuario_sin_segundo_paso(correo: str) -> None:
    """Quita la verificación en dos pasos de quien perdió su teléfono y sus códigos; cierra sus sesiones."""
    from portal.services import cuentas, segundo_factor

    with _app():
        found = cuentas.por_correo(correo)
        if found is None:
            raise click.ClickException(f"No hay ninguna cuenta con el correo {correo}.")
        segundo_factor.apagar(found.id, now=_now())
    click.echo(
        f"{correo} entra otra vez con su contraseña. Conviene confirmar antes, en persona, quién lo pide."
    )


@main.group()
def alumnos() -> None:
    """El padrón de alumnos."""


@alumnos.command("importar")
@click.argument("archivo", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--escuela", "slug", required=True)
@click.option("--confirmar", is_flag=True, help="Guarda los cambios; sin esta opción solo los muestra.")
def alumnos_importar(archivo: Path, slug: str, confirmar: bool) -> None:
    """Importa un padrón CSV: muestra qué cambiará y, con --confirmar, lo guarda."""
    from portal.domain.access import SISTEMA_ACTOR
    from portal.services import padron
    from tenants.scope import escuela_scope

    with _app(), _sentences(), escuela_scope(_school(slug).id):
        vista = padron.comparar(padron.leer(archivo.read_bytes()))
        click.echo(padron.texto(vista))
        if confirmar:
            click.echo(str(padron.aplicar(vista, actor=SISTEMA_ACTOR, now=_now())))
        elif vista.hay_algo:
            click.echo("No se ha guardado nada. Para guardarlo, agregue --confirmar.")


@main.group()
def bitacora() -> None:
    """La bitácora de cada escuela."""


@bitacora.command("verificar")
@click.option("--escuela", "slug", default="", help="Solo esta escuela; sin esta opción, todas.")
@click.option("--ancla", default="", help="NUMERO:HUELLA anotado antes: la cadena debe pasar por ahí.")
def bitacora_verificar(slug: str, ancla: str) -> None:
    """Recorre la cadena de la bitácora y nombra la primera línea que no cuadra; entonces termina en 1."""
    from portal import cli_bitacora
    from portal.services import escuelas

    if ancla and not slug:
        raise click.ClickException("Un ancla es de una escuela: agregue --escuela.")
    anotada = cli_bitacora.ancla_de(ancla)
    with _app():
        cli_bitacora.verificar([_school(slug)] if slug else escuelas.todas(), anotada)


def _school(slug: str) -> Escuela:
    """The active escuela of that address, or a sentence."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from portal.services import escuelas

    try:
        found = escuelas.por_slug(slug)
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            "La base de datos no responde o está vacía: «portal check» dice cuál; se prepara con «portal migrar»."
        ) from error
    if found is None:
        known = ", ".join(sorted(e.slug for e in escuelas.activas())) or "ninguna"
        raise click.ClickException(f"No hay ninguna escuela con la dirección «{slug}». Hay: {known}.")
    return found


def _may_start(app: Flask, settings: Settings) -> None:
    from portal.arranque import exigir

    try:
        exigir(app, settings, answers=True)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _migrate() -> None:
    """Bring the database to the newest revision; does nothing when it is there already."""
    from flask_migrate import upgrade

    upgrade(directory=str(ROOT / "migrations"))


def _ready(now: datetime) -> None:
    """The newest revision, and the escuelas that ship with the portal as their folders say, unless their own office
    has written them since."""
    _migrate()
    for folder in sorted(p.parent for p in (ROOT / "tenants").glob("*/escuela.toml")):
        cli_escuelas.cargar_carpeta(folder, now, sin_editar=True)


main.add_command(cli_cartas.carta)
main.add_command(cli_escuelas.escuela)
cli_escuelas.escuela.add_command(cli_cartas.certificado)

if __name__ == "__main__":
    main()
