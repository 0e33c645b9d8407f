"""Which codes the evidence earns, and what is missing for the others. No database, no clock.

Two clocks run beside each other: device days in rolling periods that follow one another from the day of set-up, and
minutes in calendar months. A claim is offered only if set-up, device and management are all there (OIG
OEI-02-23-00260, 2024: 43 % of the people enrolled did not receive all three).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from hearthline.billing.rulebook import Rulebook, rulebook_on

MINUTE_SECONDS = 60
NO_TIME = timedelta(0)


class Purpose(StrEnum):
    """For which service minutes were spent; they count for that one alone."""

    MANAGEMENT = "management"
    REVIEW = "review"  # of readings, by the billing practitioner in person
    OTHER = "other"  # chronic or transitional care management and the like: proven elsewhere


class Missing(StrEnum):
    """Why a claim is not offered."""

    ORDER = "order"
    CONSENT = "consent"
    ESTABLISHED = "established"
    MEDICAL_DEVICE = "medical_device"
    SET_UP = "set_up"
    DEVICE_DAYS = "device_days"
    MINUTES = "minutes"
    LIVE_CONTACT = "live_contact"
    STILL_RUNNING = "still_running"
    OTHER_PRACTITIONER = "other_practitioner"


@dataclass(frozen=True)
class Span:
    """Days from ``first`` to ``last``, both in it."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the day lies in the span."""
        return self.first <= day <= self.last

    def touches(self, other: "Span") -> bool:
        """Whether the two have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Work:
    """A stretch of one staff member's time for one person. ``active_seconds`` never exceeds its length."""

    id: UUID
    staff: UUID
    person: UUID
    starts_at: datetime
    ends_at: datetime
    active_seconds: int
    purpose: Purpose
    is_live_contact: bool
    is_attested: bool


@dataclass(frozen=True)
class Episode:
    """What must stand before anything counts: one person's monitoring from order to end."""

    person: UUID
    practitioner: UUID | None
    ordered_on: date | None
    consented_on: date | None
    is_established: bool
    has_medical_device: bool
    set_up_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class Offer:
    """A code for a span with its count; with something ``missing`` it says so instead of being claimed."""

    code: str
    units: int
    span: Span
    missing: tuple[Missing, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it may be claimed."""
        return not self.missing


@dataclass(frozen=True)
class Evidence:
    """All that the rules look at. ``claimed_elsewhere``: spans that another practitioner has claimed for the person."""

    episode: Episode
    device_days: frozenset[date]
    seconds: dict[UUID, int]
    work: tuple[Work, ...]
    claimed_elsewhere: tuple[Span, ...] = ()

    def counts_on(self, day: date) -> bool:
        """Whether what was done on a day may count: not before the order, nor before the consent."""
        needed = (self.episode.ordered_on, self.episode.consented_on)
        return all(one is None or one <= day for one in needed)

    def days_in(self, span: Span) -> int:
        """Return how many device days of a span count."""
        return sum(1 for day in self.device_days if span.holds(day) and self.counts_on(day))


def periods(start: date, until: date, *, days: int) -> Iterator[Span]:
    """Yield the spans of ``days`` days that follow one another from ``start``; the last one holds ``until``."""
    first = start
    while first <= until:
        yield Span(first, first + timedelta(days=days - 1))
        first += timedelta(days=days)


def month_of(day: date) -> Span:
    """Return the calendar month that holds a day."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Span(first, following - timedelta(days=1))


def months(start: date, until: date) -> Iterator[Span]:
    """Yield the calendar months from the one that holds ``start`` to the one that holds ``until``."""
    month = month_of(start)
    while month.first <= until:
        yield month
        month = month_of(month.last + timedelta(days=1))


def counted_seconds(work: Iterable[Work]) -> dict[UUID, int]:
    """Return how many seconds of each stretch count, so that no minute counts twice.

    A moment of one staff member counts for one person, and a moment of one person's care counts once even if two
    staff members spend it together. The earlier stretch keeps it. What is not attested does not count and takes
    nothing from others.
    """
    taken: dict[tuple[str, UUID], list[tuple[datetime, datetime]]] = {}
    counted: dict[UUID, int] = {}
    for one in sorted(work, key=lambda each: (each.starts_at, each.ends_at, each.id)):
        if not one.is_attested:
            counted[one.id] = 0
            continue
        staff = taken.setdefault(("staff", one.staff), [])
        person = taken.setdefault(("person", one.person), [])
        free = _without([(one.starts_at, one.ends_at)], [*staff, *person])
        staff += free
        person += free
        length = sum((end - start for start, end in free), NO_TIME)
        counted[one.id] = min(one.active_seconds, int(length.total_seconds()))
    return counted


def _without(
    stretches: list[tuple[datetime, datetime]], taken: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    for busy_from, busy_until in taken:
        left = []
        for start, end in stretches:
            left.append((start, min(end, busy_from)))
            left.append((max(start, busy_until), end))
        stretches = [(start, end) for start, end in left if start < end]
    return stretches


def supply_code(day_count: int, book: Rulebook) -> str | None:
    """Return the code that so many device days of a period earn."""
    for supply in book.supplies:
        if supply.least_days <= day_count <= supply.most_days:
            return supply.code
    return None


def management_codes(minutes: int, book: Rulebook) -> list[tuple[str, int]]:
    """Return the codes with their units that so many whole minutes of a month earn."""
    reached = [first for first in book.first_minutes if first.least_minutes <= minutes]
    if not reached:
        return []
    best = max(reached, key=lambda first: first.least_minutes)
    further = (minutes - best.least_minutes) // book.further_minutes
    is_full = best == max(book.first_minutes, key=lambda first: first.least_minutes)
    codes = [(best.code, 1)]
    return [*codes, (book.further_code, further)] if is_full and further else codes


def offers(evidence: Evidence, *, today: date, zone: ZoneInfo, payer: str = "medicare") -> list[Offer]:
    """Return every code that the evidence reaches, ready or with what is missing, oldest span first.

    Args:
        evidence: one episode's.
        today: the local day of the clinic.
        zone: the clinic's, in which the calendar month of its minutes is told.
        payer: whose rulebook.
    """
    start = evidence.episode.set_up_on or evidence.episode.ordered_on
    if start is None:
        return []
    until = min(today, evidence.episode.ends_on or today)
    spans = list(periods(start, until, days=rulebook_on(until, payer).period_days))
    calendar = list(months(start, until))
    managed = {month: _management(evidence, month, zone, payer) for month in calendar}
    supplied = {span: _supply(evidence, span, payer) for span in spans}
    found = _set_up(evidence, supplied, managed, today, payer)
    for span, code in supplied.items():
        is_managed = any(codes for month, codes in managed.items() if month.touches(span))
        if code:
            lacks = [] if is_managed else [Missing.MINUTES]
            found.append(Offer(code, 1, span, _missing(evidence, span, today, lacks)))
    for month, codes in managed.items():
        found += _management_offers(evidence, month, codes, supplied, today, zone)
    found += _reviews(evidence, spans, supplied, managed, today, zone, payer)
    return sorted(found, key=lambda offer: (offer.span.first, offer.code))


def _supply(evidence: Evidence, span: Span, payer: str) -> str | None:
    return supply_code(evidence.days_in(span), rulebook_on(span.last, payer))


def _management(evidence: Evidence, month: Span, zone: ZoneInfo, payer: str) -> list[tuple[str, int]]:
    minutes = minutes_in(evidence, month, zone, Purpose.MANAGEMENT)
    return management_codes(minutes, rulebook_on(month.first, payer))


def work_in(evidence: Evidence, span: Span, zone: ZoneInfo, purpose: Purpose) -> list[Work]:
    """Return the stretches of a purpose that began in a span of the clinic's local days."""
    found = []
    for one in evidence.work:
        day = one.starts_at.astimezone(zone).date()
        is_this = one.purpose is purpose and one.person == evidence.episode.person
        if is_this and span.holds(day) and evidence.counts_on(day):
            found.append(one)
    return found


def minutes_in(evidence: Evidence, span: Span, zone: ZoneInfo, purpose: Purpose) -> int:
    """Return the whole minutes of a purpose in a span, each counted once."""
    seconds = sum(evidence.seconds[one.id] for one in work_in(evidence, span, zone, purpose))
    return seconds // MINUTE_SECONDS


def has_live_contact(evidence: Evidence, month: Span, zone: ZoneInfo) -> bool:
    """Whether somebody spoke with the person, by voice or video, in counted time of the month."""
    return any(
        one.is_live_contact and evidence.seconds[one.id] > 0
        for one in work_in(evidence, month, zone, Purpose.MANAGEMENT)
    )


def _management_offers(
    evidence: Evidence,
    month: Span,
    codes: list[tuple[str, int]],
    supplied: dict[Span, str | None],
    today: date,
    zone: ZoneInfo,
) -> list[Offer]:
    is_supplied = any(code for span, code in supplied.items() if span.touches(month))
    lacks = [] if is_supplied else [Missing.DEVICE_DAYS]
    if not has_live_contact(evidence, month, zone):
        lacks.append(Missing.LIVE_CONTACT)
    return [Offer(code, units, month, _missing(evidence, month, today, lacks)) for code, units in codes]


def _set_up(
    evidence: Evidence,
    supplied: dict[Span, str | None],
    managed: dict[Span, list[tuple[str, int]]],
    today: date,
    payer: str,
) -> list[Offer]:
    span = next(iter(supplied), None)
    if span is None or evidence.episode.set_up_on is None:
        return []
    book = rulebook_on(span.last, payer)
    lacks = []
    if evidence.days_in(span) < book.set_up_least_days:
        lacks.append(Missing.DEVICE_DAYS)
    if not any(codes for month, codes in managed.items() if month.touches(span)):
        lacks.append(Missing.MINUTES)
    return [Offer(book.set_up_code, 1, span, _missing(evidence, span, today, lacks))]


def _reviews(
    evidence: Evidence,
    spans: list[Span],
    supplied: dict[Span, str | None],
    managed: dict[Span, list[tuple[str, int]]],
    today: date,
    zone: ZoneInfo,
    payer: str,
) -> list[Offer]:
    found = []
    for span in spans:
        book = rulebook_on(span.last, payer)
        if minutes_in(evidence, span, zone, Purpose.REVIEW) < book.review_least_minutes:
            continue
        has_management = any(codes for month, codes in managed.items() if month.touches(span))
        if has_management and not book.review_goes_with_management:
            continue
        lacks = [] if supplied[span] else [Missing.DEVICE_DAYS]
        if not has_management:
            lacks.append(Missing.MINUTES)
        found.append(Offer(book.review_code, 1, span, _missing(evidence, span, today, lacks)))
    return found


def _missing(evidence: Evidence, span: Span, today: date, lacks: list[Missing]) -> tuple[Missing, ...]:
    episode = evidence.episode
    conditions = {
        Missing.ORDER: episode.practitioner is not None and _stood_by(episode.ordered_on, span),
        Missing.CONSENT: _stood_by(episode.consented_on, span),
        Missing.ESTABLISHED: episode.is_established,
        Missing.MEDICAL_DEVICE: episode.has_medical_device,
        Missing.SET_UP: _stood_by(episode.set_up_on, span),
        Missing.STILL_RUNNING: span.last < today,
        Missing.OTHER_PRACTITIONER: not any(span.touches(other) for other in evidence.claimed_elsewhere),
    }
    found = [reason for reason, is_met in conditions.items() if not is_met]
    return tuple(sorted({*found, *lacks}, key=list(Missing).index))


def _stood_by(day: date | None, span: Span) -> bool:
    return day is not None and day <= span.last


@dataclass(frozen=True)
class Forecast:
    """How far a running span is: ``reached`` of ``needed`` with ``days_left`` (today not among them)."""

    reached: int
    needed: int
    days_left: int

    @property
    def is_reached(self) -> bool:
        """Whether enough is there."""
        return self.reached >= self.needed


def device_forecast(evidence: Evidence, span: Span, today: date, book: Rulebook) -> Forecast:
    """Return how far the device days of a running period are on the way to the fullest code still possible."""
    reached = evidence.days_in(span)
    days_left = max((span.last - today).days, 0)
    open_steps = [one.least_days for one in book.supplies if one.least_days <= reached + days_left]
    return Forecast(reached, max(open_steps, default=book.least_days), days_left)


def minutes_forecast(minutes: int, month: Span, today: date, book: Rulebook) -> Forecast:
    """Return how far the minutes of a running month are on the way to the next code."""
    steps = sorted(first.least_minutes for first in book.first_minutes)
    needed = next((step for step in steps if step > minutes), None)
    if needed is None:
        needed = minutes - (minutes - steps[-1]) % book.further_minutes + book.further_minutes
    return Forecast(minutes, needed, max((month.last - today).days, 0))
