"""How many SMS segments a text needs (3GPP TS 23.038 alphabets, TS 23.040 joining). Pure."""

from dataclasses import dataclass

SINGLE_GSM7 = 160
JOINED_GSM7 = 153
SINGLE_UCS2 = 70
JOINED_UCS2 = 67
MAX_SEGMENTS = 6

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # each needs an escape before it: two septets
# Typographic signs that would double the price of a message and say nothing more.
PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
    }
    | {"\u00a0": " ", "\u202f": " "}
)


@dataclass(frozen=True)
class Size:
    """How a text travels."""

    encoding: str
    units: int
    segments: int


def plain(text: str) -> str:
    """Return the text with typographic quotes, dashes and spaces made plain."""
    return text.translate(PLAIN)


def measure(text: str) -> Size:
    """Return encoding, units (septets or UTF-16 units) and segments of a text.

    An escaped sign or a surrogate pair is never split across two segments, so segments are filled sign by sign.
    """
    if all(sign in BASIC or sign in EXTENDED for sign in text):
        widths = [2 if sign in EXTENDED else 1 for sign in text]
        return Size("gsm7", sum(widths), _segments(widths, SINGLE_GSM7, JOINED_GSM7))
    widths = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    return Size("ucs2", sum(widths), _segments(widths, SINGLE_UCS2, JOINED_UCS2))


def _segments(widths: list[int], single: int, joined: int) -> int:
    if sum(widths) <= single:
        return 1
    count, filled = 1, 0
    for width in widths:
        if filled + width > joined:
            count, filled = count + 1, 0
        filled += width
    return count
