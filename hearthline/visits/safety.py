"""What is done when a patient may be at risk, above all when the line to them is lost: dated data, and its words."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DIRECTORY = Path(__file__).parent / "safety_protocol"


class Step(StrEnum):
    """Something that is done or happens for the safety of a patient."""

    AT_RISK = "at_risk"
    LOST = "lost"
    CALLING = "calling"
    EMERGENCY = "emergency"
    CONTACT = "contact"
    HANDED_OVER = "handed_over"
    SAFE = "safe"


class Who(StrEnum):
    """Who takes a step."""

    CLINICIAN = "clinician"
    COLLEAGUE = "colleague"


WORDS: dict[Step, str | Promise] = {
    Step.AT_RISK: _("Patient may be at risk: keep the line, tell a colleague"),
    Step.LOST: _("The line to the patient was lost"),
    Step.CALLING: _("Line lost: call the patient by telephone, again and again"),
    Step.EMERGENCY: _("Nobody answers, or danger now: call emergency services, give them the address"),
    Step.CONTACT: _("Call the emergency contact"),
    Step.HANDED_OVER: _("Emergency services have taken over"),
    Step.SAFE: _("The patient is safe"),
}
WHO: dict[Who, str | Promise] = {
    Who.CLINICIAN: _("You"),
    Who.COLLEAGUE: _("A colleague, while you keep trying"),
}
SETTLED = frozenset({Step.HANDED_OVER, Step.SAFE})


@dataclass(frozen=True)
class Protocol:
    """The steps in force since a day, in their order, each with who takes it."""

    valid_from: date
    source: str
    steps: tuple[tuple[Step, Who], ...]


def is_at_risk(steps: Iterable[Step]) -> bool:
    """Whether somebody was marked as at risk, and nothing settled it since; ``steps`` in the order of time."""
    deciding = [step for step in steps if step is Step.AT_RISK or step in SETTLED]
    return bool(deciding) and deciding[-1] is Step.AT_RISK


def protocol_on(day: date) -> Protocol:
    """Return the protocol in force on a day: the newest that had begun, or the first there was."""
    known = all_protocols()
    begun = [one for one in known if one.valid_from <= day]
    return begun[-1] if begun else known[0]


@cache
def all_protocols() -> tuple[Protocol, ...]:
    """Return all protocols that are shipped, oldest first."""
    tables = [tomllib.loads(path.read_text("utf-8")) for path in sorted(DIRECTORY.glob("*.toml"))]
    return tuple(
        Protocol(
            valid_from=table["valid_from"],
            source=table["source"],
            steps=tuple((Step(one["step"]), Who(one["who"])) for one in table["steps"]),
        )
        for table in tables
    )
