"""Files that attack whoever opens them, and honest ones beside them: made here, byte by byte."""

import io
import json
import struct
import zlib
from typing import Any

from PIL import Image

EXPLICIT, DEFLATED, JPEG2000 = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.90"
UNDEFINED = 0xFFFFFFFF


def photo(form: str = "JPEG", size: tuple[int, int] = (900, 700), mode: str = "RGB", **save: Any) -> bytes:
    """Return a sharp picture, blue at the left and red at the right, with fine lines."""
    image = Image.new("RGB", size, (200, 60, 60))
    image.paste((60, 60, 200), (0, 0, size[0] // 2, size[1]))
    for column in range(0, size[0], 24):
        image.paste((240, 240, 240), (column, 0, column + 6, size[1]))
    out = io.BytesIO()
    image.convert(mode).save(out, form, **save)
    return out.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def element(group: int, number: int, form: str, value: bytes, length: int | None = None) -> bytes:
    """Return one DICOM element, explicit little endian."""
    value += b"\0" * (len(value) % 2) if length is None else b""
    told = len(value) if length is None else length
    head = struct.pack("<HH", group, number) + form.encode()
    if form in {"OB", "OW", "SQ", "UN", "UT"}:
        return head + struct.pack("<HI", 0, told) + value
    return head + struct.pack("<H", told) + value


def item(value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(value) if length is None else length) + value


def size(rows: int, columns: int, frames: int = 1) -> bytes:
    return (
        element(0x0028, 0x0002, "US", struct.pack("<H", 1))
        + element(0x0028, 0x0008, "IS", str(frames).encode())
        + element(0x0028, 0x0010, "US", struct.pack("<H", rows))
        + element(0x0028, 0x0011, "US", struct.pack("<H", columns))
        + element(0x0028, 0x0100, "US", struct.pack("<H", 8))
    )


def dicom(body: bytes, *, syntax: str = EXPLICIT, preamble: bytes = b"", has_preamble: bool = True) -> bytes:
    """Return a DICOM file around a data set."""
    meta = element(0x0002, 0x0010, "UI", syntax.encode())
    meta = element(0x0002, 0x0000, "UL", struct.pack("<I", len(meta))) + meta
    start = preamble.ljust(128, b"\0") + b"DICM" if has_preamble else b""
    return start + meta + body


def honest_dicom(**how: Any) -> bytes:
    named = element(0x0008, 0x0060, "CS", b"CR") + element(0x0010, 0x0010, "PN", b"Test^Phantom")
    return dicom(named + size(4, 6) + element(0x7FE0, 0x0010, "OW", bytes(24)), **how)


def dicom_with_j2k(width: int, height: int) -> bytes:
    """Return a 16 by 16 DICOM object with a JPEG 2000 frame that says it is larger."""
    stream = (
        b"\xff\x4f\xff\x51"
        + struct.pack(">HH8I", 41, 0, width, height, 0, 0, width, height, 0, 0)
        + bytes(600)
    )
    frames = item(b"") + item(stream) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return dicom(size(16, 16) + element(0x7FE0, 0x0010, "OB", frames, UNDEFINED), syntax=JPEG2000)


def deflated_dicom() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(element(0x0010, 0x0010, "PN", b"x") + bytes(100_000_000)) + packer.flush()
    return dicom(body, syntax=DEFLATED)


def nested(depth: int) -> bytes:
    open_item = struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
    return dicom((element(0x0040, 0xA730, "SQ", b"", UNDEFINED) + open_item) * depth)


def many_elements(count: int) -> bytes:
    return dicom(
        b"".join(struct.pack("<HH2sH", 0x0099, 0x1000 + (one % 0xE000), b"LO", 0) for one in range(count))
    )


def pdf(catalog: str = "", *, extra: bytes = b"") -> bytes:
    """Return a PDF of one empty page."""
    parts = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate([*parts, *([extra] if extra else [])], 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % one for one in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    tail = b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, len(out))
    return out + head + table + tail


def film(*, notes: bytes = b"") -> bytes:
    """Return the boxes of an MP4 film without a picture."""

    def box(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), name) + body

    place = box(b"udta", box(b"\xa9xyz", b"+40.7-074.0/" + notes))
    moov = box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak", box(b"tkhd", bytes(84))) + place)
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + moov + box(b"mdat", bytes(500))


HL7 = (
    b"MSH|^~\\&|LAB|NORTH|HEARTH|RIVER|20260101120000||ORU^R01|1|P|2.5.1\rPID|1||7^^^MR||Test^Person\r"
    b"OBX|1|NM|2345-7^Glucose^LN||101|mg/dL|70-99|H|||F\r"
)
FHIR = json.dumps(
    {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Glucose"}}
).encode()

HONEST: dict[str, tuple[bytes, str]] = {
    "jpeg": (photo(), "mole.jpg"),
    "png": (photo("PNG"), "mole.png"),
    "webp": (photo("WEBP"), "mole.webp"),
    "tiff": (photo("TIFF"), "mole.tif"),
    "dicom": (honest_dicom(), "chest.dcm"),
    "pdf": (pdf(), "letter.pdf"),
    "mp4": (film(), "walk.mp4"),
    "text": ("It itches at night. ¿Es grave?".encode(), "words.txt"),
    "csv": (b"time,value\n2026-01-01,5\n", "sugar.csv"),
    "hl7": (HL7, "result.hl7"),
    "fhir": (FHIR, "report.json"),
}


def attacks() -> dict[str, tuple[bytes, str]]:
    """Return each attack and the reason for which it is refused; section by section of what is known to work."""
    whole = photo()
    comment = whole[:2] + b"\xff\xfe\x00\x1e" + b"<script>alert('x')</script>." + whole[2:]
    four_gigabytes = dicom(element(0x0009, 0x1001, "OB", b"", 0xFFFFFFFE) + b"short")
    return {
        "a PNG of 900 megapixels": (png_bomb(30_000, 30_000), "pixels"),
        "a PNG of 81 megapixels, where Pillow only warns": (png_bomb(9_000, 9_000), "pixels"),
        "a deflated DICOM that inflates to 100 MB": (deflated_dicom(), "syntax"),
        "a JPEG 2000 frame of 144 megapixels in 16 by 16": (dicom_with_j2k(12_000, 12_000), "mismatch"),
        "200,000 empty private elements": (many_elements(200_000), "elements"),
        "20,000 nested sequences": (nested(20_000), "depth"),
        "65,535 rows and 1,000 frames in 512 bytes": (
            dicom(size(65_535, 3_000, 1_000) + element(0x7FE0, 0x0010, "OW", bytes(512))),
            "mismatch",
        ),
        "65,535 rows and columns": (
            dicom(size(65_535, 65_535) + element(0x7FE0, 0x0010, "OW", bytes(512))),
            "pixels",
        ),
        "a length of 4 GB in a small file": (four_gigabytes, "length"),
        "a program before the DICOM": (honest_dicom(preamble=b"MZ\x90\0"), "mixed"),
        "a page before the DICOM": (honest_dicom(preamble=b"<html><script>1</script>"), "mixed"),
        "a page further in before the DICOM": (honest_dicom(preamble=b"  \n<HTML>"), "mixed"),
        "a JPEG that is a zip too": (whole + b"PK\x03\x04zip" + b"PK\x05\x06" + bytes(18), "mixed"),
        "a script in a JPEG's comment": (comment, "mixed"),
        "half a JPEG": (whole[: len(whole) // 2], "damaged"),
        "a PDF with a script": (pdf("/OpenAction<</S/JavaScript/JS(app.alert)>>"), "active"),
        "a PDF with a script by another spelling": (pdf("/OpenAction<</S/Java#53cript/J#53(x)>>"), "active"),
        "a PDF that starts a program": (
            pdf("/OpenAction 4 0 R", extra=b"<</S/Launch/F(cmd.exe)>>"),
            "active",
        ),
        "a PDF with a file inside": (pdf("/Names<</EmbeddedFiles<</Names[]>>>>"), "active"),
        "a PDF that is none": (b"%PDF-1.7\n%%EOF", "damaged"),
        "an MP4 whose boxes reach outside": (film().replace(b"\0\0\1\xfcmdat", b"\x7f\0\1\xfcmdat"), "film"),
        "a page that calls itself text": (b"<!doctype html><script>alert(1)</script>", "kind"),
        "a drawing with a script": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
        "a program": (b"MZ" + bytes(2000), "kind"),
        "a program that begins as text": (b"hello\n" * 800 + b"\0\1\2", "lines"),
        "a message cut short": (b"MSH|^~\\&|LAB\rOBX", "message"),
        "JSON a thousand deep": (
            b'{"resourceType":"Bundle","a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
            "resource",
        ),
        "JSON that is no health record": (b'{"hello": 1}', "resource"),
        "nothing": (b"", "empty"),
    }
