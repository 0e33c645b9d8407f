"""The payers' rules as dated data: which codes, from how many days or minutes, valid when, by which source."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parent / "rulebooks"


class NoRulebookError(LookupError):
    """No rulebook of this payer is valid on this day; add one to ``rulebooks/``."""


@dataclass(frozen=True)
class Supply:
    """A code for a device that sent values on so many days of a period."""

    code: str
    least_days: int
    most_days: int


@dataclass(frozen=True)
class FirstMinutes:
    """A code for the first minutes of a calendar month; the one with the most minutes that are there counts."""

    code: str
    least_minutes: int


@dataclass(frozen=True)
class Rulebook:
    """What one payer pays for in one span of time."""

    name: str
    payer: str
    valid_from: date
    valid_until: date | None
    source: str
    period_days: int
    supplies: tuple[Supply, ...]
    set_up_code: str
    set_up_least_days: int
    first_minutes: tuple[FirstMinutes, ...]
    further_code: str
    further_minutes: int
    review_code: str
    review_least_minutes: int
    review_goes_with_management: bool

    def is_valid_on(self, day: date) -> bool:
        """Whether services of this day fall under this book."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    @property
    def least_days(self) -> int:
        """The fewest device days of a period that earn anything."""
        return min(supply.least_days for supply in self.supplies)

    @property
    def least_minutes(self) -> int:
        """The fewest minutes of a month that earn anything."""
        return min(first.least_minutes for first in self.first_minutes)


def rulebook_on(day: date, payer: str = "medicare") -> Rulebook:
    """Return the rules for services of ``day``.

    Raises:
        NoRulebookError: no book covers the day.
    """
    for book in rulebooks():
        if book.payer == payer and book.is_valid_on(day):
            return book
    message = f"no rulebook of {payer} for {day}"
    raise NoRulebookError(message)


@cache
def rulebooks() -> tuple[Rulebook, ...]:
    """Return every rulebook that is shipped."""
    return tuple(_read(path) for path in sorted(DIRECTORY.glob("*.toml")))


def _read(path: Path) -> Rulebook:
    table: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    return Rulebook(
        name=table["name"],
        payer=table["payer"],
        valid_from=table["valid_from"],
        valid_until=table.get("valid_until"),
        source=table["source"],
        period_days=table["device"]["period_days"],
        supplies=tuple(Supply(**row) for row in table["device"]["supply"]),
        set_up_code=table["set_up"]["code"],
        set_up_least_days=table["set_up"]["least_days"],
        first_minutes=tuple(FirstMinutes(**row) for row in table["management"]["first"]),
        further_code=table["management"]["further"]["code"],
        further_minutes=table["management"]["further"]["minutes"],
        review_code=table["review"]["code"],
        review_least_minutes=table["review"]["least_minutes"],
        review_goes_with_management=table["review"]["goes_with_management"],
    )
