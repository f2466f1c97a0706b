"""The same letter by the portal's template engine and by WeasyPrint, fpdf2, Typst and plain Platypus; then sealed.

A PNG logo of 300 x 300, three paragraphs of about 180 words, a table of 8 rows, a signature, a QR and two embedded
TrueType fonts. No two letters are the same: name, number, dates, folio and code change in each, in every paragraph.
Everybody keeps what their library lets them keep between letters. Asked in turns, in rounds; medians of processor
time, so that one core is one core and a busy machine disturbs less. Prints one JSON line; `--save FOLDER` keeps one
letter of each to look at.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import zxingcpp

from bench import letters_others as others
from bench.letters_content import FILAS, PARRAFOS, datos
from portal.letters import FirmaImpresa, Plantilla, certificado, render, seal

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 7
PER_ROUND = {"ours": 60, "sealed": 30, "weasyprint": 2, "fpdf2": 2, "typst": 12, "platypus": 3}
Engine = Callable[[int], bytes]


def ours() -> Engine:
    """The portal's own: a template as a school writes it, through the same function that issues letters."""
    plantilla = Plantilla.from_mapping(
        {
            "tipo": "aceptacion",
            "version": 1,
            "titulo": "Carta de aceptación",
            "asunto": "Carta de aceptación de servicio social",
            "mostrar_titulo": False,
            "membrete_lineas": ["{{ institucion or '' }}", "{{ escuela_nombre }}", "{{ oficina }}"],
            "lugar_fecha": "{{ lugar }}, {{ fecha|en_letra }}",
            "bloques": [
                {"texto": PARRAFOS[0]},
                {"clase": "tabla", "filas": FILAS},
                *({"texto": texto} for texto in PARRAFOS[1:]),
            ],
            "despedida": "ATENTAMENTE",
        }
    )
    logo = (ROOT / "tenants" / "escom" / "logo.png").read_bytes()

    def letter(n: int) -> bytes:
        valores = datos(n)
        return render(
            plantilla,
            {**valores, "fecha": date(2026, 11, 21), "lugar": "Ciudad de México"},
            folio=f"ESC/2026/{n:05d}",
            codigo=f"ABCD-EFGH-{n:04d}",
            url_verificacion=valores["url"],
            firmas=(FirmaImpresa(valores["representante_nombre"], "Director General", "representante"),),
            logo=logo,
        )

    return letter


def sealed(letter: Engine) -> Engine:
    """Ours, and the escuela's signature on each (ECDSA P-256)."""
    now = datetime.now(UTC)
    propio = certificado.crear(
        nombre="Escuela de Ejemplo", institucion="", oficina="", correo="", desde=now, dias=9
    )
    sello = seal.Sello.abrir(propio)

    def both(n: int) -> bytes:
        return seal.sellar(letter(n), sello, razon=f"Carta {n}", lugar="Ciudad de México", cuando=now)

    return both


def measure(engines: dict[str, Engine]) -> dict[str, float]:
    """Letters per second of processor time: the median of the rounds, in which all take turns."""
    taken: dict[str, list[float]] = {name: [] for name in engines}
    numero = 0
    for engine in engines.values():
        engine(0)
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            before = time.process_time()
            for _ in range(PER_ROUND[name]):
                numero += 1
                engine(numero)
            taken[name].append(PER_ROUND[name] / (time.process_time() - before))
    return {name: statistics.median(found) for name, found in taken.items()}


def check(pdf: bytes, name: str) -> None:
    """A letter that lacks something is no letter: its text with accents and its QR are read back."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as documento:
        texto = " ".join(pagina.get_textpage().get_text_range() for pagina in documento)
        codigos = [
            codigo.text
            for pagina in documento
            for codigo in zxingcpp.read_barcodes(pagina.render(scale=2.5).to_pil())
        ]
    limpio = " ".join(texto.split())
    lacking = [
        what for what in ("Mariana Iturbe Solís 7", "ATENTAMENTE", "Año", "dieciséis") if what not in limpio
    ]
    if lacking or datos(7)["url"] not in codigos:
        raise SystemExit(f"{name}: the letter lacks {lacking or 'its QR'}")


def main() -> None:
    """Compare, check and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path, help="a folder for one letter of each")
    parser.add_argument("--batch", type=int, default=0, help="also issue so many through the whole portal")
    asked = parser.parse_args()
    own = ours()
    engines: dict[str, Engine] = {"ours": own, "sealed": sealed(own), **others.engines(ROOT)}
    for name, engine in engines.items():
        pdf = engine(7)
        check(pdf, name)
        if asked.save:
            asked.save.mkdir(parents=True, exist_ok=True)
            (asked.save / f"{name}.pdf").write_bytes(pdf)
    rate = measure(engines)
    line: dict[str, Any] = {
        "letters_per_s": round(rate["ours"], 1),
        "sealed_per_s": round(rate["sealed"], 1),
        **{f"vs_{name}": round(rate["ours"] / rate[name], 1) for name in others.NAMES},
        "sealed_vs_weasyprint": round(rate["sealed"] / rate["weasyprint"], 1),
        **{f"{name}_per_s": round(rate[name], 1) for name in others.NAMES},
    }
    if asked.batch:
        from bench.letters_batch import batch

        line |= batch(asked.batch, rate["ours"])
    print(json.dumps(line))


if __name__ == "__main__":
    main()
