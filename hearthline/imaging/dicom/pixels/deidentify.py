"""Runs in the sandbox's child: an object without anything that tells whose it is (PS3.15 annex E, Basic Profile).

What the profile's table does not name stays, except private attributes, free text, names of persons and what no
dictionary knows. Rectangles that a person marked are blanked in every frame.
"""

import csv
import hashlib
import hmac
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.datadict import dictionary_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from hearthline.foundation.sandbox.child import Refusal
from hearthline.imaging.dicom.parsing.errors import Refused
from hearthline.imaging.dicom.parsing.syntaxes import EXPLICIT_LITTLE
from hearthline.imaging.dicom.pixels.child import Spans, open_file
from hearthline.imaging.dicom.pixels.frames import Array, Shape, is_decoded_to_rgb

TABLE_FILE = Path(__file__).parents[1] / "data" / "confidentiality.csv"
PROFILE = "PS3.15 2026c Basic Profile"
STANDARD_UIDS = "1.2.840.10008."
UID_ROOT = "2.25."  # UIDs made of UUIDs (PS3.5 B.2)
UID_BYTES = 16
FREE = frozenset({"LT", "PN", "ST", "UN", "UT"})
PIXELS = 0x7FE00010
GROUPS_LEFT_OUT = (0x5000, 0x6000)  # curves and overlays, which are drawings with words in them
DUMMIES: dict[str, Any] = {
    "AS": "000Y", "DA": "19000101", "DT": "19000101000000", "TM": "000000", "DS": "0", "IS": "0", "FL": 0.0, "FD": 0.0,
    "SL": 0, "SS": 0, "UL": 0, "US": 0, "OB": b"\0\0", "OW": b"\0\0", "UN": b"\0\0", "PN": "Removed",
}  # fmt: skip
# What the profile says of it, when several answers are allowed, so that the object stays whole whatever its kind is.
CHOSEN = {"X/Z": "Z", "X/D": "D", "X/Z/D": "D", "Z/D": "D", "X/Z/U*": "U"}
# DICOM's codes of what was done (PS3.16 CID 7050).
METHODS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113101", "Clean Pixel Data Option"),
)
BLACK, NO_COLOUR = 0, 128
Result = tuple[dict[str, Any], tuple[bytes, ...]]
Box = Sequence[int]


def read_table() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the profile's actions: of single tags, and of patterns of tags."""
    lines = [line for line in TABLE_FILE.read_text().splitlines() if not line.startswith("#")]
    rows = [(row["tag"], row["action"]) for row in csv.DictReader(lines)]
    return {tag: action for tag, action in rows if "x" not in tag}, [row for row in rows if "x" in row[0]]


# Read now: later no file can be opened any more.
ACTIONS, PATTERNS = read_table()


def deidentify(
    payload: Any, *, frames: Spans, boxes: Sequence[Box], key: str, name: str, number: int
) -> Result:
    """Return the object under the name of an export, uncompressed; ``boxes``: left, top, width, height in pixels.

    ``key`` makes the same new UID of the same old one, as long as somebody has it.
    """
    file = open_file(payload, frames)
    try:
        arrays = [file.array(frame) for frame in range(1, len(frames) + 1)]
    except Refused as refusal:
        raise Refusal(refusal.code) from None
    is_rgb = is_decoded_to_rgb(file.syntax, file.shape)
    blanked = [_blanked(array, boxes, file.shape, is_rgb=is_rgb) for array in arrays]
    data = pydicom.dcmread(io.BytesIO(bytes(payload)), stop_before_pixels=True)
    clean(data, bytes.fromhex(key))
    _say(data, name, number)
    return {}, (_written(data, blanked, file.shape, is_rgb=is_rgb),)


def _blanked(array: Array, boxes: Sequence[Box], shape: Shape, *, is_rgb: bool) -> Array:
    array = np.array(array)
    dark = BLACK
    if shape.photometric == "MONOCHROME1":
        dark = (1 << shape.bits_stored - int(shape.is_signed)) - 1
    for left, top, width, height in boxes:
        place = array[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
        place[...] = dark
        if shape.photometric.startswith("YBR") and not is_rgb:
            place[..., 1:] = NO_COLOUR
    return array


def clean(data: Dataset, key: bytes) -> None:
    """Do with each attribute, in sequences too, what the profile says; ``key`` as in ``deidentify``."""
    for element in list(data):
        action = action_of(element)
        if action == "X":
            del data[element.tag]
        elif element.VR == "SQ":
            if action == "Z":
                element.value = []
            for item in element.value:
                clean(item, key)
        elif element.VR == "UI":
            element.value = _new_uids(element, key)
        elif action == "Z":
            data[element.tag] = DataElement(element.tag, element.VR, "")
        elif action == "D":
            data[element.tag] = DataElement(element.tag, element.VR, DUMMIES.get(element.VR, "REMOVED"))


def action_of(element: DataElement) -> str:
    """Return what becomes of an element: X, Z, D, U, or K to keep it."""
    tag = f"{int(element.tag):08X}"
    is_drawing = element.tag.group & 0xFF00 in GROUPS_LEFT_OUT
    if element.tag.is_private or is_drawing or not dictionary_has_tag(element.tag):
        return "X"
    action = ACTIONS.get(tag) or next((one for pattern, one in PATTERNS if _fits(tag, pattern)), "")
    if action:
        return CHOSEN.get(action, action)
    return "X" if element.VR in FREE else "K"


def _fits(tag: str, pattern: str) -> bool:
    return all(letter in ("x", digit) for digit, letter in zip(tag, pattern, strict=True))


def _new_uids(element: DataElement, key: bytes) -> Any:
    values = (
        element.value if isinstance(element.value, list | pydicom.multival.MultiValue) else [element.value]
    )
    made = [new_uid(str(value), key) if value else "" for value in values]
    return made if len(made) != 1 else made[0]


def new_uid(old: str, key: bytes) -> str:
    """Return the UID that stands for another one in an export; those of the standard itself stay."""
    if old.startswith(STANDARD_UIDS):
        return old
    digest = hmac.new(key, old.encode(), hashlib.sha256).digest()
    return f"{UID_ROOT}{int.from_bytes(digest[:UID_BYTES], 'big')}"


def _say(data: Dataset, name: str, number: int) -> None:
    data.PatientName, data.PatientID = f"Teaching^{number}", name
    data.PatientIdentityRemoved = "YES"
    data.DeidentificationMethod = [PROFILE, "Pixels checked by a person"]
    data.DeidentificationMethodCodeSequence = [_method(code, meaning) for code, meaning in METHODS]
    data.LongitudinalTemporalInformationModified = "REMOVED"
    data.BurnedInAnnotation = "NO"


def _method(code: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
    return item


def _written(data: Any, arrays: Sequence[Array], shape: Shape, *, is_rgb: bool) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = data.SOPClassUID
    meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE)
    data.file_meta, data.preamble = meta, bytes(128)
    if is_rgb:
        data.PhotometricInterpretation = "RGB"
    if shape.samples > 1:
        data.PlanarConfiguration = 0
    content = b"".join(
        np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays
    )
    data.add_new(PIXELS, "OW" if shape.bits_allocated > 8 else "OB", content + b"\0" * (len(content) % 2))
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, implicit_vr=False, little_endian=True, enforce_file_format=True)
    return out.getvalue()
