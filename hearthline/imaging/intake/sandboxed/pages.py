"""Runs in the sandbox's child: one page of a PDF as a picture. What acts in a PDF never reaches a browser."""

import io
from typing import Any

import pypdfium2
from PIL import Image

from hearthline.foundation.sandbox.child import Refusal

Image.preinit()  # what would else load when first needed, when no file can be opened any more
SMALLEST_SIDE = 1.0  # a page without an extent is damaged


def draw_page(payload: bytes, *, number: int, side: int) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Return how many pages there are, and one of them as PNG, its longer side as many dots as asked for."""
    try:
        document = pypdfium2.PdfDocument(bytes(payload))
        count = len(document)
        if not 1 <= number <= count:
            raise Refusal("page")
        page = document[number - 1]
        longer = max(page.get_size())
        if longer < SMALLEST_SIDE:
            raise Refusal("damaged")
        picture = page.render(scale=side / longer, may_draw_forms=False).to_pil().convert("RGB")
    except pypdfium2.PdfiumError:
        raise Refusal("damaged") from None
    out = io.BytesIO()
    picture.save(out, "PNG")
    return {"pages": count}, (out.getvalue(),)
