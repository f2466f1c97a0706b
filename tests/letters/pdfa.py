"""The rules of PDF/A-2b and of tagged PDF that the letters rely on, asked of a file with pikepdf.

No validator of the whole standard comes with the project; these are the rules that a file made by hand can break.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

_PROHIBIDAS = {"/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/XFA", "/AA"}


def faltas(pdf: bytes) -> list[str]:
    """What a file breaks, in words; empty when it keeps every rule."""
    with pikepdf.open(BytesIO(pdf)) as abierto:
        return [
            *_de_archivo(pdf, abierto),
            *_de_catalogo(abierto),
            *_de_metadatos(abierto),
            *_de_fuentes(abierto),
            *_de_paginas(abierto),
            *_de_estructura(abierto),
        ]


def _de_archivo(pdf: bytes, abierto: pikepdf.Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[4-7]\n%[\x80-\xff]{4}", pdf):
        yield "the header has no comment of four bytes above 127"
    if abierto.is_encrypted:
        yield "it is encrypted"
    if "/ID" not in abierto.trailer:
        yield "the trailer has no ID"
    if abierto.check_pdf_syntax():
        yield "qpdf complains of its syntax"
    for objeto in abierto.objects:
        if isinstance(objeto, pikepdf.Stream):
            if "/F" in objeto:
                yield "a stream lies outside the file"
            if "/LZWDecode" in str(objeto.get("/Filter")):
                yield "LZW is used"
        if isinstance(objeto, pikepdf.Dictionary) and _PROHIBIDAS & set(objeto.keys()):
            yield f"it holds {_PROHIBIDAS & set(objeto.keys())}"


def _de_catalogo(abierto: pikepdf.Pdf) -> Iterator[str]:
    raiz = abierto.Root
    intento = raiz.get("/OutputIntents", [None])[0]
    if intento is None or str(intento.S) != "/GTS_PDFA1" or int(intento.DestOutputProfile.N) != 3:
        yield "there is no RGB output intent"
    else:
        perfil = intento.DestOutputProfile.read_bytes()
        if perfil[36:40] != b"acsp" or perfil[16:20] != b"RGB " or perfil[12:16] != b"mntr" or perfil[8] > 4:
            yield "the colour profile is not an RGB monitor's"
    if str(raiz.get("/Lang")) != "es-MX":
        yield "the language is not told"
    if not raiz.get("/MarkInfo", {}).get("/Marked"):
        yield "it is not marked"
    if not raiz.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "the title is not shown"


def _de_metadatos(abierto: pikepdf.Pdf) -> Iterator[str]:
    if "/Filter" in abierto.Root.Metadata:
        yield "the metadata are compressed"
    with abierto.open_metadata() as meta:
        if (meta.pdfa_status, meta.get("dc:title")) != ("2B", str(abierto.docinfo.Title)):
            yield "the metadata do not claim PDF/A-2b, or have another title"
        if meta.get("pdf:Producer") != str(abierto.docinfo.Producer):
            yield "the metadata have another producer"


def _de_fuentes(abierto: pikepdf.Pdf) -> Iterator[str]:
    for fuente in abierto.objects:
        if not isinstance(fuente, pikepdf.Dictionary) or fuente.get("/Type") != "/Font":
            continue
        descriptor = fuente.get("/FontDescriptor", {})
        if "/FontFile2" not in descriptor or "/ToUnicode" not in fuente:
            yield f"{fuente.BaseFont} is not embedded or not readable"
        if "/Encoding" in fuente or not int(descriptor.Flags) & 4:
            yield f"{fuente.BaseFont} is symbolic and has an encoding"
        anchos = len(fuente.Widths)
        if anchos != int(fuente.LastChar) - int(fuente.FirstChar) + 1:
            yield f"{fuente.BaseFont} has {anchos} widths"
        if not re.match(r"/[A-Z]{6}\+", str(fuente.BaseFont)):
            yield f"{fuente.BaseFont} is a subset that does not say so"


def _de_paginas(abierto: pikepdf.Pdf) -> Iterator[str]:
    for pagina in abierto.pages:
        if str(pagina.get("/Tabs")) != "/S":
            yield "a page's order is not its structure's"
        for imagen in pagina.get_images().values():
            if "/SMask" in imagen or "/Interpolate" in imagen:
                yield "an image is transparent"
        for anotacion in pagina.get("/Annots", []):
            if not int(anotacion.get("/F", 0)) & 4 or any(float(v) for v in anotacion.Rect):
                yield "an annotation is not printed, or is seen without an appearance"
        yield from _de_marcas(pagina, abierto)


def _de_marcas(pagina: pikepdf.Page, abierto: pikepdf.Pdf) -> Iterator[str]:
    """Everything drawn is read or an artifact; every mark has its node; no code prints ".notdef"."""
    abiertas, marcas = [], []
    for operandos, operador in pikepdf.parse_content_stream(pagina):
        nombre = str(operador)
        if nombre in ("BDC", "BMC"):
            abiertas.append(str(operandos[0]))
            if nombre == "BDC":
                marcas.append(int(operandos[1].MCID))
        elif nombre == "EMC":
            abiertas.pop()
        elif nombre in ("Tj", "S", "f", "Do") and not abiertas:
            yield f"{nombre} outside any mark"
        if nombre == "Tj" and any(codigo < 32 for codigo in bytes(operandos[0])):
            yield "a code prints .notdef"
    padres = {}
    numeros = abierto.Root.StructTreeRoot.ParentTree.Nums
    for n in range(0, len(numeros), 2):
        padres[int(numeros[n])] = numeros[n + 1]
    if marcas != list(range(len(padres[int(pagina.StructParents)]))):
        yield "marks and their nodes are not the same number"


def nodos(abierto: pikepdf.Pdf) -> list[Any]:
    """The structure's nodes in reading order."""

    def recorrer(nodo: Any) -> Iterator[Any]:
        yield nodo
        hijos = nodo.get("/K", [])
        for hijo in hijos if isinstance(hijos, pikepdf.Array) else [hijos]:
            if isinstance(hijo, pikepdf.Dictionary) and "/S" in hijo:
                yield from recorrer(hijo)

    return list(recorrer(abierto.Root.StructTreeRoot.K))


def _de_estructura(abierto: pikepdf.Pdf) -> Iterator[str]:
    roles = [str(nodo.S) for nodo in nodos(abierto)]
    if roles[0] != "/Document":
        yield "the structure does not begin with a document"
    for nodo in nodos(abierto):
        if str(nodo.S) == "/Figure" and not str(nodo.get("/Alt", "")):
            yield "a figure is not described"
        if "/K" not in nodo:
            yield f"{nodo.S} is empty"
    for nodo in nodos(abierto):
        if str(nodo.S) == "/TR" and not {str(celda.S) for celda in nodo.K} <= {"/TH", "/TD"}:
            yield "a row holds something else than cells"
