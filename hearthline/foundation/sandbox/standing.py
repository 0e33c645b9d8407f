"""The parent's side of standing processes: one for each module, which makes a copy of itself for every order."""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

START = "import sys; sys.path.insert(0, sys.argv[1]); from hearthline.foundation.sandbox.child import serve; serve()"
ROOT = Path(__file__).resolve().parents[3]
PIECE_BYTES = 1024 * 1024
PID_BYTES = 8
START_SECONDS = 30.0  # a module's libraries are loaded once
DONE = b"."


class Overdue(Exception):  # noqa: N818 - an outcome
    """The work took longer than it may."""


class Crashed(Exception):  # noqa: N818 - an outcome
    """The process ended without an answer."""


@dataclass(frozen=True)
class Limits:
    """What a child may use. ``may_start_threads``: for decoders that cannot do without (HEIC's)."""

    memory_bytes: int = 1024 * 1024 * 1024
    cpu_seconds: int = 15
    wall_seconds: float = 20.0
    output_bytes: int = 64 * 1024 * 1024
    may_start_threads: bool = False


@dataclass
class _Standing:
    process: "subprocess.Popen[bytes]"
    control: socket.socket
    owner: int


_by_module: dict[str, _Standing] = {}
_lock = Lock()


def ask(function: str, payload: bytes | int, options: dict[str, Any], limits: Limits) -> bytes:
    """Have a copy of the module's standing process call the function; return its answer.

    Raises:
        Overdue: no answer within the limits.
        Crashed: it ended without one.
    """
    module, _, name = function.partition(":")
    facts = {"function": name, "options": options, "limits": asdict(limits), "is_shift": False}
    order = json.dumps(facts).encode()
    given = os.memfd_create("payload") if isinstance(payload, bytes) else os.dup(payload)
    taken = os.memfd_create("answer")
    listen, status = os.pipe()
    try:
        if isinstance(payload, bytes):
            write_all(given, payload)
        send(module, order, [given, taken, status])
        os.close(status)
        status = -1
        _await(listen, limits)
        return read_all(taken)
    finally:
        for descriptor in (given, taken, listen, status):
            if descriptor >= 0:
                os.close(descriptor)


def send(module: str, order: bytes, descriptors: list[int]) -> None:
    """Give an order to the module's standing process, which is started when it is not there.

    Raises:
        Crashed: it does not start.
    """
    for is_last in (False, True):
        standing = _standing(module, is_fresh=is_last)
        try:
            socket.send_fds(standing.control, [order], descriptors)
        except OSError:
            if is_last:
                raise Crashed from None
        else:
            return


def _await(listen: int, limits: Limits) -> None:
    await_done(listen, worker_of(listen), limits)


def worker_of(listen: int) -> int:
    """Return the process that says on this descriptor that it has begun.

    Raises:
        Crashed: it has ended before.
    """
    worker = _read(listen, PID_BYTES, START_SECONDS)
    if len(worker) < PID_BYTES:
        raise Crashed
    return int.from_bytes(worker, "big")


def await_done(listen: int, worker: int, limits: Limits) -> None:
    """Wait until a process says that its work is done; end it when that takes too long.

    Raises:
        Overdue, Crashed: there is no answer.
    """
    try:
        started = time.monotonic()
        if _read(listen, len(DONE), limits.wall_seconds) == DONE:
            return
        if time.monotonic() - started >= limits.cpu_seconds:
            raise Overdue
        raise Crashed
    except Overdue:
        with contextlib.suppress(ProcessLookupError):  # its own limit may have ended it in the meantime
            os.kill(worker, signal.SIGKILL)
        raise


def _read(descriptor: int, size: int, seconds: float) -> bytes:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    if not ready:
        raise Overdue
    return os.read(descriptor, size)


def _standing(module: str, *, is_fresh: bool) -> _Standing:
    with _lock:
        found = _by_module.get(module)
        if found is not None and found.owner == os.getpid() and found.process.poll() is None and not is_fresh:
            return found
        if found is not None and found.owner == os.getpid():
            found.control.close()  # a process without orders ends
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", START, str(ROOT), module],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        _by_module[module] = _Standing(process, ours, os.getpid())
        return _by_module[module]


def end_all() -> None:
    """Let every standing process of ours end, and wait for it."""
    for standing in _by_module.values():
        if standing.owner == os.getpid():
            standing.control.close()
            standing.process.wait()
    _by_module.clear()


atexit.register(end_all)


def process_of(module: str) -> "subprocess.Popen[bytes]":
    """Return the standing process of a module that was asked before."""
    return _by_module[module].process


def write_all(descriptor: int, content: bytes) -> None:
    """Write the whole content."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view[:PIECE_BYTES]) :]


def read_all(descriptor: int) -> bytes:
    """Read everything from the beginning."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    pieces = []
    while piece := os.read(descriptor, PIECE_BYTES):
        pieces.append(piece)
    return b"".join(pieces)
