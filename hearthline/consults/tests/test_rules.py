from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthline.consults.rules import assigning, billing, critical, states
from hearthline.consults.rules.clocks import (
    MIDNIGHT,
    NoWorkingTimeError,
    WorkingCalendar,
    add_working,
    count_working,
    due_after_pause,
    escalation_step,
    seconds_left,
)
from hearthline.consults.rules.manifest import SeenObject, digest_of, write_manifest
from hearthline.consults.rules.states import Action, Status

ZONES = ("America/Chicago", "Europe/Madrid", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
calendars = st.builds(
    WorkingCalendar,
    zone=st.sampled_from(ZONES),
    opens=st.times(max_value=time(23, 0)).map(lambda at: at.replace(second=0, microsecond=0)),
    closes=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.frozensets(st.dates(date(2026, 2, 1), date(2026, 5, 31)), max_size=4),
)
moments = st.integers(1_771_000_000, 1_780_000_000).map(  # seconds of spring 2026
    lambda second: datetime.fromtimestamp(second, UTC)
)
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OFFICE = WorkingCalendar("America/Chicago")


@few
@given(calendar=calendars, start=moments, seconds=st.integers(0, 200_000))
def test_a_clock_counts_exactly_what_was_promised(
    calendar: WorkingCalendar, start: datetime, seconds: int
) -> None:
    due = add_working(calendar, start, seconds)
    assert count_working(calendar, start, due) == seconds
    assert seconds_left(calendar, start, due) == seconds


@few
@given(calendar=calendars, start=moments, seconds=st.integers(1, 100_000), pause=st.integers(0, 400_000))
def test_a_pause_costs_nothing(calendar: WorkingCalendar, start: datetime, seconds: int, pause: int) -> None:
    """However long the clock stood still, what is left is what was left."""
    left = seconds_left(calendar, start, add_working(calendar, start, seconds))
    resumed = start + timedelta(seconds=pause)
    assert seconds_left(calendar, resumed, due_after_pause(calendar, resumed, left)) == left


@few
@given(calendar=calendars, first=moments, second=moments, third=moments)
def test_working_time_adds_up(
    calendar: WorkingCalendar, first: datetime, second: datetime, third: datetime
) -> None:
    early, middle, late = sorted((first, second, third))
    whole = count_working(calendar, early, late)
    assert whole == count_working(calendar, early, middle) + count_working(calendar, middle, late)


@few
@given(calendar=calendars)
def test_a_calendar_is_kept_whole(calendar: WorkingCalendar) -> None:
    assert WorkingCalendar.from_json(calendar.to_json()) == calendar


def test_an_evening_a_weekend_and_a_holiday_do_not_count() -> None:
    friday = datetime(2026, 3, 6, 22, 0, tzinfo=UTC)  # 16:00 in Chicago; clocks change on Sunday
    closed_monday = WorkingCalendar("America/Chicago", holidays=frozenset({date(2026, 3, 9)}))
    assert add_working(OFFICE, friday, 2 * 3600) == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    assert add_working(closed_monday, friday, 2 * 3600) == datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def test_around_the_clock_is_around_the_clock() -> None:
    always = WorkingCalendar("UTC", MIDNIGHT, MIDNIGHT, frozenset(range(7)))
    assert (
        count_working(always, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, 6, tzinfo=UTC))
        == 54 * 3600
    )


def test_a_desk_that_never_works_promises_nothing() -> None:
    days = frozenset(date(2026, 1, 1) + timedelta(days=number) for number in range(900))
    with pytest.raises(NoWorkingTimeError):
        add_working(WorkingCalendar("UTC", holidays=days), datetime(2026, 1, 1, tzinfo=UTC), 1)


@pytest.mark.parametrize(("late", "told"), [(-1, 0), (0, 1), (3599, 1), (3600, 2), (99_999, 3)])
def test_one_more_person_hears_of_it_each_hour(late: int, told: int) -> None:
    assert escalation_step(late, 3) == told


def test_nothing_follows_what_is_over_but_opening_again() -> None:
    assert states.list_actions(Status.CLOSED) == [Action.REOPEN]
    assert states.list_actions(Status.DECLINED) == states.list_actions(Status.WITHDRAWN) == []


def test_every_status_is_reached_and_left_or_over() -> None:
    reached = {target for _source, target in states.list_pairs()}
    assert reached == set(Status) - {Status.DRAFT}
    assert {status for status in Status if not states.list_actions(status)} == {
        Status.DECLINED,
        Status.WITHDRAWN,
    }


def candidate(number: int, **values: object) -> assigning.Candidate:
    facts = {
        "name": f"Reader {number}",
        "is_available": True,
        "open_cases": number,
        "most_open": 9,
        "is_licensed": True,
        "speaks_language": True,
        "has_conflict": False,
    }
    return assigning.Candidate(user_id=UUID(int=number), **{**facts, **values})  # type: ignore[arg-type]


def test_the_least_busy_who_speaks_the_language_is_asked() -> None:
    readers = [
        candidate(1, speaks_language=False),
        candidate(3),
        candidate(2),
        candidate(0, has_conflict=True),
    ]
    chosen = assigning.choose(readers, by_patient=False)
    assert chosen is not None
    assert chosen.name == "Reader 2"


@few
@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 12), st.booleans()),
        max_size=6,
    ),
    st.booleans(),
)
def test_nobody_with_an_obstacle_is_chosen_by_itself(
    facts: list[tuple[bool, bool, bool, int, bool]], by_patient: bool
) -> None:
    readers = [
        candidate(n, is_available=a, is_licensed=b, has_conflict=c, open_cases=d, speaks_language=e)
        for n, (a, b, c, d, e) in enumerate(facts)
    ]
    chosen = assigning.choose(readers, by_patient=by_patient)
    free = [one for one in readers if not assigning.find_obstacles(one, by_patient=by_patient)]
    assert (chosen in free) if free else chosen is None


def test_a_reason_overcomes_everything_but_a_conflict() -> None:
    away, conflict = assigning.Obstacle.AWAY, assigning.Obstacle.CONFLICT
    assert not assigning.may_assign([away], reason=" ")
    assert assigning.may_assign([away], reason="Agreed by telephone")
    assert not assigning.may_assign([conflict], reason="Agreed by telephone")


DAY = date(2026, 5, 20)


def case(**values: object) -> billing.CaseFacts:
    facts = {
        "answered_on": DAY,
        "reader_minutes": 12,
        "requester_minutes": 16,
        "has_spoken": False,
        "has_consent": True,
        "is_by_patient": False,
    }
    return billing.CaseFacts(**{**facts, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "reader", "requester"),
    [
        ({}, "99451", "99452"),
        ({"reader_minutes": 4}, "", ""),
        ({"requester_minutes": 15}, "99451", ""),
        ({"has_spoken": True, "reader_minutes": 5}, "99446", "99452"),
        ({"has_spoken": True, "reader_minutes": 11}, "99447", "99452"),
        ({"has_spoken": True, "reader_minutes": 30}, "99448", "99452"),
        ({"has_spoken": True, "reader_minutes": 31}, "99449", "99452"),
        ({"last_seen_on": DAY - timedelta(days=14)}, "", ""),
        ({"last_seen_on": DAY - timedelta(days=15)}, "99451", "99452"),
        ({"next_seen_on": DAY + timedelta(days=14)}, "", ""),
        ({"has_consent": False}, "", ""),
        ({"is_by_patient": True}, "", ""),
        ({"answered_on": date(2018, 12, 31)}, "", ""),
    ],
)
def test_codes_follow_from_facts_and_days(values: dict[str, object], reader: str, requester: str) -> None:
    found = billing.find_facts(case(**values))
    assert (found.reader_code, found.requester_code) == (reader, requester)
    assert bool(found.missing) == (not reader)


def test_all_six_facts_are_asked_for() -> None:
    assert critical.missing_facts({"finding": "x", "told_by": "y"}) == [
        "identified_at",
        "received_by",
        "received_at",
        "method",
    ]


def test_more_people_hear_of_a_critical_finding_as_time_goes_by() -> None:
    found = datetime(2026, 3, 2, 12, tzinfo=UTC)
    counts = [
        critical.told_count("minutes", found, found + timedelta(minutes=m), 4) for m in (0, 14, 15, 45, 500)
    ]
    assert counts == [1, 1, 2, 4, 4]


objects = st.builds(
    SeenObject,
    id=st.uuids().map(str),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    size_bytes=st.integers(0, 10**9),
    content_type=st.sampled_from(["image/jpeg", "application/pdf"]),
    quality=st.sampled_from(["original", "preview", "not opened"]),
)


@few
@given(st.lists(objects, max_size=4, unique_by=lambda one: one.id), st.randoms(), st.text(max_size=20))
def test_one_content_has_one_manifest_and_any_change_another(
    seen: list[SeenObject], random: object, text: str
) -> None:
    shuffled = list(seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    facts = {"case": {"id": "1"}, "answer": {"plan": text}, "previous": ""}
    manifest = write_manifest(objects=seen, **facts)  # type: ignore[arg-type]
    assert write_manifest(objects=shuffled, **facts) == manifest  # type: ignore[arg-type]
    changed = write_manifest(objects=seen, **{**facts, "answer": {"plan": f"{text}."}})  # type: ignore[arg-type]
    assert digest_of(changed) != digest_of(manifest)
