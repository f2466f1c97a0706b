"""`portal bitacora verificar`: whether each escuela's bitácora is as it was written."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from portal.domain.bitacora import Cabeza, Falla

if TYPE_CHECKING:
    from portal.models import Escuela

_ANCLA = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
FALLAS = {
    "cambiada": "la línea {numero} no es la que se escribió",
    "falta": "falta la línea {numero}",
    "sobra": "la línea {numero} fue agregada después",
    "cortada": "falta el final, desde la línea {numero}",
    "sin_cabeza": "falta la cabeza de la cadena, que tiene {numero} líneas",
    "otro_pasado": "la línea {numero} no es la del ancla: la cadena se escribió de nuevo",
}


def ancla_de(texto: str) -> Cabeza | None:
    """`NUMERO:HUELLA` as a head noted before; None for "". Raises click.ClickException for anything else."""
    if not texto:
        return None
    found = _ANCLA.fullmatch(texto.strip().lower())
    if found is None:
        raise click.ClickException("Un ancla se escribe NUMERO:HUELLA, como la da este mismo comando.")
    return Cabeza(int(found[1]), found[2])


def verificar(escuelas: Iterable[Escuela], ancla: Cabeza | None) -> None:
    """Say of each escuela that its chain holds, with its head, or its first fault; exit with 1 where one does not."""
    from portal.services import bitacora
    from tenants.scope import escuela_scope

    rota = False
    for slug, escuela_id in [(escuela.slug, escuela.id) for escuela in escuelas]:
        with escuela_scope(escuela_id):
            revision = bitacora.verificar(ancla)
        if revision.falla is None:
            click.echo(
                f"{slug}: bien, {revision.lineas} líneas. {revision.cabeza.numero}:{revision.cabeza.huella}"
            )
        else:
            rota = True
            click.echo(
                f"{slug}: MAL, {sentence(revision.falla)}. Hasta ahí hay {revision.lineas} líneas bien."
            )
    if rota:
        sys.exit(1)


def sentence(falla: Falla) -> str:
    """The fault in words, with the id of the row where there is one."""
    words = FALLAS[falla.que].format(numero=falla.numero)
    return f"{words} (fila {falla.linea_id})" if falla.linea_id is not None else words
