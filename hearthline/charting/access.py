"""Who may see and write what in the chart: the only door for a person."""

from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from hearthline.charting.models import Document, Encounter, Note, VisitSummary
from hearthline.directory.access import patients_for, practitioner_of
from hearthline.directory.models import Patient, Practitioner
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PATIENT_ROLES

Row = TypeVar("Row", bound=Model)


def records_for(actor: Actor) -> QuerySet[Patient]:
    """Return the patients whose record the actor may read as that patient or as a caregiver, leaving work aside."""
    return patients_for(replace(actor, roles=actor.roles & PATIENT_ROLES))


def may_read_chart(actor: Actor, patient: Patient) -> bool:
    """Whether the actor, a member of the care team, may read this patient's chart."""
    return actor.is_care_team and patients_for(actor).filter(pk=patient.pk).exists()


def may_write_chart(actor: Actor, patient: Patient) -> bool:
    """Whether the actor may add to this patient's chart: clinicians who may read it."""
    return actor.is_clinician and may_read_chart(actor, patient)


def require_chart_writer(actor: Actor, patient: Patient) -> None:
    """Refuse an actor who may not write in the chart.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
    """
    if not may_write_chart(actor, patient):
        raise PermissionDenied


def get_charted_patient_for(actor: Actor, patient_id: UUID) -> Patient:
    """Return a patient whose chart the actor may read.

    Raises:
        Http404: there is none; strangers do not learn whether the patient exists.
    """
    patient = patients_for(actor).filter(pk=patient_id).first() if actor.is_care_team else None
    if patient is None:
        raise Http404
    return patient


def get_own_record_for(actor: Actor, patient_id: UUID | None = None) -> Patient:
    """Return the patient whose record the actor may read as that patient or as a caregiver who may see it.

    Raises:
        Http404: there is none.
    """
    records = records_for(actor)
    patient = records.filter(pk=patient_id).first() if patient_id else records.first()
    if patient is None:
        raise Http404
    return patient


def encounters_for(actor: Actor) -> QuerySet[Encounter]:
    """Return the encounters the actor may see."""
    visible = patients_for(actor) if actor.is_care_team else records_for(actor)
    return (
        Encounter.objects.filter(patient__in=visible)
        .exclude(status=Encounter.Status.ENTERED_IN_ERROR)
        .select_related("patient", "practitioner")
    )


def get_encounter_for(actor: Actor, encounter_id: UUID) -> Encounter:
    """Return an encounter, or answer 404."""
    return _first_or_404(encounters_for(actor).filter(pk=encounter_id))


def notes_for(actor: Actor) -> QuerySet[Note]:
    """Return signed notes of visible encounters, and the actor's own drafts."""
    own = Q(author__membership_id=actor.membership_id) if actor.is_clinician else Q(pk__in=[])
    return (
        Note.objects.filter(encounter__in=encounters_for(actor))
        .filter(Q(status=Note.Status.SIGNED) | (own & Q(status=Note.Status.DRAFT)))
        .select_related("author", "encounter__patient")
    )


def get_note_for(actor: Actor, note_id: UUID) -> Note:
    """Return a note the actor may read, or answer 404 (another author's draft does not exist for anybody)."""
    return _first_or_404(notes_for(actor).filter(pk=note_id))


def get_draft_for(actor: Actor, note_id: UUID) -> Note:
    """Return the actor's own draft, or answer 404."""
    return _first_or_404(notes_for(actor).filter(pk=note_id, status=Note.Status.DRAFT))


def summaries_for(actor: Actor) -> QuerySet[VisitSummary]:
    """Return the summaries the actor may read: released ones, and for the care team unreleased ones too."""
    summaries = VisitSummary.objects.filter(encounter__in=encounters_for(actor))
    if not actor.is_care_team:
        summaries = summaries.filter(released_at__isnull=False)
    return summaries.select_related("encounter__patient", "encounter__practitioner", "author")


def get_summary_for(actor: Actor, summary_id: UUID) -> VisitSummary:
    """Return a summary, or answer 404."""
    return _first_or_404(summaries_for(actor).filter(pk=summary_id))


def documents_for(actor: Actor) -> QuerySet[Document]:
    """Return the documents the actor may open."""
    if actor.is_care_team:
        documents = Document.objects.filter(patient__in=patients_for(actor))
    else:
        documents = Document.objects.filter(patient__in=records_for(actor), is_visible_to_patient=True)
    return documents.filter(entered_in_error_at__isnull=True).select_related("patient")


def get_document_for(actor: Actor, document_id: UUID) -> Document:
    """Return a document, or answer 404."""
    return _first_or_404(documents_for(actor).filter(pk=document_id))


def require_author(actor: Actor) -> Practitioner:
    """Return the practitioner that the actor is.

    Raises:
        PermissionDenied: the actor is none, and so cannot write or sign.
    """
    practitioner = practitioner_of(actor)
    if practitioner is None or not actor.is_clinician:
        raise PermissionDenied
    return practitioner


def _first_or_404(rows: QuerySet[Row]) -> Row:
    row = rows.first()
    if row is None:
        raise Http404
    return row
