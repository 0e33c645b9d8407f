"""Runs in the sandbox's child: read the headers of some files that lie one after another in the payload."""

import codecs
import json
import struct
from collections.abc import Iterable
from typing import Any

from pydicom.charset import python_encoding

from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.parsing.elements import Buffer, Header, read_elements
from hearthline.imaging.dicom.parsing.errors import Declined, Refused
from hearthline.imaging.dicom.parsing.fallback import read_carefully
from hearthline.imaging.dicom.parsing.frames import find_frames
from hearthline.imaging.dicom.parsing.limits import MAX_METADATA_BYTES

PREAMBLE_BYTES = 128
MAGIC = b"DICM"
META_GROUP = b"\x02\x00"
# Codecs of all character sets, which could not be loaded later, when no file can be opened any more.
LOADED_NOW = [codecs.lookup(name) for name in set(python_encoding.values()) if name]


def read_headers(payload: Buffer, *, spans: list[list[int]]) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Read the file at each ``[offset, length]``; facts of each (or ``refused``), and its metadata as DICOM JSON."""
    facts, parts = [], []
    for offset, length in spans:
        try:
            found, metadata = read_file(memoryview(payload)[offset : offset + length])
        except Refused as refusal:
            found, metadata = {"refused": refusal.code}, b""
        facts.append(found)
        parts.append(metadata)
    return {"files": facts}, tuple(parts)


def read_file(buffer: Buffer) -> tuple[dict[str, Any], bytes]:
    """Return the facts of one file and its metadata.

    Raises:
        Refused: it is no DICOM file, or one that is not taken.
    """
    syntax, start = read_meta(buffer)
    header = read_header(buffer, start, syntax)
    frames = find_frames(buffer, header, syntax)
    metadata = json.dumps(
        header.attributes, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()
    if len(metadata) > MAX_METADATA_BYTES:
        raise Refused("metadata")
    if not all(_first(header, tag) for tag in ("0020000D", "0020000E", "00080018", "00080016")):
        raise Refused("identifiers")
    return {"syntax": syntax, "frames": frames, "bulk": header.bulk}, metadata


def read_header(buffer: Buffer, start: int, syntax: str) -> Header:
    """Read the data set the fast way where that understands it, else the careful one."""
    if syntax not in {syntaxes.IMPLICIT_LITTLE, syntaxes.EXPLICIT_BIG}:
        try:
            return read_elements(buffer, start)
        except (Declined, struct.error, IndexError):
            pass
    return read_carefully(buffer, start, syntax)


def read_meta(buffer: Buffer) -> tuple[str, int]:
    """Return the transfer syntax and where the data set begins.

    Raises:
        Refused: it is no DICOM file, or in a transfer syntax that is not taken.
    """
    begin = PREAMBLE_BYTES + len(MAGIC)
    if bytes(buffer[PREAMBLE_BYTES:begin]) != MAGIC:
        begin = 0
    if bytes(buffer[begin : begin + 2]) != META_GROUP:
        raise Refused("kind")
    position, syntax = begin, ""
    for element, place, length in _meta_elements(buffer, begin):
        if element == 0x0010:
            syntax = bytes(buffer[place : place + length]).rstrip(b"\0 ").decode("ascii", "replace")
        position = place + length
    if syntax == syntaxes.DEFLATED or syntax not in syntaxes.KNOWN:
        raise Refused("syntax")
    return syntax, position


def _meta_elements(buffer: Buffer, position: int) -> Iterable[tuple[int, int, int]]:
    """Yield element number, place and length of each element of the file's meta information."""
    while len(buffer) - position >= 12 and bytes(buffer[position : position + 2]) == META_GROUP:
        _group, element, kind, length = struct.unpack_from("<HH2sH", buffer, position)
        place = position + 8
        if kind in {b"OB", b"UN", b"UT"}:
            (length,) = struct.unpack_from("<L", buffer, place)
            place += 4
        if length > len(buffer) - place:
            raise Refused("length")
        yield element, place, length
        position = place + length


def _first(header: Header, tag: str) -> Any:
    values = header.attributes.get(tag, {}).get("Value")
    return values[0] if values else None
