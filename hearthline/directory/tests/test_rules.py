"""The pure rules: licences, ages, safe hours, numbers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.directory import rules
from hearthline.directory.rules import Age, Channel, ContactRules, LicenceState

CHICAGO = ZoneInfo("America/Chicago")
ZONES = ["America/Chicago", "Europe/Madrid", "Asia/Amman", "Australia/Lord_Howe"]


@dataclass(frozen=True)
class Paper:
    jurisdiction: str = "US-TX"
    valid_from: date = date(2025, 1, 1)
    valid_until: date = date(2026, 12, 31)
    status: str = "active"


ON = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("licence", "place", "expected"),
    [
        (Paper(), "US-TX", True),
        (Paper(), "US-OK", False),
        (Paper(), "US", False),
        (Paper(), "", False),
        (Paper("ES"), "ES-MD", True),
        (Paper("ES-MD"), "ES", False),
        (Paper(status="suspended"), "US-TX", False),
        (Paper(status="pending"), "US-TX", False),
        (Paper(valid_until=date(2026, 5, 31)), "US-TX", False),
        (Paper(valid_until=ON), "US-TX", True),
        (Paper(valid_from=ON), "US-TX", True),
        (Paper(valid_from=date(2026, 6, 2)), "US-TX", False),
    ],
)
def test_a_licence_counts_in_its_place_and_time_only(licence: Paper, place: str, expected: bool) -> None:
    assert rules.is_licensed([licence], place, ON) is expected


def test_no_licence_is_no_leave_and_one_good_licence_suffices() -> None:
    assert not rules.is_licensed([], "US-TX", ON)
    assert rules.is_licensed([Paper("US-OK"), Paper(status="revoked"), Paper()], "US-TX", ON)


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)))
def test_the_state_of_a_licence_agrees_with_its_worth(on_date: date) -> None:
    good = {LicenceState.VALID, LicenceState.EXPIRING}
    assert (rules.licence_state(Paper(), on_date) in good) is rules.is_licensed([Paper()], "US-TX", on_date)


def test_a_licence_warns_before_it_expires() -> None:
    assert rules.licence_state(Paper(), date(2026, 11, 1)) is LicenceState.EXPIRING
    assert rules.licence_state(Paper(), date(2026, 11, 1) - timedelta(days=1)) is LicenceState.VALID
    assert rules.licence_state(Paper(), date(2027, 1, 1)) is LicenceState.EXPIRED
    assert rules.licence_state(Paper(), date(2024, 1, 1)) is LicenceState.NOT_YET
    assert rules.licence_state(Paper(status="revoked"), ON) is LicenceState.NOT_ACTIVE


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        ("2026-06-01", "2026-06-01", Age(0, "days")),
        ("2026-06-01", "2026-07-30", Age(59, "days")),
        ("2026-06-01", "2026-07-31", Age(1, "months")),
        ("2024-06-02", "2026-06-01", Age(23, "months")),
        ("2024-06-01", "2026-06-01", Age(2, "years")),
        ("2008-02-29", "2026-02-28", Age(17, "years")),
        ("2008-02-29", "2026-03-01", Age(18, "years")),
    ],
)
def test_age_in_the_unit_people_use(born: str, on: str, expected: Age) -> None:
    assert rules.age(date.fromisoformat(born), date.fromisoformat(on)) == expected


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 40_000))
def test_age_never_falls_as_days_pass(born: date, days: int) -> None:
    on = born + timedelta(days=days)
    assert rules.years_between(born, on) <= rules.years_between(born, on + timedelta(days=1))
    assert rules.is_minor(born, on) is (born > rules.latest_adult_birth_date(on))


def test_birth_dates_that_nobody_has() -> None:
    today = date(2026, 11, 23)
    assert rules.is_plausible_birth_date(today, today)
    assert not rules.is_plausible_birth_date(today + timedelta(days=1), today)
    assert not rules.is_plausible_birth_date(date(1890, 1, 1), today)


def test_a_forbidden_channel_is_never_offered() -> None:
    careful = ContactRules(preferred=Channel.SMS, is_sms_allowed=False, is_voice_allowed=False)
    assert careful.channels() == (Channel.EMAIL, Channel.PORTAL)
    assert ContactRules(preferred=Channel.PORTAL).channels() == (Channel.PORTAL,)
    assert ContactRules(preferred=Channel.SMS).channels()[0] is Channel.SMS


hours = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(hours, hours, moments, st.sampled_from(ZONES))
def test_the_next_allowed_moment_is_allowed_and_not_earlier(
    start: time, end: time, at: datetime, zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    contact = ContactRules(allowed_from=start, allowed_until=end)
    found = rules.next_allowed_at(contact, at, zone)
    assert found >= at
    assert found - at <= timedelta(days=2)
    if not rules.is_within_hours(contact, found.astimezone(zone).time()):
        # The whole window fell into the hour that a clock change skips.
        assert (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % 1440 < 60


def test_quiet_hours_run_over_midnight_and_portal_never_waits() -> None:
    night = ContactRules(allowed_from=time(22), allowed_until=time(6))
    at = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)  # noon in Chicago
    assert not rules.may_contact(night, Channel.SMS, at, CHICAGO)
    assert rules.may_contact(night, Channel.PORTAL, at, CHICAGO)
    assert rules.next_allowed_at(night, at, CHICAGO) == datetime(2026, 6, 2, 3, 0, tzinfo=UTC)
    assert rules.may_contact(night, Channel.SMS, datetime(2026, 6, 2, 5, tzinfo=UTC), CHICAGO)


@pytest.mark.parametrize(
    ("typed", "region", "expected"),
    [
        ("(512) 555-0100", "US", "+15125550100"),
        ("+34 612 345 678", "US", "+34612345678"),
        ("612 345 678", "ES", "+34612345678"),
        ("12", "US", None),
        ("call me", "US", None),
        ("\x00", "US", None),
    ],
)
def test_telephone_numbers(typed: str, region: str, expected: str | None) -> None:
    assert rules.normal_telephone(typed, region) == expected


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(typed: str) -> None:
    found = rules.normal_telephone(typed, "US")
    assert found is None or rules.normal_telephone(found, "ES") == found


def test_a_period_holds_its_start_and_not_its_end() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end = start + timedelta(days=1)
    assert rules.is_current(start, end, start)
    assert not rules.is_current(start, end, end)
    assert rules.is_current(start, None, end)
    assert not rules.is_current(start, None, start - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("value", "expected"), [("1234567893", True), ("1234567890", False), ("", False), ("12345678a3", False)]
)
def test_provider_identifiers_carry_a_check_digit(value: str, expected: bool) -> None:
    assert rules.is_npi(value) is expected


def test_identifiers_and_addresses_compare_without_dress() -> None:
    assert rules.normal_identifier(" mrn-00 12_a ") == "MRN0012A"
    assert rules.normal_email(" Rosa@Example.ORG ") == "rosa@example.org"
