"""One small contract for every way a notification leaves the house.

A transport knows nothing of patients, templates or retries: it hands over one text to one address and says what
became of it. SMPP (a long-lived bind with its own receipts) gets a module beside these.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of one hand-over."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"  # nothing was taken over: try again
    PERMANENT = "permanent"  # will never be taken over in this form
    UNCERTAIN = "uncertain"  # the line was lost after the text was given: it may or may not arrive


@dataclass(frozen=True)
class Outgoing:
    """One text to one address.

    ``reference`` stays the same over retries of one notification on one channel: the far side can recognise a repeat.
    """

    reference: str
    address: str
    text: str
    subject: str = ""
    language: str = "en"
    sender_name: str = ""
    calendar: str = ""


@dataclass(frozen=True)
class Result:
    """What the far side said. ``error`` is a code of ours, never the far side's text, which may hold addresses."""

    outcome: Outcome
    provider_id: str = ""
    error: str = ""
    retry_after_seconds: int | None = None
    is_address_wrong: bool = False


class Transport(Protocol):
    """Hands one text over."""

    def send(self, outgoing: Outgoing) -> Result:
        """Hand over, within the transport's own time limit; never raises for what a network can do."""
        ...
