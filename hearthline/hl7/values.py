"""OBX-5 by the type that OBX-2 names: the text to show as sent, a number where it is plainly one, a file."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hearthline.charting.results.drafts import FileDraft, UnreadableError
from hearthline.charting.results.models.reports import TEXT_LENGTH
from hearthline.charting.results.rules import plain_number
from hearthline.hl7.segments import Segment

VALUE = 5


@dataclass(frozen=True)
class Value:
    """What a line says."""

    shown: str = ""
    number: Decimal | None = None
    file: FileDraft | None = None


def value_of(obx: Segment) -> Value:
    """Return the value of an OBX.

    Raises:
        UnreadableError: it is too long, or a file that cannot be decoded.
    """
    value = READERS.get(obx.text(2).upper(), _text)(obx)
    if len(value.shown) > TEXT_LENGTH:
        raise UnreadableError(obx.place(VALUE), f"A value has at most {TEXT_LENGTH} characters.", code="102")
    return value


def _numeric(obx: Segment) -> Value:
    shown = obx.whole(VALUE).strip()
    return Value(shown, plain_number(shown))


def _structured(obx: Segment) -> Value:
    r"""``comparator^number^separator^number``: ">^60" is ">60", "^1^:^128" is "1:128", "^2^-^4" is "2-4"."""
    parts = [*obx.components(VALUE), "", "", "", ""][:4]
    comparator, first, separator, second = (part.strip() for part in parts)
    is_plain = comparator in {"", "="} and not separator and not second
    return Value(f"{comparator}{first}{separator}{second}", plain_number(first) if is_plain else None)


def _coded(obx: Segment) -> Value:
    """Return the words of each code: its text, else the other coding's, else the original words, else the code."""
    shown = []
    for repetition in obx.repetitions(VALUE):
        parts = [part.strip() for part in obx.marks.components(repetition)]
        parts += [""] * (9 - len(parts))
        shown.append(parts[1] or parts[4] or parts[8] or parts[0])
    return Value("\n".join(shown))


def _file(obx: Segment) -> Value:
    """``source^type^subtype^encoding^data``: the data are checked where the file is kept, whatever type it claims."""
    parts = [*obx.components(VALUE), "", "", "", "", ""][:5]
    encoding, content = parts[3].strip().lower(), parts[4]
    try:
        if encoding == "base64":
            kept = base64.b64decode("".join(content.split()), validate=True)
        elif encoding == "hex":
            kept = bytes.fromhex(content)
        else:
            return Value(content)
    except (binascii.Error, ValueError):
        sentence = "The file is not in the encoding that ED-4 names."
        raise UnreadableError(obx.place(VALUE), sentence, code="102") from None
    return Value("", None, FileDraft(content=kept))


def _text(obx: Segment) -> Value:
    shown = obx.whole(VALUE).strip()
    return Value("" if shown == '""' else shown)


READERS: Mapping[str, Callable[[Segment], Value]] = {
    "NM": _numeric,
    "SN": _structured,
    "CE": _coded,
    "CWE": _coded,
    "CNE": _coded,
    "CF": _coded,
    "ED": _file,
}
