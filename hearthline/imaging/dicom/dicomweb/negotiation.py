"""Which of the media types that a client accepts it is given (PS3.18 8.7)."""

import re
from dataclasses import dataclass

from django.http import HttpRequest

MOST_TYPES = 20
PARAMETER = re.compile(r';\s*([a-zA-Z-]+)\s*=\s*("[^"]*"|[^;,\s]+)')
ANY = "*/*"


@dataclass(frozen=True)
class Accepted:
    """One media type that a client takes. ``kind`` is that of the parts; ``syntax`` "" if none was named."""

    kind: str
    is_multipart: bool
    syntax: str
    quality: float


def accepted(request: HttpRequest) -> list[Accepted]:
    """Return what the client takes, best first; the query parameter goes before the header (PS3.18 8.3.3.1)."""
    text = request.GET.get("accept") or request.headers.get("Accept") or ANY
    found = []
    for entry in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', text)[:MOST_TYPES]:
        name = entry.split(";")[0].strip().lower()
        values = {key.lower(): value.strip('"') for key, value in PARAMETER.findall(entry)}
        is_multipart = name == "multipart/related"
        kind = values.get("type", ANY).lower() if is_multipart else name
        found.append(
            Accepted(kind, is_multipart, values.get("transfer-syntax", ""), _quality(values.get("q", "1")))
        )
    return sorted(found, key=lambda one: -one.quality)


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def takes(kinds: list[Accepted], *wanted: str) -> str:
    """Return the first of the wanted types (in the client's order) that it takes, or nothing."""
    for one in kinds:
        for kind in wanted:
            if one.kind in {kind, ANY} or (one.kind.endswith("/*") and kind.startswith(one.kind[:-1])):
                return kind
    return ""
