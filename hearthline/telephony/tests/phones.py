"""Telephones that nobody here wrote: baresip as a person's telephone, and what it heard."""

import json
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hearthline.telephony.media.companding import RATE, Samples

HOST = "127.0.0.1"
PATIENCE_SECONDS = 40.0
PAUSE_SECONDS = 0.05
HEADER_BYTES = 44
CONFIG = """
poll_method epoll
sip_listen {host}:{port}
{transport}
audio_player aubridge,sink
audio_source ausine,{hertz}
audio_alert aubridge,alert
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
audio_buffer 20-160
rtp_timeout 0
net_interface {host}
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
module srtp.so
module_app account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
snd_path {directory}
"""


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def free_ports() -> int:
    """Return a port that is free with the next one, for UDP and TCP: baresip takes the second for TLS."""
    while True:
        port = free_port()
        try:
            with (
                socket.socket() as one,
                socket.socket() as other,
                socket.socket(type=socket.SOCK_DGRAM) as third,
            ):
                one.bind((HOST, port))
                other.bind((HOST, port + 1))
                third.bind((HOST, port + 1))
                return port
        except (OSError, OverflowError):
            continue


def loudest_hertz(samples: Samples, rate: int = RATE) -> float:
    """Return the strongest tone in some samples."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / rate)[int(np.argmax(spectrum[1:])) + 1])


def read_recording(path: Path) -> tuple[Samples, int]:
    """Return what a telephone wrote down, though its file is not closed yet."""
    data = path.read_bytes()
    if len(data) < HEADER_BYTES:
        return np.zeros(0, dtype=np.int16), RATE  # begun a moment ago
    channels, rate = struct.unpack_from("<HI", data, 22)
    samples = np.frombuffer(data[HEADER_BYTES : len(data) // 4 * 4], dtype="<i2")
    return samples.reshape(-1, channels)[:, 0].astype(np.int16), rate


@dataclass
class Baresip:
    """One running baresip: it dials, presses keys, hangs up, and writes down what it hears."""

    port: int
    control: int
    directory: Path
    process: "subprocess.Popen[bytes]"
    events: list[dict[str, Any]] = field(default_factory=list)
    _socket: socket.socket | None = None
    _buffer: bytes = b""

    def connect(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._socket is None:
            try:
                self._socket = socket.create_connection((HOST, self.control), timeout=5)
            except OSError:
                assert time.monotonic() < deadline, self.log()
                time.sleep(PAUSE_SECONDS)
        self._socket.settimeout(PAUSE_SECONDS)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def log(self) -> str:
        return (self.directory / "log").read_text(errors="replace")[-3000:]

    def say(self, command: str, parameters: str = "") -> None:
        assert self._socket is not None
        text = json.dumps({"command": command, "params": parameters, "token": "t"})
        self._socket.sendall(f"{len(text)}:{text},".encode())

    def listen(self) -> None:
        assert self._socket is not None
        try:
            self._buffer += self._socket.recv(65_536)
        except TimeoutError:
            return
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            if len(rest) <= int(length):
                return
            self.events.append(json.loads(rest[: int(length)]))
            self._buffer = rest[int(length) + 1 :]

    def wait_for(self, kind: str, count: int = 1) -> None:
        """Wait for a number of events of a kind, as baresip names them: CALL_ESTABLISHED, CALL_CLOSED."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(event.get("type") == kind for event in self.events) < count:
            assert time.monotonic() < deadline, f"no {kind}: {self.events} {self.log()}"
            self.listen()

    def dial(self, number: str, at: int) -> None:
        self.say("dial", f"sip:{number}@{HOST}:{at}")

    def press(self, keys: str) -> None:
        """Press keys one by one, as a person does."""
        for key in keys:
            self.say("sndcode", key)
            time.sleep(0.25)

    def hang_up(self) -> None:
        self.say("hangup")

    def heard(self) -> tuple[Samples, int]:
        """Return all that was heard in the last call so far, and its rate."""
        files = sorted(self.directory.glob("*dec.wav"), key=lambda path: path.stat().st_mtime)
        if not files:
            return np.zeros(0, dtype=np.int16), RATE
        return read_recording(files[-1])

    def wait_for_sound(self, seconds: float) -> None:
        """Wait until that much more has been heard."""
        samples, rate = self.heard()
        wanted, deadline = len(samples) + seconds * rate, time.monotonic() + PATIENCE_SECONDS
        while len(samples) < wanted:
            assert time.monotonic() < deadline, self.log()
            time.sleep(PAUSE_SECONDS)
            samples, rate = self.heard()

    def last_heard(self, seconds: float) -> tuple[Samples, int]:
        samples, rate = self.heard()
        return samples[-int(seconds * rate) :], rate


@contextmanager
def baresip(
    directory: Path,
    *,
    user: str = "phone",
    hertz: int = 440,
    answers: bool = True,
    transport: str = "udp",
    more: str = "",
) -> Iterator[Baresip]:
    """Run a telephone for the block. It answers by itself, or only rings."""
    directory.mkdir(parents=True, exist_ok=True)
    port, control = free_ports(), free_port(socket.SOCK_STREAM)
    values = {"host": HOST, "port": port, "control": control, "directory": directory, "hertz": hertz}
    (directory / "config").write_text(CONFIG.format(transport="", **values))
    mode = "auto" if answers else "manual"
    address = f"<sip:{user}@{HOST}:{port};transport={transport}>"
    account = f"{address};regint=0;answermode={mode};audio_codecs=PCMU/8000/1,PCMA/8000/1{more}"
    (directory / "accounts").write_text(account + "\n")
    (directory / "contacts").write_text("")
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            ["baresip", "-f", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory,
        )
    phone = Baresip(port, control, directory, process)
    try:
        phone.connect()
        yield phone
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # it waits for a goodbye to be answered
            process.kill()
            process.wait(5)
        phone.close()
