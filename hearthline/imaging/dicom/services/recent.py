"""What was found of one sender a moment ago: objects of one series arrive in a row, each in its own transaction."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from hearthline.imaging.dicom.models import Series, Study
from hearthline.imaging.dicom.rules import Identity
from hearthline.imaging.dicom.services.identities import Verdict

VALID_SECONDS = 5.0  # each header is compared still; patient, study and series are not looked up each time
TELL_EVERY_SECONDS = 10.0  # of one study; what came in between is told at the end of the association
StudyKey = tuple[str, UUID | None, bytes | None]
SeriesKey = tuple[UUID, str]


@dataclass
class Recent:
    """Patients, studies and series of one association."""

    verdicts: dict[Identity, Verdict] = field(default_factory=dict)
    studies: dict[StudyKey, Study] = field(default_factory=dict)
    series: dict[SeriesKey, Series] = field(default_factory=dict)
    untold: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    _told_at: dict[UUID, float] = field(default_factory=dict)
    _since: float = 0.0

    def refresh(self) -> None:
        """Forget what can no longer be relied upon."""
        now = time.monotonic()
        if now - self._since > VALID_SECONDS:
            self._forget()
            self._since = now

    def undo(self) -> None:
        """Forget everything that a transaction which did not commit has found, made or told."""
        self._forget()
        self._told_at.clear()

    def _forget(self) -> None:
        self.verdicts.clear()
        self.studies.clear()
        self.series.clear()

    def tells_now(self, study_id: UUID, patient_id: UUID, count: int) -> int:
        """Return of how many new instances of a study is to be told now; 0: later, with those that follow."""
        now = time.monotonic()
        _patient, waiting = self.untold.pop(study_id, (patient_id, 0))
        if now - self._told_at.get(study_id, -TELL_EVERY_SECONDS) < TELL_EVERY_SECONDS:
            self.untold[study_id] = patient_id, waiting + count
            return 0
        self._told_at[study_id] = now
        return waiting + count
