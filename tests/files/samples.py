"""Files that a test makes for itself: small, fictional, hostile where it matters."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw


def text_page(pdf: pikepdf.Pdf, text: str) -> pikepdf.Page:
    page = pdf.add_blank_page(page_size=(612, 792))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.Resources = Dictionary(Font=Dictionary(F1=font))
    page.Contents = pdf.make_stream(f"BT /F1 14 Tf 60 700 Td ({text}) Tj ET".encode("latin-1"))
    return page


def pdf_of(*texts: str, pages: int = 0) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    for text in texts:
        text_page(pdf, text)
    for _ in range(pages):
        pdf.add_blank_page(page_size=(612, 792))
    return pdf


def pdf_bytes(pdf: pikepdf.Pdf, **options: object) -> bytes:
    held = io.BytesIO()
    pdf.save(held, **options)
    return held.getvalue()


def armed_pdf() -> bytes:
    """A page of text with everything in it that a PDF must not carry."""
    pdf = pdf_of("Carta ficticia")
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('MARCA-JS')"))
    launch = Dictionary(S=Name.Launch, F=String("MARCA-LAUNCH.exe"), Next=script)
    pdf.Root.OpenAction = pdf.make_indirect(script)
    pdf.Root.AA = Dictionary(WC=script)
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), pdf.make_indirect(script)])))
    pdf.attachments["malo.exe"] = pikepdf.AttachedFileSpec(pdf, b"MARCA-ADJUNTO", filename="malo.exe")
    field = Dictionary(FT=Name.Tx, T=String("nombre"), V=String("Ana Ficticia"), AA=Dictionary(K=script))
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([pdf.make_indirect(field)]), XFA=pdf.make_stream(b"<xdp>MARCA-XFA</xdp>")
    )
    actions = (
        launch,
        Dictionary(S=Name.GoToR, F=String("MARCA-GOTOR.pdf")),
        Dictionary(S=Name.SubmitForm, F=String("http://MARCA-SUBMIT.test")),
        Dictionary(S=Name.ImportData, F=String("MARCA-IMPORT.fdf")),
        Dictionary(S=Name.URI, URI=String("javascript:MARCA-URI")),
        Dictionary(S=Name.URI, URI=String("https://bueno.test/")),
    )
    rect = Array([0, 0, 50, 50])
    notes = [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=rect, A=action) for action in actions]
    notes += [
        Dictionary(Type=Name.Annot, Subtype=Name(kind), Rect=rect)
        for kind in ("/RichMedia", "/FileAttachment")
    ]
    pdf.pages[0].Annots = Array([pdf.make_indirect(note) for note in notes])
    pdf.pages[0].AA = Dictionary(O=script)
    return pdf_bytes(pdf, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)


def signed_pdf(**catalog: object) -> bytes:
    """A PDF with a signature field, as far as its structure goes."""
    pdf = pdf_of("Carta firmada")
    value = Dictionary(Type=Name.Sig, Contents=String("x" * 40), ByteRange=Array([0, 1, 2, 3]))
    field = Dictionary(FT=Name.Sig, T=String("firma"), V=pdf.make_indirect(value))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), SigFlags=3)
    for key, thing in catalog.items():
        pdf.Root["/" + key] = thing
    return pdf_bytes(pdf)


def stream_bomb_pdf(megabytes: int) -> bytes:
    """A few KB whose page content unfolds to that many megabytes."""
    packer = zlib.compressobj(9)
    line = b"0 0 m 1 1 l S\n" * 75_000
    packed = b"".join(packer.compress(line) for _ in range(megabytes)) + packer.flush()
    pdf = pdf_of("x")
    stream = pikepdf.Stream(pdf, b"")
    stream.write(packed, filter=Name.FlateDecode)
    pdf.pages[0].Contents = pdf.make_indirect(stream)
    return pdf_bytes(pdf)


def photo(path: Path, size: tuple[int, int] = (1200, 800), **options: object) -> Path:
    """A sharp picture of text whose left upper quarter is red."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for top in range(0, size[1], 24):
        draw.text((4, top), "Credencial ficticia 0123456789 " * 8, fill="black", font_size=16)
    draw.rectangle((0, 0, size[0] // 2 - 1, size[1] // 2 - 1), fill="red")
    image.save(path, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    """A one-bit PNG of these dimensions in a few KB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * ((width // 8 + 2) * min(height, 8000)), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zip_bytes(content: bytes = b"\0" * 1_000_000) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", content)
    return held.getvalue()
