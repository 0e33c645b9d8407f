"""What a file says it is by its first bytes: an allow-list. Saying so proves nothing; the sandbox does that next.

Our own twelve, since every sniffer that was tried calls some of these something else (a zip a picture, HEIC a film,
a program with a DICOM mark a DICOM object).
"""

import re

from hearthline.imaging.intake.choices import Kind

HEAD_BYTES = 4096
DICOM_MARK_AT = 128
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc"})
MP4_BRANDS = frozenset(
    {
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"qt  ",
        b"3gp4",
        b"3gp5",
    }
)
# DICOM without its preamble begins with an element of group 0002 or 0008, little endian.
BARE_DICOM = re.compile(
    rb"\x02\x00[\x00-\x02]\x00(?:UL|OB)|\x08\x00[\x00-\x20]\x00(?:UI|CS|UL|SH|DA|LO|[\x00-\x40]\x00\x00\x00)"
)
HL7 = re.compile(rb"\s*(?:MSH|FHS|BHS)[|^~#!$%&*+,./:;<=>?@_-]")
JSON_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")


def kind_of(head: bytes, name: str = "") -> Kind | None:
    """Return what the first ``HEAD_BYTES`` of a file claim to be; None when it is nothing we take.

    ``name`` only tells a table from other plain text.
    """
    return _binary_kind(head) or _text_kind(head, name)


def _binary_kind(head: bytes) -> Kind | None:
    if head[DICOM_MARK_AT : DICOM_MARK_AT + 4] == b"DICM":
        return Kind.DICOM
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[:4] in {b"II*\x00", b"MM\x00*"}:
        return Kind.TIFF
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head[4:8] == b"ftyp":
        return Kind.HEIC if head[8:12] in HEIC_BRANDS else Kind.MP4 if head[8:12] in MP4_BRANDS else None
    return Kind.DICOM if BARE_DICOM.match(head) else None


def _text_kind(head: bytes, name: str) -> Kind | None:
    if not head or b"\x00" in head or _is_markup(head):
        return None
    if HL7.match(head):
        return Kind.HL7
    if JSON_OBJECT.match(head):
        return Kind.FHIR
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return None
    return Kind.CSV if name.lower().endswith((".csv", ".tsv")) else Kind.TEXT


def _is_markup(head: bytes) -> bool:
    """Whether it is HTML, SVG or a script by its start: never taken, whatever it is called."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<", b"#!", b"pk\x03\x04", b"mz", b"{\\rtf"))
