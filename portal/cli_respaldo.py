"""`portal respaldo crear|restaurar`: the whole installation into a folder, and back into an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from portal.backends.interfaces import StorageError, StorageUnavailable


@contextmanager
def _sentences() -> Iterator[None]:
    """What goes wrong is said in a sentence, without a traceback."""
    from portal.services.respaldo import RespaldoInvalido

    try:
        yield
    except RespaldoInvalido as error:
        raise click.ClickException(str(error)) from error
    except StorageUnavailable as error:
        raise click.ClickException("El almacén de archivos no responde; no se hizo nada.") from error
    except StorageError as error:
        raise click.ClickException(f"El almacén no acepta un archivo: {error}") from error
    except OSError as error:
        raise click.ClickException(
            f"No se puede leer o escribir: {error.filename} ({error.strerror})."
        ) from error


def crear(destino: Path, now: datetime) -> None:
    """Make a backup and say what it holds; ends in 1 when an object was missing or was not what its row says."""
    from portal.services import respaldo

    with _sentences():
        made = respaldo.crear(destino, now=now)
    click.echo(
        f"{made.renglones} renglones de {len(made.escuelas)} escuelas y {made.objetos.renglones} archivos "
        f"({made.bytes} bytes) están en {destino}."
    )
    for title, claves in (("falta", made.faltan), ("no es el que se guardó:", made.distintos)):
        for clave in claves:
            click.echo(f"- {title} {clave}")
    if made.faltan or made.distintos:
        raise click.ClickException(
            "El respaldo está hecho, pero esos archivos ya estaban perdidos o dañados; búsquelos en uno anterior."
        )
    click.echo("Contiene datos personales: guárdelo cifrado y fuera de esta máquina.")


def restaurar(origen: Path) -> None:
    """Put a backup into this empty installation and say what was compared."""
    from portal.services import restauracion

    with _sentences():
        done = restauracion.restaurar(origen)
    click.echo(
        f"Restaurado y comparado: {done.renglones} renglones y {done.objetos} archivos ({done.bytes} bytes), "
        "todos con la huella del manifiesto."
    )
    if not done.misma_llave:
        click.echo(
            "Aviso: PORTAL_SECRET_KEY no es la de antes. Póngala igual; o escriba la anterior en "
            "PORTAL_SECRET_KEYS_BEFORE, que abre los sellos y los segundos pasos. Con otra clave, los enlaces de "
            "correos ya enviados dejan de servir."
        )
