"""Runs in the sandbox's child: a photo as a DICOM object, its JPEG inside byte for byte (PS3.3 A.32.4 and A.32.11)."""

import io
from typing import Any

import pydicom
from PIL import Image, ImageCms, JpegImagePlugin
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from hearthline.foundation.sandbox.child import Refusal
from hearthline.imaging.dicom.parsing.syntaxes import JPEG_BASELINE

LOADED_NOW = (JpegImagePlugin,)
Image.preinit()
PHOTOGRAPH = "1.2.840.10008.5.1.4.1.1.77.1.4"
DERMOSCOPY = "1.2.840.10008.5.1.4.1.1.77.1.7"
BASELINE = 0xC0
S_RGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
METHOD = "ISO_10918_1"
# The one word that these objects have for a JPEG in luminance and chrominance; its own header says how it was sampled.
COLOUR = "YBR_FULL_422"
# Type 2 in a dermoscopic image: said to be not known.
NOT_KNOWN = (
    "LightSourcePolarization",
    "EmitterColorTemperature",
    "ContactMethod",
    "OpticalMagnificationFactor",
)
Result = tuple[dict[str, Any], tuple[bytes, ...]]


def wrap_photo(payload: Any, *, is_dermoscopy: bool, texts: dict[str, Any]) -> Result:
    """Return a DICOM file around a JPEG. ``texts``: attributes by keyword (patient, study, UIDs, times, body part)."""
    content = bytes(payload)
    image = Image.open(io.BytesIO(content), formats=("JPEG",))
    if image.mode not in {"RGB", "L"} or not _is_baseline(content):
        raise Refusal("photo")
    data = _file(PHOTOGRAPH if not is_dermoscopy else DERMOSCOPY, texts["SOPInstanceUID"])
    _describe(data, texts, is_dermoscopy=is_dermoscopy)
    _picture(data, image, len(content))
    data.add_new(0x7FE00010, "OB", encapsulate([content]))
    data["PixelData"].is_undefined_length = True
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, enforce_file_format=True)
    return {"rows": image.height, "columns": image.width}, (out.getvalue(),)


def _file(sop_class: str, sop_uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    meta.TransferSyntaxUID = UID(JPEG_BASELINE)
    data = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    data.SOPClassUID = UID(sop_class)
    return data


def _describe(data: Dataset, texts: dict[str, Any], *, is_dermoscopy: bool) -> None:
    data.SpecificCharacterSet = "ISO_IR 192"
    data.ImageType = ["ORIGINAL", "PRIMARY"]
    data.Modality = "DMS" if is_dermoscopy else "XC"
    data.Manufacturer = "Hearthline"
    data.AcquisitionContextSequence = []
    for keyword, value in texts.items():
        setattr(data, keyword, value)
    if is_dermoscopy:
        data.ManufacturerModelName, data.SoftwareVersions = "Photo", "1"
        data.DeviceSerialNumber = "0"
        data.FrameOfReferenceUID = f"{texts['SeriesInstanceUID']}.1"
        data.PositionReferenceIndicator = ""
        for keyword in NOT_KNOWN:
            setattr(data, keyword, None)
    data.RecognizableVisualFeatures = texts.get("RecognizableVisualFeatures", "YES")


def _picture(data: Dataset, image: Image.Image, size: int) -> None:
    is_grey = image.mode == "L"
    data.SamplesPerPixel = 1 if is_grey else 3
    data.PhotometricInterpretation = "MONOCHROME2" if is_grey else COLOUR
    if not is_grey:
        data.PlanarConfiguration = 0
        data.ICCProfile = image.info.get("icc_profile") or S_RGB
        data.ColorSpace = "SRGB"
        data.add_new(0x00282000, "OB", _even(data.ICCProfile))
    data.Rows, data.Columns = image.height, image.width
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.BurnedInAnnotation = "NO"
    data.LossyImageCompression = "01"
    data.LossyImageCompressionRatio = f"{image.width * image.height * data.SamplesPerPixel / size:.2f}"
    data.LossyImageCompressionMethod = METHOD


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) % 2)


def _is_baseline(content: bytes) -> bool:
    """Return whether the frame is baseline sequential, which every DICOM reader decodes."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return marker == BASELINE
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False
