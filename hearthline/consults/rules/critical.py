"""Critical findings: how soon somebody must know, and whether all six facts of having told them are there. Pure.

ACR Practice Parameter for Communication of Diagnostic Imaging Findings (American College of Radiology, 2020): findings
that need direct communication, with a record of finding, when it was identified, who told, who received, when, and
how; and the three classes of actionable findings (within minutes, hours, days).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

SIX_FACTS = ("finding", "identified_at", "told_by", "received_by", "received_at", "method")
ACKNOWLEDGE_WITHIN: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=60),
    "hours": timedelta(hours=12),
    "days": timedelta(days=3),
}
TELL_NEXT_AFTER: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=15),
    "hours": timedelta(hours=2),
    "days": timedelta(days=1),
}


def missing_facts(facts: Mapping[str, object]) -> list[str]:
    """Return which of the six facts are not recorded."""
    return [name for name in SIX_FACTS if not facts.get(name)]


def told_count(urgency: str, identified_at: datetime, now: datetime, people: int) -> int:
    """Return how many people of the list have to have been told by now, while nobody acknowledged."""
    waited = now - identified_at
    if waited < timedelta(0):
        return min(1, people)
    return min(people, 1 + int(waited / TELL_NEXT_AFTER[urgency]))
