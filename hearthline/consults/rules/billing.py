"""Which codes an answered case could earn, from facts alone. Codes only; charges stay in ``billing``. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True)
class Band:
    """A code for minutes from ``least`` on, up to and with ``most`` (None: no end)."""

    code: str
    least: int
    most: int | None = None


@dataclass(frozen=True)
class BillingRules:
    """A payer's rules for consults between clinicians, from a day on."""

    valid_from: date
    valid_until: date | None
    source: str
    written: Band
    spoken: Sequence[Band]
    requester: Band
    seen_within: timedelta  # not when the consultant saw or will see the patient so near


MEDICARE = (
    BillingRules(
        valid_from=date(2019, 1, 1),
        valid_until=None,
        source="CMS, Calendar Year 2019 Physician Fee Schedule final rule (CMS-1693-F), interprofessional "
        "consultation; the 14 days and the minutes as in the CPT guidelines of 2019",
        written=Band("99451", 5),
        spoken=(
            Band("99446", 5, 10),
            Band("99447", 11, 20),
            Band("99448", 21, 30),
            Band("99449", 31),
        ),
        requester=Band("99452", 16),
        seen_within=timedelta(days=14),
    ),
)


@dataclass(frozen=True)
class CaseFacts:
    """What was recorded of a case: days, whole minutes, and what was said."""

    answered_on: date
    reader_minutes: int
    requester_minutes: int
    has_spoken: bool
    has_consent: bool
    is_by_patient: bool
    last_seen_on: date | None = None
    next_seen_on: date | None = None


@dataclass(frozen=True)
class BillingFacts:
    """The codes that the facts support, and what stands against any of them."""

    reader_code: str = ""
    requester_code: str = ""
    missing: Sequence[str] = field(default_factory=tuple)
    source: str = ""


def rules_on(day: date, known: Sequence[BillingRules] = MEDICARE) -> BillingRules | None:
    """Return the rules in force on a day."""
    found = (
        one for one in known if one.valid_from <= day and (one.valid_until is None or day <= one.valid_until)
    )
    return next(found, None)


def _code(bands: Sequence[Band], minutes: int) -> str:
    return next(
        (
            band.code
            for band in bands
            if band.least <= minutes and (band.most is None or minutes <= band.most)
        ),
        "",
    )


def find_facts(case: CaseFacts) -> BillingFacts:
    """Return the codes that a case's facts support, or what is in the way.

    ``missing`` names: ``no_rules``, ``by_patient``, ``no_consent``, ``seen_before``, ``seen_after``, ``too_short``.
    """
    rules = rules_on(case.answered_on)
    if rules is None:
        return BillingFacts(missing=("no_rules",))
    missing = []
    if case.is_by_patient:
        missing.append("by_patient")
    if not case.has_consent:
        missing.append("no_consent")
    if case.last_seen_on is not None and case.answered_on - case.last_seen_on <= rules.seen_within:
        missing.append("seen_before")
    if case.next_seen_on is not None and case.next_seen_on - case.answered_on <= rules.seen_within:
        missing.append("seen_after")
    reader = (
        _code(rules.spoken, case.reader_minutes)
        if case.has_spoken
        else _code([rules.written], case.reader_minutes)
    )
    if not reader:
        missing.append("too_short")
    if missing:
        return BillingFacts(missing=tuple(missing), source=rules.source)
    requester = _code([rules.requester], case.requester_minutes)
    return BillingFacts(reader_code=reader, requester_code=requester, source=rules.source)
