"""The fast reader against pydicom on every real file we have, and files that were made to hurt."""

import json
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.parsing.child import read_file, read_meta
from hearthline.imaging.dicom.parsing.elements import Header, read_elements
from hearthline.imaging.dicom.parsing.errors import Declined, Refused
from hearthline.imaging.dicom.parsing.fallback import read_carefully
from hearthline.imaging.dicom.reading import read_headers
from hearthline.imaging.dicom.tests.stage import SMALL, sample_files, written

FILES = sample_files()
FEWEST_FAST = (
    80  # of the files, so many are read by the fast reader; less would mean that it declines too much
)
CT = (SMALL / "CT_small.dcm").read_bytes()
START = 144 + struct.unpack_from("<L", CT, 140)[0]
HEAD = CT[:START]


def comparable(value: Any) -> Any:
    """Numbers as numbers, nothing as nothing, and long values as that."""
    if isinstance(value, dict):
        found = {key: comparable(part) for key, part in value.items() if not is_group_length(key)}
        if found.get("vr") in {"OB", "OD", "OF", "OL", "OV", "OW"}:
            return {"vr": found["vr"], "binary": True}
        return {key: part for key, part in found.items() if part not in ([], None) or key != "Value"}
    if isinstance(value, list):
        return [comparable(part) for part in value]
    if isinstance(value, int | float):
        return float(value)
    return value or None


def is_group_length(key: str) -> bool:
    return len(key) == 8 and key.endswith("0000")


def fast(content: bytes) -> Header | None:
    buffer = memoryview(content)
    try:
        syntax, start = read_meta(buffer)
        if syntax in {syntaxes.IMPLICIT_LITTLE, syntaxes.EXPLICIT_BIG}:
            return None
        return read_elements(buffer, start)
    except (Declined, Refused, struct.error):
        return None


def test_the_fast_reader_says_what_pydicom_says() -> None:
    compared = 0
    for path in FILES:
        header = fast(path.read_bytes())
        if header is None:
            continue
        data = pydicom.dcmread(path, stop_before_pixels=True)
        expected = data.to_json_dict(
            bulk_data_threshold=1400, bulk_data_element_handler=lambda _element: "somewhere"
        )
        header.attributes.pop("7FE00010", None)
        assert comparable(header.attributes) == comparable(expected), path.name
        compared += 1
    assert compared >= FEWEST_FAST


def test_the_careful_reader_says_what_the_fast_one_says() -> None:
    for path in FILES:
        content = path.read_bytes()
        quick = fast(content)
        if quick is None:
            continue
        syntax, start = read_meta(memoryview(content))
        careful = read_carefully(memoryview(content), start, syntax)
        quick.attributes.pop("7FE00010", None)
        careful.attributes.pop("7FE00010", None)
        assert comparable(careful.attributes) == comparable(quick.attributes), path.name
        assert careful.pixel_offset == quick.pixel_offset, path.name


def test_frames_lie_where_they_are_said_to_lie() -> None:
    for name in ("CT_small.dcm", "liver_1frame.dcm", "MR_small_bigendian.dcm", "rtdose.dcm"):
        content = (SMALL / name).read_bytes()
        facts, _metadata = read_file(memoryview(content))
        pixels = pydicom.dcmread(SMALL / name).PixelData
        joined = b"".join(content[at : at + size] for at, size in facts["frames"])
        assert joined == pixels[: len(joined)]
        assert len(pixels) - len(joined) <= 1


def element(group: int, number: int, kind: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", group, number, kind, len(value)) + value


def many_elements() -> bytes:
    return HEAD + b"".join(element(0x0009, number % 0xFFFF, b"LO", b"") for number in range(200_000))


def deep_sequences() -> bytes:
    opening = struct.pack("<HH2sHL", 0x0009, 0x1001, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    return HEAD + opening * 20_000


def deep_implicit_sequences() -> bytes:
    head = HEAD.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0")
    opening = struct.pack("<HHL", 0x0008, 0x1115, 0xFFFFFFFF) + struct.pack(
        "<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    return head + opening * 20_000


def deflated_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(element(0x0008, 0x0060, b"CS", b"CT") + bytes(50_000_000)) + packer.flush()
    return HEAD.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99\0\0")[: START + 4] + body


def long_value() -> bytes:
    return HEAD + struct.pack("<HH2sHL", 0x0009, 0x1001, b"OB", 0, 0xF0000000) + b"short"


def changed(**values: Any) -> bytes:
    data = pydicom.dcmread(SMALL / "CT_small.dcm")
    for name, value in values.items():
        setattr(data, name, value)
    return written(data)


def other_size_inside() -> bytes:
    """A JPEG 2000 stream of another size than the header says."""
    content = (SMALL / "JPEG2000.dcm").read_bytes()
    at = content.index(b"\xff\x4f\xff\x51")
    return content[: at + 8] + struct.pack(">LL", 12_000, 12_000) + content[at + 16 :]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "elements": many_elements,
    "deep": deep_sequences,
    "deep implicit": deep_implicit_sequences,
    "deflated": deflated_bomb,
    "length": long_value,
    "frames": lambda: changed(Rows=65535, Columns=65535, NumberOfFrames=1000),
    "few pixels": lambda: changed(Rows=256),
    "size": other_size_inside,
    "program": lambda: b"MZ" + bytes(1000),
    "page": lambda: b"<html><script>" + bytes(500),
    "cut": lambda: CT[:2000],
    "empty": lambda: b"x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_soon(name: str) -> None:
    content = HOSTILE[name]()
    started = time.process_time()
    (read,) = read_headers(content, [(0, len(content))])
    assert read.refused, name
    assert time.process_time() - started < 2


def test_one_bad_file_takes_no_other_with_it() -> None:
    bad = deep_sequences()
    reads = read_headers(bad + CT, [(0, len(bad)), (len(bad), len(CT))])
    assert reads[0].refused
    assert not reads[1].refused
    assert reads[1].attributes()["00100010"]["Value"] == [{"Alphabetic": "CompressedSamples^CT1"}]


@given(st.binary(max_size=400), st.integers(0, 3000))
def test_bytes_that_were_changed_are_refused_or_read_but_never_break_it(noise: bytes, at: int) -> None:
    at = min(at, len(CT) - len(noise))
    content = CT[:at] + noise + CT[at + len(noise) :]
    try:
        facts, metadata = read_file(memoryview(content))
    except Refused:
        return
    json.loads(metadata)
    assert all(offset + size <= len(content) for flat in facts["frames"] for offset, size in [flat[:2]])


def test_characters_of_other_scripts_are_read() -> None:
    data = pydicom.dcmread(SMALL / "CT_small.dcm")
    data.SpecificCharacterSet = "ISO_IR 192"
    data.PatientName = "Núñez^Łucja=山田^太郎"
    content = written(data)
    (read,) = read_headers(content, [(0, len(content))])
    assert read.attributes()["00100010"]["Value"] == [
        {"Alphabetic": "Núñez^Łucja", "Ideographic": "山田^太郎"}
    ]


def test_escapes_between_character_sets_are_read() -> None:
    """The names of PS3.5 annexes H and I come out right in the sandbox, where no codec can be loaded any more."""
    wanted = {"chrH31.dcm": "やまだ^たろう", "chrI2.dcm": "홍^길동", "chrArab.dcm": "قباني^لنزار"}
    charsets = Path(pydicom.data.__file__).parent / "charset_files"
    for name, letters in wanted.items():
        content = (charsets / name).read_bytes()
        syntax, start = read_meta(memoryview(content))
        header = read_carefully(memoryview(content), start, syntax)
        text = json.dumps(header.attributes["00100010"], ensure_ascii=False)
        assert letters.split("^")[0] in text, name
