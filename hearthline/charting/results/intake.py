"""Take a message: kept as it came, filed or left for a person, and answered the same however often it is sent.

The caller commits before it answers. A message of one laboratory waits for the one before it, so that two copies
sent at once are one.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from django.db import DataError, transaction

from hearthline.audit import services as audit
from hearthline.charting.results.drafts import ReportDraft, UnreadableError
from hearthline.charting.results.events import MessageWaits
from hearthline.charting.results.filing import file_report
from hearthline.charting.results.matching import UnmatchedError, patient_of
from hearthline.charting.results.models import IncomingMessage, Laboratory
from hearthline.charting.results.models.senders import NUMBER_LENGTH, WORDS_LENGTH
from hearthline.charting.results.rules import MESSAGE_MOVES
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.foundation.blobs import open_blob, store
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor

MAX_REPORTS = 50  # panels in one message
MAX_LINES = 2_000  # observations in one message
WHERE_LENGTH = 60
Problem, State = IncomingMessage.Problem, IncomingMessage.State
Reader = Callable[[bytes, Laboratory], Sequence[ReportDraft]]
logger = logging.getLogger(__name__)
_readers: dict[str, Reader] = {}


class MoveError(Exception):
    """The message no longer waits: somebody else has settled it."""


@dataclass(frozen=True)
class Taken:
    """What became of a message. ``problem`` is empty when it is filed; ``sentence`` is for its sender."""

    message_id: UUID
    problem: str
    where: str
    sentence: str
    code: str = "207"
    is_repeat: bool = False


def reads(message_format: str) -> Callable[[Reader], Reader]:
    """Register how bytes of a format are understood; a door does so when it is loaded."""

    def register(reader: Reader) -> Reader:
        _readers[message_format] = reader
        return reader

    return register


def actor_for(laboratory: Laboratory) -> Actor:
    """Return who acts when a laboratory's message is filed."""
    return Actor.system(laboratory.organization_id, laboratory.name)


@transaction.atomic
def take(*, laboratory: Laboratory, message_format: str, control_id: str, raw: bytes) -> Taken:
    """Keep and file a message. The organization is signed into the transaction; the caller commits, then answers."""
    Laboratory.objects.select_for_update().get(pk=laboratory.pk)
    digest = hashlib.sha256(raw).hexdigest()
    before = IncomingMessage.objects.filter(
        laboratory=laboratory, control_id=control_id, corrects__isnull=True
    )
    if same := before.filter(sha256=digest).first():
        return _answer(same, is_repeat=True)
    message = _keep(laboratory, message_format, control_id, raw)
    if before.exclude(pk=message.pk).exists():
        sentence = "Another message came with this number before. This one is kept for a person."
        _leave(message, Problem.CONFLICT, "MSH-10", sentence, "205")
    else:
        _try_to_file(message, raw, actor_for(laboratory))
    return _answer(message)


def _keep(laboratory: Laboratory, message_format: str, control_id: str, raw: bytes) -> IncomingMessage:
    blob = store(laboratory.organization_id, BytesIO(raw))
    return IncomingMessage.objects.create(
        organization_id=laboratory.organization_id,
        laboratory=laboratory,
        format=message_format,
        control_id=control_id[:NUMBER_LENGTH],
        sha256=blob.sha256,
        size_bytes=blob.size,
        state=State.WAITING,
        problem=Problem.UNREADABLE,
    )


def _try_to_file(message: IncomingMessage, raw: bytes, actor: Actor, patient: Patient | None = None) -> None:
    """File a message whole, or leave it whole with its problem."""
    try:
        with transaction.atomic():
            for draft in read(message, raw):
                whose = patient or patient_of(message.laboratory, draft.patient)
                file_report(actor=actor, message=message, draft=draft, patient=whose)
    except UnmatchedError as doubt:
        code = "204" if doubt.problem == Problem.UNKNOWN_PATIENT else "207"
        _leave(message, doubt.problem, doubt.where, str(doubt), code)
    except UnreadableError as fault:
        _leave(message, Problem.UNREADABLE, fault.where, str(fault), fault.code)
    except (DataError, ValueError, OverflowError) as fault:
        logger.warning("a result could not be filed", extra={"fault": type(fault).__name__})
        _leave(message, Problem.UNREADABLE, "", "A value in it cannot be kept.", "102")
    else:
        message.state, message.problem, message.where, message.detail = State.FILED, Problem.NONE, "", ""
        message.save(update_fields=["state", "problem", "where", "detail"])


def read(message: IncomingMessage, raw: bytes) -> Sequence[ReportDraft]:
    """Return what a message says.

    Raises:
        UnreadableError: it cannot be filed as it is.
    """
    drafts = _readers[message.format](raw, message.laboratory)
    if not drafts:
        raise UnreadableError("OBR", "The message holds no report.", code="100")
    if len(drafts) > MAX_REPORTS or sum(len(draft.observations) for draft in drafts) > MAX_LINES:
        raise UnreadableError(
            "OBR", f"Send at most {MAX_REPORTS} reports with {MAX_LINES} lines in a message."
        )
    return drafts


def _leave(message: IncomingMessage, problem: str, where: str, sentence: str, code: str) -> None:
    message.state, message.problem, message.where = State.WAITING, problem, where[:WHERE_LENGTH]
    message.detail = f"{code} {sentence}"[:WORDS_LENGTH]
    message.save(update_fields=["state", "problem", "where", "detail"])
    publish(MessageWaits(organization_id=message.organization_id, message_id=message.pk))


def _answer(message: IncomingMessage, *, is_repeat: bool = False) -> Taken:
    """Return the answer by how the message stands: a repeat after a person filed it is told so."""
    code, _space, sentence = message.detail.partition(" ")
    is_filed = message.state == State.FILED or message.corrections.filter(state=State.FILED).exists()
    if is_filed:
        return Taken(message.pk, "", "", "", is_repeat=is_repeat)
    return Taken(message.pk, message.problem, message.where, sentence, code or "207", is_repeat)


def raw_of(message: IncomingMessage) -> bytes:
    """Return the message's bytes as they came."""
    return open_blob(message.organization_id, message.sha256).read()


def _waiting(message: IncomingMessage, to: str) -> IncomingMessage:
    locked = (
        IncomingMessage.objects.select_for_update(of=("self",))
        .select_related("laboratory")
        .get(pk=message.pk)
    )
    if to not in MESSAGE_MOVES[locked.state]:
        raise MoveError
    return locked


@transaction.atomic
def replay(
    *, actor: Actor, message: IncomingMessage, patient: Patient | None = None, reason: str = ""
) -> IncomingMessage:
    """Try a waiting message again, for the patient whom a person chose, or as it says itself.

    Raises:
        MoveError: it does not wait any more.
    """
    locked = _waiting(message, State.FILED)
    _try_to_file(locked, raw_of(locked), actor, patient)
    if locked.state == State.FILED:
        _settle(locked, actor, State.FILED, reason)
    audit.record(
        actor,
        "message.replayed",
        locked,
        patient_id=patient.pk if patient else None,
        fields=["patient"] if patient else [],
    )
    return locked


@transaction.atomic
def correct(*, actor: Actor, message: IncomingMessage, raw: bytes, reason: str) -> IncomingMessage:
    """Put a corrected copy in a waiting message's place and try it; the message as it came stays.

    Raises:
        MoveError: it does not wait any more.
    """
    locked = _waiting(message, State.REPLACED)
    copy = _keep(locked.laboratory, locked.format, locked.control_id, raw)
    copy.corrects = locked
    copy.save(update_fields=["corrects"])
    _try_to_file(copy, raw, actor)
    _settle(locked, actor, State.REPLACED, reason)
    audit.record(actor, "message.corrected", locked)
    return copy


@transaction.atomic
def set_aside(*, actor: Actor, message: IncomingMessage, reason: str) -> None:
    """Say that a waiting message will not be filed, and why.

    Raises:
        MoveError: it does not wait any more.
    """
    _settle(_waiting(message, State.SET_ASIDE), actor, State.SET_ASIDE, reason)
    audit.record(actor, "message.set_aside", message)


def _settle(message: IncomingMessage, actor: Actor, state: str, reason: str) -> None:
    message.state, message.settled_by_id, message.settled_at = state, actor.user_id, clock.now()
    message.settled_reason = reason
    message.save(update_fields=["state", "settled_by", "settled_at", "settled_reason"])
