import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from hearthline.foundation import uploads
from hearthline.foundation.uploads import (
    MAX_IMAGE_SIDE,
    UploadRefusedError,
    clean_name,
    receive_document,
    receive_image,
    serve_as,
)

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(form: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **save: Any) -> bytes:
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))  # the left half
    out = io.BytesIO()
    image.convert(mode).save(out, form, **save)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("form", "mode", "kept"),
    [("JPEG", "RGB", "image/jpeg"), ("JPEG", "L", "image/jpeg"), ("JPEG", "CMYK", "image/jpeg"),
     ("PNG", "RGBA", "image/png"), ("PNG", "P", "image/png"), ("WEBP", "RGB", "image/jpeg")],
)  # fmt: skip
def test_takes_the_usual_pictures(form: str, mode: str, kept: str) -> None:
    upload = receive_image(io.BytesIO(picture(form, mode)))
    assert upload.content_type == kept
    assert (upload.width, upload.height) == (60, 40)
    assert opened(upload.content).size == (60, 40)
    assert opened(upload.thumbnail).format == "JPEG"


def test_turns_upright_and_drops_everything_but_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate 90 degrees clockwise
    exif[0x010F] = "CANARY camera"
    exif.get_ifd(0x8825)[1] = "N"
    content = picture("JPEG", exif=exif.tobytes(), comment=b"CANARY comment")
    assert b"CANARY" in content
    upload = receive_image(io.BytesIO(content + b"CANARY after the end"))
    assert b"CANARY" not in upload.content + upload.thumbnail
    image = opened(upload.content)
    assert image.size == (40, 60)
    assert not image.getexif()
    top, bottom = image.getpixel((20, 5)), image.getpixel((20, 55))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200 > bottom[2]  # the left half is on top now


def test_fits_large_pictures_and_makes_a_thumbnail() -> None:
    upload = receive_image(io.BytesIO(picture("JPEG", size=(6000, 3000))))
    assert max(upload.width, upload.height) <= MAX_IMAGE_SIDE
    assert abs(upload.width / upload.height - 2) < 0.01
    assert max(opened(upload.thumbnail).size) == uploads.THUMBNAIL_SIDE


def _bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
        (b"<html><script>alert(1)</script>", "kind"),
        (b"GIF89a" + bytes(100), "kind"),
        (b"MZ" + bytes(1000), "kind"),
        (PDF, "kind"),
        (b"\xff\xd8\xff" + bytes(1000), "damaged"),
        (picture("JPEG", size=(600, 400))[:900], "damaged"),
        (picture("PNG")[:60], "damaged"),
        (_bomb(60_000, 60_000), "pixels"),
        (_bomb(9_000, 9_000), "pixels"),
    ],
)
def test_refuses_what_is_not_a_sound_picture(content: bytes, code: str) -> None:
    with pytest.raises(UploadRefusedError) as refused:
        receive_image(io.BytesIO(content))
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def test_refuses_more_bytes_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_IMAGE_BYTES", 1024)
    with pytest.raises(UploadRefusedError) as refused:
        receive_image(io.BytesIO(picture("PNG") + bytes(2000)))
    assert refused.value.code == "size"


def test_keeps_plain_pdfs_and_refuses_active_or_cut_ones() -> None:
    upload = receive_document(io.BytesIO(PDF))
    assert (upload.content, upload.content_type, upload.is_image) == (PDF, "application/pdf", False)
    for changed, code in (
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "active"),
        (PDF.replace(b"/Catalog", b"/Catalog/Launch"), "active"),
        (PDF.replace(b"%%EOF", b""), "damaged"),
        (b"PK\x03\x04" + bytes(100), "kind"),
    ):
        with pytest.raises(UploadRefusedError) as refused:
            receive_document(io.BytesIO(changed))
        assert refused.value.code == code
    assert receive_document(io.BytesIO(picture("JPEG"))).is_image


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\photos\\rash.png", "rash.jpg"),
        ("rash\u202egpj.exe", "rashgpj.jpg"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x.jpg"),
        ("", "file.jpg"),
        ("...", "file.jpg"),
        ("ñ صورة.jpeg", "ñ صورة.jpg"),
        ("x" * 300, "x" * 96 + ".jpg"),
    ],
)
def test_file_names_are_fit_to_show(given: str, shown: str) -> None:
    assert clean_name(given, "image/jpeg") == shown


def test_a_browser_never_runs_what_it_is_sent() -> None:
    assert serve_as("application/pdf", 'a".pdf')["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert serve_as("text/html", "x.html")["Content-Type"] == "application/octet-stream"
    assert serve_as("image/png", "x")["Content-Disposition"].startswith("inline")
