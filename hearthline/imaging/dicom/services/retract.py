"""Take images back: they are shown no more, their originals stay until retention ends."""

from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.events import InstancesRetracted
from hearthline.imaging.dicom.models import Instance, Series, Study


@transaction.atomic
def retract(actor: Actor, *, instances: QuerySet[Instance], reason: str = "") -> int:
    """Retract the instances; return how many there were."""
    rows = list(instances.select_for_update(of=("self",)).values_list("pk", "series__study_id"))
    Instance.objects.filter(pk__in=[pk for pk, _study in rows]).update(
        retracted_at=clock.now(), retracted_by_id=actor.user_id
    )
    counts: dict[UUID, int] = {}
    for _pk, study_id in rows:
        counts[study_id] = counts.get(study_id, 0) + 1
    for study in Study.objects.filter(pk__in=list(counts)):
        recount(study)
        record(actor, "imaging_study.retracted", study, patient_id=study.patient_id, reason=reason)
        if study.patient_id is not None:
            publish(
                InstancesRetracted(
                    organization_id=study.organization_id,
                    study_id=study.pk,
                    patient_id=study.patient_id,
                    instance_count=counts[study.pk],
                )
            )
    return len(rows)


def recount(study: Study) -> None:
    """Count anew what of a study is shown."""
    is_shown = Q(instances__retracted_at__isnull=True)
    total = series_total = 0
    modalities = set()
    for series in Series.objects.filter(study=study).annotate(shown=Count("instances", filter=is_shown)):
        Series.objects.filter(pk=series.pk).update(instance_count=series.shown)
        total += series.shown
        series_total += bool(series.shown)
        if series.shown and series.modality:
            modalities.add(series.modality)
    Study.objects.filter(pk=study.pk).update(
        instance_count=total, series_count=series_total, modalities=sorted(modalities)
    )
