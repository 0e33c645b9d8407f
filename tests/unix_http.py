"""HTTP over a unix socket, for tests that knock at one process while it comes and goes."""

import http.client
import socket
from pathlib import Path

ANSWER_SECONDS = 20.0


class UnixConnection(http.client.HTTPConnection):
    """One connection to a process behind a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(str(self.path))


def status_of(path: Path, target: str) -> int:
    """Return the status of a GET, or 0 if nobody answers."""
    connection = UnixConnection(path)
    try:
        connection.request("GET", target)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
