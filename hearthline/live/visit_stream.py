"""Server-sent events of one join: numbered, resumable, and over when the join is."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hearthline.identity.actor import Actor
from hearthline.identity.sessions import record_activity
from hearthline.live import limits
from hearthline.live.doors import NobodyError, NotAdmittedError, as_actor, in_thread, live_route
from hearthline.live.hub import Hub, wait_for
from hearthline.live.places import place_for
from hearthline.live.visit_messages import IN_VISIT, refusal
from hearthline.tenancy.context import acting_in
from hearthline.visits import rules
from hearthline.visits.access import GUEST
from hearthline.visits.choices import ParticipantState
from hearthline.visits.media import backend_of
from hearthline.visits.models import ChatMessage, Join, SharedFile, SignalMessage
from hearthline.visits.services import conversation, room

KEEP_ALIVE_SECONDS = 15.0
GRACE_SECONDS = rules.PRESENCE_GRACE.total_seconds() + 0.5
RETRY_MS = 500
EVENTS_MOST = 200  # of one reading; the rest follows at once
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Event = tuple[int, str, dict[str, Any]]


@dataclass
class Batch:
    """What one look at the database found for a join."""

    join_id: UUID
    organization_id: UUID
    session_key: str
    events: list[Event] = field(default_factory=list)
    is_over: bool = False


def read_events(actor: Actor, visit_id: UUID, nonce: str, after: int, *, is_due: bool) -> Batch:
    """Return what a join has not had yet; note that its stream is open when that is due, or it was thought lost.

    A superseded or closed join may still read its last events, so that it learns why it is over.

    Raises:
        Http404: the actor may not know of the visit, or the nonce is not theirs.
    """
    join = place_for(actor, visit_id, nonce)
    if join is None:
        raise Http404
    batch = Batch(join.pk, join.organization_id, actor.session_key, is_over=join.closed_at is not None)
    if not batch.is_over and (is_due or join.lost_at is not None):
        _note_there(actor, join)
    rows = SignalMessage.objects.filter(join=join, number__gt=after).order_by("number")[:EVENTS_MOST]
    batch.events = [(row.number, row.name, fill(join, row)) for row in rows]
    batch.is_over = batch.is_over and len(batch.events) < EVENTS_MOST
    return batch


def _note_there(actor: Actor, join: Join) -> None:
    backend_of(join.visit).keep(join)
    room.note_presence(join)
    if join.participant.state == ParticipantState.ADMITTED and actor.kind != GUEST:
        record_activity(actor)  # being in an admitted call counts; waiting and polling do not


def fill(join: Join, row: SignalMessage) -> dict[str, Any]:
    """Return an event's content. Credentials and texts are never kept in the row: they are put in here."""
    if row.name == "admitted":
        is_in = join.closed_at is None and join.participant.state == ParticipantState.ADMITTED
        return backend_of(join.visit).admit(join) if is_in else {"people": [], "chat": [], "ice": None}
    if row.name == "chat":
        line = ChatMessage.objects.select_related("participant").get(pk=row.body["id"])
        return conversation.describe_message(line)
    if row.name == conversation.TYPED:
        return conversation.describe_typed(UUID(row.body["person"]))
    if row.name == "file":
        return conversation.describe_file(
            SharedFile.objects.select_related("participant").get(pk=row.body["id"])
        )
    return dict(row.body)


def encode(number: int, name: str, body: dict[str, Any]) -> str:
    """Return one event as it goes over the wire."""
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n"


@live_route(IN_VISIT, guests=True)
async def stream(request: Request) -> Response:
    """Open the stream of a join."""
    hub: Hub = request.app.state.hub
    nonce = request.query_params.get("join", "")
    after = _number(request.headers.get("last-event-id")) or _number(request.query_params.get("after"))
    if request.app.state.streams >= limits.STREAMS_MOST:
        return refusal(503, "busy")
    try:
        first = await as_actor(
            request,
            lambda actor: read_events(actor, request.path_params["visit_id"], nonce, after, is_due=True),
        )
    except NobodyError:
        return refusal(401, "signed_out")
    except NotAdmittedError:
        return refusal(403, "not_allowed")
    except Http404:
        return refusal(404, "unknown")
    events = _events(request, hub, nonce, after, first)
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0


async def _events(request: Request, hub: Hub, nonce: str, after: int, first: Batch) -> AsyncIterator[str]:
    visit_id = request.path_params["visit_id"]
    request.app.state.streams += 1
    try:
        with hub.waiting(str(first.join_id), first.session_key) as woken:
            yield f"retry: {RETRY_MS}\n\n"
            # After a restart all streams come at once; they shall not be looked after all at once ever since.
            due = time.monotonic() + random.uniform(0, KEEP_ALIVE_SECONDS)  # noqa: S311 - no secret
            while True:
                woken.clear()
                is_due = time.monotonic() >= due
                due = time.monotonic() + KEEP_ALIVE_SECONDS if is_due else due
                look = partial(read_events, visit_id=visit_id, nonce=nonce, after=after, is_due=is_due)
                batch = await as_actor(request, look)
                for number, name, body in batch.events:
                    yield encode(number, name, body)
                    after = number
                if batch.is_over:
                    return
                if len(batch.events) < EVENTS_MOST and not await wait_for(woken, due - time.monotonic()):
                    yield f": {timezone.now():%H:%M:%S}\n\n"
    except (NobodyError, NotAdmittedError, Http404):
        # The session was revoked or the access taken away: say so, once, without a number.
        yield "event: signed-out\ndata: {}\n\n"
    finally:
        request.app.state.streams -= 1
        hub.later(_look_after_grace(first))


async def _look_after_grace(batch: Batch) -> None:
    """After the grace, mark the join lost unless a stream was opened again, here or in another process."""
    await asyncio.sleep(GRACE_SECONDS)

    def work() -> None:
        with acting_in(batch.organization_id):
            join = Join.objects.select_related("visit", "participant").filter(pk=batch.join_id).first()
            if join is not None:
                room.note_loss(join)

    await in_thread(work)
