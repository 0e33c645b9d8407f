"""What a program is, as data: phases, what is measured when, which rules watch, lessons and tasks. No database."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from hearthline.identity.roles import CARE_TEAM_ROLES, Role
from hearthline.monitoring.readings.metrics import BY_CODE

DIRECTORY = Path(__file__).parent / "shipped"
LANGUAGE = "en"  # the words that are always there
WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
MAXIMUM_PHASES = 12
MAXIMUM_DAYS = 730
Words = Mapping[str, str]


class DefinitionError(ValueError):
    """The data is no program; the message says where and what to change."""


@dataclass(frozen=True)
class Window:
    """Hours of the person's local day in which a value is awaited."""

    starts: time
    ends: time


@dataclass(frozen=True)
class PlanItem:
    """What is measured: in which hours of which weekdays (Monday is 0), or all the time.

    ``least_days``: on how many days of a phase with an end there must be values for a baseline.
    """

    metric: str
    windows: tuple[Window, ...] = ()
    weekdays: tuple[int, ...] = tuple(range(7))
    is_continuous: bool = False
    least_days: int = 0


@dataclass(frozen=True)
class Lesson:
    """Something worth knowing, for the patient."""

    code: str
    title: Words
    body: Words


@dataclass(frozen=True)
class Task:
    """Something that one of the staff does, so many days into a phase."""

    code: str
    name: Words
    who: Role
    after_days: int


@dataclass(frozen=True)
class Phase:
    """A stretch of a program; without ``days`` it lasts until somebody ends it."""

    code: str
    name: Words
    days: int | None
    plan: tuple[PlanItem, ...]
    rules: tuple[str, ...]
    lessons: tuple[Lesson, ...] = ()
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True)
class Definition:
    """One version of a program."""

    code: str
    version: int
    source: str
    name: Words
    aim: Words
    phases: tuple[Phase, ...] = field(default=())

    def name_in(self, language: str) -> str:
        """Return its name in a language."""
        return in_language(self.name, language)

    def has_lesson(self, code: str) -> bool:
        """Whether one of its lessons has this code."""
        return any(lesson.code == code for phase in self.phases for lesson in phase.lessons)

    def phase(self, code: str) -> Phase:
        """Return the phase of this code.

        Raises:
            KeyError: there is none.
        """
        for phase in self.phases:
            if phase.code == code:
                return phase
        raise KeyError(code)

    def after(self, code: str) -> Phase | None:
        """Return the phase that follows, if any."""
        codes = [phase.code for phase in self.phases]
        position = codes.index(code) + 1
        return self.phases[position] if position < len(self.phases) else None


@cache
def shipped() -> tuple[Definition, ...]:
    """Return the programs the product ships with; none is in use before a clinician adopts it."""
    return tuple(read_definition(content) for content in shipped_content().values())


@cache
def shipped_content() -> dict[str, dict[str, Any]]:
    """Return the same as tables, by code."""
    contents = (tomllib.loads(path.read_text("utf-8")) for path in sorted(DIRECTORY.glob("*.toml")))
    return {content["code"]: content for content in contents}


def in_language(words: Words, language: str) -> str:
    """Return the words of a language, in English where they are missing."""
    return words.get(language) or words[LANGUAGE]


def read_definition(table: Mapping[str, Any]) -> Definition:
    """Understand a program written down as a table.

    Raises:
        DefinitionError: something is missing or means nothing.
    """
    phases = tuple(
        _phase(one, f"phase {number}") for number, one in enumerate(_tables(table, "phase", "program"), 1)
    )
    if not 1 <= len(phases) <= MAXIMUM_PHASES:
        message = f"program: 1 to {MAXIMUM_PHASES} phases"
        raise DefinitionError(message)
    codes = [phase.code for phase in phases]
    if len(set(codes)) < len(codes):
        message = "program: two phases have one code"
        raise DefinitionError(message)
    endless = [phase.code for phase in phases[:-1] if phase.days is None]
    if endless:
        message = f"phase {endless[0]}: only the last phase may have no days"
        raise DefinitionError(message)
    return Definition(
        code=_code(table, "program"),
        version=_number(table, "version", "program", 1, 10_000),
        source=_text(table, "source", "program"),
        name=_words(table, "name", "program"),
        aim=_words(table, "aim", "program"),
        phases=phases,
    )


def _phase(table: Mapping[str, Any], where: str) -> Phase:
    plan = tuple(_plan_item(one, f"{where}, plan") for one in _tables(table, "plan", where))
    if len({item.metric for item in plan}) < len(plan):
        message = f"{where}, plan: one metric stands there twice; put its hours together"
        raise DefinitionError(message)
    return Phase(
        code=_code(table, where),
        name=_words(table, "name", where),
        days=_number(table, "days", where, 1, MAXIMUM_DAYS) if "days" in table else None,
        plan=plan,
        rules=tuple(str(one) for one in _list(table, "rules", where)),
        lessons=tuple(
            Lesson(_code(one, f"{where}, lesson"), _words(one, "title", where), _words(one, "body", where))
            for one in _tables(table, "lessons", where)
        ),
        tasks=tuple(_task(one, f"{where}, task") for one in _tables(table, "tasks", where)),
    )


def _plan_item(table: Mapping[str, Any], where: str) -> PlanItem:
    metric = _text(table, "metric", where)
    if metric not in BY_CODE:
        message = f"{where}: {metric} is not in the catalogue of metrics"
        raise DefinitionError(message)
    windows = tuple(_window(str(one), where) for one in _list(table, "windows", where))
    is_continuous = bool(table.get("is_continuous", False))
    if is_continuous == bool(windows):
        message = f"{where}: either windows, or is_continuous"
        raise DefinitionError(message)
    weekdays = tuple(_list(table, "weekdays", where)) if "weekdays" in table else tuple(range(7))
    if not weekdays or not all(isinstance(day, int) and 0 <= day < 7 for day in weekdays):
        message = f"{where}: weekdays are 0 (Monday) to 6"
        raise DefinitionError(message)
    least_days = _number(table, "least_days", where, 0, MAXIMUM_DAYS) if "least_days" in table else 0
    return PlanItem(metric, windows, weekdays, is_continuous, least_days)


def _task(table: Mapping[str, Any], where: str) -> Task:
    who = _text(table, "who", where)
    if who not in {role.value for role in CARE_TEAM_ROLES}:
        message = f"{where}: {who} is nobody of the care team"
        raise DefinitionError(message)
    after_days = _number(table, "after_days", where, 0, MAXIMUM_DAYS)
    return Task(_code(table, where), _words(table, "name", where), Role(who), after_days)


def _window(text: str, where: str) -> Window:
    found = WINDOW.fullmatch(text)
    if found is None:
        message = f"{where}: {text} is no window such as 06:00-10:00"
        raise DefinitionError(message)
    first_hour, first_minute, last_hour, last_minute = (int(part) for part in found.groups())
    window = Window(time(first_hour, first_minute), time(last_hour, last_minute))
    if window.ends <= window.starts:
        message = f"{where}: {text} ends before it starts"
        raise DefinitionError(message)
    return window


def _code(table: Mapping[str, Any], where: str) -> str:
    code = _text(table, "code", where)
    if not CODE.fullmatch(code):
        message = f"{where}: a code has small letters, digits and hyphens"
        raise DefinitionError(message)
    return code


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        message = f"{where}: {key} is missing"
        raise DefinitionError(message)
    return value


def _words(table: Mapping[str, Any], key: str, where: str) -> Words:
    value = table.get(key)
    if not isinstance(value, Mapping) or not all(isinstance(one, str) and one for one in value.values()):
        message = f"{where}: {key} wants words by language"
        raise DefinitionError(message)
    if LANGUAGE not in value:
        message = f"{where}: {key} wants English words at least"
        raise DefinitionError(message)
    return dict(value)


def _number(table: Mapping[str, Any], key: str, where: str, least: int, most: int) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        message = f"{where}: {key} is a whole number from {least} to {most}"
        raise DefinitionError(message)
    return value


def _list(table: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        message = f"{where}: {key} is a list"
        raise DefinitionError(message)
    return value


def _tables(table: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    rows = _list(table, key, where)
    if not all(isinstance(row, Mapping) for row in rows):
        message = f"{where}: {key} is a list of tables"
        raise DefinitionError(message)
    return rows
