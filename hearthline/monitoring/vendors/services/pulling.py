"""Read an account at a vendor again: because the vendor called, or because the hour is over.

Notifications are hints. What counts is what the vendor answers, read with an overlap behind the last time, and each
window a notification named as a whole, so that deletions are seen. Between the transactions stands the wire.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from hearthline.foundation import clock
from hearthline.foundation.jobs import job
from hearthline.monitoring.vendors import client, outages, rules, withings
from hearthline.monitoring.vendors.models import VendorLink, VendorMeasurement, VendorNotification
from hearthline.monitoring.vendors.rules import Window
from hearthline.monitoring.vendors.services.ending import callback_url, lose_link
from hearthline.monitoring.vendors.services.keeping import keep_found
from hearthline.monitoring.vendors.services.tokens import usable_token
from hearthline.monitoring.vendors.withings import Group, VendorAwayError, VendorRefusedError
from hearthline.tenancy.context import acting_in

NOTIFICATIONS_AT_ONCE = 500
MISSING_AT_ONCE = 500
Ending = VendorNotification.Ending


@dataclass(frozen=True)
class Task:
    """What to ask for one account."""

    organization_id: UUID
    link_id: UUID
    since: datetime
    windows: list[Window]
    endings: dict[UUID, Ending]  # of each notification that waits, once this is done
    subscribe_url: str  # empty: the vendor calls us already


@dataclass(frozen=True)
class Found:
    """What the vendor answered; ``at`` is its clock."""

    groups: list[Group]
    at: datetime
    windows: list[tuple[Window, list[Group]]]


def pull_soon(link: VendorLink, *, is_due: bool = False) -> None:
    """Queue a pull of one account; pulls of one account run one after another."""
    pull.defer(
        organization_id=link.organization_id,
        lock=f"vendor:{link.pk}",
        link_id=str(link.pk),
        is_due=int(is_due),
    )


@job(queue="readings", opens_own_transactions=True)
def pull(organization_id: UUID, *, link_id: str, is_due: int = 0) -> None:
    """Read one account, if it is due or the vendor said something that waits."""
    with acting_in(organization_id):
        task = _task(UUID(link_id), is_due=bool(is_due))
    if task is None:
        return
    try:
        found = _ask(task)
    except VendorRefusedError:
        with acting_in(organization_id):
            lose_link(link_id=task.link_id)
            _settle(dict.fromkeys(task.endings, Ending.OVER))
    except VendorAwayError:
        with acting_in(organization_id):
            link = VendorLink.objects.select_for_update().get(pk=task.link_id)
            outages.note_failure(link, clock.now())
    else:
        with acting_in(organization_id):
            _keep(task, found)


def _task(link_id: UUID, *, is_due: bool) -> Task | None:
    link = VendorLink.objects.get(pk=link_id)
    waiting = list(link.notifications.filter(settled_at=None).order_by("received_at")[:NOTIFICATIONS_AT_ONCE])
    if link.state != VendorLink.State.ACTIVE:
        _settle({one.pk: Ending.OVER for one in waiting})
        return None
    now = clock.now()
    is_backing_off = link.failures > 0 and link.next_pull_at > now
    if not is_due and (is_backing_off or not waiting):
        return None
    endings: dict[UUID, Ending] = {}
    windows: list[Window] = []
    for one in waiting:
        notice = withings.read_notification(bytes(one.body))
        if notice is None:
            endings[one.pk] = Ending.UNREADABLE
        elif notice.account != link.account:
            endings[one.pk] = Ending.NOT_OURS
        else:
            endings[one.pk] = Ending.PULLED
            windows += [(notice.since, notice.until)] if notice.since and notice.until else []
    missing = VendorMeasurement.objects.filter(link=link, missing_since__isnull=False, withdrawn_at=None)
    times = missing.order_by("observed_at").values_list("observed_at", flat=True)[:MISSING_AT_ONCE]
    windows += [(at, at) for at in times]
    return Task(
        link.organization_id,
        link.pk,
        since=(link.synced_until or link.created_at) - rules.OVERLAP,
        windows=rules.merged(windows, since=link.created_at, until=now + rules.CLOCK_AHEAD),
        endings=endings,
        subscribe_url="" if link.subscribed_at else callback_url(link),
    )


def _ask(task: Task) -> Found:
    token = usable_token(task.organization_id, task.link_id)
    try:
        return _ask_with(token, task)
    except VendorRefusedError:
        # The token may have been taken back before its time. Whether consent is over says the token service alone:
        # data that are refused to a token just given are the vendor's fault, and no reason to part from anybody.
        fresh = usable_token(task.organization_id, task.link_id, refused=token)
    try:
        return _ask_with(fresh, task)
    except VendorRefusedError as refused:
        raise VendorAwayError("refuses the token it gave") from refused


def _ask_with(token: str, task: Task) -> Found:
    if task.subscribe_url:
        client.subscribe(token, task.subscribe_url)
    groups, at = client.changed_since(token, task.since)
    windows = [
        (window, client.measured_between(token, window[0] - rules.EDGE, window[1] + rules.EDGE))
        for window in task.windows
    ]
    return Found(groups, at, windows)


@transaction.atomic
def _keep(task: Task, found: Found) -> None:
    """Store what was found, and say until when we know, all or nothing."""
    link = (
        VendorLink.objects.select_for_update(of=("self",))
        .select_related("monitored__patient")
        .get(pk=task.link_id)
    )
    if link.state != VendorLink.State.ACTIVE:  # ended while we asked: nothing of the answer is taken
        _settle(dict.fromkeys(task.endings, Ending.OVER))
        return
    now = clock.now()
    is_missing = keep_found(
        link, [*found.groups, *(one for _, some in found.windows for one in some)], found.windows
    )
    _settle(task.endings)
    outages.note_answer(link, now)
    link.synced_until = max(found.at, link.synced_until or found.at)
    link.pulled_at, link.failures = now, 0
    link.subscribed_at = link.subscribed_at or now
    link.next_pull_at = now + (rules.MISSING_FOR if is_missing else rules.RECONCILE_EVERY)
    link.save(update_fields=["synced_until", "pulled_at", "failures", "subscribed_at", "next_pull_at"])


def _settle(endings: dict[UUID, Ending]) -> None:
    now = clock.now()
    for ending in set(endings.values()):
        some = [pk for pk, one in endings.items() if one == ending]
        VendorNotification.objects.filter(pk__in=some).update(settled_at=now, ending=ending)
