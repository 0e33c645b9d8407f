"""The application's side of Janus: the only one that speaks to it, over loopback, with the secret of its interface.

One session for each place in a room (a join), so that ending the session ends everything that goes to or comes from
that place, from whichever of our processes. Rooms live in Janus' memory only and record nothing.
"""

import secrets
import time
from typing import Any

import httpx
from django.conf import settings

PLUGIN = "janus.plugin.videoroom"
ANSWER_SECONDS = 3.0
CONNECT_SECONDS = 1.0
GONE = frozenset({458, 459})  # no such session, no such handle
ROOM_EXISTS = 427
NO_ROOM = 426
BITS_MOST = 1_200_000
PEOPLE_IN_ROOM_MOST = 12


class JanusDownError(Exception):
    """Janus is not there, or does not answer."""


class JanusGoneError(Exception):
    """Janus has forgotten the session or the room: it was started again, or they ended."""


class JanusRefusedError(Exception):
    """Janus does not take what was sent: a description it cannot read, a feed that has ended."""


def is_used() -> bool:
    """Whether this installation has a media server at all."""
    return bool(settings.JANUS_LISTEN)


_client = httpx.Client(timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS), trust_env=False)


def _call(method: str, path: str, body: dict[str, Any] | None = None, query: str = "") -> dict[str, Any]:
    url = f"http://127.0.0.1:{settings.JANUS_API_PORT}/janus{path}{query}"
    try:
        answer = _client.request(method, url, json=body)
        facts: Any = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise JanusDownError from error
    return facts if isinstance(facts, dict) else {}


def _ask(path: str, verb: str, **more: Any) -> dict[str, Any]:
    transaction = secrets.token_hex(8)
    body = {"janus": verb, "transaction": transaction, "apisecret": settings.JANUS_API_SECRET, **more}
    answer = _call("POST", path, body)
    if answer.get("janus") == "error":
        code = int(answer.get("error", {}).get("code", 0))
        raise JanusGoneError(code) if code in GONE else JanusRefusedError(code)
    return {**answer, "transaction": transaction}


def open_session() -> int:
    """Begin a session; return by what it is named.

    Raises:
        JanusDownError: Janus is not there.
    """
    return int(_ask("", "create")["data"]["id"])


def keep(session: int) -> None:
    """Say that the session's browser is still there.

    Raises:
        JanusDownError, JanusGoneError: it is not there, or ended the session.
    """
    _ask(f"/{session}", "keepalive")


def end_session(session: int) -> None:
    """End a session with all that it sends and receives; one that is gone already is left so.

    Raises:
        JanusDownError: Janus is not there.
    """
    try:
        _ask(f"/{session}", "destroy")
    except (JanusGoneError, JanusRefusedError):
        return


def attach(session: int) -> int:
    """Return a new handle of the session, for one connection of its browser."""
    return int(_ask(f"/{session}", "attach", plugin=PLUGIN)["data"]["id"])


def detach(session: int, handle: int) -> None:
    """End one connection of a browser."""
    try:
        _ask(f"/{session}/{handle}", "detach")
    except (JanusGoneError, JanusRefusedError):
        return


def trickle(session: int, handle: int, candidates: list[dict[str, Any]]) -> None:
    """Pass candidates of a browser."""
    _ask(f"/{session}/{handle}", "trickle", candidates=candidates)


def tell(
    session: int, handle: int, body: dict[str, Any], description: dict[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the room an order; return what it says and the description it answers with (empty: none).

    Raises:
        JanusDownError: no answer in time.
        JanusGoneError: the session or the room is not there.
        JanusRefusedError: the order or the description cannot be taken, or the feed is not there.
    """
    more = {"jsep": description} if description else {}
    answer = _ask(f"/{session}/{handle}", "message", body=body, **more)
    if answer["janus"] == "ack":
        answer = _wait(session, answer["transaction"])
    data = answer.get("plugindata", {}).get("data", {})
    code = int(data.get("error_code", 0))
    if code:
        raise JanusGoneError(code) if code == NO_ROOM else JanusRefusedError(code)
    if answer.get("janus") == "error":
        raise JanusRefusedError(answer.get("error", {}).get("code"))
    return data, answer.get("jsep", {})


def _wait(session: int, transaction: str) -> dict[str, Any]:
    """Return the event that answers an order. Others (media came, media went) say nothing that is needed here."""
    deadline = time.monotonic() + ANSWER_SECONDS
    query = f"?maxev=1&apisecret={settings.JANUS_API_SECRET}"
    while time.monotonic() < deadline:
        event = _call("GET", f"/{session}", query=query)
        if event.get("transaction") == transaction:
            return event
    raise JanusDownError


def make_room(session: int, handle: int, room: str) -> None:
    """Have a room of that name; one that stands already is used."""
    body = {
        "request": "create",
        "room": room,
        "admin_key": settings.JANUS_ROOM_SECRET,
        "secret": settings.JANUS_ROOM_SECRET,
        "is_private": True,
        "publishers": PEOPLE_IN_ROOM_MOST,
        "bitrate": BITS_MOST,
        "audiocodec": "opus",
        "videocodec": "vp8",
        "opus_fec": True,
        "record": False,
        "notify_joining": False,
    }
    try:
        tell(session, handle, body)
    except JanusRefusedError as refused:
        if refused.args != (ROOM_EXISTS,):
            raise


def end_room(room: str) -> None:
    """Throw everybody out of a room and forget it; one that is not there is left so."""
    session = open_session()
    try:
        body = {"request": "destroy", "room": room, "secret": settings.JANUS_ROOM_SECRET}
        tell(session, attach(session), body)
    except (JanusGoneError, JanusRefusedError):
        pass
    finally:
        end_session(session)
