"""Pictures and documents from people: taken only in known forms, cleaned in the sandbox, explained when refused.

A picture is decoded and written anew, so that position, camera, embedded files and anything hidden in its form are
gone. A PDF cannot be cleaned that way: it is kept as it came, refused when it plainly carries scripts or files, and
has to be served as a download (``serve_as``), never shown inside our pages.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hearthline.foundation import sandbox
from hearthline.foundation.blobs import Readable

MAX_IMAGE_BYTES = 25 * 1024 * 1024
MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
MAX_IMAGE_PIXELS = 64_000_000
MAX_IMAGE_SIDE = 4096
THUMBNAIL_SIDE = 320
MAX_NAME_LENGTH = 100

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
SUFFIXES = {JPEG: ".jpg", PNG: ".png", PDF: ".pdf"}
ACTIVE_PDF = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")


class UploadRefusedError(Exception):
    """The file is not taken; the message tells the person why and what to do. ``code`` is for tests and counts."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Upload:
    """A file that may be kept. ``width``, ``height`` and ``thumbnail`` (JPEG) are there for pictures."""

    content: bytes
    content_type: str
    width: int = 0
    height: int = 0
    thumbnail: bytes = b""

    @property
    def is_image(self) -> bool:
        """Whether it is a picture."""
        return self.content_type in {JPEG, PNG}


def receive_image(stream: Readable, *, thumbnail_side: int = THUMBNAIL_SIDE) -> Upload:
    """Take a JPEG, PNG or WebP picture; return it upright, without metadata, at most 4096 pixels a side.

    ``thumbnail_side`` is the longest side of its thumbnail, in pixels.

    Raises:
        UploadRefusedError: too large, another kind of file, or damaged.
    """
    content = _read(stream, MAX_IMAGE_BYTES)
    if _kind_of(content) not in {JPEG, PNG, WEBP}:
        raise UploadRefusedError("kind", _("This is not a JPEG, PNG or WebP picture. Choose another file."))
    return _clean(content, thumbnail_side)


def receive_document(stream: Readable) -> Upload:
    """Take a picture (cleaned as by ``receive_image``) or a PDF (kept as it is).

    Raises:
        UploadRefusedError: too large, another kind of file, damaged, or a PDF with active content.
    """
    content = _read(stream, MAX_IMAGE_BYTES)
    kind = _kind_of(content)
    if kind == PDF:
        return _check_pdf(content)
    if kind is None:
        message = _("This kind of file cannot be sent. Use a JPEG, PNG or WebP picture, or a PDF.")
        raise UploadRefusedError("kind", message)
    return _clean(content)


def clean_name(name: str, content_type: str) -> str:
    """Return a file name fit to show and to download: no path, no control or direction marks, the true suffix."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in base if unicodedata.category(letter)[0] != "C")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", shown).strip(" .")
    suffix = SUFFIXES.get(content_type, "")
    return (stem[: MAX_NAME_LENGTH - len(suffix)] or "file") + suffix


def serve_as(content_type: str, name: str) -> dict[str, str]:
    """Return the headers with which a kept file is sent to a browser: never run, never cached, PDF as a download."""
    way = "inline" if content_type in {JPEG, PNG} else "attachment"
    plain = clean_name(name, content_type).encode("ascii", "ignore").decode().replace('"', "") or "file"
    return {
        "Content-Type": content_type if content_type in SUFFIXES else "application/octet-stream",
        "Content-Disposition": f'{way}; filename="{plain}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _read(stream: Readable, max_bytes: int) -> bytes:
    pieces, size = [], 0
    while piece := stream.read(min(65_536, max_bytes + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            message = _("The file is larger than %(limit)d MB. Choose a smaller one.")
            raise UploadRefusedError("size", message % {"limit": max_bytes // 1024 // 1024})
    if not size:
        raise UploadRefusedError("empty", _("The file is empty. Choose another one."))
    return b"".join(pieces)


def _kind_of(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return PDF if content.startswith(b"%PDF-") else None


def _clean(content: bytes, thumbnail_side: int = THUMBNAIL_SIDE) -> Upload:
    options = {"max_pixels": MAX_IMAGE_PIXELS, "max_side": MAX_IMAGE_SIDE, "thumbnail_side": thumbnail_side}
    try:
        answer = sandbox.run("hearthline.foundation.sandbox.images:clean_image", content, options=options)
    except sandbox.SandboxError as error:
        raise _explain(error.code) from error
    facts, (picture, thumbnail) = answer.facts, answer.parts
    return Upload(picture, facts["type"], facts["width"], facts["height"], thumbnail)


def _explain(code: str) -> UploadRefusedError:
    if code == "busy":
        return UploadRefusedError(
            code, _("Many pictures are being prepared just now. Try again in a minute.")
        )
    if code in {"pixels", "memory", "time", "output"}:
        return UploadRefusedError("pixels", _("The picture is too large to open. Send a smaller one."))
    return UploadRefusedError(
        "damaged", _("The picture could not be opened; it may be damaged. Take it again.")
    )


def _check_pdf(content: bytes) -> Upload:
    if len(content) > MAX_DOCUMENT_BYTES:
        message = _("The file is larger than %(limit)d MB. Choose a smaller one.")
        raise UploadRefusedError("size", message % {"limit": MAX_DOCUMENT_BYTES // 1024 // 1024})
    if b"%%EOF" not in content[-2048:]:
        raise UploadRefusedError(
            "damaged", _("The PDF is not complete. Save it again and send the new file.")
        )
    if ACTIVE_PDF.search(content):
        message = _("The PDF contains a script or another file. Print it to a new PDF and send that one.")
        raise UploadRefusedError("active", message)
    return Upload(content, PDF)
