"""Networks that let no UDP through: the same call through the relay over TCP, and over TLS."""

import subprocess
from pathlib import Path

import pytest

from tests.browser.calls import measure, ready_to_call, wait_for_flow
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
