"""Work of the clock: late answers are told to named people, unread ones are chased, grants end."""

from datetime import timedelta
from uuid import UUID

from hearthline.consults.models import Consult, CriticalFinding, Desk, DeskPerson, Grant
from hearthline.consults.rules.clocks import escalation_step, seconds_left
from hearthline.consults.rules.critical import told_count
from hearthline.consults.rules.states import OVER, Status
from hearthline.consults.services.assigning import end_grant
from hearthline.consults.services.moving import tell_asker, tell_coordinators
from hearthline.foundation import clock
from hearthline.foundation.jobs import periodic
from hearthline.identity.actor import Actor
from hearthline.messaging.notices import tell_users
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

MOST_AT_A_TIME = 500
CHASE_EVERY = timedelta(days=1)
# A closed case stays readable for those who answered it, for questions about it; then their access ends by itself.
GRANT_STAYS = timedelta(days=30)
LATE = (Status.ASKED, Status.ASSIGNED, Status.READING, Status.PRELIMINARY)


@periodic("*/5 * * * *")
def watch_clocks() -> None:
    """Visit every organization's cases: late answers, critical findings, unread answers, grants that are over."""
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        with acting_in(organization_id):
            escalate(organization_id)
            escalate_critical(organization_id)
            chase(organization_id)
            end_old_grants(organization_id)


def _people_of(organization_id: UUID, specialty: str) -> list[UUID]:
    people = DeskPerson.objects.filter(organization_id=organization_id, desk__specialty=specialty)
    return list(people.order_by("position").values_list("user_id", flat=True))


def _tell(consult: Consult, users: list[UUID], key: str) -> None:
    tell_users(
        organization_id=consult.organization_id,
        user_ids=users,
        kind="other",
        about=("consults.consult", consult.id),
        path=f"/consults/{consult.id}/",
        key=f"{key}:{consult.id}",
    )


def escalate(organization_id: UUID) -> int:
    """Tell the desk's people of late answers, one more each working hour; return how many cases went on a step."""
    now, told = clock.now(), 0
    late = Consult.objects.filter(
        organization_id=organization_id, status__in=LATE, paused_at__isnull=True, due_at__lt=now
    )
    for consult in late.order_by("due_at")[:MOST_AT_A_TIME]:
        people = _people_of(organization_id, consult.specialty)
        late_seconds = -seconds_left(consult.calendar, now, consult.due_at) if consult.due_at else 0
        step = escalation_step(late_seconds, len(people))
        if step > consult.escalated_to:
            _tell(consult, people[consult.escalated_to : step], f"late {step}")
            consult.escalated_to = step
            consult.save(update_fields=["escalated_to"])
            told += 1
    return told


def escalate_critical(organization_id: UUID) -> int:
    """Tell further people of critical findings that nobody took in; return how many went on a step."""
    told = 0
    waiting = CriticalFinding.objects.filter(organization_id=organization_id, acknowledged_by__isnull=True)
    for finding in waiting.select_related("consult")[:MOST_AT_A_TIME]:
        consult = finding.consult
        people = [
            one for one in (consult.asked_by_id, *_people_of(organization_id, consult.specialty)) if one
        ]
        count = told_count(finding.urgency, finding.identified_at, clock.now(), len(people))
        if count > finding.told_people:
            _tell(consult, people[finding.told_people : count], f"critical {finding.id} {count}")
            finding.told_people = count
            finding.save(update_fields=["told_people"])
            told += 1
    return told


def chase(organization_id: UUID) -> int:
    """Remind askers each day of answers that reached nobody yet, and coordinators from the second time on."""
    before, chased = clock.now() - CHASE_EVERY, 0
    unread = Consult.objects.filter(
        organization_id=organization_id, status__in=(Status.FINAL, Status.TOLD), answered_at__lt=before
    )
    for consult in unread.order_by("answered_at")[:MOST_AT_A_TIME]:
        if consult.chased_at is not None and consult.chased_at >= before:
            continue
        tell_asker(consult)
        if consult.chased_at is not None:
            tell_coordinators(consult)
        consult.chased_at = clock.now()
        consult.save(update_fields=["chased_at"])
        chased += 1
    return chased


def end_old_grants(organization_id: UUID) -> int:
    """End the access of those who answered, a month after a case was over; return how many ended."""
    old = Grant.objects.filter(
        organization_id=organization_id,
        ended_at__isnull=True,
        consult__status__in=OVER,
        consult__changed_at__lt=clock.now() - GRANT_STAYS,
    )
    grants = list(old[:MOST_AT_A_TIME])
    for grant in grants:
        end_grant(Actor.system(organization_id, "grants"), grant=grant, reason="over")
    return len(grants)


def desks_without_people(organization_id: UUID) -> list[Desk]:
    """Return open desks of whose late answers nobody would hear; their page warns."""
    return list(Desk.objects.filter(organization_id=organization_id, is_open=True, people__isnull=True))
