"""The MLLP door for results of laboratories. Without a port it is closed."""

import os

MLLP_PORT = int(os.environ.get("HEARTHLINE_MLLP_PORT", "0"))
MLLP_LISTEN = os.environ.get("HEARTHLINE_MLLP_LISTEN", "127.0.0.1")
# Addresses and networks from which a connection is taken at all; each laboratory may narrow its own.
MLLP_ALLOWED = os.environ.get("HEARTHLINE_MLLP_ALLOWED", "127.0.0.0/8 ::1")
MLLP_CERTIFICATE = os.environ.get("HEARTHLINE_MLLP_CERTIFICATE", "")
MLLP_PRIVATE_KEY = os.environ.get("HEARTHLINE_MLLP_PRIVATE_KEY", "")
MLLP_CLIENT_CA = os.environ.get("HEARTHLINE_MLLP_CLIENT_CA", "")
