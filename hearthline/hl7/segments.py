"""Segments of a message as python-hl7 takes them apart, with parts asked by number and given as meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import hl7

from hearthline.charting.results.drafts import UnreadableError
from hearthline.charting.results.models import Laboratory
from hearthline.hl7.escapes import unescaper
from hearthline.hl7.separators import Header, codec_of, decoded, header_of, split

MAX_SEGMENTS = 10_000


@dataclass(frozen=True)
class Marks:
    """How one message marks its parts, and how text in it is meant."""

    header: Header
    unescape: Any

    def components(self, text: str) -> Sequence[str]:
        """Return the components of a repetition, each as meant."""
        return [self.unescape(part) for part in split(text, self.header.component)]


@dataclass(frozen=True)
class Segment:
    """One segment. Fields count from 1, as the standard does; what is not there is empty."""

    marks: Marks
    parts: Any
    number: int  # which of its kind in the message

    @property
    def name(self) -> str:
        """The segment's three letters."""
        return str(self.parts[0])

    def raw(self, field: int) -> str:
        """Return a field as it was sent."""
        return str(self.parts[field]) if len(self.parts) > field else ""

    def repetitions(self, field: int) -> Sequence[str]:
        """Return the repetitions of a field as they were sent, without empty ones."""
        return [part for part in split(self.raw(field), self.marks.header.repetition) if part]

    def components(self, field: int) -> Sequence[str]:
        """Return the components of a field's first repetition, as meant."""
        found = self.repetitions(field)
        return self.marks.components(found[0]) if found else [""]

    def text(self, field: int, component: int = 1) -> str:
        """Return one component of a field, as meant and without spaces around it; HL7's null is empty."""
        found = self.components(field)
        shown = found[component - 1].strip() if len(found) >= component else ""
        return "" if shown == '""' else shown

    def whole(self, field: int) -> str:
        """Return all of a field's text, its repetitions below one another, as meant."""
        return "\n".join(
            self.marks.unescape(part) for part in split(self.raw(field), self.marks.header.repetition)
        )

    def place(self, field: int) -> str:
        """Return where a field stands, for the answer."""
        return f"{self.name}({self.number})-{field}"


def segments_of(raw: bytes, laboratory: Laboratory) -> Iterator[Segment]:
    """Take a message apart.

    Raises:
        UnreadableError: it is no HL7 v2 message, or in a character set that it does not name.
    """
    header = header_of(raw)
    codec = codec_of(header, laboratory.charset)
    text = decoded(raw, codec)
    if text.count("\r") > MAX_SEGMENTS:
        raise UnreadableError("MSH", f"Send at most {MAX_SEGMENTS} segments in a message.")
    marks = Marks(header, unescaper(header, codec))
    try:
        message = hl7.parse(text)
    except (hl7.HL7Exception, IndexError, KeyError, ValueError, TypeError, RecursionError):
        raise UnreadableError("MSH", "The message cannot be taken apart.", code="100") from None
    counts: dict[str, int] = {}
    for parts in message:
        name = str(parts[0])
        counts[name] = counts.get(name, 0) + 1
        if name.strip():
            yield Segment(marks, parts, counts[name])
