"""The dead-man check: have the reminders that should have gone, gone? And is the worker alive at all?

Asked by the worker each minute, and from outside it by the ``watch`` process and by whoever calls
``/health/reminders``: a dead worker cannot report its own death. Alarms are rows, told to administrators by notice
and by an e-mail that the watcher itself hands over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Min, Q

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.messaging import notices
from hearthline.messaging.delivery import deliver_one
from hearthline.messaging.models import Alarm, Notification, StaffNotice, WorkerPulse
from hearthline.messaging.rules import UNDECIDED, State
from hearthline.messaging.services import notify
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

WORKER, WATCHER = "worker", "watch"
SILENT_AFTER = timedelta(minutes=3)
GRACE = timedelta(minutes=10)
LOOKED_BACK = timedelta(hours=1)
MAIL_AGAIN_AFTER = timedelta(hours=4)
OUR_FAULTS = ("sms_gateway", "sms_line", "mail_server", "mail_line", "mail_sign_in", "worker_lost")
PATH = "/administration/messages/"


@dataclass(frozen=True)
class Finding:
    """How many reminders did not go, and since when the oldest waits."""

    count: int = 0
    oldest_at: datetime | None = None


Expectation = Callable[[UUID], Finding]
_expectations: list[Expectation] = []


def expects(expectation: Expectation) -> Expectation:
    """Register a check of what was never planned: appointments that should have reminders and have none.

    Stands in a package's ``subscribers.py``; called inside the organization.
    """
    _expectations.append(expectation)
    return expectation


def beat(name: str = WORKER) -> None:
    """Show that a process works."""
    WorkerPulse.objects.update_or_create(name=name, defaults={"beat_at": clock.now()})


def worker_silent_since() -> datetime | None:
    """Return the worker's last sign of life when it is too long ago (now, when there never was one)."""
    beat_at = WorkerPulse.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()
    if beat_at is not None and clock.now() - beat_at <= SILENT_AFTER:
        return None
    return beat_at or clock.now()


def late_reminders() -> Finding:
    """Return the reminders of the open organization that should have gone and did not.

    Those that still wait beyond the grace, and those of the last hour that were given up by our own fault or
    because it had become too late.
    """
    now = clock.now()
    faults = Q()
    for fault in OUR_FAULTS:
        faults |= Q(reason__startswith=fault)
    waiting = Q(state__in=UNDECIDED, promised_at__lte=now - GRACE)
    given_up = Q(state=State.FAILED, decided_at__gte=now - LOOKED_BACK) & faults
    too_late = Q(
        state__in=(State.SUPPRESSED, State.FAILED), reason="expired", decided_at__gte=now - LOOKED_BACK
    )
    rows = Notification.objects.filter(is_reminder=True).filter(waiting | given_up | too_late)
    return Finding(rows.count(), rows.aggregate(oldest=Min("promised_at"))["oldest"])


def missing_reminders(organization_id: UUID) -> Finding:
    """Return what other packages miss."""
    findings = [expectation(organization_id) for expectation in _expectations]
    oldest = [finding.oldest_at for finding in findings if finding.oldest_at is not None]
    return Finding(sum(finding.count for finding in findings), min(oldest, default=None))


@dataclass(frozen=True)
class Watched:
    """What one round of watching found over all organizations."""

    is_worker_silent: bool
    late_count: int
    missing_count: int

    @property
    def is_well(self) -> bool:
        """Whether everything goes as it should."""
        return not self.is_worker_silent and self.late_count == 0 and self.missing_count == 0


def look() -> Watched:
    """Look without raising an alarm."""
    late = missing = 0
    for organization_id in _organizations():
        with acting_in(organization_id):
            late += late_reminders().count
            missing += missing_reminders(organization_id).count
    return Watched(worker_silent_since() is not None, late, missing)


def watch() -> Watched:
    """Look, raise and end alarms, and hand the e-mails about them over from this very process."""
    silent_since = worker_silent_since()
    late = missing = 0
    for organization_id in _organizations():
        with acting_in(organization_id):
            late_here, missing_here = late_reminders(), missing_reminders(organization_id)
            silence = Finding(1, silent_since) if silent_since is not None else Finding()
            told = [
                *_settle_alarm(organization_id, Alarm.Kind.REMINDERS_LATE, late_here),
                *_settle_alarm(organization_id, Alarm.Kind.REMINDERS_MISSING, missing_here),
                *_settle_alarm(organization_id, Alarm.Kind.WORKER_SILENT, silence),
            ]
        late, missing = late + late_here.count, missing + missing_here.count
        for notification_id in told:
            deliver_one(organization_id, notification_id)
    return Watched(silent_since is not None, late, missing)


def _organizations() -> list[UUID]:
    return list(Organization.objects.filter(is_active=True).values_list("id", flat=True))


def _settle_alarm(organization_id: UUID, kind: Alarm.Kind, finding: Finding) -> list[UUID]:
    """Open, refresh or end the alarm of a kind; return the e-mails that have to go now."""
    now = clock.now()
    if not finding.count:
        Alarm.objects.filter(kind=kind, ended_at=None).update(ended_at=now)
        return []
    alarm = Alarm(
        organization_id=organization_id, kind=kind, count=finding.count, oldest_at=finding.oldest_at
    )
    Alarm.objects.bulk_create([alarm], ignore_conflicts=True)
    alarm = Alarm.objects.select_for_update(of=("self",)).get(kind=kind, ended_at=None)
    alarm.count, alarm.oldest_at, alarm.seen_at = finding.count, finding.oldest_at, now
    must_tell = alarm.mailed_at is None or now - alarm.mailed_at >= MAIL_AGAIN_AFTER
    if must_tell:
        alarm.mailed_at = now
    alarm.save()
    return _tell(alarm) if must_tell else []


def _tell(alarm: Alarm) -> list[UUID]:
    key = f"alarm:{alarm.id}:{alarm.seen_at.isoformat()}"
    notices.tell_roles(
        organization_id=alarm.organization_id,
        roles=(Role.ADMINISTRATOR,),
        kind=StaffNotice.Kind.REMINDERS_ALARM,
        about=("messaging.alarm", alarm.id),
        path=PATH,
        key=key,
    )
    administrators = Membership.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR.value])
    waited = clock.now() - (alarm.oldest_at or clock.now())
    context = {
        "count": min(alarm.count, 1_440),
        "minutes": max(0, min(int(waited.total_seconds() // 60), 1_440)),
        "link": f"{settings.PUBLIC_URL}{PATH}",
    }
    return [
        notify(
            actor=Actor.system(alarm.organization_id, "reminder watch"),
            user_id=user_id,
            template="oversight.reminders",
            context=context,
            about=("messaging.alarm", alarm.id),
            key=f"{key}:{user_id}",
        ).id
        for user_id in administrators.values_list("user_id", flat=True)
    ]


def open_alarms() -> list[Alarm]:
    """Return the open alarms of the organization, and one of the moment when the worker is silent but none is open."""
    alarms = list(Alarm.objects.filter(ended_at=None))
    silent_since = worker_silent_since()
    if silent_since is not None and all(alarm.kind != Alarm.Kind.WORKER_SILENT for alarm in alarms):
        alarms.append(Alarm(kind=Alarm.Kind.WORKER_SILENT, count=1, oldest_at=silent_since))
    return alarms
