"""A media server for tests: answers the application as Janus does, and remembers who sends and who receives."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from django.conf import settings

from hearthline.visits import janus


@dataclass
class MediaServer:
    """``sending`` and ``receiving`` have an entry for each session that is open: what it sends or gets, by room."""

    is_down: bool = False
    sessions: set[int] = field(default_factory=set)
    sending: dict[int, str] = field(default_factory=dict)
    receiving: dict[int, list[str]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1000))
    _events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if self.is_down:
            raise httpx.ConnectError("nobody listens")
        path = [int(part) for part in request.url.path.split("/")[2:]]
        if path and path[0] not in self.sessions:
            return httpx.Response(200, json={"janus": "error", "error": {"code": 458}})
        if request.method == "GET":
            return httpx.Response(200, json=self._events[path[0]].pop(0))
        body = json.loads(request.content)
        assert body["apisecret"] == settings.JANUS_API_SECRET
        return httpx.Response(200, json=self._do(path, body))

    def forget(self) -> None:
        """Be started again."""
        self.sessions.clear()
        self.sending.clear()
        self.receiving.clear()

    def _do(self, path: list[int], body: dict[str, Any]) -> dict[str, Any]:
        verb = body["janus"]
        if verb in {"create", "attach"}:
            number = next(self._numbers)
            if verb == "create":
                self.sessions.add(number)
                self._events[number] = [{"janus": "keepalive"}]
            return {"janus": "success", "data": {"id": number}}
        if verb == "destroy":
            self.sessions.discard(path[0])
            self.sending.pop(path[0], None)
            self.receiving.pop(path[0], None)
        if verb != "message":
            return {"janus": "success"}
        return self._order(path[0], body)

    def _refuse(self, session: int, transaction: str) -> dict[str, Any]:
        """No such feed."""
        facts = {"plugindata": {"data": {"error_code": 428}}}
        self._events[session].append({"janus": "event", "transaction": transaction, **facts})
        return {"janus": "ack"}

    def _order(self, session: int, sent: dict[str, Any]) -> dict[str, Any]:
        body = sent["body"]
        self.asked.append(body)
        if body["request"] in {"create", "destroy"}:
            return {"janus": "success", "plugindata": {"data": {"room": body["room"]}}}
        facts: dict[str, Any] = {}
        if body["request"] == "joinandconfigure":
            self.sending[session] = f"{body['room']} {body['id']}"
        if body["request"] == "join":
            feed = f"{body['room']} {body['streams'][0]['feed']}"
            if feed not in self.sending.values():
                return self._refuse(session, sent["transaction"])
            self.receiving.setdefault(session, []).append(feed)
            facts["streams"] = [
                {"mid": "0", "type": "audio", "feed_description": "microphone"},
                {"mid": "1", "type": "video", "feed_description": "camera"},
            ]
        event = {"janus": "event", "transaction": sent["transaction"], "plugindata": {"data": facts}}
        kind = "offer" if body["request"] == "join" else "answer"
        self._events[session].append({**event, "jsep": {"type": kind, "sdp": "v=0"}})
        return {"janus": "ack"}


@contextmanager
def media_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaServer]:
    """Let this installation have a media server."""
    server = MediaServer()
    with httpx.Client(transport=httpx.MockTransport(server.answer)) as client:
        monkeypatch.setattr(janus, "_client", client)
        monkeypatch.setattr(settings, "JANUS_LISTEN", "192.0.2.7")
        yield server
