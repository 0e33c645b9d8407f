"""SIP messages as bytes and as values (RFC 3261 sections 7 and 20): a strict, small reader and writer. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

VERSION = "SIP/2.0"
MESSAGE_BYTES_MOST = 16_384
HEADERS_MOST = 80
HEADER_LENGTH_MOST = 2_048
NUMBER_MOST = 2**31 - 1  # CSeq: RFC 3261 section 8.1.1.5
STATUS_LEAST, STATUS_MOST = 100, 699
COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
    "k": "supported",
    "s": "subject",
    "e": "content-encoding",
}
NEEDED = ("via", "from", "to", "call-id", "cseq")
_TOKEN = re.compile(r"^[A-Za-z0-9.!%*_+`'~-]{1,64}$")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
END_OF_HEAD = b"\r\n\r\n"

Pairs = tuple[tuple[str, str], ...]


class MalformedError(ValueError):
    """What came is no SIP message, or one beyond our limits. It is dropped without an answer."""


@dataclass(frozen=True)
class Message:
    """What requests and responses have in common. Names of headers are in lower case and in their long form."""

    headers: Pairs
    body: bytes = b""

    def get(self, name: str, default: str = "") -> str:
        """Return the first header of that name."""
        return next((value for known, value in self.headers if known == name), default)

    def all(self, name: str) -> list[str]:
        """Return every header of that name, in order."""
        return [value for known, value in self.headers if known == name]

    def with_header(self, name: str, value: str) -> Self:
        """Return the message with one header more."""
        return replace(self, headers=(*self.headers, (name, value)))

    def replaced(self, name: str, value: str) -> Self:
        """Return the message with the first header of that name replaced."""
        position = next(index for index, (known, _) in enumerate(self.headers) if known == name)
        pairs = list(self.headers)
        pairs[position] = (name, value)
        return replace(self, headers=tuple(pairs))

    @property
    def call_id(self) -> str:
        """The name of the call that the message belongs to."""
        return self.get("call-id")

    @property
    def sequence(self) -> tuple[int, str]:
        """The number and method of CSeq."""
        number, _, method = self.get("cseq").partition(" ")
        return int(number), method.strip()


@dataclass(frozen=True)
class Request(Message):
    """A request, for example INVITE."""

    method: str = ""
    uri: str = ""


@dataclass(frozen=True)
class Response(Message):
    """An answer, for example 200 OK."""

    status: int = 0
    reason: str = ""


def parse(data: bytes) -> Request | Response:
    """Return the message in a datagram, or in a whole frame of a stream.

    Raises:
        MalformedError: it is none.
    """
    if len(data) > MESSAGE_BYTES_MOST:
        raise MalformedError("too large")
    head, separator, body = data.lstrip(b"\r\n").partition(END_OF_HEAD)
    if not separator:
        raise MalformedError("no end of the head")
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None
    headers = _headers(lines[1:])
    message = _started(lines[0], headers, _cut(headers, body))
    _check(message)
    return message


def _headers(lines: list[str]) -> Pairs:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and unfolded:
            unfolded[-1] += " " + line.strip()
        else:
            unfolded.append(line)
    if len(unfolded) > HEADERS_MOST:
        raise MalformedError("too many headers")
    return tuple(_header(line) for line in unfolded)


def _header(line: str) -> tuple[str, str]:
    name, separator, value = line.partition(":")
    name = name.strip().lower()
    is_bad = (
        not separator or not _TOKEN.match(name) or len(value) > HEADER_LENGTH_MOST or _CONTROL.search(value)
    )
    if is_bad:
        raise MalformedError("not a header")
    return COMPACT.get(name, name), value.strip()


def _cut(headers: Pairs, body: bytes) -> bytes:
    """Return as much of the body as Content-Length says."""
    stated = next((value for name, value in headers if name == "content-length"), "")
    if not stated:
        return body
    length = _number(stated)
    if length > len(body):
        raise MalformedError("body is cut short")
    return body[:length]


def _started(line: str, headers: Pairs, body: bytes) -> Request | Response:
    first, _, rest = line.partition(" ")
    middle, _, last = rest.partition(" ")
    if first == VERSION:
        status = _number(middle)
        if not STATUS_LEAST <= status <= STATUS_MOST:
            raise MalformedError("no such status")
        return Response(headers, body, status, last)
    if last != VERSION or not _TOKEN.match(first) or not middle or len(middle) > HEADER_LENGTH_MOST:
        raise MalformedError("no start line")
    return Request(headers, body, first, middle)


def _check(message: Request | Response) -> None:
    for name in NEEDED:
        if not message.get(name):
            raise MalformedError(f"no {name}")
    number, _, method = message.get("cseq").partition(" ")
    if _number(number) > NUMBER_MOST or not _TOKEN.match(method.strip()):
        raise MalformedError("no CSeq")
    if isinstance(message, Request) and method.strip() != message.method:
        raise MalformedError("CSeq of another method")


def _number(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise MalformedError("not a number")
    return int(text)


def serialize(message: Request | Response) -> bytes:
    """Return the message as it goes over the wire, with its length.

    Raises:
        MalformedError: a value would break out of its line.
    """
    if isinstance(message, Request):
        lines = [f"{message.method} {message.uri} {VERSION}"]
    else:
        lines = [f"{VERSION} {message.status} {message.reason}"]
    lines += [f"{_title(name)}: {value}" for name, value in message.headers if name != "content-length"]
    lines.append(f"Content-Length: {len(message.body)}")
    if any(_CONTROL.search(line) for line in lines):
        raise MalformedError("a line holds a control character")
    return "\r\n".join(lines).encode() + END_OF_HEAD + message.body


def _title(name: str) -> str:
    special = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}
    return special.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def take_frame(buffer: bytes) -> tuple[bytes | None, bytes]:
    """Return the first whole message of a stream and what follows it; None while it is not whole (RFC 3261 18.3).

    Raises:
        MalformedError: the stream can no longer be cut into messages.
    """
    buffer = buffer.lstrip(b"\r\n")  # keep-alive of RFC 5626
    head, separator, rest = buffer.partition(END_OF_HEAD)
    if not separator:
        if len(buffer) > MESSAGE_BYTES_MOST:
            raise MalformedError("too large")
        return None, buffer
    found = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d{1,6})[ \t]*\r?$", head)
    if found is None:
        raise MalformedError("no length in a stream")
    length = len(head) + len(END_OF_HEAD) + int(found[1])
    if length > MESSAGE_BYTES_MOST:
        raise MalformedError("too large")
    return (buffer[:length], buffer[length:]) if len(buffer) >= length else (None, head + separator + rest)


# --- addresses and parameters ---------------------------------------------------------------------------------------


def split_list(value: str) -> list[str]:
    """Return the parts of a header that holds a list; commas in quotes and angle brackets do not part."""
    parts, start, quoted, depth = [], 0, False, 0
    for position, sign in enumerate(value):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in "<>":
            depth += 1 if sign == "<" else -1
        elif sign == "," and not quoted and depth <= 0:
            parts.append(value[start:position].strip())
            start = position + 1
    return [part for part in [*parts, value[start:].strip()] if part]


def first_of(value: str) -> str:
    """Return the first part of a header that holds a list.

    Raises:
        MalformedError: it holds nothing.
    """
    parts = split_list(value)
    if not parts:
        raise MalformedError("an empty list")
    return parts[0]


def parameters(parts: Iterable[str]) -> dict[str, str]:
    """Return ``name=value`` parts as a dictionary, names in lower case and quotes taken off."""
    found = {}
    for part in parts:
        name, _, value = part.strip().partition("=")
        if name:
            found[name.strip().lower()] = value.strip().strip('"')
    return found


@dataclass(frozen=True)
class Uri:
    """A SIP address: ``sip:user@host:port;parameters``. ``port`` 0: none was named."""

    user: str
    host: str
    port: int = 0
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        user = f"{self.user}@" if self.user else ""
        options = "".join(f";{name}={value}" if value else f";{name}" for name, value in self.options)
        return f"sip:{user}{self.host}{port}{options}"


_SHOWN_NAME = re.compile(r'^\s*"(?:[^"\\]|\\.)*"\s*')
_URI = re.compile(
    r"^(?:sips?|tel):(?:(?P<user>[^@<>\s\"]{1,128})@)?(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.+-]{1,253})"
    r"(?::(?P<port>\d{1,5}))?(?P<options>(?:;[^\s<>]{0,512})?)$"
)


def parse_uri(text: str) -> Uri:
    """Return a SIP or telephone address.

    Raises:
        MalformedError: it is none.
    """
    found = _URI.match(text.partition("?")[0].strip())
    if found is None:
        raise MalformedError("not an address")
    port = int(found["port"] or 0)
    if port > 65_535:
        raise MalformedError("no such port")
    options = tuple(parameters(filter(None, found["options"].split(";"))).items())
    user, host = found["user"] or "", found["host"]
    if text.startswith("tel:"):
        user, host = host, ""
    return Uri(user.partition(";")[0].partition(":")[0], host, port, options)


@dataclass(frozen=True)
class Address:
    """The value of From, To, Contact and the like."""

    uri: Uri
    options: dict[str, str]

    @property
    def tag(self) -> str:
        """The end's mark within a dialog."""
        return self.options.get("tag", "")


def parse_address(value: str) -> Address:
    """Return an address with its parameters.

    Raises:
        MalformedError: it is none.
    """
    value = _SHOWN_NAME.sub("", value)
    if "<" in value:
        _, _, rest = value.partition("<")
        text, closed, after = rest.partition(">")
        if not closed:
            raise MalformedError("an address is not closed")
        return Address(parse_uri(text), parameters(after.split(";")))
    text, _, after = value.partition(";")
    return Address(parse_uri(text), parameters(after.split(";")))


@dataclass(frozen=True)
class Via:
    """One station of a request's way."""

    transport: str
    host: str
    port: int
    options: dict[str, str]

    @property
    def branch(self) -> str:
        """What tells one transaction from another."""
        return self.options.get("branch", "")


def parse_via(value: str) -> Via:
    """Return the first station of a Via header.

    Raises:
        MalformedError: it is none.
    """
    first = first_of(value)
    sent, _, rest = first.partition(";")
    protocol, _, by = sent.strip().rpartition(" ")
    transport = protocol.replace(" ", "").rpartition("/")[2].upper()
    place = parse_uri(f"sip:{by.strip()}")
    if not transport or not place.host:
        raise MalformedError("no station")
    return Via(transport, place.host, place.port, parameters(rest.split(";")))
