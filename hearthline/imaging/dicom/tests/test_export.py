"""What we write is valid by dciodvfy, and what was inside is inside unchanged."""

import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import generate_frames
from pydicom.uid import UID

from hearthline.foundation.ids import new_id
from hearthline.imaging.dicom.models import Instance
from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.pictures import transcoded
from hearthline.imaging.dicom.services.export import NotExportableError, Photo, export_photo
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from tests.people import People

VALIDATOR = "/usr/bin/dciodvfy"
# What the validator of 2022 warns of, and why it stays: see docs/imaging.md.
KNOWN_WARNINGS = ("Unrecognized defined term = <DMS>",)


@pytest.fixture
def imaging(people: People) -> Imaging:
    return make_imaging(people)


def skin(form: str = "JPEG", *, mode: str = "RGB", **settings: Any) -> bytes:
    """A drawn patch of skin with a mark."""
    y, x = np.mgrid[0:240, 0:320]
    mark = ((x - 160) ** 2 + (y - 120) ** 2 < 40**2)[..., None]
    picture = np.where(mark, [96, 60, 48], [224, 172, 150]).astype("u1")
    out = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(out, form, **settings)
    return out.getvalue()


def findings(content: bytes, directory: Path) -> tuple[list[str], list[str]]:
    """Return the errors and the warnings of dciodvfy."""
    path = directory / "made.dcm"
    path.write_bytes(content)
    told = subprocess.run([VALIDATOR, "-new", str(path)], capture_output=True, text=True, check=False)
    lines = (told.stderr + told.stdout).splitlines()
    return [one for one in lines if one.startswith("Error")], [
        one for one in lines if one.startswith("Warning")
    ]


def as_known(content: bytes) -> bytes:
    """The file under a transfer syntax that the validator knows: HTJ2K came a year after it, with the same header."""
    data = pydicom.dcmread(io.BytesIO(content))
    if data.file_meta.TransferSyntaxUID == syntaxes.HTJ2K_LOSSLESS:
        data.file_meta.TransferSyntaxUID = UID(syntaxes.JPEG_2000_LOSSLESS)
    return written(data)


@pytest.mark.parametrize("is_dermoscopy", [False, True])
@pytest.mark.parametrize("picture", [{"subsampling": 2}, {"subsampling": 0}, {"mode": "L"}])
def test_a_photo_becomes_a_valid_object(
    imaging: Imaging, tmp_path: Path, is_dermoscopy: bool, picture: dict[str, Any]
) -> None:
    photo = Photo(
        skin(**picture),
        new_id(),
        new_id(),
        datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        body_part="ARM",
        laterality="L",
        is_dermoscopy=is_dermoscopy,
    )
    made = export_photo(imaging.people.physician.actor, patient=imaging.patient, photo=photo)
    errors, warnings = findings(made, tmp_path)
    assert errors == []
    assert [one for one in warnings if not any(known in one for known in KNOWN_WARNINGS)] == []
    data = pydicom.dcmread(io.BytesIO(made))
    (inside,) = generate_frames(data.PixelData, number_of_frames=1)
    assert inside.rstrip(b"\0") == photo.content.rstrip(b"\0")
    (outcome,) = take(imaging.people.physician.actor, imaging.patient, made)
    assert not outcome.refused


def test_what_is_no_baseline_jpeg_is_not_wrapped(imaging: Imaging) -> None:
    for content in (skin(progressive=True), skin("PNG")):
        photo = Photo(content, new_id(), new_id(), datetime(2026, 3, 1, tzinfo=UTC))
        with pytest.raises((NotExportableError, Exception)):
            export_photo(imaging.people.physician.actor, patient=imaging.patient, photo=photo)


@pytest.mark.parametrize("name", ["CT_small.dcm", "JPEG2000.dcm", "MR_small.dcm", "SC_rgb_jpeg_dcmtk.dcm"])
@pytest.mark.parametrize("syntax", [syntaxes.EXPLICIT_LITTLE, syntaxes.HTJ2K_LOSSLESS])
def test_transcoding_adds_no_error_and_changes_no_pixel(
    imaging: Imaging, tmp_path: Path, name: str, syntax: str
) -> None:
    content = written(of_patient(sample(name), imaging.patient))
    take(imaging.people.physician.actor, imaging.patient, content)
    made = transcoded(Instance.objects.get(), syntax)
    assert set(findings(as_known(made), tmp_path)[0]) <= set(findings(content, tmp_path)[0])
    before, after = pydicom.dcmread(io.BytesIO(content)), pydicom.dcmread(io.BytesIO(made))
    assert after.file_meta.TransferSyntaxUID == syntax
    assert (after.Rows, after.Columns) == (before.Rows, before.Columns)
    if syntax == syntaxes.EXPLICIT_LITTLE and before.SamplesPerPixel == 1:
        assert np.array_equal(before.pixel_array, after.pixel_array)
