"""A whole file written anew in another transfer syntax; the original stays as it came."""

import io
from collections.abc import Sequence

import numpy as np
import pydicom
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from hearthline.imaging.dicom.pixels.frames import Array


def write_anew(
    buffer: memoryview, arrays: Sequence[Array], streams: Sequence[bytes] | None, target: str, *, is_rgb: bool
) -> bytes:
    """Return the file with its frames uncompressed, or as the given codestreams."""
    data = pydicom.dcmread(io.BytesIO(buffer), stop_before_pixels=True)
    data.file_meta.TransferSyntaxUID = UID(target)
    if is_rgb:
        data.PhotometricInterpretation = "RGB"
    if data.get("SamplesPerPixel", 1) > 1:
        data.PlanarConfiguration = 0
    wide = data.get("BitsAllocated", 8) > 8
    if streams is None:
        content = b"".join(
            np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays
        )
        data.add_new(0x7FE00010, "OW" if wide else "OB", content + b"\0" * (len(content) % 2))
    else:
        data.add_new(0x7FE00010, "OB", encapsulate(list(streams)))
        data["PixelData"].is_undefined_length = True
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, implicit_vr=False, little_endian=True, enforce_file_format=False)
    return out.getvalue()
