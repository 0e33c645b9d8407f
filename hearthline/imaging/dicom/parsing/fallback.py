"""The careful way: a header by pydicom, for everything that the fast reader declines, within the same limits."""

import base64
import io
import logging
import math
import struct
import warnings
from dataclasses import dataclass
from typing import Any

import pydicom.config
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset

from hearthline.imaging.dicom.parsing.elements import PIXEL_DATA, PIXEL_TAGS, UNDEFINED, Buffer, Header, Json
from hearthline.imaging.dicom.parsing.errors import Refused
from hearthline.imaging.dicom.parsing.limits import INLINE_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT_BYTES
from hearthline.imaging.dicom.parsing.syntaxes import Layout, layout_of

BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW"})
NESTED_INLINE_BYTES = 64 * 1024
logging.getLogger("pydicom").disabled = True  # its lines repeat values
warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


@dataclass
class Walk:
    """One file being turned into DICOM JSON."""

    header: Header
    start: int
    count: int = 0


def read_carefully(buffer: Buffer, start: int, syntax: str) -> Header:
    """Read the data set from ``start`` by pydicom.

    Raises:
        Refused: a limit was passed, a length points outside of the file, or pydicom does not understand it.
    """
    layout = layout_of(syntax)
    header = Header()
    try:
        stream = io.BytesIO(buffer[start:])
        data = read_dataset(stream, not layout.is_explicit, layout.is_little, stop_when=_is_pixel_data)
        _find_pixels(buffer, start + stream.tell(), layout, header)
        header.attributes = _dataset(Walk(header, start), data, 0)
    except RecursionError:
        raise Refused("depth") from None
    except (Refused, MemoryError):
        raise
    except Exception:
        raise Refused("damaged") from None
    if header.pixel_offset >= 0:
        header.attributes[f"{PIXEL_DATA[0]:04X}{PIXEL_DATA[1]:04X}"] = {"vr": "OW"}
    elif start + stream.tell() < len(buffer) - 1:
        raise Refused("damaged")
    return header


def _is_pixel_data(tag: Any, _kind: str | None, _length: int) -> bool:
    return tag.group == PIXEL_DATA[0] and tag.element in PIXEL_TAGS


def _find_pixels(buffer: Buffer, position: int, layout: Layout, header: Header) -> None:
    order = "<" if layout.is_little else ">"
    if len(buffer) - position < 8:
        return
    if struct.unpack_from(f"{order}H", buffer, position)[0] != PIXEL_DATA[0]:
        return
    is_long = layout.is_explicit
    header.pixel_offset = position + (12 if is_long else 8)
    (header.pixel_length,) = struct.unpack_from(f"{order}L", buffer, position + (8 if is_long else 4))


def _dataset(walk: Walk, data: Dataset, depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise Refused("depth")
    found: Json = {}
    for tag in list(data.keys()):
        walk.count += 1
        if walk.count > MAX_ELEMENTS:
            raise Refused("elements")
        if tag.element == 0:
            continue
        raw = data.get_item(tag)
        _check_length(raw)
        found[f"{tag:08X}"] = _element(walk, data, tag, raw, depth)
    return found


def _check_length(raw: RawDataElement | DataElement | None) -> None:
    """Refuse a value that its file does not hold: pydicom would cut it silently."""
    if isinstance(raw, RawDataElement) and raw.length != UNDEFINED:
        if len(raw.value or b"") != raw.length:
            raise Refused("length")
        if raw.length > MAX_TEXT_BYTES and raw.VR not in BINARY | {None, "SQ"}:
            raise Refused("length")


def _element(walk: Walk, data: Dataset, tag: Any, raw: Any, depth: int) -> Json:
    try:
        element = data[tag]
    except (RecursionError, MemoryError):
        raise
    except Exception:  # a value that is not what its type says: the original still has it
        return {"vr": str(getattr(raw, "VR", None) or "UN")}
    kind = str(element.VR)
    if kind == "SQ":
        items = [_dataset(walk, item, depth + 1) for item in element.value]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if kind in BINARY and isinstance(element.value, bytes):
        return _binary(walk, kind if kind != "OB or OW" else "OW", tag, raw, element.value, depth)
    try:
        written = element.to_json_dict(None, 0)
    except Exception:
        return {"vr": kind}
    return _tidy(written)


def _binary(walk: Walk, kind: str, tag: Any, raw: Any, value: bytes, depth: int) -> Json:
    path = f"{tag:08X}"
    if len(value) <= (INLINE_BYTES if depth == 0 else NESTED_INLINE_BYTES):
        return {"vr": kind, "InlineBinary": base64.b64encode(value).decode()} if value else {"vr": kind}
    if depth > 0 or not isinstance(raw, RawDataElement) or raw.length == UNDEFINED:
        return {"vr": kind}
    walk.header.bulk[path] = (walk.start + raw.value_tell, raw.length)
    return {"vr": kind, "BulkDataURI": path}


def _tidy(element: Json) -> Json:
    """Write empty values as the standard does (PS3.18 F.2.5): null among others, nothing when alone."""
    if "Value" not in element:
        return element
    values = [_plain(value) for value in element["Value"]]
    if all(value is None for value in values) and len(values) == 1:
        return {"vr": element["vr"]}
    return {"vr": element["vr"], "Value": values}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if part} or None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    return str(value) if value not in ("", None) else None
