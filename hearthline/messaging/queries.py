"""Reads that pages of this and other packages show: inboxes, promises, what became of each message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging import access, conversations
from hearthline.messaging.models import InboundText, Notification, RoutingPool, Thread

BOXES = ("mine", "team", "unassigned", "closed")
STATE_KINDS = {
    "queued": "info",
    "sending": "info",
    "sent": "ok",
    "delivered": "ok",
    "failed": "watch",
    "suppressed": "none",
    "cancelled": "none",
}
REASON_WORDS = {
    "safe_contact": _("The person asked not to be reached this way."),
    "no_address": _("There is no address or telephone number."),
    "opted_out": _("The person asked us to stop."),
    "channels_exhausted": _("No other way was left."),
    "expired": _("It was too late to be of use."),
    "quiet_hours": _("It fell into the quiet hours."),
    "deceased": _("The person has died."),
    "inactive": _("The record is not active."),
    "too_many": _("Too many messages went to this address today."),
    "withdrawn": _("It was not needed any more."),
    "mail_recipient_refused": _("The mail server does not know the address."),
    "sms_number_refused": _("The number cannot be reached."),
    "receipt_failed": _("The telephone network could not deliver it."),
}
TEMPLATE_WORDS = {
    "appointment": _("About an appointment"),
    "visit": _("About a visit"),
    "summary": _("Something new to read"),
    "message": _("A new message"),
    "record": _("Who opened the record"),
    "account": _("About the account"),
    "proxy": _("Who may act for the patient"),
    "sms": _("An answer to a text"),
    "neutral": _("A message"),
    "staff": _("A notice to staff"),
    "oversight": _("An alarm"),
}
OTHER_REASON = _("The message could not be handed over.")


@dataclass(frozen=True)
class Promise:
    """A pool and when it will have answered what is written now."""

    pool: RoutingPool
    answer_at: datetime


def pools_with_promise(pools: Iterable[RoutingPool]) -> list[Promise]:
    """Return each pool with its expected answer time."""
    return [Promise(pool, conversations.expected_answer_at(pool)) for pool in pools]


def inbox(actor: Actor, box: str) -> QuerySet[Thread]:
    """Return one box of the actor's inbox: overdue first, then those waiting, then the newest."""
    rows = access.threads_of_staff(actor).select_related("patient", "pool", "owner")
    if box == "closed":
        return rows.filter(status=Thread.Status.CLOSED).order_by("-last_message_at", "-id")
    rows = rows.filter(status=Thread.Status.OPEN)
    if box == "mine":
        rows = rows.filter(owner_id=actor.user_id)
    elif box == "team":
        rows = rows.filter(pool__in=access.pools_of(actor))
    else:
        rows = rows.filter(owner=None)
    now = clock.now()
    urgency = Case(
        When(answer_due_at__lte=now, then=Value(0)),
        When(answer_due_at__isnull=False, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.order_by(urgency, F("answer_due_at").asc(nulls_last=True), "-last_message_at", "-id")


@dataclass(frozen=True)
class Delivery:
    """What became of one message, in words."""

    notification: Notification
    title: str
    state: str
    kind: str
    reason: str
    at: datetime


def deliveries_about(about_type: str, about_id: UUID) -> list[Delivery]:
    """Return what became of the messages about a thing (an appointment), the earliest planned first."""
    rows = Notification.objects.filter(about_type=about_type, about_id=about_id)
    return [describe(row) for row in rows.order_by("planned_at", "id")]


def deliveries_of_patients(patient_ids: Iterable[UUID]) -> QuerySet[Notification]:
    """Return the messages to patients, the latest planned first; ``describe`` says what became of each."""
    return Notification.objects.filter(patient_id__in=list(patient_ids))


def describe(row: Notification) -> Delivery:
    """Return one message's fate in words."""
    at = row.delivered_at or row.sent_at or row.decided_at or row.due_at
    reason = REASON_WORDS.get(row.reason, OTHER_REASON) if row.reason else ""
    title = str(TEMPLATE_WORDS.get(row.template.split(".")[0], row.template))
    return Delivery(row, title, str(row.get_state_display()), STATE_KINDS[row.state], str(reason), at)


def unread_texts() -> QuerySet[InboundText]:
    """Return texts that nobody has answered: words that are no C, R, X, STOP or START."""
    return InboundText.objects.filter(outcome="unread").select_related("notification__patient")
