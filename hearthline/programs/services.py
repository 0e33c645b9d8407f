"""The steps of a program: adopting it, enrolling, phases, tasks, lessons, review, end."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory.access import patients_for, today_in
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PRESCRIBER_ROLES
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.episodes.plan import Planned
from hearthline.monitoring.episodes.services import end_monitoring, order_monitoring, plan_measurements
from hearthline.programs import access
from hearthline.programs.definitions import Phase, read_definition
from hearthline.programs.models import DoneTask, Enrollment, Program, ProgramReview, ReadLesson
from hearthline.programs.queries import limits_of


@transaction.atomic
def adopt_program(actor: Actor, *, content: dict[str, Any]) -> Program:
    """Take a version of a program into use; the version before takes nobody new.

    Raises:
        PermissionDenied: the actor prescribes nothing.
        DefinitionError: the content is no program.
        ValidationError: another content has this version already.
    """
    if not access.may_adopt(actor):
        raise PermissionDenied
    definition = read_definition(content)
    rows = Program.objects.select_for_update().filter(code=definition.code)
    same = next((one for one in rows if one.version == definition.version), None)
    if same is not None and same.content != content:
        raise ValidationError(_("This version is in use with other content. Give it the next number."))
    rows.filter(retired_at=None).exclude(version=definition.version).update(retired_at=clock.now())
    if same is not None:
        same.retired_at = None
        same.save(update_fields=["retired_at"])
        return same
    program = Program(
        organization_id=actor.organization_id,
        code=definition.code,
        version=definition.version,
        content=content,
        adopted_by_id=_user_of(actor),
    )
    program.save(force_insert=True)
    record(actor, "program.adopted", program, reason=f"{program.code} version {program.version}")
    return program


@dataclass(frozen=True)
class Order:
    """Why a person takes part, and what payers ask."""

    reason: str
    is_established: bool


@transaction.atomic
def enroll(actor: Actor, *, patient: Patient, program: Program, order: Order) -> Enrollment:
    """Order monitoring and begin a program; a running enrollment in the same program is returned as it is.

    Raises:
        PermissionDenied: the actor does not prescribe for this patient.
        ValidationError: the program takes nobody new, or the person is in another one.
    """
    if program.retired_at is not None:
        raise ValidationError(_("This program takes nobody new. Choose one that is in use."))
    episode = order_monitoring(
        actor=actor, patient=patient, reason=order.reason, is_established=order.is_established
    )
    running = Enrollment.objects.filter(episode=episode).first()
    if running is not None:
        if running.program.code != program.code:
            raise ValidationError(_("This person is in another program. End that one first."))
        return running
    first = program.definition.phases[0]
    enrollment = Enrollment.objects.create(
        organization_id=actor.organization_id,
        episode=episode,
        program=program,
        phase=first.code,
        phase_since=today_in(actor.organization_id),
    )
    _plan(actor, episode, first)
    record(actor, "program.enrolled", enrollment, patient_id=patient.pk, reason=program.code)
    return enrollment


def _plan(actor: Actor, episode: Episode, phase: Phase) -> None:
    today = today_in(actor.organization_id)
    planned = [
        Planned(
            metric=item.metric,
            first=today,
            windows=tuple((window.starts, window.ends) for window in item.windows),
            weekdays=item.weekdays,
            is_continuous=item.is_continuous,
        )
        for item in phase.plan
    ]
    plan_measurements(actor=actor, episode=episode, planned=planned)


@transaction.atomic
def approve_limits(actor: Actor, *, enrollment: Enrollment) -> None:
    """Stand by the limits that hold for this person.

    Raises:
        PermissionDenied: the actor does not prescribe for this patient.
        ValidationError: a rule of the phase is not in force: nobody would be alerted by it.
    """
    locked = _lock(actor, enrollment)
    if not actor.has_role(*PRESCRIBER_ROLES):
        raise PermissionDenied
    idle = [limit.code for limit in limits_of(locked) if limit.rule is None]
    if idle:
        raise ValidationError(
            _("Not in force yet: %(rules)s. Approve them first.") % {"rules": ", ".join(idle)}
        )
    locked.limits_approved_by_id, locked.limits_approved_at = _user_of(actor), clock.now()
    locked.save(update_fields=["limits_approved_by", "limits_approved_at"])
    _record(actor, "program.limits_approved", locked)


@transaction.atomic
def review(
    actor: Actor,
    *,
    enrollment: Enrollment,
    decision: ProgramReview.Decision,
    note: str,
    end_reason: Episode.EndReason = Episode.EndReason.GOAL,
) -> ProgramReview:
    """Note how it goes and go on, to the next phase, or to the end.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
        ValidationError: it has ended, or there is no next phase.
    """
    locked = _lock(actor, enrollment)
    if locked.episode.ends_on is not None:
        raise ValidationError(_("This program has ended."))
    following = locked.program.definition.after(locked.phase)
    if decision == ProgramReview.Decision.NEXT_PHASE and following is None:
        raise ValidationError(_("This is the last phase."))
    written = ProgramReview.objects.create(
        organization_id=actor.organization_id,
        enrollment=locked,
        decision=decision,
        note=note,
        reviewed_by_id=_user_of(actor),
        phase_before=locked.phase,
    )
    _record(actor, "program.reviewed", locked)
    if decision == ProgramReview.Decision.NEXT_PHASE and following is not None:
        locked.phase, locked.phase_since = following.code, today_in(actor.organization_id)
        locked.save(update_fields=["phase", "phase_since"])
        _plan(actor, locked.episode, following)
    elif decision == ProgramReview.Decision.END:
        end_monitoring(actor=actor, episode=locked.episode, reason=end_reason)
    return written


@transaction.atomic
def finish_task(actor: Actor, *, enrollment: Enrollment, task: str) -> None:
    """Note that a task of the current phase is done; again changes nothing.

    Raises:
        PermissionDenied: the actor is a stranger to the patient.
        ValidationError: the phase has no such task.
    """
    locked = _lock(actor, enrollment, clinicians_only=False)
    if task not in {one.code for one in locked.current_phase.tasks}:
        raise ValidationError(_("This task is not of the current phase. Look at the page again."))
    _done, is_new = DoneTask.objects.get_or_create(
        organization_id=actor.organization_id,
        enrollment=locked,
        phase=locked.phase,
        task=task,
        defaults={"done_by_id": _user_of(actor)},
    )
    if is_new:
        _record(actor, "program.task_done", locked)


@transaction.atomic
def read_lesson(actor: Actor, *, enrollment: Enrollment, lesson: str) -> None:
    """Note that the patient (or who sees the record for them) has read a lesson; again changes nothing.

    Raises:
        PermissionDenied: the record is not the actor's to see.
        ValidationError: the program has no such lesson.
    """
    if not access.own_enrollments_for(actor).filter(pk=enrollment.pk).exists():
        raise PermissionDenied
    if not enrollment.program.definition.has_lesson(lesson):
        raise ValidationError(_("There is no such lesson."))
    ReadLesson.objects.get_or_create(
        organization_id=actor.organization_id, enrollment=enrollment, lesson=lesson
    )


def _lock(actor: Actor, enrollment: Enrollment, *, clinicians_only: bool = True) -> Enrollment:
    locked = (
        Enrollment.objects.select_for_update(of=("self",))
        .select_related("program", "episode__monitored__patient")
        .get(pk=enrollment.pk)
    )
    is_known = patients_for(actor).filter(pk=locked.episode.monitored.patient_id).exists()
    if not (actor.is_care_team and is_known) or (clinicians_only and not actor.is_clinician):
        raise PermissionDenied
    return locked


def _user_of(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise PermissionDenied
    return actor.user_id


def _record(actor: Actor, action: str, enrollment: Enrollment) -> None:
    record(actor, action, enrollment, patient_id=enrollment.episode.monitored.patient_id)
