"""Rules of results: what a flag means, which version leads, whose a result is, when a critical one goes on.

No database, no clock, no settings. Nothing here judges a value: flags and ranges are the laboratory's.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from hearthline.charting.results.models.reports import (
    CRITICAL,
    Abnormality,
    Status,
)
from hearthline.directory import names

# HL7 table 0078 (v2.5.1, chapter 7, OBX-8) and the FHIR R4 value set observation-interpretation, which took it over.
FLAGS: Mapping[str, Abnormality] = {
    "N": Abnormality.NORMAL, "L": Abnormality.LOW, "H": Abnormality.HIGH, "A": Abnormality.ABNORMAL,
    "LL": Abnormality.CRITICAL_LOW, "HH": Abnormality.CRITICAL_HIGH, "AA": Abnormality.CRITICAL,
    "<": Abnormality.LOW, ">": Abnormality.HIGH, "LU": Abnormality.CRITICAL_LOW, "HU": Abnormality.CRITICAL_HIGH,
    "NEG": Abnormality.NORMAL, "ND": Abnormality.NORMAL, "NR": Abnormality.NORMAL, "S": Abnormality.NORMAL,
    "POS": Abnormality.ABNORMAL, "DET": Abnormality.ABNORMAL, "RR": Abnormality.ABNORMAL,
    "WR": Abnormality.ABNORMAL, "R": Abnormality.ABNORMAL, "I": Abnormality.ABNORMAL, "NS": Abnormality.ABNORMAL,
    "U": Abnormality.NONE, "D": Abnormality.NONE, "B": Abnormality.NONE, "W": Abnormality.NONE,
    "IND": Abnormality.NONE, "IE": Abnormality.NONE, "MS": Abnormality.NONE, "VS": Abnormality.NONE,
}  # fmt: skip
# Which of several flags is shown: the gravest. A flag we do not know is graver than "high", so that a person looks.
GRAVITY = (
    Abnormality.NONE, Abnormality.NORMAL, Abnormality.LOW, Abnormality.HIGH, Abnormality.ABNORMAL,
    Abnormality.UNKNOWN, Abnormality.CRITICAL_LOW, Abnormality.CRITICAL_HIGH, Abnormality.CRITICAL,
)  # fmt: skip

# HL7 tables 0123 (OBR-25) and 0085 (OBX-11), v2.5.1; a status we do not know is refused, never guessed.
HL7_REPORT_STATUS: Mapping[str, Status] = {
    "P": Status.PRELIMINARY, "A": Status.PRELIMINARY, "R": Status.PRELIMINARY, "I": Status.PRELIMINARY,
    "S": Status.PRELIMINARY, "O": Status.PRELIMINARY, "F": Status.FINAL, "C": Status.CORRECTED,
    "K": Status.CORRECTED, "X": Status.CANCELLED,
}  # fmt: skip
HL7_LINE_STATUS: Mapping[str, Status] = {
    "P": Status.PRELIMINARY, "R": Status.PRELIMINARY, "I": Status.PRELIMINARY, "S": Status.PRELIMINARY,
    "O": Status.PRELIMINARY, "N": Status.PRELIMINARY, "B": Status.PRELIMINARY, "F": Status.FINAL,
    "U": Status.FINAL, "V": Status.FINAL, "C": Status.CORRECTED, "A": Status.CORRECTED,
    "D": Status.CANCELLED, "W": Status.CANCELLED, "X": Status.CANCELLED,
}  # fmt: skip
FHIR_STATUS: Mapping[str, Status] = {
    "registered": Status.PRELIMINARY, "partial": Status.PRELIMINARY, "preliminary": Status.PRELIMINARY,
    "final": Status.FINAL, "appended": Status.CORRECTED, "amended": Status.CORRECTED,
    "corrected": Status.CORRECTED, "cancelled": Status.CANCELLED, "entered-in-error": Status.CANCELLED,
}  # fmt: skip
PLAIN_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,9})?")


def abnormality_of(flags: Iterable[str]) -> Abnormality:
    """Return the gravest of the laboratory's flags; an unknown one is said to be unknown."""
    found = [FLAGS.get(flag.strip().upper(), Abnormality.UNKNOWN) for flag in flags if flag.strip()]
    return max(found, key=GRAVITY.index, default=Abnormality.NONE)


def plain_number(text: str) -> Decimal | None:
    """Return the value of a plain decimal number; anything else ("> 60", "1:40", "5,3") is not for a trend."""
    shown = text.strip()
    if not shown.isascii() or not PLAIN_NUMBER.fullmatch(shown):
        return None
    return Decimal(shown)


class Precedence(NamedTuple):
    """What decides between two versions: the greater leads, in whatever order they came.

    A preliminary value never leads over one that was final, whenever it was sent; among the others the later one
    leads; a correction leads over what was sent with the same time. ``tie`` makes any two differ.
    """

    is_settled: bool
    issued_at: datetime
    rank: int
    tie: str


RANKS = {Status.PRELIMINARY: 0, Status.FINAL: 1, Status.CORRECTED: 2, Status.CANCELLED: 3}


def precedence(status: Status, issued_at: datetime, tie: str) -> Precedence:
    """Return the precedence of a report's or a line's version."""
    return Precedence(status is not Status.PRELIMINARY, issued_at, RANKS[status], tie)


class Doubt(StrEnum):
    """Why a result may be another person's."""

    NAME = "name"
    BIRTH_DATE = "birth_date"


def doubts_of(
    *,
    sent_family: str,
    sent_given: str,
    sent_birth_date: date | None,
    family: str,
    given: str,
    birth_date: date,
) -> list[Doubt]:
    """Return what of the sent name and birth date contradicts the record, or is missing.

    Two identifiers besides the number have to agree (Joint Commission NPSG.01.01.01 asks for two). Names agree when
    each sent word is among the record's words or the other way round, folded: a second family name or given name
    may be missing on one side, but some of each has to be there.
    """
    found = []
    sent_words, words = names.tokens(sent_family, sent_given), names.tokens(family, given)
    has_family = bool(names.tokens(sent_family) & names.tokens(family)) if family else True
    has_given = bool(names.tokens(sent_given) & names.tokens(given)) if given.strip() else True
    is_within = bool(sent_words) and (sent_words <= words or words <= sent_words)
    if not (is_within and has_family and has_given):
        found.append(Doubt.NAME)
    if sent_birth_date != birth_date:
        found.append(Doubt.BIRTH_DATE)
    return found


class Whom(StrEnum):
    """Who is told of a critical result at a step."""

    RESPONSIBLE = "responsible"
    CLINICIANS = "clinicians"
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Step:
    """After so many minutes without an acknowledgement these are told."""

    after_minutes: int
    whom: Whom


# The product's default, from 2026-11-01. Joint Commission NPSG.02.03.01 (2024) asks each organization for its own
# written times; the minutes here are ours until the organization has its own.
LADDER = (Step(0, Whom.RESPONSIBLE), Step(15, Whom.CLINICIANS), Step(30, Whom.EVERYBODY))
LADDER_DUE = timedelta(minutes=30)  # shown as the clock: to be taken by then


def steps_due(identified_at: datetime, now: datetime) -> int:
    """Return how many steps of the ladder are reached."""
    return sum(identified_at + timedelta(minutes=step.after_minutes) <= now for step in LADDER)


def next_step_at(identified_at: datetime, reached: int) -> datetime | None:
    """Return when the next step is due, or None after the last."""
    return identified_at + timedelta(minutes=LADDER[reached].after_minutes) if reached < len(LADDER) else None


def is_read_back(said: str, value: str) -> bool:
    """Whether what a person read back is the value: spaces, case and the comma as decimal sign are forgiven."""

    def folded(text: str) -> str:
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold()).replace(",", ".")

    return bool(folded(said)) and folded(said) == folded(value)


def is_critical(abnormality: Abnormality, status: Status) -> bool:
    """Whether a line interrupts: flagged critical by the laboratory, and not withdrawn by it."""
    return abnormality in CRITICAL and status is not Status.CANCELLED


# Of a message: who waits may be filed, replaced by a corrected copy, or set aside; nothing else ever moves.
MESSAGE_MOVES: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"waiting", "filed", "replaced", "set_aside"}),
    "filed": frozenset(),
    "replaced": frozenset(),
    "set_aside": frozenset(),
}


BOUNDS = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*[-\u2013]\s*(\d{1,9}(?:\.\d{1,9})?)\s*")


def bounds_of(reference_range: str) -> tuple[float, float] | None:
    """Return both ends of a range that is plainly written as two numbers; any other one is only shown as sent."""
    found = BOUNDS.fullmatch(reference_range)
    if found is None or float(found[1]) > float(found[2]):
        return None
    return float(found[1]), float(found[2])
