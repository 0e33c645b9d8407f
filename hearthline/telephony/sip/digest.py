"""Digest authentication of requests that we send (RFC 2617, RFC 7616, RFC 8760). Pure but for the client's nonce."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hearthline.telephony.sip.messages import Response, parameters, split_list

# The strongest first: RFC 8760 section 2.4 lets us choose any that is offered, and MD5 is for old trunks only.
ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "SHA-512-256": lambda data: hashlib.new("sha512_256", data).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
CLIENT_NONCE_BYTES = 16


@dataclass(frozen=True)
class Challenge:
    """What a server wants to be shown. ``header`` is the one to answer with."""

    header: str
    realm: str
    nonce: str
    algorithm: str
    opaque: str
    has_quality: bool


def challenges_of(response: Response) -> list[Challenge]:
    """Return the challenges of a 401 or 407 that we can answer, the strongest first."""
    found = []
    for name, header in (
        ("www-authenticate", "authorization"),
        ("proxy-authenticate", "proxy-authorization"),
    ):
        found += [_challenge(value, header) for value in response.all(name)]
    known = [one for one in found if one is not None]
    return sorted(known, key=lambda one: list(ALGORITHMS).index(one.algorithm))


def _challenge(value: str, header: str) -> Challenge | None:
    scheme, _, rest = value.partition(" ")
    fields = parameters(split_list(rest))
    algorithm = fields.get("algorithm", "MD5").upper()
    qualities = [one.strip() for one in fields.get("qop", "").split(",") if one.strip()]
    is_answerable = scheme.lower() == "digest" and algorithm in ALGORITHMS and fields.get("nonce")
    if not is_answerable or (qualities and "auth" not in qualities):
        return None
    return Challenge(
        header, fields.get("realm", ""), fields["nonce"], algorithm, fields.get("opaque", ""), bool(qualities)
    )


@dataclass(frozen=True)
class Credentials:
    """As whom we sign in at the trunk."""

    user: str
    password: str


def authorization(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    count: int = 1,
    client_nonce: str = "",
) -> str:
    """Return the value of the header that answers a challenge; ``count`` is how often its nonce has been used."""
    client_nonce = client_nonce or secrets.token_hex(CLIENT_NONCE_BYTES)
    used = f"{count:08x}"
    shown = [
        f'username="{credentials.user}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{uri}"',
        f'response="{_answer(challenge, credentials, (method, uri), (used, client_nonce))}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.opaque:
        shown.append(f'opaque="{challenge.opaque}"')
    if challenge.has_quality:
        shown += ["qop=auth", f"nc={used}", f'cnonce="{client_nonce}"']
    return "Digest " + ", ".join(shown)


def _answer(
    challenge: Challenge, credentials: Credentials, asked: Sequence[str], nonces: Sequence[str]
) -> str:
    digest = ALGORITHMS[challenge.algorithm]
    who = digest(f"{credentials.user}:{challenge.realm}:{credentials.password}".encode())
    what = digest(":".join(asked).encode())
    middle = [challenge.nonce, *nonces, "auth"] if challenge.has_quality else [challenge.nonce]
    return digest(":".join([who, *middle, what]).encode())
