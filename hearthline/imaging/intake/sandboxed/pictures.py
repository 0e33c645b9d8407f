"""Pictures: decoded to the last pixel, turned upright, cleaned, made small, looked at for focus and light."""

import io
from contextlib import suppress
from typing import Any

import pi_heif
from PIL import (
    Image,
    ImageCms,
    ImageFilter,
    ImageMode,
    ImagePalette,
    ImageStat,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from hearthline.foundation.sandbox.child import Refusal
from hearthline.foundation.sandbox.images import ORIENTATION_TAG, TURNS
from hearthline.imaging.intake.sandboxed import jpeg

# All that Pillow would otherwise load when first needed, when no file can be opened any more.
LOADED_NOW = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin, TiffImagePlugin, ImagePalette, ImageMode)
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "tiff": "TIFF", "heic": "HEIF"}
MAX_PIXELS = 50_000_000
MAX_SIDE = 20_000
KEPT_QUALITY = 95  # of a photo that has to be written anew to stand upright
THUMBNAIL_SIDE, THUMBNAIL_BYTES = 256, 9_000
PREVIEW_SIDE, PREVIEW_BYTES = 1600, 150_000
QUALITIES = (85, 75, 65, 55, 45, 35)
SHRINK = 0.8
ZIP_END = b"PK\x05\x06"
ZIP_TAIL_BYTES = 65_557  # a zip's directory ends within its longest comment
WHITE = (255, 255, 255)
S_RGB = ImageCms.createProfile("sRGB")
JPEG, PNG = "image/jpeg", "image/png"

# Quality. Advice only; found with blurred and dimmed test pictures, not with a study of patients' photos.
LOOKED_AT_SIDE = 1600
TILES = 4
SHARP_VARIANCE = 6.0  # of the Laplacian in the sharpest tile; a close-up's background may be out of focus
# Shares of nearly black or white dots, not a mean: dark and light skin in good light are both well exposed.
BLACK, WHITE_LEVEL = 16, 250
BLACK_SHARE, WHITE_SHARE = 0.75, 0.60
SMALLEST = (800, 600)  # ATA, Quick Guide to Store-Forward Teledermatology (2012): the least, in pixels

Image.preinit()
pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)


def examine(payload: bytes, *, kind: str) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Prove a picture and return it clean, with preview and thumbnail."""
    if ZIP_END in payload[-ZIP_TAIL_BYTES:]:
        raise Refusal("mixed")
    image = _opened(payload, kind)
    turn = TURNS.get(image.getexif().get(ORIENTATION_TAG, 1)) if kind != "heic" else None
    clean, content_type = _clean(image, payload, kind, turn)
    shown = _in_plain_colours(image)
    shown.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), reducing_gap=2.0)
    if turn is not None:
        shown = shown.transpose(turn)
    is_turned = turn is not None and turn in {
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
    }
    width, height = image.size[::-1] if is_turned else image.size
    facts = {
        "width": width,
        "height": height,
        "findings": findings(shown, image.size),
        "forms": [("sanitized", content_type), ("preview", JPEG), ("thumbnail", JPEG)],
    }
    preview = _within(shown, PREVIEW_SIDE, PREVIEW_BYTES)
    return facts, (clean, preview, _within(shown, THUMBNAIL_SIDE, THUMBNAIL_BYTES))


def findings(shown: Image.Image, size: tuple[int, int]) -> list[str]:
    """Return what a person should look at: focus, light, size."""
    grey = shown.convert("L")
    found = []
    if max(size) < SMALLEST[0] or min(size) < SMALLEST[1]:
        found.append("small")
    levels = grey.histogram()
    dots = grey.width * grey.height
    if sum(levels[:BLACK]) > dots * BLACK_SHARE:
        found.append("dark")
    if sum(levels[WHITE_LEVEL:]) > dots * WHITE_SHARE:
        found.append("bright")
    if sharpness(grey) < SHARP_VARIANCE:
        found.append("blurred")
    return found


def sharpness(grey: Image.Image) -> float:
    """Return the variance of the Laplacian in the sharpest of the tiles."""
    edges = grey.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    # The outermost dots are passed on as they were: they would look like edges.
    edges = edges.crop((1, 1, max(2, grey.width - 1), max(2, grey.height - 1)))
    width, height = max(1, edges.width // TILES), max(1, edges.height // TILES)
    boxes = [
        (column * width, row * height, (column + 1) * width, (row + 1) * height)
        for row in range(TILES)
        for column in range(TILES)
    ]
    return max(ImageStat.Stat(edges.crop(box)).var[0] for box in boxes)


def _opened(payload: bytes, kind: str) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        image = Image.open(io.BytesIO(payload), formats=(FORMATS[kind],))
        if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
            raise Refusal("pixels")
        image.load()
    except Image.DecompressionBombError:
        raise Refusal("pixels") from None
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError):
        raise Refusal("damaged") from None
    return image


def _clean(image: Image.Image, payload: bytes, kind: str, turn: Image.Transpose | None) -> tuple[bytes, str]:
    """Return the picture at full size without anything hidden. An upright JPEG keeps its very pixels."""
    if kind == "jpeg" and turn is None:
        return jpeg.strip(payload), JPEG
    if kind == "jpeg":
        jpeg.strip(payload)  # refuses what is hidden in comments
    profile = image.info.get("icc_profile")
    upright = image.transpose(turn) if turn is not None else image
    if kind == "png" or "A" in image.getbands() or "transparency" in image.info or image.mode.startswith("I"):
        if upright.mode not in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}:
            upright = upright.convert("RGBA" if "A" in upright.getbands() else "RGB")
        return _encoded(upright, "PNG", profile), PNG
    if upright.mode not in {"L", "RGB", "CMYK"}:
        upright = upright.convert("RGB")
    return _encoded(upright, "JPEG", profile, quality=KEPT_QUALITY), JPEG


def _in_plain_colours(image: Image.Image) -> Image.Image:
    """Return a copy as sRGB on white, so that skin looks the same on every screen."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        low, high = image.getextrema()
        scale = 255.0 / max(1.0, float(high) - float(low))  # type: ignore[arg-type]
        image = image.convert("F").point(lambda value: (value - float(low)) * scale).convert("L")  # type: ignore[arg-type]
    if "A" in image.getbands() or "transparency" in image.info:
        seen = image.convert("RGBA")
        plain = Image.new("RGB", seen.size, WHITE)
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain = image.convert("RGB")
    if profile and image.mode == "RGB":
        with suppress(ImageCms.PyCMSError, OSError):
            ImageCms.profileToProfile(
                plain, ImageCms.ImageCmsProfile(io.BytesIO(profile)), S_RGB, inPlace=True
            )
    return plain


def _within(image: Image.Image, side: int, most_bytes: int) -> bytes:
    """Return the picture as JPEG, as large and good as fits into the bytes."""
    small = image.copy()
    while True:
        small.thumbnail((side, side))
        for quality in QUALITIES:
            made = _encoded(small, "JPEG", None, quality=quality)
            if len(made) <= most_bytes:
                return made
        side = int(side * SHRINK)


def _encoded(image: Image.Image, form: str, profile: bytes | None, **settings: Any) -> bytes:
    image.info = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    out = io.BytesIO()
    image.save(out, form, icc_profile=profile, **settings)
    return out.getvalue()
