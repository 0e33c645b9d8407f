"""The MLLP door as a process: real senders, garbage, limits, certificates, and kill -9 between receipt and answer."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import hl7
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection
from hl7.client import MLLPClient
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthline.charting.results.models import IncomingMessage, Laboratory, Observation, Report
from hearthline.charting.results.tests.stage import Stage, make_stage, nm, oru
from hearthline.hl7 import door, limits
from hearthline.hl7.door import Peer, answer, may_send
from hearthline.hl7.listener import Listener
from hearthline.hl7.management.commands.run_mllp import tls_context
from hearthline.tenancy.context import acting_in
from tests.people import People

HERE = Peer("127.0.0.1")
LOOPBACK = [ip_network("127.0.0.0/8")]


def said(raw: bytes | str, peer: Peer = HERE) -> Any:
    """Return the acknowledgement as python-hl7 reads it."""
    sent = raw.encode() if isinstance(raw, str) else raw
    return hl7.parse(answer(sent, peer).decode("latin-1"))


def code(ack: Any) -> str:
    return str(ack.segment("MSA")[1])


class TestDoor:
    """One message and its answer."""

    def test_filed_is_aa_and_says_whose_message(self, stage: Stage) -> None:
        ack = said(oru(nm("4.1"), control="ABC-1"))
        assert (code(ack), str(ack.segment("MSA")[2])) == ("AA", "ABC-1")
        assert str(ack.segment("MSH")[5]) == "LIS"
        assert Report.objects.count() == 1

    def test_a_second_library_accepts_the_answers(self, stage: Stage) -> None:
        for text in (
            oru(nm("4.1")),
            oru(nm("4.1"), number="NOBODY", control="M2"),
            oru(nm("1"), clinic="none"),
        ):
            parsed = parse_message(answer(text.encode(), HERE).decode(), find_groups=False)
            assert parsed.msa.msa_1.value in {"AA", "AE", "AR"}
            assert parsed.msh.msh_9.value.startswith("ACK")

    def test_a_second_library_reads_the_same_values(self, stage: Stage) -> None:
        text = oru(nm("4.1"), r"OBX|2|ST|x^Text^L||a\T\b||||||F", "NTE|1||note")
        parsed = parse_message(text, find_groups=False)
        answer(text.encode(), HERE)
        theirs = [child.obx_5.value for child in parsed.children if child.name == "OBX"]
        assert [row.value for row in Observation.objects.order_by("position")] == [
            theirs[0], theirs[1].replace("\\T\\", "&"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("values", "expected", "condition"),
        [
            ({"number": "NOBODY"}, "AE", "204"),
            ({"family": "Roe"}, "AE", "207"),
            ({"issued": "soon"}, "AE", "102"),
            ({"application": "STRANGER"}, "AR", "103"),
            ({"clinic": "nowhere"}, "AR", "103"),
            ({"clinic": "lakeside"}, "AR", "103"),
        ],
    )
    def test_refusals_say_where_and_why(
        self, stage: Stage, values: dict[str, str], expected: str, condition: str
    ) -> None:
        ack = said(oru(nm("4.1"), **values))
        error = ack.segment("ERR")
        assert (code(ack), str(error[3]).split("^")[0]) == (expected, condition)
        assert "Delgado" not in str(ack)
        assert Report.objects.count() == 0

    def test_a_repeat_is_answered_the_same_and_a_conflict_is_kept(self, stage: Stage) -> None:
        assert [code(said(oru(nm("4.1")))) for _ in range(2)] == ["AA", "AA"]
        conflict = said(oru(nm("4.2")))
        assert (code(conflict), str(conflict.segment("ERR")[3]).split("^")[0]) == ("AE", "205")
        assert IncomingMessage.objects.count() == 2

    @pytest.mark.parametrize(
        ("change", "condition"), [(("ORU^R01", "ADT^A01"), "200"), (("|P|2.5", "|T|2.5"), "202")]
    )
    def test_other_messages_and_tests_are_refused(
        self, stage: Stage, change: tuple[str, str], condition: str
    ) -> None:
        ack = said(oru(nm("4.1")).replace(*change))
        assert (code(ack), str(ack.segment("ERR")[3]).split("^")[0]) == ("AR", condition)

    def test_a_fault_of_ours_asks_to_send_again(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(**_values: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(door, "take", broken)
        assert code(said(oru(nm("4.1")))) == "AR"

    def test_addresses_and_certificates_of_a_laboratory(self) -> None:
        laboratory = Laboratory(addresses="10.1.0.0/16 192.0.2.7", certificate_fingerprint="")
        assert may_send(laboratory, Peer("10.1.2.3"))
        assert not may_send(laboratory, Peer("10.2.2.3"))
        pinned = Laboratory(certificate_fingerprint="a" * 64)
        assert may_send(pinned, Peer("10.2.2.3", "a" * 64))
        assert not may_send(pinned, Peer("10.2.2.3", "b" * 64))
        assert not may_send(pinned, Peer("10.2.2.3"))

    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=200))
    def test_whatever_comes_is_answered(self, raw: bytes) -> None:
        assert answer(raw, HERE).startswith(b"MSH|")


class Running:
    """A listener in a thread, with an answer of the test's own."""

    def __init__(self, reply: Any, tls: ssl.SSLContext | None = None, allowed: Any = LOOPBACK) -> None:
        self.loop = asyncio.new_event_loop()
        self.listener = Listener(reply, allowed, tls)
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        started = asyncio.run_coroutine_threadsafe(self.listener.start("127.0.0.1", 0), self.loop)
        self.port = started.result(10)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.listener.stop(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


def answer_apart(raw: bytes, peer: Peer) -> bytes:
    """Answer with a connection that is given back, so that the test's database can be dropped."""
    try:
        return answer(raw, peer)
    finally:
        connection.close()


def echo(raw: bytes, _peer: Peer) -> bytes:
    return b"ACK " + raw[:20]


@pytest.fixture
def running() -> Iterator[Running]:
    server = Running(echo)
    with closing(server):
        yield server


class TestListener:
    """Framing and limits, without a database."""

    def test_messages_on_one_connection_are_answered_in_order(self, running: Running) -> None:
        with closing(running.connect()) as wire:
            wire.sendall(b"".join(b"\r\n\x0bM%d\x1c\r" % number for number in range(5)))
            got = b""
            while got.count(b"\x1c\r") < 5:
                got += wire.recv(4096)
        assert got == b"".join(b"\x0bACK M%d\x1c\r" % number for number in range(5))

    @pytest.mark.parametrize(
        "garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x00" * 5000]
    )
    def test_garbage_costs_its_connection_only(self, running: Running, garbage: bytes) -> None:
        with closing(running.connect()) as wire:
            wire.sendall(garbage)
            wire.shutdown(socket.SHUT_WR)
            assert wire.recv(100) == b""
        with closing(running.connect()) as wire:
            wire.sendall(b"\x0bM\x1c\r")
            assert wire.recv(100) == b"\x0bACK M\x1c\r"

    def test_too_large_and_too_slow(self, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "MAX_MESSAGE_BYTES", 1000)
        monkeypatch.setattr(limits, "MESSAGE_SECONDS", 0.1)
        with closing(Running(echo)) as small:
            with closing(small.connect()) as wire:
                wire.sendall(b"\x0b" + b"x" * 5000 + b"\x1c\r")
                assert b"MSA|AR|" in wire.recv(4096)
            with closing(small.connect()) as wire:
                wire.sendall(b"\x0bhalf of a message")
                assert wire.recv(100) == b""

    def test_too_many_connections_and_strangers(self, running: Running) -> None:
        wires = [running.connect() for _ in range(limits.MAX_CONNECTIONS_EACH)]
        for wire in wires:
            wire.sendall(b"\x0bM\x1c\r")
            assert wire.recv(100)
        with closing(running.connect()) as one_more:
            assert one_more.recv(100) == b""
        for wire in wires:
            wire.close()
        with (
            closing(Running(echo, allowed=[ip_network("192.0.2.0/24")])) as closed,
            closing(closed.connect()) as wire,
        ):
            assert wire.recv(100) == b""

    def test_python_hl7s_own_client_is_understood(self, running: Running) -> None:
        with MLLPClient("127.0.0.1", running.port) as client:
            assert client.send_message(oru(nm("4.1"))).startswith(b"\x0bACK MSH|")


def certificate(name: str, issuer: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
    """Return a certificate with its key, signed by the issuer or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )
    return made, key


def refuses(call: Callable[[], bytes]) -> bool:
    """Whether the other end hangs up: TLS 1.3 tells a client of it only when it reads."""
    try:
        return call() == b""
    except (ssl.SSLError, ConnectionError):
        return True


def written(directory: Path, name: str, pair: tuple[Any, Any]) -> tuple[Path, Path]:
    pem = serialization.Encoding.PEM
    paths = directory / f"{name}.pem", directory / f"{name}.key"
    paths[0].write_bytes(pair[0].public_bytes(pem))
    paths[1].write_bytes(
        pair[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def test_only_senders_with_a_certificate_of_the_clinics_authority_come_in(
    tmp_path: Path, settings: Any
) -> None:
    authority = certificate("Authority")
    trusted, _ = written(tmp_path, "authority", authority)
    server = written(tmp_path, "server", certificate("Server", authority))
    sender = written(tmp_path, "sender", certificate("Sender", authority))
    settings.MLLP_CERTIFICATE, settings.MLLP_PRIVATE_KEY = map(str, server)
    settings.MLLP_CLIENT_CA = str(trusted)
    seen: list[Peer] = []

    def reply(raw: bytes, peer: Peer) -> bytes:
        seen.append(peer)
        return b"ACK"

    def ask(client: tuple[Path, Path] | None) -> bytes:
        context = ssl.create_default_context(cafile=str(trusted))
        if client:
            context.load_cert_chain(*client)
        with (
            closing(listening.connect()) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as wire,
        ):
            wire.sendall(b"\x0bM\x1c\r")
            return wire.recv(100)

    with closing(Running(reply, tls_context())) as listening:
        assert ask(sender) == b"\x0bACK\x1c\r"
        assert refuses(lambda: ask(None))
    assert [len(peer.certificate_fingerprint) for peer in seen] == [64]


NODE_SENDER = """
const net = require('net'); const [port, file] = process.argv.slice(1);
const wire = net.connect(Number(port), '127.0.0.1', () => {
  wire.write(Buffer.concat([Buffer.from([11]), require('fs').readFileSync(file), Buffer.from([28, 13])])); });
let got = '';
wire.on('data', piece => { got += piece; if (got.endsWith('\\x1c\\r')) { console.log(got); wire.end(); } });
"""


def test_mllp_send_and_another_language_send_as_processes(
    committed: None, people: People, tmp_path: Path
) -> None:
    with acting_in(people.organization.id):
        make_stage(people)
    message = tmp_path / "message.hl7"
    with closing(Running(answer_apart)) as listening:
        message.write_bytes(b"\x0b" + oru(nm("4.1")).encode() + b"\x1c\r")
        program = Path(sys.executable).with_name("mllp_send")
        command = [str(program), "--port", str(listening.port), "--file", str(message), "127.0.0.1"]
        sent = subprocess.run(command, capture_output=True, timeout=60, check=True)
        assert b"MSA|AA|M1" in sent.stdout
        if node := shutil.which("node"):
            message.write_bytes(
                oru(nm("4.4", status="C"), status="C", control="M2", issued="20261102").encode()
            )
            command = [node, "-e", NODE_SENDER, str(listening.port), str(message)]
            sent = subprocess.run(command, capture_output=True, timeout=60, check=True)
            assert b"MSA|AA|M2" in sent.stdout
    with acting_in(people.organization.id):
        assert Report.objects.count() == 1


def test_the_same_message_twice_at_once_is_filed_once(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        make_stage(people)
    got: list[bytes] = []
    with closing(Running(answer_apart)) as listening:

        def send() -> None:
            with MLLPClient("127.0.0.1", listening.port) as client:
                got.append(client.send_message(oru(nm("7.1", flag="HH"))))

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert [b"MSA|AA|" in one for one in got] == [True] * 4
    with acting_in(people.organization.id):
        assert (IncomingMessage.objects.count(), Observation.objects.count()) == (1, 1)
