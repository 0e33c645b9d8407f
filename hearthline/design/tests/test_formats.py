from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from hearthline.design import formats
from hearthline.design.templatetags import design

AT = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", "America/Chicago", "Tuesday 24 November 2026, 14:30 (Chicago time)"),
        ("es", "America/Chicago", "martes 24 de noviembre de 2026, 14:30 (hora de Chicago)"),
        ("en", "Asia/Tokyo", "Wednesday 25 November 2026, 05:30 (Tokyo time)"),
        ("en", "UTC", "Tuesday 24 November 2026, 20:30 (universal time)"),
    ],
)
def test_a_time_names_its_zone(language: str, zone: str, expected: str) -> None:
    with translation.override(language):
        assert design.when(AT, zone) == expected


def test_arabic_time_is_in_arabic() -> None:
    with translation.override("ar"):
        assert "نوفمبر" in design.when(AT, "Africa/Cairo")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "01:30"),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "01:30"),
        (datetime(2026, 11, 1, 8, 30, tzinfo=UTC), "02:30"),
    ],
)
def test_clock_follows_the_end_of_daylight_saving(at: datetime, expected: str) -> None:
    assert formats.clock_time(at, "America/Chicago", "en") == expected


def test_a_plain_date_stays_in_every_zone() -> None:
    born = date(1961, 5, 3)
    assert formats.short_day(born, "Pacific/Auckland", "en") == "3 May 1961"
    assert formats.day(born, "America/Los_Angeles", "es") == "miércoles 3 de mayo de 1961"


def test_nothing_is_shown_for_no_time() -> None:
    assert design.when(None, "America/Chicago") == ""
    assert design.short_day(None) == ""


def test_unknown_language_falls_back_to_english() -> None:
    assert formats.short_day(AT, "UTC", "en-xa") == "24 Nov 2026"
    assert formats.short_day(AT, "UTC", "zz-zz") == "24 Nov 2026"


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [(1234.5, "en", "1,234.5"), (1234.5, "es", "1.234,5"), ("126/78", "es", "126/78"), (None, "en", "")],
)
def test_numbers_follow_the_language(value: object, language: str, expected: str) -> None:
    assert formats.number(value, language) == expected


def test_telephone_numbers_are_readable_and_callable() -> None:
    assert formats.telephone("+15125550142") == "+1 512-555-0142"
    assert formats.telephone("ask at the desk") == "ask at the desk"
    assert formats.telephone_link("+1 512-555-0142") == "tel:+15125550142"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Rosa Delgado", "RD"),
        ("Dr. Amara Osei", "AO"),
        ("Dr. Yusuf Haddad, MD", "YH"),
        ("Cher", "C"),
        ("أحمد سالم", "أس"),
        ("  ", ""),
        ("…", ""),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert formats.initials(name) == expected


def test_a_typed_name_cannot_break_out() -> None:
    assert design.bdi("<script>") == "<bdi>&lt;script&gt;</bdi>"
    assert design.telephone("<b>") == '<bdi dir="ltr" class="nowrap">&lt;b&gt;</bdi>'
