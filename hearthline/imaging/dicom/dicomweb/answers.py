"""Answers of DICOMweb: JSON, parts one after another, and refusals in words."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from secrets import token_hex
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

DICOM_JSON = "application/dicom+json"
DICOM = "application/dicom"
OCTETS = "application/octet-stream"
GZIP_FROM_BYTES = 1024
GZIP_LEVEL = 1
Part = tuple[str, Iterable[bytes]]


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """The request is not answered; the sentence says what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def refusal(status: int, sentence: str) -> HttpResponse:
    """Return a refusal in words."""
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")


def as_json(request: HttpRequest, rows: Any, *, status: int = 200) -> HttpResponse:
    """Return rows as DICOM JSON."""
    content = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return json_bytes(request, content, status=status)


def json_bytes(request: HttpRequest, content: bytes, *, status: int = 200) -> HttpResponse:
    """Return DICOM JSON that is written already, packed where the client unpacks."""
    response = HttpResponse(content, content_type=DICOM_JSON, status=status)
    if len(content) >= GZIP_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(content, GZIP_LEVEL)
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept, Accept-Encoding"
    return response


def multipart(parts: Iterable[Part], kind: str, *, status: int = 200) -> StreamingHttpResponse:
    """Return parts (content type, pieces) one after another as they are read."""
    boundary = token_hex(16)
    response = StreamingHttpResponse(_written(parts, boundary), status=status)
    response["Content-Type"] = f'multipart/related; type="{kind}"; boundary={boundary}'
    return response


def _written(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    for content_type, pieces in parts:
        yield f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\n\r\n".encode()
        yield from pieces
    yield f"\r\n--{boundary}--\r\n".encode()


def ranged(request: HttpRequest, size: int) -> tuple[int, int] | None:
    """Return the (first, end) bytes of a single range asked for, or None for everything.

    Raises:
        Refusal: the range lies outside.
    """
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", "").strip())
    if asked is None or not any(asked.groups()):
        return None
    first, last = asked.groups()
    begin = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if begin >= end:
        raise Refusal(416, f"The resource has {size} bytes; ask for a range within them.")
    return begin, end
