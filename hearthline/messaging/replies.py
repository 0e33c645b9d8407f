"""Texts that come back: C, R and X go to whoever planned the message, STOP and START are ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from hearthline.directory.models import SafeContact
from hearthline.foundation import clock
from hearthline.foundation.jobs import job
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging import notices
from hearthline.messaging.models import InboundText, Notification, OptOut, StaffNotice
from hearthline.messaging.models.notifications import INBOUND_LENGTH
from hearthline.messaging.recipients import address_index
from hearthline.messaging.rules import Channel, Intent, read_reply
from hearthline.messaging.services import notify
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

ANSWERABLE_FOR = timedelta(days=14)
HELP_EVERY = timedelta(days=1)
ACTOR_NAME = "text reply"
FRONT_DESK_PATH = "/messages/contacts/"


@dataclass(frozen=True)
class Reply:
    """An answer to one of our messages, as its planner sees it."""

    organization_id: UUID
    about_id: UUID
    patient_id: UUID | None
    intent: Intent
    replied_at_key: str


@dataclass(frozen=True)
class Answer:
    """What to text back: a kind of notification and its values."""

    template: str
    context: Mapping[str, object] = field(default_factory=dict)


Handler = Callable[[Reply], Answer | None]
_handlers: dict[str, Handler] = {}


def answers(about_type: str) -> Callable[[Handler], Handler]:
    """Register who understands C, R and X about a type of thing; stands in a package's ``subscribers.py``.

    The handler runs in a job, inside the organization, and says what to text back.
    """

    def decorate(handler: Handler) -> Handler:
        _handlers[about_type] = handler
        return handler

    return decorate


def take_text(*, event_id: str, sender: str, text: str) -> int:
    """Take in a text for every organization it concerns; return how many.

    Organizations share one number: STOP counts for all that ever wrote to the sender, anything else for the one
    that wrote last.
    """
    intent = read_reply(text)
    concerned = _organizations_that_wrote_to(sender)
    if intent not in (Intent.STOP, Intent.START):
        concerned = concerned[:1]
    for organization_id in concerned:
        with acting_in(organization_id):
            _keep(organization_id, event_id, sender, text, intent)
    return len(concerned)


def _organizations_that_wrote_to(sender: str) -> list[UUID]:
    """Return them, the one that wrote last first."""
    last: list[tuple[str, UUID]] = []
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        with acting_in(organization_id):
            row = _sent_to(address_index(organization_id, Channel.SMS, sender)).first()
            if row is not None and row.sent_at is not None:
                last.append((row.sent_at.isoformat(), organization_id))
    return [organization_id for _at, organization_id in sorted(last, reverse=True)]


def _sent_to(index: bytes) -> QuerySet[Notification]:
    return Notification.objects.filter(
        address_index=index, channel=Channel.SMS, sent_at__isnull=False
    ).order_by("-sent_at")


def _keep(organization_id: UUID, event_id: str, sender: str, text: str, intent: Intent) -> None:
    index = address_index(organization_id, Channel.SMS, sender)
    since = clock.now() - ANSWERABLE_FOR
    asked = _sent_to(index).filter(takes_reply=True, sent_at__gte=since).first()
    inbound = InboundText(
        organization_id=organization_id,
        event_id=event_id,
        address_index=index,
        text=text[:INBOUND_LENGTH],
        intent=intent,
        notification=asked or _sent_to(index).first(),
    )
    InboundText.objects.bulk_create([inbound], ignore_conflicts=True)
    if InboundText.objects.filter(pk=inbound.pk).exists():
        if intent is Intent.STOP:  # at once: nothing may leave while the job waits
            _opt_out(organization_id, index)
        handle_text.defer(organization_id=organization_id, inbound_id=str(inbound.id))


def _opt_out(organization_id: UUID, index: bytes) -> None:
    OptOut.objects.bulk_create(
        [OptOut(organization_id=organization_id, channel=Channel.SMS, address_index=index)],
        ignore_conflicts=True,
    )


@job(queue="messages")
def handle_text(organization_id: UUID, *, inbound_id: str) -> None:
    """Do what one text asks for, once."""
    inbound = (
        InboundText.objects.select_for_update(of=("self",)).select_related("notification").get(pk=inbound_id)
    )
    if inbound.handled_at is not None or inbound.notification is None:
        return
    asked = inbound.notification
    answer, inbound.outcome = _react(inbound, asked)
    inbound.handled_at = clock.now()
    inbound.save(update_fields=["handled_at", "outcome"])
    if answer is not None:
        _text_back(inbound, asked, answer)


def _react(inbound: InboundText, asked: Notification) -> tuple[Answer | None, str]:
    intent = Intent(inbound.intent)
    if intent is Intent.STOP:
        return Answer("sms.stopped"), "opted_out"
    if intent is Intent.START:
        OptOut.objects.filter(
            channel=Channel.SMS, address_index=bytes(inbound.address_index), ended_at=None
        ).update(ended_at=clock.now())
        return Answer("sms.started"), "opted_in"
    is_fresh = asked.sent_at is not None and asked.sent_at >= inbound.created_at - ANSWERABLE_FOR
    handler = _handlers.get(asked.about_type) if asked.takes_reply and is_fresh else None
    if intent in (Intent.CONFIRM, Intent.RESCHEDULE, Intent.CANCEL) and handler is not None:
        reply = Reply(inbound.organization_id, asked.about_id, asked.patient_id, intent, inbound.event_id)
        return handler(reply), "handled"
    if intent is Intent.HELP:
        return Answer("sms.help"), "helped"
    _tell_front_desk(inbound)
    return (None if _was_helped_lately(inbound) else Answer("sms.help")), "unread"


def _was_helped_lately(inbound: InboundText) -> bool:
    return InboundText.objects.filter(
        address_index=bytes(inbound.address_index),
        outcome__in=("unread", "helped"),
        handled_at__gte=clock.now() - HELP_EVERY,
    ).exists()


def _tell_front_desk(inbound: InboundText) -> None:
    notices.tell_roles(
        organization_id=inbound.organization_id,
        roles=(Role.NAVIGATOR, Role.NURSE),
        kind=StaffNotice.Kind.TEXT_UNREAD,
        about=("inbound_text", inbound.id),
        path=FRONT_DESK_PATH,
        key=f"inbound_text:{inbound.id}",
    )


def _text_back(inbound: InboundText, asked: Notification, answer: Answer) -> None:
    """Answer to the number that wrote. On a shared telephone only a link that says nothing."""
    contact = SafeContact.objects.filter(patient_id=asked.patient_id).first() if asked.patient_id else None
    if contact is not None and contact.is_telephone_shared:
        if "link" not in answer.context:
            return
        answer = Answer("neutral.link", {"link": answer.context["link"]})
    notify(
        actor=Actor.system(inbound.organization_id, ACTOR_NAME),
        template=answer.template,
        context=answer.context,
        about=(asked.about_type, asked.about_id),
        key=f"text_back:{inbound.id}",
        address=asked.address,
        language=asked.patient.page_language if asked.patient is not None else asked.language,
        zone=asked.patient.zone if asked.patient is not None else asked.zone,
    )


def care_link() -> str:
    """Return the address where a patient finds everything; for answers that need a link."""
    return f"{settings.PUBLIC_URL}/care/"
