"""One copy of a standing process that does many pieces of work of one sender, one after the other.

For those who send many small things in a row (an association of DICOM): a copy made for each would cost more than the
work. The limits hold for each piece; after a fault or a limit the next piece gets a fresh copy.
"""

import json
import mmap
import os
import socket
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from hearthline.foundation.sandbox import standing
from hearthline.foundation.sandbox.standing import Crashed, Limits, read_all


class Desk:
    """The memory, the place for answers and the wire that a copy and its parent share while the shift lasts."""

    def __init__(self, function: str, limits: Limits, room_bytes: int) -> None:
        module, _, name = function.partition(":")
        self.limits = limits
        given, self._taken = os.memfd_create("payload"), os.memfd_create("answer")
        self._wire, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            os.ftruncate(given, room_bytes)
            self._room = mmap.mmap(given, room_bytes)
            facts = {"function": name, "limits": asdict(limits), "is_shift": True}
            standing.send(module, json.dumps(facts).encode(), [given, self._taken, theirs.fileno()])
        finally:
            theirs.close()
            os.close(given)
        try:
            self._worker = standing.worker_of(self._wire.fileno())
        except Exception:
            self.close()
            raise

    def ask(self, content: int, size: int, options: dict[str, Any]) -> bytes:
        """Have the function called with the bytes of a descriptor, and return what it answers.

        Raises:
            Overdue, Crashed: there is no answer; the shift is over.
        """
        with memoryview(self._room) as room:
            os.preadv(content, [room[:size]], 0)
        try:
            self._wire.send(json.dumps({"size": size, "options": options}).encode())
        except OSError:
            raise Crashed from None
        standing.await_done(self._wire.fileno(), self._worker, self.limits)
        return read_all(self._taken)

    def close(self) -> None:
        """Let the copy go; it ends when nobody holds the other end of its wire."""
        self._wire.close()
        with suppress(BufferError):
            self._room.close()
        os.close(self._taken)
