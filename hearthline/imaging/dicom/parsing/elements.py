"""A header in explicit little endian, straight to DICOM JSON (PS3.18 annex F): what nearly all equipment writes.

What it is not sure of it declines, and pydicom reads the file instead; a test compares the two on real files.
"""

import base64
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hearthline.imaging.dicom.parsing.errors import Declined, Refused
from hearthline.imaging.dicom.parsing.limits import INLINE_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT_BYTES

Json = dict[str, Any]
Buffer = memoryview
SHORT_HEAD = struct.Struct("<HH2sH")
LONG_LENGTH = struct.Struct("<L")
ITEM_HEAD = struct.Struct("<HHL")
UNDEFINED = 0xFFFFFFFF
ITEM_OVER = b"--"
ITEM, ITEM_END, SEQUENCE_END = 0xE000, 0xE00D, 0xE0DD
DELIMITERS = 0xFFFE
LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
NUMBERS = {
    b"US": "H", b"SS": "h", b"UL": "L", b"SL": "l", b"FL": "f", b"FD": "d", b"UV": "Q", b"SV": "q",
}  # fmt: skip
BINARY = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW"})
PLAIN_TEXT = frozenset({b"AE", b"AS", b"CS", b"DA", b"DT", b"TM", b"UI"})
LISTED_TEXT = frozenset({b"LO", b"SH", b"UC"})
WHOLE_TEXT = frozenset({b"LT", b"ST", b"UT"})
NAME_FORMS = ("Alphabetic", "Ideographic", "Phonetic")
CHARACTER_SET = "00080005"
CHARACTER_SETS = {"": "ascii", "ISO_IR 6": "ascii", "ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8"}
PIXEL_DATA = (0x7FE0, 0x0010)
PIXEL_TAGS = (0x0008, 0x0009, 0x0010)  # float, double float and integer pixels of group 7FE0


@dataclass
class Header:
    """What was read: attributes as DICOM JSON, where the long values are, and where pixel data begins (or -1)."""

    attributes: Json = field(default_factory=dict)
    bulk: dict[str, tuple[int, int]] = field(default_factory=dict)
    pixel_offset: int = -1
    pixel_length: int = 0


@dataclass
class Reading:
    """The state of one file being read."""

    buffer: Buffer
    header: Header
    encoding: str = "ascii"
    count: int = 0


def read_elements(buffer: Buffer, start: int) -> Header:
    """Read the data set from ``start`` up to its pixel data.

    Raises:
        Declined: not written as expected here; pydicom may understand it.
        Refused: a limit was passed, or a length points outside of the file.
    """
    reading = Reading(buffer, Header())
    _read_set(reading, start, len(buffer), 0, "", reading.header.attributes)
    return reading.header


def _read_set(reading: Reading, position: int, end: int, depth: int, path: str, into: Json) -> int:
    """Read elements until ``end`` or an item's delimiter; return where it stopped."""
    if depth > MAX_DEPTH:
        raise Refused("depth")
    while position < end:
        group, element, kind, length, position = _head(reading, position, end)
        if kind == ITEM_OVER:
            return position
        tag = f"{group:04X}{element:04X}"
        if group == PIXEL_DATA[0] and element in PIXEL_TAGS and depth == 0:
            reading.header.pixel_offset, reading.header.pixel_length = position, length
            into[tag] = {"vr": kind.decode()}
            return end
        if kind == b"SQ":
            items: list[Json] = []
            position = _read_items(reading, position, length, end, depth, path + tag, items)
            into[tag] = {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
            continue
        if length == UNDEFINED or kind == b"UN":
            raise Declined
        if length > end - position:
            raise Refused("length")
        if element != 0:  # group lengths have no place in DICOM JSON
            into[tag] = _value(reading, tag, kind, position, length, path + tag)
        position += length
    return position


def _head(reading: Reading, position: int, end: int) -> tuple[int, int, bytes, int, int]:
    """Return group, element, type and length of the next element, and where its value begins."""
    if end - position < SHORT_HEAD.size:
        raise Declined
    group, element, kind, length = SHORT_HEAD.unpack_from(reading.buffer, position)
    position += SHORT_HEAD.size
    if group == DELIMITERS and element == ITEM_END:
        return group, element, ITEM_OVER, 0, position
    if kind in LONG:
        (length,) = LONG_LENGTH.unpack_from(reading.buffer, position)
        position += LONG_LENGTH.size
    elif kind not in NUMBERS and kind not in READERS:
        raise Declined
    reading.count += 1
    if reading.count > MAX_ELEMENTS:
        raise Refused("elements")
    return group, element, kind, length, position


def _read_items(
    reading: Reading, position: int, length: int, end: int, depth: int, path: str, items: list[Json]
) -> int:
    is_delimited = length == UNDEFINED
    stop = end if is_delimited else position + length
    if stop > end:
        raise Refused("length")
    while position < stop:
        if stop - position < ITEM_HEAD.size:
            raise Declined
        group, element, size = ITEM_HEAD.unpack_from(reading.buffer, position)
        position += ITEM_HEAD.size
        if (group, element) == (DELIMITERS, SEQUENCE_END) and is_delimited:
            return position
        if (group, element) != (DELIMITERS, ITEM):
            raise Declined
        item: Json = {}
        item_end = stop if size == UNDEFINED else position + size
        if item_end > stop:
            raise Refused("length")
        position = _read_set(reading, position, item_end, depth + 1, f"{path}/{len(items)}/", item)
        items.append(item)
    if is_delimited:
        raise Declined
    return position


def _value(reading: Reading, tag: str, kind: bytes, position: int, length: int, path: str) -> Json:
    result: Json = {"vr": kind.decode()}
    if length == 0:
        return result
    if kind in BINARY:
        if length > INLINE_BYTES:
            reading.header.bulk[path] = (position, length)
            result["BulkDataURI"] = path
        else:
            result["InlineBinary"] = base64.b64encode(reading.buffer[position : position + length]).decode()
        return result
    raw = bytes(reading.buffer[position : position + length])
    if kind in NUMBERS:
        values: list[Any] = _numbers(kind, raw)
    else:
        if length > MAX_TEXT_BYTES:
            raise Refused("length")
        values = READERS[kind](reading, raw)
    if tag == CHARACTER_SET:
        _set_encoding(reading, values, is_nested="/" in path)
    if values:
        result["Value"] = values
    return result


def _set_encoding(reading: Reading, names: list[Any], *, is_nested: bool) -> None:
    encoding = CHARACTER_SETS.get(names[0] or "") if len(names) == 1 else None
    if encoding is None or (is_nested and encoding != reading.encoding):
        raise Declined
    reading.encoding = encoding


def _numbers(kind: bytes, raw: bytes) -> list[Any]:
    form = NUMBERS[kind]
    count, rest = divmod(len(raw), struct.calcsize(f"<{form}"))
    if rest:
        raise Declined
    values = list(struct.unpack(f"<{count}{form}", raw))
    if form in "fd" and not all(math.isfinite(value) for value in values):
        raise Declined
    return values


def _decoded(reading: Reading, raw: bytes, *, is_plain: bool = False) -> str:
    try:
        text = raw.decode("ascii" if is_plain else reading.encoding)
    except UnicodeDecodeError:
        raise Declined from None
    if "\x1b" in text:  # switches of character set
        raise Declined
    return text


def _plain(reading: Reading, raw: bytes) -> list[Any]:
    text = _decoded(reading, raw, is_plain=True).rstrip("\0 ")
    return [part or None for part in text.split("\\")] if text else []


def _listed(reading: Reading, raw: bytes) -> list[Any]:
    text = _decoded(reading, raw).rstrip("\0 ")
    return [part or None for part in text.split("\\")] if text else []


def _whole(reading: Reading, raw: bytes) -> list[Any]:
    text = _decoded(reading, raw).rstrip("\0 ")
    return [text] if text else []


def _address(reading: Reading, raw: bytes) -> list[Any]:
    text = _decoded(reading, raw, is_plain=True).rstrip("\0 ")
    return [text] if text else []


def _integers(reading: Reading, raw: bytes) -> list[Any]:
    return [_number(part, int) for part in _plain(reading, raw)]


def _decimals(reading: Reading, raw: bytes) -> list[Any]:
    return [_number(part, float) for part in _plain(reading, raw)]


def _number(part: str | None, form: Callable[[str], Any]) -> Any:
    if part is None or not part.strip():
        return None
    try:
        value = form(part)
    except ValueError:
        raise Declined from None
    if not math.isfinite(value):
        raise Declined
    return value


def _names(reading: Reading, raw: bytes) -> list[Any]:
    text = _decoded(reading, raw).rstrip("\0 ")
    return [_name(part) for part in text.split("\\")] if text else []


def _name(text: str) -> Json | None:
    forms = text.split("=")
    if len(forms) > len(NAME_FORMS):
        raise Declined
    return {name: form for name, form in zip(NAME_FORMS, forms, strict=False) if form} or None


def _tags(_reading: Reading, raw: bytes) -> list[Any]:
    if len(raw) % 4:
        raise Declined
    return [f"{group:04X}{element:04X}" for group, element in struct.iter_unpack("<HH", raw)]


READERS: dict[bytes, Callable[[Reading, bytes], list[Any]]] = {
    **dict.fromkeys(PLAIN_TEXT, _plain),
    **dict.fromkeys(LISTED_TEXT, _listed),
    **dict.fromkeys(WHOLE_TEXT, _whole),
    b"AT": _tags,
    b"DS": _decimals,
    b"IS": _integers,
    b"PN": _names,
    b"UR": _address,
    **dict.fromkeys(LONG - {b"UC", b"UR", b"UT"}, _whole),
}
