"""What people do about a result: acknowledge, hand over, hold back, read a critical one back."""

from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit import services as audit
from hearthline.charting.results import rules
from hearthline.charting.results.access import may_settle, require_settler
from hearthline.charting.results.events import CriticalResultFiled, ResultFiled, ResultHandedOver
from hearthline.charting.results.filing import TOPIC
from hearthline.charting.results.models import (
    Acknowledgement,
    CriticalResult,
    HandOver,
    Hold,
    Report,
    ReportVersion,
)
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.foundation.changes import announce
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor

LONGEST_HOLD = timedelta(days=14)  # ours; the exceptions of 45 CFR 171.201 last no longer than their reason
AT_ONCE = 200


@transaction.atomic
def acknowledge(
    *, actor: Actor, report: Report, version: ReportVersion, plan: Acknowledgement.Plan, words: str = ""
) -> Acknowledgement:
    """Record that the actor looked at this version and what will be done; the report leaves the list.

    Raises:
        PermissionDenied: the actor is no clinician.
        ValidationError: a newer version came in the meantime, or a critical value was not read back yet.
    """
    require_settler(actor, report)
    locked = Report.objects.select_for_update().get(pk=report.pk)
    newest = locked.versions.order_by("-created_at", "-pk").first()
    if newest is None or newest.pk != version.pk:
        raise ValidationError(_("A newer version came while you read. Look at it, then acknowledge."))
    if locked.criticals.filter(closed_at__isnull=True).exists():
        raise ValidationError(_("Read the critical value back first."))
    seen = Acknowledgement.objects.create(
        organization_id=report.organization_id,
        report=report,
        version=version,
        by_id=_person(actor),
        plan=plan,
        words=words,
    )
    locked.needs_look = False
    locked.save(update_fields=["needs_look"])
    audit.record(actor, "result.acknowledged", report, patient_id=report.patient_id)
    announce(report.organization_id, TOPIC)
    return seen


@transaction.atomic
def hand_over(*, actor: Actor, report: Report, to: Practitioner, words: str = "") -> HandOver:
    """Make somebody else responsible for a report; it goes to their list, and they are told.

    Raises:
        PermissionDenied: the actor is no clinician, or the other belongs elsewhere.
    """
    require_settler(actor, report)
    if to.organization_id != actor.organization_id or not to.is_active:
        raise PermissionDenied
    locked = Report.objects.select_for_update().get(pk=report.pk)
    handed = HandOver.objects.create(
        organization_id=report.organization_id,
        report=report,
        from_practitioner=locked.responsible,
        to_practitioner=to,
        by_id=_person(actor),
        words=words,
    )
    locked.responsible = to
    locked.save(update_fields=["responsible"])
    audit.record(actor, "result.handed_over", report, patient_id=report.patient_id, fields=["responsible"])
    publish(
        ResultHandedOver(organization_id=report.organization_id, report_id=report.pk, practitioner_id=to.pk)
    )
    announce(report.organization_id, TOPIC)
    return handed


@transaction.atomic
def hold(*, actor: Actor, report: Report, reason: Hold.Reason, words: str, days: int) -> Hold:
    """Keep a report from the patient for some days, with the reason; it is released by itself afterwards.

    Raises:
        PermissionDenied: the actor is no clinician.
        ValidationError: it is held already, the time is too long, or the patient has read it.
    """
    require_settler(actor, report)
    locked = Report.objects.select_for_update().get(pk=report.pk)
    if not 1 <= days <= LONGEST_HOLD.days:
        raise ValidationError(_("Hold it for 1 to 14 days."))
    if locked.first_read_by_patient_at is not None:
        raise ValidationError(_("The patient has read this result already."))
    now = clock.now()
    locked.holds.filter(ended_at__isnull=True, until__lte=now).update(ended_at=now)
    if locked.holds.filter(ended_at__isnull=True).exists():
        raise ValidationError(_("It is held already."))
    held = Hold.objects.create(
        organization_id=report.organization_id,
        report=report,
        reason=reason,
        words=words,
        until=now + timedelta(days=days),
        by_id=_person(actor),
        created_at=now,
    )
    audit.record(actor, "result.held", report, patient_id=report.patient_id, reason=reason)
    return held


@transaction.atomic
def release(*, actor: Actor, report: Report) -> None:
    """Let the patient see a held report now, and tell them.

    Raises:
        PermissionDenied: the actor is no clinician.
    """
    require_settler(actor, report)
    if not report.holds.filter(ended_at__isnull=True).update(ended_at=clock.now()):
        return
    audit.record(actor, "result.released", report, patient_id=report.patient_id)
    publish(
        ResultFiled(organization_id=report.organization_id, report_id=report.pk, patient_id=report.patient_id)
    )


def end_due_holds(organization_id: UUID) -> int:
    """End the holds whose time is over and say that the results can be read; return how many."""
    now = clock.now()
    due = Hold.objects.filter(organization_id=organization_id, ended_at__isnull=True, until__lte=now)
    ended = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("report")[:AT_ONCE])
    for held in ended:
        held.ended_at = held.until
        held.save(update_fields=["ended_at"])
        publish(
            ResultFiled(
                organization_id=organization_id,
                report_id=held.report_id,
                patient_id=held.report.patient_id,
            )
        )
    return len(ended)


@transaction.atomic
def read_back(
    *, actor: Actor, critical: CriticalResult, how: CriticalResult.How, told_by: str, said: str
) -> None:
    """Take a critical value: who, when, how, and the value as it was read back; its clock stops.

    Raises:
        PermissionDenied: the actor is no clinician.
        ValidationError: what was read back is not the value, or somebody took it before.
    """
    if not may_settle(actor, critical.report):
        raise PermissionDenied
    locked = (
        CriticalResult.objects.select_for_update(of=("self",))
        .select_related("observation")
        .get(pk=critical.pk)
    )
    if locked.closed_at is not None:
        raise ValidationError(_("This value was taken already, or the laboratory corrected it."))
    value = locked.observation.value
    if value and not rules.is_read_back(said, value):
        raise ValidationError(_("This is not the value that was sent. Read it again and write it down."))
    now = clock.now()
    locked.how, locked.told_by, locked.read_back = how, told_by, said
    locked.received_by_id, locked.received_at = _person(actor), now
    locked.closed_at, locked.closed_because = now, CriticalResult.Closed.ACKNOWLEDGED
    locked.next_step_at = None
    locked.save()
    audit.record(actor, "critical_result.read_back", locked, patient_id=locked.report.patient_id)
    announce(locked.organization_id, TOPIC)


def escalate_due(organization_id: UUID) -> int:
    """Take each critical value that nobody took up the ladder; return how many. The organization is signed in."""
    now = clock.now()
    due = CriticalResult.objects.filter(
        organization_id=organization_id, closed_at__isnull=True, next_step_at__lte=now
    )
    waiting = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("report")[:AT_ONCE])
    for critical in waiting:
        reached = rules.steps_due(critical.identified_at, now)
        for step in range(critical.steps_reached, reached):
            publish(
                CriticalResultFiled(
                    organization_id=organization_id,
                    critical_id=critical.pk,
                    report_id=critical.report_id,
                    patient_id=critical.report.patient_id,
                    step=step,
                )
            )
        critical.steps_reached = reached
        critical.next_step_at = rules.next_step_at(critical.identified_at, reached)
        critical.save(update_fields=["steps_reached", "next_step_at"])
    if waiting:
        announce(organization_id, TOPIC)
    return len(waiting)


def note_read_by_patient(*, actor: Actor, report: Report) -> None:
    """Record that the patient's side opened a report."""
    audit.record(actor, "result.read", report, patient_id=report.patient_id)
    if report.first_read_by_patient_at is None:
        Report.objects.filter(pk=report.pk).update(first_read_by_patient_at=clock.now())


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise PermissionDenied  # a result is settled by people
    return actor.user_id
