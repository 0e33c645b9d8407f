"""Networks that let no UDP through: the same call through the relay over TCP, and over TLS."""

import subprocess
from pathlib import Path

import pytest

from tests.browser.calls import FLOW_SECONDS, measure, ready_to_call, wait_for_flow
from tests.people import People

pytestmark = pytest.mark.browser
ONLY = """
  const only = (given) => ({{ ...given, iceServers: (given?.iceServers ?? []).map((one) => ({{
    ...one, urls: one.urls.filter((url) => {wanted}) }})) }});
  const Any = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Any {{
    constructor(given) {{ super(only(given)); }}
    setConfiguration(given) {{ super.setConfiguration(only(given)); }}
  }};
"""
WANTED = {"tcp": 'url.startsWith("turn:") && url.endsWith("tcp")', "tls": 'url.startsWith("turns:")'}
PROTOCOLS = """async () => {
  const found = new Set();
  for (const one of window.connections) for (const entry of (await one.getStats()).values())
    if (entry.type === "local-candidate" && entry.relayProtocol) found.add(entry.relayProtocol);
  return [...found];
}"""


def certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate of this machine; the browsers of the test are told to accept it."""
    paths = directory / "certificate.pem", directory / "key.pem"
    subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes", "-newkey", "rsa:2048"]
    command = ["openssl", "req", "-x509", *subject, "-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run(command, check=True, capture_output=True)
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_call_without_udp(
    committed: None, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    public, private = certificate(tmp_path)
    monkeypatch.setenv("HEARTHLINE_TURN_CERTIFICATE", str(public))
    monkeypatch.setenv("HEARTHLINE_TURN_PRIVATE_KEY", str(private))
    flags = ("--ignore-certificate-errors",)
    with ready_to_call(
        people, is_relay_only=True, flags=flags, script=ONLY.format(wanted=WANTED[transport])
    ) as call:
        call.line = None  # the emulator passes datagrams on only
        for page in call.meet():
            wait_for_flow(page)
            assert set(measure(page)["pairs"]) == {"relay"}
            assert page.evaluate(PROTOCOLS) == [transport]
        call.assert_one_encounter()


LATER = """
  window.later = 0;
  const now = performance.now.bind(performance);
  performance.now = () => now() + window.later;
"""
USERS = """() => window.connections.filter((one) => one.connectionState !== "closed")
  .map((one) => one.getConfiguration().iceServers[0].username)"""
A_QUARTER = 15 * 60_000


@pytest.mark.slow
def test_who_comes_after_the_relay_credentials_ended_is_met_with_fresh_ones(
    committed: None, people: People
) -> None:
    with ready_to_call(people, is_relay_only=True, script=LATER) as call:
        clinician, _ = call.meet()
        (before,) = clinician.evaluate(USERS)
        clinician.evaluate("(milliseconds) => { window.later = milliseconds; }", A_QUARTER)
        nurse = call.open(call.profile(people.nurse), f"/visits/{call.stage.visit.pk}/room/")
        nurse.wait_for_function(
            "() => window.connections.filter((one) => one.connectionState === 'connected').length === 2",
            timeout=FLOW_SECONDS * 1000,
        )
        users = clinician.evaluate(USERS)
        assert len(users) == 2
        assert users[0] == before, "what is connected stays as it is"
        assert users[1] != before, "the new connection does not begin with what has ended"
        assert not call.complaints
