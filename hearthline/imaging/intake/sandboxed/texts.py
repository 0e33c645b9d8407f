"""Plain text, tables, HL7 version 2 messages, FHIR resources: read whole, by their own grammar."""

import codecs
import csv
import io
import json
import re
import unicodedata
from typing import Any

from hearthline.foundation.sandbox.child import Refusal

MAX_BYTES = 10 * 1024 * 1024
LONGEST_LINE = 100_000
MOST_COLUMNS = 1_000
MAX_DEPTH = 40
ALLOWED_CONTROLS = frozenset("\t\n\r\f")
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
CONTENT_TYPES = {
    "text": "text/plain",
    "csv": "text/csv",
    "hl7": "application/hl7-v2",
    "fhir": "application/fhir+json",
}
# MSH-18 says the character set; these are what real senders write, and Windows-1252 is what they mean by nothing.
ENCODINGS = ("utf-8-sig", "cp1252")
LOADED_NOW = [
    codecs.lookup(encoding) for encoding in ENCODINGS
]  # no file can be opened any more when they are needed


def examine(payload: bytes, *, kind: str) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Prove a text of one kind; its bytes stay as they are (a message's character set is said inside it)."""
    if len(payload) > MAX_BYTES:
        raise Refusal("lines")
    content = payload[:]  # a copy of what lies in shared memory
    text = _decoded(content)
    {"text": _check_text, "csv": _check_table, "hl7": _check_message, "fhir": _check_resource}[kind](text)
    return {"forms": [("sanitized", CONTENT_TYPES[kind])]}, (content,)


def _decoded(payload: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("lines")


def _check_text(text: str) -> None:
    if any(unicodedata.category(letter) == "Cc" and letter not in ALLOWED_CONTROLS for letter in set(text)):
        raise Refusal("lines")
    if max((len(line) for line in text.splitlines()), default=0) > LONGEST_LINE:
        raise Refusal("lines")


def _check_table(text: str) -> None:
    _check_text(text)
    try:
        for row in csv.reader(io.StringIO(text)):
            if len(row) > MOST_COLUMNS:
                raise Refusal("lines")
    except csv.Error:
        raise Refusal("lines") from None


def _check_message(text: str) -> None:
    lines = [line for line in re.split(r"[\r\n]+", text.strip("\x0b\x1c\r\n\t ")) if line]
    header = lines[0]
    if header[:3] not in {"MSH", "FHS", "BHS"} or len(header) < 9:
        raise Refusal("message")
    separator = header[3]
    for line in lines:
        if not SEGMENT.match(line) or (len(line) > 3 and line[3] != separator):
            raise Refusal("message")
    if not any(line.startswith("MSH") and line.count(separator) >= 10 for line in lines):
        raise Refusal("message")


def _check_resource(text: str) -> None:
    try:
        resource = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refusal("resource") from None
    if not isinstance(resource, dict) or not re.fullmatch(
        r"[A-Z][A-Za-z]{1,63}", str(resource.get("resourceType", ""))
    ):
        raise Refusal("resource")
    if _depth(resource) > MAX_DEPTH:
        raise Refusal("resource")


def _refuse_constant(_: str) -> None:
    raise Refusal("resource")


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            part
            for one in level
            for part in (one.values() if isinstance(one, dict) else one)
            if isinstance(part, dict | list)
        ]
    return depth
