"""The agent takes whatever bytes come: nothing raises, little is remembered, calls that nobody confirms end."""

import asyncio
from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from hearthline.telephony.sip.agent import AgentSettings, UserAgent
from hearthline.telephony.sip.calls import Call, Ending
from hearthline.telephony.sip.messages import Response, parse
from hearthline.telephony.sip.wires import DatagramWire, Peer
from hearthline.telephony.tests.phones import HOST
from hearthline.telephony.tests.test_sip import INVITE

PHONE = Peer(HOST, 5080)
SETTINGS = AgentSettings(HOST, 0, PHONE, HOST, HOST, allowed=[ip_network("127.0.0.0/8")])
METHODS = [b"INVITE", b"ACK", b"BYE", b"CANCEL", b"OPTIONS", b"INFO", b"REGISTER", b"FOO"]
HEADERS = [b"Via", b"f", b"t", b"i", b"CSeq", b"m", b"Subject", b"l"]


class Wire(DatagramWire):
    """A wire that writes down what is sent."""

    def __init__(self) -> None:
        super().__init__(lambda _data, _peer: None)
        self.sent: list[bytes] = []

    async def start(self, address: str, port: int) -> int:
        return port

    def send(self, data: bytes, peer: Peer) -> None:
        self.sent.append(data)


async def ignore(call: Call) -> None:
    """Somebody who does not answer."""


async def agent_with_wire() -> tuple[UserAgent, Wire]:
    agent, wire = UserAgent(SETTINGS, ignore), Wire()
    await agent.start(wire)
    return agent, wire


@given(
    st.lists(
        st.tuples(
            st.sampled_from(METHODS),
            st.sampled_from(HEADERS),
            st.binary(max_size=40) | st.just(b","),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_no_message_does_more_than_be_dropped_or_answered(
    pieces: list[tuple[bytes, bytes, bytes, bool]],
) -> None:
    async def scene() -> None:
        agent, wire = await agent_with_wire()
        for method, header, value, is_response in pieces:
            lines = [
                header + b": " + value if line.startswith(header + b":") else line
                for line in INVITE.split(b"\r\n")
            ]
            text = b"\r\n".join(lines).replace(b"INVITE", method)
            if is_response:
                text = b"SIP/2.0 200 OK\r\n" + text.partition(b"\r\n")[2]
            agent.receive(text, PHONE)
            agent.receive(text, Peer("10.0.0.1", 5060))
        for data in wire.sent:
            parse(data)
        await agent.stop()

    asyncio.run(scene())


def answers(wire: Wire) -> list[int]:
    return [message.status for data in wire.sent if isinstance(message := parse(data), Response)]


def test_a_call_that_is_called_off_before_it_is_answered_is_over_on_both_sides() -> None:
    async def scene() -> None:
        agent, wire = await agent_with_wire()
        agent.receive(INVITE, PHONE)
        call = next(iter(agent.calls.values()))
        cancel = INVITE.replace(b"INVITE", b"CANCEL")
        agent.receive(cancel, PHONE)
        assert answers(wire) == [100, 200, 487]
        assert await call.over is Ending.WE_LEFT
        assert not agent.calls
        await agent.stop()

    asyncio.run(scene())


def test_what_belongs_to_no_call_is_said_so_and_what_we_cannot_is_named() -> None:
    async def scene() -> None:
        agent, wire = await agent_with_wire()
        for method in (b"BYE", b"CANCEL", b"OPTIONS", b"FOO"):
            agent.receive(INVITE.replace(b"INVITE", method), PHONE)
        agent.receive(INVITE.replace(b"Subject: one\r\n  two", b"Require: 100rel"), PHONE)
        assert answers(wire) == [481, 481, 200, 405, 420]
        assert not agent._servers
        await agent.stop()

    asyncio.run(scene())


def test_the_same_invite_twice_is_one_call() -> None:
    async def scene() -> None:
        agent, wire = await agent_with_wire()
        agent.receive(INVITE, PHONE)
        agent.receive(INVITE, PHONE)
        assert len(agent.calls) == 1
        assert answers(wire) == [100, 100]
        await agent.stop()

    asyncio.run(scene())
