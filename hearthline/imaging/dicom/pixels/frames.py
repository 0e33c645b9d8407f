"""One frame of an instance as an array of its stored values."""

from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from imagecodecs import _htj2k, _jpeg2k, _jpeg8, _jpegls, _jpegsof3, _ljpeg, _rgbe
from numpy.typing import NDArray

from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.parsing.errors import Refused

# The codecs are loaded now: later no file can be opened any more.
LOADED_NOW = (_htj2k, _jpeg2k, _jpeg8, _jpegls, _jpegsof3, _ljpeg, _rgbe)
Array = NDArray[Any]
Attributes = dict[str, Any]
RLE_HEAD = 64


@dataclass(frozen=True)
class Shape:
    """What a header says of the form of its frames."""

    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    is_planar: bool
    photometric: str

    @property
    def type_code(self) -> str:
        """The numpy type of a stored value."""
        if self.bits_allocated not in {1, 8, 16, 32}:
            raise Refused("pixels")
        return f"{'i' if self.is_signed else 'u'}{max(1, self.bits_allocated // 8)}"


def first(attributes: Attributes, tag: str, default: Any = None) -> Any:
    """Return the first value of an attribute."""
    values = attributes.get(tag, {}).get("Value")
    return default if not values or values[0] is None else values[0]


def shape_of(attributes: Attributes) -> Shape:
    """Return the form of the frames."""
    allocated = int(first(attributes, "00280100", 8))
    stored = int(first(attributes, "00280101", allocated))
    return Shape(
        rows=int(first(attributes, "00280010", 0)),
        columns=int(first(attributes, "00280011", 0)),
        samples=int(first(attributes, "00280002", 1)),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=int(first(attributes, "00280102", stored - 1)),
        is_signed=bool(first(attributes, "00280103", 0)),
        is_planar=bool(first(attributes, "00280006", 0)),
        photometric=str(first(attributes, "00280004", "MONOCHROME2")),
    )


def decode(content: bytes, syntax: str, shape: Shape) -> Array:
    """Return a frame as ``rows x columns`` or ``rows x columns x samples``; compressed colour comes as RGB.

    Raises:
        Refused: the stream does not hold such a frame, or is of a kind that is not decoded (video).
    """
    if syntax in syntaxes.NATIVE:
        return _native(content, shape, ">" if syntax == syntaxes.EXPLICIT_BIG else "<")
    try:
        array = _run_length(content, shape) if syntax == syntaxes.RLE else _stream(content, syntax, shape)
    except (ValueError, RuntimeError, IndexError, NotImplementedError) as fault:
        raise Refused("damaged") from fault
    expected = (shape.rows, shape.columns) + ((shape.samples,) if shape.samples > 1 else ())
    if array.shape != expected:
        raise Refused("dimensions")
    return array


def is_decoded_to_rgb(syntax: str, shape: Shape) -> bool:
    """Return whether ``decode`` has undone the colour transformation of the header's photometric interpretation."""
    return shape.samples == 3 and syntax in syntaxes.STREAMS


def _native(content: bytes, shape: Shape, order: str) -> Array:
    if shape.bits_allocated == 1:
        bits = np.unpackbits(np.frombuffer(content, "u1"), bitorder="little")
        return bits[: shape.rows * shape.columns].reshape(shape.rows, shape.columns)
    if order == ">" and shape.bits_allocated == 8:  # bytes in words of 16 bits, turned round
        content = np.frombuffer(content + b"\0" * (len(content) % 2), "<u2").byteswap().tobytes()
    array = np.frombuffer(content, np.dtype(order + shape.type_code))
    if shape.samples == 1:
        return array[: shape.rows * shape.columns].reshape(shape.rows, shape.columns)
    if shape.photometric == "YBR_FULL_422":
        return _unfold(array, shape)
    return _samples_last(array, shape)


def _samples_last(array: Array, shape: Shape) -> Array:
    array = array[: shape.rows * shape.columns * shape.samples]
    if shape.is_planar:
        return array.reshape(shape.samples, shape.rows, shape.columns).transpose(1, 2, 0)
    return array.reshape(shape.rows, shape.columns, shape.samples)


def _unfold(array: Array, shape: Shape) -> Array:
    """Give each pixel the chrominance that it shares with its neighbour (PS3.3 C.7.6.3.1.2: Y Y Cb Cr)."""
    quads = array[: shape.rows * shape.columns * 2].reshape(-1, 4)
    whole = np.empty((len(quads), 2, 3), array.dtype)
    whole[:, :, 0] = quads[:, :2]
    whole[:, :, 1:] = quads[:, None, 2:]
    return whole.reshape(shape.rows, shape.columns, 3)


def _stream(content: bytes, syntax: str, shape: Shape) -> Array:
    if syntax in syntaxes.JPEG_2000_ALL:
        array = imagecodecs.jpeg2k_decode(content, numthreads=1)
    elif syntax in syntaxes.HTJ2K_ALL:
        array = imagecodecs.htj2k_decode(content)
    elif syntax in syntaxes.JPEG_LS_ALL:
        array = imagecodecs.jpegls_decode(content)
    elif syntax in {syntaxes.JPEG_LOSSLESS, syntaxes.JPEG_LOSSLESS_SV1}:
        array = imagecodecs.ljpeg_decode(content)
    elif syntax in syntaxes.JPEGS:
        array = imagecodecs.jpeg8_decode(content)
    else:
        raise Refused("syntax")
    return _typed(np.asarray(array), shape)


def _typed(array: Array, shape: Shape) -> Array:
    """Return the values in the header's type; a codec that knows no sign gives the same bits."""
    wanted = np.dtype("<" + shape.type_code)
    if array.dtype == wanted:
        return array
    if array.dtype.itemsize == wanted.itemsize:
        return array.view(wanted) if array.dtype.isnative else array.astype(wanted)
    return array.astype(wanted)


def _run_length(content: bytes, shape: Shape) -> Array:
    """Undo RLE (PS3.5 annex G): a segment for each byte of each sample, most significant first."""
    width = max(1, shape.bits_allocated // 8)
    count = int.from_bytes(content[:4], "little")
    if count != width * shape.samples:
        raise Refused("pixels")
    places = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "little") for i in range(count)]
    size = shape.rows * shape.columns
    planes = np.empty((shape.samples, size, width), "u1")
    for index, (begin, end) in enumerate(zip(places, [*places[1:], len(content)], strict=True)):
        unpacked = imagecodecs.packbits_decode(content[begin:end])
        sample, byte = divmod(index, width)
        planes[sample, :, width - 1 - byte] = np.frombuffer(unpacked, "u1", count=size)
    array = (
        planes.reshape(shape.samples, -1)
        .view(np.dtype("<" + shape.type_code))
        .reshape(shape.samples, shape.rows, shape.columns)
    )
    return array[0] if shape.samples == 1 else array.transpose(1, 2, 0)
