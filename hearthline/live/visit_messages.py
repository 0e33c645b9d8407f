"""What a browser in a visit posts: coming, signalling, fresh relay credentials, leaving, the device check."""

from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any, cast

from django.http import Http404
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hearthline.identity.actor import Actor
from hearthline.identity.policy import Policy
from hearthline.live import limits
from hearthline.live.doors import NobodyError, NotAdmittedError, as_actor, is_forged, live_route, note_refusal
from hearthline.live.places import get_open_place_for
from hearthline.visits import wire
from hearthline.visits.access import get_visit_for, participant_for
from hearthline.visits.choices import Modality, ParticipantRole, ParticipantState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.media import backend_of
from hearthline.visits.models import Join
from hearthline.visits.rules import sends_media
from hearthline.visits.services import boards, conversation, door, room, segments, sharing, stills
from hearthline.visits.services.messages import describe, number_of

STATUS = {"stale": 409, "too_many": 429, "closed": 410}
IN_VISIT = Policy("members in a visit", is_background=True)  # which visit: get_visit_for, in each request
ShownMessage = (
    wire.CameraMessage | wire.WishMessage | wire.BoardMessage | wire.MarkMessage | wire.UnmarkMessage
)
Answer = dict[str, Any]
Endpoint = Callable[[Request, bytes], Awaitable[Answer]]


def refusal(status: int, code: str, words: str = "") -> JSONResponse:
    """Return a refusal as machines and people read it."""
    return JSONResponse({"code": code, "detail": words}, status, headers={"Cache-Control": "no-store"})


async def _body_of(request: Request) -> bytes | None:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > wire.BODY_BYTES_MOST:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def message(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """Wrap an endpoint: size, forgery, shape, session and refusals are answered here."""

    async def answer(request: Request) -> Response:
        body = await _body_of(request)
        if body is None:
            await note_refusal(request, "too_large")
            return refusal(413, "too_large")
        if is_forged(request):
            await note_refusal(request, "forged")
            return refusal(403, "forged")
        try:
            return JSONResponse(await endpoint(request, body), headers={"Cache-Control": "no-store"})
        except ValidationError:
            await note_refusal(request, "unreadable")
            return refusal(422, "unreadable")
        except NobodyError:
            return refusal(401, "signed_out")
        except NotAdmittedError:
            return refusal(403, "not_allowed")
        except Http404:
            return refusal(404, "unknown")
        except VisitRefusedError as refused:
            return refusal(STATUS.get(refused.code, 403), refused.code, refused.words)

    answer.__name__ = endpoint.__name__
    return answer


def _spend(limiter: limits.Limiter, name: str, cost: float = 1.0) -> None:
    if not limiter.allows(name, cost):
        raise VisitRefusedError("too_many")


@live_route(IN_VISIT, guests=True)
@message
async def join(request: Request, body: bytes) -> Answer:
    """Open a join for this tab."""
    asked = wire.parse(wire.JoinRequest, body)
    visit_id = request.path_params["visit_id"]

    def work(actor: Actor) -> Answer:
        _spend(limits.joins, f"{actor.session_key}:{visit_id}")
        visit = get_visit_for(actor, visit_id)
        participant = participant_for(actor, visit)
        is_patient_side = participant.role in {ParticipantRole.PATIENT, ParticipantRole.CAREGIVER}
        kept_out = door.why_not_in(visit) if is_patient_side else ""
        if kept_out:
            raise VisitRefusedError(kept_out)
        opened = room.join_room(actor=actor, visit=visit, participant=participant, tab=asked.tab)
        opened = Join.objects.select_related("participant", "visit").get(pk=opened.pk)
        me = describe(opened.participant, number_of(opened))
        answer = {
            "join": opened.nonce,
            "number": opened.number,
            "after": opened.last_event,
            "me": me,
            "people": [me],
        }
        if opened.participant.state == ParticipantState.ADMITTED:
            answer |= backend_of(visit).admit(opened)
        return answer

    return await as_actor(request, work)


@live_route(IN_VISIT, guests=True)
@message
async def signal(request: Request, body: bytes) -> Answer:
    """Take messages of somebody in the room. Access is asked for this request, whatever was asked before."""
    asked = wire.parse(wire.SignalRequest, body)

    def work(actor: Actor) -> Answer:
        sender = get_open_place_for(actor, request.path_params["visit_id"], asked.join)
        _spend(limits.signals, asked.join, max(1.0, len(asked.messages)))
        backend_of(sender.visit).prepare(sender)
        return {"undelivered": _take_all(actor, sender, asked.messages)}

    return await as_actor(request, work)


def _take_all(actor: Actor, sender: Join, messages: list[wire.Message]) -> int:
    """Act on messages in their order, measurements that follow each other at once; count what reached nobody."""
    undelivered = 0
    for is_sample, some in groupby(messages, key=lambda one: isinstance(one, wire.QualityMessage)):
        if is_sample:
            conversation.keep_samples(join=sender, samples=cast("list[wire.QualityMessage]", list(some)))
        else:
            undelivered += sum(not _take(actor, sender, one) for one in some)
    return undelivered


def _take(actor: Actor, sender: Join, one: wire.Message) -> bool:
    """Act on one message; False when its recipient has gone in the meantime."""
    if isinstance(one, wire.MediaMessage):
        _require_silent_observer(sender, one)
        try:
            backend_of(sender.visit).signal(sender, one.to, wire.relayed(one))
        except VisitRefusedError as refused:
            if refused.code == "not_here":
                return False
            raise
    elif isinstance(one, wire.ChatLine):
        conversation.say(actor=actor, join=sender, text=one.text, key=one.key)
    elif isinstance(one, wire.TypedLetters):
        conversation.type_letters(join=sender, text=one.text, key=one.key)
    elif isinstance(one, wire.ModalityMessage):
        modality, cause = Modality(one.modality), SegmentCause(one.cause)
        segments.change_modality(actor=actor, join=sender, modality=modality, cause=cause)
    elif isinstance(one, wire.FaultMessage):
        conversation.keep_fault(join=sender, fault=one)
    elif isinstance(one, ShownMessage):
        _take_shown(actor, sender, one)
    return True


def _take_shown(actor: Actor, sender: Join, one: ShownMessage) -> None:
    """Act on what is shown to all: an examination camera and stills of it, a picture and what is drawn on it."""
    if isinstance(one, wire.CameraMessage):
        stills.show_camera(actor=actor, join=sender, device=one.device)
    elif isinstance(one, wire.WishMessage):
        _wish(actor, sender, one)
    elif isinstance(one, wire.BoardMessage):
        _show_board(actor, sender, one)
    else:
        _spend(limits.marks, str(sender.participant_id))
        _draw(sender, one)


def _wish(actor: Actor, sender: Join, one: wire.WishMessage) -> None:
    if one.person is None:
        stills.decline_wish(join=sender)
    else:
        _spend(limits.wishes, str(sender.participant_id))
        stills.wish_still(actor=actor, join=sender, person=one.person)


def _show_board(actor: Actor, sender: Join, one: wire.BoardMessage) -> None:
    if one.file is not None:
        boards.open_board(actor=actor, join=sender, file=one.file)
    elif one.page is not None:
        boards.turn_page(join=sender, page=one.page)
    elif one.close is not None:
        boards.close_board(actor=actor, join=sender, board=one.close)


def _draw(sender: Join, one: wire.MarkMessage | wire.UnmarkMessage) -> None:
    if isinstance(one, wire.MarkMessage):
        boards.draw(join=sender, board=one.board, key=one.key, shape=one.shape, points=one.points)
    elif one.all:
        boards.clear(join=sender, board=one.board)
    else:
        boards.undo(join=sender, board=one.board)


def _require_silent_observer(sender: Join, one: wire.Message) -> None:
    """An observer receives; what they describe may not offer to send."""
    is_observer = sender.participant.role == ParticipantRole.OBSERVER
    if is_observer and isinstance(one, wire.DescriptionMessage) and sends_media(one.description.sdp):
        raise VisitRefusedError("observer")


@live_route(IN_VISIT, guests=True)
@message
async def relay(request: Request, body: bytes) -> Answer:
    """Give fresh relay credentials to somebody in the visit."""
    asked = wire.parse(wire.NonceRequest, body)

    def work(actor: Actor) -> Answer:
        _spend(limits.relays, asked.join)
        return conversation.relay_for(get_open_place_for(actor, request.path_params["visit_id"], asked.join))

    return await as_actor(request, work)


@live_route(IN_VISIT, guests=True)
@message
async def share(request: Request, body: bytes) -> Answer:
    """Take the screen of the visit, or give it back."""
    asked = wire.parse(wire.ShareRequest, body)

    def work(actor: Actor) -> Answer:
        sharer = get_open_place_for(actor, request.path_params["visit_id"], asked.join)
        _spend(limits.signals, asked.join)
        if asked.on:
            sharing.share_screen(actor=actor, join=sharer)
        else:
            sharing.stop_sharing(join=sharer)
        return {}

    return await as_actor(request, work)


@live_route(IN_VISIT, guests=True)
@message
async def leave(request: Request, body: bytes) -> Answer:
    """Close the join: Leave was pressed."""
    asked = wire.parse(wire.NonceRequest, body)

    def work(actor: Actor) -> Answer:
        room.leave_room(
            actor=actor, join=get_open_place_for(actor, request.path_params["visit_id"], asked.join)
        )
        return {}

    return await as_actor(request, work)


@live_route(IN_VISIT)
@message
async def check(request: Request, _body: bytes) -> Answer:
    """Give one-minute relay credentials for a person's own loop at the device check; never to guests."""

    def work(actor: Actor) -> Answer:
        visit = get_visit_for(actor, request.path_params["visit_id"])
        _spend(limits.checks, f"{actor.session_key}:{visit.pk}")
        return conversation.relay_for_check()

    return await as_actor(request, work)
