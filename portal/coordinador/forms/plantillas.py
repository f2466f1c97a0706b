"""The editor of a letter's template: a template as the fields of a form, and what was typed as a template again.

Blocks and rows are numbered fields, so that everything works by plain POST: `accion` says what a button does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.domain.carta import PAPELES
from portal.services.plantillas import datos_opcionales
from portal.services.plantillas_lenguaje import CATALOGO, CLASES, COLUMNAS, FIRMANTES, Plantilla

MAX_BLOQUES, MAX_FILAS, MAX_TEXTO = 60, 40, 8000
# field -> (label, hint, how many lines it is written on; 0 for a line, -1 for a list of lines)
CAMPOS: dict[str, tuple[str, str, int]] = {
    "titulo": (
        "Título",
        "Cómo se llama la carta: en el correo, en la lista y, si así se elige, impresa en grande.",
        0,
    ),
    "membrete_lineas": ("Membrete", "Un renglón por línea, junto al logotipo.", -1),
    "lugar_fecha": ("Lugar y fecha", "", 0),
    "asunto": ("Asunto", "", 0),
    "destinatario": ("Destinatario", "Un renglón por línea.", -1),
    "saludo": ("Saludo", "", 0),
    "despedida": ("Despedida", "", 0),
    "lema": ("Lema, bajo la despedida", "", 0),
    "sello": ("Lugar para el sello", "Las palabras dentro del recuadro; vacío, no hay recuadro.", 0),
    "copias": ("Copias", "Una por línea.", -1),
    "pie": ("Pie de página", "", 2),
}
CABEZA = ("titulo", "membrete_lineas", "lugar_fecha", "asunto", "destinatario", "saludo")
FINAL = ("despedida", "lema", "sello", "copias", "pie")
NOMBRES = {nombre: etiqueta for nombre, (etiqueta, _, _) in CAMPOS.items()} | {
    "bloque": "Cuerpo", "papeles": "Palabras sobre la firma", "valores": "Datos por omisión", "lista": "Lista",
    "membrete": "Hoja membretada de",
}  # fmt: skip
CLASES_EN_PALABRAS = {
    "parrafo": "Párrafo",
    "clausula": "Cláusula",
    "subtitulo": "Subtítulo",
    "lista": "Lista con viñetas",
    "tabla": "Tabla de datos",
    "renglones": "Tabla con un renglón por alumno",
}
MEMBRETES = (
    ("escuela", "La escuela"),
    ("dependencia", "La dependencia"),
    ("ambas", "La escuela y la dependencia"),
)
_DONDE = re.compile(r"^En ([a-z_]+(?: \d+)?)[:,] ?(.*)$", re.DOTALL)


@dataclass
class BloqueEscrito:
    """A block as it was typed; a tabla always offers one empty row more."""

    clase: str = "parrafo"
    texto: str = ""
    lista: str = ""
    filas: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Escrito:
    """Everything that the form holds: texts by field, blocks, words over signatures, default data."""

    textos: dict[str, str]
    bloques: list[BloqueEscrito]
    papeles: dict[str, str]
    valores: dict[str, str]
    membrete: str = "escuela"
    mostrar_titulo: bool = True
    nota: str = ""
    base: int = 0
    con: str = "muestra"


def de_plantilla(plantilla: Plantilla, base: int) -> Escrito:
    """A template as the form shows it. Line ends inside a paragraph are spaces, so they are shown as such."""
    datos = plantilla.to_mapping()
    textos = {
        nombre: "\n".join(datos[nombre]) if lineas < 0 else " ".join(str(datos[nombre]).split())
        for nombre, (_, _, lineas) in CAMPOS.items()
    }
    bloques = [
        BloqueEscrito(b["clase"], " ".join(b["texto"].split()), b["lista"], [tuple(f) for f in b["filas"]])
        for b in datos["bloques"]
    ]
    papeles = {papel: datos["papeles"].get(papel, "") for papel in _papeles(plantilla.tipo, datos["papeles"])}
    valores = {n: str(datos["valores"].get(n, "")) for n in datos_opcionales(plantilla.tipo)}
    return Escrito(textos, bloques, papeles, valores, plantilla.membrete, plantilla.mostrar_titulo, base=base)


def _papeles(tipo: str, escritos: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*FIRMANTES[tipo], *escritos]))


def de_formulario(form: MultiDict[str, str], tipo: str) -> Escrito:
    """What was typed, as it was typed; more blocks or longer texts than a letter can have are cut."""
    cuantos = min(_entero(form.get("bloques")), MAX_BLOQUES)
    papeles = [c.removeprefix("papel-") for c in form if c.startswith("papel-")]
    return Escrito(
        {nombre: _texto(form, nombre) for nombre in CAMPOS},
        [_bloque(form, n) for n in range(cuantos)],
        {papel: _texto(form, f"papel-{papel}") for papel in _papeles(tipo, papeles) if papel in PAPELES},
        {nombre: _texto(form, f"valor-{nombre}").strip() for nombre in datos_opcionales(tipo)},
        form.get("membrete", "escuela"),
        form.get("mostrar_titulo") == "y",
        _texto(form, "nota")[:300],
        _entero(form.get("base")),
        form.get("con", "muestra"),
    )


def _entero(texto: str | None) -> int:
    return int(texto) if texto and texto.isascii() and texto.isdigit() and len(texto) < 9 else 0


def _texto(form: MultiDict[str, str], nombre: str) -> str:
    return form.get(nombre, "").replace("\r\n", "\n").replace("\r", "\n")[:MAX_TEXTO]


def _bloque(form: MultiDict[str, str], n: int) -> BloqueEscrito:
    clase = form.get(f"b{n}-clase", "parrafo")
    filas = []
    for m in range(min(_entero(form.get(f"b{n}-filas")), MAX_FILAS)):
        fila = (_texto(form, f"b{n}-f{m}-0"), _texto(form, f"b{n}-f{m}-1"))
        if any(parte.strip() for parte in fila):
            filas.append(fila)
    return BloqueEscrito(
        clase if clase in CLASES else "parrafo",
        _texto(form, f"b{n}-texto"),
        form.get(f"b{n}-lista", ""),
        filas,
    )


def datos(escrito: Escrito, tipo: str) -> dict[str, Any]:
    """What was typed as the data of a template; empty blocks are left out."""
    muestras = CATALOGO[tipo]
    textos: dict[str, Any] = {
        nombre: [linea.strip() for linea in escrito.textos[nombre].split("\n") if linea.strip()]
        if lineas < 0
        else escrito.textos[nombre].strip()
        for nombre, (_, _, lineas) in CAMPOS.items()
    }
    valores: dict[str, str | int] = {}
    for nombre, valor in escrito.valores.items():
        if valor:
            entero = isinstance(muestras[nombre].muestra, int) and valor.isascii() and valor.isdigit()
            valores[nombre] = int(valor) if entero and len(valor) < 9 else valor
    return {
        **textos,
        "membrete": escrito.membrete,
        "mostrar_titulo": escrito.mostrar_titulo,
        "papeles": {papel: palabras.strip() for papel, palabras in escrito.papeles.items()},
        "valores": valores,
        "bloques": [_datos_de(b) for b in escrito.bloques if b.texto.strip() or b.filas or b.lista],
    }


def _datos_de(bloque: BloqueEscrito) -> dict[str, Any]:
    con_filas = bloque.clase in ("tabla", "renglones")
    con_lista = bloque.clase in ("lista", "renglones")
    return {
        "clase": bloque.clase,
        "texto": "" if con_filas else bloque.texto.strip(),
        "lista": bloque.lista if con_lista else "",
        "filas": [list(f) for f in bloque.filas] if con_filas else [],
    }


def mover(escrito: Escrito, accion: str) -> str:
    """Do what a button of the blocks says: "agregar:tabla", "subir:2", "bajar:2", "quitar:2", "fila:2".

    Answers the id of the field where the person goes on, or "" for no such action.
    """
    que, _, cual = accion.partition(":")
    bloques = escrito.bloques
    if que == "agregar" and cual in CLASES and len(bloques) < MAX_BLOQUES:
        bloques.append(BloqueEscrito(cual))
        return f"b{len(bloques) - 1}"
    n = _entero(cual)
    if n >= len(bloques):
        return ""
    if que == "quitar":
        bloques.pop(n)
        return f"b{min(n, len(bloques) - 1)}" if bloques else "bloques"
    destino = {"subir": n - 1, "bajar": n + 1}.get(que)
    if destino is not None and 0 <= destino < len(bloques):
        bloques[n], bloques[destino] = bloques[destino], bloques[n]
        return f"b{destino}"
    return f"b{n}" if que in ("subir", "bajar", "fila", "clase") else ""


def errores_por_campo(errores: Iterable[str], escrito: Escrito) -> dict[str, list[str]]:
    """The sentences of a refused template by the id of the field that they speak of; "" for the letter as a whole."""
    con_texto = [n for n, b in enumerate(escrito.bloques) if b.texto.strip() or b.filas or b.lista]
    hallados: dict[str, list[str]] = {}
    for frase in errores:
        encontrado = _DONDE.match(frase)
        donde, resto = (encontrado[1], encontrado[2]) if encontrado else ("", frase)
        nombre, _, numero = donde.partition(" ")
        if nombre == "bloque" and 0 < int(numero or 0) <= len(con_texto):
            campo = f"b{con_texto[int(numero) - 1]}"
        elif nombre in CAMPOS or nombre in ("papeles", "valores"):
            campo = nombre
        else:
            campo, resto = "", frase
        hallados.setdefault(campo, []).append(resto[:1].upper() + resto[1:])
    return hallados


def resumen_de(errores: Mapping[str, list[str]]) -> dict[str, str]:
    """The same as id of field -> one sentence that says where, for the summary at the head of the page."""
    return {
        campo or "titulo": f"{_etiqueta(campo)}: {frases[0]}" if campo else frases[0]
        for campo, frases in errores.items()
    }


def _etiqueta(campo: str) -> str:
    bloque = re.fullmatch(r"b(\d+)", campo)
    return f"Bloque {int(bloque[1]) + 1}" if bloque else NOMBRES[campo]


def listas_de(tipo: str) -> list[str]:
    """The placeholders of a kind that are lists."""
    return [n for n, m in CATALOGO[tipo].items() if isinstance(m.muestra, tuple)]


def columnas_de(lista: str) -> list[str]:
    """What a row of a list of alumnos may show."""
    return list(COLUMNAS.get(lista, ()))
