"""The edge in the test's own process, with its real store and the database login it has in production."""

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from hearthline.ingest.application import Edge
from hearthline.monitoring.readings.pipeline.store import store_group
from tests.database import as_login


class LocalEdge:
    """Answers requests one at a time or together."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    def together(self, *requests: httpx.Request) -> list[httpx.Response]:
        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self.edge, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
                return await asyncio.gather(*(client.send(request) for request in requests))

        with as_login("ingest"):
            return asyncio.run(run())

    def post(self, path: str, content: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.together(request("POST", path, content, headers))[0]

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.together(httpx.Request("GET", f"http://edge{path}", headers=headers))[0]


def request(method: str, path: str, content: Any, headers: dict[str, str] | None = None) -> httpx.Request:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return httpx.Request(method, f"http://edge{path}", content=body, headers=headers)


@contextmanager
def local_edge(store: Any = store_group) -> Iterator[LocalEdge]:
    edge = Edge(store)
    edge.start()
    try:
        yield LocalEdge(edge)
    finally:
        asyncio.run(edge.stop())


def minutes_ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def milliseconds_ago(minutes: float) -> int:
    return round((time.time() - minutes * 60) * 1000)


def packed(content: Any) -> bytes:
    return gzip.compress(json.dumps(content).encode())
