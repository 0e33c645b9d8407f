"""What compliance tells the packages above."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class BreakGlassOpened(Event):
    """Somebody opened a record outside their care: tell the privacy officers (members with the auditor's role)."""

    break_glass_id: UUID
    patient_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class BreakGlassReviewed(Event):
    """Somebody else has looked at an emergency access and decided."""

    break_glass_id: UUID
    patient_id: UUID
    user_id: UUID
