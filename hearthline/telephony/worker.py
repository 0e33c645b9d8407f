"""The worker that telephones: takes calls, rings whom the house wants rung, reads messages out, keeps registered."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import close_old_connections, connections

from hearthline.messaging.transports.voice import CHANNEL as VOICE_CHANNEL
from hearthline.telephony import desk, ears, outgoing
from hearthline.telephony.conversation import CALL_SECONDS_MOST, Conversation, Speaker
from hearthline.telephony.desk import Clinic
from hearthline.telephony.inside import Inside
from hearthline.telephony.media.companding import SILENCE
from hearthline.telephony.media.line import PortsTakenError
from hearthline.telephony.menu import Menu
from hearthline.telephony.outgoing import Reading, Ring
from hearthline.telephony.prompts import Prompter, SilentError
from hearthline.telephony.rooms import Seat
from hearthline.telephony.sip.agent import AgentSettings, UserAgent, registration
from hearthline.telephony.sip.calls import Call, Ending, Progress
from hearthline.telephony.sip.messages import MalformedError
from hearthline.telephony.sip.wires import Wire
from hearthline.telephony.waiting import first_of
from hearthline.visits.models import PhoneCall
from hearthline.visits.services.record import PATIENT_SIDE
from hearthline.visits.services.telephone import CHANNEL as CALL_CHANNEL

THREADS = 8
CLOSING_SECONDS = 10.0
RING_SECONDS = 45.0
LOOK_SECONDS = 20.0  # notifications wake at once; this finds what was notified while nobody listened
REGISTERED_SECONDS = 300
REGISTER_AGAIN_SECONDS = 30.0
SUCCESS = range(200, 300)
State = PhoneCall.State
STATES = {
    Ending.BUSY: State.BUSY,
    Ending.NO_ANSWER: State.NO_ANSWER,
    Ending.REFUSED: State.FAILED,
    Ending.UNREACHABLE: State.FAILED,
}
Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class Worker:
    """Everything that one process does with one trunk."""

    def __init__(self, settings: AgentSettings, prompter: Prompter, *, registers: bool = False) -> None:
        self.agent = UserAgent(settings, self._called)
        self.prompter = prompter
        self._registers = registers
        self._inside: dict[UUID, Inside] = {}
        self._ringing: dict[UUID, Call] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="telephony")
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_listening = asyncio.Event()

    async def start(self, wire: Wire) -> int:
        """Listen for calls and wishes; return the port."""
        port = await self.agent.start(wire)
        for organization_id in await self.run(outgoing.organizations):
            await self.run(partial(outgoing.end_orphans, organization_id))
        self._keep(ears.listen(self._hear, self.is_listening.set))
        self._keep(self._look_again())
        if self._registers:
            self._keep(self._stay_registered())
        return port

    async def stop(self) -> None:
        """Hang up everywhere and end."""
        await self.agent.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        together = threading.Barrier(THREADS)
        await asyncio.gather(*(self.run(partial(_close_connections, together)) for _ in range(THREADS)))
        self._threads.shutdown(wait=True)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run database work in a thread."""

        def inside() -> Result:
            close_old_connections()
            try:
                return work()
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._threads, inside)

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a telephone's work broke off", exc_info=task.exception())

    # --- calls that come ---------------------------------------------------------------------------------------------

    async def _called(self, call: Call) -> None:
        """Take a call: the number says the organization; none of ours is turned away."""
        clinic = await self.run(partial(desk.clinic_at, call.number))
        if clinic is None:
            call.refuse(404)
            return
        if call.over.done():  # called off while we looked
            return
        try:
            await call.answer()
        except MalformedError:
            call.refuse(488)
            return
        except PortsTakenError:
            call.refuse(503)
            return
        try:
            async with asyncio.timeout(CALL_SECONDS_MOST):
                await self._talk(call, clinic)
        except TimeoutError:
            logger.warning("a call was ended for its length")
        finally:
            call.hang_up()

    async def _talk(self, call: Call, clinic: Clinic) -> None:
        menu = Menu(organization=clinic.name, languages=clinic.languages)
        speaker = Speaker(call, self.prompter, clinic.languages[0], clinic.slug, clinic.languages[0])
        conversation = Conversation(speaker, menu, self.run, clinic=clinic)
        joined = await conversation.hold(menu.begin())
        if joined is not None:
            await self._stay(speaker, joined, conversation)

    async def _stay(
        self, speaker: Speaker, joined: PhoneCall, conversation: Conversation | None = None
    ) -> None:
        """Be in the room until somebody hangs up."""
        line = "joined" if joined.participant.role in PATIENT_SIDE else "somebody_joined"
        try:
            announcement = await self.prompter.say(line, language=speaker.house_language, slug=speaker.slug)
        except SilentError:
            announcement = SILENCE
        inside = Inside(
            speaker.call,
            Seat.of(joined),
            say=speaker.say,
            run=self.run,
            everybody=self._inside,
            announcement=announcement,
        )
        if conversation is not None:
            inside.when_key = partial(self._key_inside, conversation)
        await inside.run()

    async def _key_inside(self, conversation: Conversation, key: str) -> None:
        """Somebody who waits would rather be called back."""
        for command in conversation.menu.press(key):
            if conversation.known is not None and hasattr(command, "act"):
                await self.run(partial(desk.call_back, conversation.known))
                await conversation.speaker.say("call_back")
                await conversation.call.line.played()
                conversation.call.hang_up()

    # --- wishes of the house -----------------------------------------------------------------------------------------

    def _hear(self, channel: str, payload: str) -> None:
        """A notification: something in a room, a telephone to ring, a message to read out; ids only."""
        if channel not in {CALL_CHANNEL, VOICE_CHANNEL}:
            for inside in list(self._inside.values()):
                if str(inside.seat.join_id) == payload:
                    inside.woken.set()
            return
        organization, _, name = payload.partition(":")
        self._keep(self._look_at(UUID(organization)))
        for inside in list(self._inside.values()):
            if str(inside.seat.call_id) == name:
                inside.woken.set()
        if channel == CALL_CHANNEL and UUID(name) in self._ringing:
            self._keep(self._hang_up_if_wanted(UUID(organization), UUID(name)))

    async def _hang_up_if_wanted(self, organization_id: UUID, call_id: UUID) -> None:
        wanted = await self.run(partial(outgoing.wants_hang_up, organization_id, call_id))
        call = self._ringing.get(call_id)
        if wanted and call is not None:
            call.hang_up()

    async def _look_again(self) -> None:
        while True:
            for organization_id in await self.run(outgoing.organizations):
                await self._look_at(organization_id)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_at(self, organization_id: UUID) -> None:
        for ring in await self.run(partial(outgoing.claim_rings, organization_id)):
            self._keep(self._ring(ring))
        for reading in await self.run(partial(outgoing.claim_readings, organization_id)):
            self._keep(self._read_out(reading))

    async def _reach(self, number: str, call_id: UUID, when: Callable[[Progress], None]) -> Call | None:
        """Ring a number; return the call once it is answered, or None with its ending noted by ``over``."""
        try:
            call = await self.agent.call(number)
        except PortsTakenError:
            return None
        self._ringing[call_id] = call
        call.when_progress = when
        answered = asyncio.create_task(call.answered.wait())
        await first_of(answered, call.over, seconds=RING_SECONDS)
        answered.cancel()
        if not call.answered.is_set() and not call.over.done():
            call.hang_up()
        return call

    async def _ring(self, ring: Ring) -> None:
        """Ring a visit's telephone, and bring it in once somebody presses the key."""
        told: asyncio.Queue[State | None] = asyncio.Queue()
        self._keep(self._tell(ring, told))

        def when(progress: Progress) -> None:
            known = {Progress.RINGING: State.RINGING, Progress.ANSWERED: State.ANSWERED}.get(progress)
            if known is not None:
                told.put_nowait(known)

        joined = None
        call = await self._reach(ring.number, ring.call_id, when)
        ending = State.FAILED if call is None else State.NO_ANSWER
        try:
            if call is not None and call.answered.is_set():
                speaker = Speaker(call, self.prompter, ring.language, ring.slug, ring.house_language)
                if await speaker.is_taken(ring.line, ring.values):
                    joined = await self.run(partial(outgoing.enter, ring))
                if joined is not None:
                    if joined.language:
                        await speaker.say("still_waiting")
                    told.put_nowait(None)
                    self._ringing.pop(ring.call_id, None)
                    await self._stay(speaker, joined)
            elif call is not None and call.over.done():
                ending = STATES.get(call.over.result(), State.NO_ANSWER)
        finally:
            self._ringing.pop(ring.call_id, None)
            if call is not None:
                call.hang_up()
        if joined is None:
            told.put_nowait(ending)
            told.put_nowait(None)

    async def _tell(self, ring: Ring, told: "asyncio.Queue[State | None]") -> None:
        """Tell how a call goes, in the order in which it went."""
        while (state := await told.get()) is not None:
            await self.run(partial(outgoing.note, ring.organization_id, ring.call_id, state))

    async def _read_out(self, reading: Reading) -> None:
        """Ring somebody, read a message to whoever presses the key, and take their answer."""
        call = await self._reach(reading.number, reading.call_id, lambda _progress: None)
        is_heard = False
        try:
            if call is not None and call.answered.is_set():
                speaker = Speaker(call, self.prompter, reading.language, reading.slug)
                is_heard = await speaker.is_taken("take_message")
                if is_heard:
                    await speaker.read(reading.text)
                    await self._answer_to(speaker, reading)
        finally:
            self._ringing.pop(reading.call_id, None)
            if call is not None:
                call.hang_up()
            await self.run(partial(outgoing.settle, reading, is_heard=is_heard))

    async def _answer_to(self, speaker: Speaker, reading: Reading) -> None:
        """After a message: the menu of its appointment, or goodbye."""
        if reading.known is None:
            await speaker.say("goodbye")
            await speaker.call.line.played()
            return
        menu = Menu(languages=[reading.language], language=reading.language)
        conversation = Conversation(speaker, menu, self.run, known=reading.known)
        async with asyncio.timeout(outgoing.LEASE.total_seconds() / 2):
            await conversation.hold(menu.resume(replace(reading.known.facts, may_join=False)))

    # --- the trunk ----------------------------------------------------------------------------------------------

    async def _stay_registered(self) -> None:
        """Be registered at the trunk, again before it forgets, and soon after it did not answer."""
        dialog = registration(self.agent)
        headers = (("expires", str(REGISTERED_SECONDS)),)
        while True:
            response = await self.agent.ask(dialog, "REGISTER", headers)
            is_known = response is not None and response.status in SUCCESS
            if not is_known:
                logger.warning("the trunk did not take our registration")
            await asyncio.sleep(REGISTERED_SECONDS * 0.8 if is_known else REGISTER_AGAIN_SECONDS)


def _close_connections(together: threading.Barrier) -> None:
    """Close this thread's connections; each of the threads comes here once."""
    together.wait(timeout=CLOSING_SECONDS)
    connections.close_all()
