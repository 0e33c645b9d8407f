"""Functions that the sandbox's child runs in the tests: each tries what a stranger's bytes might bring about."""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Never

from hearthline.foundation.sandbox.child import Refusal

Result = tuple[dict[str, Any], tuple[bytes, ...]]


def echo(payload: bytes, *, times: int) -> Result:
    return {"size": len(payload), "environment": dict(os.environ)}, (bytes(payload),) * times


def refuse(payload: bytes) -> Never:
    raise Refusal("not today")


def fail(payload: bytes) -> Never:
    raise ValueError(bytes(payload).decode())


def spin(payload: bytes) -> Never:
    while True:
        pass


def sleep(payload: bytes) -> Never:
    while True:
        time.sleep(60)


def eat_memory(payload: bytes) -> Result:
    return {"size": len(bytearray(8 * 1024**3))}, ()


def crash(payload: bytes) -> Never:
    os.abort()


def flood(payload: bytes) -> Result:
    return {}, (bytes(1024 * 1024),) * 1000


def look_around(payload: bytes) -> Result:
    """Return what could be opened although nothing should be."""
    opened = []
    for name in bytes(payload).decode().split("\n"):
        try:
            with Path(name).open("rb"):
                opened.append(name)
        except OSError:
            continue
    with suppress(OSError):
        os.close(0)
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.append("socket")
    except OSError:
        pass
    return {"opened": opened}, ()


def start_a_program(payload: bytes) -> Never:
    os.execv("/bin/echo", ["echo", '{"facts": {}, "lengths": []}'])  # noqa: S606
