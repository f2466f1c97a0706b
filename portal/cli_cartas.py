"""`portal carta …` and `portal escuela certificado …`: look at a letter, examine one, and what seals them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.domain.calendario import to_local

if TYPE_CHECKING:
    from portal.models import Certificado

ESCUELA = click.option(
    "--escuela", "slug", required=True, help="Dirección de la escuela, por ejemplo mi-escuela."
)
ARCHIVO = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def carta() -> None:
    """Cartas: ver una de muestra y verificar un PDF."""


@carta.command("muestra")
@ESCUELA
@click.option("--tipo", required=True, help="presentacion, aceptacion, termino…")
@click.option("--salida", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--sellada", is_flag=True, help="La sella con el certificado de la escuela.")
def carta_muestra(slug: str, tipo: str, salida: Path, sellada: bool) -> None:
    """Dibuja una carta de ejemplo de una escuela, con los datos de muestra del catálogo."""
    from portal import cli
    from portal.letters.catalogo import TIPOS
    from portal.letters.seal import SelloImposible
    from portal.services import cartas
    from tenants.scope import escuela_scope

    if tipo not in TIPOS:
        raise click.ClickException(f"No existe el tipo «{tipo}». Hay: {', '.join(TIPOS)}.")
    with cli._app(), escuela_scope(cli._school(slug).id):
        try:
            pdf = cartas.muestra(tipo, now=cli._now(), sellada=sellada)
        except SelloImposible as error:
            raise click.ClickException(str(error)) from error
    salida.write_bytes(pdf)
    click.echo(f"La carta de muestra está en {salida}.")


@carta.command("verificar")
@click.argument("archivo", type=ARCHIVO)
@click.pass_context
def carta_verificar(contexto: click.Context, archivo: Path) -> None:
    """Dice si un PDF es una carta de aquí, si está íntegro, quién lo selló y si se revocó.

    Termina en 1 si no está íntegro o la carta ya no es válida.
    """
    from portal import cli
    from portal.services import verificar

    with cli._app():
        dicho = verificar.verificar(archivo)
    for linea in _palabras(dicho.que, dicho.escuela, dicho.codigo):
        click.echo(linea)
    sello = dicho.examen
    if sello.quien and dicho.que != verificar.ALTERADA:
        click.echo(f"Sello de: {sello.quien}")
    for rotulo, instante in (("Sellada", sello.cuando), ("Sello de tiempo", sello.sello_de_tiempo)):
        if instante and dicho.que != verificar.ALTERADA:
            click.echo(f"{rotulo}: {to_local(instante):%d/%m/%Y, %H:%M} h")
    if dicho.revocada:
        click.echo(f"Revocada: {to_local(dicho.revocada):%d/%m/%Y, %H:%M} h. Ya no es válida.")
    if dicho.revocada or dicho.que not in verificar.INTACTAS:
        contexto.exit(1)


def _palabras(que: str, escuela: str, codigo: str) -> list[str]:
    dicho = {
        "identica": "Íntegra: es exactamente el archivo que se emitió.",
        "sellada": "Íntegra: el sello es de la escuela, pero no es el archivo registrado con ese código.",
        "alterada": "Alterada: el archivo cambió después de sellarse.",
        "ajena": "El archivo está firmado, pero no por una escuela de este portal.",
        "sin_sello": "El archivo no es una carta emitida aquí, o perdió su sello.",
    }[que]
    return [dicho, *([f"Escuela: {escuela}"] if escuela else []), *([f"Código: {codigo}"] if codigo else [])]


@click.group()
def certificado() -> None:
    """Certificados con que una escuela sella sus cartas; el más nuevo es el que se usa."""


@certificado.command("crear")
@ESCUELA
@click.option("--dias", type=click.IntRange(1, 3650), default=3650, show_default=True, help="Cuánto vale.")
@click.option(
    "--rsa", type=click.Choice(["2048", "3072", "4096"]), help="RSA en lugar de curva elíptica P-256."
)
def certificado_crear(slug: str, dias: int, rsa: str | None) -> None:
    """Crea un certificado propio con los nombres de la escuela y lo pone en uso."""
    from portal import cli
    from portal.services import escuelas, sellos
    from portal.services.uow import unit_of_work
    from tenants.scope import escuela_scope

    with cli._app(), escuela_scope(cli._school(slug).id):
        nombres = escuelas.nombres_de_certificado()
        with unit_of_work(cli._now()) as uow:
            hecho = sellos.crear(uow, **nombres, dias=dias, rsa_bits=int(rsa or 0))
        _decir(hecho)


@certificado.command("cargar")
@click.argument("archivo", type=ARCHIVO)
@ESCUELA
@click.option("--llave", type=ARCHIVO, help="La llave, si no viene en el mismo archivo.")
@click.option("--con-contrasena", is_flag=True, help="Pregunta la contraseña de la llave.")
def certificado_cargar(archivo: Path, slug: str, llave: Path | None, con_contrasena: bool) -> None:
    """Carga un certificado que alguien más expidió a la escuela (PEM o PKCS#12) y lo pone en uso."""
    from portal import cli
    from portal.letters.certificado import CertificadoInvalido
    from portal.services import sellos
    from tenants.scope import escuela_scope

    clave = click.prompt("Contraseña de la llave", hide_input=True) if con_contrasena else ""
    with cli._app(), cli._sentences(), escuela_scope(cli._school(slug).id):
        try:
            hecho = sellos.cargar(
                archivo.read_bytes(), llave=llave.read_bytes() if llave else b"", clave=clave, now=cli._now()
            )
        except CertificadoInvalido as error:
            raise click.ClickException(str(error)) from error
        _decir(hecho)


@certificado.command("mostrar")
@ESCUELA
@click.option(
    "--salida", type=click.Path(dir_okay=False, path_type=Path), help="Guarda el certificado, sin su llave."
)
def certificado_mostrar(slug: str, salida: Path | None) -> None:
    """Enlista los certificados de la escuela, el que está en uso primero."""
    from portal import cli
    from portal.services import sellos
    from tenants.scope import escuela_scope

    with cli._app(), escuela_scope(cli._school(slug).id):
        hay = sellos.todos()
        for hecho in hay:
            _decir(hecho)
        if not hay:
            raise click.ClickException("La escuela no tiene certificado todavía; cree uno con «crear».")
        if salida:
            sellos.exportar(hay[0], salida)
            click.echo(f"El certificado en uso está en {salida}.")


def _decir(hecho: Certificado) -> None:
    de = "propio" if hecho.origen == "creado" else f"expedido por {hecho.emisor}"
    click.echo(
        f"Versión {hecho.version}: {hecho.titular} ({hecho.algoritmo}, {de}), vale del "
        f"{to_local(hecho.desde):%d/%m/%Y} al {to_local(hecho.hasta):%d/%m/%Y}. SHA-256 {hecho.huella}"
    )
