"""Facts about images: identifiers only."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class InstancesStored(Event):
    """New instances of a study are there to be looked at (also after a held one was decided)."""

    study_id: UUID
    patient_id: UUID
    instance_count: int


@dataclass(frozen=True, kw_only=True)
class StudyHeld(Event):
    """Instances arrived whose header names somebody else; a person has to decide."""

    hold_id: UUID
    study_id: UUID


@dataclass(frozen=True, kw_only=True)
class InstancesRetracted(Event):
    """Instances of a study are no longer shown."""

    study_id: UUID
    patient_id: UUID
    instance_count: int


@dataclass(frozen=True, kw_only=True)
class TeachingExportReleased(Event):
    """Somebody has looked at every picture of an export for teaching: its files may be made."""

    export_id: UUID
