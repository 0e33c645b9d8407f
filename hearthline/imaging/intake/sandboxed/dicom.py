"""DICOM: walked element by element within bounds, before any library that believes what it reads opens it.

Proves that every length lies within the file, that there are not absurdly many parts or layers, and that the picture
inside is as large as its description says. Pixels are decoded by ``imaging.dicom``, in its own sandbox.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Any

from hearthline.foundation.sandbox.child import Refusal
from hearthline.imaging.intake.sandboxed import jpeg

PREAMBLE_BYTES = 128
MARK = b"DICM"
UNDEFINED = 0xFFFFFFFF
MOST_ELEMENTS = 120_000
MAX_DEPTH = 16
MAX_FRAME_PIXELS = 200_000_000
# Preambles that make the file another kind of file too. TIFF's is not among them: PS3.10 7.1 names it, real scanners
# write it, and emptied it is harmless.
OTHER_KINDS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"PK\x03\x04",
    b"%PDF",
    b"<",
    b"\xff\xd8\xff",
    b"\xca\xfe\xba\xbe",
)
LONG_FORMS = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
SHORT_FORMS = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS",
     b"ST", b"TM", b"UI", b"UL", b"US"}
)  # fmt: skip
IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
# Inflated they may be a thousand times as large, and libraries inflate them whole before anything can be asked.
DEFLATED = frozenset(
    {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205", "1.2.840.10008.1.2.8.1"}
)
SYNTAX = (0x0002, 0x0010)
ROWS, COLUMNS, FRAMES = (0x0028, 0x0010), (0x0028, 0x0011), (0x0028, 0x0008)
SAMPLES, BITS = (0x0028, 0x0002), (0x0028, 0x0100)
PIXELS = (0x7FE0, 0x0010)
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
WANTED = {SYNTAX, ROWS, COLUMNS, FRAMES, SAMPLES, BITS}
LONGEST_WANTED = 64


@dataclass
class Walk:
    """One pass over the elements, with what is needed of them."""

    data: bytes
    explicit: bool = True
    little: bool = True
    count: int = 0
    values: dict[tuple[int, int], bytes] = field(default_factory=dict)
    fragments: list[tuple[int, int]] = field(default_factory=list)
    native: tuple[int, int] | None = None

    @property
    def order(self) -> str:
        """The byte order, as ``struct`` writes it."""
        return "<" if self.little else ">"

    def tag(self, position: int) -> tuple[int, int]:
        """Return the tag at a position."""
        group, element = struct.unpack_from(f"{self.order}HH", self.data, position)
        return group, element

    def elements(self, position: int, end: int, depth: int, *, stop_group: int = 0) -> int:
        """Walk the elements up to ``end``, an end mark, or a group above ``stop_group``; return where that was."""
        if depth > MAX_DEPTH:
            raise Refusal("depth")
        while position < end:
            if end - position < 8:
                if depth == 0 and not any(self.data[position:end]):
                    return end
                raise Refusal("length")
            tag = self.tag(position)
            if stop_group and tag[0] > stop_group:
                return position
            if tag in {ITEM_END, SEQUENCE_END}:
                return position
            self.count += 1
            if self.count > MOST_ELEMENTS:
                raise Refusal("elements")
            position = self._element(tag, position, end, depth)
        return position

    def _element(self, tag: tuple[int, int], position: int, end: int, depth: int) -> int:
        form, length, start = self._head(tag, position, end)
        if length == UNDEFINED:
            if tag == PIXELS:
                return self._fragments(start, end)
            if form == b"UN":  # what is in it is implicit, whatever is around it (PS3.5 6.2.2, note 4)
                return self._implicit_items(start, end, depth)
            return self._items(start, end, depth, is_open=True)
        if length > end - start:
            raise Refusal("length")
        if form == b"SQ":
            self._items(start, start + length, depth, is_open=False)
        elif tag == PIXELS and depth == 0:
            self.native = (start, length)
        elif depth == 0 and tag in WANTED:
            self.values[tag] = self.data[start : start + min(length, LONGEST_WANTED)]
        return start + length

    def _head(self, tag: tuple[int, int], position: int, end: int) -> tuple[bytes, int, int]:
        """Return the value's form, its length, and where it starts."""
        is_explicit = self.explicit or tag[0] == 2
        if not is_explicit:
            (length,) = struct.unpack_from(f"{self.order}I", self.data, position + 4)
            return b"", length, position + 8
        form = self.data[position + 4 : position + 6]
        if form in SHORT_FORMS:
            (length,) = struct.unpack_from(f"{self.order}H", self.data, position + 6)
            return form, length, position + 8
        if form not in LONG_FORMS or end - position < 12:
            raise Refusal("damaged")
        (length,) = struct.unpack_from(f"{self.order}I", self.data, position + 8)
        return form, length, position + 12

    def _implicit_items(self, position: int, end: int, depth: int) -> int:
        before, self.explicit = self.explicit, False
        try:
            return self._items(position, end, depth, is_open=True)
        finally:
            self.explicit = before

    def _items(self, position: int, end: int, depth: int, *, is_open: bool) -> int:
        while position < end or is_open:
            if end - position < 8:
                raise Refusal("length")
            tag = self.tag(position)
            (length,) = struct.unpack_from(f"{self.order}I", self.data, position + 4)
            position += 8
            if tag == SEQUENCE_END and is_open:
                return position
            self.count += 1
            if tag != ITEM or (length != UNDEFINED and length > end - position):
                raise Refusal("length" if tag == ITEM else "damaged")
            if length == UNDEFINED:
                position = self.elements(position, end, depth + 1)
                if end - position < 8 or self.tag(position) != ITEM_END:
                    raise Refusal("length")
                position += 8
            else:
                stop = position + length
                if self.elements(position, stop, depth + 1) != stop:
                    raise Refusal("damaged")
                position = stop
        return position

    def _fragments(self, position: int, end: int) -> int:
        while True:
            if end - position < 8:
                raise Refusal("length")
            tag = self.tag(position)
            (length,) = struct.unpack_from(f"{self.order}I", self.data, position + 4)
            position += 8
            if tag == SEQUENCE_END:
                return position
            self.count += 1
            if tag != ITEM or length > end - position or self.count > MOST_ELEMENTS:
                raise Refusal("length")
            self.fragments.append((position, length))
            position += length

    def number(self, tag: tuple[int, int], default: int) -> int:
        """Return a number among the wanted values."""
        value = self.values.get(tag, b"")
        if tag == FRAMES:
            text = value.strip(b" \0")
            return int(text) if text.isdigit() else default
        return int(struct.unpack(f"{self.order}H", value[:2])[0]) if len(value) >= 2 else default


def examine(payload: bytes, *, kind: str) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Prove a DICOM file's structure and return it with an empty preamble."""
    has_preamble = payload[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == MARK
    preamble = payload[:PREAMBLE_BYTES] if has_preamble else b""
    if preamble.startswith(OTHER_KINDS) or b"<script" in preamble.lower() or b"<html" in preamble.lower():
        raise Refusal("mixed")
    walk = Walk(payload)
    try:
        _walk(walk, PREAMBLE_BYTES + 4 if has_preamble else 0)
    except struct.error:
        raise Refusal("length") from None
    width, height = walk.number(COLUMNS, 0), walk.number(ROWS, 0)
    _check_pixels(walk, width, height)
    facts: dict[str, Any] = {"width": width, "height": height, "forms": [("sanitized", "application/dicom")]}
    if any(preamble):
        facts["preamble_sha256"] = hashlib.sha256(preamble).hexdigest()
    clean = bytes(PREAMBLE_BYTES) + payload[PREAMBLE_BYTES:] if has_preamble else payload[:]
    return facts, (clean,)


def _walk(walk: Walk, position: int) -> None:
    end = len(walk.data)
    if walk.tag(position)[0] == 2:
        position = walk.elements(position, end, 0, stop_group=2)
        syntax = walk.values.get(SYNTAX, b"").strip(b" \0").decode("ascii", "replace")
        if syntax in DEFLATED:
            raise Refusal("syntax")
        walk.explicit, walk.little = syntax != IMPLICIT, syntax != BIG_ENDIAN
    else:
        walk.explicit = walk.data[position + 4 : position + 6] in SHORT_FORMS | LONG_FORMS
    stopped = walk.elements(position, end, 0)
    if stopped != end or walk.count == 0:
        raise Refusal("damaged")


def _check_pixels(walk: Walk, width: int, height: int) -> None:
    if width * height > MAX_FRAME_PIXELS:
        raise Refusal("pixels")
    frames, samples, bits = walk.number(FRAMES, 1), walk.number(SAMPLES, 1), walk.number(BITS, 8)
    if walk.native is not None:
        wanted = width * height * max(1, frames) * samples * bits // 8
        # Chroma may be halved (YBR_FULL_422), and then a third of the bytes is not there.
        if walk.native[1] < wanted * 2 // 3:
            raise Refusal("mismatch")
    for start, length in walk.fragments[1:]:  # the first is the table of offsets
        told = _size_told(walk.data[start : start + length])
        if told is not None and told != (width, height):
            raise Refusal("mismatch")
    if walk.fragments and frames > max(1, len(walk.fragments) - 1) and frames > 1:
        raise Refusal("mismatch")


def _size_told(fragment: bytes) -> tuple[int, int] | None:
    """Return width and height that a compressed frame says of itself; None when it begins no frame we know."""
    if fragment.startswith(b"\xff\x4f\xff\x51") and len(fragment) >= 24:  # JPEG 2000: SOC, SIZ
        right, bottom, left, top = struct.unpack_from(">IIII", fragment, 8)
        return right - left, bottom - top
    return jpeg.size_of(fragment) if fragment.startswith(b"\xff\xd8\xff") else None
