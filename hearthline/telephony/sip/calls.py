"""One call: its dialog and its sound, whoever began it."""

import asyncio
import random
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from hearthline.telephony.media.line import Line
from hearthline.telephony.sip.dialogs import Dialog, respond
from hearthline.telephony.sip.messages import MalformedError, Request, Response
from hearthline.telephony.sip.sdp import (
    CODECS,
    MIRRORED,
    Sound,
    answer_to,
    new_key,
    parse_sound,
    write_sound,
)
from hearthline.telephony.sip.transactions import ServerTransaction
from hearthline.telephony.sip.wires import Peer

if TYPE_CHECKING:
    from hearthline.telephony.sip.agent import UserAgent

SESSIONS = 2**31
INFO_KEY = "signal="


class Progress(StrEnum):
    """How far a call has come."""

    BEGUN = "begun"
    RINGING = "ringing"
    ANSWERED = "answered"
    OVER = "over"


class Ending(StrEnum):
    """How a call ended, as people are told."""

    THEY_LEFT = "they_left"
    WE_LEFT = "we_left"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LOST = "lost"


BUSY_STATUSES = frozenset({486, 600})
NO_ANSWER_STATUSES = frozenset({408, 480, 487})


def ending_of(status: int) -> Ending:
    """Return what a refusal by status means."""
    if status in BUSY_STATUSES:
        return Ending.BUSY
    return Ending.NO_ANSWER if status in NO_ANSWER_STATUSES else Ending.REFUSED


class Call:
    """A call with a telephone. ``over`` is done when it has ended, with how."""

    def __init__(
        self, agent: "UserAgent", peer: Peer, dialog: Dialog, *, number: str, is_incoming: bool
    ) -> None:
        self.agent, self.peer, self.dialog = agent, peer, dialog
        self.number, self.is_incoming = number, is_incoming
        self.line = Line()
        self.progress = Progress.BEGUN
        self.over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.answered = asyncio.Event()
        self.when_progress: Callable[[Progress], None] = lambda _progress: None
        self.invite: Request | None = None
        self.transaction: ServerTransaction | None = None
        self.is_called_off = False
        self.ours: Sound | None = None
        self.session, self.version = random.randrange(SESSIONS), 1  # noqa: S311 - a name, no secret

    def advance(self, progress: Progress) -> None:
        """Note how far the call has come."""
        if progress == self.progress or self.progress is Progress.OVER:
            return
        self.progress = progress
        if progress is Progress.ANSWERED:
            self.answered.set()
        self.when_progress(progress)

    # --- calls that came -------------------------------------------------------------------------------------------

    async def answer(self) -> None:
        """Take a call that came: open the sound and say so.

        Raises:
            MalformedError: what it offers is not for us.
            PortsTakenError: no port is left.
        """
        assert self.invite is not None  # noqa: S101 - only incoming calls are answered
        theirs = parse_sound(self.invite.body) if self.invite.body else None
        port = await self.line.open(self.agent.settings.media_address, self.agent.settings.media_ports)
        if self.progress is Progress.OVER:  # called off in this moment
            self.line.close()
            return
        address = self.agent.settings.media_address
        self.ours = self._offer(port) if theirs is None else answer_to(theirs, address=address, port=port)
        if theirs is not None:
            self.line.connect(self.ours, theirs)
        self._accept(self.invite)
        self.advance(Progress.ANSWERED)

    def _accept(self, request: Request) -> None:
        assert self.ours is not None and self.transaction is not None  # noqa: S101, PT018
        body = write_sound(self.ours, session=self.session, version=self.version)
        headers = (
            ("contact", self.agent.contact),
            ("allow", self.agent.allowed),
            ("content-type", "application/sdp"),
        )
        self.transaction.respond(
            respond(request, 200, tag=self.dialog.key[1], headers=headers, body=body, source=str(self.peer))
        )

    def refuse(self, status: int) -> None:
        """Turn a call away that was not answered."""
        if self.invite is not None and self.transaction is not None:
            self.transaction.respond(
                respond(self.invite, status, tag=self.dialog.key[1], source=str(self.peer))
            )
        self.finish(Ending.WE_LEFT)

    # --- within a call ---------------------------------------------------------------------------------------------

    def acknowledged(self, request: Request) -> None:
        """Their ACK of our 2xx; it holds their description when the INVITE had none."""
        if self.transaction is not None:
            self.transaction.receive_ack()
        if self.ours is None or self.line.received or not request.body:
            return
        try:
            self.line.connect(self.ours, parse_sound(request.body))
        except MalformedError:
            self.hang_up()

    def renegotiated(self, request: Request, transaction: ServerTransaction) -> None:
        """Answer a re-INVITE: put on hold, taken back, or only asked whether we are still there."""
        source, tag = str(self.peer), self.dialog.key[1]
        if self.ours is None or self.progress is not Progress.ANSWERED:
            transaction.respond(respond(request, 491, tag=tag, source=source))
            return
        self.dialog.learn(request)
        if request.body:
            try:
                theirs = parse_sound(request.body)
            except MalformedError:
                transaction.respond(respond(request, 488, tag=tag, source=source))
                return
            self.ours = Sound(
                self.ours.address,
                self.ours.port,
                theirs.codecs[:1],
                theirs.events,
                self.ours.key if theirs.is_secured else b"",
                MIRRORED[theirs.direction],
                theirs.crypto_tag,
            )
            self.line.connect(self.ours, theirs)
        self.version += 1
        self.transaction = transaction
        self._accept(request)

    def informed(self, request: Request) -> None:
        """Take a key that comes by INFO (old telephones send ``Signal=5``)."""
        for line in request.body.decode("utf-8", "replace").lower().splitlines():
            if line.replace(" ", "").startswith(INFO_KEY):
                self.line.press(line.replace(" ", "").removeprefix(INFO_KEY)[:1].upper())

    def offer(self, port: int) -> bytes:
        """Return what we offer in an INVITE of ours."""
        self.ours = self._offer(port)
        return write_sound(self.ours, session=self.session)

    def _offer(self, port: int) -> Sound:
        key = new_key() if self.agent.settings.is_sound_secured else b""
        return Sound(self.agent.settings.media_address, port, tuple(CODECS), key=key)

    def taken(self, response: Response) -> None:
        """Their 2xx to our INVITE."""
        try:
            theirs = parse_sound(response.body)
        except MalformedError:
            self.hang_up()
            return
        if self.ours is not None and self.ours.is_secured and not theirs.is_secured:
            self.hang_up()  # what was to be secured is not sent in the clear
            return
        if self.ours is not None:
            self.line.connect(self.ours, theirs)
        self.advance(Progress.ANSWERED)

    def hang_up(self) -> None:
        """End the call from our side, whatever it has come to."""
        if self.progress is Progress.OVER:
            return
        self.agent.leave(self)
        self.finish(Ending.WE_LEFT)

    def finish(self, ending: Ending) -> None:
        """Close everything; the first ending counts."""
        if self.progress is Progress.OVER:
            return
        self.line.close()
        self.progress = Progress.OVER
        if not self.over.done():
            self.over.set_result(ending)
        self.agent.forget(self)
        self.when_progress(Progress.OVER)
