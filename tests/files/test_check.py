"""What is taken, what is refused, and what the kept copy no longer carries."""

import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import samples
from PIL import Image

from portal.files import kinds
from portal.files.check import CheckedFile, Limits, check
from portal.files.refused import SENTENCES, FileRefused

LIMITS = Limits()


@pytest.fixture
def give(tmp_path):
    """`give(kind, *contents, limits=…)`: the check of files with these bytes, all called nombre.pdf."""

    def check_bytes(kind: kinds.FileKind, *contents: bytes, limits: Limits = LIMITS) -> CheckedFile:
        paths = []
        for number, content in enumerate(contents):
            path = tmp_path / str(number) / "nombre.pdf"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            paths.append(path)
        return check(paths, kind, workdir=tmp_path, limits=limits)

    return check_bytes


def jpeg(tmp_path: Path, **options) -> bytes:
    return samples.photo(tmp_path / "foto.jpg", **options).read_bytes()


GOOD_PDF = samples.pdf_bytes(samples.pdf_of("Constancia ficticia ABC010203XY1", "Segunda"))

REFUSED = [
    ("an empty file", kinds.PDF, b"", "archivo.vacio"),
    ("a web page called .pdf", kinds.PDF, b"<!DOCTYPE html><script>1</script>", "archivo.web"),
    ("a web page with a PDF header inside", kinds.PDF, b"<html>\n%PDF-1.4\n" + GOOD_PDF, "archivo.web"),
    ("an SVG", kinds.LOGO, b'<svg xmlns="http://www.w3.org/2000/svg"/>', "archivo.web"),
    (
        "an SVG after an XML line, in UTF-16",
        kinds.LOGO,
        '<?xml version="1.0"?><svg/>'.encode("utf-16"),
        "archivo.web",
    ),
    ("a Word document", kinds.PDF, samples.zip_bytes(), "archivo.office"),
    ("a ZIP for a logo", kinds.LOGO, samples.zip_bytes(), "archivo.tipo"),
    ("a PDF that is a ZIP too", kinds.PDF, GOOD_PDF + samples.zip_bytes(b"x"), "archivo.doble"),
    ("a program", kinds.PDF, b"MZ\x90\0" + b"\0" * 200, "archivo.tipo"),
    ("plain text", kinds.PDF, b"hola", "archivo.tipo"),
    ("only a PDF header", kinds.PDF, b"%PDF-1.7\n", "pdf.danado"),
    ("noise after a PDF header", kinds.PDF, b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"%%EOF", "pdf.danado"),
    ("half a PDF", kinds.PDF, GOOD_PDF[: len(GOOD_PDF) // 2], "pdf.danado"),
    ("a PDF without pages", kinds.PDF, samples.pdf_bytes(samples.pdf_of()), "pdf.sin_paginas"),
    ("401 pages", kinds.EXPEDIENTE, samples.pdf_bytes(samples.pdf_of(pages=401)), "pdf.muchas_paginas"),
    ("too few pages", replace(kinds.PDF, min_pages=3), GOOD_PDF, "pdf.pocas_paginas"),
    ("too many bytes", replace(kinds.PDF, max_bytes=500), GOOD_PDF, "archivo.grande"),
    ("a photo where a PDF is asked", kinds.PDF, samples.png_header(50, 50), "archivo.foto"),
    ("a PDF where a photo is asked", kinds.FOTO, GOOD_PDF, "archivo.tipo"),
    ("a 50-megapixel PNG of a few KB", kinds.LOGO, samples.png_header(10_000, 5_000), "imagen.enorme"),
    ("a 10-gigapixel PNG", kinds.LOGO, samples.png_header(100_000, 100_000), "imagen.gigante"),
    ("a PNG with half its rows", kinds.LOGO, samples.png_header(4_000, 9_000), "imagen.danada"),
    ("a HEIC photo", kinds.FOTO, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 50, "imagen.heic"),
    (
        "a JPEG header without a picture",
        kinds.FOTO,
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1" + b"\0" * 90,
        "imagen.danada",
    ),
]


@pytest.mark.parametrize(("what", "kind", "content", "key"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_file_that_is_not_what_is_asked_is_refused_with_a_sentence(give, what, kind, content, key):
    with pytest.raises(FileRefused) as refused:
        give(kind, content)
    assert refused.value.key == key
    assert refused.value.sentence.endswith(".")
    assert "{" not in refused.value.sentence


def test_every_sentence_of_refusal_says_what_to_do_to_anybody():
    for key, sentence in SENTENCES.items():
        assert sentence.count(".") >= 2 or ":" in sentence, key
        words = {word.strip("¿?.,:;()«»").lower() for word in sentence.split()}
        assert not words & {"tu", "tú", "sube", "suba", "guarda", "guarde", "vuelve", "vuelva"}, key


def test_no_file_at_all_is_a_sentence_too(tmp_path):
    with pytest.raises(FileRefused, match="elegir uno"):
        check([], kinds.PDF, workdir=tmp_path)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_truncated_photo_is_refused(give, tmp_path, cut):
    content = jpeg(tmp_path)
    with pytest.raises(FileRefused) as refused:
        give(kinds.PDF_O_FOTOS, content[: int(len(content) * cut)])
    assert refused.value.key == "imagen.danada"


@pytest.mark.parametrize(
    ("user", "owner", "taken"),
    [("secreto", "otro", False), ("", "otro", True)],
    ids=["password", "only restricted"],
)
def test_a_pdf_that_asks_for_a_password_is_refused_and_one_that_only_restricts_printing_is_not(
    give, user, owner, taken
):
    content = samples.pdf_bytes(
        samples.pdf_of("Recibo"), encryption=pikepdf.Encryption(user=user, owner=owner)
    )
    if not taken:
        with pytest.raises(FileRefused, match="protegido con contraseña"):
            give(kinds.PDF, content)
        return
    with pikepdf.open(give(kinds.PDF, content).path) as kept:
        assert not kept.is_encrypted


def test_a_good_pdf_is_kept_with_its_pages_text_and_hash(give):
    checked = give(kinds.PDF, GOOD_PDF)
    assert (checked.mime, checked.pages, checked.notices) == ("application/pdf", 2, ())
    assert "Constancia ficticia ABC010203XY1" in checked.text_excerpt
    assert "Segunda" in checked.text_excerpt
    content = checked.path.read_bytes()
    assert (checked.size, checked.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert give(kinds.PDF, GOOD_PDF).sha256 == checked.sha256


def test_the_text_kept_is_capped(give):
    assert len(give(kinds.PDF, GOOD_PDF, limits=Limits(text=12)).text_excerpt) == 12


def test_what_acts_in_a_pdf_is_gone_and_what_is_read_stays(give):
    armed = samples.armed_pdf()
    for mark in (b"MARCA-JS", b"MARCA-LAUNCH", b"MARCA-XFA", b"MARCA-ADJUNTO"):
        assert mark in armed
    checked = give(kinds.PDF, armed)
    with pikepdf.open(checked.path) as kept:
        everything = b"".join(
            thing.unparse(resolved=True) + (thing.read_bytes() if isinstance(thing, pikepdf.Stream) else b"")
            for thing in kept.objects
        )
        assert kept.Root.AcroForm.Fields[0].V == "Ana Ficticia"
        assert [str(note.Subtype) for note in kept.pages[0].Annots] == ["/Link"] * 6
        assert not kept.attachments
    for gone in (
        b"MARCA",
        b"/JavaScript",
        b"/Launch",
        b"/OpenAction",
        b"/AA",
        b"/EmbeddedFile",
        b"/XFA",
        b"RichMedia",
    ):
        assert gone not in everything, gone
    assert b"https://bueno.test/" in everything
    assert "Carta ficticia" in checked.text_excerpt


def test_a_script_under_an_escaped_name_is_found_too(give):
    hidden = samples.armed_pdf().replace(b"/JavaScript", b"/J#61vaScript").replace(b"/Launch", b"/L#61unch")
    kept = give(kinds.PDF, hidden).path.read_bytes()
    assert b"JavaScript" not in kept
    assert b"Launch" not in kept
    assert b"MARCA-J" not in kept


def test_a_font_called_aa_is_no_trigger(give):
    pdf = samples.pdf_of("x")
    pdf.pages[0].Resources.Font = pikepdf.Dictionary(AA=pdf.pages[0].Resources.Font.F1)
    pdf.pages[0].Contents = pdf.make_stream(b"BT /AA 14 Tf 60 700 Td (Visible todavia) Tj ET")
    assert "Visible todavia" in give(kinds.PDF, samples.pdf_bytes(pdf)).text_excerpt


def test_a_signed_pdf_with_nothing_to_remove_keeps_its_bytes_and_its_signature(give):
    content = samples.signed_pdf()
    assert give(kinds.PDF, content).path.read_bytes() == content


def test_a_signed_pdf_with_a_script_loses_both_and_says_so(give):
    content = samples.signed_pdf(OpenAction=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1"))
    checked = give(kinds.PDF, content)
    assert b"JavaScript" not in checked.path.read_bytes()
    assert "firma electrónica" in checked.notices[0]


def test_a_blank_page_is_said_by_its_number(give):
    pdf = samples.pdf_of("Primera pagina con letras")
    pdf.add_blank_page(page_size=(612, 792))
    assert give(kinds.PDF, samples.pdf_bytes(pdf)).notices == ("La página 2 parece estar en blanco.",)


def test_a_pdf_with_a_broken_index_is_repaired_and_says_so(give):
    checked = give(kinds.PDF, GOOD_PDF.replace(b"startxref\n", b"startxref\n9"))
    assert checked.pages == 2
    assert "se reparó" in checked.notices[0]


def test_the_child_is_killed_when_its_time_is_over(give):
    with pytest.raises(FileRefused) as refused:
        give(kinds.PDF, GOOD_PDF, limits=Limits(seconds=0.02))
    assert refused.value.key == "pdf.tiempo"


def test_a_pdf_that_wants_more_memory_than_the_child_has_is_refused(give):
    with pytest.raises(FileRefused) as refused:
        give(kinds.PDF, samples.stream_bomb_pdf(120), limits=Limits(memory=160 * 1024 * 1024, seconds=15))
    assert refused.value.key in {"pdf.complejo", "pdf.danado"}


def test_a_page_too_large_for_the_memory_is_refused_and_never_kept_empty(give, tmp_path):
    """qpdf only warns where it cannot hold a stream, and writes it without its bytes."""
    pdf = samples.pdf_of("Plano escaneado")
    photo = pikepdf.Stream(pdf, random.Random(1).randbytes(120_000_000), Filter=pikepdf.Name.DCTDecode)
    pdf.pages[0].Resources.Plano = pdf.make_indirect(photo)
    path = tmp_path / "plano.pdf"
    pdf.save(path, compress_streams=False)
    content = path.read_bytes()
    assert give(kinds.PDF.up_to(200), content).pages == 1
    with pytest.raises(FileRefused) as refused:
        give(kinds.PDF.up_to(200), content, limits=Limits(memory=220 * 1024 * 1024))
    assert refused.value.key == "pdf.complejo"


def test_two_photos_become_a_pdf_of_two_letter_pages_in_order(give, tmp_path):
    lying = samples.photo(tmp_path / "a.jpg", (1200, 800)).read_bytes()
    standing = samples.photo(tmp_path / "b.png", (800, 1200)).read_bytes()
    checked = give(kinds.PDF_O_FOTOS, lying, standing)
    assert (checked.mime, checked.pages, checked.notices) == ("application/pdf", 2, ())
    pdf = pypdfium2.PdfDocument(checked.path)
    assert [tuple(round(side) for side in page.get_size()) for page in pdf] == [(792, 612), (612, 792)]


@pytest.mark.parametrize(
    ("kind", "contents", "key"),
    [
        (kinds.PDF, ("pdf", "pdf"), "archivo.uno"),
        (kinds.LOGO, ("jpg", "jpg"), "archivo.uno"),
        (kinds.PDF_O_FOTOS, ("jpg", "pdf"), "archivo.mezcla"),
        (replace(kinds.PDF_O_FOTOS, max_images=2), ("jpg",) * 3, "imagen.muchas"),
        (replace(kinds.PDF_O_FOTOS, min_pages=2), ("jpg",), "pdf.pocas_paginas"),
    ],
)
def test_several_files_are_one_document_only_where_the_kind_says_so(give, tmp_path, kind, contents, key):
    known = {"pdf": GOOD_PDF, "jpg": jpeg(tmp_path)}
    with pytest.raises(FileRefused) as refused:
        give(kind, *(known[name] for name in contents))
    assert refused.value.key == key


def test_a_blurred_photo_and_an_empty_one_are_said_and_not_refused(give, tmp_path):
    from PIL import ImageFilter

    samples.photo(tmp_path / "foto.jpg")
    with Image.open(tmp_path / "foto.jpg") as sharp:
        sharp.filter(ImageFilter.GaussianBlur(9)).save(tmp_path / "borrosa.jpg")
    Image.new("RGB", (900, 900), "white").save(tmp_path / "blanca.jpg")
    notices = give(
        kinds.PDF_O_FOTOS, (tmp_path / "borrosa.jpg").read_bytes(), (tmp_path / "blanca.jpg").read_bytes()
    ).notices
    assert notices[0].startswith("La foto 1 parece borrosa")
    assert notices[1].startswith("La foto 2 parece estar en blanco")
