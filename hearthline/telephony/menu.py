"""The spoken menu as a pure machine: keys in, sentences and acts out. No sound, database or clock in here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

PIN_TRIES = 3
SILENCES_MOST = 3
TIMES_MOST = 3
PIN_DIGITS = 8


class Act(StrEnum):
    """What the menu wants done; the answer comes back by ``done``."""

    CHECK_PIN = "check_pin"
    JOIN = "join"
    CONFIRM = "confirm"
    FIND_TIMES = "find_times"
    MOVE = "move"
    CANCEL = "cancel"
    CALL_BACK = "call_back"
    HANG_UP = "hang_up"


class Step(StrEnum):
    """Where somebody is in the menu."""

    PIN = "pin"
    MAIN = "main"
    TIMES = "times"
    SURE = "sure"
    BUSY = "busy"
    INSIDE = "inside"
    OVER = "over"


@dataclass(frozen=True)
class Say:
    """A line to be said, with what is filled in."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Do:
    """An act to be done."""

    act: Act
    argument: str = ""


Command = Say | Do


@dataclass(frozen=True)
class Facts:
    """What is said of the appointment. ``may_change``: it is booked and has not begun."""

    practitioner: str = ""
    when: str = ""
    may_join: bool = False
    may_change: bool = False


OPTIONS: Sequence[tuple[str, str, Act, str]] = (
    ("1", "press_join", Act.JOIN, "may_join"),
    ("2", "press_confirm", Act.CONFIRM, "may_change"),
    ("3", "press_move", Act.FIND_TIMES, "may_change"),
    ("4", "press_cancel", Act.CANCEL, "may_change"),
)
CALL_BACK, REPEAT, BACK, NEXT_LANGUAGE = "5", "9", "0", "*"


@dataclass
class Menu:
    """One person in the menu, from the first word to the visit or goodbye."""

    organization: str = ""
    languages: Sequence[str] = ("en",)
    step: Step = Step.PIN
    facts: Facts = field(default_factory=Facts)
    typed: str = ""
    wrong: int = 0
    silences: int = 0
    times: Sequence[str] = ()
    language: str = ""

    def begin(self) -> list[Command]:
        """Return what is said first to somebody who dialled in."""
        self.language = self.language or self.languages[0]
        return [Say("welcome", {"organization": self.organization}), *self._ask_pin()]

    def resume(self, facts: Facts) -> list[Command]:
        """Return what is said to somebody whose appointment is known (a reminder was read to them)."""
        self.step, self.facts = Step.MAIN, facts
        return self._options()

    def _ask_pin(self) -> list[Command]:
        others = [Say("language")] if len(self.languages) > 1 else []
        return [Say("enter_pin"), *others]

    @property
    def next_language(self) -> str:
        """The language that the star key leads to."""
        languages = list(self.languages)
        return languages[(languages.index(self.language) + 1) % len(languages)]

    def press(self, key: str) -> list[Command]:
        """Return what follows a key."""
        self.silences = 0
        pressed = {
            Step.PIN: self._pin_key,
            Step.MAIN: self._main_key,
            Step.TIMES: self._times_key,
            Step.SURE: self._sure_key,
            Step.INSIDE: self._inside_key,
        }.get(self.step)
        return pressed(key) if pressed is not None else []

    def silent(self) -> list[Command]:
        """Return what follows when no key came for a while."""
        if self.step in {Step.BUSY, Step.INSIDE, Step.OVER}:
            return []
        self.silences += 1
        if self.silences >= SILENCES_MOST:
            return self._goodbye("goodbye")
        self.typed = ""
        return self._ask_pin() if self.step is Step.PIN else self._repeat()

    def _goodbye(self, line: str) -> list[Command]:
        self.step = Step.OVER
        return [Say(line), Do(Act.HANG_UP)]

    def _pin_key(self, key: str) -> list[Command]:
        if key == NEXT_LANGUAGE:
            self.language, self.typed = self.next_language, ""
            return self._ask_pin()
        if key.isdigit():
            self.typed += key
        is_whole = len(self.typed) >= PIN_DIGITS or (key == "#" and self.typed)
        if not is_whole:
            return []
        pin, self.typed, self.step = self.typed, "", Step.BUSY
        return [Do(Act.CHECK_PIN, pin)]

    def _main_key(self, key: str) -> list[Command]:
        if key == REPEAT:
            return self._options()
        if key == CALL_BACK:
            self.step = Step.BUSY
            return [Do(Act.CALL_BACK)]
        for option, _, act, fact in OPTIONS:
            if key == option and getattr(self.facts, fact):
                if act is Act.CANCEL:
                    self.step = Step.SURE
                    return [Say("sure_cancel")]
                self.step = Step.BUSY
                return [Do(act)]
        return [Say("unknown_key"), *self._options()]

    def _times_key(self, key: str) -> list[Command]:
        if key == BACK:
            self.step = Step.MAIN
            return self._options()
        if key.isdigit() and 1 <= int(key) <= len(self.times):
            self.step = Step.BUSY
            return [Do(Act.MOVE, str(int(key) - 1))]
        return [Say("unknown_key"), *self._say_times()]

    def _sure_key(self, key: str) -> list[Command]:
        if key == "4":
            self.step = Step.BUSY
            return [Do(Act.CANCEL)]
        self.step = Step.MAIN
        return [Say("kept"), *self._options()]

    def _inside_key(self, key: str) -> list[Command]:
        return [Do(Act.CALL_BACK)] if key == CALL_BACK else []

    def _repeat(self) -> list[Command]:
        if self.step is Step.TIMES:
            return self._say_times()
        return [Say("sure_cancel")] if self.step is Step.SURE else self._options()

    def _options(self) -> list[Command]:
        said: list[Command] = [
            Say("appointment", {"practitioner": self.facts.practitioner, "when": self.facts.when})
        ]
        said += [Say(line) for _, line, _, fact in OPTIONS if getattr(self.facts, fact)]
        return [*said, Say("press_call_back"), Say("press_repeat")]

    def _say_times(self) -> list[Command]:
        said: list[Command] = [
            Say("time", {"when": when, "number": str(number)})
            for number, when in enumerate(self.times, start=1)
        ]
        return [*said, Say("press_back")]

    # --- answers of what was done ------------------------------------------------------------------------------------

    def pin_checked(
        self, facts: Facts | None, *, language: str = "", is_locked: bool = False
    ) -> list[Command]:
        """Return what follows the look-up of digits: the appointment, another try, or the end."""
        if facts is not None:
            self.language = language or self.language
            self.step, self.facts = Step.MAIN, facts
            return self._options()
        self.wrong += 1
        if is_locked or self.wrong >= PIN_TRIES:
            return self._goodbye("too_many")
        self.step = Step.PIN
        return [Say("wrong_pin"), Say("enter_pin")]

    def times_found(self, times: Sequence[str]) -> list[Command]:
        """Return what follows the search for other times."""
        self.times = times[:TIMES_MOST]
        self.step = Step.TIMES if self.times else Step.MAIN
        return self._say_times() if self.times else [Say("no_times")]

    def changed(self, line: str, facts: Facts) -> list[Command]:
        """Return what follows a change, or a refusal: a line, and the menu as it is now."""
        self.step, self.facts = Step.MAIN, facts
        if line == "cancelled":
            return self._goodbye("cancelled")
        said = Say(line, {"when": facts.when}) if line == "moved" else Say(line)
        return [said, Say("press_repeat")]

    def entered(self) -> list[Command]:
        """Return what is said in the waiting room."""
        self.step = Step.INSIDE
        return [Say("waiting")]

    def to_be_called(self) -> list[Command]:
        """Return what is said to who wants to be called back."""
        return self._goodbye("call_back")
