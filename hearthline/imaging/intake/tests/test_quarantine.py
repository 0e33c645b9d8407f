"""What leaves the quarantine and what does not. Each file is judged as the worker judges it: in the sandbox's child."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageFilter

from hearthline.foundation.sandbox import Limits
from hearthline.imaging.intake import examination
from hearthline.imaging.intake.choices import Form, Kind
from hearthline.imaging.intake.examination import Verdict, judge
from hearthline.imaging.intake.sandboxed import pictures
from hearthline.imaging.intake.tests.hostile import HONEST, attacks, film, honest_dicom, pdf, photo
from hearthline.imaging.intake.words import REFUSALS, refusal_sentence

ATTACKS = attacks()
HEIC = (Path(__file__).parent / "data" / "photo.heic").read_bytes()
MEGABYTE = 1024 * 1024


def opened(verdict: Verdict, form: Form) -> Image.Image:
    return Image.open(io.BytesIO(verdict.forms[form][0]))


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds and half a gigabyte: a file that needs more is refused with another word than its own."""
    monkeypatch.setattr(examination, "LIMITS", Limits(memory_bytes=512 * MEGABYTE, cpu_seconds=2))


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_an_attack_is_refused_in_words_within_two_seconds_and_512_mb(attack: str, tight: None) -> None:
    content, reason = ATTACKS[attack]
    verdict = judge(content, "photo.jpg")
    assert (verdict.refusal, verdict.forms) == (reason, {})
    assert reason in REFUSALS
    assert refusal_sentence(reason).endswith(".")


@pytest.mark.parametrize("kind", list(HONEST))
def test_an_honest_file_is_taken_for_what_it_is(kind: str) -> None:
    content, name = HONEST[kind]
    verdict = judge(content, name)
    assert (verdict.refusal, verdict.kind) == ("", Kind(kind))
    assert verdict.forms[Form.SANITIZED][0]


def test_a_photo_of_an_iphone_is_taken_upright_and_without_place() -> None:
    assert b"CANARY" in HEIC
    verdict = judge(HEIC)
    assert (verdict.kind, verdict.refusal) == (Kind.HEIC, "")
    clean, content_type = verdict.forms[Form.SANITIZED]
    assert (content_type, b"CANARY" in clean) == ("image/jpeg", False)
    left, right = (opened(verdict, Form.SANITIZED).convert("RGB").getpixel((x, 30)) for x in (10, 80))
    assert left[2] > 150 > left[0]  # type: ignore[index]
    assert right[0] > 150 > right[2]  # type: ignore[index]


def test_a_photo_loses_place_camera_comment_and_trailer_and_keeps_its_pixels_and_colours() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = "CANARY camera"
    exif.get_ifd(0x8825)[1] = "N"
    sent = photo(exif=exif.tobytes(), icc_profile=profile, comment=b"CANARY") + film(notes=b"CANARY")
    verdict = judge(sent)
    clean = opened(verdict, Form.SANITIZED)
    assert b"CANARY" not in b"".join(content for content, _ in verdict.forms.values())
    assert clean.tobytes() == Image.open(io.BytesIO(sent)).tobytes()
    assert clean.info["icc_profile"] == profile
    assert not clean.getexif()


@pytest.mark.parametrize(("orientation", "is_wide"), [(3, True), (6, False), (8, False)])
def test_a_turned_photo_stands_upright_in_every_form(orientation: int, is_wide: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    verdict = judge(photo(exif=exif.tobytes()))
    for form in (Form.SANITIZED, Form.PREVIEW, Form.THUMBNAIL):
        image = opened(verdict, form)
        assert (image.width > image.height) is is_wide
        blue_corner = {3: (0.9, 0.9), 6: (0.5, 0.02), 8: (0.5, 0.98)}[orientation]
        x, y = int(image.width * blue_corner[0]), int(image.height * blue_corner[1])
        around = image.convert("RGB").crop((max(0, x - 9), max(0, y - 9), x + 9, y + 9)).resize((1, 1))
        red, _, blue = around.getpixel((0, 0))  # type: ignore[misc]
        assert blue > red
    assert (verdict.facts["width"] > verdict.facts["height"]) is is_wide


def test_small_forms_keep_to_their_bytes() -> None:
    noise = Image.effect_noise((2400, 1800), 120).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)
    verdict = judge(out.getvalue())
    assert len(verdict.forms[Form.THUMBNAIL][0]) <= 9_000
    assert len(verdict.forms[Form.PREVIEW][0]) <= 150_000
    assert max(opened(verdict, Form.THUMBNAIL).size) > 100


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "I;16", "1"])
def test_pictures_of_every_mode_are_shown(mode: str) -> None:
    out = io.BytesIO()
    (Image.new("I;16", (40, 30), 900) if mode == "I;16" else Image.new(mode, (40, 30))).save(out, "PNG")
    verdict = judge(out.getvalue())
    assert verdict.refusal == ""
    assert opened(verdict, Form.PREVIEW).mode == "RGB"


def test_the_preamble_is_emptied_and_its_digest_kept() -> None:
    sent = honest_dicom(preamble=b"II*\0 from a scanner")
    verdict = judge(sent)
    clean, _ = verdict.forms[Form.SANITIZED]
    assert clean == bytes(128) + sent[128:]
    assert verdict.facts["preamble_sha256"] == hashlib.sha256(sent[:128]).hexdigest()
    bare = judge(honest_dicom(has_preamble=False))
    assert (bare.kind, bare.refusal) == (Kind.DICOM, "")


def test_a_film_loses_its_place_and_keeps_its_length() -> None:
    sent = film(notes=b"CANARY")
    clean, _ = judge(sent).forms[Form.SANITIZED]
    assert b"CANARY" not in clean
    assert len(clean) == len(sent)


def test_a_pdf_is_written_anew() -> None:
    sent = pdf().replace(b"%PDF-1.7\n", b"%PDF-1.7\n%CANARY\n")
    verdict = judge(sent + b"%CANARY after the end")
    clean, _ = verdict.forms[Form.SANITIZED]
    assert clean.startswith(b"%PDF")
    assert b"CANARY" not in clean


def _seen(image: Image.Image) -> list[str]:
    return pictures.findings(image, image.size)


def test_the_quality_check_sees_blur_dark_bright_and_small() -> None:
    sharp = Image.open(io.BytesIO(photo(size=(1600, 1200))))
    assert _seen(sharp) == []
    assert _seen(sharp.filter(ImageFilter.GaussianBlur(12))) == ["blurred"]
    assert _seen(Image.new("RGB", (1600, 1200), (224, 180, 150))) == ["blurred"], "its border is no edge"
    assert "dark" in _seen(sharp.point(lambda level: level // 20))
    assert "bright" in _seen(sharp.point(lambda level: min(255, level + 200)))
    assert "small" in _seen(sharp.resize((500, 400)))


@pytest.mark.parametrize("tone", [(60, 40, 30), (110, 75, 55), (240, 210, 190)])
def test_skin_of_any_tone_in_good_light_is_well_exposed(tone: tuple[int, int, int]) -> None:
    skin = Image.effect_noise((1200, 900), 20).convert("RGB")
    lit = Image.blend(Image.new("RGB", skin.size, tone), skin, 0.15)
    assert not {"dark", "bright"} & set(_seen(lit))


def test_every_reason_has_its_sentence() -> None:
    codes: set[Any] = {reason for _, reason in ATTACKS.values()}
    assert codes <= set(REFUSALS)
    assert refusal_sentence("") == ""
    assert refusal_sentence("never heard of") == str(REFUSALS["crash"])
