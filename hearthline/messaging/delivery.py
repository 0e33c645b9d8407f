"""Claim, send, settle: three steps, the middle one outside any transaction.

The claim commits a lease and an attempt before anything leaves the house; whoever dies in between leaves a row that
says so, and after the lease the next one repeats with the same reference, which the far side can recognise.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.messaging import catalogue, doubts, rules
from hearthline.messaging.models import DeliveryAttempt, Notification
from hearthline.messaging.recipients import Person, address_index, find_person
from hearthline.messaging.rendering import render, unpack_context
from hearthline.messaging.rules import Channel, State
from hearthline.messaging.transports import Outcome, Outgoing, Result
from hearthline.messaging.transports.configured import is_offered, transport_for
from hearthline.tenancy.context import acting_in

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
MAX_PER_ADDRESS_AND_DAY = 40
WORKER_LOST = "worker_lost"


@dataclass(frozen=True)
class Claim:
    """What one worker has taken on: the text to hand over and the lease under which it may say how it went."""

    notification_id: UUID
    attempt_id: UUID
    token: UUID
    channel: Channel
    outgoing: Outgoing


def deliver_one(organization_id: UUID, notification_id: UUID) -> datetime | None:
    """Send one notification if it is due and nobody else is at it; return when to come back, if at all."""
    with acting_in(organization_id):
        claim = _claim(notification_id)
    if claim is None:
        return None
    result = transport_for(claim.channel).send(claim.outgoing)
    logger.info(
        "notification handed over",
        extra={"notification": str(notification_id), "outcome": result.outcome.value, "error": result.error},
    )
    with acting_in(organization_id):
        return _settle(claim, result)


def _claim(notification_id: UUID) -> Claim | None:
    now = clock.now()
    row = (
        Notification.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=notification_id)
        .first()
    )
    if row is None or not _is_free(row, now):
        return None
    if row.state == State.SENDING:
        row.attempts.filter(ended_at=None).update(ended_at=now, outcome=Outcome.UNCERTAIN, error=WORKER_LOST)
        if row.attempt_count >= rules.MAX_ATTEMPTS_PER_CHANNEL:
            try_another_channel(row, reason=WORKER_LOST)
            return None
    person = find_person(row)
    if not _may_go(row, person, now):
        return None
    choice = _choose(row, person)
    if not choice.channels:
        _decide(row, State.SUPPRESSED if row.attempt_count == 0 else State.FAILED, choice.reason)
        return None
    channel = Channel(row.channel) if row.channel in choice.channels else choice.channels[0]
    address = person.reach.addresses[channel]
    index = address_index(row.organization_id, channel, address)
    if _has_too_many(index, now):
        _decide(row, State.SUPPRESSED, "too_many")
        return None
    return _lease(row, person, channel, address, index)


def _is_free(row: Notification, now: datetime) -> bool:
    if row.state == State.QUEUED:
        return row.due_at <= now
    return row.state == State.SENDING and row.lease_until is not None and row.lease_until <= now


def _may_go(row: Notification, person: Person, now: datetime) -> bool:
    """Ask the rules again at the moment of sending: a night, an expiry or a death may have come between."""
    if person.stop_reason:
        _decide(row, State.SUPPRESSED, person.stop_reason)
        return False
    if now >= row.expires_at:
        _decide(row, State.SUPPRESSED if row.attempt_count == 0 else State.FAILED, "expired")
        return False
    is_urgent = catalogue.template(row.template).is_urgent and not person.has_safe_hours
    if is_urgent or rules.is_allowed(now, person.zone, person.window):
        return True
    plan = rules.plan_sending(
        send_at=now,
        now=now,
        expires_at=row.expires_at,
        zone=person.zone,
        window=person.window,
        is_urgent=False,
    )
    if plan.at is None:
        _decide(row, State.SUPPRESSED if row.attempt_count == 0 else State.FAILED, plan.reason)
    else:
        row.state, row.due_at, row.promised_at = State.QUEUED, plan.at, plan.at
        row.lease_until, row.lease_token = None, None
        row.save(update_fields=["state", "due_at", "promised_at", "lease_until", "lease_token"])
    return False


def _choose(row: Notification, person: Person) -> rules.Choice:
    kind = catalogue.template(row.template)
    return rules.choose_channels(
        person.reach,
        offered=[channel for channel in kind.channels if is_offered(channel)],
        is_essential=kind.is_essential,
        is_last_word=kind.is_last_word,
        tried=[Channel(channel) for channel in row.tried_channels],
    )


def _has_too_many(index: bytes, now: datetime) -> bool:
    since = now - timedelta(days=1)
    return (
        Notification.objects.filter(address_index=index, sent_at__gte=since).count()
        >= MAX_PER_ADDRESS_AND_DAY
    )


def _lease(row: Notification, person: Person, channel: Channel, address: str, index: bytes) -> Claim:
    now = clock.now()
    rendered = render(row.template, unpack_context(row.context), person=person, channel=channel)
    row.attempt_count = row.attempt_count + 1 if row.channel == channel else 1
    row.channel, row.address, row.address_index = channel, address, index
    row.state, row.lease_token, row.lease_until = State.SENDING, new_id(), now + LEASE
    row.save()
    attempt = DeliveryAttempt.objects.create(
        organization_id=row.organization_id,
        notification=row,
        number=row.attempt_count,
        channel=channel,
        created_at=now,
    )
    outgoing = Outgoing(
        reference=f"{row.organization_id}.{row.id}.{channel.value}",
        address=address,
        text=rendered.wording.text,
        subject=rendered.wording.subject,
        language=rendered.language,
        sender_name=person.values["organization"],
        calendar=row.calendar if channel is Channel.EMAIL else "",
    )
    return Claim(row.id, attempt.id, row.lease_token, channel, outgoing)


def _settle(claim: Claim, result: Result) -> datetime | None:
    now = clock.now()
    DeliveryAttempt.objects.filter(pk=claim.attempt_id).update(
        ended_at=now, outcome=result.outcome, error=result.error, provider_id=result.provider_id
    )
    row = Notification.objects.select_for_update(of=("self",)).get(pk=claim.notification_id)
    if row.lease_token != claim.token:
        return None  # the lease ran out and somebody else is at it, or a receipt has decided already
    row.lease_token, row.lease_until = None, None
    if result.outcome is Outcome.ACCEPTED:
        row.state, row.sent_at, row.provider_id, row.reason = State.SENT, now, result.provider_id, ""
        row.save()
        return None
    if result.outcome is Outcome.PERMANENT:
        if result.is_address_wrong:
            doubts.doubt_address(row, reason=result.error)
        return try_another_channel(row, reason=result.error)
    wait = rules.retry_delay(
        row.attempt_count, seed=row.id.int, retry_after_seconds=result.retry_after_seconds
    )
    if wait is None or now + wait >= row.expires_at:
        return try_another_channel(row, reason=result.error)
    row.state, row.due_at, row.reason = State.QUEUED, now + wait, result.error
    row.save()
    return row.due_at


def try_another_channel(row: Notification, *, reason: str) -> datetime | None:
    """Put the row back for the next channel, or close it as failed; return when to come back."""
    row.tried_channels = sorted({*row.tried_channels, row.channel})
    choice = _choose(row, find_person(row))
    now = clock.now()
    if not choice.channels or now >= row.expires_at:
        _decide(row, State.FAILED, reason)
        return None
    row.state, row.due_at, row.reason, row.lease_until, row.lease_token = (
        State.QUEUED,
        now,
        reason,
        None,
        None,
    )
    row.save()
    return now


def _decide(row: Notification, state: State, reason: str) -> None:
    row.state, row.reason, row.decided_at = state, reason, clock.now()
    row.lease_until, row.lease_token = None, None
    row.save()
