"""The child's side: load the function, give up everything else, call it, answer. No Django here."""

import ctypes
import gc
import importlib
import json
import mmap
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

CLONE_NEW_USER = 0x10000000
CLONE_NEW_NETWORK = 0x40000000
SET_NO_NEW_PRIVILEGES = 38
CONTROL = 0  # the descriptor on which a standing process gets its orders
ORDER_BYTES = 128 * 1024
PID_BYTES = 8
DONE = b"."
SHIFT_CPU_SECONDS = 3600  # of a whole shift; each piece of it has the limit that was asked for


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """The function does not accept the bytes; the code goes to the caller."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def main() -> None:
    """Carry out the order given as the second argument on the bytes of standard input."""
    order = json.loads(sys.argv[2])
    limits = order["limits"]
    _leave_the_network()
    module_name, _, function_name = order["function"].partition(":")
    function = getattr(importlib.import_module(module_name), function_name)
    payload = sys.stdin.buffer.read()
    _limit(limits)
    work(function, payload, order["options"])
    os._exit(0)


def serve() -> None:
    """Load a module once, and for every order that comes by the socket let a fresh copy of this process do it.

    Each copy sees one payload, under limits of its own, and is gone afterwards: nothing stays from one to the next.
    An order is a JSON line with three descriptors: the payload, the place for the answer, and a pipe that says who
    works and, by its end, that the work is over.
    """
    control = socket.socket(fileno=CONTROL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _leave_the_network()
    module = importlib.import_module(sys.argv[2])
    gc.freeze()
    while True:
        line, descriptors, _flags, _address = socket.recv_fds(control, ORDER_BYTES, 3)
        if not line:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            order = json.loads(line)
            (_work_a_shift if order["is_shift"] else _work_once)(module, order, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _work_once(module: Any, order: dict[str, Any], given: int, taken: int, status: int) -> None:
    try:
        os.write(status, os.getpid().to_bytes(PID_BYTES, "big"))
        os.dup2(taken, 1)
        with mmap.mmap(given, 0, prot=mmap.PROT_READ) as payload:
            _limit(order["limits"])
            work(getattr(module, order["function"]), payload, order["options"])
        os.write(status, DONE)
    finally:
        os._exit(0)


def _work_a_shift(module: Any, order: dict[str, Any], given: int, taken: int, talk: int) -> None:
    """Do one piece of work after another, as they are put into the shared memory, until nobody asks any more.

    Memory is bounded for the shift, processor time for each piece anew.
    """
    try:
        os.write(talk, os.getpid().to_bytes(PID_BYTES, "big"))
        os.dup2(taken, 1)
        with mmap.mmap(given, 0, prot=mmap.PROT_READ) as room, memoryview(room) as payload:
            seconds = order["limits"]["cpu_seconds"]
            _limit({**order["limits"], "cpu_seconds": SHIFT_CPU_SECONDS})
            function = getattr(module, order["function"])
            while line := os.read(talk, ORDER_BYTES):
                piece = json.loads(line)
                used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + 1
                resource.setrlimit(resource.RLIMIT_CPU, (used + int(seconds), SHIFT_CPU_SECONDS + 1))
                os.lseek(1, 0, os.SEEK_SET)
                os.ftruncate(1, 0)
                work(function, payload[: piece["size"]], piece["options"])
                os.write(talk, DONE)
    finally:
        os._exit(0)


def work(function: Any, payload: Any, options: dict[str, Any]) -> None:
    """Call the function and write its answer to standard output."""
    head, parts = _call(function, payload, options)
    try:
        _answer(head, parts)
    except OSError:
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)
        _answer({"failed": "output"}, ())


def _call(function: Any, payload: Any, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    try:
        facts, parts = function(payload, **options)
    except Refusal as refusal:
        return {"refused": refusal.code}, ()
    except MemoryError:
        return {"failed": "memory"}, ()
    except Exception:  # its text could repeat the stranger's bytes, so it is not passed on
        return {"failed": "crash"}, ()
    return {"facts": facts, "lengths": [len(part) for part in parts]}, parts


def _answer(head: dict[str, Any], parts: tuple[bytes, ...]) -> None:
    for content in (json.dumps(head).encode() + b"\n", *parts):
        view = memoryview(content)
        while view:
            view = view[os.write(1, view) :]


def _limit(limits: dict[str, Any]) -> None:
    """Bound memory, processor time and output; from here on no file and no socket can be opened."""
    cpu_seconds = int(limits["cpu_seconds"])
    for what, amount in (
        (resource.RLIMIT_AS, int(limits["memory_bytes"])),
        (resource.RLIMIT_FSIZE, int(limits["output_bytes"])),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
        *([] if limits["may_start_threads"] else [(resource.RLIMIT_NPROC, 0)]),
    ):
        resource.setrlimit(what, (amount, amount))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))


def _leave_the_network() -> None:
    """Enter an empty network namespace where the kernel lets us; the file limit forbids sockets in any case."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        if library.unshare(CLONE_NEW_NETWORK) != 0:
            library.unshare(CLONE_NEW_USER | CLONE_NEW_NETWORK)
