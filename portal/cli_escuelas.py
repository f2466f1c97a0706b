"""`portal escuela …`: a school as a folder of data, made, checked, written out and brought in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from portal.models import Escuela
    from portal.services.uow import Uow

CARPETA = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def escuela() -> None:
    """Escuelas: crearlas, validar sus carpetas de datos, exportarlas e importarlas."""


@contextmanager
def _en_oraciones() -> Iterator[None]:
    """What is wrong with a folder is said in a list of sentences, without a traceback."""
    from tenants.profile import ProfileError

    try:
        yield
    except ProfileError as error:
        raise click.ClickException("\n".join(f"- {e}" for e in error.errors)) from error


def cargar_carpeta(folder: Path, now: datetime, *, sin_editar: bool = False) -> Escuela:
    """Load a folder; ClickException with what is wrong with it."""
    from portal.services import escuelas

    with _en_oraciones():
        return escuelas.cargar(folder, now=now, sin_editar=sin_editar)


@escuela.command("cargar")
@click.argument("carpetas", nargs=-1, required=True, type=CARPETA)
def cargar(carpetas: tuple[Path, ...]) -> None:
    """Crea o actualiza escuelas a partir de CARPETAS (escuela.toml, cartas/, logo.png), sin preguntar."""
    from portal import cli

    with cli._app():
        cli._migrate()
        for folder in carpetas:
            click.echo(f"{cargar_carpeta(folder, cli._now()).nombre}: lista.")


@escuela.command("crear")
@click.argument("carpeta", type=CARPETA)
@click.option("--correo", required=True, help="De la primera persona de la oficina.")
@click.option("--nombre", required=True, help="Su nombre completo.")
@click.option("--cargo", default="", help="Su cargo, como lo leerán los correos.")
def crear(carpeta: Path, correo: str, nombre: str, cargo: str) -> None:
    """Crea una escuela con su CARPETA de datos e invita a la primera persona de su oficina, con todos los permisos."""
    from portal import cli
    from portal.domain.access import PERMISOS
    from portal.services import carpetas, cuentas, escuelas, perfiles

    with cli._app(), cli._sentences(), _en_oraciones():
        cli._migrate()
        slug = carpetas.leer(carpeta)["perfil"]["slug"]
        if slug in {e.slug for e in escuelas.todas()}:
            raise click.ClickException(
                f"Ya hay una escuela en «/{slug}/». Para cambiarla: portal escuela importar {carpeta}"
            )
        rutas: list[str] = []

        def empezar(uow: Uow) -> None:
            perfiles.guiar(uow)
            rutas.append(cuentas.dar_lugar(uow, correo=correo, nombre=nombre, cargo=cargo, permisos=PERMISOS))

        nueva = escuelas.cargar(carpeta, now=cli._now(), al_crear=empezar)
        link = cuentas.direccion(rutas[0])
        click.echo(f"{nueva.nombre} está en {cuentas.direccion(f'/{slug}/')}")
        click.echo(f"{nombre} entra por este enlace (7 días, una vez): {link}")
        click.echo("En «Administración» verá los pasos para ponerla en marcha.")


@escuela.command("validar")
@click.argument("carpeta", type=CARPETA)
def validar(carpeta: Path) -> None:
    """Revisa una CARPETA de escuela; termina en 0, o enlista lo que está mal."""
    from portal.services import carpetas
    from tenants.profile import ProfileError

    try:
        carpetas.leer(carpeta)
    except ProfileError as error:
        for problem in error.errors:
            click.echo(f"- {problem}")
        sys.exit(1)
    click.echo("La carpeta es válida.")


@escuela.command("exportar")
@click.argument("slug")
@click.argument("destino", type=click.Path(path_type=Path))
def exportar(slug: str, destino: Path) -> None:
    """Escribe la escuela SLUG, como está vigente ahora, en la carpeta nueva DESTINO."""
    from portal import cli
    from portal.services import carpetas, perfiles
    from tenants.scope import escuela_scope

    with cli._app():
        found = cli._school(slug)
        with escuela_scope(found.id):
            version, datos = perfiles.en_vigor()
        try:
            carpetas.escribir(datos, destino)
        except FileExistsError as error:
            raise click.ClickException(f"{destino} ya tiene archivos. Elija una carpeta nueva.") from error
    click.echo(f"{slug}, versión {version}: está en {destino}.")


@escuela.command("importar")
@click.argument("carpeta", type=CARPETA)
@click.option("--si", is_flag=True, help="Publica los cambios; sin esta opción solo los muestra.")
def importar(carpeta: Path, si: bool) -> None:
    """Muestra qué cambiaría una CARPETA en su escuela, y para quién; con --si lo publica como versión nueva."""
    from portal import cli
    from portal.domain.access import SISTEMA_ACTOR
    from portal.services import carpetas, perfiles
    from tenants.scope import escuela_scope

    with cli._app(), cli._sentences(), _en_oraciones():
        datos = carpetas.leer(carpeta)
        found = cli._school(datos["perfil"]["slug"])
        with escuela_scope(found.id):
            version, ahora = perfiles.en_vigor()
            _mostrar(version, ahora, datos)
            if not si:
                click.echo("No se ha publicado nada. Para publicarlo, agregue --si.")
                return
            nueva = perfiles.importar(datos, actor=SISTEMA_ACTOR, now=cli._now())
        click.echo(f"Publicada la versión {nueva}." if nueva else "No había nada que publicar.")


def _mostrar(version: int, ahora: dict[str, Any], datos: dict[str, Any]) -> None:
    """What would change and for whom, as the office reads it in the browser."""
    from portal.queries import perfiles as queries
    from portal.services import perfil_cambios, perfiles

    datos = perfiles.sin_edicion(datos)
    grupos = perfil_cambios.comparar(ahora["perfil"], datos["perfil"])
    cartas = [t for t, carta in datos["cartas"].items() if carta != ahora["cartas"].get(t)]
    logo = datos["logo"] != ahora["logo"]
    if not (grupos or cartas or logo):
        click.echo(f"Nada cambia: la versión {version} dice lo mismo.")
        return
    click.echo(f"Cambios sobre la versión {version}:")
    if grupos:
        click.echo(perfil_cambios.texto(grupos))
    if cartas:
        click.echo(f"Textos de cartas\n  {', '.join(sorted(cartas))}")
    if logo:
        click.echo("Logotipo\n  cambia")
    for bound, count in queries.en_curso().items():
        click.echo(f"{count} servicios en curso siguen con la versión {bound}.")
