"""Signalling by TLS: the trunk is known by its certificate and its name, or nothing is said to it."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hearthline.telephony.sip.agent import UserAgent
from hearthline.telephony.sip.calls import Call, Progress
from hearthline.telephony.sip.wires import Peer, StreamWire
from hearthline.telephony.tests.phones import HOST
from hearthline.telephony.tests.test_agent import SETTINGS

NAME = "trunk.example"
SECONDS = 30


def certificate(directory: Path) -> Path:
    """A certificate for the trunk's name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "trunk.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


async def answer(call: Call) -> None:
    await call.answer()


@pytest.mark.parametrize(
    ("name", "is_known", "is_answered"),
    [(NAME, True, True), ("other.example", True, False), (NAME, False, False)],
)
def test_a_call_is_made_only_to_the_trunk_that_was_meant(
    tmp_path: Path, name: str, is_known: bool, is_answered: bool
) -> None:
    path = certificate(tmp_path)

    async def scene() -> None:
        serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        serving.load_cert_chain(path)
        trusting = ssl.create_default_context(cafile=path if is_known else None)
        trunk = UserAgent(SETTINGS, answer)
        port = await trunk.start(StreamWire(trunk.receive, serving=serving, calling=trusting))
        agent = UserAgent(replace(SETTINGS, trunk=Peer(HOST, port)), answer)
        wire = StreamWire(agent.receive, calling=trusting, trunk_name=name)
        await agent.start(wire)
        call = await agent.call("+15125550134")
        async with asyncio.timeout(SECONDS):
            while wire._tasks and not call.answered.is_set():
                await asyncio.sleep(0.02)
        assert call.answered.is_set() == is_answered
        assert bool(trunk.calls) == is_answered
        if is_answered:
            other = next(iter(trunk.calls.values()))
            call.hang_up()
            await other.over
            assert other.progress is Progress.OVER
        await agent.stop()
        await trunk.stop()

    asyncio.run(scene())
