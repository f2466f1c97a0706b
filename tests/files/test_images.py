"""Pictures come out upright, without metadata, and in the shape of their place."""

import base64

import pypdfium2
import pytest
import samples
from PIL import Image, ImageDraw

from portal.files import images
from portal.files.refused import FileRefused

GPS, ORIENTATION = 0x8825, 0x0112


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[0x010F] = "MARCA-CAMARA"
    data.get_ifd(GPS)[1] = "N"
    data.get_ifd(GPS)[2] = (19.0, 30.0, 16.0)
    return data


def is_red(pixel: tuple[int, ...]) -> bool:
    return pixel[0] > 180 and pixel[1] < 90


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0.1, 0.1)), (3, (0.9, 0.9)), (6, (0.9, 0.1)), (8, (0.1, 0.9))]
)
def test_a_turned_phone_photo_comes_out_upright_and_without_gps(tmp_path, orientation, corner):
    source = samples.photo(tmp_path / "foto.jpg", exif=exif(orientation))
    assert b"MARCA-CAMARA" in source.read_bytes()
    images.square_photo(source, tmp_path / "cuadrada.jpg", 256)
    content = (tmp_path / "cuadrada.jpg").read_bytes()
    assert b"Exif" not in content
    assert b"MARCA" not in content
    with Image.open(tmp_path / "cuadrada.jpg") as square:
        assert square.size == (256, 256)
        assert not square.getexif()
        assert is_red(square.getpixel((int(corner[0] * 255), int(corner[1] * 255))))


def test_a_page_made_of_a_turned_photo_stands_upright(tmp_path):
    source = samples.photo(tmp_path / "foto.jpg", exif=exif(6))  # 1200 × 800 that is shown as 800 × 1200
    images.photos_to_pdf([source], tmp_path / "hoja")
    assert b"MARCA" not in (tmp_path / "hoja").read_bytes()
    page = pypdfium2.PdfDocument(tmp_path / "hoja")[0].render(scale=0.5).to_pil()
    assert page.height > page.width
    assert is_red(page.getpixel((int(page.width * 0.8), int(page.height * 0.2))))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_of_picture_becomes_a_photo(tmp_path, mode):
    ending = "jpg" if mode == "CMYK" else "png"
    Image.new("L", (300, 300), 128).convert("RGB").convert(mode.replace("I;16", "I")).convert(mode).save(
        tmp_path / f"x.{ending}"
    )
    assert images.square_photo(tmp_path / f"x.{ending}", tmp_path / "out.jpg", 64) == (64, 64)


def test_a_photo_too_small_for_a_face_is_refused(tmp_path):
    Image.new("RGB", (60, 400), "gray").save(tmp_path / "x.png")
    with pytest.raises(FileRefused) as refused:
        images.square_photo(tmp_path / "x.png", tmp_path / "out.jpg")
    assert refused.value.key == "imagen.chica"


def test_a_logo_keeps_its_transparency_and_loses_its_borders(tmp_path):
    logo = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((100, 150, 299, 249), fill=(0, 80, 40, 255))
    logo.save(tmp_path / "x.png", pnginfo=None)
    assert images.clean_logo(tmp_path / "x.png", tmp_path / "out.png") == (200, 100)
    with Image.open(tmp_path / "out.png") as kept:
        assert kept.mode == "RGBA"
        assert kept.getpixel((0, 0))[3] == 0


def signature(path, *, ground, ink=(20, 20, 90), shadow=False):
    image = Image.new("RGBA", (900, 500), ground)
    if shadow:
        image.paste(
            Image.linear_gradient("L").resize((900, 500)).point(lambda value: 150 + value * 90 // 255)
        )
    if ink:
        ImageDraw.Draw(image).line(
            [(300, 300), (380, 180), (460, 320), (560, 200), (640, 280)], fill=ink, width=6
        )
    image.save(path)
    return path


@pytest.mark.parametrize(
    ("ground", "shadow"),
    [((0, 0, 0, 0), False), ("white", False), ("white", True)],
    ids=["canvas", "scan", "photo"],
)
def test_a_signature_is_its_ink_alone_trimmed_on_transparent_ground(tmp_path, ground, shadow):
    source = signature(tmp_path / "x.png", ground=ground, shadow=shadow)
    width, height = images.clean_signature(source, tmp_path / "out.png")
    assert 330 < width < 380
    assert 130 < height < 180
    with Image.open(tmp_path / "out.png") as kept:
        assert kept.mode == "RGBA"
        assert kept.getpixel((0, 0))[3] == 0
        assert kept.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("ground", "ink", "key"),
    [
        ((0, 0, 0, 0), None, "firma.vacia"),
        ("white", None, "firma.vacia"),
        ("black", (255, 255, 255), "firma.fondo"),
    ],
    ids=["blank canvas", "blank paper", "white on black"],
)
def test_a_signature_without_ink_is_refused(tmp_path, ground, ink, key):
    url = (
        "data:image/png;base64,"
        + base64.b64encode(signature(tmp_path / "x.png", ground=ground, ink=ink).read_bytes()).decode()
    )
    with pytest.raises(FileRefused) as refused:
        images.signature_from_data_url(url, tmp_path / "out.png")
    assert refused.value.key == key
    assert not list(tmp_path.glob("*.canvas"))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("", "firma.vacia"),
        ("data:image/svg+xml;base64,PHN2Zy8+", "firma.formato"),
        ("data:image/png;base64,@@@", "firma.formato"),
        ("data:image/png;base64,AAA", "firma.formato"),
        ("data:image/png;base64,AAAA", "imagen.danada"),
        ("data:image/png;base64," + "A" * images.MAX_DATA_URL, "firma.formato"),
        ("https://otro.test/firma.png", "firma.formato"),
    ],
)
def test_only_a_png_drawn_here_is_a_signature(tmp_path, url, key):
    with pytest.raises(FileRefused) as refused:
        images.signature_from_data_url(url, tmp_path / "out.png")
    assert refused.value.key == key


def test_a_drawn_signature_is_taken_from_its_data_url(tmp_path):
    drawn = signature(tmp_path / "x.png", ground=(0, 0, 0, 0)).read_bytes()
    url = "data:image/png;base64," + base64.b64encode(drawn).decode()
    assert images.signature_from_data_url(url, tmp_path / "out.png")[0] > 300
