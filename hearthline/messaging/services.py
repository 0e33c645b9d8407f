"""Ask for notifications and withdraw them. The feature that knows the reason calls; the words hold nothing clinical."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging import catalogue, rules
from hearthline.messaging.models import Notification
from hearthline.messaging.recipients import Person, find_person
from hearthline.messaging.rendering import pack_context
from hearthline.messaging.rules import State
from hearthline.messaging.sending import deliver
from hearthline.messaging.wording import RefusedWordingError, check_context

AUTOMATIC_VALUES = catalogue.ALWAYS_ALLOWED | {"name"}
ONE_RECIPIENT = "a notification goes to exactly one of patient_id, user_id and address"


def notify(
    *,
    actor: Actor,
    template: str,
    context: Mapping[str, object],
    about: tuple[str, UUID],
    key: str,
    patient_id: UUID | None = None,
    user_id: UUID | None = None,
    address: str = "",
    send_at: datetime | None = None,
    expires_at: datetime | None = None,
    language: str = "",
    zone: str = "",
    calendar: str = "",
) -> Notification:
    """Queue a message in the open transaction; asking again with the same ``key`` returns the first.

    It goes at ``send_at`` (default: now), by the channel, in the language and at an hour that suit the person, and
    not after ``expires_at`` (default: as the kind says). ``context`` holds every placeholder of the kind
    (``name``, ``organization`` and ``phone`` are known); moments are aware datetimes, links are ours. ``language``
    and ``zone`` are for guests, who are reached by ``address`` (an e-mail address or a telephone number).

    Raises:
        UnknownTemplateError: no such kind of notification.
        RefusedWordingError: a value is clinical, missing, or not of its kind.
        ValueError: not exactly one recipient.
    """
    if sum(bool(one) for one in (patient_id, user_id, address)) != 1:
        raise ValueError(ONE_RECIPIENT)
    kind = catalogue.template(template)
    check_context(context, allowed=kind.placeholders, base_url=settings.PUBLIC_URL)
    known = AUTOMATIC_VALUES if not address else catalogue.ALWAYS_ALLOWED
    if missing := kind.placeholders - known - set(context):
        raise RefusedWordingError("missing", min(missing))
    planned_at = send_at or clock.now()
    notification = Notification(
        organization_id=actor.organization_id,
        template=template,
        key=key,
        patient_id=patient_id,
        user_id=user_id,
        given_address=address,
        about_type=about[0],
        about_id=about[1],
        asked_by_user_id=actor.user_id,
        context=pack_context(context),
        calendar=calendar,
        language=language,
        zone=zone,
        is_reminder=kind.is_reminder,
        takes_reply=kind.takes_reply,
        planned_at=planned_at,
        promised_at=planned_at,
        due_at=planned_at,
        expires_at=expires_at or planned_at + kind.valid_for,
    )
    _plan(notification, kind, find_person(notification))
    return _keep(notification)


def _plan(notification: Notification, kind: catalogue.Template, person: Person) -> None:
    """Set when it goes, or that it does not."""
    plan = rules.plan_sending(
        send_at=notification.planned_at,
        now=clock.now(),
        expires_at=notification.expires_at,
        zone=person.zone,
        window=person.window,
        is_urgent=kind.is_urgent and not person.has_safe_hours,
    )
    if plan.at is None:
        notification.state, notification.reason = State.SUPPRESSED, plan.reason
        notification.decided_at = clock.now()
    else:
        notification.due_at = notification.promised_at = plan.at


def _keep(notification: Notification) -> Notification:
    """Insert the row and its job, unless the key is there already."""
    Notification.objects.bulk_create([notification], ignore_conflicts=True)
    kept = Notification.objects.get(key=notification.key)
    if kept.id == notification.id and kept.state == State.QUEUED:
        deliver.defer(
            organization_id=kept.organization_id,
            at=kept.due_at if kept.due_at > clock.now() else None,
            notification_id=str(kept.id),
        )
    return kept


def withdraw(
    *, actor: Actor, key: str = "", about: tuple[str, UUID] | None = None, keep: frozenset[str] = frozenset()
) -> int:
    """Cancel what has not been sent, by key or by what it is about; return how many.

    ``keep`` names kinds that still go (the cancellation notice itself).

    Raises:
        ValueError: neither ``key`` nor ``about`` was given.
    """
    if not key and about is None:
        message = "say what to withdraw: key or about"
        raise ValueError(message)
    rows = Notification.objects.filter(state=State.QUEUED).exclude(template__in=keep)
    if key:
        rows = rows.filter(key=key)
    if about is not None:
        rows = rows.filter(about_type=about[0], about_id=about[1])
    count = rows.update(state=State.CANCELLED, reason="withdrawn", decided_at=clock.now())
    if count:
        record(actor, "notification.withdrawn", about or ("notification_key", key), reason=str(count))
    return count
