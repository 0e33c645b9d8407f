import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

HOST = "127.0.0.1"
NOTHING_TO_DO = 69  # the supervisor leaves a process alone that ends so
MISSING = "Nobody's telephone rings in the demo without baresip: apt-get install baresip-core"
READY = "The invented telephones are ready."
NUMBERS = [f"+1512555{number:04d}" for number in range(100, 200)]  # those of the invented people
TAKE_AFTER_SECONDS = 6.0  # an invented person first listens, then presses 1
START_SECONDS = 20.0
CONTROL_OFFSET = 2  # the port between is baresip's own, for TLS
CONFIGURATION = """
poll_method epoll
sip_listen {host}:{port}
net_interface {host}
audio_player aubridge,sink
audio_source ausine,440
audio_alert aubridge,alert
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module_app account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
"""


class Command(BaseCommand):
    """Run the telephones of the demo's invented patients: baresip takes every call, hums, and presses 1."""

    help = "Run the demo's telephones until told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Take calls until ended."""
        if not settings.IS_DEMO:
            message = "The invented telephones are for the demo's settings only."
            raise CommandError(message)
        program = shutil.which("baresip")
        if program is None:
            self.stderr.write(MISSING)
            sys.exit(NOTHING_TO_DO)
        directory = settings.STATE_DIRECTORY / "telephones"
        directory.mkdir(mode=0o700, exist_ok=True)
        write_configuration(
            directory, settings.DEMO_TELEPHONE_PORT, settings.DEMO_TELEPHONE_PORT + CONTROL_OFFSET
        )
        process = subprocess.Popen([program, "-f", str(directory)], stdin=subprocess.DEVNULL, cwd=directory)
        try:
            with connected(settings.DEMO_TELEPHONE_PORT + CONTROL_OFFSET) as line:
                self.stdout.write(READY)
                self.stdout.flush()
                for event in events_on(line):
                    if event.get("type") == "CALL_ESTABLISHED":
                        time.sleep(TAKE_AFTER_SECONDS)
                        line.sendall(command("uafind", str(event.get("accountaor", ""))))
                        line.sendall(command("sndcode", "1"))
        finally:
            process.terminate()
            process.wait()


def write_configuration(directory: Path, port: int, control: int) -> None:
    """Write baresip's files: an account for each invented number."""
    (directory / "config").write_text(CONFIGURATION.format(host=HOST, port=port, control=control))
    accounts = [
        f"<sip:{number}@{HOST}:{port};transport=udp>;regint=0;answermode=auto;audio_codecs=PCMU/8000/1"
        for number in NUMBERS
    ]
    (directory / "accounts").write_text("\n".join(accounts) + "\n")
    (directory / "contacts").write_text("")


def connected(port: int) -> socket.socket:
    """Return the line on which baresip tells what happens and takes commands."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection((HOST, port))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def command(name: str, parameters: str) -> bytes:
    """Return a command as baresip takes it: JSON in a netstring."""
    text = json.dumps({"command": name, "params": parameters})
    return f"{len(text)}:{text},".encode()


def events_on(line: socket.socket) -> Iterator[dict[str, Any]]:
    """Yield what baresip tells, until it ends."""
    buffer = b""
    while piece := line.recv(65_536):
        buffer += piece
        while b":" in buffer:
            length, _, rest = buffer.partition(b":")
            if len(rest) <= int(length):
                break
            yield json.loads(rest[: int(length)])
            buffer = rest[int(length) + 1 :]
