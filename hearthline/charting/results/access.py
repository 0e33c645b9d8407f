"""Who may see and settle which results: the only door for a person."""

from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404

from hearthline.charting.access import records_for
from hearthline.charting.results.models import (
    CriticalResult,
    Hold,
    IncomingMessage,
    Laboratory,
    MachineToken,
    Report,
    ResultDocument,
)
from hearthline.directory.access import may_administer, patients_for, practitioner_of
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor

Row = TypeVar("Row", bound=Model)
DETAILS = ("patient", "laboratory", "responsible")


def in_force(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    """Return the holds that keep a report from the patient at this moment."""
    return holds.filter(ended_at__isnull=True, until__gt=clock.now())


def released(reports: QuerySet[Report]) -> QuerySet[Report]:
    """Return the reports that nobody holds back: all, unless a reason was given (45 CFR part 171)."""
    return reports.exclude(Exists(in_force(Hold.objects.filter(report=OuterRef("pk")))))


def reports_for(actor: Actor) -> QuerySet[Report]:
    """Return the reports that a member of the care team may read: of their patients, and those they answer for."""
    if not actor.is_care_team:
        return Report.objects.none()
    mine = practitioner_of(actor)
    visible = Q(patient__in=patients_for(actor))
    if mine is not None and actor.is_clinician:
        visible |= Q(responsible=mine)
    return Report.objects.filter(visible).select_related(*DETAILS)


def own_reports_for(actor: Actor) -> QuerySet[Report]:
    """Return the released reports of the records that the actor may read as patient or caregiver."""
    return released(Report.objects.filter(patient__in=records_for(actor))).select_related(*DETAILS)


def get_report_for(actor: Actor, report_id: UUID) -> Report:
    """Return a report for the care team, or answer 404."""
    return _one(reports_for(actor), report_id)


def get_own_report_for(actor: Actor, report_id: UUID) -> Report:
    """Return a released report for the patient's side, or answer 404."""
    return _one(own_reports_for(actor), report_id)


def get_document_for(actor: Actor, document_id: UUID) -> ResultDocument:
    """Return a file of a report that the actor may read, or answer 404."""
    reports = reports_for(actor) if actor.is_care_team else own_reports_for(actor)
    return _one(ResultDocument.objects.filter(report__in=reports).select_related("report"), document_id)


def may_settle(actor: Actor, report: Report) -> bool:
    """Whether the actor may acknowledge, hand over or hold a report they can read: clinicians."""
    return actor.is_clinician and actor.organization_id == report.organization_id


def require_settler(actor: Actor, report: Report) -> None:
    """Refuse who may not.

    Raises:
        PermissionDenied: the actor is no clinician.
    """
    if not may_settle(actor, report):
        raise PermissionDenied


def criticals_for(actor: Actor) -> QuerySet[CriticalResult]:
    """Return the critical values that wait for somebody, the oldest first.

    From the second step of the ladder on, every clinician sees them: a value that nobody took concerns all of them.
    """
    if not actor.is_clinician:
        return CriticalResult.objects.none()
    visible = Q(report__in=reports_for(actor)) | Q(steps_reached__gt=1)
    waiting = CriticalResult.objects.filter(visible, closed_at__isnull=True)
    return waiting.select_related("report__patient", "report__laboratory", "observation")


def get_critical_for(actor: Actor, critical_id: UUID) -> CriticalResult:
    """Return a critical value that waits, or one of a report the actor may read, or answer 404."""
    found = criticals_for(actor).filter(pk=critical_id).first()
    if found is not None:
        return found
    readable = CriticalResult.objects.filter(report__in=reports_for(actor))
    return _one(readable.select_related("report__patient", "report__laboratory", "observation"), critical_id)


def messages_for(actor: Actor) -> QuerySet[IncomingMessage]:
    """Return the messages that could not be filed: the care team finds out whose they are."""
    if not actor.is_care_team:
        return IncomingMessage.objects.none()
    return IncomingMessage.objects.filter(organization_id=actor.organization_id).select_related("laboratory")


def get_message_for(actor: Actor, message_id: UUID) -> IncomingMessage:
    """Return a message, or answer 404."""
    return _one(messages_for(actor), message_id)


def get_laboratory_for(actor: Actor, laboratory_id: UUID) -> Laboratory:
    """Return a laboratory to an administrator, or answer 404."""
    return _one(_of_administrator(actor, Laboratory.objects.all()), laboratory_id)


def get_token_for(actor: Actor, token_id: UUID) -> MachineToken:
    """Return a machine's token to an administrator, or answer 404."""
    return _one(_of_administrator(actor, MachineToken.objects.all()), token_id)


def get_patient_to_match_for(actor: Actor, patient_id: UUID) -> Patient:
    """Return a patient of the organization for whom the actor may file a result, or answer 404."""
    if not actor.is_care_team:
        raise Http404
    return _one(
        Patient.objects.filter(organization_id=actor.organization_id, merged_into__isnull=True), patient_id
    )


def _of_administrator(actor: Actor, rows: QuerySet[Row]) -> QuerySet[Row]:
    return rows.filter(organization_id=actor.organization_id) if may_administer(actor) else rows.none()


def _one(rows: QuerySet[Row], row_id: UUID) -> Row:
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise Http404
    return row
