"""Which visits are about to fail, ranked by facts alone: each sign has its points in dated data, and its words."""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    UNPREPARED = "unprepared"
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
    Sign.UNPREPARED: _("consent or place is missing"),
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
    """How much each sign weighs since a day, and from how many points on a visit is at risk."""

    valid_from: date
    source: str
    high: int
    points: dict[Sign, int]


@dataclass(frozen=True)
class Risk:
    """What speaks against one visit, the weightiest first."""

    points: int
    signs: tuple[Sign, ...]
    is_high: bool

    @property
    def words(self) -> list[str | Promise]:
        """The signs, as people say them."""
        return [WORDS[sign] for sign in self.signs]


def risk_of(signs: frozenset[Sign], weights: Weights) -> Risk:
    """Return the points of a visit's signs, and the signs by weight."""
    ordered = sorted(signs, key=lambda sign: (-weights.points[sign], sign))
    points = sum(weights.points[sign] for sign in signs)
    return Risk(points, tuple(ordered), points >= weights.high)


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
            points={Sign(name): points for name, points in table["points"].items()},
        )
        for table in tables
    )
