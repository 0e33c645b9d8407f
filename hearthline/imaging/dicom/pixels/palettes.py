"""Tables of colours: as they are, or in segments (PS3.3 C.7.9)."""

import base64

import numpy as np

from hearthline.imaging.dicom.parsing.errors import Refused
from hearthline.imaging.dicom.pixels.frames import Array, Attributes

LEVELS = 256
MAX_LUT_ENTRIES = 65_536
DISCRETE, LINEAR, INDIRECT = 0, 1, 2


def colours(array: Array, attributes: Attributes, bulk: dict[str, bytes]) -> Array:
    """Return stored values as red, green and blue of eight bits each.

    Raises:
        Refused: the header has no table, or one that makes no sense.
    """
    channels = []
    for number in (1, 2, 3):
        size, begin, bits = (
            int(part) for part in attributes.get(f"0028110{number}", {}).get("Value") or [0, 0, 16]
        )
        table = _table(attributes, number, bulk, size=size or MAX_LUT_ENTRIES, bits=bits)
        shift = 8 if bits == 16 and int(table.max(initial=0)) > LEVELS - 1 else 0
        channels.append(
            (table[np.clip(array.astype(np.int64) - begin, 0, len(table) - 1)] >> shift).astype(np.uint8)
        )
    return np.stack(channels, axis=-1)


def _table(attributes: Attributes, number: int, bulk: dict[str, bytes], *, size: int, bits: int) -> Array:
    segmented = f"0028122{number}"
    if segmented in attributes:
        words = lookup_values(attributes, segmented, bulk)
        return expanded(_as_bytes(words) if bits == 8 else words, size, 1 if bits == 8 else 2)
    table = lookup_values(attributes, f"0028120{number}", bulk)
    if bits == 8 and len(table) < size:  # two entries in each word
        table = _as_bytes(table)
    return table[:size]


def _as_bytes(words: Array) -> Array:
    return np.frombuffer(words.astype("<u2").tobytes(), "u1").astype(np.int64)


def lookup_values(item: Attributes, tag: str, bulk: dict[str, bytes], path: str = "") -> Array:
    """Return a table's entries, wherever the header keeps them."""
    element = item.get(tag, {})
    if "Value" in element:
        return np.asarray(element["Value"], np.int64) & 0xFFFF
    raw = (
        bulk.get(path + tag)
        if "BulkDataURI" in element
        else base64.b64decode(element.get("InlineBinary", ""))
    )
    if not raw:
        raise Refused("pixels")
    return np.frombuffer(raw[: len(raw) // 2 * 2], "<u2").astype(np.int64)


def expanded(data: Array, size: int, entry_bytes: int) -> Array:
    """Return the entries of a table in segments; offsets in it are in bytes of ``entry_bytes`` an entry.

    Raises:
        Refused: it makes no sense, or would have more entries than it says.
    """
    table: list[int] = []
    _expand(data, 0, None, table, size, entry_bytes)
    if not table:
        raise Refused("pixels")
    return np.asarray(table[:size], np.int64)


def _expand(data: Array, at: int, count: int | None, table: list[int], size: int, entry_bytes: int) -> None:
    """Add the segments from ``at`` on: so many, or all. What a segment points to does not point on."""
    is_pointed_to = count is not None
    while at + 2 < len(data) and count != 0 and len(table) < size:
        kind, length = int(data[at]), int(data[at + 1])
        at += 2
        if kind == DISCRETE:
            table += data[at : at + length].tolist()
            at += length
        elif kind == LINEAR and table and length:
            steps = np.linspace(table[-1], int(data[at]), length + 1)[1:]
            table += np.around(steps).astype(int).tolist()
            at += 1
        elif kind == INDIRECT and table and not is_pointed_to:
            width = 4 // entry_bytes
            parts = data[at : at + width].tolist()
            offset = sum(part << (8 * entry_bytes * place) for place, part in enumerate(parts))
            _expand(data, offset // entry_bytes, length, table, size, entry_bytes)
            at += width
        else:
            raise Refused("pixels")
        count = None if count is None else count - 1
