"""Runs in the sandbox's child: frames of one file (the payload) decoded, drawn, or compressed anew."""

import io
from collections.abc import Sequence
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image, JpegImagePlugin, PngImagePlugin

from hearthline.foundation.sandbox.child import Refusal
from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.parsing.child import read_header, read_meta
from hearthline.imaging.dicom.parsing.errors import Refused
from hearthline.imaging.dicom.pixels.drawing import Window, draw
from hearthline.imaging.dicom.pixels.frames import (
    Array,
    Attributes,
    Shape,
    decode,
    is_decoded_to_rgb,
    shape_of,
)
from hearthline.imaging.dicom.pixels.writing import write_anew

LOADED_NOW = (JpegImagePlugin, PngImagePlugin)
Image.preinit()
THUMBNAIL_SIDE, THUMBNAIL_BYTES = 256, 9 * 1024
PREVIEW_SIDE, PREVIEW_BYTES = 1600, 150 * 1024
QUALITIES = (90, 80, 70, 55, 40, 25, 10)
Result = tuple[dict[str, Any], tuple[bytes, ...]]
Spans = Sequence[Sequence[int]]


class File:
    """The file in the payload: its header, and its frames where they lie."""

    def __init__(self, payload: Any, frames: Spans) -> None:
        self.buffer = memoryview(payload)
        self.syntax, start = read_meta(self.buffer)
        header = read_header(self.buffer, start, self.syntax)
        self.attributes: Attributes = header.attributes
        self.bulk = {path: bytes(self.buffer[at : at + size]) for path, (at, size) in header.bulk.items()}
        self.shape: Shape = shape_of(self.attributes)
        self.frames = frames

    def content(self, frame: int) -> bytes:
        span = self.frames[frame - 1]
        pairs = zip(span[::2], span[1::2], strict=True)
        return b"".join(bytes(self.buffer[at : at + size]) for at, size in pairs)

    def array(self, frame: int) -> Array:
        return decode(self.content(frame), self.syntax, self.shape)

    def drawn(self, frame: int, window: Window | None = None) -> Image.Image:
        is_rgb = is_decoded_to_rgb(self.syntax, self.shape)
        picture = draw(
            self.array(frame),
            self.shape,
            self.attributes,
            self.bulk,
            frame=frame,
            window=window,
            is_rgb=is_rgb,
        )
        return Image.fromarray(np.ascontiguousarray(picture))


def decode_frames(payload: Any, *, frames: Spans, wanted: list[int]) -> Result:
    """Return frames uncompressed, little endian, samples side by side."""
    file = open_file(payload, frames)
    try:
        arrays = [file.array(frame) for frame in wanted]
    except Refused as refusal:
        raise Refusal(refusal.code) from None
    return {}, tuple(
        np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays
    )


def compress_frames(payload: Any, *, frames: Spans, wanted: list[int]) -> Result:
    """Return frames as lossless HTJ2K codestreams."""
    file = open_file(payload, frames)
    try:
        return {}, tuple(compress(file.array(frame)) for frame in wanted)
    except Refused as refusal:
        raise Refusal(refusal.code) from None


def compress(array: Array) -> bytes:
    """Return an array as a lossless HTJ2K codestream."""
    return bytes(imagecodecs.htj2k_encode(np.ascontiguousarray(array), reversible=True))


def render(
    payload: Any,
    *,
    frames: Spans,
    frame: int,
    window: list[Any] | None,
    form: str,
    quality: int,
    viewport: list[int] | None,
    boxes: Sequence[Sequence[int]] = (),
) -> Result:
    """Return a frame as a picture: ``form`` JPEG or PNG, within ``viewport`` (width, height) if given.

    ``boxes``: left, top, width, height of what is blanked.
    """
    file = open_file(payload, frames)
    try:
        picture = file.drawn(frame, Window(*window) if window else None)
    except Refused as refusal:
        raise Refusal(refusal.code) from None
    for left, top, width, height in boxes:
        picture.paste(0, (left, top, left + width, top + height))
    if viewport:
        picture.thumbnail((viewport[0], viewport[1]))
    return {"width": picture.width, "height": picture.height}, (_encoded(picture, form, quality),)


def derive(payload: Any, *, frames: Spans, frame: int) -> Result:
    """Return thumbnail and preview of a frame as JPEG, and the frame in lossless HTJ2K."""
    file = open_file(payload, frames)
    try:
        array = file.array(frame)
        picture = file.drawn(frame)
    except Refused as refusal:
        raise Refusal(refusal.code) from None
    preview = _within(picture, PREVIEW_SIDE, PREVIEW_BYTES)
    thumbnail = _within(picture, THUMBNAIL_SIDE, THUMBNAIL_BYTES)
    return {}, (thumbnail, preview, compress(array))


def transcode(payload: Any, *, frames: Spans, target: str) -> Result:
    """Return the whole file in another transfer syntax: explicit little endian, or lossless HTJ2K."""
    file = open_file(payload, frames)
    try:
        arrays = [file.array(frame) for frame in range(1, len(frames) + 1)]
        is_rgb = is_decoded_to_rgb(file.syntax, file.shape)
        streams = [compress(array) for array in arrays] if target in syntaxes.HTJ2K_ALL else None
        return {}, (write_anew(file.buffer, arrays, streams, target, is_rgb=is_rgb),)
    except Refused as refusal:
        raise Refusal(refusal.code) from None


def open_file(payload: Any, frames: Spans) -> File:
    """Return the file in the payload, or refuse it."""
    try:
        return File(payload, frames)
    except Refused as refusal:
        raise Refusal(refusal.code) from None


def _within(picture: Image.Image, side: int, most_bytes: int) -> bytes:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.BOX, reducing_gap=None)
    content = b""
    for quality in QUALITIES:
        content = _encoded(small, "JPEG", quality)
        if len(content) <= most_bytes:
            break
    return content


def _encoded(picture: Image.Image, form: str, quality: int) -> bytes:
    out = io.BytesIO()
    if form == "JPEG":
        picture.save(out, "JPEG", quality=quality)
    else:
        picture.save(out, "PNG", compress_level=1)
    return out.getvalue()
