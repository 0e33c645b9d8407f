"""Chat, quality samples and what a browser is given on coming in."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from hearthline.audit import services as audit
from hearthline.foundation import blobs, clock
from hearthline.foundation.uploads import Upload, clean_name
from hearthline.identity.actor import Actor
from hearthline.tenancy.models import Organization
from hearthline.visits.choices import ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import (
    Board,
    ChatMessage,
    Join,
    Participant,
    QualitySample,
    SharedFile,
    TypedLine,
    Visit,
    VisitFault,
)
from hearthline.visits.quality import mean_opinion_score
from hearthline.visits.services import group
from hearthline.visits.services.messages import describe_all, open_joins, send_event
from hearthline.visits.turn import CHECK_CREDENTIAL_SECONDS, CREDENTIAL_SECONDS, ice_configuration
from hearthline.visits.wire import FaultMessage, QualityMessage

CHAT_HISTORY_MOST = 200
FILES_MOST = 20
TYPED = "typed"


def say(*, actor: Actor, join: Join, text: str, key: str) -> ChatMessage:
    """Add a line of chat to the record and pass it to everybody in the visit; a repeated key adds nothing.

    Raises:
        VisitRefusedError: the person is not in the visit.
    """
    _require_writer(join.participant)
    message, is_new = ChatMessage.objects.get_or_create(
        organization_id=actor.organization_id,
        participant=join.participant,
        key=key,
        defaults={"visit": join.visit, "text": text},
    )
    TypedLine.objects.filter(participant=join.participant, key=key).delete()
    if is_new:
        for recipient in open_joins(join.visit):
            if recipient.participant.state == ParticipantState.ADMITTED:
                send_event(recipient, "chat", {"id": str(message.pk)})
        audit.record(actor, "chat_message.said", message, patient_id=join.visit.patient_id)
    return message


def _require_writer(participant: Participant) -> None:
    if participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_admitted")
    if participant.role == ParticipantRole.OBSERVER:
        raise VisitRefusedError("observer")
    if participant.is_aside:
        raise VisitRefusedError("apart")


def type_letters(*, join: Join, text: str, key: str) -> None:
    """Keep what somebody has written of a line so far, and have the others read it; an empty text takes it back.

    ``key`` is that of the line of chat it becomes: letters that arrive after it are dropped.

    Raises:
        VisitRefusedError: the person is not in the visit, only watches it, or speaks apart.
    """
    participant = join.participant
    _require_writer(participant)
    if ChatMessage.objects.filter(participant=participant, key=key).exists():
        return
    if text:
        TypedLine.objects.update_or_create(
            organization_id=join.organization_id,
            participant=participant,
            defaults={"visit_id": join.visit_id, "text": text, "key": key},
        )
    else:
        TypedLine.objects.filter(participant=participant).delete()
    for recipient in open_joins(join.visit):
        is_other = recipient.participant_id != participant.pk
        if is_other and recipient.participant.state == ParticipantState.ADMITTED:
            send_event(recipient, TYPED, {"person": str(participant.pk)})


def describe_typed(participant_id: UUID) -> dict[str, Any]:
    """Return what somebody has written of a line so far; nothing once it is said."""
    line = TypedLine.objects.filter(participant=participant_id).select_related("participant").first()
    if line is None:
        return {"from": str(participant_id), "name": "", "text": ""}
    return {"from": str(participant_id), "name": line.participant.name, "text": line.text}


def typed_lines(join: Join) -> list[dict[str, Any]]:
    """Return the lines that others are writing, for somebody who comes in."""
    lines = TypedLine.objects.filter(visit=join.visit_id).exclude(participant=join.participant_id)
    return [describe_typed(person) for person in lines.values_list("participant", flat=True)]


def describe_message(message: ChatMessage) -> dict[str, Any]:
    """Return a line of chat as browsers show it."""
    return {
        "id": str(message.pk),
        "from": str(message.participant_id),
        "name": message.participant.name,
        "text": message.text,
        "at": message.said_at.isoformat(),
    }


def describe_file(shared: SharedFile) -> dict[str, Any]:
    """Return a shared file as browsers show it; the content is fetched through its own page."""
    return {
        "id": str(shared.pk),
        "from": str(shared.participant_id),
        "name": shared.participant.name,
        "file": shared.name,
        "at": shared.shared_at.isoformat(),
    }


def share_file(
    *, actor: Actor, visit: Visit, participant: Participant, upload: Upload, name: str
) -> SharedFile:
    """Keep a file and tell everybody in the visit.

    Raises:
        VisitRefusedError: the person is not in the visit, or there are too many files.
    """
    if participant.state != ParticipantState.ADMITTED or not visit.is_open:
        raise VisitRefusedError("not_admitted")
    if participant.is_aside:
        raise VisitRefusedError("apart")
    if SharedFile.objects.filter(visit=visit).count() >= FILES_MOST:
        raise VisitRefusedError("too_many_photos")
    kept = blobs.store(visit.organization_id, BytesIO(upload.content), upload.content_type)
    shared = SharedFile.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        participant=participant,
        digest=kept.sha256,
        size_bytes=kept.size,
        content_type=upload.content_type,
        name=clean_name(name, upload.content_type),
    )
    for recipient in open_joins(visit):
        if recipient.participant.state == ParticipantState.ADMITTED:
            send_event(recipient, "file", {"id": str(shared.pk)})
    audit.record(actor, "visit_file.shared", shared, patient_id=visit.patient_id)
    return shared


def chat_of(visit: Visit) -> list[dict[str, Any]]:
    """Return the chat so far, for somebody who comes in."""
    lines = ChatMessage.objects.filter(visit=visit).select_related("participant").order_by("-said_at", "-id")
    return [describe_message(line) for line in reversed(lines[:CHAT_HISTORY_MOST])]


def files_of(visit: Visit) -> list[dict[str, Any]]:
    """Return the files shared so far."""
    return [
        describe_file(one) for one in SharedFile.objects.filter(visit=visit).select_related("participant")
    ]


def relay_for(join: Join) -> dict[str, Any]:
    """Return fresh relay credentials for somebody in the visit.

    Raises:
        VisitRefusedError: not admitted: there is nobody to connect to yet.
    """
    if join.participant.state != ParticipantState.ADMITTED or join.closed_at is not None:
        raise VisitRefusedError("not_admitted")
    organization = Organization.objects.get(pk=join.organization_id)
    own = import_string(settings.TURN_RELAY_OF)(join.participant) if settings.TURN_RELAY_OF else None
    return ice_configuration(
        own or settings.TURN_RELAY,
        at=clock.now(),
        label=f"visit-{join.number}",
        is_relay_only=organization.is_relay_only or own is not None,
        seconds=CREDENTIAL_SECONDS,
    )


def relay_for_check() -> dict[str, Any]:
    """Return credentials for the device check: a minute long, and good for a person's own loop only."""
    return ice_configuration(
        settings.TURN_RELAY,
        at=clock.now(),
        label="check",
        is_relay_only=settings.TURN_RELAY is not None,
        seconds=CHECK_CREDENTIAL_SECONDS,
    )


def welcome(join: Join) -> dict[str, Any]:
    """Return what somebody is given who is in the visit: servers, people, the chat so far, what is shown to all."""
    boards = Board.objects.filter(visit=join.visit_id, closed_at__isnull=True)
    shown = boards.values_list("pk", flat=True).first()
    return {
        "ice": relay_for(join),
        "way": join.visit.media_backend,
        "people": describe_all(join.participant, join.visit),
        "chat": chat_of(join.visit),
        "files": files_of(join.visit),
        "typed": typed_lines(join),
        "board": {"id": str(shown) if shown else ""},
    }


def keep_samples(*, join: Join, samples: list[QualityMessage]) -> None:
    """Keep measurements of how somebody receives the others; browsers send those of a good line some at a time."""
    QualitySample.objects.bulk_create([_sample_of(join, one) for one in samples])
    group.reconsider(join.visit)


def _sample_of(join: Join, sample: QualityMessage) -> QualitySample:
    return QualitySample(
        organization_id=join.organization_id,
        visit_id=join.visit_id,
        participant=join.participant,
        at=clock.now() - timedelta(seconds=sample.secondsAgo),
        modality=join.participant.modality,
        rung=sample.rung,
        mean_opinion_score=mean_opinion_score(
            concealment=sample.concealment,
            jitter_buffer_ms=sample.jitterBufferMs,
            round_trip_ms=sample.roundTripMs,
        ),
        concealment=sample.concealment,
        round_trip_ms=round(sample.roundTripMs),
        jitter_buffer_ms=round(sample.jitterBufferMs),
        frames_per_second=sample.framesPerSecond,
        freeze_seconds=sample.freezeSeconds,
        pair=sample.pair,
        protocol=sample.protocol,
        reconnects=sample.reconnects,
        uplink_kilobits=round(sample.uplinkKilobits),
    )


def keep_fault(*, join: Join, fault: FaultMessage) -> None:
    """Keep a technical failure that somebody's browser met, and tell those in the call: no words, no addresses."""
    VisitFault.objects.create(
        organization_id=join.organization_id,
        visit_id=join.visit_id,
        participant=join.participant,
        kind=fault.fault,
        detail=fault.detail,
    )
    told = {"person": str(join.participant_id), "fault": fault.fault, "device": fault.detail}
    for other in open_joins(join.visit):
        if other.pk != join.pk and other.participant.state == ParticipantState.ADMITTED:
            send_event(other, "fault", told)
