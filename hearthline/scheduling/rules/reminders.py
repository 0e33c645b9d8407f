"""Which reminders an appointment gets, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

REMINDERS: tuple[tuple[str, timedelta], ...] = (
    ("7d", timedelta(days=7)),
    ("48h", timedelta(hours=48)),
    ("24h", timedelta(hours=24)),
    ("2h", timedelta(hours=2)),
    ("10min", timedelta(minutes=10)),
)
QUIET_AFTER_BOOKING = timedelta(hours=1)
"""A reminder of at least a day that falls due so soon after the booking message would only repeat it."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One message to send, and its name (part of the key that makes it unique)."""

    name: str
    send_at: datetime


def plan_reminders(starts_at: datetime, now: datetime) -> list[Reminder]:
    """The reminders still to come, earliest first; those whose time has passed are left out."""
    planned = []
    for name, before in REMINDERS:
        send_at = starts_at - before
        earliest = now + QUIET_AFTER_BOOKING if before >= timedelta(hours=24) else now
        if send_at > earliest:
            planned.append(Reminder(name, send_at))
    return planned
