"""Transactions (RFC 3261 section 17): what is sent again, how often, and when it is given up.

Time is a function that is handed in (``Later``), so that tests let hours pass in no time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hearthline.telephony.sip.messages import Request, Response

T1_SECONDS = 0.5  # an estimate of the round trip; the values of RFC 3261 table 4
T2_SECONDS = 4.0
T4_SECONDS = 5.0
GIVE_UP_SECONDS = 64 * T1_SECONDS
ABSORB_SECONDS = 32.0  # timer D
FINAL, FAILED = 200, 300


class Timer(Protocol):
    """Something that is to happen."""

    def cancel(self) -> None:
        """Have it not happen."""


Later = Callable[[float, Callable[[], None]], Timer]


class State(StrEnum):
    """Where a transaction stands."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


@dataclass
class Transaction:
    """What both sides share: a line to send on, timers, and an end."""

    request: Request
    is_reliable: bool  # TCP and TLS send again by themselves
    transmit: Callable[[Request | Response], None]
    later: Later
    when_over: Callable[[], None] = lambda: None
    state: State = State.CALLING
    _timers: list[Timer] = field(default_factory=list)

    @property
    def is_invite(self) -> bool:
        """Whether it is the transaction of a call's beginning, which has rules of its own."""
        return self.request.method == "INVITE"

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(self.later(seconds, act))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _repeat(self, message: Request | Response, seconds: float, most: float) -> None:
        """Send the message again and again, waiting twice as long each time, up to ``most``."""
        if self.is_reliable:
            return

        def again() -> None:
            self.transmit(message)
            self._repeat(message, min(seconds * 2, most), most)

        self._after(seconds, again)

    def end(self) -> None:
        """Forget the transaction; nothing is sent any more."""
        self._stop_timers()
        if self.state != State.TERMINATED:
            self.state = State.TERMINATED
            self.when_over()


@dataclass
class ClientTransaction(Transaction):
    """A request of ours and the answers to it (sections 17.1.1 and 17.1.2)."""

    heard: Callable[[Response], None] = lambda _response: None
    when_silent: Callable[[], None] = lambda: None
    acknowledge: Callable[[Response], Request] | None = None

    def start(self) -> None:
        """Send the request, and again until something is heard."""
        self.transmit(self.request)
        most = float("inf") if self.is_invite else T2_SECONDS
        self._repeat(self.request, T1_SECONDS, most)
        self._after(GIVE_UP_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self.end()
        self.when_silent()

    def receive(self, response: Response) -> None:
        """Take an answer; a repeated final one is only acknowledged again."""
        if self.state == State.TERMINATED:
            return
        if self.state == State.COMPLETED:
            self._acknowledge(response)
        elif response.status < FINAL:
            self._proceed()
            self.heard(response)
        else:
            self._complete(response)
            self.heard(response)

    def _proceed(self) -> None:
        if self.state != State.CALLING:
            return
        self.state = State.PROCEEDING
        self._stop_timers()
        if not self.is_invite:
            self._repeat(self.request, T2_SECONDS, T2_SECONDS)
            self._after(GIVE_UP_SECONDS, self._give_up)

    def _complete(self, response: Response) -> None:
        self._stop_timers()
        if self.is_invite and response.status < FAILED:
            self.end()  # the dialog acknowledges, and again for each repeated 2xx
            return
        self.state = State.COMPLETED
        self._acknowledge(response)
        wait = ABSORB_SECONDS if self.is_invite else T4_SECONDS
        self._after(0.0 if self.is_reliable else wait, self.end)

    def _acknowledge(self, response: Response) -> None:
        if self.is_invite and self.acknowledge is not None and response.status >= FAILED:
            self.transmit(self.acknowledge(response))


@dataclass
class ServerTransaction(Transaction):
    """A request of theirs and our answers (sections 17.2.1 and 17.2.2)."""

    state: State = State.PROCEEDING
    when_unacknowledged: Callable[[], None] = lambda: None
    _last: Response | None = None

    def respond(self, response: Response) -> None:
        """Send an answer. A refusal of an INVITE is sent again until it is acknowledged."""
        if self.state != State.PROCEEDING:
            return
        self._last = response
        self.transmit(response)
        if response.status < FINAL:
            return
        self.state = State.COMPLETED
        if not self.is_invite:
            self._after(0.0 if self.is_reliable else GIVE_UP_SECONDS, self.end)
            return
        # A 2xx too is sent again from here until its ACK comes: one place for both (RFC 6026 parts them for proxies).
        self._repeat_until_acknowledged(response)

    def _repeat_until_acknowledged(self, response: Response) -> None:
        if self.is_reliable and response.status < FAILED:
            self._repeat_on_any_line(response, T1_SECONDS)  # section 13.3.1.4: over TCP too
        else:
            self._repeat(response, T1_SECONDS, T2_SECONDS)
        self._after(GIVE_UP_SECONDS, self._give_up)

    def _repeat_on_any_line(self, response: Response, seconds: float) -> None:
        def again() -> None:
            self.transmit(response)
            self._repeat_on_any_line(response, min(seconds * 2, T2_SECONDS))

        self._after(seconds, again)

    def _give_up(self) -> None:
        self.end()
        self.when_unacknowledged()

    def receive_again(self) -> None:
        """The request came again: our answer may have been lost."""
        if self._last is not None and self.state in {State.PROCEEDING, State.COMPLETED}:
            self.transmit(self._last)

    def receive_ack(self) -> None:
        """Our final answer to an INVITE has arrived."""
        if self.state != State.COMPLETED or not self.is_invite:
            return
        self._stop_timers()
        self.state = State.CONFIRMED
        self._after(0.0 if self.is_reliable else T4_SECONDS, self.end)
