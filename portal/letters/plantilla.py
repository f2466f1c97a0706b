"""A letter's template: checked whole when it is read, so that issuing a letter cannot fail on its text."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.letters import catalogo, textos

CLASES = ("parrafo", "clausula", "subtitulo", "lista", "tabla")
MEMBRETES = ("escuela", "dependencia", "ambas")
_DEFAULTS = Path(__file__).parent / "defaults"
_TEXTOS = ("titulo", "asunto", "lugar_fecha", "saludo", "despedida", "lema", "pie")
_LISTAS = ("membrete_lineas", "destinatario", "copias")


class PlantillaInvalida(ValueError):
    """A template that cannot be used; `errors` are sentences for whoever wrote it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(" ".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class Bloque:
    """A piece of the body. `lista` names a placeholder that is a list; `filas` are (label, text) of a tabla."""

    clase: str = "parrafo"
    texto: str = ""
    lista: str = ""
    filas: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plantilla:
    """A letter of one tipo: texts with placeholders, in the order in which they are printed.

    `membrete`: whose sheet it is; `papeles`: papel -> the words over its signature; `sello`: whose stamp gets a box.
    """

    tipo: str
    version: int
    titulo: str
    asunto: str = ""
    membrete: str = "escuela"
    membrete_lineas: tuple[str, ...] = ()
    lugar_fecha: str = ""
    destinatario: tuple[str, ...] = ()
    saludo: str = ""
    bloques: tuple[Bloque, ...] = ()
    despedida: str = ""
    lema: str = ""
    papeles: tuple[tuple[str, str], ...] = ()
    sello: str = ""
    copias: tuple[str, ...] = ()
    pie: str = ""
    mostrar_titulo: bool = True

    @classmethod
    def from_mapping(cls, datos: Mapping[str, Any]) -> "Plantilla":
        """Reads a parsed TOML or JSON. Raises PlantillaInvalida with every mistake, in Spanish sentences."""
        errores = _errores_de_forma(datos)
        if errores:
            raise PlantillaInvalida(errores)
        plantilla = cls(**{**datos, **_tuplas(datos)})
        errores = plantilla._errores_de_texto()
        if errores:
            raise PlantillaInvalida(errores)
        return plantilla

    def to_mapping(self) -> dict[str, Any]:
        """The inverse of from_mapping, fit for JSON."""
        return {**asdict(self), "papeles": dict(self.papeles)}

    def textos(self) -> list[tuple[str, str]]:
        """Every text with a name that a person recognises ("bloque 3")."""
        todos = [(nombre, getattr(self, nombre)) for nombre in _TEXTOS]
        todos += [(nombre, texto) for nombre in _LISTAS for texto in getattr(self, nombre)]
        for n, bloque in enumerate(self.bloques, 1):
            todos.append((f"bloque {n}", bloque.texto))
            todos += [(f"bloque {n}", texto) for fila in bloque.filas for texto in fila]
        todos += [("papeles", palabras) for _, palabras in self.papeles]
        return [(nombre, texto) for nombre, texto in todos if texto]

    def marcadores(self) -> set[str]:
        """The placeholders that the template names, in texts, conditions and lists."""
        usados = {bloque.lista for bloque in self.bloques if bloque.lista}
        for _, texto in self.textos():
            usados |= textos.marcadores(texto)
        return usados

    def faltantes(self, valores: Mapping[str, Any]) -> list[str]:
        """What a letter with these values would lack, in words; empty when it can be made [seed 000, annex two]."""
        declarados = catalogo.CATALOGO[self.tipo]
        usados = self.marcadores() | set(catalogo.OBLIGATORIOS.get(self.tipo, ()))
        if "horas_en_letra" in usados and "horas" in declarados:
            usados.add("horas")
        return [
            declarados[nombre].descripcion
            for nombre in declarados
            if nombre in usados and not declarados[nombre].opcional and valores.get(nombre) in (None, "", (), [])
        ]

    def _errores_de_texto(self) -> list[str]:
        declarados = catalogo.CATALOGO[self.tipo]
        errores = [e for nombre, texto in self.textos() for e in textos.errores(nombre, texto, declarados)]
        for n, bloque in enumerate(self.bloques, 1):
            if bloque.lista and not isinstance(getattr(declarados.get(bloque.lista), "muestra", None), tuple):
                errores.append(f"En bloque {n}: «{bloque.lista}» no es una lista de esta carta.")
        if errores:
            return errores
        usados = self.marcadores()
        for nombre in catalogo.OBLIGATORIOS.get(self.tipo, ()):
            if not usados & set(catalogo.EQUIVALENTES.get(nombre, (nombre,))):
                errores.append(f"Falta el dato obligatorio «{nombre}»: {declarados[nombre].descripcion}.")
        if self.tipo == "termino" and self.membrete != "dependencia":
            errores.append("La carta de término va en hoja membretada de la dependencia.")
        if self.tipo == "termino" and not self.sello:
            errores.append("La carta de término lleva un lugar para el sello de la dependencia.")
        return errores


def _tuplas(datos: Mapping[str, Any]) -> dict[str, Any]:
    bloques = tuple(
        Bloque(**{**b, "filas": tuple(tuple(f) for f in b.get("filas", ()))}) for b in datos.get("bloques", ())
    )
    listas = {nombre: tuple(datos[nombre]) for nombre in _LISTAS if nombre in datos}
    return {**listas, "bloques": bloques, "papeles": tuple(dict(datos.get("papeles", {})).items())}


def _errores_de_forma(datos: Mapping[str, Any]) -> list[str]:
    campos = Plantilla.__dataclass_fields__
    errores = [f"No conocemos el campo «{nombre}»." for nombre in datos if nombre not in campos]
    if datos.get("tipo") not in catalogo.CATALOGO:
        errores.append(f"«{datos.get('tipo', '')}» no es un tipo de carta; los hay: {', '.join(catalogo.TIPOS)}.")
    if not isinstance(datos.get("version"), int):
        errores.append("La versión es un número entero.")
    for nombre in (*_TEXTOS, "sello"):
        if not isinstance(datos.get(nombre, ""), str):
            errores.append(f"El campo «{nombre}» es un texto.")
    if not datos.get("titulo"):
        errores.append("Falta el título de la carta.")
    if datos.get("membrete", "escuela") not in MEMBRETES:
        errores.append(f"El membrete es de: {', '.join(MEMBRETES)}.")
    for nombre in _LISTAS:
        if not _son_textos(datos.get(nombre, [])):
            errores.append(f"El campo «{nombre}» es una lista de textos.")
    if not isinstance(datos.get("mostrar_titulo", True), bool):
        errores.append("El campo «mostrar_titulo» es verdadero o falso.")
    papeles = datos.get("papeles", {})
    if not (isinstance(papeles, Mapping) and _son_textos(list(papeles.values()))):
        errores.append("El campo «papeles» dice, para cada papel, las palabras sobre su firma.")
    return errores + _errores_de_bloques(datos.get("bloques", []))


def _errores_de_bloques(bloques: Any) -> list[str]:
    if not isinstance(bloques, Sequence) or isinstance(bloques, str) or not bloques:
        return ["La carta no tiene texto: falta al menos un bloque."]
    errores = []
    for n, bloque in enumerate(bloques, 1):
        if not isinstance(bloque, Mapping) or bloque.get("clase", "parrafo") not in CLASES:
            errores.append(f"En bloque {n}: la clase es una de {', '.join(CLASES)}.")
            continue
        errores += [f"En bloque {n}: no conocemos «{c}»." for c in bloque if c not in Bloque.__dataclass_fields__]
        if not _son_textos([bloque.get("texto", ""), bloque.get("lista", "")]):
            errores.append(f"En bloque {n}: «texto» y «lista» son textos.")
        filas = bloque.get("filas", [])
        if not (isinstance(filas, list | tuple) and all(_son_textos(f) and len(f) == 2 for f in filas)):
            errores.append(f"En bloque {n}: cada fila es una pareja de textos, rótulo y valor.")
    return errores


def _son_textos(cosas: Any) -> bool:
    return isinstance(cosas, list | tuple) and all(isinstance(cosa, str) for cosa in cosas)


@lru_cache(maxsize=512)
def _leer(ruta: Path, _momento: int) -> dict[str, Any]:
    return tomllib.loads(ruta.read_text("utf-8"))


def leer_plantilla(tipo: str, carpeta: Path | None = None) -> Plantilla:
    """The template of a tipo: the default, with the fields that `carpeta`/<tipo>.toml says in its own way.

    Raises PlantillaInvalida, also for a file that is not TOML; KeyError for an unknown tipo.
    """
    if tipo not in catalogo.CATALOGO:
        raise KeyError(tipo)
    datos: dict[str, Any] = {}
    for origen in (_DEFAULTS, carpeta):
        ruta = origen / f"{tipo}.toml" if origen else None
        if ruta is None or not ruta.is_file():
            continue
        try:
            datos = {**datos, **_leer(ruta, ruta.stat().st_mtime_ns)}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PlantillaInvalida([f"El archivo {tipo}.toml no se puede leer: {error}."]) from error
    return Plantilla.from_mapping(datos)
