"""The letter as people write it with WeasyPrint, fpdf2, Typst and ReportLab's Platypus, keeping what can be kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import jinja2
import zxingcpp

from bench.letters_content import FILAS, MEMBRETE, PARRAFOS, datos
from portal.letters.textos import FILTROS

NAMES = ("weasyprint", "fpdf2", "typst", "platypus")
Engine = Callable[[int], bytes]
_FONTS = Path("portal/letters/fonts")
_AMBIENTE = jinja2.Environment()
_AMBIENTE.filters.update(FILTROS)
_TEXTOS = [_AMBIENTE.from_string(" ".join(texto.split())) for texto in PARRAFOS]
_FILAS = [(rotulo, _AMBIENTE.from_string(texto)) for rotulo, texto in FILAS]
LUGAR, DESPEDIDA, CARGO = "Ciudad de México, 21 de noviembre de 2026", "ATENTAMENTE", "Director General"


def _dicho(n: int) -> tuple[dict[str, Any], list[str], list[tuple[str, str]]]:
    valores = datos(n)
    return valores, [t.render(valores) for t in _TEXTOS], [(r, t.render(valores)) for r, t in _FILAS]


def _qr_svg(url: str) -> str:
    return str(zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg())


def engines(root: Path) -> dict[str, Engine]:
    """By name, each ready to draw letter n."""
    makers = (_weasyprint, _fpdf2, _typst, _platypus)
    return {name: make(root) for name, make in zip(NAMES, makers, strict=True)}


# ---- WeasyPrint ------------------------------------------------------------------------------

_CSS = """
@font-face { font-family: Carta; src: url(%(regular)s) }
@font-face { font-family: Carta; font-weight: bold; src: url(%(negrita)s) }
@page { size: letter; margin: 20mm 24mm }
body { font: 11pt/1.38 Carta; color: #1a1a1a } p { text-align: justify; margin: 0 0 10pt }
td, th { border-bottom: .4pt solid #c9c9c9; text-align: left; padding: 2.5pt; font-size: 10.5pt }
table { width: 100%%; border-collapse: collapse; margin-bottom: 9pt } .c { text-align: center } .d { text-align: right }
.firma { width: 215pt; margin: 46pt auto 0; border-top: .7pt solid; text-align: center }
"""
_HTML = """<html lang="es"><head><title>Carta {n}</title></head><body>
<div><img src="{logo}" style="height:60pt;float:left;margin-right:16pt">{membrete}</div><hr style="clear:both">
<p class="d">{lugar}</p><p>{uno}</p><table>{filas}</table><p>{dos}</p><p>{tres}</p>
<p class="c"><b>{despedida}</b></p><div class="firma"><b>{firma}</b><br>{cargo}</div>
<div style="width:74pt">{qr}</div><p>Compruebe que este documento es auténtico en {url}</p></body></html>"""


def _weasyprint(root: Path) -> Engine:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fuentes = FontConfiguration()
    regular, negrita = (
        (root / _FONTS / name).as_uri() for name in ("SourceSans3-Regular.ttf", "SourceSans3-Semibold.ttf")
    )
    css = CSS(string=_CSS % {"regular": regular, "negrita": negrita}, font_config=fuentes)
    logo = (root / "tenants/escom/logo.png").as_uri()
    membrete = "<br>".join(MEMBRETE)
    imagenes: dict[str, Any] = {}

    def letter(n: int) -> bytes:
        valores, (uno, dos, tres), filas = _dicho(n)
        html = _HTML.format(
            n=n, logo=logo, membrete=membrete, lugar=LUGAR, uno=uno, dos=dos, tres=tres, despedida=DESPEDIDA,
            filas="".join(f"<tr><th>{r}</th><td>{v}</td></tr>" for r, v in filas),
            firma=valores["representante_nombre"], cargo=CARGO, url=valores["url"], qr=_qr_svg(valores["url"]),
        )  # fmt: skip
        pdf: bytes = HTML(string=html).write_pdf(stylesheets=[css], font_config=fuentes, cache=imagenes)
        return pdf

    return letter


# ---- fpdf2 -----------------------------------------------------------------------------------


def _fpdf2(root: Path) -> Engine:
    from fpdf import FPDF
    from fpdf.enums import TableBordersLayout

    logo = str(root / "tenants/escom/logo.png")

    def letter(n: int) -> bytes:
        valores, (uno, dos, tres), filas = _dicho(n)
        pdf = FPDF(unit="pt", format="letter")
        _fpdf2_hoja(pdf, root)
        pdf.image(logo, 68, 40, h=60)
        pdf.set_font("Carta", "B", 11)
        for linea in MEMBRETE:
            pdf.set_x(144)
            pdf.cell(0, 14, linea, new_x="LMARGIN", new_y="NEXT")
        pdf.line(68, 110, 544, 110)
        pdf.set_y(130)
        pdf.set_font("Carta", "", 11)
        pdf.cell(0, 15, LUGAR, align="R", new_x="LMARGIN", new_y="NEXT")
        _fpdf2_parrafo(pdf, uno)
        pdf.set_font("Carta", "", 10.5)
        with pdf.table(borders_layout=TableBordersLayout.HORIZONTAL_LINES, first_row_as_headings=False,
                       col_widths=(3, 7), line_height=13, text_align="LEFT") as tabla:  # fmt: skip
            for rotulo, valor in filas:
                fila = tabla.row()
                fila.cell(rotulo)
                fila.cell(valor)
        pdf.ln(9)
        for texto in (dos, tres):
            _fpdf2_parrafo(pdf, texto)
        pdf.set_font("Carta", "B", 11)
        pdf.cell(0, 15, DESPEDIDA, align="C", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(46)
        for texto in (valores["representante_nombre"], CARGO):
            pdf.cell(0, 13, texto, align="C", new_x="LMARGIN", new_y="NEXT")
        _fpdf2_qr(pdf, valores["url"])
        return bytes(pdf.output())

    return letter


def _fpdf2_hoja(pdf: Any, root: Path) -> None:
    pdf.set_margins(68, 40, 68)
    pdf.set_auto_page_break(True, 60)
    pdf.add_font("Carta", "", str(root / _FONTS / "SourceSans3-Regular.ttf"))
    pdf.add_font("Carta", "B", str(root / _FONTS / "SourceSans3-Semibold.ttf"))
    pdf.add_page()


def _fpdf2_parrafo(pdf: Any, texto: str) -> None:
    pdf.set_font("Carta", "", 11)
    pdf.multi_cell(0, 15.2, texto.replace("<b>", "**").replace("</b>", "**"), align="J", markdown=True,
                   new_x="LMARGIN", new_y="NEXT")  # fmt: skip
    pdf.ln(10)


def _fpdf2_qr(pdf: Any, url: str) -> None:
    svg = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg(
        add_quiet_zones=False
    )
    x, y = pdf.get_x(), pdf.get_y() + 6
    for a, b, c, d in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", svg):
        pdf.rect(x + int(a) * 2, y + int(b) * 2, int(c) * 2, int(d) * 2, style="F")
    pdf.set_y(y + 80)
    pdf.set_font("Carta", "", 7.5)
    pdf.cell(0, 10, f"Compruebe que este documento es auténtico en {url}")


# ---- Typst -----------------------------------------------------------------------------------

_TYPST = """
#let d = json(bytes(sys.inputs.datos))
#set document(title: "Carta " + d.n)
#set page(paper: "us-letter", margin: (x: 68pt, y: 40pt))
#set text(font: "Source Sans 3", size: 11pt, lang: "es")
#set par(justify: true, leading: 0.55em, spacing: 12pt)
#let rico(t) = for (i, parte) in t.split("*").enumerate() { if calc.odd(i) { strong(parte) } else { parte } }
#grid(columns: (auto, 1fr), gutter: 16pt, image("/logo.png", height: 60pt), d.membrete.join(linebreak()))
#line(length: 100%)
#align(right, d.lugar)
#rico(d.uno)

#table(columns: (3fr, 7fr), stroke: (bottom: .4pt), ..d.filas.map(f => (strong(f.at(0)), f.at(1))).flatten())
#rico(d.dos)

#rico(d.tres)
#align(center, strong(d.despedida))
#v(46pt)
#align(center, box(width: 215pt, stroke: (top: .7pt), inset: 4pt)[*#d.firma* \\ #d.cargo])
#image(bytes(d.qr), format: "svg", width: 74pt)
#text(size: 7.5pt)[Compruebe que este documento es auténtico en #d.url]
"""


def _typst(root: Path) -> Engine:
    import json
    import shutil
    import tempfile

    import typst

    carpeta = Path(tempfile.mkdtemp(prefix="bench-typst-"))
    (carpeta / "carta.typ").write_text(_TYPST, "utf-8")
    shutil.copy(root / "tenants/escom/logo.png", carpeta / "logo.png")
    compilador = typst.Compiler(
        str(carpeta / "carta.typ"),
        root=str(carpeta),
        font_paths=[str(root / _FONTS)],
        ignore_system_fonts=True,
    )

    def letter(n: int) -> bytes:
        valores, (uno, dos, tres), filas = _dicho(n)
        dato = {
            "n": str(n), "membrete": MEMBRETE, "lugar": LUGAR, "uno": _estrellas(uno), "dos": _estrellas(dos),
            "tres": _estrellas(tres), "filas": filas, "despedida": DESPEDIDA, "firma": valores["representante_nombre"],
            "cargo": CARGO, "url": valores["url"], "qr": _qr_svg(valores["url"]),
        }  # fmt: skip
        pdf: bytes = compilador.compile(format="pdf", sys_inputs={"datos": json.dumps(dato)})
        return pdf

    return letter


def _estrellas(texto: str) -> str:
    return texto.replace("<b>", "*").replace("</b>", "*")


# ---- Platypus --------------------------------------------------------------------------------


def _platypus(root: Path) -> Engine:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("BenchR", str(root / _FONTS / "SourceSans3-Regular.ttf")))
    pdfmetrics.registerFont(TTFont("BenchN", str(root / _FONTS / "SourceSans3-Semibold.ttf")))
    pdfmetrics.registerFontFamily(
        "BenchR", normal="BenchR", bold="BenchN", italic="BenchR", boldItalic="BenchN"
    )
    logo = str(root / "tenants/escom/logo.png")

    def letter(n: int) -> bytes:
        return _platypus_carta(n, logo)

    return letter


def _platypus_carta(n: int, logo: str) -> bytes:
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.pagesizes import letter as hoja
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import HRFlowable, Image, Paragraph, SimpleDocTemplate, Spacer, Table

    valores, (uno, dos, tres), filas = _dicho(n)
    cuerpo = ParagraphStyle("c", fontName="BenchR", fontSize=11, leading=15.2, alignment=4, spaceAfter=10)
    centro = ParagraphStyle("m", parent=cuerpo, alignment=1, fontName="BenchN", spaceAfter=0)
    derecha = ParagraphStyle("d", parent=cuerpo, alignment=2)
    marca = QrCodeWidget(valores["url"], barWidth=74, barHeight=74, barLevel="M")
    qr = Drawing(74, 74)
    qr.add(marca)
    estilo = [("FONTNAME", (0, 0), (0, -1), "BenchN"), ("FONTNAME", (1, 0), (1, -1), "BenchR"),
              ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#c9c9c9")]  # fmt: skip
    cabeza = Table([[Image(logo, 60, 60), Paragraph("<br/>".join(MEMBRETE), cuerpo)]], colWidths=[76, 400])
    historia = [
        cabeza, HRFlowable(width="100%"), Paragraph(LUGAR, derecha), Paragraph(uno, cuerpo),
        Table([list(fila) for fila in filas], colWidths=[143, 333], style=estilo, spaceAfter=9),
        Paragraph(dos, cuerpo), Paragraph(tres, cuerpo), Paragraph(DESPEDIDA, centro), Spacer(1, 46),
        Paragraph(valores["representante_nombre"], centro), Paragraph(CARGO, centro), qr,
        Paragraph(f"Compruebe que este documento es auténtico en {valores['url']}", cuerpo),
    ]  # fmt: skip
    salida = BytesIO()
    SimpleDocTemplate(salida, pagesize=hoja, leftMargin=68, rightMargin=68, topMargin=40, bottomMargin=60,
                      title=f"Carta {n}").build(historia)  # fmt: skip
    return salida.getvalue()
