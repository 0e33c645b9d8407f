"""Run one function on a stranger's bytes in a child process that can do nothing else.

The child has no secrets in its environment, cannot open a file or a socket once it has loaded the function's
module, and is bounded in memory, processor time, elapsed time and output. Payload and answer pass through anonymous
memory, so that nothing of them touches a disk.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import BoundedSemaphore
from typing import Any

from hearthline.foundation.sandbox import standing
from hearthline.foundation.sandbox.shifts import Desk
from hearthline.foundation.sandbox.standing import Limits as Limits
from hearthline.foundation.sandbox.standing import read_all, write_all

MODULE = "hearthline.foundation.sandbox.child"
CHILD_START = f"import sys; sys.path.insert(0, sys.argv[1]); from {MODULE} import main; main()"
MAX_CHILDREN = 2
MAX_WAIT_SECONDS = 30.0
BUSY = "busy"
_places = BoundedSemaphore(MAX_CHILDREN)


class SandboxError(Exception):
    """The function gave no answer; ``code`` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SandboxRefusedError(SandboxError):
    """The function looked at the bytes and refused them with a code of its own."""


class SandboxLimitError(SandboxError):
    """A limit was reached.

    Codes: ``time``, ``memory``, ``output`` (the answer is too large), ``crash``, ``busy`` (too many children).
    """


@dataclass(frozen=True)
class Answer:
    """What the function returned: facts (as JSON) and parts (bytes)."""

    facts: dict[str, Any]
    parts: tuple[bytes, ...]


def run(
    function: str, payload: bytes, *, options: dict[str, Any] | None = None, limits: Limits | None = None
) -> Answer:
    """Call ``package.module:function`` with ``(payload, **options)`` in a child; it returns ``(facts, parts)``.

    Raises:
        SandboxRefusedError: the function raised ``child.Refusal``.
        SandboxLimitError: a limit was reached, or the child crashed.
    """
    limits = limits or Limits()
    with _place():
        answer = _run_child(function, payload, options or {}, limits)
    return _parse(answer)


def _run_child(function: str, payload: bytes, options: dict[str, Any], limits: Limits) -> bytes:
    order = json.dumps({"function": function, "options": options, "limits": asdict(limits)})
    given, taken = os.memfd_create("payload"), os.memfd_create("answer")
    try:
        write_all(given, payload)
        os.lseek(given, 0, os.SEEK_SET)
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", CHILD_START, str(standing.ROOT), order],
            stdin=given,
            stdout=taken,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
        try:
            status = child.wait(timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired:
            code = "time"
            raise SandboxLimitError(code) from None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        if status != 0:
            raise SandboxLimitError("time" if status == -signal.SIGXCPU else "crash")
        return read_all(taken)
    finally:
        os.close(given)
        os.close(taken)


def run_warm(
    function: str,
    payload: bytes | int,
    *,
    options: dict[str, Any] | None = None,
    limits: Limits | None = None,
) -> Answer:
    """As ``run``, by a copy of a process that has loaded the module already: milliseconds instead of a second.

    For work that comes often. Each call still has a process of its own, with its own limits. ``payload`` may be a
    descriptor of anonymous memory that holds the bytes; the function is given it as a mapping, not as ``bytes``.

    Raises:
        SandboxRefusedError: the function raised ``child.Refusal``.
        SandboxLimitError: a limit was reached, or the child crashed.
    """
    with _place():
        answer = standing.ask(function, payload, options or {}, limits or Limits())
    return _parse(answer)


class Shift:
    """As ``run_warm``, for many payloads of one sender: one copy looks at them one after the other.

    Each payload has the limits for itself. After a fault or a limit, the next gets a fresh copy.
    """

    def __init__(self, function: str, *, limits: Limits, room_bytes: int) -> None:
        self.function, self.limits, self.room_bytes = function, limits, room_bytes
        self._desk: Desk | None = None

    def ask(self, content: int, size: int, options: dict[str, Any]) -> Answer:
        """Call the function with the bytes of a descriptor of anonymous memory.

        Raises:
            SandboxRefusedError: the function raised ``child.Refusal``.
            SandboxLimitError: a limit was reached, or the child crashed.
        """
        if size > self.room_bytes:
            return run_warm(self.function, content, options=options, limits=self.limits)
        try:
            with _place():
                if self._desk is None:
                    self._desk = Desk(self.function, self.limits, self.room_bytes)
                answer = self._desk.ask(content, size, options)
            return _parse(answer)
        except SandboxLimitError as fault:
            if fault.code != BUSY:
                self.end()
            raise

    def end(self) -> None:
        """Let the copy go."""
        if self._desk is not None:
            self._desk.close()
            self._desk = None


@contextmanager
def _place() -> Iterator[None]:
    """Wait for a place among the children, and say in one word what went wrong there."""
    if not _places.acquire(timeout=MAX_WAIT_SECONDS):
        raise SandboxLimitError(BUSY)
    try:
        yield
    except standing.Overdue:
        code = "time"
        raise SandboxLimitError(code) from None
    except standing.Crashed:
        code = "crash"
        raise SandboxLimitError(code) from None
    finally:
        _places.release()


def _parse(answer: bytes) -> Answer:
    line, _, body = answer.partition(b"\n")
    try:
        head = json.loads(line)
    except ValueError:
        code = "output"
        raise SandboxLimitError(code) from None
    if "refused" in head:
        raise SandboxRefusedError(head["refused"])
    if "failed" in head:
        raise SandboxLimitError(head["failed"])
    parts, offset = [], 0
    for length in head["lengths"]:
        parts.append(body[offset : offset + length])
        offset += length
    return Answer(head["facts"], tuple(parts))
