"""The MLLP door is killed between receipt and answer: nothing acknowledged is lost, nothing sent again is doubled."""

import random
import socket
import threading
import time
from dataclasses import dataclass, field

import pytest

from hearthline.charting.results.models import IncomingMessage, Observation
from hearthline.charting.results.tests.stage import make_stage, nm, oru
from hearthline.tenancy.context import acting_in
from tests.browser.installation import free_port, prepared
from tests.people import People

LONGEST_SECONDS = 90.0
KILLS = 20
BETWEEN_KILLS_SECONDS = (0.05, 0.4)
PAUSE_SECONDS = 0.05
AFTER_EACH = 3  # messages acknowledged before the next kill


@dataclass
class Laboratory:
    """An interface that sends one result after another, each again until it is acknowledged."""

    port: int
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[str] = field(default_factory=list)
    strange: list[bytes] = field(default_factory=list)
    again: int = 0

    def run(self) -> None:
        """Send until told to stop."""
        while not self.stop.is_set():
            number = f"K{len(self.acknowledged)}"
            message = oru(nm("4.1"), control=number, filler=number)
            while not self.stop.is_set():
                said = self._send(message)
                if b"MSA|AA|" + number.encode() in said:
                    self.acknowledged.append(number)
                    break
                if said and b"MSA|AR|" not in said:
                    self.strange.append(said)
                self.again += 1
                time.sleep(PAUSE_SECONDS)

    def _send(self, message: str) -> bytes:
        said = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST_SECONDS) as wire:
                wire.sendall(b"\x0b" + message.encode() + b"\x1c\r")
                while not said.endswith(b"\x1c\r") and (piece := wire.recv(4096)):
                    said += piece
        except OSError:
            return b""
        return said


def wait_for(laboratory: Laboratory, count: int) -> None:
    """Wait until so many more messages were acknowledged."""
    wanted, deadline = len(laboratory.acknowledged) + count, time.monotonic() + LONGEST_SECONDS
    while len(laboratory.acknowledged) < wanted:
        assert time.monotonic() < deadline, laboratory.strange
        time.sleep(PAUSE_SECONDS)


@pytest.mark.slow
def test_what_was_acknowledged_is_filed_once(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        make_stage(people)
    chance = random.Random(KILLS)
    with prepared() as installation:
        laboratory = Laboratory(free_port())
        installation.environment["HEARTHLINE_MLLP_PORT"] = str(laboratory.port)
        installation.start("mllp")
        sending = threading.Thread(target=laboratory.run)
        sending.start()
        try:
            for _ in range(KILLS):
                wait_for(laboratory, AFTER_EACH)
                time.sleep(chance.uniform(*BETWEEN_KILLS_SECONDS))
                installation.kill("mllp")
                installation.start("mllp")
            wait_for(laboratory, AFTER_EACH)
        finally:
            laboratory.stop.set()
            sending.join(LONGEST_SECONDS)
    with acting_in(people.organization.id):
        filed = list(IncomingMessage.objects.filter(state="filed").values_list("control_id", flat=True))
        lines = Observation.objects.filter(is_current=True).count()
    assert laboratory.strange == []
    assert len(filed) == len(set(filed))
    assert set(laboratory.acknowledged) <= set(filed)
    assert lines == len(filed) <= len(laboratory.acknowledged) + 1
    assert laboratory.again > 0
