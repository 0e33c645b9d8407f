"""Sleeping until a signal comes: how a supervisor learns that a child died or that it should stop, without polling."""

import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Any, Self

WATCHED = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
WAKE_UP_BYTES = 4096


def _note(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the number reaches ``SignalWatch.wait`` through the wake-up socket."""


class SignalWatch:
    """Collects signals for one supervisor; use as a context manager in the main thread."""

    def __enter__(self) -> Self:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)
        self._previous: dict[int, Any] = {number: signal.signal(number, _note) for number in WATCHED}
        self._previous_descriptor = signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._previous_descriptor)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._receiver.close()
        self._sender.close()

    def wait(self, seconds: float) -> set[signal.Signals]:
        """Sleep until a signal arrives, at most so many seconds; return what arrived."""
        readable, _, _ = select.select([self._receiver], [], [], max(0.0, seconds))
        return (
            {signal.Signals(number) for number in self._receiver.recv(WAKE_UP_BYTES)} if readable else set()
        )
