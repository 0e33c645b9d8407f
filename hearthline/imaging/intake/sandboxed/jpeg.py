"""JPEG's own structure: what is kept of a picture without touching its pixels, and what its frame says of its size."""

import re
import struct
from collections.abc import Iterator

from hearthline.foundation.sandbox.child import Refusal

START, END = b"\xff\xd8", b"\xff\xd9"
APP0, ICC, ADOBE, COMMENT, SCAN = 0xE0, 0xE2, 0xEE, 0xFE, 0xDA
FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15, and JPEG-LS
TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xF8}) | FRAMES
MOST_SEGMENTS = 5_000
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
SCRIPT = re.compile(rb"<\s*(script|html|svg|iframe|\?php|!doctype)", re.IGNORECASE)


def strip(content: bytes) -> bytes:
    """Return the same picture with nothing but what draws it: no place, camera, thumbnail, comment or trailer.

    The colour profile stays. Raises ``Refusal``: ``damaged``; ``mixed`` when a comment holds a script.
    """
    kept = [START]
    for marker, start, end in _segments(content):
        body = content[start + 4 : end]
        if marker == COMMENT and SCRIPT.search(body):
            raise Refusal("mixed")
        is_colour = marker in {APP0, ADOBE} or (marker == ICC and body.startswith(b"ICC_PROFILE\0"))
        if is_colour or marker in TABLES or marker == SCAN:
            kept.append(content[start:end])
    return b"".join((*kept, END))


def size_of(content: bytes) -> tuple[int, int] | None:
    """Return width and height as the frame header says, before anything is decoded; None without one."""
    for marker, start, _ in _segments(content, up_to_scan=True):
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", content, start + 5)
            return width, height
    return None


def _segments(content: bytes, *, up_to_scan: bool = False) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment, a scan with its data, up to the end of the picture."""
    position, count = 2, 0
    if content[:2] != START:
        raise Refusal("damaged")
    while True:
        while content[position : position + 2] == b"\xff\xff":
            position += 1
        head = content[position : position + 4]
        if len(head) < 2 or head[0] != 0xFF:
            raise Refusal("damaged")
        marker = head[1]
        if marker == END[1]:
            return
        if len(head) < 4 or count > MOST_SEGMENTS:
            raise Refusal("damaged")
        end = position + 2 + int.from_bytes(head[2:4])
        if marker == SCAN:
            if up_to_scan:
                return
            found = NEXT_MARKER.search(content, end)
            if found is None:
                raise Refusal("damaged")
            end = found.start()
        yield marker, position, end
        position, count = end, count + 1
