"""`portal limpiar`: the janitor by hand, told in a table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from portal.backends.interfaces import StorageUnavailable

if TYPE_CHECKING:
    from portal.services.limpieza import Archivos

SHOWN = 20


def limpiar(now: datetime, *, simular: bool, horas: int) -> None:
    """Collect what nothing refers to, in every escuela and on the platform, and print the counts."""
    from portal.services import limpieza
    from tenants.scope import escuela_scope

    edad = timedelta(hours=horas)
    missing: list[str] = []
    try:
        click.echo(
            f"{'dónde':<24} {'objetos':>9} {'recientes':>9} {'sin renglón':>11} {'bytes':>13} {'sin objeto':>10}"
        )
        for escuela_id, slug in limpieza.escuelas_todas():
            with escuela_scope(escuela_id):
                missing += _line(slug, limpieza.archivos(now, simular=simular, edad=edad))
                click.echo(
                    f"  trabajo hecho hace más de 30 días: {limpieza.trabajo_hecho(now, simular=simular)}"
                )
        missing += _line("dependencias", limpieza.dossiers(now, simular=simular, edad=edad))
    except StorageUnavailable as error:
        raise click.ClickException("Los archivos no responden; nada se perdió. Intente de nuevo.") from error
    counts = limpieza.cuentas(now, simular=simular)
    click.echo("  " + ", ".join(f"{name}: {count}" for name, count in counts.items()))
    _conclude(missing, simular)


def _line(where: str, found: Archivos) -> list[str]:
    click.echo(
        f"{where:<24} {found.objetos:>9} {found.recientes:>9} {found.sin_renglon:>11} {found.bytes:>13} "
        f"{len(found.sin_objeto):>10}"
    )
    return list(found.sin_objeto)


def _conclude(missing: list[str], simular: bool) -> None:
    for clave in missing[:SHOWN]:
        click.echo(f"- falta el objeto {clave}")
    if len(missing) > SHOWN:
        click.echo(f"- y otros {len(missing) - SHOWN}")
    click.echo("No se borró nada: fue una simulación." if simular else "Listo.")
    if missing:
        raise click.ClickException(
            "Hay renglones cuyo archivo ya no está; búsquelo en un respaldo. No se borró ningún renglón."
        )
