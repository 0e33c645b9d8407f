"""Read headers of received files in the sandbox; nothing of them is parsed in this process."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hearthline.foundation import sandbox

READ_HEADERS = "hearthline.imaging.dicom.parsing.child:read_headers"
LIMITS = sandbox.Limits(memory_bytes=512 * 1024 * 1024, cpu_seconds=2, wall_seconds=10.0)
Span = tuple[int, int]


@dataclass(frozen=True)
class Read:
    """What one file turned out to be. ``refused`` says in one word why it is not taken."""

    refused: str = ""
    syntax: str = ""
    frames: Sequence[Sequence[int]] = ()
    bulk: dict[str, Sequence[int]] | None = None
    metadata: str = ""

    def attributes(self) -> dict[str, Any]:
        """Return the header as DICOM JSON."""
        found: dict[str, Any] = json.loads(self.metadata)
        return found


def read_headers(content: bytes | int, spans: Sequence[Span]) -> list[Read]:
    """Read the file at each (offset, length) of the content, which may be a descriptor of anonymous memory.

    When the child comes to a limit, the files are read one by one, so that only the one at fault is refused.
    """
    try:
        answer = sandbox.run_warm(
            READ_HEADERS, content, options={"spans": [list(span) for span in spans]}, limits=LIMITS
        )
    except sandbox.SandboxLimitError as error:
        if error.code == "busy":
            raise
        if len(spans) == 1:
            return [Read(refused="limit")]
        return [one for span in spans for one in read_headers(content, [span])]
    return [
        Read(refused=facts["refused"])
        if "refused" in facts
        else Read("", **facts, metadata=metadata.decode())
        for facts, metadata in zip(answer.facts["files"], answer.parts, strict=True)
    ]
