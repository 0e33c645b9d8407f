"""A backend for the gateway's tests: one ASGI application that streams, counts what it is sent, and can stop."""

import asyncio
import json
import os
from typing import Any

PAUSE_SECONDS = 0.4


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer by path: /live/stream, /upload, /slow-start, anything else echoes its headers."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/live/stream":
        await _stream(receive, send)
    elif scope["path"] == "/die":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        os._exit(9)
    else:
        size, pieces = await _read(receive)
        headers = [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]]
        facts = {"size": size, "pieces": pieces, "headers": headers, "method": scope["method"]}
        facts |= {"path": scope["raw_path"].decode(), "query": scope["query_string"].decode()}
        await _answer(send, json.dumps(facts).encode())


async def _read(receive: Any) -> tuple[int, int]:
    size = pieces = 0
    more = True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        pieces += 1
        more = message.get("more_body", False)
    return size, pieces


async def _answer(send: Any, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [*headers, (b"connection", b"x-secret"), (b"x-secret", b"1")],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _stream(receive: Any, send: Any) -> None:
    """Send events until the client leaves; note the leaving in a file that the test looks for."""
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
    )
    gone = asyncio.create_task(_gone(receive))
    number = 0
    while not gone.done():
        number += 1
        await send({"type": "http.response.body", "body": f"data: {number}\n\n".encode(), "more_body": True})
        await asyncio.wait({gone}, timeout=PAUSE_SECONDS)
    mark = os.environ.get("GONE_MARK")
    if mark:
        with open(mark, "w") as file:  # noqa: PTH123
            file.write(str(number))


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
