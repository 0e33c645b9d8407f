"""A DICOMweb root: which studies exist there, and what may be done. Every search and retrieval starts from one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from hearthline.audit.services import record
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Grant, Instance, Series, Study

READ, STORE, RETRACT = Grant.Right.READ, Grant.Right.STORE, Grant.Right.RETRACT


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What stands under one root.

    ``patient_id``: everything of this patient. ``study_ids``: these studies. Neither: everything that is not held.
    A package above (a case, for example) makes its own and passes it to ``dicomweb.answer``. ``organization_id`` is
    whose images these are, where another organization looks at them (the database has to agree).
    """

    actor: Actor
    root: str
    organization_id: UUID | None = None
    patient_id: UUID | None = None
    study_ids: Collection[UUID] | None = None
    rights: frozenset[str] = field(default_factory=lambda: frozenset({READ.value}))

    def _conditions(self, study: str = "") -> dict[str, Any]:
        """Return what holds of the studies under this root, for rows from which ``study`` leads to theirs."""
        wanted: dict[str, Any] = {
            f"{study}organization_id": self.organization_id or self.actor.organization_id,
            f"{study}patient__isnull": False,
            f"{study}instance_count__gt": 0,
        }
        if self.patient_id is not None:
            wanted[f"{study}patient_id"] = self.patient_id
        if self.study_ids is not None:
            wanted[f"{study}pk__in"] = self.study_ids
        return wanted

    def studies(self) -> QuerySet[Study]:
        """Return the studies that exist under this root; what is held or retracted whole does not."""
        return Study.objects.filter(**self._conditions())

    def series(self) -> QuerySet[Series]:
        """Return the series of these studies that have anything to show."""
        return Series.objects.filter(instance_count__gt=0, **self._conditions("study__"))

    def instances(self) -> QuerySet[Instance]:
        """Return the instances of these studies that were not retracted."""
        return Instance.objects.filter(retracted_at__isnull=True, **self._conditions("series__study__"))

    def may(self, right: Grant.Right) -> bool:
        """Return whether the root was given with this right."""
        return right.value in self.rights

    def note(self, action: str, study: Study, images: Iterable[Instance] = (), quality: str = "") -> None:
        """Record who looked at what. A package above also keeps which ``images`` were seen, and in which quality."""
        record(self.actor, action, study, patient_id=study.patient_id)

    def note_search(self) -> None:
        """Record that somebody searched under this root."""
        record(self.actor, "imaging.searched", ("dicom.root", self.root), patient_id=self.patient_id)
