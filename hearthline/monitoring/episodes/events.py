"""Facts about episodes of monitoring: identifiers and times only."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class MonitoringEnded(Event):
    """An episode is over: its devices come back, its rules rest."""

    episode_id: UUID
    patient_id: UUID
