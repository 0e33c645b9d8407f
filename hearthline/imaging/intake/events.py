"""Facts about received files: identifiers only."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class FileAccepted(Event):
    """A file has left the quarantine: it is what it says, clean, and may be shown."""

    file_id: UUID
    patient_id: UUID
    capture_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class FileRefused(Event):
    """A file was not taken; its row says why."""

    file_id: UUID
    patient_id: UUID
    capture_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class CaptureSent(Event):
    """Somebody said that a set of photos is complete."""

    capture_id: UUID
    patient_id: UUID
