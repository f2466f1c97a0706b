"""Names, RFCs in a text, and several PDFs as one."""

import pikepdf
import pytest
import samples

from portal.files.merge import merge
from portal.files.names import ascii_name, display_name
from portal.files.refused import FileRefused
from portal.files.text import find_rfcs


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("carta.pdf", "carta.pdf"),
        ("Constancia de créditos (ñ).pdf", "Constancia de créditos (ñ).pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\carta.pdf", "carta.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("linea\r\nSet-Cookie: x.pdf", "linea Set-Cookie: x.pdf"),
        ("carta\u202efdp.exe", "cartafdp.exe"),
        ("ca\u200brta\ufeff.pdf", "carta.pdf"),
        ("mala\udcff.pdf", "mala.pdf"),
        ("..", "archivo"),
        ("", "archivo"),
        (None, "archivo"),
        ("e\u0301.pdf", "é.pdf"),
        ("carpeta/", "archivo"),
    ],
)
def test_an_original_name_is_kept_only_as_harmless_text(raw, shown):
    assert display_name(raw) == shown


@pytest.mark.parametrize(
    ("raw", "end"), [("x" * 300 + ".pdf", "….pdf"), ("x" * 300, "…"), ("x." + "y" * 300, "…")]
)
def test_a_long_name_is_cut_at_120_and_keeps_its_ending(raw, end):
    assert len(display_name(raw)) == 120
    assert display_name(raw).endswith(end)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Núñez", "Pérez", "José María", "2021630001"), "NUNEZ_PEREZ_JOSE_MARIA_2021630001.pdf"),
        (("de la O", "", "Ana", "2021630002"), "DE_LA_O_ANA_2021630002.pdf"),
        (("D'Angelo", "Güero-Ruiz", "Zoë", "1"), "DANGELO_GUERO_RUIZ_ZOE_1.pdf"),
        (("../..", "\0"), "DOCUMENTO.pdf"),
    ],
)
def test_a_download_is_named_as_the_escuela_asks(parts, name):
    assert ascii_name(*parts) == name


@pytest.mark.parametrize(
    ("text", "rfcs"),
    [
        ("RFC: ABC010203XY1", ("ABC010203XY1",)),
        ("rfc abcd010203xy1.", ("ABCD010203XY1",)),
        ("RFC\nABC-010203-XY1", ("ABC010203XY1",)),
        ("ABC 010203\nXY1 y ABCD010203XYA", ("ABC010203XY1", "ABCD010203XYA")),
        ("Ñ&A010203AB9", ("Ñ&A010203AB9",)),
        ("N\u0303UB010203AB9", ("ÑUB010203AB9",)),
        ("D3=12345678901_ABC010203XY1", ("ABC010203XY1",)),
        ("ABC010203XY1 ABC010203XY1", ("ABC010203XY1",)),
        ("CURP ABCD010203HDFRRN09", ()),
        ("ABC011303XY1 (mes 13)", ()),
        ("ABC010233XY1 (día 33)", ()),
        ("ABC010203XYZ (termina en letra)", ()),
        ("C.P. 07738, tel. 5512345678", ()),
        ("", ()),
    ],
)
def test_rfcs_are_found_in_the_text_of_a_constancia(text, rfcs):
    assert find_rfcs(text) == rfcs


def test_files_are_joined_in_order_and_always_to_the_same_bytes(tmp_path):
    paths = []
    for number, pages in enumerate([2, 1, 3], 1):
        path = tmp_path / f"-{number} 1-z.pdf"  # a name that looks like an option and a page range
        path.write_bytes(samples.pdf_bytes(samples.pdf_of(*[f"doc {number}"] * pages)))
        paths.append(path)
    one, two = merge(paths, tmp_path / "uno.pdf"), merge(paths, tmp_path / "dos.pdf")
    assert one.read_bytes() == two.read_bytes()
    with pikepdf.open(one) as joined:
        order = [page.Contents.read_bytes().split(b"(doc ")[1][:1] for page in joined.pages]
    assert order == [b"1", b"1", b"2", b"3", b"3", b"3"]


def test_what_is_no_pdf_is_not_joined(tmp_path):
    (tmp_path / "x.pdf").write_bytes(b"hola")
    with pytest.raises(FileRefused) as refused:
        merge([tmp_path / "x.pdf"], tmp_path / "out.pdf")
    assert refused.value.key == "pdf.danado"
    with pytest.raises(ValueError, match="nothing"):
        merge([], tmp_path / "out.pdf")
