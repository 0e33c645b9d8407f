"""A telephone in the room of a visit: waits, is let in, hears and is heard, until somebody hangs up."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any
from uuid import UUID

from hearthline.telephony import rooms
from hearthline.telephony.media.companding import SILENCE, Samples, mix
from hearthline.telephony.media.line import Line
from hearthline.telephony.mesh import BrowserPeer
from hearthline.telephony.prompts import tone
from hearthline.telephony.rooms import Event, Seat
from hearthline.telephony.sip.calls import Call, Ending
from hearthline.telephony.waiting import first_of
from hearthline.visits.choices import SegmentCause

PRESENCE_SECONDS = 10.0
DOOR_HERTZ, DOOR_SECONDS = 660.0, 0.25
REJOINS_MOST = 20
ROUNDS_TO_A_SENTENCE = 6
BEFORE_ANNOUNCING_SECONDS = 1.5  # browsers have connected by then
CAUSES = {Ending.THEY_LEFT: SegmentCause.HUNG_UP, Ending.WE_LEFT: SegmentCause.HUNG_UP}
logger = logging.getLogger(__name__)


class Inside:
    """One telephone's stay in the room, from ``run`` to its end."""

    def __init__(
        self,
        call: Call,
        seat: Seat,
        *,
        say: Callable[[str], Awaitable[None]],
        run: Callable[[Callable[[], Any]], Awaitable[Any]],
        everybody: MutableMapping[UUID, "Inside"],
        announcement: Samples = SILENCE,
    ) -> None:
        self.call, self.seat = call, seat
        self.line: Line = call.line
        self.woken = asyncio.Event()
        self.when_key: Callable[[str], Awaitable[None]] | None = None
        self._say, self._run, self._everybody = say, run, everybody
        self._announcement = deque([announcement[at : at + 160] for at in range(0, len(announcement), 160)])
        self._announce_at = float("inf")
        self._links: dict[int, BrowserPeer] = {}
        self._people: dict[str, dict[str, Any]] = {}
        self._ice: dict[str, Any] | None = None
        self._read_to: dict[UUID, int] = {}  # by place: each numbers its own events
        self._rejoins = self._rounds = 0
        self._is_moving = self._is_aside = self._is_left = False
        self._is_over = False
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- sound -----------------------------------------------------------------------------------------------------

    def _from_telephone(self, frame: Samples) -> None:
        """Pass on what our telephone says, and the announcement that it is there."""
        if self._announcement and asyncio.get_running_loop().time() >= self._announce_at:
            said = self._announcement.popleft()
            frame = mix([frame, said]) if len(said) == len(frame) else frame
        for link in self._links.values():
            link.give_frame(frame)

    def _to_telephone(self) -> Samples:
        return mix([link.take_frame() for link in self._links.values()])

    # --- the stay --------------------------------------------------------------------------------------------------

    async def run(self) -> Ending:
        """Stay until the call or the visit is over; return how it ended."""
        self.line.hear, self.line.speak = self._from_telephone, self._to_telephone
        self._everybody[self.seat.call_id] = self
        self._keep(self._take_keys())
        try:
            welcome = await self._run(partial(rooms.welcome, self.seat))
            if welcome:
                await self._admitted(welcome)
            await self._stay()
        finally:
            self._everybody.pop(self.seat.call_id, None)
            await self._close_links()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.call.hang_up()
            ending = self.call.over.result()
            cause = CAUSES.get(ending, SegmentCause.LOST)
            await self._run(partial(rooms.leave, self.seat, cause))
        return ending

    async def _stay(self) -> None:
        """Follow the room's events until something ends the stay."""
        dead = asyncio.create_task(self.line.is_dead.wait())
        self._tasks.add(dead)
        while not self._is_over and not self.call.over.done():
            self.woken.clear()
            await self._catch_up(self.seat)
            if not await self._run(partial(rooms.stay, self.seat)) or dead.done():
                return
            await self._comfort()
            woken = asyncio.create_task(self.woken.wait())
            await first_of(woken, dead, self.call.over, seconds=PRESENCE_SECONDS)
            woken.cancel()

    async def _catch_up(self, seat: Seat) -> None:
        """Follow what is new at one place; a place that was left meanwhile is read no further."""
        for event in await self._run(partial(rooms.read, seat, self._read_to.get(seat.join_id, 0))):
            self._read_to[seat.join_id] = event.number
            if seat is self.seat and not (self._is_moving and event.name == "superseded"):
                await self._follow(event)

    async def _comfort(self) -> None:
        """Let somebody who waits hear that the line is alive: a soft tone, and a sentence now and then."""
        if self._ice is not None or self._is_over:
            return
        self._rounds += 1
        if self._rounds % ROUNDS_TO_A_SENTENCE == 0:
            await self._say("still_waiting")
        else:
            self.line.play(tone(DOOR_HERTZ, DOOR_SECONDS, 0.05))

    async def _follow(self, event: Event) -> None:
        if event.name == "admitted" and event.body:
            await self._admitted(event.body)
        elif event.name == "waiting":
            await self._put_back()
        elif event.name == "person" and self._ice is not None:
            await self._person(event.body)
        elif event.name == "signal":
            self._signalled(event.body)
        elif event.name in {"ended", "superseded", "removed", "left"}:
            self._is_over = True
            self.line.hush()
            await self._say("elsewhere" if event.name == "superseded" else "ended")
            await self.line.played()

    async def _admitted(self, welcome: dict[str, Any]) -> None:
        if self._ice is None:
            self.line.hush()
            self.line.play(tone(DOOR_HERTZ, DOOR_SECONDS))
            await self._say("admitted")
            self._announce_at = asyncio.get_running_loop().time() + BEFORE_ANNOUNCING_SECONDS
        self._ice = welcome["ice"]
        for person in welcome["people"]:
            await self._person(person)

    async def _put_back(self) -> None:
        self._ice = None
        await self._close_links()
        self.line.hush()
        await self._say("put_back")

    # --- the others ------------------------------------------------------------------------------------------------

    async def _person(self, person: dict[str, Any]) -> None:
        """Somebody came, moved to another device, or went."""
        if person["id"] == str(self.seat.participant_id):
            self._is_aside = person["isAside"]
            return
        before = self._people.get(person["id"], {}).get("number")
        self._people[person["id"]] = person
        is_in = person["state"] == "admitted" and person["number"]
        if before and (not is_in or before != person["number"]):
            await self._unlink(before)
        if is_in and person["number"] not in self._links:
            await self._link(person)
        await self._say_who_went_aside()

    async def _say_who_went_aside(self) -> None:
        """Nobody is left in silence without a word: the clinicians speak apart, and will be back."""
        before, self._is_left = self._is_left, any(one["isAside"] for one in self._people.values())
        if self._is_left and not before and not self._is_aside:
            await self._say("aside")

    async def _link(self, person: dict[str, Any]) -> None:
        number = person["number"]
        peer = BrowserPeer(
            number,
            is_newcomer=self.seat.number > number,
            ice=self._ice or {},
            send=lambda body: self._run(partial(rooms.signal, self.seat, number, body)),
        )
        self._links[number] = peer
        self._keep(self._watch(peer))

    async def _watch(self, peer: BrowserPeer) -> None:
        """Connect, and take a fresh place when the connection fails: every browser then connects anew."""
        await peer.start()
        await peer.is_failed.wait()
        if self._links.get(peer.number) is peer and self._rejoins < REJOINS_MOST:
            self._rejoins += 1
            self._keep(self._rejoin())

    async def _rejoin(self) -> None:
        self._is_moving = True
        seat = await self._run(partial(rooms.rejoin, self.seat))
        if seat is None:  # the room was closed, or a browser of theirs took over, in this moment
            self.call.hang_up()
            return
        await self._close_links()
        self.seat, self._is_moving = seat, False
        self._people.clear()
        welcome = await self._run(partial(rooms.welcome, seat))
        if welcome:
            await self._admitted(welcome)
        self.woken.set()

    def _signalled(self, body: dict[str, Any]) -> None:
        peer = self._links.get(int(body.get("from", 0)))
        if peer is not None:
            self._keep(peer.receive(body))

    async def _unlink(self, number: int) -> None:
        link = self._links.pop(number, None)
        if link is not None:
            await link.close()

    async def _close_links(self) -> None:
        for number in list(self._links):
            await self._unlink(number)

    # --- keys ------------------------------------------------------------------------------------------------------

    async def _take_keys(self) -> None:
        while True:
            key = await self.line.keys.get()
            if self.when_key is not None and self._ice is None:
                await self.when_key(key)

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
