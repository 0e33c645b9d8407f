"""Windows, waits, and what the vendor's words mean: properties and examples, without a socket."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.vendors import rules
from hearthline.monitoring.vendors.withings import (
    Group,
    Measure,
    Nothing,
    VendorAwayError,
    VendorRefusedError,
    read_answer,
    read_notification,
    signature,
    taken,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MOMENTS = st.integers(-30 * 24, 30 * 24).map(lambda hours: NOW + timedelta(hours=hours))
WINDOWS = st.lists(
    st.tuples(MOMENTS, st.integers(0, 72)).map(lambda one: (one[0], one[0] + timedelta(hours=one[1])))
)


@given(WINDOWS)
def test_merged_windows_hold_every_moment_that_was_named(windows: list[rules.Window]) -> None:
    since, until = NOW - timedelta(days=10), NOW + timedelta(days=1)
    found = rules.merged(windows, since=since, until=until)
    for first, last in windows:
        for moment in (first, last, first + (last - first) / 2):
            if since <= moment <= until:
                assert any(start <= moment <= end for start, end in found)
    assert all(since <= start <= end <= until for start, end in found)
    assert all(before[1] + rules.OVERLAP < after[0] for before, after in pairwise(found))


@given(st.integers(1, 1000))
def test_each_wait_is_longer_and_none_longer_than_an_hour(failures: int) -> None:
    wait = rules.next_try(failures, NOW) - NOW
    assert rules.FIRST_RETRY <= wait <= rules.LONGEST_RETRY
    assert rules.next_try(failures + 1, NOW) - NOW >= wait


@given(st.binary(max_size=300))
def test_any_call_is_read_or_left(body: bytes) -> None:
    read_notification(body)


@given(st.binary(max_size=300))
def test_any_answer_is_an_answer_or_none(content: bytes) -> None:
    try:
        read_answer(content, Nothing)
    except (VendorAwayError, VendorRefusedError):
        return


@given(st.integers(), st.integers(), st.integers(0, 20), st.integers(), st.integers())
def test_any_group_is_taken_or_left(value: int, unit: int, attrib: int, date: int, modified: int) -> None:
    found = taken(Group(1, attrib, date, modified, 1, [Measure(value, 1, unit)]))
    assert found is None or found.is_typed == (attrib not in {0, 1, 5, 7, 8, 15})


def group(*measures: tuple[int, int, int], category: int = 1) -> Group:
    return Group(7, 0, 1_700_000_000, 1_700_000_000, category, [Measure(*one) for one in measures])


def test_numbers_are_exact_and_units_by_definition() -> None:
    found = taken(group((7215, 1, -2), (365, 71, -1), (98, 54, 0)))
    assert found is not None
    assert found.values == (
        ("weight", "kg", 72.15),
        ("temperature", "Cel", 36.5),
        ("oxygen-saturation", "%", 98.0),
    )
    assert taken(group((7215, 1, -2), category=2)) is None  # what somebody aims at


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (401, "", VendorRefusedError),
        (503, "Invalid Params: invalid refresh_token", VendorRefusedError),
        (503, "Invalid Params: wrong signature", VendorAwayError),
        (601, "Too many requests", VendorAwayError),
        (2556, "", VendorAwayError),
    ],
)
def test_only_plain_words_of_the_end_are_the_end(status: int, error: str, outcome: type[Exception]) -> None:
    with pytest.raises(outcome):
        read_answer(msgspec.json.encode({"status": status, "body": {}, "error": error}), Nothing)


def test_the_signature_is_the_one_of_the_guide() -> None:
    """HMAC-SHA256 of "action,client_id,nonce" values in order of their names, hex (computed with openssl)."""
    signed = signature("My Secret", nonce="n-1", client_id="id-1", action="requesttoken")
    assert signed == "bc9f8eee9b0d2220594768c40065eafbe1683d80b3aa8d7099107fc2643c07a3"
