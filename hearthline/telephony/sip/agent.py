"""The SIP user agent: takes calls from a trunk, makes calls through it, and is registered there when it wants that.

It trusts nobody: requests from addresses that are not the trunk's are dropped unanswered, malformed ones too; what
is more than the limits is refused without being remembered. A call is handed to ``on_call``.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hearthline.telephony.sip import limits
from hearthline.telephony.sip.calls import Call, Ending, Progress, ending_of
from hearthline.telephony.sip.dialogs import (
    ALLOWED,
    Dialog,
    acknowledgement,
    called_number,
    cancellation,
    dialog_of_invite,
    new_call_id,
    new_tag,
    respond,
    take_up,
    transaction_key,
)
from hearthline.telephony.sip.digest import Credentials, authorization, challenges_of
from hearthline.telephony.sip.messages import MalformedError, Request, Response, parse, serialize
from hearthline.telephony.sip.transactions import ClientTransaction, ServerTransaction, Transaction
from hearthline.telephony.sip.wires import Peer, Wire

TRYING, FINAL, FAILED = 100, 200, 300
WANTS_CREDENTIALS = frozenset({401, 407})
REQUIRED = "require"
logger = logging.getLogger(__name__)
Key = tuple[str, str, str]


@dataclass(frozen=True)
class AgentSettings:
    """Where the trunk is, where we are, and as whom we sign in."""

    address: str
    port: int
    trunk: Peer
    domain: str
    media_address: str
    media_ports: Sequence[int] = ()
    credentials: Credentials | None = None
    caller: str = "anonymous"
    is_sound_secured: bool = False
    allowed: limits.Networks = ()
    calls_most: int = limits.CALLS_MOST


@dataclass
class UserAgent:
    """Everything that is going on with one trunk."""

    settings: AgentSettings
    on_call: Callable[[Call], Any]
    counts: Counter[str] = field(default_factory=Counter)
    calls: dict[tuple[str, str], Call] = field(default_factory=dict)
    pace: limits.Pace = field(default_factory=limits.Pace)
    allowed: str = ALLOWED
    wire: Wire | None = None
    port: int = 0
    _clients: dict[Key, ClientTransaction] = field(default_factory=dict)
    _servers: dict[Key, ServerTransaction] = field(default_factory=dict)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def start(self, wire: Wire) -> int:
        """Listen; return the port."""
        self.wire = wire
        self.port = await wire.start(self.settings.address, self.settings.port)
        return self.port

    async def stop(self) -> None:
        """Say goodbye to every telephone and close."""
        for call in list(self.calls.values()):
            call.hang_up()
        for transaction in [*self._clients.values(), *self._servers.values()]:
            transaction.end()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.wire is not None:
            await self.wire.stop()

    # --- names -----------------------------------------------------------------------------------------------------

    @property
    def via(self) -> str:
        """Our station on the way of a request."""
        assert self.wire is not None  # noqa: S101 - nothing is sent before the start
        return f"SIP/2.0/{self.wire.name} {self.settings.address}:{self.port}"

    @property
    def contact(self) -> str:
        """Where requests within a dialog reach us."""
        assert self.wire is not None  # noqa: S101
        return f"<sip:hearthline@{self.settings.address}:{self.port};transport={self.wire.name.lower()}>"

    # --- what comes ------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, peer: Peer) -> None:
        """Take whatever came over the wire; nothing that it holds may stop the worker."""
        if not limits.is_among(peer.host, self.settings.allowed):
            self.counts["stranger"] += 1
            return
        try:
            message = parse(data)
            key = transaction_key(message)
            if isinstance(message, Response):
                self._respond_to(message, key)
            else:
                self._request(message, key, peer)
        except MalformedError:
            self.counts["malformed"] += 1

    def _respond_to(self, response: Response, key: Key) -> None:
        transaction = self._clients.get(key)
        if transaction is not None:
            transaction.receive(response)
        elif response.sequence[1] == "INVITE" and FINAL <= response.status < FAILED:
            call = self._call_of(response.call_id, response.get("from"))
            if call is not None:  # a 2xx sent again: our ACK was lost
                self._acknowledge(call)

    def _request(self, request: Request, key: Key, peer: Peer) -> None:
        known = self._servers.get(key)
        if request.method == "ACK":
            call = self._call_of(request.call_id, request.get("to"))
            if known is not None:
                known.receive_ack()
            if call is not None:
                call.acknowledged(request)
            return
        if known is not None:
            known.receive_again()
            return
        if request.get(REQUIRED):
            self._turn_away(request, 420, peer, (("unsupported", request.get(REQUIRED)),))
            return
        call = self._call_of(request.call_id, request.get("to"))
        if call is not None:
            self._within(call, request, key, peer)
        else:
            self._outside(request, key, peer)

    def _call_of(self, call_id: str, ours: str) -> Call | None:
        _, _, tag = ours.rpartition("tag=")
        return self.calls.get((call_id, tag.partition(";")[0]))

    def _within(self, call: Call, request: Request, key: Key, peer: Peer) -> None:
        if not call.dialog.is_in_order(request):
            self._turn_away(request, 500, peer)
            return
        call.peer = peer
        transaction = self._serve(request, key, peer)
        if request.method == "INVITE":
            call.renegotiated(request, transaction)
            return
        status = 200 if request.method in {"BYE", "INFO", "OPTIONS"} else 405
        transaction.respond(respond(request, status, headers=(("allow", ALLOWED),), source=str(peer)))
        if request.method == "BYE":
            call.finish(Ending.THEY_LEFT)
        elif request.method == "INFO":
            call.informed(request)

    def _outside(self, request: Request, key: Key, peer: Peer) -> None:
        if request.method == "INVITE":
            self._invited(request, key, peer)
        elif request.method == "CANCEL":
            self._cancelled(request, key, peer)
        elif request.method == "OPTIONS":
            self._turn_away(request, 200, peer, (("allow", ALLOWED), ("accept", "application/sdp")))
        else:
            self._turn_away(request, 481 if request.method in {"BYE", "INFO"} else 405, peer)

    def _invited(self, request: Request, key: Key, peer: Peer) -> None:
        if "tag=" in request.get("to"):
            self._turn_away(request, 481, peer)
            return
        has_room = (
            len(self.calls) < self.settings.calls_most and len(self._servers) < limits.TRANSACTIONS_MOST
        )
        if not self.pace.allows(peer.host) or not has_room:
            self.counts["refused"] += 1
            self._turn_away(request, 503, peer, (("retry-after", limits.RETRY_AFTER_SECONDS),))
            return
        dialog = dialog_of_invite(request, new_tag())
        call = Call(self, peer, dialog, number=called_number(request), is_incoming=True)
        call.invite, call.transaction = request, self._serve(request, key, peer)
        call.transaction.when_unacknowledged = call.hang_up
        self.calls[dialog.key] = call
        call.transaction.respond(respond(request, 100, source=str(peer)))
        self.keep(self.on_call(call))

    def _cancelled(self, request: Request, key: Key, peer: Peer) -> None:
        invited = self._servers.get((key[0], key[1], "INVITE"))
        self._turn_away(request, 481 if invited is None else 200, peer)
        if invited is None:
            return
        for call in list(self.calls.values()):
            if call.transaction is invited and call.progress is not Progress.ANSWERED:
                call.refuse(487)

    def _turn_away(self, request: Request, status: int, peer: Peer, headers: Any = ()) -> None:
        """Answer without remembering: who asks again is answered again."""
        self._send(respond(request, status, tag=new_tag(), headers=headers, source=str(peer)), peer)

    # --- what goes -------------------------------------------------------------------------------------------------

    def _send(self, message: Request | Response, peer: Peer) -> None:
        if self.wire is not None:
            self.wire.send(serialize(message), peer)

    def keep(self, work: Any) -> None:
        """Run a coroutine beside everything else; it ends with the agent."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _line_to(self, peer: Peer) -> dict[str, Any]:
        assert self.wire is not None  # noqa: S101
        return {
            "is_reliable": self.wire.is_reliable,
            "transmit": lambda message: self._send(message, peer),
            "later": asyncio.get_running_loop().call_later,
        }

    def _serve(self, request: Request, key: Key, peer: Peer) -> ServerTransaction:
        transaction = ServerTransaction(request, **self._line_to(peer))
        self._remember(self._servers, key, transaction)
        return transaction

    def _remember(self, among: Any, key: Key, transaction: Transaction) -> None:
        among[key] = transaction
        transaction.when_over = lambda: among.pop(key, None)

    def _ask(
        self,
        request: Request,
        peer: Peer,
        heard: Callable[[Response], None],
        when_silent: Callable[[], None],
    ) -> ClientTransaction:
        """Send a request and hear what is answered."""
        transaction = ClientTransaction(
            request,
            **self._line_to(peer),
            heard=heard,
            when_silent=when_silent,
            acknowledge=lambda response: acknowledgement(request, response),
        )
        branch, _, method = transaction_key(request)
        self._remember(self._clients, (branch, "", method), transaction)
        transaction.start()
        return transaction

    async def ask(
        self, dialog: Dialog, method: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> Response | None:
        """Send a request to the trunk, with credentials if it wants them; None when nothing is answered."""
        signed: tuple[tuple[str, str], ...] = ()
        response = None
        for count in (1, 2):
            request = dialog.request(method, via=self.via, contact=self.contact)
            for name, value in (*headers, *signed):
                request = request.with_header(name, value)
            response = await self._answer_to(request)
            signed = self._sign(response, request, count) if response is not None else ()
            if not signed:
                break
        return response

    async def _answer_to(self, request: Request) -> Response | None:
        done: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()

        def settle(response: Response | None) -> None:
            if not done.done() and (response is None or response.status >= FINAL):
                done.set_result(response)

        self._ask(request, self.settings.trunk, settle, lambda: settle(None))
        return await done

    def _sign(self, response: Response, request: Request, count: int) -> tuple[tuple[str, str], ...]:
        """Return the header that answers a challenge; none when there is none, or it was answered before."""
        if response.status not in WANTS_CREDENTIALS or self.settings.credentials is None or count > 1:
            return ()
        challenges = challenges_of(response)
        if not challenges:
            return ()
        value = authorization(
            challenges[0], self.settings.credentials, method=request.method, uri=request.uri, count=count
        )
        return ((challenges[0].header, value),)

    # --- calls of ours ---------------------------------------------------------------------------------------------

    async def call(self, number: str) -> Call:
        """Ring a number through the trunk. The call tells how it goes by ``when_progress`` and ``over``.

        Raises:
            PortsTakenError: no port is left for its sound.
        """
        trunk = self.settings.trunk
        target = f"sip:{number}@{trunk}"
        dialog = Dialog(
            call_id=new_call_id(),
            local=f"<sip:{self.settings.caller}@{self.settings.domain}>;tag={new_tag()}",
            remote=f"<{target}>",
            target=target,
        )
        call = Call(self, trunk, dialog, number=number, is_incoming=False)
        body = call.offer(await call.line.open(self.settings.media_address, self.settings.media_ports))
        self.calls[dialog.key] = call
        self._invite(call, body, (), 1)
        return call

    def _invite(self, call: Call, body: bytes, signed: tuple[tuple[str, str], ...], count: int) -> None:
        request = call.dialog.request("INVITE", via=self.via, contact=self.contact, body=body)
        for name, value in signed:
            request = request.with_header(name, value)
        call.invite = request

        def heard(response: Response) -> None:
            again = self._sign(response, request, count)
            if again and call.progress is not Progress.OVER:
                self._invite(call, body, again, count + 1)
            else:
                self._heard_of(call, response)

        self._ask(request, call.peer, heard, lambda: call.finish(Ending.UNREACHABLE))

    def _heard_of(self, call: Call, response: Response) -> None:
        is_over = call.progress is Progress.OVER
        if response.status < FINAL:
            self._rings(call, response, is_over=is_over)
            return
        if response.status >= FAILED:
            call.finish(ending_of(response.status))
            return
        take_up(call.dialog, response)
        self._acknowledge(call)
        if is_over:  # answered in the moment in which we hung up
            self._goodbye(call)
        else:
            call.taken(response)

    def _rings(self, call: Call, response: Response, *, is_over: bool) -> None:
        if is_over:  # hung up before anything was heard: only now may it be called off (section 9.1)
            self._call_off(call)
        elif response.status > TRYING:
            call.advance(Progress.RINGING)

    def _call_off(self, call: Call) -> None:
        if call.invite is not None and not call.is_called_off:
            call.is_called_off = True
            self._ask(cancellation(call.invite), call.peer, lambda _response: None, lambda: None)

    def _acknowledge(self, call: Call) -> None:
        assert call.invite is not None  # noqa: S101 - it was ours
        ack = call.dialog.request("ACK", via=self.via, contact=self.contact, sequence=call.invite.sequence[0])
        for name in ("authorization", "proxy-authorization"):
            if call.invite.get(name):
                ack = ack.with_header(name, call.invite.get(name))
        self._send(ack, call.peer)

    def leave(self, call: Call) -> None:
        """Tell the other end that we go: BYE, CANCEL, or a refusal, as far as it has come."""
        if call.progress is Progress.ANSWERED:
            self._goodbye(call)
        elif call.is_incoming:
            call.refuse(486)
        elif call.progress is Progress.RINGING:
            self._call_off(call)

    def _goodbye(self, call: Call) -> None:
        bye = call.dialog.request("BYE", via=self.via, contact=self.contact)
        self._ask(bye, call.peer, lambda _response: None, lambda: None)

    def forget(self, call: Call) -> None:
        """A call is over."""
        self.calls.pop(call.dialog.key, None)


def registration(agent: UserAgent) -> Dialog:
    """Return the dialog-like row of REGISTER requests of one run (RFC 3261 section 10.2)."""
    settings = agent.settings
    user = settings.credentials.user if settings.credentials is not None else settings.caller
    ours = f"<sip:{user}@{settings.domain}>"
    return Dialog(new_call_id(), f"{ours};tag={new_tag()}", ours, f"sip:{settings.domain}")
