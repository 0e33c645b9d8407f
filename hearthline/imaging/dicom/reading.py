"""Read headers of received files in the sandbox; nothing of them is parsed in this process."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hearthline.foundation import sandbox

READ_HEADERS = "hearthline.imaging.dicom.parsing.child:read_headers"
LIMITS = sandbox.Limits(memory_bytes=512 * 1024 * 1024, cpu_seconds=2, wall_seconds=10.0)
ROOM_BYTES = 64 * 1024 * 1024  # for one association; larger objects have a child of their own
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
        answer = sandbox.run_warm(READ_HEADERS, content, options=_options(spans), limits=LIMITS)
    except sandbox.SandboxLimitError as error:
        if error.code == sandbox.BUSY:
            raise
        if len(spans) == 1:
            return [Read(refused="limit")]
        return [one for span in spans for one in read_headers(content, [span])]
    return _reads(answer)


class ShiftReader:
    """Reads the headers of objects that one machine sends one after another, in one child for all of them."""

    def __init__(self) -> None:
        self._shift = sandbox.Shift(READ_HEADERS, limits=LIMITS, room_bytes=ROOM_BYTES)

    def read(self, content: bytes | int, spans: Sequence[Span]) -> list[Read]:
        """Read the one file of a descriptor of anonymous memory; a limit refuses it, and the next has a fresh child."""
        if isinstance(content, bytes):
            return read_headers(content, spans)
        try:
            answer = self._shift.ask(content, sum(spans[-1]), _options(spans))
        except sandbox.SandboxLimitError as error:
            if error.code == sandbox.BUSY:
                raise
            return [Read(refused="limit") for _span in spans]
        return _reads(answer)

    def end(self) -> None:
        """Let the child go."""
        self._shift.end()


def _options(spans: Sequence[Span]) -> dict[str, Any]:
    return {"spans": [list(span) for span in spans]}


def _reads(answer: sandbox.Answer) -> list[Read]:
    return [
        Read(refused=facts["refused"])
        if "refused" in facts
        else Read("", **facts, metadata=metadata.decode())
        for facts, metadata in zip(answer.facts["files"], answer.parts, strict=True)
    ]
