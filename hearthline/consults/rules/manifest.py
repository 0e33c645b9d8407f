"""What a signature under an answer covers: the answer, and exactly what its author was given. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

VERSION = "hearthline-consult-answer-1"
NOT_OPENED = "not opened"


@dataclass(frozen=True)
class SeenObject:
    """An object of the case: its digest, and the best quality of it that the author had open."""

    id: str
    sha256: str
    size_bytes: int
    content_type: str
    quality: str = NOT_OPENED


def write_manifest(
    *, case: Mapping[str, Any], answer: Mapping[str, Any], objects: Iterable[SeenObject], previous: str
) -> str:
    """Return the canonical text: keys sorted, no blanks, objects by id, so that one content has one digest."""
    content = {
        "version": VERSION,
        "case": dict(case),
        "answer": dict(answer),
        "objects": [asdict(one) for one in sorted(objects, key=lambda one: one.id)],
        "previous": previous,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(manifest: str) -> str:
    """Return the SHA-256 of a manifest, in hexadecimal."""
    return hashlib.sha256(manifest.encode()).hexdigest()
