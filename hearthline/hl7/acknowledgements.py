"""The answer to a message (HL7 v2.5.1, chapter 2.9): AA taken and filed, AE kept for a person, AR send it again.

``AA`` and ``AE`` are said after the message was committed; sending it again changes nothing. ``AR`` says that nothing
was kept. ERR says where and why, in words without anything of the patient.
"""

import re
from dataclasses import dataclass

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.hl7.separators import Header

APPLICATION = "HEARTHLINE"
SENTENCE_LENGTH = 200
PLACE = re.compile(r"(?P<segment>[A-Z][A-Z0-9]{2})(?:\((?P<number>\d+)\))?(?:-(?P<field>\d+))?")
CONDITIONS = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "202": "Unsupported processing id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "207": "Application internal error",
}  # HL7 table 0357


@dataclass(frozen=True)
class Outcome:
    """What is answered."""

    code: str  # AA, AE, AR
    condition: str = "0"
    where: str = ""
    sentence: str = ""


def acknowledgement(header: Header | None, outcome: Outcome) -> bytes:
    """Return the ACK; without a header that could be read it names no message."""
    # Latin 1 as the header was read: the control id goes back byte for byte as it came.
    at = clock.now().strftime("%Y%m%d%H%M%S+0000")
    to, control_id, trigger, version = ("^", "", "R01", "2.5.1") if header is None else _of(header)
    sender, _, facility = to.partition("^")
    us = _safe(header.receiving_facility) if header is not None else ""
    segments = [
        f"MSH|^~\\&|{APPLICATION}|{us}|{sender}|{facility}|{at}||ACK^{trigger}^ACK|{new_id().hex[-20:]}|P|{version}",
        f"MSA|{outcome.code}|{control_id}",
    ]
    if outcome.code != "AA":
        words = CONDITIONS.get(outcome.condition, CONDITIONS["207"])
        place = _place(outcome.where)
        sentence = _safe(outcome.sentence)[:SENTENCE_LENGTH]
        segments.append(f"ERR||{place}|{outcome.condition}^{words}^HL70357|E||||{sentence}")
    return ("\r".join(segments) + "\r").encode("latin-1", "replace")


def _of(header: Header) -> tuple[str, str, str, str]:
    to = f"{_safe(header.sending_application)}^{_safe(header.sending_facility)}"
    return to, _safe(header.control_id), _safe(header.kind[1]) or "R01", _safe(header.version) or "2.5.1"


def _safe(text: str) -> str:
    """Return text that cannot end a field, segment or block."""
    shown = "".join(letter for letter in text if letter >= " " and letter not in "\x7f\x85")
    for mark, sequence in (("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("~", "\\R\\"), ("&", "\\T\\")):
        shown = shown.replace(mark, sequence)
    return shown


def _place(where: str) -> str:
    found = PLACE.fullmatch(where)
    if found is None:
        return ""
    return "^".join(part for part in (found["segment"], found["number"] or "1", found["field"] or "") if part)
