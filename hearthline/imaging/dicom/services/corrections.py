"""Correct what is shown under a patient: hold a study that is somebody else's, and bring back what was taken back."""

from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.events import InstancesRetracted, InstancesStored, StudyHeld
from hearthline.imaging.dicom.models import Hold, Instance, Study
from hearthline.imaging.dicom.services.filing import lock_studies
from hearthline.imaging.dicom.services.holds import (
    STUDY_COLUMNS,
    RefusedDecisionError,
    move_instances,
    step,
)
from hearthline.imaging.dicom.services.retract import recount

QUESTIONED = "questioned"


@transaction.atomic
def question(actor: Actor, *, study: Study, reason: str) -> Hold:
    """Say that a study is not this patient's: nobody is shown it until a person has decided whose it is.

    Raises:
        RefusedDecisionError: nothing of it is shown.
        PermissionDenied: no person asks.
    """
    patient = study.patient
    lock_studies(actor.organization_id, [study.study_uid])
    shown = Instance.objects.filter(series__study=study, retracted_at__isnull=True)
    instances = list(shown.select_related("series__study"))
    if patient is None or not instances:
        raise RefusedDecisionError(_("Nothing of this study is shown any more. Look at the page again."))
    held, _is_new = Study.objects.get_or_create(
        organization_id=study.organization_id,
        study_uid=study.study_uid,
        patient=None,
        identity_index=study.identity_index,
        defaults={name: getattr(study, name) for name in STUDY_COLUMNS if name != "identity_index"},
    )
    facts = {"expected_patient": patient, "differences": [QUESTIONED]}
    hold, is_new = Hold.objects.get_or_create(
        organization_id=study.organization_id, study=held, defaults=facts
    )
    if hold.state != Hold.State.OPEN:
        step(actor, hold, Hold.State.OPEN, None, reason)
    if not is_new:
        hold.expected_patient, hold.differences = patient, [QUESTIONED]
        hold.save(update_fields=list(facts))
    Instance.objects.filter(pk__in=[instance.pk for instance in instances]).update(held_study=held)
    move_instances(instances, held)
    record(actor, "imaging_study.questioned", study, patient_id=patient.pk, reason=reason)
    publish(
        InstancesRetracted(
            organization_id=study.organization_id,
            study_id=study.pk,
            patient_id=patient.pk,
            instance_count=len(instances),
        ),
        StudyHeld(organization_id=study.organization_id, hold_id=hold.pk, study_id=held.pk),
    )
    return hold


@transaction.atomic
def restore(actor: Actor, *, study: Study, reason: str) -> int:
    """Show again what was taken back of a patient's study; return how many images there were."""
    lock_studies(actor.organization_id, [study.study_uid])
    back = Instance.objects.filter(series__study=study, retracted_at__isnull=False)
    count = back.update(retracted_at=None, retracted_by=None)
    recount(study)
    record(actor, "imaging_study.restored", study, patient_id=study.patient_id, reason=reason)
    if count and study.patient_id is not None:
        publish(
            InstancesStored(
                organization_id=study.organization_id,
                study_id=study.pk,
                patient_id=study.patient_id,
                instance_count=count,
            )
        )
    return count
