"""Tell people: the next step of each case that nobody took, and what just happened."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from hearthline.foundation import clock, figures
from hearthline.foundation.changes import announce
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.messaging.models import StaffNotice
from hearthline.messaging.notices import notices_to, put, tell_users
from hearthline.messaging.services import notify
from hearthline.monitoring.alerts.addresses import case_path
from hearthline.monitoring.alerts.engine.effects import WORKLIST_TOPIC
from hearthline.monitoring.alerts.events import AlertRaised, CaseBreached, RepeatAsked
from hearthline.monitoring.alerts.models import AlertEvent, Case, LadderStep
from hearthline.monitoring.alerts.rota import on_call
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.rules.ladder import (
    CALENDARS,
    DEFAULT_LADDERS,
    Channel,
    Ladder,
    Step,
    Whom,
    standing,
)

AT_ONCE = 500
MAILS_MOST = 50  # of one step; more would be a circular letter
MILLISECOND = timedelta(milliseconds=1)
KIND = StaffNotice.Kind.READINGS_WAITING.value
EVERYBODY = (Role.NURSE, Role.PHYSICIAN, Role.ADMINISTRATOR, Role.NURSE_IN_CHARGE)
# Whom a step reaches. A hole in the calendar must not swallow an alert: where it names nobody, everybody is told.
ROLES_OF = {
    Whom.POOL: (Role.NURSE,),
    Whom.ON_CALL: EVERYBODY,
    Whom.SUPERVISOR: EVERYBODY,
    Whom.NOBODY_LEFT: EVERYBODY,
}


def reaches(actor: Actor, case: Case, ladder: Ladder, calendars: Collection[Whom]) -> bool:
    """Whether a waiting case is the actor's to answer now: theirs, of their turn, or of a step that was reached.

    ``calendars``: in which the actor stands now (``rota.calendars_naming``). The steps are told from the clock, so
    that a case interrupts before the worker has written its notices.
    """
    if calendars or (case.owner_id is not None and case.owner_id == actor.user_id):
        return True
    reached = standing(ladder, started_at=case.clock_started_at, now=clock.now()).reached
    told = {step.whom for step in ladder[:reached]} - set(CALENDARS)
    if case.uncovered_at is not None:
        told.add(Whom.NOBODY_LEFT)
    return any(actor.has_role(*ROLES_OF[whom]) for whom in told)


def ladder_of(organization_id: UUID, severity: Severity) -> Ladder:
    """Return the organization's own ladder for a severity, or the product's."""
    own = LadderStep.objects.filter(
        organization_id=organization_id, severity=severity.value, ended_at__isnull=True
    )
    steps: Sequence[Step] = [Step(one.after_minutes, Whom(one.whom), Channel(one.channel)) for one in own]
    return steps or DEFAULT_LADDERS[severity]


def escalate_due(organization_id: UUID) -> int:
    """Take each case whose next step is due one or more steps up; return how many cases."""
    now = clock.now()
    due = Case.objects.filter(
        organization_id=organization_id,
        closed_at__isnull=True,
        acknowledged_at__isnull=True,
        next_step_at__lte=now,
    )
    cases = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("monitored")[:AT_ONCE])
    if cases:
        climb = _Climb(organization_id, now)
        for case in cases:
            climb.up(case)
        climb.write(cases)
        announce(organization_id, WORKLIST_TOPIC)
    return len(cases)


class _Climb:
    """Takes cases of one organization up, at one moment: what each of them means is written together."""

    def __init__(self, organization_id: UUID, now: datetime) -> None:
        self.organization_id, self.now = organization_id, now
        self._ladders: dict[int, Ladder] = {}
        self._calendars: dict[Whom, Collection[UUID]] = {}
        self._holders: dict[Whom, Collection[UUID]] = {}
        self._notices: list[StaffNotice] = []
        self._events: list[AlertEvent] = []

    def up(self, case: Case) -> None:
        """Take every step of a case that was reached."""
        if case.severity not in self._ladders:
            self._ladders[case.severity] = ladder_of(self.organization_id, Severity(case.severity))
        ladder = self._ladders[case.severity]
        found = standing(ladder, started_at=case.clock_started_at, now=self.now)
        for step in ladder[case.steps_reached : found.reached]:
            is_end = step.whom is Whom.NOBODY_LEFT
            if not self._tell(case, step):
                case.uncovered_at = case.uncovered_at or self.now
                self._note(case, AlertEvent.Happening.UNCOVERED, step)
            if is_end and case.breached_at is None:
                case.breached_at = self.now
                publish(
                    CaseBreached(
                        organization_id=case.organization_id,
                        case_id=case.pk,
                        patient_id=case.monitored.patient_id,
                    )
                )
            self._note(
                case, AlertEvent.Happening.BREACHED if is_end else AlertEvent.Happening.ESCALATED, step
            )
        case.steps_reached, case.next_step_at = found.reached, found.next_at

    def write(self, cases: Sequence[Case]) -> None:
        """Write where the cases stand, what happened, and the notices."""
        put(self._notices)
        AlertEvent.objects.bulk_create(self._events)
        Case.objects.bulk_update(cases, ["steps_reached", "next_step_at", "breached_at", "uncovered_at"])

    def _note(self, case: Case, happening: AlertEvent.Happening, step: Step) -> None:
        self._events.append(
            AlertEvent(
                organization_id=case.organization_id,
                case=case,
                monitored_id=case.monitored_id,
                happening=happening,
                note=step.whom.value,
            )
        )

    def _tell(self, case: Case, step: Step) -> bool:
        """Tell whom a step names; return whether the calendar named somebody (or was not asked)."""
        on_duty = self._on_duty(step.whom)
        users = on_duty or self._holding(step.whom)
        about, path = ("alerts.case", case.pk), case_path(case.pk)
        key = f"case:{case.pk}:{case.clock_started_at.timestamp():.0f}:{step.whom.value}"
        self._notices += notices_to(
            organization_id=case.organization_id, user_ids=users, kind=KIND, about=about, path=path, key=key
        )
        if step.channel is Channel.EMAIL:
            for user_id in sorted(users)[:MAILS_MOST]:
                notify(
                    actor=Actor.system(case.organization_id, "alerts"),
                    user_id=user_id,
                    template="monitoring.waiting",
                    context={"link": f"{settings.PUBLIC_URL}{path}"},
                    about=about,
                    key=f"{key}:{user_id}",
                )
        return bool(on_duty) or step.whom not in CALENDARS

    def _on_duty(self, whom: Whom) -> Collection[UUID]:
        """Return who stands in the calendar now; nobody where no calendar is asked."""
        if whom not in CALENDARS:
            return ()
        if whom not in self._calendars:
            self._calendars[whom] = on_call(self.organization_id, whom, self.now)
        return self._calendars[whom]

    def _holding(self, whom: Whom) -> Collection[UUID]:
        if whom not in self._holders:
            self._holders[whom] = _with_roles(ROLES_OF[whom])
        return self._holders[whom]


def _with_roles(roles: Iterable[Role]) -> list[UUID]:
    """Return the people of the open organization who hold one of the roles."""
    members = Membership.objects.filter(is_active=True, roles__overlap=[role.value for role in roles])
    return list(members.values_list("user_id", flat=True))


def tell_events(organization_id: UUID) -> int:
    """Tell of what happened since the last time, once each; return how many events."""
    waiting = AlertEvent.objects.filter(
        organization_id=organization_id, is_to_tell=True, told_at__isnull=True
    ).order_by("at", "id")
    events = list(
        waiting.select_for_update(skip_locked=True, of=("self",)).select_related(
            "monitored", "case", "alert"
        )[:AT_ONCE]
    )
    for event in events:
        _tell_of(event)
    now = clock.now()
    AlertEvent.objects.filter(pk__in=[event.pk for event in events]).update(told_at=now)
    figures.note(_delays(events, now))
    return len(events)


def _delays(events: Sequence[AlertEvent], told_at: datetime) -> Iterator[tuple[str, float]]:
    """How long it took from the receipt of a reading to its alert, and to the telling of people, in milliseconds."""
    for event in events:
        received_at = event.alert.received_at if event.alert else None
        if event.happening == AlertEvent.Happening.RAISED and received_at is not None:
            yield figures.ALERT_JUDGED, (event.at - received_at) / MILLISECOND
            yield figures.ALERT_TOLD, (told_at - received_at) / MILLISECOND


def _tell_of(event: AlertEvent) -> None:
    patient_id = event.monitored.patient_id
    if event.happening == AlertEvent.Happening.ASKED:
        _ask_again(event, patient_id)
    elif event.happening == AlertEvent.Happening.RAISED and event.case_id and event.alert_id:
        publish(
            AlertRaised(
                organization_id=event.organization_id,
                alert_id=event.alert_id,
                case_id=event.case_id,
                patient_id=patient_id,
            )
        )
    if event.case is not None and event.case.owner_id is not None and not _was_known(event, event.case):
        tell_users(
            organization_id=event.organization_id,
            user_ids=[event.case.owner_id],
            kind=KIND,
            about=("alerts.case", event.case.pk),
            path=case_path(event.case.pk),
            key=f"event:{event.pk}",
        )


def _was_known(event: AlertEvent, case: Case) -> bool:
    """Whether the owner took the case with this in it: then they are not told of it."""
    is_taken_after = case.acknowledged_at is not None and event.at <= case.acknowledged_at
    return is_taken_after or event.at < case.clock_started_at


def _ask_again(event: AlertEvent, patient_id: UUID) -> None:
    notify(
        actor=Actor.system(event.organization_id, "alerts"),
        patient_id=patient_id,
        template="monitoring.again",
        context={"link": f"{settings.PUBLIC_URL}/care/"},
        about=("alerts.alertevent", event.pk),
        key=f"again:{event.pk}",
    )
    if event.rule_id is not None:
        publish(
            RepeatAsked(organization_id=event.organization_id, patient_id=patient_id, rule_id=event.rule_id)
        )
