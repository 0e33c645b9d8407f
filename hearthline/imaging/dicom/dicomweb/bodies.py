"""The body of a store request: taken into anonymous memory, and where its parts lie."""

import mmap
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.http import HttpRequest

from hearthline.imaging.dicom.dicomweb.answers import DICOM, Refusal

MAX_BODY_BYTES = 256 * 1024 * 1024  # one request; a study of more is sent in several
MAX_BYTES_IN_MEMORY = 512 * 1024 * 1024  # all requests of this process together
MOST_PARTS = 2000
HEADER_BYTES = 4096
PIECE_BYTES = 1024 * 1024
# RFC 2046 allows 70 characters; Orthanc sends 73.
BOUNDARY = re.compile(r'boundary=("[^"]{1,200}"|[^;,\s]{1,200})', re.IGNORECASE)
Span = tuple[int, int]
_lock = Lock()
_in_memory = 0


@contextmanager
def body_in_memory(request: HttpRequest) -> Iterator[tuple[int, mmap.mmap]]:
    """Yield a descriptor of anonymous memory with the request's body, and the same mapped.

    Raises:
        Refusal: it is empty or too large, or the process holds too many already.
    """
    descriptor = os.memfd_create("body")
    taken = 0
    try:
        for piece in _pieces(request):
            _reserve(len(piece))
            taken += len(piece)
            if taken > MAX_BODY_BYTES:
                raise Refusal(413, f"Send at most {MAX_BODY_BYTES // 1024 // 1024} MB in one request.")
            view = memoryview(piece)
            while view:
                view = view[os.write(descriptor, view) :]
        if not taken:
            raise Refusal(400, "The request has no body. Send at least one DICOM object.")
        with mmap.mmap(descriptor, taken, prot=mmap.PROT_READ) as content:
            yield descriptor, content
    finally:
        _reserve(-taken)
        os.close(descriptor)


def _reserve(size: int) -> None:
    global _in_memory  # noqa: PLW0603 - one figure of the process
    with _lock:
        if size > 0 and _in_memory + size > MAX_BYTES_IN_MEMORY:
            raise Refusal(503, "Too much is being received at once. Try again in a few seconds.")
        _in_memory += size


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    is_chunked = not request.META.get("CONTENT_LENGTH") and request.META.get("wsgi.input_terminated")
    source = request.META["wsgi.input"] if is_chunked else request
    while piece := source.read(PIECE_BYTES):
        yield piece


def boundary_of(content_type: str) -> bytes:
    """Return the boundary of a multipart body of DICOM objects.

    Raises:
        Refusal: it is something else.
    """
    found = BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/related") or found is None:
        raise Refusal(415, 'Send multipart/related with type="application/dicom" and a boundary.')
    return found.group(1).strip('"').encode("latin-1", "replace")


def parts_of(content: mmap.mmap, boundary: bytes) -> list[Span]:
    """Return (offset, length) of each part.

    Raises:
        Refusal: the body is cut, has too many parts, or parts of another type.
    """
    delimiter = b"--" + boundary
    position = content.find(delimiter)
    spans: list[Span] = []
    while position >= 0:
        position += len(delimiter)
        if content[position : position + 2] == b"--":
            return spans
        begin = content.find(b"\r\n\r\n", position, position + HEADER_BYTES)
        end = content.find(b"\r\n" + delimiter, max(begin, 0) + 2)
        if begin < 0 or end < 0:
            break
        head = content[position:begin].lower()
        if b"content-type:" in head and DICOM.encode() not in head:
            raise Refusal(415, "Each part has to be application/dicom.")
        spans.append((begin + 4, max(0, end - begin - 4)))
        if len(spans) > MOST_PARTS:
            raise Refusal(413, f"Send at most {MOST_PARTS} objects in one request.")
        position = end + 2
    raise Refusal(400, "The body ends before its last boundary. Send it again.")
