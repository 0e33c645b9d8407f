from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.scheduling.rules import states
from hearthline.scheduling.rules.queue import (
    NEAR_MINUTES,
    ROUND_TO_MINUTES,
    SEEN_WITHIN,
    Waiting,
    count_ahead,
    estimate_wait,
    is_looking,
    is_near,
    say_minutes,
)
from hearthline.scheduling.rules.reminders import plan_reminders
from hearthline.scheduling.rules.states import Action, Status
from hearthline.scheduling.rules.urgency import (
    RedFlag,
    Urgency,
    get_crisis_number,
    get_emergency_number,
    screen,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FLAGS = [RedFlag("chest", Urgency.EMERGENCY, "?"), RedFlag("harm", Urgency.CRISIS, "?")]


def test_final_states_have_no_way_out() -> None:
    assert states.list_actions(Status.FULFILLED) == []
    assert states.list_actions(Status.CANCELLED) == []
    assert states.get_next(Status.CANCELLED, Action.MOVE) is None


def test_every_state_but_the_first_two_can_be_reached_and_active_ones_can_end() -> None:
    reached = {target for (_, _), target in states.TRANSITIONS.items()}
    assert set(Status) - reached == {Status.HELD}
    for status in states.ACTIVE:
        assert any(
            target not in states.ACTIVE or status is Status.HELD
            for (source, _), target in states.TRANSITIONS.items()
            if source is status
        )


def test_nobody_is_a_noshow_before_the_start() -> None:
    assert states.is_too_early_for_noshow(1000, 999)
    assert not states.is_too_early_for_noshow(1000, 1000)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"chest": False, "harm": False}, Urgency.CLEAR),
        ({"chest": False, "harm": True}, Urgency.CRISIS),
        ({"chest": True, "harm": True}, Urgency.EMERGENCY),
    ],
)
def test_screen(answers: dict[str, bool], expected: Urgency) -> None:
    assert screen(FLAGS, answers) is expected


def test_silence_is_not_no() -> None:
    with pytest.raises(KeyError):
        screen(FLAGS, {"chest": False})


def test_emergency_number_follows_the_place() -> None:
    assert get_emergency_number("US-TX", local="112") == "911"
    assert get_emergency_number("ES-MD", local="911") == "112"
    assert get_emergency_number("XX", local="155") == "155"
    assert get_emergency_number("", local="") == "112"
    assert get_crisis_number("US-NM") == "988"
    assert get_crisis_number("JP") == ""


def test_all_five_reminders_when_there_is_time() -> None:
    planned = plan_reminders(NOW + timedelta(days=10), NOW)
    assert [reminder.name for reminder in planned] == ["7d", "48h", "24h", "2h", "10min"]
    assert planned[-1].send_at == NOW + timedelta(days=10) - timedelta(minutes=10)


def test_reminders_in_the_past_or_on_the_heels_of_the_booking_are_left_out() -> None:
    assert [one.name for one in plan_reminders(NOW + timedelta(hours=48, minutes=30), NOW)] == [
        "24h",
        "2h",
        "10min",
    ]
    assert [one.name for one in plan_reminders(NOW + timedelta(minutes=20), NOW)] == ["10min"]
    assert plan_reminders(NOW - timedelta(minutes=1), NOW) == []


@given(st.integers(-60, 60 * 24 * 40))
def test_reminders_lie_between_now_and_the_visit(minutes: int) -> None:
    starts_at = NOW + timedelta(minutes=minutes)
    times = [one.send_at for one in plan_reminders(starts_at, NOW)]
    assert times == sorted(times)
    assert all(NOW < send_at < starts_at for send_at in times)


def waiting(*minutes: int) -> list[Waiting]:
    return [Waiting(UUID(int=index + 1), NOW + timedelta(minutes=at)) for index, at in enumerate(minutes)]


def test_place_counts_only_those_before() -> None:
    line = waiting(0, 5, 5, 9)
    assert [count_ahead(line, one.entry_id) for one in line] == [0, 1, 2, 3]
    assert count_ahead(line, UUID(int=99)) == 4


def test_nobody_on_duty_gives_no_number() -> None:
    estimate = estimate_wait(ahead=3, clinicians=0, past_minutes=[], usual_minutes=20)
    assert (estimate.place, estimate.is_known) == (4, False)


def test_a_wait_too_long_to_guess_is_not_guessed() -> None:
    assert not estimate_wait(ahead=40, clinicians=1, past_minutes=[], usual_minutes=20).is_known


def test_two_clinicians_halve_the_wait_and_the_past_sets_the_pace() -> None:
    one = estimate_wait(ahead=4, clinicians=1, past_minutes=[10] * 9, usual_minutes=30)
    two = estimate_wait(ahead=4, clinicians=2, past_minutes=[10] * 9, usual_minutes=30)
    assert (one.low_minutes, one.high_minutes) == (40, 50)
    assert (two.low_minutes, two.high_minutes) == (20, 25)


@given(st.integers(0, 30), st.integers(1, 6), st.lists(st.floats(1, 90), max_size=20), st.integers(5, 60))
def test_the_range_is_a_range_and_grows_with_the_line(
    ahead: int, clinicians: int, past: list[float], usual: int
) -> None:
    mine = estimate_wait(ahead=ahead, clinicians=clinicians, past_minutes=past, usual_minutes=usual)
    later = estimate_wait(ahead=ahead + 1, clinicians=clinicians, past_minutes=past, usual_minutes=usual)
    if mine.high_minutes is None or mine.low_minutes is None:
        assert later.high_minutes is None
        return
    assert 0 <= mine.low_minutes < mine.high_minutes
    assert later.high_minutes is None or later.high_minutes >= mine.high_minutes


@given(
    ahead=st.integers(0, 40),
    clinicians=st.integers(0, 6),
    past=st.lists(st.floats(1, 120), max_size=30),
    booked=st.integers(0, 240),
)
def test_one_number_for_a_message_lies_in_the_range_and_is_never_precise(
    ahead: int, clinicians: int, past: list[float], booked: int
) -> None:
    estimate = estimate_wait(
        ahead=ahead, clinicians=clinicians, past_minutes=past, usual_minutes=20, booked_minutes=booked
    )
    if estimate.low_minutes is None or estimate.high_minutes is None:
        assert not is_near(estimate)
        with pytest.raises(ValueError, match="nothing is known"):
            say_minutes(estimate)
        return
    said = say_minutes(estimate)
    assert said % ROUND_TO_MINUTES == 0
    assert max(estimate.low_minutes, 1) <= said <= estimate.high_minutes
    soonest = estimate.low_minutes if ahead == 0 else estimate.high_minutes
    assert is_near(estimate) == (soonest <= NEAR_MINUTES)


@given(st.integers(-300, 300))
def test_a_page_in_view_is_believed_for_a_short_while(seconds: int) -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert is_looking(at - timedelta(seconds=seconds), at) == (seconds <= SEEN_WITHIN.total_seconds())
    assert not is_looking(None, at)
