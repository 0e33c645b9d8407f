from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.billing.rulebook import NoRulebookError, rulebook_on
from hearthline.billing.rules import (
    Episode,
    Evidence,
    Missing,
    Offer,
    Purpose,
    Span,
    Work,
    counted_seconds,
    device_forecast,
    management_codes,
    minutes_forecast,
    month_of,
    months,
    offers,
    periods,
    supply_code,
)

CHICAGO = ZoneInfo("America/Chicago")
PERSON, OTHER_PERSON, NURSE, SECOND_NURSE = (UUID(int=number) for number in range(1, 5))
START = date(2026, 3, 2)
BOOK = rulebook_on(START)
EPISODE = Episode(
    person=PERSON,
    practitioner=UUID(int=9),
    ordered_on=date(2026, 2, 20),
    consented_on=date(2026, 2, 20),
    is_established=True,
    has_medical_device=True,
    set_up_on=START,
    ends_on=None,
)
TODAY = date(2026, 6, 1)


def work(
    number: int = 1,
    *,
    at: datetime = datetime(2026, 3, 10, 15, tzinfo=UTC),
    minutes: float = 20,
    **changes: Any,
) -> Work:
    one = Work(
        id=UUID(int=100 + number),
        staff=NURSE,
        person=PERSON,
        starts_at=at,
        ends_at=at + timedelta(minutes=minutes),
        active_seconds=int(minutes * 60),
        purpose=Purpose.MANAGEMENT,
        is_live_contact=True,
        is_attested=True,
    )
    return replace(one, **changes)


def evidence(*stretches: Work, days: int = 16, episode: Episode = EPISODE, **changes: Any) -> Evidence:
    return Evidence(
        episode=episode,
        device_days=frozenset(START + timedelta(days=number) for number in range(days)),
        seconds=counted_seconds(stretches),
        work=tuple(stretches),
        **changes,
    )


def ready(found: list[Offer]) -> set[tuple[str, int]]:
    return {(offer.code, offer.units) for offer in found if offer.is_ready}


def look(given_evidence: Evidence, today: date = TODAY) -> list[Offer]:
    return offers(given_evidence, today=today, zone=CHICAGO)


@pytest.mark.parametrize(
    ("days", "code"), [(0, None), (1, None), (2, "99445"), (15, "99445"), (16, "99454"), (30, "99454")]
)
def test_days_of_a_period_earn_one_code(days: int, code: str | None) -> None:
    assert supply_code(days, BOOK) == code


def test_before_2026_fewer_than_sixteen_days_earn_nothing() -> None:
    book = rulebook_on(date(2025, 12, 31))
    assert [supply_code(days, book) for days in (15, 16)] == [None, "99454"]
    assert management_codes(19, book) == []


@pytest.mark.parametrize(
    ("minutes", "codes"),
    [
        (9, []),
        (10, [("99470", 1)]),
        (19, [("99470", 1)]),
        (20, [("99457", 1)]),
        (39, [("99457", 1)]),
        (40, [("99457", 1), ("99458", 1)]),
        (59, [("99457", 1), ("99458", 1)]),
        (60, [("99457", 1), ("99458", 2)]),
    ],
)
def test_minutes_of_a_month_earn_codes(minutes: int, codes: list[tuple[str, int]]) -> None:
    assert management_codes(minutes, BOOK) == codes


def test_a_day_without_rules_says_so() -> None:
    with pytest.raises(NoRulebookError, match="2019-12-31"):
        rulebook_on(date(2019, 12, 31))


def test_all_three_parts_earn_all_three_claims() -> None:
    assert ready(look(evidence(work()))) == {("99453", 1), ("99454", 1), ("99457", 1)}


def test_seconds_short_of_a_minute_do_not_count() -> None:
    assert ("99457", 1) not in ready(look(evidence(work(minutes=19.99))))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ordered_on": None}, Missing.ORDER),
        ({"practitioner": None}, Missing.ORDER),
        ({"consented_on": None}, Missing.CONSENT),
        ({"is_established": False}, Missing.ESTABLISHED),
        ({"has_medical_device": False}, Missing.MEDICAL_DEVICE),
    ],
)
def test_a_missing_condition_holds_back_every_claim(changes: dict[str, Any], reason: Missing) -> None:
    found = look(evidence(work(), episode=replace(EPISODE, **changes)))
    assert found
    assert all(reason in offer.missing for offer in found)


def test_without_set_up_nothing_is_ready() -> None:
    found = look(evidence(work(), episode=replace(EPISODE, set_up_on=None)))
    assert found
    assert ready(found) == set()


def test_device_days_without_minutes_are_not_claimed() -> None:
    found = look(evidence())
    assert {offer.code for offer in found} == {"99453", "99454"}
    assert all(Missing.MINUTES in offer.missing for offer in found)


def test_minutes_without_device_days_are_not_claimed() -> None:
    found = look(evidence(work(), days=1))
    assert {(offer.code, Missing.DEVICE_DAYS in offer.missing) for offer in found} == {
        ("99453", True),
        ("99457", True),
    }


def test_minutes_without_a_conversation_are_not_claimed() -> None:
    found = look(evidence(work(is_live_contact=False)))
    assert [offer.missing for offer in found if offer.code == "99457"] == [(Missing.LIVE_CONTACT,)]


def test_a_conversation_that_does_not_count_is_none() -> None:
    talk = work(2, minutes=5, at=datetime(2026, 3, 11, 15, tzinfo=UTC), is_attested=False)
    found = look(evidence(work(is_live_contact=False), talk))
    assert [offer.missing for offer in found if offer.code == "99457"] == [(Missing.LIVE_CONTACT,)]


def test_what_was_done_before_consent_does_not_count() -> None:
    late = replace(EPISODE, consented_on=date(2026, 3, 11))
    found = look(evidence(work(), episode=late))
    assert "99457" not in {offer.code for offer in found}
    assert {offer.code for offer in found} == {"99453", "99445"}  # seven of the sixteen days are left


def test_a_running_span_waits() -> None:
    found = look(evidence(work()), today=START + timedelta(days=29))
    assert all(Missing.STILL_RUNNING in offer.missing for offer in found if offer.code == "99454")
    after = look(evidence(work()), today=START + timedelta(days=30))
    assert ("99454", 1) in ready(after)


def test_periods_roll_and_months_do_not() -> None:
    spans = list(periods(START, date(2026, 4, 1), days=30))
    assert spans == [Span(START, date(2026, 3, 31)), Span(date(2026, 4, 1), date(2026, 4, 30))]
    assert list(months(date(2026, 1, 31), date(2026, 2, 1))) == [
        Span(date(2026, 1, 1), date(2026, 1, 31)),
        Span(date(2026, 2, 1), date(2026, 2, 28)),
    ]
    assert month_of(date(2028, 2, 3)).last == date(2028, 2, 29)


def test_a_month_is_told_in_the_clinics_zone() -> None:
    last_evening = work(at=datetime(2026, 4, 1, 4, 30, tzinfo=UTC))  # 31 March, 23:30 in Chicago
    (offer,) = [one for one in look(evidence(last_evening)) if one.code == "99457"]
    assert offer.span == month_of(date(2026, 3, 31))


def test_the_hour_of_the_clock_change_has_its_real_minutes() -> None:
    across = work(at=datetime(2026, 3, 8, 7, 50, tzinfo=UTC), minutes=20)  # 01:50 to 03:10 on the wall
    assert counted_seconds([across]) == {across.id: 20 * 60}


def test_another_practitioners_claim_is_seen() -> None:
    found = look(evidence(work(), claimed_elsewhere=(Span(date(2026, 3, 20), date(2026, 4, 18)),)))
    held = {offer.code for offer in found if Missing.OTHER_PRACTITIONER in offer.missing}
    assert held == {"99453", "99454", "99457"}


def test_review_counts_its_own_minutes() -> None:
    review = work(2, minutes=30, at=datetime(2026, 3, 12, 15, tzinfo=UTC), purpose=Purpose.REVIEW)
    assert ("99091", 1) in ready(look(evidence(work(), review)))
    short = replace(review, active_seconds=29 * 60)
    assert "99091" not in {offer.code for offer in look(evidence(work(), short))}
    assert "99457" not in {offer.code for offer in look(evidence(review))}


def test_two_people_at_once_count_once() -> None:
    first = work(1, minutes=20)
    both = work(2, minutes=20, staff=SECOND_NURSE, at=first.starts_at + timedelta(minutes=15))
    assert counted_seconds([both, first]) == {first.id: 20 * 60, both.id: 15 * 60}


def test_one_nurse_is_with_one_person_at_a_time() -> None:
    first = work(1, minutes=20)
    other = work(2, minutes=20, person=OTHER_PERSON, at=first.starts_at + timedelta(minutes=5))
    assert counted_seconds([first, other]) == {first.id: 20 * 60, other.id: 5 * 60}


@pytest.mark.parametrize(("days", "on", "expected"), [(10, 10, (10, 16, 19)), (3, 25, (3, 2, 4))])
def test_the_device_forecast_aims_at_what_can_be_reached(
    days: int, on: int, expected: tuple[int, int, int]
) -> None:
    span = next(periods(START, START, days=30))
    found = device_forecast(evidence(days=days), span, START + timedelta(days=on), BOOK)
    assert (found.reached, found.needed, found.days_left) == expected


@pytest.mark.parametrize(("minutes", "needed"), [(0, 10), (10, 20), (14, 20), (20, 40), (39, 40), (40, 60)])
def test_the_minutes_forecast_names_the_next_step(minutes: int, needed: int) -> None:
    found = minutes_forecast(minutes, month_of(START), date(2026, 3, 21), BOOK)
    assert (found.needed, found.days_left) == (needed, 10)


STRETCHES = st.lists(
    st.builds(
        lambda number, start, length, staff, person, is_attested: work(
            number,
            at=datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=start),
            minutes=length,
            staff=UUID(int=staff),
            person=UUID(int=person),
            is_attested=is_attested,
        ),
        st.integers(0, 10_000),
        st.integers(0, 120),
        st.integers(1, 60),
        st.integers(50, 52),
        st.integers(60, 62),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


def covered_seconds(stretches: list[Work]) -> int:
    minutes = set()
    for one in stretches:
        first = int((one.starts_at - datetime(2026, 3, 10, tzinfo=UTC)).total_seconds()) // 60
        minutes |= set(range(first, first + one.active_seconds // 60))
    return len(minutes) * 60


@given(STRETCHES, st.randoms())
def test_no_minute_counts_twice_whatever_the_order(stretches: list[Work], random: Any) -> None:
    counted = counted_seconds(stretches)
    shuffled = list(stretches)
    random.shuffle(shuffled)
    assert counted_seconds(shuffled) == counted
    assert all(0 <= counted[one.id] <= one.active_seconds for one in stretches)
    for key in ("staff", "person"):
        for who in {getattr(one, key) for one in stretches}:
            mine = [one for one in stretches if getattr(one, key) == who and one.is_attested]
            assert sum(counted[one.id] for one in mine) <= covered_seconds(mine)


@given(st.sets(st.integers(0, 120)), st.integers(0, 90))
def test_every_offer_of_a_device_is_earned_and_none_overlap(numbers: set[int], minutes: int) -> None:
    days = frozenset(START + timedelta(days=number) for number in numbers)
    found = look(replace(evidence(work(minutes=max(minutes, 1))), device_days=days), today=date(2026, 8, 1))
    supplies = [offer for offer in found if offer.code in {"99445", "99454"}]
    for offer in supplies:
        count = sum(1 for day in days if offer.span.holds(day))
        assert offer.code == ("99454" if count >= 16 else "99445")
        assert count >= 2
    assert not any(one.span.touches(other.span) for one in supplies for other in supplies if one is not other)
