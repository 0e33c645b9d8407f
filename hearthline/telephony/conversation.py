"""One call from its first word: the menu is spoken, keys are heard, and what they mean is done."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from hearthline.messaging.rules import Intent
from hearthline.telephony import desk
from hearthline.telephony.desk import Changed, Clinic, Known
from hearthline.telephony.menu import Act, Command, Do, Menu, Say
from hearthline.telephony.prompts import Prompter, SilentError, tone
from hearthline.telephony.sip.calls import Call
from hearthline.telephony.waiting import first_of
from hearthline.visits.models import PhoneCall

KEY_SECONDS = 12.0  # after the last word
TAKE_TRIES = 2
TAKE_SECONDS = 6.0
TAKE_KEY = "1"
CALL_SECONDS_MOST = 4 * 3600.0
UNSPEAKABLE_HERTZ = 440.0
Run = Callable[[Callable[[], Any]], Awaitable[Any]]
logger = logging.getLogger(__name__)


@dataclass
class Speaker:
    """Speaks to one telephone in one language."""

    call: Call
    prompter: Prompter
    language: str
    slug: str = ""
    house_language: str = "en"  # of those who are told that a telephone has come

    async def say(self, name: str, values: Mapping[str, str] | None = None) -> None:
        """Queue a line; what cannot be spoken is a tone, so that nobody listens into nothing."""
        try:
            sound = await self.prompter.say(name, language=self.language, slug=self.slug, values=values)
        except SilentError:
            logger.exception("a line could not be spoken")
            sound = tone(UNSPEAKABLE_HERTZ, 0.5)
        self.call.line.play(sound)

    async def read(self, text: str) -> None:
        """Queue any text."""
        try:
            self.call.line.play(await self.prompter.speak(text, self.language))
        except SilentError:
            logger.exception("a text could not be spoken")

    async def key(self, seconds: float) -> str:
        """Return the next key, cutting off what is being said; empty when none comes after the last word."""
        getting = asyncio.create_task(self.call.line.keys.get())
        done = asyncio.create_task(self.call.line.played())
        try:
            await first_of(getting, done, self.call.over)
            if not getting.done():
                await first_of(getting, self.call.over, seconds=seconds)
            if not getting.done():
                return ""
            self.call.line.hush()
            return getting.result()
        finally:
            getting.cancel()
            done.cancel()

    async def is_taken(self, line: str, values: Mapping[str, str] | None = None) -> bool:
        """Ask whoever answered to press a key: an answering machine does not, and learns nothing."""
        for _ in range(TAKE_TRIES):
            await self.say(line, values)
            key = await self.key(TAKE_SECONDS)
            if key == TAKE_KEY:
                return True
            if self.call.over.done():
                return False
        return False


@dataclass
class Conversation:
    """A menu on a line."""

    speaker: Speaker
    menu: Menu
    run: Run
    clinic: Clinic | None = None
    known: Known | None = None
    slots: Sequence[desk.Slot] = field(default_factory=list)
    joined: PhoneCall | None = None

    @property
    def appointment(self) -> Known:
        """The appointment that is talked about; the menu asks for nothing before there is one."""
        assert self.known is not None  # noqa: S101
        return self.known

    @property
    def call(self) -> Call:
        """The call that is talked on."""
        return self.speaker.call

    async def hold(self, commands: list[Command]) -> PhoneCall | None:
        """Talk until somebody hangs up, or comes into a visit: then their place there is returned."""
        while commands or not self.call.over.done():
            if await self._carry_out(commands):
                return self.joined
            key = await self.speaker.key(KEY_SECONDS)
            if self.call.over.done():
                return None
            commands = self.menu.press(key) if key else self.menu.silent()
        return None

    async def _carry_out(self, commands: list[Command]) -> bool:
        """Say and do; True when the talk is over."""
        pending = list(commands)
        while pending and not self.call.over.done():
            command = pending.pop(0)
            if isinstance(command, Say):
                self.speaker.language = self._language_of(command)
                await self.speaker.say(command.name, command.values or None)
            elif command.act is Act.HANG_UP:
                await self.call.line.played()
                self.call.hang_up()
                return True
            else:
                pending = await self._do(command) + pending
        return self.joined is not None

    def _language_of(self, command: Say) -> str:
        """The hint at the other language is said in that language."""
        return self.menu.next_language if command.name == "language" else self.menu.language

    async def _do(self, command: Do) -> list[Command]:
        acts: dict[Act, Callable[[str], Awaitable[list[Command]]]] = {
            Act.CHECK_PIN: self._check_pin,
            Act.JOIN: self._join,
            Act.CONFIRM: partial(self._wish, intent=Intent.CONFIRM),
            Act.CANCEL: partial(self._wish, intent=Intent.CANCEL),
            Act.FIND_TIMES: self._find_times,
            Act.MOVE: self._move,
            Act.CALL_BACK: self._call_back,
        }
        return await acts[command.act](command.argument)

    async def _check_pin(self, pin: str) -> list[Command]:
        assert self.clinic is not None  # noqa: S101 - digits are asked for by the clinic's own number only
        caller = self.call.dialog.remote.partition(";tag")[0]
        checked = await self.run(partial(desk.check_pin, self.clinic, pin, caller))
        self.known = checked.known
        if self.known is None:
            return self.menu.pin_checked(None, is_locked=checked.is_locked)
        return self.menu.pin_checked(self.known.facts, language=self.known.language)

    async def _join(self, _argument: str) -> list[Command]:
        result = await self.run(partial(desk.join, self.appointment, self.call.number))
        if isinstance(result, Changed):
            return self._changed(result)
        self.joined = result
        return self.menu.entered()

    async def _wish(self, _argument: str, *, intent: Intent) -> list[Command]:
        return self._changed(await self.run(partial(desk.wish, self.appointment, intent)))

    async def _find_times(self, _argument: str) -> list[Command]:
        self.slots = await self.run(partial(desk.other_times, self.appointment))
        return self.menu.times_found([slot.words for slot in self.slots])

    async def _move(self, argument: str) -> list[Command]:
        return self._changed(await self.run(partial(desk.move, self.appointment, self.slots[int(argument)])))

    async def _call_back(self, _argument: str) -> list[Command]:
        result = await self.run(partial(desk.call_back, self.appointment))
        return self.menu.to_be_called() if result.line == "call_back" else self._changed(result)

    def _changed(self, changed: Changed) -> list[Command]:
        """A message that was read out opens the appointment, not the visit: for that its digits are asked."""
        facts = changed.facts if self.clinic is not None else replace(changed.facts, may_join=False)
        return self.menu.changed(changed.line, facts)
