"""Changes to encounters and to the lists of the chart. Notes and summaries have modules of their own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied

from hearthline.audit import services as audit
from hearthline.charting.access import require_chart_writer
from hearthline.charting.models import (
    Allergy,
    ChartItem,
    ChartReview,
    Document,
    Encounter,
    EncounterFact,
    Medication,
    Problem,
    VitalSign,
)
from hearthline.directory.models import Patient, Practitioner
from hearthline.foundation import clock
from hearthline.foundation.blobs import BlobRef
from hearthline.identity.actor import Actor

ListItem = Problem | Allergy | Medication


def open_encounter(
    *,
    actor: Actor,
    patient: Patient,
    practitioner: Practitioner,
    kind: Encounter.Kind = Encounter.Kind.VISIT,
    reason: str = "",
    started_at: datetime | None = None,
) -> Encounter:
    """Begin the chart's record of a visit or consult. The caller (``visits``, ``consults``) has checked access."""
    encounter = Encounter.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        practitioner=practitioner,
        kind=kind,
        reason=reason,
        started_at=started_at or clock.now(),
    )
    audit.record(actor, "encounter.opened", encounter, patient_id=patient.id)
    return encounter


def finish_encounter(*, actor: Actor, encounter: Encounter, ended_at: datetime | None = None) -> None:
    """End an encounter; ending it again changes nothing."""
    locked = Encounter.objects.select_for_update().get(pk=encounter.pk)
    if locked.status != Encounter.Status.IN_PROGRESS:
        return
    locked.status, locked.ended_at = Encounter.Status.FINISHED, ended_at or clock.now()
    locked.save(update_fields=["status", "ended_at"])
    audit.record(actor, "encounter.finished", locked, patient_id=locked.patient_id)


def record_fact(
    *,
    actor: Actor,
    encounter: Encounter,
    kind: EncounterFact.Kind,
    occurred_at: datetime | None = None,
    code: str = "",
    detail: str = "",
    seconds: int | None = None,
) -> EncounterFact:
    """Record something that happened; statements in the note are written from these rows alone.

    ``code`` and ``detail`` by kind: ``IDENTITY_CHECKED`` detail "name and date of birth"; ``LOCATION_STATED`` code
    jurisdiction, detail place; ``CONSENT_GIVEN`` detail title, version and language; ``PARTICIPANT_JOINED`` code
    role, detail name; ``MODALITY_USED`` code video, audio, phone or text with ``seconds``, detail why not
    video (link, no_camera, patient, clinician, agreed); ``INTERPRETER_PRESENT`` detail who, and at the end code
    language with ``seconds``; ``LICENCE_CHECKED`` code jurisdiction, detail outcome; ``STILL_TAKEN`` and
    ``STILL_REMOVED`` code device, detail place on the body and who agreed.
    """
    fact = EncounterFact.objects.create(
        organization_id=actor.organization_id,
        encounter=encounter,
        kind=kind,
        occurred_at=occurred_at or clock.now(),
        code=code,
        detail=detail,
        seconds=seconds,
    )
    audit.record(actor, f"fact.{kind.value}", encounter, patient_id=encounter.patient_id)
    return fact


def save_item(*, actor: Actor, patient: Patient, item: ListItem, changed: Iterable[str] = ()) -> None:
    """Add a problem, allergy or medicine to the patient's list, or keep its changed fields."""
    require_chart_writer(actor, patient)
    is_new = item._state.adding
    if is_new:
        item.organization_id, item.patient = actor.organization_id, patient
        item.recorded_by_id = _person(actor)
    item.save()
    verb = "added" if is_new else "changed"
    audit.record(actor, f"{item._meta.model_name}.{verb}", item, patient_id=patient.id, fields=changed)


def record_vital(
    *, actor: Actor, patient: Patient, values: Mapping[str, Any], encounter: Encounter | None
) -> VitalSign:
    """Add a measurement that ``rules.check_vital`` accepted (or that the person confirmed), in its kept unit."""
    require_chart_writer(actor, patient)
    vital = VitalSign.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        encounter=encounter,
        recorded_by_id=_person(actor),
        **values,
    )
    audit.record(actor, "vitalsign.added", vital, patient_id=patient.id)
    return vital


def mark_in_error(*, actor: Actor, patient: Patient, item: ChartItem, reason: str) -> None:
    """Say that an entry was a mistake. It leaves the lists and stays in the record."""
    require_chart_writer(actor, patient)
    item.entered_in_error_at, item.error_reason = clock.now(), reason
    item.save(update_fields=["entered_in_error_at", "error_reason"])
    audit.record(actor, f"{item._meta.model_name}.entered_in_error", item, patient_id=patient.id)


def record_review(
    *,
    actor: Actor,
    patient: Patient,
    subject: ChartReview.Subject,
    is_none_known: bool,
    encounter: Encounter | None = None,
) -> ChartReview:
    """Record that a list was gone through with the patient ("none known" only when the list is empty).

    Raises:
        ValueError: none known was said of a list that has entries.
    """
    require_chart_writer(actor, patient)
    if is_none_known and _has_entries(patient, subject):
        message = "the list has entries"
        raise ValueError(message)
    review = ChartReview.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        encounter=encounter,
        subject=subject,
        is_none_known=is_none_known,
        reviewed_by_id=_person(actor),
    )
    audit.record(actor, f"{subject.value}.reviewed", review, patient_id=patient.id)
    return review


def _has_entries(patient: Patient, subject: ChartReview.Subject) -> bool:
    if subject == ChartReview.Subject.PROBLEMS:
        rows = Problem.objects.filter(patient=patient).exclude(status=Problem.Status.RESOLVED)
        return rows.filter(entered_in_error_at__isnull=True).exists()
    if subject == ChartReview.Subject.ALLERGIES:
        return Allergy.objects.filter(
            patient=patient, is_active=True, entered_in_error_at__isnull=True
        ).exists()
    takes = Medication.objects.filter(patient=patient, status=Medication.Status.ACTIVE)
    return takes.filter(entered_in_error_at__isnull=True).exists()


def add_document(
    *,
    actor: Actor,
    patient: Patient,
    kind: Document.Kind,
    title: str,
    blob: BlobRef,
    encounter: Encounter | None = None,
    is_visible_to_patient: bool = True,
) -> Document:
    """Put a file that is already in the file store into the chart. The caller has checked the file and access."""
    document = Document.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        encounter=encounter,
        recorded_by_id=_person(actor),
        kind=kind,
        title=title,
        content_type=blob.content_type,
        sha256=blob.sha256,
        size_bytes=blob.size,
        is_visible_to_patient=is_visible_to_patient,
    )
    audit.record(actor, "document.added", document, patient_id=patient.id)
    return document


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise PermissionDenied  # the chart is written by people
    return actor.user_id


def audit_read(actor: Actor, what: str, subject: UUID | str, patient_id: UUID) -> None:
    """Record that part of a chart was read, in the transaction that reads it."""
    audit.record(actor, f"{what}.read", (what, subject), patient_id=patient_id)
