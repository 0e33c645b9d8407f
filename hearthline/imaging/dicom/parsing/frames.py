"""Where each frame of an instance's pixel data lies, checked against what the header says of its size."""

import struct

from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.parsing.elements import ITEM, ITEM_HEAD, SEQUENCE_END, UNDEFINED, Buffer, Header
from hearthline.imaging.dicom.parsing.errors import Refused
from hearthline.imaging.dicom.parsing.limits import MAX_FRAME_PIXELS, MAX_FRAMES, STREAM_HEAD_BYTES

DELIMITERS = 0xFFFE
STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")
FRAME_OF_SOF = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
STANDALONE = frozenset({0x01, *range(0xD0, 0xDA)})
Spans = list[list[int]]


def number(header: Header, tag: str, default: int = 0) -> int:
    """Return the first value of a numeric attribute."""
    values = header.attributes.get(tag, {}).get("Value") or [default]
    return int(values[0]) if isinstance(values[0], int | float) else default


def find_frames(buffer: Buffer, header: Header, syntax: str) -> Spans:
    """Return ``[offset, length, …]`` of each frame, from the start of the file; empty where there are no pixels.

    Raises:
        Refused: the pixels are fewer than the header says, or a compressed frame is of another size.
    """
    if header.pixel_offset < 0:
        return []
    rows, columns = number(header, "00280010"), number(header, "00280011")
    frames = max(1, number(header, "00280008", 1))
    if not rows or not columns or frames > MAX_FRAMES or rows * columns > MAX_FRAME_PIXELS:
        raise Refused("pixels")
    if syntax in syntaxes.NATIVE:
        return _native(buffer, header, rows * columns, frames)
    if header.pixel_length != UNDEFINED:
        raise Refused("damaged")
    offsets, fragments = _fragments(buffer, header.pixel_offset)
    if syntax in syntaxes.VIDEO:
        return [[part for fragment in fragments for part in fragment]]
    spans = _grouped(buffer, fragments, offsets, frames)
    for span in spans:
        _check_size(buffer, span, syntax, rows, columns)
    return spans


def _native(buffer: Buffer, header: Header, pixels: int, frames: int) -> Spans:
    if header.pixel_length == UNDEFINED or header.pixel_offset + header.pixel_length > len(buffer):
        raise Refused("length")
    samples = max(1, number(header, "00280002", 1))
    photometric = (header.attributes.get("00280004", {}).get("Value") or [""])[0]
    bits = (
        2 * 8 * pixels if photometric == "YBR_FULL_422" else number(header, "00280100", 8) * samples * pixels
    )
    if bits * frames > header.pixel_length * 8:
        raise Refused("pixels")
    if bits % 8:  # frames of single bits do not begin at bytes: delivered whole
        return [[header.pixel_offset, header.pixel_length]]
    size = bits // 8
    return [[header.pixel_offset + size * index, size] for index in range(frames)]


def _fragments(buffer: Buffer, position: int) -> tuple[list[int], Spans]:
    """Return the basic offset table and each fragment's place."""
    found: Spans = []
    while True:
        if len(buffer) - position < ITEM_HEAD.size:
            raise Refused("length")
        group, element, length = ITEM_HEAD.unpack_from(buffer, position)
        position += ITEM_HEAD.size
        if (group, element) == (DELIMITERS, SEQUENCE_END):
            break
        if (group, element) != (DELIMITERS, ITEM) or length > len(buffer) - position:
            raise Refused("length")
        if len(found) > 2 * MAX_FRAMES:
            raise Refused("pixels")
        found.append([position, length])
        position += length
    if not found:
        raise Refused("pixels")
    start, length = found[0]
    offsets = list(struct.unpack_from(f"<{length // 4}L", buffer, start))
    return offsets, found[1:]


def _grouped(buffer: Buffer, fragments: Spans, offsets: list[int], frames: int) -> Spans:
    if len(fragments) < frames:
        raise Refused("pixels")
    if frames == 1:
        return [[part for fragment in fragments for part in fragment]]
    if len(fragments) == frames:
        return fragments
    base = fragments[0][0] - ITEM_HEAD.size
    if len(offsets) == frames:
        begins = {base + offset for offset in offsets}
        is_start = [start - ITEM_HEAD.size in begins for start, _length in fragments]
    else:
        is_start = [bytes(buffer[start : start + 4]).startswith(STARTS) for start, _length in fragments]
    spans: Spans = []
    for first, fragment in zip(is_start, fragments, strict=True):
        if first:
            spans.append(list(fragment))
        elif spans:
            spans[-1] += fragment
    if len(spans) != frames:
        raise Refused("pixels")
    return spans


def _check_size(buffer: Buffer, span: list[int], syntax: str, rows: int, columns: int) -> None:
    """Refuse a frame that would decode to another size than the header's: a bomb, or somebody else's picture."""
    if syntax == syntaxes.RLE:
        (segments,) = struct.unpack_from("<L", buffer, span[0]) if span[1] >= 64 else (0,)
        if not 1 <= segments <= 15:
            raise Refused("pixels")
        return
    head = bytes(buffer[span[0] : span[0] + min(span[1], STREAM_HEAD_BYTES)])
    size = (
        _codestream_size(head) if syntax in syntaxes.JPEG_2000_ALL | syntaxes.HTJ2K_ALL else _jpeg_size(head)
    )
    if size != (rows, columns):
        raise Refused("dimensions")


def _codestream_size(head: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) of a JPEG 2000 codestream, from its SIZ marker."""
    at = head.find(b"\xff\x4f\xff\x51")
    if at < 0 or len(head) < at + 24:
        return None
    width, height, left, top = struct.unpack_from(">LLLL", head, at + 8)
    return height - top, width - left


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) of a JPEG or JPEG-LS stream, from its frame header."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in FRAME_OF_SOF:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return height, width
        elif marker in STANDALONE:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", head, at + 2)[0]
    return None
