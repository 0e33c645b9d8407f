"""The description of a telephone's sound (SDP, RFC 8866) in the little that a telephone needs. Pure."""

import base64
import secrets
from dataclasses import dataclass
from ipaddress import ip_address

from hearthline.telephony.sip.messages import MalformedError

PCMU, PCMA = 0, 8
EVENTS = 101  # our number for keys pressed (RFC 4733)
CODECS = {PCMU: "PCMU/8000", PCMA: "PCMA/8000"}
PACKET_MS = 20
LINES_MOST = 200
SUITE = "AES_CM_128_HMAC_SHA1_80"
KEY_BYTES = 30  # key and salt of that suite, RFC 4568 section 6.2
DIRECTIONS = {"sendrecv", "sendonly", "recvonly", "inactive"}
MIRRORED = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive", "sendrecv": "sendrecv"}
LEAST_PORT, MOST_PORT = 1, 65_535


@dataclass(frozen=True)
class Sound:
    """Where one end takes sound, in which forms, and by which key (empty: in the clear)."""

    address: str
    port: int
    codecs: tuple[int, ...]
    events: int | None = EVENTS
    key: bytes = b""
    direction: str = "sendrecv"
    crypto_tag: str = "1"

    @property
    def is_secured(self) -> bool:
        """Whether the sound is sent as SRTP."""
        return bool(self.key)


def parse_sound(body: bytes) -> Sound:
    """Return the first line of sound that we can take.

    Raises:
        MalformedError: there is none.
    """
    try:
        lines = [line.strip() for line in body.decode("utf-8").splitlines()]
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None
    if len(lines) > LINES_MOST:
        raise MalformedError("too many lines")
    session = lines[: _first_media(lines)]
    media = _sound_lines(lines)
    kind, port, profile, formats = _media_line(media[0])
    address = _address(media) or _address(session)
    if kind != "audio" or not address:
        raise MalformedError("no sound")
    key, tag = _key(media) if profile.startswith("RTP/SAVP") else (b"", "1")
    if profile.startswith("RTP/SAVP") and not key:
        raise MalformedError("no key that we know")
    return Sound(
        address, port, _codecs(formats), _events(media, formats), key, _direction(session, media), tag
    )


def _first_media(lines: list[str]) -> int:
    return next((index for index, line in enumerate(lines) if line.startswith("m=")), len(lines))


def _sound_lines(lines: list[str]) -> list[str]:
    """Return the lines of the first sound that is not switched off (port 0)."""
    starts = [index for index, line in enumerate(lines) if line.startswith("m=")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=False):
        if lines[start].startswith("m=audio ") and not lines[start].startswith("m=audio 0 "):
            return lines[start:end]
    raise MalformedError("no sound")


def _media_line(line: str) -> tuple[str, int, str, list[int]]:
    parts = line.removeprefix("m=").split()
    if len(parts) < 4 or not parts[1].isascii() or not parts[1].isdigit():
        raise MalformedError("no media line")
    port = int(parts[1][:6])
    if not LEAST_PORT <= port <= MOST_PORT:
        raise MalformedError("no such port")
    formats = [int(part) for part in parts[3:] if part.isascii() and part.isdigit() and len(part) < 4]
    return parts[0], port, parts[2], formats


def _address(lines: list[str]) -> str:
    line = next((line for line in lines if line.startswith("c=IN IP")), "")
    text = line.rpartition(" ")[2].partition("/")[0]
    try:
        return str(ip_address(text)) if text else ""
    except ValueError:
        raise MalformedError("no address of sound") from None


def _codecs(formats: list[int]) -> tuple[int, ...]:
    known = tuple(one for one in formats if one in CODECS)
    if not known:
        raise MalformedError("no sound that we can decode")
    return known


def _events(lines: list[str], formats: list[int]) -> int | None:
    for line in lines:
        number, _, name = line.removeprefix("a=rtpmap:").partition(" ")
        is_events = line.startswith("a=rtpmap:") and name.lower().startswith("telephone-event/8000")
        if is_events and number.isascii() and number.isdigit() and int(number) in formats:
            return int(number)
    return None


def _direction(session: list[str], media: list[str]) -> str:
    found = [line.removeprefix("a=") for line in [*session, *media] if line.removeprefix("a=") in DIRECTIONS]
    return found[-1] if found else "sendrecv"


def _key(lines: list[str]) -> tuple[bytes, str]:
    """Return the first key of the suite that we speak, and its tag."""
    for line in lines:
        tag, _, rest = line.removeprefix("a=crypto:").partition(" ")
        suite, _, inline = rest.partition(" ")
        if not line.startswith("a=crypto:") or suite != SUITE or not inline.startswith("inline:"):
            continue
        text = inline.removeprefix("inline:").split()[0].partition("|")[0]
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:
            continue
        if len(key) == KEY_BYTES:
            return key, tag
    return b"", "1"


def new_key() -> bytes:
    """Return a fresh key and salt for one direction of one call."""
    return secrets.token_bytes(KEY_BYTES)


def write_sound(sound: Sound, *, session: int, version: int = 1) -> bytes:
    """Return the description of our end."""
    family = "IP6" if ":" in sound.address else "IP4"
    formats = [*sound.codecs, *([sound.events] if sound.events is not None else [])]
    profile = "RTP/SAVP" if sound.is_secured else "RTP/AVP"
    lines = [
        "v=0",
        f"o=- {session} {version} IN {family} {sound.address}",
        "s=-",
        f"c=IN {family} {sound.address}",
        "t=0 0",
        f"m=audio {sound.port} {profile} {' '.join(str(one) for one in formats)}",
        *[f"a=rtpmap:{one} {CODECS[one]}" for one in sound.codecs],
    ]
    if sound.events is not None:
        lines += [f"a=rtpmap:{sound.events} telephone-event/8000", f"a=fmtp:{sound.events} 0-15"]
    if sound.key:
        shown = base64.b64encode(sound.key).decode()
        lines.append(f"a=crypto:{sound.crypto_tag} {SUITE} inline:{shown}")
    lines += [f"a=ptime:{PACKET_MS}", f"a={sound.direction}"]
    return ("\r\n".join(lines) + "\r\n").encode()


def answer_to(offer: Sound, *, address: str, port: int) -> Sound:
    """Return our end for an offer: their first form of sound that we know, their number for keys, secured as theirs."""
    return Sound(
        address=address,
        port=port,
        codecs=offer.codecs[:1],
        events=offer.events,
        key=new_key() if offer.is_secured else b"",
        direction=MIRRORED[offer.direction],
        crypto_tag=offer.crypto_tag,
    )
