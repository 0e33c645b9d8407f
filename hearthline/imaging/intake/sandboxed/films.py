"""MP4 films: walked box by box, place and words blanked in place. Not decoded: nothing here plays films."""

import struct
from typing import Any

from hearthline.foundation.sandbox.child import Refusal

MOST_BOXES = 20_000
MAX_DEPTH = 8
CONTAINERS = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"mvex", b"moof", b"traf"}
)
KNOWN = CONTAINERS | frozenset(
    {b"ftyp", b"mdat", b"free", b"skip", b"wide", b"styp", b"sidx", b"mfra", b"uuid", b"meta", b"udta", b"pdin",
     b"emsg", b"prft"}
)  # fmt: skip
BLANKED = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip"})  # where phones write place, make and words


def examine(payload: bytes, *, kind: str) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Prove a film's structure and return it with its notes blanked, every offset as it was."""
    film = bytearray(payload)
    found: set[bytes] = set()
    _walk(film, 0, len(film), 0, found, [0])
    if not {b"ftyp", b"moov", b"trak", b"mdat"} <= found:
        raise Refusal("film")
    return {"forms": [("sanitized", "video/mp4")]}, (bytes(film),)


def _walk(film: bytearray, start: int, end: int, depth: int, found: set[bytes], count: list[int]) -> None:
    if depth > MAX_DEPTH:
        raise Refusal("film")
    position = start
    while position < end:
        count[0] += 1
        if end - position < 8 or count[0] > MOST_BOXES:
            raise Refusal("film")
        size, name = struct.unpack_from(">I4s", film, position)
        head = 8
        if size == 1 and end - position >= 16:
            (size,) = struct.unpack_from(">Q", film, position + 8)
            head = 16
        elif size == 0 and depth == 0:
            size = end - position
        if size < head or position + size > end or (depth == 0 and name not in KNOWN):
            raise Refusal("film")
        found.add(bytes(name))
        if name in BLANKED:
            film[position + 4 : position + 8] = b"free"
            film[position + head : position + size] = bytes(size - head)
        elif name in CONTAINERS:
            _walk(film, position + head, position + size, depth + 1, found, count)
        position += size
