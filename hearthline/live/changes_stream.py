"""One stream for live lists: says which list changed, nothing else; the page asks again through its normal view."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hearthline.identity.actor import Actor
from hearthline.identity.policy import Policy
from hearthline.identity.roles import STAFF_ROLES
from hearthline.live import limits
from hearthline.live.doors import NobodyError, NotAdmittedError, as_actor, live_route
from hearthline.live.hub import EVERY_TOPIC, Hub, wait_for
from hearthline.live.visit_messages import refusal
from hearthline.live.visit_stream import HEADERS, KEEP_ALIVE_SECONDS, RETRY_MS

TOPICS_MOST = 8
STAFF = Policy("staff", roles=STAFF_ROLES, is_background=True)


def _names_of(actor: Actor, topics: list[str]) -> dict[str, str]:
    return {f"{actor.organization_id}:{topic}": topic for topic in topics}


@live_route(STAFF)
async def stream(request: Request) -> Response:
    """Open a stream about lists of the actor's own organization: those named (``?topic=visits``), else all."""
    topics = request.query_params.getlist("topic")
    is_plain = all(topic.replace("-", "").isalnum() and len(topic) <= 40 for topic in topics)
    if len(topics) > TOPICS_MOST or not is_plain:
        return refusal(422, "unreadable")
    if request.app.state.streams >= limits.STREAMS_MOST:
        return refusal(503, "busy")
    try:
        actor = await as_actor(request, lambda actor: actor)
    except NobodyError:
        return refusal(401, "signed_out")
    except NotAdmittedError:
        return refusal(403, "not_allowed")
    events = _events(request, actor, _names_of(actor, topics or [EVERY_TOPIC]))
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


async def _events(request: Request, actor: Actor, names: dict[str, str]) -> AsyncIterator[str]:
    hub: Hub = request.app.state.hub
    request.app.state.streams += 1
    try:
        with hub.waiting(*names, actor.session_key) as woken:
            yield f"retry: {RETRY_MS}\n\n"
            woken.clear()
            while True:
                has_changed = await wait_for(woken, KEEP_ALIVE_SECONDS)
                woken.clear()
                await as_actor(request, lambda actor: actor.user_id)
                yield "data: changed\n\n" if has_changed else ": still here\n\n"
    except (NobodyError, NotAdmittedError):
        yield "event: signed-out\ndata: {}\n\n"
    finally:
        request.app.state.streams -= 1
