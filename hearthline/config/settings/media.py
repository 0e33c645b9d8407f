"""Live media: where the relay is. ``run_turn`` starts one beside the other processes where coturn is installed."""

import os
import shutil
import socket

from hearthline.config.state import secret
from hearthline.visits.turn import Relay

TURN_PROGRAM = shutil.which("turnserver")
TURN_SECRET = os.environ.get("HEARTHLINE_TURN_SECRET") or secret("turn")
TURN_PREVIOUS_SECRET = os.environ.get("HEARTHLINE_TURN_PREVIOUS_SECRET", "")
TURN_REALM = os.environ.get("HEARTHLINE_TURN_REALM", "hearthline")
TURN_LISTEN = os.environ.get("HEARTHLINE_TURN_LISTEN", "127.0.0.1")
# From where relayed sound and picture leave. Empty: TURN_LISTEN. The media server answers nobody on loopback.
TURN_RELAY_ADDRESS = os.environ.get("HEARTHLINE_TURN_RELAY_ADDRESS", "")
TURN_EXTERNAL = os.environ.get("HEARTHLINE_TURN_EXTERNAL", "")
TURN_PORT = int(os.environ.get("HEARTHLINE_TURN_PORT", "3478"))
TURN_TLS_PORT = int(os.environ.get("HEARTHLINE_TURN_TLS_PORT", "5349"))
TURN_CERTIFICATE = os.environ.get("HEARTHLINE_TURN_CERTIFICATE", "")
TURN_PRIVATE_KEY = os.environ.get("HEARTHLINE_TURN_PRIVATE_KEY", "")
TURN_ALLOWS_LOOPBACK = False

# The name browsers use. Empty: no relay, calls go directly from browser to browser where networks allow it.
TURN_HOST = os.environ.get("HEARTHLINE_TURN_HOST", "")


def relay_at(host: str) -> Relay | None:
    """Return the relay as browsers are told of it, or None without one."""
    if not host:
        return None
    has_tls = bool(TURN_CERTIFICATE)
    return Relay(host, TURN_PORT, TURN_SECRET, host if has_tls else "", TURN_TLS_PORT if has_tls else 0)


TURN_RELAY = relay_at(TURN_HOST)

# The demo leads one patient to the relay over a line that can be made worse: the function that says whom.
TURN_RELAY_OF = ""

# The media server of visits with many people. Its interface is on loopback and only the application knows its secret;
# JANUS_LISTEN is the address that carries sound and pictures. Empty: no media server, visits take four people.
JANUS_PROGRAM = shutil.which("janus")
JANUS_LISTEN = os.environ.get("HEARTHLINE_JANUS_LISTEN", "")
JANUS_EXTERNAL = os.environ.get("HEARTHLINE_JANUS_EXTERNAL", "")
JANUS_API_PORT = int(os.environ.get("HEARTHLINE_JANUS_API_PORT", "8088"))
JANUS_API_SECRET = secret("janus-api")
JANUS_ROOM_SECRET = secret("janus-rooms")


def own_address() -> str:
    """Return this machine's address towards others (nothing is sent), or an empty text: it has loopback only."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation (RFC 5737)
        except OSError:
            return ""
        address = str(probe.getsockname()[0])
        return "" if address.startswith("127.") else address
