"""The child's side: load the function, give up everything else, call it, answer. No Django here."""

import ctypes
import importlib
import json
import os
import resource
import sys
from contextlib import suppress
from typing import Any

CLONE_NEW_USER = 0x10000000
CLONE_NEW_NETWORK = 0x40000000
SET_NO_NEW_PRIVILEGES = 38


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
    head, parts = _call(function, payload, order["options"])
    try:
        _answer(head, parts)
    except OSError:
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)
        _answer({"failed": "output"}, ())
    os._exit(0)


def _call(function: Any, payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[bytes, ...]]:
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
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
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
