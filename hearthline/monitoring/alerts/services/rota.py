"""Set who is on call when, and the ladder. What no longer holds is ended, never erased."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import may_set_rota
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.models import Case, LadderStep, OnCallLine, OnCallShift
from hearthline.monitoring.alerts.rota import callable_members
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.rules.ladder import MOST_STEPS, Ladder, Whom, problem_of
from hearthline.tenancy.models import Site

MOST_LINES = 100  # of the pattern, both calendars together: seven days of three shifts, twice, and room
LONGEST_SHIFT = timedelta(days=31)


@dataclass(frozen=True)
class Hours:
    """Which hours of which weekdays (Monday is 0) a person has, as the clock of a site shows them."""

    weekdays: Collection[int]
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None = None


def add_lines(*, actor: Actor, whom: Whom, user_id: UUID, site: Site, hours: Hours) -> list[OnCallLine]:
    """Add lines to the weekly pattern, one for each weekday.

    Raises:
        AlertRefusedError: the actor's role may not, the person cannot be on call, or they have these hours already.
    """
    _check(actor, user_id)
    lines = OnCallLine.objects.filter(organization_id=actor.organization_id, ended_at__isnull=True)
    if lines.count() + len(hours.weekdays) > MOST_LINES:
        raise AlertRefusedError("many_lines")
    same = lines.filter(
        whom=whom.value, user_id=user_id, site=site, weekday__in=hours.weekdays, starts=hours.starts
    )
    if same.filter(ends=hours.ends, valid_from=hours.valid_from).exists():
        raise AlertRefusedError("line_again")
    made = [
        OnCallLine.objects.create(
            organization_id=actor.organization_id,
            whom=whom.value,
            user_id=user_id,
            site=site,
            weekday=weekday,
            starts=hours.starts,
            ends=hours.ends,
            valid_from=hours.valid_from,
            valid_until=hours.valid_until,
            set_by_id=actor.user_id,
        )
        for weekday in sorted(hours.weekdays)
    ]
    for line in made:
        record(actor, "on_call.line_added", line)
    return made


def add_shift(
    *, actor: Actor, whom: Whom, user_id: UUID, starts_at: datetime, ends_at: datetime, reason: str
) -> OnCallShift:
    """Put one person on call for a time, in place of the pattern.

    Raises:
        AlertRefusedError: the actor's role may not, the person cannot be on call, the time is over or too long, or
            another exception holds then.
    """
    _check(actor, user_id)
    if ends_at <= clock.now():
        raise AlertRefusedError("in_the_past")
    if ends_at - starts_at > LONGEST_SHIFT:
        raise AlertRefusedError("too_long")
    try:
        with transaction.atomic():
            made = OnCallShift.objects.create(
                organization_id=actor.organization_id,
                whom=whom.value,
                user_id=user_id,
                starts_at=starts_at,
                ends_at=ends_at,
                reason=reason.strip(),
                set_by_id=actor.user_id,
            )
    except IntegrityError:
        raise AlertRefusedError("overlap") from None
    record(actor, "on_call.shift_added", made)
    return made


def end_row(*, actor: Actor, row: OnCallLine | OnCallShift) -> None:
    """Take a line or an exception out of the calendar; again changes nothing.

    Raises:
        AlertRefusedError: the actor's role may not.
    """
    if not may_set_rota(actor):
        raise AlertRefusedError("not_allowed")
    held = type(row).objects.filter(pk=row.pk, ended_at__isnull=True)
    if held.update(ended_at=clock.now(), ended_by_id=actor.user_id):
        record(actor, "on_call.removed", row)


def set_ladder(*, actor: Actor, severity: Severity, ladder: Ladder) -> None:
    """Set the organization's own ladder for a severity; cases that wait for the next step climb the new one.

    What a case's ladder has told already is not told again (a notice has one key for each kind of recipient).

    Raises:
        AlertRefusedError: the actor's role may not, or it is no ladder.
    """
    if not may_set_rota(actor):
        raise AlertRefusedError("not_allowed")
    if problem := problem_of(ladder[: MOST_STEPS + 1], severity):
        raise AlertRefusedError(problem)
    _end_ladder(actor, severity)
    made = [
        LadderStep.objects.create(
            organization_id=actor.organization_id,
            severity=severity.value,
            after_minutes=step.after_minutes,
            whom=step.whom.value,
            channel=step.channel.value,
            set_by_id=actor.user_id,
        )
        for step in ladder
    ]
    record(actor, "ladder.set", made[-1], reason=severity.name.lower())


def drop_ladder(*, actor: Actor, severity: Severity) -> None:
    """Go back to the product's ladder for a severity.

    Raises:
        AlertRefusedError: the actor's role may not.
    """
    if not may_set_rota(actor):
        raise AlertRefusedError("not_allowed")
    if _end_ladder(actor, severity):
        subject = ("alerts.ladderstep", actor.organization_id)
        record(actor, "ladder.dropped", subject, reason=severity.name.lower())


def _end_ladder(actor: Actor, severity: Severity) -> int:
    now = clock.now()
    climbing = Case.objects.filter(
        organization_id=actor.organization_id,
        severity=severity.value,
        closed_at__isnull=True,
        acknowledged_at__isnull=True,
        breached_at__isnull=True,
    )
    climbing.update(steps_reached=0, next_step_at=now)
    steps = LadderStep.objects.filter(
        organization_id=actor.organization_id, severity=severity.value, ended_at__isnull=True
    )
    return steps.update(ended_at=now, ended_by_id=actor.user_id)


def _check(actor: Actor, user_id: UUID) -> None:
    if not may_set_rota(actor):
        raise AlertRefusedError("not_allowed")
    if not callable_members(actor.organization_id).filter(user_id=user_id).exists():
        raise AlertRefusedError("not_on_call")
