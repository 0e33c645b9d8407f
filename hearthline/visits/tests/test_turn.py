import base64
import hashlib
import hmac
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hearthline.visits.turn import (
    DENIED_PEERS,
    EVERYWHERE,
    CoturnOptions,
    Relay,
    coturn_configuration,
    ice_configuration,
    make_credential,
)

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "shared-with-coturn"
needs_coturn = pytest.mark.skipif(not shutil.which("turnserver"), reason="coturn is not installed")


def test_a_credential_ends_at_its_moment_and_names_nobody() -> None:
    username, password = make_credential(SECRET, at=AT, seconds=600, label="visit-3")
    expiry, _, opaque = username.partition(":")
    assert int(expiry) == int(AT.timestamp()) + 600
    assert opaque.startswith("visit-3-")
    expected = hmac.new(SECRET.encode(), username.encode(), hashlib.sha1).digest()
    assert password == base64.b64encode(expected).decode()
    assert make_credential(SECRET, at=AT, seconds=600, label="visit-3")[0] != username, "fresh for each join"


def test_udp_comes_first_and_tls_last() -> None:
    relay = Relay("turn.example", 3478, SECRET, "turn.example", 443)
    servers = ice_configuration(relay, at=AT, label="visit-1", is_relay_only=True)
    assert [url.split("?")[1] for url in servers["iceServers"][0]["urls"]] == [
        "transport=udp",
        "transport=tcp",
        "transport=tcp",
    ]
    assert servers["iceServers"][0]["urls"][2].startswith("turns:turn.example:443")
    assert servers["policy"] == "relay"


def test_without_a_relay_calls_go_directly_unless_the_organization_forbids_it() -> None:
    assert ice_configuration(None, at=AT, label="visit-1", is_relay_only=False)["policy"] == "all"
    assert ice_configuration(None, at=AT, label="visit-1", is_relay_only=True) == {
        "iceServers": [],
        "policy": "relay",
        "seconds": 600,
    }


def test_the_configuration_is_closed_to_private_networks() -> None:
    text = coturn_configuration(CoturnOptions(address="192.0.2.7", secret=SECRET, realm="visit.example"))
    lines = text.splitlines()
    assert {f"denied-peer-ip={peers}" for peers in DENIED_PEERS} <= set(lines)
    assert {"no-cli", "no-tcp-relay", "no-multicast-peers", "use-auth-secret", "fingerprint"} <= set(lines)
    assert "allow-loopback-peers" not in lines
    assert [line for line in lines if line.startswith("allowed")] == ["allowed-peer-ip=192.0.2.7"]
    assert {"listening-ip=192.0.2.7", "relay-ip=192.0.2.7"} <= set(lines)


def test_what_is_relayed_may_leave_elsewhere_and_reach_the_media_server_alone() -> None:
    options = CoturnOptions("127.0.0.1", SECRET, "visit.example", "10.0.0.7", "10.0.0.9")
    lines = coturn_configuration(options).splitlines()
    assert {"listening-ip=127.0.0.1", "relay-ip=10.0.0.7"} <= set(lines)
    allowed = [line for line in lines if line.startswith("allowed")]
    assert allowed == ["allowed-peer-ip=10.0.0.7", "allowed-peer-ip=10.0.0.9"]


def test_listening_everywhere_leaves_the_addresses_to_coturn() -> None:
    options = CoturnOptions(EVERYWHERE, SECRET, "visit.example", external_address="203.0.113.4")
    lines = coturn_configuration(options).splitlines()
    assert not [line for line in lines if line.startswith(("listening-ip", "relay-ip"))]
    assert {"external-ip=203.0.113.4", "allowed-peer-ip=203.0.113.4"} <= set(lines)


@pytest.fixture
def relay(tmp_path: Path) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(port: int, username: str, password: str, peer: str = "") -> str:
    client = ["turnutils_uclient", "-c", "-u", username, "-w", password, "-p", str(port)]
    whom = ["-e", peer] if peer else ["-y"]
    command = [*client, *whom, "-n", "2", "-m", "1", "127.0.0.1"]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout


@needs_coturn
def test_coturn_takes_our_credentials_and_refuses_old_ones_and_private_peers(
    tmp_path: Path, relay: int
) -> None:
    path = tmp_path / "turnserver.conf"
    options = CoturnOptions(
        address="127.0.0.1",
        secret=SECRET,
        realm="test",
        port=relay,
        port_range=(49400, 49440),
        pid_file=tmp_path / "pid",
        allows_loopback=True,
    )
    path.write_text(coturn_configuration(options))
    with subprocess.Popen(
        ["turnserver", "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            time.sleep(1.5)
            now = datetime.now(UTC)
            good = _ask(relay, *make_credential(SECRET, at=now, seconds=60, label="test"))
            assert "start_mclient" in good, good
            assert "403" not in good
            old = _ask(relay, *make_credential(SECRET, at=now, seconds=-60, label="test"))
            assert "401" in old or "Unauthorized" in old or "start_mclient" not in old, old
            wrong = _ask(relay, *make_credential("guessed", at=now, seconds=60, label="test"))
            assert "start_mclient" not in wrong
            for peer in ("10.0.0.1", "169.254.169.254", "192.168.1.1"):
                inside = _ask(relay, *make_credential(SECRET, at=now, seconds=60, label="test"), peer)
                assert "403" in inside, inside
        finally:
            server.terminate()
