"""Which visits are about to fail, ranked by facts alone: each sign has its points in dated data, and its words."""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.visits.choices import Help, Window

DIRECTORY = Path(__file__).parent / "rescue_signals"


class Sign(StrEnum):
    """A fact that speaks against a visit going well."""

    LOST = "lost"
    WANTS_CALL = "wants_call"
    LATE = "late"
    POOR = "poor"
    SUNK = "sunk"
    NOT_HERE = "not_here"
    DEVICE_FAULT = "device_fault"
    WEAK_NETWORK = "weak_network"
    NO_LICENCE = "no_licence"
    UNPREPARED = "unprepared"
    UNOPENED = "unopened"
    INTERPRETER = "interpreter"
    SIGN_LANGUAGE = "sign_language"
    CAPTIONS = "captions"
    RELAY = "relay"
    FAILED_BEFORE = "failed_before"
    MISSED_BEFORE = "missed_before"
    UNCHECKED = "unchecked"


WORDS: dict[Sign, str | Promise] = {
    Sign.LOST: _("the line broke and is not back"),
    Sign.WANTS_CALL: _("left the page and wants to be called"),
    Sign.LATE: _("should have begun, and the patient is not here"),
    Sign.POOR: _("they hear each other badly"),
    Sign.SUNK: _("went on by voice because of the line"),
    Sign.NOT_HERE: _("begins soon, and the patient is not here"),
    Sign.DEVICE_FAULT: _("camera or microphone did not work in the check"),
    Sign.WEAK_NETWORK: _("the connection was weak in the check"),
    Sign.NO_LICENCE: _("the clinician has no licence where the patient is"),
    Sign.UNPREPARED: _("consent or place is missing"),
    Sign.UNOPENED: _("has not opened the link"),
    Sign.INTERPRETER: _("an interpreter is needed, and none has accepted"),
    Sign.SIGN_LANGUAGE: _("a sign-language interpreter is needed, and none has accepted"),
    Sign.CAPTIONS: _("captions are needed, and not arranged"),
    Sign.RELAY: _("a relay service is needed, and not arranged"),
    Sign.FAILED_BEFORE: _("the last visit had technical trouble"),
    Sign.MISSED_BEFORE: _("missed a visit in the last half year"),
    Sign.UNCHECKED: _("camera and sound not checked"),
}


@dataclass(frozen=True)
class Weights:
    """How much each sign weighs since a day, from how many points on a visit is at risk, and what to do first.

    ``points_at`` replaces some weights while a visit stands in a window. A sign that is not named weighs nothing.
    """

    valid_from: date
    source: str
    high: int
    points: dict[Sign, int]
    points_at: dict[Window, dict[Sign, int]] = field(default_factory=dict)
    first: dict[Sign, Help] = field(default_factory=dict)

    def of(self, sign: Sign, window: Window) -> int:
        """Return what a sign weighs while a visit stands in a window."""
        return self.points_at.get(window, {}).get(sign, self.points.get(sign, 0))


@dataclass(frozen=True)
class Risk:
    """What speaks against one visit, the weightiest first, and what to do about that."""

    points: int
    signs: tuple[Sign, ...]
    is_high: bool
    first: Help | None = None

    @property
    def words(self) -> list[str | Promise]:
        """The signs, as people say them."""
        return [WORDS[sign] for sign in self.signs]


def risk_of(signs: frozenset[Sign], weights: Weights, window: Window = Window.NOW) -> Risk:
    """Return the points of a visit's signs in a window, and the signs that weigh something, by weight."""
    weighed = {sign: weights.of(sign, window) for sign in signs}
    ordered = sorted((sign for sign in signs if weighed[sign]), key=lambda sign: (-weighed[sign], sign))
    points = sum(weighed.values())
    first = weights.first.get(ordered[0]) if ordered else None
    return Risk(points, tuple(ordered), points >= weights.high, first)


def weights_on(day: date) -> Weights:
    """Return the weights in force on a day: the newest that had begun, or the first there were."""
    known = all_weights()
    begun = [one for one in known if one.valid_from <= day]
    return begun[-1] if begun else known[0]


@cache
def all_weights() -> tuple[Weights, ...]:
    """Return all weights that are shipped, oldest first."""
    tables = [tomllib.loads(path.read_text("utf-8")) for path in sorted(DIRECTORY.glob("*.toml"))]
    return tuple(
        Weights(
            valid_from=table["valid_from"],
            source=table["source"],
            high=table["high"],
            points=_signs(table["points"]),
            points_at={Window(name): _signs(points) for name, points in table.get("points_at", {}).items()},
            first={Sign(name): Help(one) for name, one in table.get("first", {}).items()},
        )
        for table in tables
    )


def _signs(points: dict[str, int]) -> dict[Sign, int]:
    return {Sign(name): number for name, number in points.items()}
