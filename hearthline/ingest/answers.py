"""What the edge says: JSON with a sentence that names the next step. Nothing of a person stands in a refusal."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from hearthline.monitoring.readings.pipeline.types import Outcome

JSON = b"application/json; charset=utf-8"
FHIR = b"application/fhir+json; charset=utf-8"
WORDS = {
    Outcome.ACCEPTED: ("accepted", "Stored."),
    Outcome.DUPLICATE: ("duplicate", "It was stored before; nothing to do."),
    Outcome.CONFLICT: (
        "conflict",
        "Another value is stored for this moment; it was kept and both are noted.",
    ),
    Outcome.UNKNOWN_PERSON: (
        "unknown-person",
        "The device was nobody's at that time; assign it to a person, then send again.",
    ),
    Outcome.UNKNOWN_DEVICE: ("unknown-device", "No device with this identifier; register it first."),
    Outcome.UNKNOWN_METRIC: (
        "unknown-metric",
        "This metric is not known; see the list in the documentation.",
    ),
    Outcome.UNKNOWN_UNIT: ("unknown-unit", "This unit is not taken for the metric; send its UCUM code."),
    Outcome.IMPLAUSIBLE: ("implausible", "No person can have this value; check the unit and the device."),
    Outcome.NO_VALUE: ("no-value", "The device had no value."),
    Outcome.BAD_TIME: ("bad-time", "The time cannot be; set the device's clock and send with an offset."),
    Outcome.MALFORMED: ("malformed", "This item does not have the form that is described."),
}
STORED = frozenset({Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.CONFLICT})
Headers = list[tuple[bytes, bytes]]
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = field(default_factory=list)


class Refused(Exception):  # noqa: N818 - it is an outcome
    """The request cannot be taken: the status, a code for machines and a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str, *, retry_seconds: int = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.retry_seconds = retry_seconds


def answer_json(content: Any, status: int = 200) -> Answer:
    """Return an answer of JSON."""
    return Answer(status, encode(content))


def operation_outcome(code: str, sentence: str, severity: str = "error") -> dict[str, Any]:
    """Return FHIR's way of saying a sentence."""
    kinds = {"not-allowed": "forbidden", "too-large": "too-long", "quota": "throttled", "busy": "transient"}
    issue = {
        "severity": severity,
        "code": "informational" if severity == "information" else kinds.get(code, "processing"),
        "details": {"text": code},
        "diagnostics": sentence,
    }
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def refusal(refused: Refused, *, is_fhir: bool) -> Answer:
    """Return the answer of a refusal."""
    headers: Headers = []
    if refused.retry_seconds:
        headers.append((b"retry-after", str(refused.retry_seconds).encode()))
    if refused.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if is_fhir:
        content = operation_outcome(refused.code, refused.sentence)
        return Answer(refused.status, encode(content), FHIR, headers)
    return Answer(refused.status, encode({"error": refused.code, "message": refused.sentence}), JSON, headers)
