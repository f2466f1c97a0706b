"""Pictures: decoded whole, upright, without metadata, written anew."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from portal.files.refused import FileRefused

MAX_MEGAPIXELS = 40
PHOTO_SIDE = 2200  # px: a letter page at 200 dpi
LOGO_SIDE = 1000
SIGNATURE_SIDE = 1200
LETTER = (612.0, 792.0)  # pt
MARGIN = 18.0  # pt
MAX_DATA_URL = 3_000_000  # characters
_FORMATS = ("JPEG", "PNG", "WEBP")


def open_upright(path: Path, *, max_side: int, max_megapixels: float = MAX_MEGAPIXELS) -> Image.Image:
    """The decoded picture, turned as its EXIF says, at most `max_side` px, as RGB or RGBA without metadata.

    The declared size is looked at before a single pixel is decoded. Raises FileRefused:
    `imagen.enorme`, `imagen.danada` (not a JPEG, PNG or WebP, or cut short).
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > max_megapixels * 1_000_000:
                raise FileRefused("imagen.enorme", ancho=width, alto=height, megapixeles=int(max_megapixels))
            image.draft("RGB", (max_side, max_side))
            image.load()
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
            return _plain(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileRefused("imagen.gigante", megapixeles=int(max_megapixels)) from error
    except FileRefused:
        raise
    except (
        Exception
    ) as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, EOFError, struct.error …
        raise FileRefused("imagen.danada") from error


def _plain(image: Image.Image) -> Image.Image:
    """New pixels in RGB, or RGBA where the picture has transparency; nothing else comes along."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.convert("F").point(lambda value: value / 257).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    converted = image.convert(mode)
    plain = Image.new(mode, converted.size)
    plain.paste(converted)
    return plain


def on_white(image: Image.Image) -> Image.Image:
    """The picture as it looks on paper."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def save_jpeg(image: Image.Image, out: Path, *, quality: int = 82) -> Path:
    """Write a picture as JPEG on white, without any metadata."""
    on_white(image).save(out, "JPEG", quality=quality, optimize=True)
    return out


def legibility_notices(image: Image.Image, which: str) -> list[str]:
    """What a reviewer would complain about, told to the person now: empty, small or blurred. Never a refusal."""
    gray = on_white(image).convert("L")
    gray.thumbnail((1000, 1000))
    if ImageStat.Stat(gray).stddev[0] < 3:
        return [f"{which} parece estar en blanco. Conviene revisarla."]
    notices = []
    if max(image.size) < 700:
        notices.append(f"{which} tiene poca resolución; puede no leerse bien.")
    edges = gray.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    inner = edges.crop((2, 2, edges.width - 2, edges.height - 2)) if min(edges.size) > 8 else edges
    if ImageStat.Stat(inner).var[0] < 12:
        notices.append(f"{which} parece borrosa. Conviene tomarla de nuevo con buena luz.")
    return notices


def photos_to_pdf(
    paths: Sequence[Path], out: Path, *, max_megapixels: float = MAX_MEGAPIXELS
) -> tuple[str, ...]:
    """One PDF of several photos, in order: a letter page each, upright or lying as the photo is.

    Returns the notices on legibility. The same photos give the same bytes.
    """
    notices: list[str] = []
    with pikepdf.new() as pdf:
        for number, path in enumerate(paths, 1):
            image = open_upright(path, max_side=PHOTO_SIDE, max_megapixels=max_megapixels)
            notices += legibility_notices(image, f"La foto {number}" if len(paths) > 1 else "La foto")
            _add_photo_page(pdf, image, save_jpeg(image, out.with_suffix(".part.jpg")))
        out.with_suffix(".part.jpg").unlink(missing_ok=True)
        pdf.save(out, deterministic_id=True)
    return tuple(notices)


def _add_photo_page(pdf: pikepdf.Pdf, image: Image.Image, jpeg: Path) -> None:
    width, height = image.size
    page_width, page_height = LETTER if height >= width else LETTER[::-1]
    scale = min((page_width - 2 * MARGIN) / width, (page_height - 2 * MARGIN) / height)
    drawn = (width * scale, height * scale)
    left, bottom = (page_width - drawn[0]) / 2, (page_height - drawn[1]) / 2
    page = pdf.add_blank_page(page_size=(page_width, page_height))
    photo = pdf.make_stream(
        jpeg.read_bytes(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Foto=photo))
    page.Contents = pdf.make_stream(
        f"q {drawn[0]:.2f} 0 0 {drawn[1]:.2f} {left:.2f} {bottom:.2f} cm /Foto Do Q".encode()
    )


def square_photo(
    path: Path, out: Path, size: int = 512, *, smallest: int = 120, max_megapixels: float = MAX_MEGAPIXELS
) -> tuple[int, int]:
    """A square JPEG of `size` px for a profile, cut a little above the middle, where faces are."""
    image = open_upright(path, max_side=4 * size, max_megapixels=max_megapixels)
    if min(image.size) < smallest:
        raise FileRefused("imagen.chica", ancho=image.width, alto=image.height, minimo=smallest)
    square = ImageOps.fit(on_white(image), (size, size), Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    save_jpeg(square, out, quality=85)
    return square.size


def clean_logo(
    path: Path, out: Path, *, smallest: int = 40, max_megapixels: float = MAX_MEGAPIXELS
) -> tuple[int, int]:
    """A PNG of at most 1000 px a side, with its transparency and without empty borders."""
    image = open_upright(path, max_side=LOGO_SIDE, max_megapixels=max_megapixels)
    if max(image.size) < smallest:
        raise FileRefused("imagen.chica", ancho=image.width, alto=image.height, minimo=smallest)
    ground = Image.new("RGB", image.size, "white")
    box = ImageChops.difference(on_white(image), ground).getbbox()
    if box is None and image.mode == "RGBA":  # a white logo for dark grounds
        box = image.getchannel("A").getbbox()
    image = image.crop(box) if box else image
    image.save(out, "PNG", optimize=True)
    return image.size


def clean_signature(path: Path, out: Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> tuple[int, int]:
    """The ink alone: a trimmed PNG whose paper is transparent, from a photo, a scan or a drawn canvas.

    The paper's brightness is estimated around each point, so a shadow on a photo does not become
    ink. Raises FileRefused: `firma.vacia`, `firma.fondo`.
    """
    image = on_white(open_upright(path, max_side=SIGNATURE_SIDE, max_megapixels=max_megapixels))
    ink = _ink(image)
    marked = ink.point(lambda value: 255 if value > 60 else 0)
    box = marked.filter(ImageFilter.MedianFilter(3)).getbbox() if min(ink.size) > 8 else None
    share = ImageStat.Stat(marked).mean[0] / 255
    if box is None or share < 0.0004 or max(box[2] - box[0], box[3] - box[1]) < 20:
        raise FileRefused("firma.vacia")
    if share > 0.5:
        raise FileRefused("firma.fondo")
    margin = 6
    left, top = max(box[0] - margin, 0), max(box[1] - margin, 0)
    box = (left, top, min(box[2] + margin, image.width), min(box[3] + margin, image.height))
    image.putalpha(ink)
    signature = image.crop(box)
    signature.save(out, "PNG", optimize=True)
    return signature.size


def _ink(image: Image.Image) -> Image.Image:
    """How much darker than the paper around it each point is, 0 to 255."""
    gray = image.convert("L")
    small = gray.resize((max(gray.width // 12, 8), max(gray.height // 12, 8)), Image.Resampling.BOX)
    paper = small.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(3)).resize(gray.size)
    if ImageStat.Stat(paper).mean[0] < 90:
        raise FileRefused("firma.fondo")
    return ImageChops.subtract(paper, gray).point(
        lambda value: 0 if value < 28 else min(255, (value - 28) * 3)
    )


def signature_from_data_url(url: str, out: Path) -> tuple[int, int]:
    """`clean_signature` for what a canvas gives (`data:image/png;base64,…`); an untouched canvas is refused."""
    found = re.fullmatch(r"data:image/png;base64,([A-Za-z0-9+/]+={0,2})", url.strip())
    if found is None or len(url) > MAX_DATA_URL:
        raise FileRefused("firma.formato" if url.strip() else "firma.vacia")
    drawn = out.with_suffix(".canvas")
    try:
        drawn.write_bytes(base64.b64decode(found[1], validate=True))
        return clean_signature(drawn, out)
    except binascii.Error as error:
        raise FileRefused("firma.formato") from error
    finally:
        drawn.unlink(missing_ok=True)
