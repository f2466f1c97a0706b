"""A letter's template: checked whole when it is read, so that issuing a letter cannot fail on its text."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from portal.letters import catalogo, palabras, textos

CLASES = ("parrafo", "clausula", "subtitulo", "lista", "tabla", "renglones")
MEMBRETES = ("escuela", "dependencia", "ambas")
_PAREJAS = {
    "papeles": "papel, las palabras sobre su firma",
    "valores": "dato opcional, lo que se usa si no se da",
}
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
    """A piece of the body. `lista` names a placeholder that is a list; `filas` are (label, text) of a tabla, or
    (heading, column) of renglones, a table with one row for each of `lista`."""

    clase: str = "parrafo"
    texto: str = ""
    lista: str = ""
    filas: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plantilla:
    """A letter of one tipo: texts with placeholders, in the order in which they are printed.

    `membrete`: whose sheet it is; `papeles`: papel -> the words over its signature; `sello`: whose stamp gets a box;
    `valores`: optional placeholder -> what it says when a letter does not give it ("número de control").
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
    valores: tuple[tuple[str, str | int], ...] = ()
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
        return {**asdict(self), "papeles": dict(self.papeles), "valores": dict(self.valores)}

    @cached_property
    def huella(self) -> str:
        """The SHA-256 of everything that it says: not of its version's number, nor of where a paragraph's lines end."""
        datos = {**self.to_mapping(), "version": 0}
        datos |= {nombre: " ".join(datos[nombre].split()) for nombre in _TEXTOS}
        datos["bloques"] = [{**b, "texto": " ".join(b["texto"].split())} for b in datos["bloques"]]
        return hashlib.sha256(json.dumps(datos, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

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
        faltan = [
            palabras.inicial_minuscula(declarados[nombre].descripcion)
            for nombre in declarados
            if nombre in usados
            and not declarados[nombre].opcional
            and valores.get(nombre) in (None, "", (), [])
        ]
        fecha, fin = valores.get("fecha"), valores.get("fecha_termino")
        if self.tipo == "termino" and fecha and fin and fecha < fin:
            faltan.append("fecha de la carta igual o posterior a la fecha de término")
        return faltan

    def _errores_de_texto(self) -> list[str]:
        # What is derived or given by the template itself is never empty, so a text may print it without asking.
        propios: dict[str, Any] = dict(self.valores)
        firmes = {*catalogo.DERIVADOS, "horas_en_letra", *propios}
        declarados = {
            n: m._replace(muestra=propios.get(n, m.muestra), opcional=m.opcional and n not in firmes)
            for n, m in catalogo.CATALOGO[self.tipo].items()
        }
        errores = [e for nombre, texto in self.textos() for e in textos.errores(nombre, texto, declarados)]
        for n, bloque in enumerate(self.bloques, 1):
            if bloque.lista and not isinstance(getattr(declarados.get(bloque.lista), "muestra", None), tuple):
                errores.append(f"En bloque {n}: «{bloque.lista}» no es una lista de esta carta.")
            errores += _errores_de_renglones(n, bloque)
        for nombre, _ in self.valores:
            if nombre not in declarados or not catalogo.CATALOGO[self.tipo][nombre].opcional:
                errores.append(f"En valores: «{nombre}» no es un dato opcional de esta carta.")
        return errores or self._errores_de_obligatorios(declarados)

    def _errores_de_obligatorios(self, declarados: Mapping[str, catalogo.Marcador]) -> list[str]:
        errores = []
        usados = self.marcadores()
        for nombre in catalogo.OBLIGATORIOS.get(self.tipo, ()):
            if not usados & set(catalogo.EQUIVALENTES.get(nombre, (nombre,))):
                errores.append(f"Falta el dato obligatorio «{nombre}»: {declarados[nombre].descripcion}.")
        if self.tipo == "termino" and self.membrete != "dependencia":
            errores.append("La carta de término va en hoja membretada de la dependencia.")
        if self.tipo == "termino" and not self.sello:
            errores.append("La carta de término lleva un lugar para el sello de la dependencia.")
        return errores


def _errores_de_renglones(n: int, bloque: Bloque) -> list[str]:
    if bloque.clase != "renglones":
        return []
    columnas = catalogo.COLUMNAS.get(bloque.lista)
    if columnas is None or not bloque.filas:
        return [f"En bloque {n}: «renglones» lleva la lista de qué y sus columnas."]
    return [
        f"En bloque {n}: «{columna}» no es una columna; las hay: {', '.join(columnas)}."
        for _, columna in bloque.filas
        if columna not in columnas
    ]


def _tuplas(datos: Mapping[str, Any]) -> dict[str, Any]:
    bloques = tuple(
        Bloque(**{**b, "filas": tuple(tuple(f) for f in b.get("filas", ()))})
        for b in datos.get("bloques", ())
    )
    listas = {nombre: tuple(datos[nombre]) for nombre in _LISTAS if nombre in datos}
    return {
        **listas,
        "bloques": bloques,
        **{n: tuple(dict(datos.get(n, {})).items()) for n in ("papeles", "valores")},
    }


def _errores_de_forma(datos: Mapping[str, Any]) -> list[str]:
    campos = Plantilla.__dataclass_fields__
    errores = [f"No conocemos el campo «{nombre}»." for nombre in datos if nombre not in campos]
    if datos.get("tipo") not in catalogo.CATALOGO:
        errores.append(
            f"«{datos.get('tipo', '')}» no es un tipo de carta; los hay: {', '.join(catalogo.TIPOS)}."
        )
    if not isinstance(datos.get("version"), int):
        errores.append("La versión es un número entero.")
    for nombre in (*_TEXTOS, "sello"):
        if not isinstance(datos.get(nombre, ""), str):
            errores.append(f"El campo «{nombre}» es un texto.")
    if not datos.get("titulo"):
        errores.append("Falta el título de la carta.")
    if datos.get("membrete", "escuela") not in MEMBRETES:
        errores.append(f"El membrete es de: {', '.join(MEMBRETES)}.")
    return errores + _errores_de_colecciones(datos) + _errores_de_bloques(datos.get("bloques", []))


def _errores_de_colecciones(datos: Mapping[str, Any]) -> list[str]:
    errores = [
        f"El campo «{nombre}» es una lista de textos."
        for nombre in _LISTAS
        if not _son_textos(datos.get(nombre, []))
    ]
    if not isinstance(datos.get("mostrar_titulo", True), bool):
        errores.append("El campo «mostrar_titulo» es verdadero o falso.")
    for nombre, regla in _PAREJAS.items():
        parejas = datos.get(nombre, {})
        tipos = (str, int) if nombre == "valores" else str
        if not (isinstance(parejas, Mapping) and all(isinstance(v, tipos) for v in parejas.values())):
            errores.append(f"El campo «{nombre}» dice, para cada {regla}.")
    return errores


def _errores_de_bloques(bloques: Any) -> list[str]:
    if not isinstance(bloques, Sequence) or isinstance(bloques, str) or not bloques:
        return ["La carta no tiene texto: falta al menos un bloque."]
    errores = []
    for n, bloque in enumerate(bloques, 1):
        if not isinstance(bloque, Mapping) or bloque.get("clase", "parrafo") not in CLASES:
            errores.append(f"En bloque {n}: la clase es una de {', '.join(CLASES)}.")
            continue
        errores += [
            f"En bloque {n}: no conocemos «{c}»." for c in bloque if c not in Bloque.__dataclass_fields__
        ]
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
    """The template of a tipo: the default, with the fields that a school's folder says in its own way.

    `carpeta`/comunes.toml is for all its letters (a value that a tipo has no use for is left out);
    <tipo>.toml comes last.

    Raises PlantillaInvalida, also for a file that is not TOML; KeyError for an unknown tipo.
    """
    if tipo not in catalogo.CATALOGO:
        raise KeyError(tipo)
    datos: dict[str, Any] = {}
    rutas = [_DEFAULTS / f"{tipo}.toml"]
    rutas += [carpeta / "comunes.toml", carpeta / f"{tipo}.toml"] if carpeta else []
    for ruta in rutas:
        if not ruta.is_file():
            continue
        try:
            datos = {**datos, **_leer(ruta, ruta.stat().st_mtime_ns)}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PlantillaInvalida([f"El archivo {ruta.name} no se puede leer: {error}."]) from error
    if carpeta and "valores" in datos:
        propios = catalogo.CATALOGO[tipo]
        datos["valores"] = {n: v for n, v in datos["valores"].items() if n in propios}
    return Plantilla.from_mapping(datos)
