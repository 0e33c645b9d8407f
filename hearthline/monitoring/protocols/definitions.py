"""What a protocol is, as data: for which alerts, and its steps in their order. No database."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hearthline.monitoring.alerts.rules.kinds import Direction
from hearthline.monitoring.readings.metrics import BY_CODE

DIRECTORY = Path(__file__).parent / "shipped"
LANGUAGE = "en"  # the words that are always there
CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
MOST_STEPS = 12
MOST_WAIT_MINUTES = 240
TEXT_LENGTH = 300
Words = Mapping[str, str]


class ProtocolError(ValueError):
    """The data is no protocol; the message says where and what to change."""


@dataclass(frozen=True)
class Trigger:
    """The alerts that a protocol answers."""

    metric: str
    direction: Direction


@dataclass(frozen=True)
class Step:
    """One thing to do, ``wait_minutes`` after the step before was done."""

    code: str
    words: Words
    wait_minutes: int = 0


@dataclass(frozen=True)
class Definition:
    """One version of a protocol."""

    code: str
    name: Words
    source: str
    answers: tuple[Trigger, ...]
    steps: tuple[Step, ...]

    def name_in(self, language: str) -> str:
        """Return its name in a language, in English where there is none."""
        return in_language(self.name, language)

    def is_for(self, alerts: Sequence[tuple[str, str]]) -> bool:
        """Whether it answers one of some alerts (code of the metric, direction)."""
        return any((one.metric, one.direction.value) in alerts for one in self.answers)

    def due_at(self, step: Step, done: Mapping[str, datetime]) -> datetime | None:
        """Return when a step is to be done, if the one before has started a wait."""
        place = self.steps.index(step)
        if not step.wait_minutes or place == 0:
            return None
        before = done.get(self.steps[place - 1].code)
        return before + timedelta(minutes=step.wait_minutes) if before else None


def in_language(words: Words, language: str) -> str:
    """Return the words of a language, in English where they are missing."""
    return words.get(language) or words[LANGUAGE]


@cache
def shipped() -> tuple[Mapping[str, Any], ...]:
    """Return the protocols of the newest file, as tables; none is in use before a clinician approves it."""
    written = tomllib.loads(max(DIRECTORY.glob("*.toml")).read_text("utf-8"))
    return tuple(written["protocol"])


def read_definition(table: Mapping[str, Any]) -> Definition:
    """Understand a protocol written down as a table.

    Raises:
        ProtocolError: something is missing or means nothing.
    """
    code = table.get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        message = "code: small letters, digits and hyphens"
        raise ProtocolError(message)
    source = table.get("source")
    if not isinstance(source, str) or not source.strip():
        message = "source is missing"
        raise ProtocolError(message)
    steps = tuple(_step(one) for one in _tables(table, "steps"))
    codes = [step.code for step in steps]
    if not 1 <= len(steps) <= MOST_STEPS or len(set(codes)) < len(codes):
        message = f"steps: 1 to {MOST_STEPS}, each with a code of its own"
        raise ProtocolError(message)
    answers = tuple(_trigger(one) for one in _tables(table, "answers"))
    return Definition(code, _words(table, "name"), source, answers, steps)


def _step(table: Mapping[str, Any]) -> Step:
    code, wait = table.get("code"), table.get("wait_minutes", 0)
    if not isinstance(code, str) or not CODE.fullmatch(code):
        message = "steps: a code has small letters, digits and hyphens"
        raise ProtocolError(message)
    if not isinstance(wait, int) or not 0 <= wait <= MOST_WAIT_MINUTES:
        message = f"steps: wait_minutes is from 0 to {MOST_WAIT_MINUTES}"
        raise ProtocolError(message)
    return Step(code, _words(table, "words"), wait)


def _trigger(table: Mapping[str, Any]) -> Trigger:
    metric, direction = table.get("metric"), table.get("direction")
    if metric not in BY_CODE or direction not in set(Direction):
        message = "answers: a metric of the catalogue, and high or low"
        raise ProtocolError(message)
    return Trigger(str(metric), Direction(direction))


def _words(table: Mapping[str, Any], key: str) -> Words:
    value = table.get(key)
    if not isinstance(value, Mapping) or not value.get(LANGUAGE):
        message = f"{key}: wants English words at least"
        raise ProtocolError(message)
    if not all(isinstance(one, str) and len(one) <= TEXT_LENGTH for one in value.values()):
        message = f"{key}: words of at most {TEXT_LENGTH} letters"
        raise ProtocolError(message)
    return dict(value)


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        message = f"{key}: a list of tables"
        raise ProtocolError(message)
    return rows
