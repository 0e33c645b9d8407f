"""What is sent again when, and when it is given up (RFC 3261 section 17), with time that passes when told to."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.telephony.sip.dialogs import respond
from hearthline.telephony.sip.messages import Request, Response
from hearthline.telephony.sip.transactions import ClientTransaction, ServerTransaction, State
from hearthline.telephony.tests.test_sip import invite


@dataclass
class Clock:
    """Time that passes when told to."""

    now: float = 0.0
    due: list[tuple[float, int, "Clock.Timer"]] = field(default_factory=list)

    @dataclass
    class Timer:
        act: Callable[[], None]
        is_off: bool = False

        def cancel(self) -> None:
            self.is_off = True

    def later(self, seconds: float, act: Callable[[], None]) -> "Clock.Timer":
        timer = self.Timer(act)
        heapq.heappush(self.due, (self.now + seconds, len(self.due) + int(self.now * 1000), timer))
        return timer

    def run(self, until: float) -> None:
        while self.due and self.due[0][0] <= until:
            self.now, _, timer = heapq.heappop(self.due)
            if not timer.is_off:
                timer.act()
        self.now = until


@dataclass
class Wire:
    """What was sent, and when."""

    clock: Clock = field(default_factory=Clock)
    sent: list[tuple[float, str]] = field(default_factory=list)

    def transmit(self, message: Request | Response) -> None:
        word = message.method if isinstance(message, Request) else str(message.status)
        self.sent.append((self.clock.now, word))

    def times(self, word: str) -> list[float]:
        return [at for at, sent in self.sent if sent == word]


def answer(status: int) -> Response:
    return respond(invite(), status, tag="theirs")


class TestTransactions:
    def client(
        self, wire: Wire, method: str = "INVITE", *, is_reliable: bool = False
    ) -> tuple[ClientTransaction, list[int]]:
        heard: list[int] = []
        transaction = ClientTransaction(
            invite(method=method),
            is_reliable,
            wire.transmit,
            wire.clock.later,
            heard=lambda response: heard.append(response.status),
            when_silent=lambda: heard.append(0),
            acknowledge=lambda _response: invite(method="ACK"),
        )
        transaction.start()
        return transaction, heard

    def test_an_invite_is_sent_again_twice_as_late_each_time_and_given_up_after_32_seconds(self) -> None:
        wire = Wire()
        transaction, heard = self.client(wire)
        wire.clock.run(100)
        assert wire.times("INVITE") == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]  # RFC 3261 figure 5, timer A
        assert heard == [0]
        assert transaction.state is State.TERMINATED

    def test_other_requests_wait_at_most_four_seconds(self) -> None:
        wire = Wire()
        self.client(wire, "BYE")
        wire.clock.run(100)
        assert wire.times("BYE") == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]  # timer E

    def test_a_provisional_answer_ends_the_repeats_of_an_invite_for_good(self) -> None:
        wire = Wire()
        transaction, heard = self.client(wire)
        transaction.receive(answer(180))
        wire.clock.run(300)
        assert (wire.times("INVITE"), heard) == ([0], [180])
        assert transaction.state is State.PROCEEDING

    def test_each_repeat_of_a_refusal_is_acknowledged_and_heard_once(self) -> None:
        wire = Wire()
        transaction, heard = self.client(wire)
        for at in (1, 2, 3):
            wire.clock.run(at)
            transaction.receive(answer(486))
        assert (wire.times("ACK"), heard) == ([1, 2, 3], [486])
        wire.clock.run(60)
        assert transaction.state is State.TERMINATED

    def test_a_line_that_repeats_by_itself_is_not_repeated_on(self) -> None:
        wire = Wire()
        self.client(wire, is_reliable=True)
        wire.clock.run(100)
        assert wire.times("INVITE") == [0]

    @pytest.mark.parametrize("status", [200, 486])
    def test_our_answer_to_an_invite_is_repeated_until_its_ack_comes(self, status: int) -> None:
        wire = Wire()
        lost: list[bool] = []
        transaction = ServerTransaction(invite(), False, wire.transmit, wire.clock.later)
        transaction.when_unacknowledged = lambda: lost.append(True)
        transaction.respond(answer(status))
        wire.clock.run(5)
        assert wire.times(str(status)) == [0, 0.5, 1.5, 3.5]
        transaction.receive_ack()
        wire.clock.run(100)
        assert wire.times(str(status)) == [0, 0.5, 1.5, 3.5]
        assert not lost

    def test_an_answer_that_nobody_acknowledges_is_given_up_and_said(self) -> None:
        wire = Wire()
        lost: list[bool] = []
        transaction = ServerTransaction(invite(), True, wire.transmit, wire.clock.later)
        transaction.when_unacknowledged = lambda: lost.append(True)
        transaction.respond(answer(200))
        wire.clock.run(100)
        assert lost == [True]
        assert len(wire.times("200")) > 5  # a 2xx is repeated over TCP too

    def test_a_request_that_comes_again_gets_the_same_answer(self) -> None:
        wire = Wire()
        transaction = ServerTransaction(invite(method="BYE"), False, wire.transmit, wire.clock.later)
        transaction.receive_again()
        transaction.respond(answer(200))
        transaction.receive_again()
        transaction.respond(answer(500))
        assert [word for _, word in wire.sent] == ["200", "200"]

    @given(st.lists(st.sampled_from([100, 180, 200, 401, 486, 0]), max_size=12), st.booleans(), st.booleans())
    def test_whatever_is_heard_a_final_answer_counts_once_and_everything_ends(
        self, statuses: list[int], is_invite: bool, is_reliable: bool
    ) -> None:
        wire = Wire()
        transaction, heard = self.client(wire, "INVITE" if is_invite else "BYE", is_reliable=is_reliable)
        for status in statuses:
            if status:
                transaction.receive(answer(status))
            else:
                wire.clock.run(wire.clock.now + 3)
        wire.clock.run(1000)
        assert sum(one >= 200 or one == 0 for one in heard) <= 1
        if not is_invite or any(one >= 200 for one in statuses):
            assert transaction.state is State.TERMINATED
            before = len(wire.sent)
            wire.clock.run(5000)
            assert len(wire.sent) == before
