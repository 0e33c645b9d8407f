"""What a call says at each of its steps: the headers of requests and answers. Pure but for fresh names."""

import secrets
from dataclasses import dataclass, field

from hearthline.telephony.sip.messages import (
    Address,
    MalformedError,
    Pairs,
    Request,
    Response,
    first_of,
    parse_address,
    parse_via,
    split_list,
)

MAGIC = "z9hG4bK"  # RFC 3261 section 8.1.1.7: such branches are unique
ALLOWED = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"
HOPS_MOST = "70"
NAME = "Hearthline"
REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    420: "Bad Extension",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
}


def new_tag() -> str:
    """Return a fresh mark of our end of a dialog."""
    return secrets.token_hex(8)


def new_branch() -> str:
    """Return a fresh name of a transaction."""
    return MAGIC + secrets.token_hex(12)


def new_call_id() -> str:
    """Return a fresh name of a call; it says nothing of us."""
    return secrets.token_hex(16)


def transaction_key(message: Request | Response) -> tuple[str, str, str]:
    """Return what tells a transaction from every other: branch, sender and method (RFC 3261 section 17.2.3).

    Raises:
        MalformedError: its way is unreadable.
    """
    via = parse_via(message.get("via"))
    method = message.sequence[1]
    sender = "" if isinstance(message, Response) else f"{via.host}:{via.port}"
    return via.branch, sender, "INVITE" if method == "ACK" else method


def respond(
    request: Request, status: int, *, tag: str = "", headers: Pairs = (), body: bytes = b"", source: str = ""
) -> Response:
    """Return an answer to a request. ``source`` is where it really came from, ``host:port`` (RFC 3581)."""
    kept: list[tuple[str, str]] = []
    for position, via in enumerate(request.all("via")):
        kept.append(("via", _with_source(via, source) if position == 0 and source else via))
    to = request.get("to")
    if tag and "tag=" not in to:
        to = f"{to};tag={tag}"
    kept += [("record-route", value) for value in request.all("record-route")]
    kept += [
        ("from", request.get("from")),
        ("to", to),
        ("call-id", request.call_id),
        ("cseq", request.get("cseq")),
    ]
    return Response((*kept, *headers), body, status, REASONS.get(status, "Refused"))


def _with_source(via: str, source: str) -> str:
    host, _, port = source.rpartition(":")
    first, *others = split_list(via)
    parts = [part for part in first.split(";") if not part.strip().lower().startswith(("received", "rport"))]
    asked = any(part.strip().lower().startswith("rport") for part in first.split(";"))
    parts += [f"received={host}", *([f"rport={port}"] if asked else [])]
    return ", ".join([";".join(parts), *others])


@dataclass
class Dialog:
    """Who talks with whom: both ends' names, numbers and the way between (RFC 3261 section 12)."""

    call_id: str
    local: str  # From or To of our end, with our tag
    remote: str
    target: str  # where requests go: their Contact
    local_sequence: int = 0
    remote_sequence: int = -1
    routes: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """How a request within the dialog finds it."""
        return self.call_id, parse_address(self.local).tag

    def request(
        self, method: str, *, via: str, contact: str, body: bytes = b"", sequence: int = 0
    ) -> Request:
        """Return a request within the dialog; without ``sequence`` it takes the next number."""
        if not sequence:
            self.local_sequence += 1
            sequence = self.local_sequence
        headers: list[tuple[str, str]] = [
            ("via", f"{via};branch={new_branch()};rport"),
            ("max-forwards", HOPS_MOST),
            *[("route", route) for route in self.routes],
            ("from", self.local),
            ("to", self.remote),
            ("call-id", self.call_id),
            ("cseq", f"{sequence} {method}"),
            ("contact", contact),
            ("user-agent", NAME),
            *([("allow", ALLOWED)] if method == "INVITE" else []),
            *([("content-type", "application/sdp")] if body else []),
        ]
        return Request(tuple(headers), body, method, self.target)

    def is_in_order(self, request: Request) -> bool:
        """Whether a request of theirs is newer than what came before; it is noted then."""
        number = request.sequence[0]
        if number <= self.remote_sequence:
            return False
        self.remote_sequence = number
        return True

    def learn(self, message: Request | Response) -> None:
        """Note where their end is reached from now on."""
        contact = message.get("contact")
        if contact:
            self.target = str(parse_address(first_of(contact)).uri)


def dialog_of_invite(request: Request, tag: str) -> Dialog:
    """Return the dialog that an INVITE of theirs begins.

    Raises:
        MalformedError: it does not say who calls or where to answer.
    """
    caller = parse_address(request.get("from"))
    if not caller.tag:
        raise MalformedError("no tag of the caller")
    contact = split_list(request.get("contact"))
    if not contact:
        raise MalformedError("no contact")
    routes = [route for value in request.all("record-route") for route in split_list(value)]
    return Dialog(
        call_id=request.call_id,
        local=f"{request.get('to')};tag={tag}",
        remote=request.get("from"),
        target=str(parse_address(contact[0]).uri),
        remote_sequence=request.sequence[0],
        routes=routes,
    )


def take_up(dialog: Dialog, response: Response) -> None:
    """Complete the dialog of our INVITE by their 2xx: their tag, contact and the way back."""
    dialog.remote = response.get("to")
    dialog.routes = [route for value in response.all("record-route") for route in split_list(value)][::-1]
    dialog.learn(response)


def acknowledgement(invite: Request, response: Response) -> Request:
    """Return the ACK of a refusal: same branch as its INVITE, their tag (RFC 3261 section 17.1.1.3)."""
    headers = [
        ("via", invite.get("via")),
        ("max-forwards", HOPS_MOST),
        *[("route", route) for route in invite.all("route")],
        ("from", invite.get("from")),
        ("to", response.get("to")),
        ("call-id", invite.call_id),
        ("cseq", f"{invite.sequence[0]} ACK"),
    ]
    return Request(tuple(headers), b"", "ACK", invite.uri)


def cancellation(invite: Request) -> Request:
    """Return the CANCEL of an INVITE that is not answered yet (RFC 3261 section 9.1)."""
    headers = [
        ("via", invite.get("via")),
        ("max-forwards", HOPS_MOST),
        *[("route", route) for route in invite.all("route")],
        ("from", invite.get("from")),
        ("to", invite.get("to")),
        ("call-id", invite.call_id),
        ("cseq", f"{invite.sequence[0]} CANCEL"),
    ]
    return Request(tuple(headers), b"", "CANCEL", invite.uri)


def called_number(request: Request) -> str:
    """Return which number was called: the user of the request's address.

    Raises:
        MalformedError: there is none.
    """
    address: Address = parse_address(f"<{request.uri}>")
    return address.uri.user
