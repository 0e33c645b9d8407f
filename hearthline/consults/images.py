"""Studies of a case under a DICOMweb root of its own: what was given with this case exists there, and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from hearthline.consults.access import get_consult_for, is_reader
from hearthline.consults.models import Attachment, Consult, Seen
from hearthline.consults.services.moving import record_case, signature
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Instance, Series, Study
from hearthline.imaging.dicom.scopes import Scope
from hearthline.imaging.dicom.services.reports import FILED_SERIES, key_series_uid_of, series_uid_of


@dataclass(frozen=True, kw_only=True)
class CaseScope(Scope):
    """The root of a case. What its reader had open is kept for the signature; both sides' audit is written."""

    consult: Consult

    def series(self) -> QuerySet[Series]:
        """Return the series that were given, and the case's own answers beside them; those of other cases are not."""
        own = [series_uid_of(self.consult.pk), key_series_uid_of(self.consult.pk)]
        others = FILED_SERIES & ~Q(series_uid__in=own)
        return super().series().exclude(others)

    def instances(self) -> QuerySet[Instance]:
        """Return what stands in them."""
        return super().instances().filter(series__in=self.series())

    def note(self, action: str, study: Study, images: Iterable[Instance] = (), quality: str = "") -> None:
        """Record who looked, on both sides of a grant; and of the reader, which images in which quality."""
        record_case(self.actor, action, self.consult)
        if not quality or not is_reader(self.actor, self.consult):
            return
        attachment = Attachment.objects.filter(consult=self.consult, study=study).first()
        if attachment is None:
            return
        facts = {
            "organization_id": self.consult.organization_id,
            "consult": self.consult,
            "attachment": attachment,
            "quality": quality,
            **signature(self.actor),
        }
        known = Seen.objects.filter(attachment=attachment, by_id=self.actor.user_id, quality=quality)
        seen = set(known.values_list("instance_id", flat=True))
        Seen.objects.bulk_create(
            [Seen(instance=image, **facts) for image in images if image.pk not in seen], ignore_conflicts=True
        )

    def note_search(self) -> None:
        """Record that somebody searched the images of the case."""
        record_case(self.actor, "consult.images_searched", self.consult)


def get_case_scope_for(actor: Actor, consult_id: UUID) -> CaseScope:
    """Return the root of a case that a member of the staff may see: to look, and nothing else.

    Raises:
        Http404: there is none, or it does not exist for the actor.
    """
    return scope_of(actor, get_consult_for(actor, consult_id))


def scope_of(actor: Actor, consult: Consult) -> CaseScope:
    """Return the root of a case that the actor reached by ``access``."""
    studies = consult.attachments.filter(study__isnull=False).values_list("study_id", flat=True)
    return CaseScope(
        actor=actor,
        root=reverse("consults:images_root", args=[consult.pk]).rstrip("/"),
        organization_id=consult.organization_id,
        patient_id=consult.patient_id,
        study_ids=list(studies),
        consult=consult,
    )
