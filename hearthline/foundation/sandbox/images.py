"""Runs in the sandbox's child: make a clean picture out of a stranger's."""

import io
from contextlib import suppress
from typing import Any

from PIL import (
    Image,
    ImageCms,
    ImageMode,
    ImagePalette,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from hearthline.foundation.sandbox.child import Refusal

# All that Pillow would otherwise load when first needed, when no file can be opened any more.
LOADED_NOW = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin, TiffImagePlugin, ImagePalette, ImageMode)
JPEG_QUALITY = 92
THUMBNAIL_QUALITY = 80
ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
WHITE = (255, 255, 255)
S_RGB = ImageCms.createProfile("sRGB")
Image.preinit()


def clean_image(
    payload: bytes, *, max_pixels: int, max_side: int, thumbnail_side: int
) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Decode, turn upright, drop everything but the pixels, fit the limits; return the picture and a thumbnail."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        image = Image.open(io.BytesIO(payload), formats=("JPEG", "PNG", "WEBP"))
    except Image.DecompressionBombError:
        raise Refusal("pixels") from None
    if image.width * image.height > max_pixels:
        raise Refusal("pixels")
    image.draft("RGB", (max_side, max_side))
    turn = TURNS.get(image.getexif().get(ORIENTATION_TAG, 1))
    upright = _in_plain_colours(image)
    if turn is not None:
        upright = upright.transpose(turn)
    upright.thumbnail((max_side, max_side))
    is_lossless = image.format == "PNG" or upright.mode == "RGBA"
    content = (
        _encode(upright, "PNG", {}) if is_lossless else _encode(upright, "JPEG", {"quality": JPEG_QUALITY})
    )
    facts = {
        "width": upright.width,
        "height": upright.height,
        "type": "image/png" if is_lossless else "image/jpeg",
    }
    upright.thumbnail((thumbnail_side, thumbnail_side))
    return facts, (content, _encode(_on_white(upright), "JPEG", {"quality": THUMBNAIL_QUALITY}))


def _in_plain_colours(image: Image.Image) -> Image.Image:
    """Return the picture as sRGB, so that skin looks the same once the camera's colour profile is dropped."""
    profile = image.info.get("icc_profile")
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    plain = image.convert("RGBA" if has_alpha else "RGB")
    if profile and image.mode == "RGB":
        with suppress(ImageCms.PyCMSError, OSError):
            ImageCms.profileToProfile(
                plain, ImageCms.ImageCmsProfile(io.BytesIO(profile)), S_RGB, inPlace=True
            )
    return plain


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    paper = Image.new("RGB", image.size, WHITE)
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _encode(image: Image.Image, form: str, settings: dict[str, Any]) -> bytes:
    image.info = {}
    out = io.BytesIO()
    image.save(out, form, **settings)
    return out.getvalue()
