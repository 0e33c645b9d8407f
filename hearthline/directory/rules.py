"""Pure rules of the directory: licences, ages, safe contact, periods, identifiers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

import phonenumbers

AGE_OF_MAJORITY = 18
OLDEST_BIRTH_YEARS = 130
LICENCE_WARNING_DAYS = 60
INFANT_MONTHS = 24  # younger than this, age is said in months
NEWBORN_DAYS = 60  # younger than this, age is said in days
NPI_PREFIX = "80840"
NPI_LENGTH = 10
IDENTIFIER_LENGTH = 64
ACTIVE = "active"


class LicenceLike(Protocol):
    """What the licence rules read."""

    @property
    def jurisdiction(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date: ...
    @property
    def status(self) -> str: ...


class LicenceState(StrEnum):
    """What a licence is worth on a day."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    NOT_ACTIVE = "not_active"


def covers(licence_jurisdiction: str, jurisdiction: str) -> bool:
    """Return whether a licence of one place counts in another.

    A licence of a country counts in its parts ("ES" in "ES-MD"); one of a part counts there only, and never for a
    country named without its part ("US-TX" does not count in "US").
    """
    return bool(jurisdiction) and (
        licence_jurisdiction == jurisdiction or licence_jurisdiction == jurisdiction.partition("-")[0]
    )


def is_licensed(licences: Iterable[LicenceLike], jurisdiction: str, on_date: date) -> bool:
    """Return whether one of the licences allows care for a person who is in ``jurisdiction`` on ``on_date``."""
    return any(
        licence.status == ACTIVE
        and covers(licence.jurisdiction, jurisdiction)
        and licence.valid_from <= on_date <= licence.valid_until
        for licence in licences
    )


def licence_state(licence: LicenceLike, on_date: date) -> LicenceState:
    """Return what a licence is worth on a day, with a warning before it expires."""
    if licence.status != ACTIVE:
        return LicenceState.NOT_ACTIVE
    if on_date < licence.valid_from:
        return LicenceState.NOT_YET
    if on_date > licence.valid_until:
        return LicenceState.EXPIRED
    is_soon = (licence.valid_until - on_date).days <= LICENCE_WARNING_DAYS
    return LicenceState.EXPIRING if is_soon else LicenceState.VALID


@dataclass(frozen=True)
class Age:
    """An age in the unit people use for it."""

    number: int
    unit: str  # "years", "months" or "days"


def years_between(birth_date: date, on_date: date) -> int:
    """Return completed years; a person born on 29 February has the birthday on 1 March in common years."""
    return (
        on_date.year - birth_date.year - ((on_date.month, on_date.day) < (birth_date.month, birth_date.day))
    )


def age(birth_date: date, on_date: date) -> Age:
    """Return an age as it is said: days for a newborn, months for an infant, else years."""
    days = max((on_date - birth_date).days, 0)
    if days < NEWBORN_DAYS:
        return Age(days, "days")
    months = (on_date.year - birth_date.year) * 12 + on_date.month - birth_date.month
    months -= on_date.day < birth_date.day
    return (
        Age(months, "months") if months < INFANT_MONTHS else Age(years_between(birth_date, on_date), "years")
    )


def is_minor(birth_date: date, on_date: date) -> bool:
    """Return whether a person is under the age of majority."""
    return years_between(birth_date, on_date) < AGE_OF_MAJORITY


def latest_adult_birth_date(today: date) -> date:
    """Return the birth date of the youngest people who are of age today."""
    year = today.year - AGE_OF_MAJORITY
    try:
        return today.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


def is_plausible_birth_date(birth_date: date, today: date) -> bool:
    """Return whether somebody alive could have been born then."""
    return birth_date <= today and years_between(birth_date, today) <= OLDEST_BIRTH_YEARS


def is_current(starts_at: datetime, ends_at: datetime | None, at: datetime) -> bool:
    """Return whether a period holds a moment: its start belongs to it, its end does not."""
    return starts_at <= at and (ends_at is None or at < ends_at)


class Channel(StrEnum):
    """A way to reach a person."""

    PORTAL = "portal"
    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"


@dataclass(frozen=True, kw_only=True)
class ContactRules:
    """How a person may safely be reached. ``portal`` is always possible: it shows nothing until sign-in."""

    preferred: Channel = Channel.EMAIL
    is_email_allowed: bool = True
    is_sms_allowed: bool = True
    is_voice_allowed: bool = True
    is_voicemail_allowed: bool = False
    is_telephone_shared: bool = False
    allowed_from: time | None = None
    allowed_until: time | None = None

    def allows(self, channel: Channel) -> bool:
        """Return whether a channel may be used at all."""
        return {
            Channel.PORTAL: True,
            Channel.EMAIL: self.is_email_allowed,
            Channel.SMS: self.is_sms_allowed,
            Channel.VOICE: self.is_voice_allowed,
        }[channel]

    def channels(self) -> tuple[Channel, ...]:
        """Return the allowed channels, the preferred one first and the portal last."""
        others = [
            channel for channel in (Channel.SMS, Channel.EMAIL, Channel.VOICE) if channel != self.preferred
        ]
        ordered = [self.preferred, *others] if self.preferred is not Channel.PORTAL else []
        return (*(channel for channel in ordered if self.allows(channel)), Channel.PORTAL)


def is_within_hours(rules: ContactRules, local: time) -> bool:
    """Return whether a local time of day lies in the allowed hours (which may run over midnight)."""
    start, end = rules.allowed_from, rules.allowed_until
    if start is None or end is None or start == end:
        return True
    return start <= local < end if start < end else local >= start or local < end


def may_contact(rules: ContactRules, channel: Channel, at: datetime, zone: ZoneInfo) -> bool:
    """Return whether a person may be reached by a channel at a moment."""
    if channel is Channel.PORTAL:
        return True
    return rules.allows(channel) and is_within_hours(rules, at.astimezone(zone).time())


def next_allowed_at(rules: ContactRules, at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment, not before ``at``, within the allowed hours (in UTC; safe across clock changes)."""
    local = at.astimezone(zone)
    if rules.allowed_from is None or is_within_hours(rules, local.time()):
        return at
    for days in range(3):
        wall = datetime.combine(local.date() + timedelta(days=days), rules.allowed_from, tzinfo=zone)
        opening = wall.astimezone(UTC)
        if opening >= at and is_within_hours(rules, opening.astimezone(zone).time()):
            return opening
    return at.astimezone(UTC) + timedelta(days=1)


def normal_identifier(value: str) -> str:
    """Return the form by which identifiers are compared: capital letters and digits only."""
    return re.sub(r"[\W_]", "", value.upper())


def normal_email(value: str) -> str:
    """Return the form by which e-mail addresses are compared."""
    return value.strip().casefold()


def normal_telephone(value: str, region: str) -> str | None:
    """Return a telephone number as ``+`` and digits, read as dialled in ``region`` (``US``); None if it is none."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def is_npi(value: str) -> bool:
    """Return whether ten digits are a National Provider Identifier: they carry a check digit."""
    if len(value) != NPI_LENGTH or not (value.isascii() and value.isdigit()):
        return False
    digits = [int(digit) for digit in NPI_PREFIX + value]
    doubled = [digit * 2 if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
