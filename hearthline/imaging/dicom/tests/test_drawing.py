"""What is drawn is what the header means: tables of colours in segments, and pictures that need not be sent twice."""

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import generate_uid

from hearthline.imaging.dicom.models import Derived, Instance
from hearthline.imaging.dicom.parsing.errors import Refused
from hearthline.imaging.dicom.pictures import Wish, derived, drawn
from hearthline.imaging.dicom.pixels.palettes import expanded
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from tests.people import People

# From black to 60000 in 100 steps, then 60000 fifty-five times, and down again: 256 entries.
RAMP = [0, 1, 0, 1, 100, 60000, 1, 55, 60000, 1, 100, 0]


@pytest.fixture
def imaging(people: People) -> Imaging:
    return make_imaging(people)


def one(imaging: Imaging, name: str = "CT_small.dcm") -> Instance:
    data = of_patient(sample(name), imaging.patient)
    take(imaging.people.physician.actor, imaging.patient, written(data))
    return Instance.objects.select_related("series__study").get(sop_uid=data.SOPInstanceUID)


def test_a_palette_in_segments_is_drawn_as_pydicom_draws_it(imaging: Imaging) -> None:
    data = of_patient(sample("examples_palette.dcm"), imaging.patient)
    for colour, words in (("Red", RAMP), ("Green", RAMP[:4] + RAMP[4:]), ("Blue", [0, 1, 60000, 1, 255, 0])):
        setattr(data, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        delattr(data, f"{colour}PaletteColorLookupTableData")
        name = f"Segmented{colour}PaletteColorLookupTableData"
        setattr(data, name, np.asarray(words, "<u2").tobytes())
        data[name].VR = "OW"
    expected = (apply_color_lut(data.pixel_array, data) >> 8).astype("u1")
    take(imaging.people.physician.actor, imaging.patient, written(data))
    shown = Image.open(io.BytesIO(drawn(Instance.objects.get(), 1, Wish("PNG"))))
    assert np.array_equal(np.asarray(shown), expected)


def test_segments_that_point_to_others_are_followed_once() -> None:
    words = np.asarray([0, 2, 10, 20, 1, 2, 40, 2, 2, 0, 0])
    assert expanded(words, 8, 2).tolist() == [10, 20, 30, 40, 10, 20, 30, 40]
    octets = np.asarray([0, 2, 10, 20, 2, 1, 0, 0, 0, 0])
    assert expanded(octets, 4, 1).tolist() == [10, 20, 10, 20]
    assert len(expanded(np.asarray([0, 1, 5, 1, 60000, 9]), 16, 2)) == 16


@pytest.mark.parametrize(
    "words", [[1, 4, 9], [2, 1, 0, 0], [7, 1, 1], [], [0, 1, 5, 2, 1, 6, 0, 2, 1, 0, 0], [0, 1, 5, 1, 0, 9]]
)
def test_segments_that_make_no_sense_are_refused(words: list[int]) -> None:
    with pytest.raises(Refused):
        expanded(np.asarray(words, np.int64), 256, 2)


def test_signed_values_padding_and_negatives_are_drawn_as_the_standard_orders_them(imaging: Imaging) -> None:
    data = of_patient(sample(), imaging.patient)
    data.PhotometricInterpretation = "MONOCHROME1"
    data.WindowCenter, data.WindowWidth = ["40", "-600"], ["400", "1500"]  # the first of several
    data.PixelPaddingValue = int(data.pixel_array[0, 0])
    take(imaging.people.physician.actor, imaging.patient, written(data))
    stored = data.pixel_array.astype(float)
    real = stored * float(data.RescaleSlope) + float(data.RescaleIntercept)
    shade = np.clip((real - 39.5) / 399 + 0.5, 0, 1) * 255
    wanted = 255 - shade
    wanted[stored == stored[0, 0]] = 0
    assert real.min() < 0
    shown = np.asarray(Image.open(io.BytesIO(drawn(Instance.objects.get(), 1, Wish("PNG")))).convert("L"))
    assert np.abs(shown - wanted).max() <= 1


def test_an_overlay_is_white_where_it_says_and_nowhere_else(imaging: Imaging) -> None:
    data = of_patient(sample(), imaging.patient)
    take(imaging.people.physician.actor, imaging.patient, written(data))
    bare = np.asarray(Image.open(io.BytesIO(drawn(Instance.objects.get(), 1, Wish("PNG")))).convert("L"))
    mask = np.zeros((16, 24), "u1")
    mask[2:6, 3:20] = 1
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    block = {0x0010: 16, 0x0011: 24, 0x0040: "G", 0x0050: [101, 11], 0x0100: 1, 0x0102: 0}
    kinds = {0x0010: "US", 0x0011: "US", 0x0040: "CS", 0x0050: "SS", 0x0100: "US", 0x0102: "US"}
    for element, value in block.items():
        data.add_new((0x6000, element), kinds[element], value)
    data.add_new((0x6000, 0x3000), "OW", np.packbits(mask, bitorder="little").tobytes())
    take(imaging.people.physician.actor, imaging.patient, written(data))
    kept = Instance.objects.get(sop_uid=data.SOPInstanceUID)
    shown = np.asarray(Image.open(io.BytesIO(drawn(kept, 1, Wish("PNG")))).convert("L"))
    wanted = bare.copy()
    wanted[102:106, 13:30] = 255
    assert np.array_equal(shown, wanted)


def test_a_thumbnail_for_a_large_viewport_is_the_stored_preview(imaging: Imaging) -> None:
    kept = one(imaging)
    series = kept.series
    place = f"studies/{series.study.study_uid}/series/{series.series_uid}/instances/{kept.sop_uid}/frames/1"
    address = f"{imaging.root}/{place}/thumbnail"
    small = imaging.client.get(address)
    large = imaging.client.get(f"{address}?viewport=1600,1600")
    assert small.headers["ETag"] != large.headers["ETag"]
    assert large.content == derived(kept, Derived.Kind.PREVIEW).read()
    assert small.content == imaging.client.get(f"{address}?viewport=800,1600").content
    assert (len(small.content) <= 9 * 1024, len(large.content) <= 150 * 1024) == (True, True)
    assert imaging.client.get(f"{address}?viewport=x").status_code == 400


def test_a_picture_that_the_client_has_is_not_sent_again(imaging: Imaging) -> None:
    kept = one(imaging)
    series = kept.series
    place = f"studies/{series.study.study_uid}/series/{series.series_uid}/instances/{kept.sop_uid}"
    for address in (f"{imaging.root}/{place}/thumbnail", f"{imaging.root}/{place}/rendered?window=40,400"):
        first = imaging.client.get(address)
        assert first.status_code == 200
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = imaging.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert imaging.client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    other = imaging.client.get(f"{imaging.root}/{place}/rendered?window=50,400")
    assert other.headers["ETag"] != first.headers["ETag"]
    of_person = imaging.people.physician.client.get(
        f"/dicomweb/patients/{imaging.patient.pk}/{place}/thumbnail"
    )
    assert of_person.headers["Cache-Control"] == "no-store"
    kept.retracted_at = kept.created_at
    kept.save(update_fields=["retracted_at"])
    gone = imaging.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert gone.status_code == 404
