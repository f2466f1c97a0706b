"""How letters look: sizes, spaces and colours of each kind of text, in points."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

REGULAR, NEGRITA, CURSIVA = "CartaRegular", "CartaNegrita", "CartaCursiva"
TINTA, GRIS, LINEA = "#1a1a1a", "#555555", "#9a9a9a"
Alinear = Literal["izquierda", "centro", "derecha", "justificado"]


@dataclass(frozen=True, eq=False)
class Estilo:
    """A kind of paragraph: face, size, distance between lines, space before and after, indents, colour.

    Compared by identity: there is one of each kind and densidad.
    """

    nombre: str = "base"
    fuente: str = REGULAR
    cuerpo: float = 11.0
    interlinea: float = 15.2
    antes: float = 0.0
    despues: float = 0.0
    alinear: Alinear = "izquierda"
    color: str = TINTA
    sangria: float = 0.0
    sangria_derecha: float = 0.0
    sangria_vineta: float = 0.0
    con_siguiente: bool = False


# What a densidad shrinks: name -> its differences from the base style.
_CUERPO: dict[str, dict[str, Any]] = {
    "parrafo": {"alinear": "justificado", "despues": 10},
    "titulo": {
        "fuente": NEGRITA, "cuerpo": 13, "interlinea": 17, "alinear": "centro", "antes": 8, "despues": 12,
    },
    "subtitulo": {"fuente": NEGRITA, "alinear": "centro", "antes": 6, "despues": 6, "con_siguiente": True},
    "clausula": {"alinear": "justificado", "despues": 8},
    "lugar_fecha": {"alinear": "derecha", "despues": 3},
    "asunto": {"alinear": "derecha", "despues": 16},
    "destinatario": {"sangria_derecha": 120},
    "saludo": {"antes": 10, "despues": 8},
    "lista": {"sangria": 16, "sangria_vineta": 4, "despues": 2.5},
    "vineta": {},
    "celda": {"cuerpo": 10.5, "interlinea": 13},
    "celda_titulo": {"fuente": NEGRITA, "cuerpo": 10.5, "interlinea": 13},
    "renglon": {"cuerpo": 8, "interlinea": 9.8},
    "renglon_titulo": {"fuente": NEGRITA, "cuerpo": 8, "interlinea": 9.8},
    "despedida": {"fuente": NEGRITA, "alinear": "centro", "antes": 10, "despues": 4},
    "lema": {"fuente": CURSIVA, "alinear": "centro", "despues": 4},
}  # fmt: skip
_FIJOS: dict[str, dict[str, Any]] = {
    "papel": {"cuerpo": 8.5, "interlinea": 10.5, "color": GRIS, "alinear": "centro"},
    "firmante": {"fuente": NEGRITA, "cuerpo": 9.5, "interlinea": 11.6, "alinear": "centro"},
    "cargo": {"cuerpo": 9, "interlinea": 11, "alinear": "centro"},
    "sello_de_tiempo": {"cuerpo": 7.5, "interlinea": 9.5, "color": GRIS, "alinear": "centro"},
    "sello": {"cuerpo": 7.5, "interlinea": 9.5, "color": GRIS, "alinear": "centro"},
    "copia": {"cuerpo": 8, "interlinea": 10, "color": GRIS},
    "membrete_primera": {"fuente": NEGRITA, "cuerpo": 11.5, "interlinea": 14},
    "membrete": {"cuerpo": 9.5, "interlinea": 11.8, "color": "#333333"},
    "membrete_primera_centrada": {"fuente": NEGRITA, "cuerpo": 11.5, "interlinea": 14, "alinear": "centro"},
    "membrete_centrado": {"cuerpo": 9.5, "interlinea": 11.8, "color": "#333333", "alinear": "centro"},
    "continuacion": {"cuerpo": 8.5, "interlinea": 10.5, "color": GRIS},
    "pie": {"cuerpo": 7.5, "interlinea": 9.4, "color": GRIS},
    "pie_negrita": {"fuente": NEGRITA, "cuerpo": 8, "interlinea": 10},
    "pie_pagina": {"cuerpo": 8, "interlinea": 10, "color": GRIS, "alinear": "derecha"},
}


@cache
def estilos(densidad: float = 1.0) -> dict[str, Estilo]:
    """The styles of letters by name, in points; a `densidad` under 1 sets the body smaller and tighter."""
    formas = {n: Estilo(nombre=n, **cambios) for n, cambios in {**_CUERPO, **_FIJOS}.items()}
    for nombre in _CUERPO:
        forma = formas[nombre]
        formas[nombre] = replace(
            forma,
            cuerpo=forma.cuerpo * densidad,
            interlinea=forma.interlinea * densidad,
            antes=forma.antes * densidad,
            despues=forma.despues * densidad,
        )
    return formas
