"""The worker and foreign trunks and telephones: credentials, sealed sound, TCP, many calls, floods of nonsense."""

import random
import socket
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from hearthline.telephony.prompts import tone
from hearthline.telephony.sip.calls import Call
from hearthline.telephony.sip.digest import Credentials
from hearthline.telephony.tests.office import Office, office, wait_until
from hearthline.telephony.tests.phones import HOST, baresip, free_port, loudest_hertz
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization
from tests.people import People

NUMBER = "+15125550100"
SCENARIOS = Path(__file__).parent / "scenarios"
CREDENTIALS = Credentials("clinic", "open sesame")
SECONDS = 60


@pytest.fixture
def clinic(committed: None, people: People) -> People:
    with acting_in(people.organization.id):
        Organization.objects.filter(pk=people.organization.id).update(dial_in_number=NUMBER)
    return people


def sipp_command(port: int, *options: str) -> list[str]:
    return ["sipp", "-nostdin", "-i", HOST, "-p", str(port), *options]


@contextmanager
def sipp_serving(scenario: str, directory: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run sipp as a trunk for one call; it ends by itself, with 0 when all went as its scenario says."""
    port = free_port()
    command = sipp_command(port, "-sf", str(SCENARIOS / scenario), "-m", "1", "-timeout", f"{SECONDS}s")
    with (directory / "sipp.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield port, process
    finally:
        process.kill()
        process.wait(SECONDS)


def calling(directory: Path, port: int, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Let sipp call the worker; it returns 0 when every call went well."""
    command = sipp_command(free_port(), f"{HOST}:{port}", "-s", NUMBER, "-timeout", f"{SECONDS}s", *options)
    return subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, check=False)


@pytest.mark.parametrize(("password", "code"), [("open sesame", 0), ("wrong", 1)])
def test_a_trunk_that_wants_credentials_gets_them_for_each_call(
    clinic: People, tmp_path: Path, password: str, code: int
) -> None:
    credentials = Credentials("clinic", password)
    with (
        sipp_serving("trunk.xml", tmp_path) as (port, trunk),
        office(tmp_path, trunk_port=port, credentials=credentials) as at,
    ):
        call: Call = at.wait(at.worker.agent.call("+15125550134"))
        wait_until(lambda: call.answered.is_set() or call.over.done())
        assert call.answered.is_set() == (code == 0)
        at.do(call.hang_up)
        if code == 0:
            assert trunk.wait(SECONDS) == 0


def test_the_worker_stays_registered_with_its_credentials(clinic: People, tmp_path: Path) -> None:
    with (
        sipp_serving("registrar.xml", tmp_path) as (port, registrar),
        office(tmp_path, trunk_port=port, credentials=CREDENTIALS, registers=True),
    ):
        assert registrar.wait(SECONDS) == 0


@pytest.mark.parametrize(
    ("transport", "more", "is_secured"),
    [("udp", ";mediaenc=srtp-mand", True), ("tcp", "", False)],
)
def test_sealed_sound_and_tcp_carry_a_tone_both_ways(
    clinic: People, tmp_path: Path, transport: str, more: str, is_secured: bool
) -> None:
    with (
        baresip(tmp_path / "phone", hertz=587, transport=transport, more=more) as phone,
        office(tmp_path, trunk_port=phone.port, transport=transport, is_sound_secured=is_secured) as at,
    ):
        call: Call = at.wait(at.worker.agent.call("phone"))
        wait_until(call.answered.is_set)
        assert call.ours is not None
        assert call.ours.is_secured == is_secured
        heard: list[np.ndarray] = []
        at.do(lambda: setattr(call.line, "hear", heard.append))
        at.do(lambda: call.line.play(tone(784, 10)))
        phone.wait_for_sound(2.0)
        wait_until(lambda: len(heard) > 60)
        assert loudest_hertz(*phone.last_heard(0.8)) == pytest.approx(784, abs=6)
        assert loudest_hertz(np.concatenate(heard[-40:])) == pytest.approx(587, abs=6)
        at.do(call.hang_up)
        phone.wait_for("CALL_CLOSED")


def test_twenty_calls_at_once_are_all_answered_and_forgotten(clinic: People, tmp_path: Path) -> None:
    with office(tmp_path) as at:
        done = calling(tmp_path, at.port, "-sn", "uac", "-m", "20", "-l", "20", "-r", "5", "-d", "2000")
        assert done.returncode == 0, done.stdout[-2000:]
        wait_until(lambda: at.do(lambda: not at.worker.agent.calls))
        assert not at.worker.agent.counts


def test_more_calls_than_the_limit_are_refused_and_the_others_go_on(clinic: People, tmp_path: Path) -> None:
    with office(tmp_path, calls_most=3) as at, baresip(tmp_path / "phone") as phone:
        phone.dial(NUMBER, at.port)
        phone.wait_for("CALL_ESTABLISHED")
        done = calling(tmp_path, at.port, "-sn", "uac", "-m", "10", "-l", "10", "-r", "10", "-d", "3000")
        assert done.returncode == 1
        assert at.worker.agent.counts["refused"] >= 7
        phone.wait_for_sound(1.0)


def nonsense(at: Office, count: int) -> None:
    """Send damaged INVITEs, random bytes, and answers to what nobody asked, as fast as the worker takes them."""
    chance = random.Random(count)
    good = (
        f"INVITE sip:{NUMBER}@{HOST} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:9;branch=z9hG4bK{{n}};rport\r\n"
        f"From: <sip:x@{HOST}>;tag={{n}}\r\nTo: <sip:{NUMBER}@{HOST}>\r\nCall-ID: {{n}}\r\nCSeq: 1 INVITE\r\n"
        f"Contact: <sip:x@{HOST}:9>\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(count):
            text = bytearray(good.replace("{n}", f"{number}").encode())
            kind = number % 4
            if kind == 0:
                text = bytearray(chance.randbytes(chance.randrange(1_400)))
            elif kind == 1:
                for _ in range(8):
                    text[chance.randrange(len(text))] = chance.randrange(256)
            elif kind == 2:
                text = bytearray(b"SIP/2.0 200 OK\r\n" + bytes(text).partition(b"\r\n")[2])
            sender.sendto(bytes(text), (HOST, at.port))
            if number % 50 == 0:
                at.do(lambda: None)


def test_a_flood_of_bad_invites_is_survived_and_a_call_goes_on_through_it(
    clinic: People, tmp_path: Path
) -> None:
    with office(tmp_path) as at, baresip(tmp_path / "phone") as phone:
        phone.dial(NUMBER, at.port)
        phone.wait_for("CALL_ESTABLISHED")
        nonsense(at, 4_000)
        phone.wait_for_sound(1.0)
        wait_until(lambda: at.worker.agent.counts["malformed"] > 100)
        assert at.do(lambda: len(at.worker.agent._servers)) < 200, "only the paced ones are remembered"
        phone.press("*")
        phone.wait_for_sound(1.0)
        assert abs(phone.last_heard(0.9)[0].astype(float)).max() > 500, "it still speaks"
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")


def test_strangers_are_not_even_answered(clinic: People, tmp_path: Path) -> None:
    with office(tmp_path, allowed=[ip_network("127.0.0.9/32")]) as at:
        nonsense(at, 40)
        wait_until(lambda: at.worker.agent.counts["stranger"] == 40)
        assert not at.worker.agent.calls


LINPHONE = """[sip]
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
bind_address={host}
register_only_when_network_is_up=0
auto_net_state_mon=0
[video]
enabled=0
capture=0
display=0
automatically_initiate=0
automatically_accept=0
"""


def write_tone(directory: Path) -> Path:
    path = directory / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(tone(494, 20).astype("<i2").tobytes())
    return path


def test_a_telephone_of_another_maker_is_answered(clinic: People, tmp_path: Path) -> None:
    configuration = tmp_path / "linphonerc"
    configuration.write_text(LINPHONE.format(port=free_port(), host=HOST))
    (tmp_path / ".local/share/linphone").mkdir(parents=True)
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    with office(tmp_path) as at, (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["linphonec", "-c", str(configuration)], stdin=subprocess.PIPE, stdout=log, stderr=log, env=home
        )
        try:
            assert process.stdin is not None
            process.stdin.write(b"soundcard use files\n")  # there is no sound card
            process.stdin.write(f"call sip:{NUMBER}@{HOST}:{at.port}\n".encode())
            process.stdin.flush()
            call = wait_until(lambda: list(at.worker.agent.calls.values()))[0]
            wait_until(call.answered.is_set)
            process.stdin.write(f"play {write_tone(tmp_path)}\n".encode())
            process.stdin.flush()
            wait_until(lambda: call.line.received > 20 or call.over.done())
            assert call.line.received > 20, (tmp_path / "log").read_text(errors="replace")[-3000:]
            process.stdin.write(b"terminate all\nquit\n")
            process.stdin.flush()
            wait_until(call.over.done)
        finally:
            process.kill()
            process.communicate()
    assert settings.SIP_TRUNK == ""
