"""Places in the media server: what a browser sends there and receives from there, and that it ends at once.

Whoever goes, is put back, is taken out or goes apart loses the session, and with it all they sent and received.
"""

import contextlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from hearthline.foundation import clock
from hearthline.visits import janus
from hearthline.visits.models import GroupRoom, Join, MediaSeat, Visit
from hearthline.visits.services.messages import reachable, send_event

KEPT_FOR = timedelta(seconds=20)  # a third of the session's life
BY = "janus"
PARTS = ("all", "aside")
ROOM_BYTES = 24
# Which of the three layers of a picture each rung takes; None: no picture.
LAYERS: dict[str, tuple[int, int] | None] = {
    "full": (2, 2),
    "low": (1, 2),
    "minimal": (0, 1),
    "audio": None,
    "floor": None,
    "text": None,
}


def room_name() -> str:
    """Return a name that nobody guesses."""
    return secrets.token_urlsafe(ROOM_BYTES)


def room_of(join: Join) -> str:
    """Return the name of the room in which somebody is: who speaks apart is in another one."""
    group, _ = GroupRoom.objects.get_or_create(
        organization_id=join.organization_id,
        visit=join.visit,
        defaults={"name": room_name()},
    )
    return f"{group.name}-{PARTS[join.participant.is_aside]}"


def _seat(join: Join) -> MediaSeat:
    """Return the place of a join, taking one where there is none."""
    seat = MediaSeat.objects.select_for_update().filter(join=join).first()
    if seat is not None:
        return seat
    return MediaSeat.objects.create(
        organization_id=join.organization_id, join=join, room=room_of(join), session=janus.open_session()
    )


def publish(join: Join, description: dict[str, Any], roles: dict[str, str], negotiation: int) -> None:
    """Take what a browser offers to send, answer it, and tell the others in its room that it can be received.

    The first negotiation of a connection begins anew; later ones (a screen is shown) change what is there.
    """
    seat = _seat(join)
    names = [{"mid": mid, "description": role} for mid, role in roles.items()]
    order: dict[str, Any]
    if seat.publisher and negotiation > 1:
        order = {"request": "configure", "descriptions": names}
    else:
        if seat.publisher:
            janus.detach(seat.session, seat.publisher)
        seat.publisher = janus.attach(seat.session)
        seat.save(update_fields=["publisher"])
        janus.make_room(seat.session, seat.publisher, seat.room)
        order = {
            "request": "joinandconfigure",
            "ptype": "publisher",
            "room": seat.room,
            "id": str(join.number),
            "descriptions": names,
        }
    _, answer = janus.tell(seat.session, seat.publisher, order, description)
    body = {"kind": "description", "description": answer, "negotiation": negotiation, "roles": {}}
    send_event(join, "signal", {**body, "by": BY, "from": join.number})
    for other in reachable(join):
        send_event(other, "signal", {"kind": "feed", "by": BY, "from": join.number})


def subscribe(join: Join, to: Join) -> None:
    """Offer a browser what another one sends; nothing yet where that one sends nothing: it will be told."""
    theirs = MediaSeat.objects.filter(join=to, publisher__gt=0).first()
    if theirs is None:
        return
    seat = _seat(join)
    if seat.room != theirs.room:
        return
    before = seat.feeds.get(str(to.number))
    if before:
        janus.detach(seat.session, before["handle"])
    handle = janus.attach(seat.session)
    body = {
        "request": "join",
        "ptype": "subscriber",
        "room": seat.room,
        "streams": [{"feed": str(to.number)}],
    }
    try:
        facts, offer = janus.tell(seat.session, handle, body)
    except janus.JanusRefusedError:  # it ended just now: whoever sent it will send anew, and we shall be told
        janus.detach(seat.session, handle)
        return
    streams = facts.get("streams", [])
    pictures = [one["mid"] for one in streams if one["type"] == "video"]
    seat.feeds[str(to.number)] = {"handle": handle, "pictures": pictures}
    seat.save(update_fields=["feeds"])
    roles = {one["mid"]: one.get("feed_description", "") for one in streams}
    send_event(
        join,
        "signal",
        {
            "kind": "description",
            "by": BY,
            "from": to.number,
            "description": offer,
            "negotiation": handle,
            "roles": roles,
        },
    )


def _handle(join: Join, number: int) -> tuple[int, int] | None:
    """Return session and handle of a browser's connection: its own number is what it sends."""
    seat = MediaSeat.objects.filter(join=join).first()
    if seat is None:
        return None
    handle = seat.publisher if number == join.number else seat.feeds.get(str(number), {}).get("handle")
    return (seat.session, handle) if handle else None


def accept(join: Join, number: int, description: dict[str, Any]) -> None:
    """A browser takes what was offered: sound and picture begin to flow."""
    found = _handle(join, number)
    if found:
        janus.tell(*found, {"request": "start"}, description)


def take_candidates(join: Join, number: int, candidates: list[dict[str, Any]]) -> None:
    """Pass a browser's candidates for one of its connections."""
    found = _handle(join, number)
    if found:
        janus.trickle(*found, candidates)


def choose_layer(join: Join, number: int, rung: str) -> None:
    """Send a browser as much of somebody's picture as its line carries: that is decided where it is received."""
    seat = MediaSeat.objects.filter(join=join).first()
    feed = seat.feeds.get(str(number)) if seat is not None else None
    if seat is None or not feed or not feed["pictures"]:
        return
    layer = LAYERS[rung]
    wanted: dict[str, Any] = {"send": False}
    if layer is not None:
        wanted = {"send": True, "substream": layer[0], "temporal": layer[1]}
    streams = [{"mid": mid, **wanted} for mid in feed["pictures"]]
    janus.tell(seat.session, feed["handle"], {"request": "configure", "streams": streams})


def keep(join: Join) -> None:
    """Keep a browser's session alive while its stream of events is open."""
    seat = MediaSeat.objects.filter(join=join, kept_at__lt=clock.now() - KEPT_FOR).first()
    if seat is None:
        return
    MediaSeat.objects.filter(pk=seat.pk).update(kept_at=clock.now())
    janus.keep(seat.session)


def unseat(join: Join) -> None:
    """End everything that goes to and comes from a join, as soon as the decision stands."""
    _clear(MediaSeat.objects.filter(join=join), [])


def unseat_all(visit: Visit) -> None:
    """End everything of a visit in the media server, and forget its rooms there."""
    names = GroupRoom.objects.filter(visit=visit).values_list("name", flat=True)
    rooms = [f"{name}-{part}" for name in names for part in PARTS]
    _clear(MediaSeat.objects.filter(join__visit=visit), rooms)


def _clear(seats: QuerySet[MediaSeat], rooms: list[str]) -> None:
    sessions = list(seats.values_list("session", flat=True))
    seats.delete()
    if sessions or rooms:
        transaction.on_commit(lambda: _end(sessions, rooms))


def _end(sessions: list[int], rooms: list[str]) -> None:
    """A media server that is not there has ended everything already."""
    with contextlib.suppress(janus.JanusDownError):
        for session in sessions:
            janus.end_session(session)
        for room in rooms:
            janus.end_room(room)
