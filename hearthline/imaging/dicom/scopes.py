"""A DICOMweb root: which studies exist there, and what may be done. Every search and retrieval starts from one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Grant, Instance, Series, Study

READ, STORE, RETRACT = Grant.Right.READ, Grant.Right.STORE, Grant.Right.RETRACT


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What stands under one root.

    ``patient_id``: everything of this patient. ``study_ids``: these studies. Neither: everything that is not held.
    A package above (a case, for example) makes its own and passes it to ``dicomweb.answer``.
    """

    actor: Actor
    root: str
    patient_id: UUID | None = None
    study_ids: Collection[UUID] | None = None
    rights: frozenset[str] = field(default_factory=lambda: frozenset({READ.value}))

    def studies(self) -> QuerySet[Study]:
        """Return the studies that exist under this root; what is held or retracted whole does not."""
        found = Study.objects.filter(
            organization_id=self.actor.organization_id, patient__isnull=False, instance_count__gt=0
        )
        if self.patient_id is not None:
            found = found.filter(patient_id=self.patient_id)
        if self.study_ids is not None:
            found = found.filter(pk__in=self.study_ids)
        return found

    def series(self) -> QuerySet[Series]:
        """Return the series of these studies that have anything to show."""
        return Series.objects.filter(study__in=self.studies(), instance_count__gt=0)

    def instances(self) -> QuerySet[Instance]:
        """Return the instances of these studies that were not retracted."""
        return Instance.objects.filter(series__study__in=self.studies(), retracted_at__isnull=True)

    def may(self, right: Grant.Right) -> bool:
        """Return whether the root was given with this right."""
        return right.value in self.rights
