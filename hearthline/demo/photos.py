"""Photos of skin that never was: drawn, the same at every call."""

import random
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)
SKINS = ((224, 180, 150), (198, 146, 112), (141, 96, 70), (92, 62, 46))
SPOT_DARKER = 0.55
RULER = (245, 245, 238)


def draw_skin(seed: int, *, close: bool, is_blurred: bool = False) -> bytes:
    """Return a JPEG of a spot on skin, from some distance or close up with a scale."""
    draw = random.Random(seed)
    skin = SKINS[draw.randrange(len(SKINS))]
    picture = Image.new("RGB", SIZE, skin)
    pen = ImageDraw.Draw(picture)
    for _ in range(2500):
        x, y = draw.randrange(SIZE[0]), draw.randrange(SIZE[1])
        shade = tuple(max(0, min(255, part + draw.randint(-14, 14))) for part in skin)
        pen.ellipse((x, y, x + 6, y + 6), fill=shade)
    picture = picture.filter(ImageFilter.GaussianBlur(5))
    pen = ImageDraw.Draw(picture)
    radius = 190 if close else 46
    middle = (SIZE[0] // 2 + draw.randint(-60, 60), SIZE[1] // 2 + draw.randint(-40, 40))
    for _ in range(26):
        x = middle[0] + draw.randint(-radius // 2, radius // 2)
        y = middle[1] + draw.randint(-radius // 3, radius // 3)
        reach = draw.randint(radius // 3, radius // 2)
        shade = tuple(int(part * (SPOT_DARKER + draw.random() * 0.15)) for part in skin)
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=shade)
    picture = picture.filter(ImageFilter.GaussianBlur(3))
    if close:
        _draw_scale(picture)
    else:
        _draw_hairs(picture, draw)
    if is_blurred:
        picture = picture.filter(ImageFilter.GaussianBlur(12))
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=85)
    return kept.getvalue()


def _draw_hairs(picture: Image.Image, draw: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y = draw.randrange(SIZE[0]), draw.randrange(SIZE[1])
        pen.line((x, y, x + draw.randint(-14, 14), y + draw.randint(10, 30)), fill=(38, 28, 24), width=2)


def _draw_scale(picture: Image.Image) -> None:
    pen = ImageDraw.Draw(picture)
    pen.rectangle((60, SIZE[1] - 90, SIZE[0] - 60, SIZE[1] - 40), fill=RULER)
    for number in range(29):
        x = 60 + number * 30
        height = 26 if number % 5 == 0 else 14
        pen.line((x, SIZE[1] - 90, x, SIZE[1] - 90 + height), fill=(40, 40, 40), width=3)
