"""Transfer syntaxes (PS3.5 annex A): how a file's bytes are to be read, and how its frames are compressed."""

from dataclasses import dataclass

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
HTJ2K_RPCL = "1.2.840.10008.1.2.4.202"
HTJ2K = "1.2.840.10008.1.2.4.203"
RLE = "1.2.840.10008.1.2.5"

NATIVE = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG})
JPEGS = frozenset({JPEG_BASELINE, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LOSSLESS_SV1})
JPEG_LS_ALL = frozenset({JPEG_LS, JPEG_LS_NEAR})
JPEG_2000_ALL = frozenset({JPEG_2000_LOSSLESS, JPEG_2000})
HTJ2K_ALL = frozenset({HTJ2K_LOSSLESS, HTJ2K_RPCL, HTJ2K})
STREAMS = JPEGS | JPEG_LS_ALL | JPEG_2000_ALL | HTJ2K_ALL
VIDEO = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109))
KNOWN = NATIVE | STREAMS | VIDEO | {RLE}
LOSSY = frozenset({JPEG_BASELINE, JPEG_EXTENDED, JPEG_LS_NEAR, JPEG_2000, HTJ2K}) | VIDEO


@dataclass(frozen=True)
class Layout:
    """How the elements of a file are written."""

    is_explicit: bool = True
    is_little: bool = True


def layout_of(syntax: str) -> Layout:
    """Return how elements are written in a transfer syntax."""
    return Layout(is_explicit=syntax != IMPLICIT_LITTLE, is_little=syntax != EXPLICIT_BIG)


# The media type of a single frame (PS3.18 table 8.7.3-5).
MEDIA_TYPES = {
    **dict.fromkeys(JPEGS, "image/jpeg"),
    **dict.fromkeys(JPEG_LS_ALL, "image/jls"),
    **dict.fromkeys(JPEG_2000_ALL, "image/jp2"),
    **dict.fromkeys(HTJ2K_ALL, "image/jphc"),
    RLE: "image/dicom-rle",
}
