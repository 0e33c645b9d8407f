"""Conversations between patients and the care team: write, read, take on, hand over, close."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import blobs, clock, uploads
from hearthline.foundation.uploads import Upload
from hearthline.identity.actor import Actor
from hearthline.identity.models import User
from hearthline.messaging import notices, rules
from hearthline.messaging.models import (
    Attachment,
    Handover,
    Message,
    MessageRead,
    PoolMember,
    RoutingPool,
    StaffNotice,
    Thread,
)
from hearthline.messaging.services import notify
from hearthline.tenancy.models import Organization

MAX_FILES = 4


class ConversationError(Exception):
    """What was asked for does not fit the conversation's state any more; ``code`` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class File:
    """A file that passed the sandbox, and what its sender called it."""

    name: str
    upload: Upload


def start_thread(
    *,
    actor: Actor,
    patient: Patient,
    pool: RoutingPool,
    subject: str,
    text: str,
    key: str,
    author_kind: Message.Author,
    files: Sequence[File] = (),
) -> Thread:
    """Open a conversation with its first message. The same key and words open it once."""
    once = _once(key, subject, text)
    thread = Thread(
        organization_id=actor.organization_id,
        patient=patient,
        pool=pool,
        subject=subject,
        owner_id=actor.user_id if author_kind is Message.Author.STAFF else None,
        key=once,
    )
    Thread.objects.bulk_create([thread], ignore_conflicts=True)
    kept = Thread.objects.select_related("patient", "pool", "owner").get(key=once)
    if kept.id == thread.id:
        record(actor, "thread.started", kept, patient_id=patient.id)
    write(actor=actor, thread=kept, text=text, key=key, author_kind=author_kind, files=files)
    return kept


def write(
    *,
    actor: Actor,
    thread: Thread,
    text: str,
    key: str,
    author_kind: Message.Author,
    is_internal: bool = False,
    files: Sequence[File] = (),
) -> Message:
    """Add a message. The same key and words add it once; the same key with other words is another message.

    Raises:
        ValueError: the system does not write in conversations.
    """
    if actor.user_id is None:
        raise ValueError(actor.kind)
    message = Message(
        organization_id=actor.organization_id,
        thread=thread,
        author_id=actor.user_id,
        author_name=actor.name[:100],
        author_kind=author_kind,
        text=text,
        is_internal=is_internal,
        key=_once(key, str(thread.id), text, str(is_internal)),
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    kept = Message.objects.get(author_id=actor.user_id, key=message.key)
    if kept.id != message.id:
        return kept
    for file in files:
        _attach(message, file)
    record(actor, "message.sent", message, patient_id=thread.patient_id)
    if not is_internal:
        _move_on(actor, thread, message)
    return message


def _once(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _attach(message: Message, file: File) -> None:
    stored = blobs.store(message.organization_id, BytesIO(file.upload.content), file.upload.content_type)
    Attachment.objects.create(
        organization_id=message.organization_id,
        message=message,
        name=uploads.clean_name(file.name, file.upload.content_type),
        content_type=file.upload.content_type,
        sha256=stored.sha256,
        size_bytes=stored.size,
    )


def _move_on(actor: Actor, thread: Thread, message: Message) -> None:
    """Set whose turn it is, and tell the other side."""
    locked = Thread.objects.select_for_update(of=("self",)).select_related("pool").get(pk=thread.pk)
    locked.last_message_at = message.created_at
    if message.author_kind == Message.Author.STAFF:
        locked.answer_due_at = None
    elif locked.answer_due_at is None:
        locked.answer_due_at = expected_answer_at(locked.pool)
    if locked.status == Thread.Status.CLOSED:
        locked.status = Thread.Status.OPEN
        _hand(actor, locked, Handover.Kind.REOPENED)
    locked.save(update_fields=["last_message_at", "answer_due_at", "status"])
    if message.author_kind == Message.Author.STAFF:
        _tell_patient(actor, locked, message)
    else:
        _tell_team(locked, message)


def expected_answer_at(pool: RoutingPool) -> datetime:
    """Return when the pool will have answered what is asked now, by its own promise."""
    zone = ZoneInfo(Organization.objects.values_list("zone", flat=True).get(pk=pool.organization_id))
    return rules.answer_due(
        clock.now(),
        within_minutes=pool.answer_within_minutes,
        zone=zone,
        opening=pool.opening,
        weekdays=frozenset(pool.weekdays),
    )


def _tell_patient(actor: Actor, thread: Thread, message: Message) -> None:
    link = {"link": f"{settings.PUBLIC_URL}/care/messages/{thread.id}/"}
    about = ("messaging.thread", thread.id)
    notify(
        actor=actor,
        patient_id=thread.patient_id,
        template="message.new",
        context=link,
        about=about,
        key=f"message:{message.id}",
    )
    proxies = Message.objects.filter(thread=thread, author_kind=Message.Author.PROXY)
    for user_id in proxies.order_by("author_id").values_list("author_id", flat=True).distinct():
        notify(
            actor=actor,
            user_id=user_id,
            template="message.new",
            context=link,
            about=about,
            key=f"message:{message.id}:{user_id}",
        )


def _tell_team(thread: Thread, message: Message) -> None:
    members = PoolMember.objects.filter(pool=thread.pool).values_list("user_id", flat=True)
    notices.tell_users(
        organization_id=thread.organization_id,
        user_ids=[thread.owner_id] if thread.owner_id else list(members),
        kind=StaffNotice.Kind.THREAD_WAITING,
        about=("messaging.thread", thread.id),
        path=f"/messages/{thread.id}/",
        key=f"message:{message.id}",
    )


def note_reading(*, actor: Actor, thread: Thread, messages: Sequence[Message]) -> None:
    """Record that the actor saw the messages: a receipt for each that others wrote, and the audit."""
    if actor.user_id is None:
        return
    MessageRead.objects.bulk_create(
        [
            MessageRead(
                organization_id=actor.organization_id,
                message=message,
                user_id=actor.user_id,
                reader_name=actor.name[:100],
            )
            for message in messages
            if message.author_id != actor.user_id
        ],
        ignore_conflicts=True,
    )
    record(actor, "thread.read", thread, patient_id=thread.patient_id)


def claim(*, actor: Actor, thread: Thread) -> Thread:
    """Take a conversation that nobody has.

    Raises:
        ConversationError: ``taken``: somebody was faster; ``closed``.
    """
    locked = _locked(thread, Thread.Status.OPEN)
    if locked.owner_id is not None and locked.owner_id != actor.user_id:
        raise ConversationError("taken")
    if locked.owner_id is None:
        locked.owner_id = actor.user_id
        locked.save(update_fields=["owner"])
        _hand(actor, locked, Handover.Kind.CLAIMED)
        record(actor, "thread.claimed", locked, patient_id=locked.patient_id)
    return locked


def hand_over(*, actor: Actor, thread: Thread, pool: RoutingPool, to: User | None, note: str) -> None:
    """Give a conversation to another pool or person, with a note for staff only.

    Raises:
        ConversationError: ``closed``.
    """
    locked = _locked(thread, Thread.Status.OPEN)
    locked.pool, locked.owner = pool, to
    locked.save(update_fields=["pool", "owner"])
    handover = _hand(
        actor, locked, Handover.Kind.HANDED_OVER, to=to, to_name=to.name if to else pool.name, note=note
    )
    record(actor, "thread.handed_over", locked, patient_id=locked.patient_id)
    members = PoolMember.objects.filter(pool=pool).values_list("user_id", flat=True)
    notices.tell_users(
        organization_id=locked.organization_id,
        user_ids=[to.id] if to is not None else list(members),
        kind=StaffNotice.Kind.THREAD_ASSIGNED,
        about=("messaging.thread", locked.id),
        path=f"/messages/{locked.id}/",
        key=f"handover:{handover.id}",
    )


def close(*, actor: Actor, thread: Thread) -> None:
    """Close a conversation; what the patient writes later opens it again.

    Raises:
        ConversationError: ``closed``: it is already.
    """
    locked = _locked(thread, Thread.Status.OPEN)
    locked.status, locked.answer_due_at = Thread.Status.CLOSED, None
    locked.save(update_fields=["status", "answer_due_at"])
    _hand(actor, locked, Handover.Kind.CLOSED)
    record(actor, "thread.closed", locked, patient_id=locked.patient_id)


def reopen(*, actor: Actor, thread: Thread) -> None:
    """Open a closed conversation again.

    Raises:
        ConversationError: ``open``: it is already.
    """
    locked = _locked(thread, Thread.Status.CLOSED)
    locked.status = Thread.Status.OPEN
    locked.save(update_fields=["status"])
    _hand(actor, locked, Handover.Kind.REOPENED)
    record(actor, "thread.reopened", locked, patient_id=locked.patient_id)


def _locked(thread: Thread, status: Thread.Status) -> Thread:
    locked = Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk)
    if locked.status != status:
        raise ConversationError(locked.status)
    return locked


def _hand(
    actor: Actor,
    thread: Thread,
    kind: Handover.Kind,
    *,
    to: User | None = None,
    to_name: str = "",
    note: str = "",
) -> Handover:
    return Handover.objects.create(
        organization_id=thread.organization_id,
        thread=thread,
        kind=kind,
        by_id=actor.user_id,
        by_name=actor.name[:100],
        to=to,
        to_name=to_name[:100],
        note=note,
    )


def unread_count(actor: Actor, thread_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return, for each conversation, how many messages the actor has not seen (internal notes left out)."""
    if actor.user_id is None:
        return {}
    unread = (
        Message.objects.filter(thread_id__in=thread_ids, is_internal=False)
        .exclude(author_id=actor.user_id)
        .exclude(reads__user_id=actor.user_id)
    )
    counts: dict[UUID, int] = {}
    for thread_id in unread.values_list("thread_id", flat=True):
        counts[thread_id] = counts.get(thread_id, 0) + 1
    return counts
