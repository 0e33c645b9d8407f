"""The relay: who may use it and for how long (TURN REST credentials), and coturn's configuration.

Pure; ``manage run_turn`` starts coturn with it.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

CREDENTIAL_SECONDS = 600
CHECK_CREDENTIAL_SECONDS = 60
OPAQUE_BYTES = 12
USER_QUOTA = 12  # allocations of one join: two interfaces times several restarts
TOTAL_QUOTA = 1200
STALE_NONCE_SECONDS = 600
EVERYWHERE = "0.0.0.0"  # noqa: S104 - coturn then finds its addresses by itself
DENIED_PEERS = (
    "0.0.0.0-0.255.255.255",
    "10.0.0.0-10.255.255.255",
    "100.64.0.0-100.127.255.255",
    "127.0.0.0-127.255.255.255",
    "169.254.0.0-169.254.255.255",
    "172.16.0.0-172.31.255.255",
    "192.0.0.0-192.0.0.255",
    "192.168.0.0-192.168.255.255",
    "198.18.0.0-198.19.255.255",
    "240.0.0.0-255.255.255.255",
    "::1",
    "::ffff:0:0-::ffff:ffff:ffff",
    "64:ff9b::-64:ff9b::ffff:ffff",
    "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
)


@dataclass(frozen=True)
class Relay:
    """Where the relay is reached, and the secret shared with it."""

    host: str
    port: int
    secret: str
    tls_host: str = ""
    tls_port: int = 0

    @property
    def urls(self) -> list[str]:
        """Addresses in the order in which a browser should try them."""
        urls = [f"turn:{self.host}:{self.port}?transport=udp", f"turn:{self.host}:{self.port}?transport=tcp"]
        if self.tls_host:
            urls.append(f"turns:{self.tls_host}:{self.tls_port}?transport=tcp")
        return urls


def make_credential(secret: str, *, at: datetime, seconds: int, label: str) -> tuple[str, str]:
    """Return a user name and password for the relay that end at a moment.

    ``label`` says what for; the random part keeps one join's quota apart from another's and names nobody.
    """
    username = f"{int(at.timestamp()) + seconds}:{label}-{secrets.token_hex(OPAQUE_BYTES)}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


def ice_configuration(
    relay: Relay | None, *, at: datetime, label: str, is_relay_only: bool, seconds: int = CREDENTIAL_SECONDS
) -> dict[str, Any]:
    """Return what a browser needs for its connections: servers, policy and when to ask again."""
    if relay is None:
        return {"iceServers": [], "policy": "relay" if is_relay_only else "all", "seconds": seconds}
    username, credential = make_credential(relay.secret, at=at, seconds=seconds, label=label)
    return {
        "iceServers": [{"urls": relay.urls, "username": username, "credential": credential}],
        "policy": "relay" if is_relay_only else "all",
        "seconds": seconds,
    }


@dataclass(frozen=True)
class CoturnOptions:
    """What differs between installations. ``allows_loopback`` is for the demo and tests on one machine only.

    ``relay_address``: what is relayed leaves from there; empty: from where browsers come in. ``media_server``: an
    address to which it may be relayed although it is private.
    """

    address: str
    secret: str
    realm: str
    relay_address: str = ""
    media_server: str = ""
    port: int = 3478
    tls_port: int = 5349
    port_range: tuple[int, int] = (49152, 65535)
    external_address: str = ""
    certificate: str = ""
    private_key: str = ""
    previous_secret: str = ""
    pid_file: Path | None = None
    allows_loopback: bool = False
    extra_denied: tuple[str, ...] = ()


def coturn_configuration(options: CoturnOptions) -> str:
    """Return the text of ``turnserver.conf``: authenticated relaying only, no way into private networks."""
    relay_address = options.relay_address or options.address
    lines = [
        f"listening-port={options.port}",
        f"min-port={options.port_range[0]}",
        f"max-port={options.port_range[1]}",
        "fingerprint",
        "use-auth-secret",
        f"static-auth-secret={options.secret}",
        f"realm={options.realm}",
        "no-cli",
        "no-multicast-peers",
        "no-rfc5780",
        "no-tcp-relay",
        "no-software-attribute",
        f"stale-nonce={STALE_NONCE_SECONDS}",
        f"user-quota={USER_QUOTA}",
        f"total-quota={TOTAL_QUOTA}",
        f"max-allocate-lifetime={CREDENTIAL_SECONDS}",
        "log-file=stdout",
        "simple-log",
    ]
    if options.address != EVERYWHERE:
        lines.append(f"listening-ip={options.address}")
    if relay_address != EVERYWHERE:
        lines.append(f"relay-ip={relay_address}")
    if options.previous_secret:
        lines.append(f"static-auth-secret={options.previous_secret}")
    if options.external_address:
        inner = "" if relay_address == EVERYWHERE else f"/{relay_address}"
        lines.append(f"external-ip={options.external_address}{inner}")
    if options.certificate and options.private_key:
        lines += [
            f"tls-listening-port={options.tls_port}",
            f"cert={options.certificate}",
            f"pkey={options.private_key}",
            "no-tlsv1",
            "no-tlsv1_1",
        ]
    else:
        lines += ["no-tls", "no-dtls"]
    if options.pid_file:
        lines.append(f"pidfile={options.pid_file}")
    lines += [f"denied-peer-ip={peers}" for peers in (*DENIED_PEERS, *options.extra_denied)]
    # A relayed call between two of our own allocations must stay possible, and one through the media server.
    wanted = dict.fromkeys([options.external_address or relay_address, options.media_server])
    lines += [f"allowed-peer-ip={peer}" for peer in wanted if peer not in {"", EVERYWHERE}]
    if options.allows_loopback:
        lines.append("allow-loopback-peers")
    return "\n".join(lines) + "\n"
