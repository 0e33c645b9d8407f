from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.messaging import rules
from hearthline.messaging.rules import Channel, Intent, Reach, State, Window

NIGHT = Window(time(21), time(8))
DAY = NIGHT.inverted()
MADRID = ZoneInfo("Europe/Madrid")
ZONES = [
    ZoneInfo(key) for key in ("America/Chicago", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu")
]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

zones = st.sampled_from(ZONES)
minutes_of_day = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
windows = st.builds(Window, minutes_of_day, minutes_of_day)
# A year of minutes: every change of the clocks in every zone lies in it.
moments = st.integers(0, 366 * 24 * 60).map(lambda minute: EPOCH + timedelta(minutes=minute))


@given(moments, zones, windows)
def test_the_next_moment_allowed_is_allowed_and_not_earlier(
    moment: datetime, zone: ZoneInfo, window: Window
) -> None:
    found = rules.next_allowed(moment, zone, window)
    assert found >= moment
    # A window of a few minutes may fall into the hour that the clocks skip: then it is tomorrow's turn.
    assert found - moment <= timedelta(days=2)
    assert rules.is_allowed(found, zone, window)
    assert rules.next_allowed(found, zone, window) == found


@given(moments, zones, windows)
def test_nothing_between_now_and_the_next_moment_was_allowed(
    moment: datetime, zone: ZoneInfo, window: Window
) -> None:
    found = rules.next_allowed(moment, zone, window)
    steps = int((found - moment) / timedelta(minutes=1))
    skipped = [moment + timedelta(minutes=step) for step in range(0, steps, 7)]
    for earlier in skipped:
        if rules.is_allowed(earlier, zone, window):
            # Only when the wall clock jumped into the window: its start was never shown.
            start_that_day = datetime.combine(earlier.astimezone(zone).date(), window.start, tzinfo=zone)
            back = start_that_day.astimezone(UTC).astimezone(zone)
            assert back.time() != window.start


@given(moments, zones, windows)
def test_the_last_moment_allowed_is_earlier_and_allowed(
    moment: datetime, zone: ZoneInfo, window: Window
) -> None:
    found = rules.last_allowed(moment, zone, window)
    assert found is None or (found <= moment and rules.is_allowed(found, zone, window))


@given(moments, zones, windows, st.integers(0, 3_000), st.integers(1, 3_000), st.booleans())
def test_a_plan_is_never_in_the_past_nor_after_the_message_is_worthless(
    now: datetime, zone: ZoneInfo, window: Window, ahead: int, valid: int, is_urgent: bool
) -> None:
    send_at = now + timedelta(minutes=ahead)
    expires_at = send_at + timedelta(minutes=valid)
    plan = rules.plan_sending(
        send_at=send_at, now=now, expires_at=expires_at, zone=zone, window=window, is_urgent=is_urgent
    )
    if plan.at is None:
        assert plan.reason == "quiet_hours"
        assert not is_urgent
    else:
        assert now <= plan.at < expires_at
        assert is_urgent or rules.is_allowed(plan.at, zone, window)


def test_quiet_hours_end_at_eight_on_the_wall_on_the_day_the_clocks_change() -> None:
    before = datetime(2026, 3, 28, 22, 0, tzinfo=MADRID)
    assert rules.next_allowed(before, MADRID, DAY) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    usual = datetime(2026, 3, 27, 22, 0, tzinfo=MADRID)
    assert rules.next_allowed(usual, MADRID, DAY) == datetime(2026, 3, 28, 7, 0, tzinfo=UTC)


def test_the_second_half_past_one_of_the_long_night_counts() -> None:
    window = Window(time(1, 30), time(20))
    second_quarter_past_one = datetime(2026, 11, 1, 7, 15, tzinfo=UTC)  # 01:15 for the second time in Chicago
    found = rules.next_allowed(second_quarter_past_one, ZoneInfo("America/Chicago"), window)
    assert found == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


def test_a_reminder_at_dawn_goes_the_evening_before() -> None:
    send_at = datetime(2026, 6, 2, 6, 0, tzinfo=MADRID)
    plan = rules.plan_sending(
        send_at=send_at,
        now=send_at - timedelta(days=3),
        expires_at=send_at + timedelta(hours=1),
        zone=MADRID,
        window=DAY,
        is_urgent=False,
    )
    assert plan.at == datetime(2026, 6, 1, 20, 45, tzinfo=MADRID)


def test_a_reminder_at_dawn_for_a_booking_made_at_night_stays_away() -> None:
    send_at = datetime(2026, 6, 2, 6, 0, tzinfo=MADRID)
    plan = rules.plan_sending(
        send_at=send_at,
        now=send_at - timedelta(hours=2),
        expires_at=send_at + timedelta(hours=1),
        zone=MADRID,
        window=DAY,
        is_urgent=False,
    )
    assert plan == rules.Plan(None, "quiet_hours")


def test_a_reminder_an_hour_late_is_not_sent() -> None:
    send_at = datetime(2026, 6, 2, 10, 0, tzinfo=MADRID)
    plan = rules.plan_sending(
        send_at=send_at,
        now=send_at + timedelta(hours=1),
        expires_at=send_at + timedelta(minutes=15),
        zone=MADRID,
        window=DAY,
        is_urgent=True,
    )
    assert plan == rules.Plan(None, "expired")


BOTH = {Channel.EMAIL: "a@b.example", Channel.SMS: "+15125550100"}
OFFERED = (Channel.SMS, Channel.EMAIL)


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (Reach(BOTH), ("sms", "email")),
        (Reach(BOTH, preferred=Channel.EMAIL), ("email", "sms")),
        (Reach(BOTH, opted_out=frozenset({Channel.SMS})), ("email",)),
        (Reach(BOTH, allowed=frozenset({Channel.EMAIL})), ("email",)),
        (Reach(BOTH, doubtful=frozenset({Channel.SMS})), ("email", "sms")),
        (Reach({Channel.SMS: "+15125550100"}), ("sms",)),
    ],
)
def test_channels_follow_the_person(reach: Reach, expected: tuple[str, ...]) -> None:
    assert rules.choose_channels(reach, offered=OFFERED).channels == expected


@pytest.mark.parametrize(
    ("reach", "reason"),
    [
        (Reach(BOTH, may_be_contacted=False), "safe_contact"),
        (Reach({}), "no_address"),
        (Reach({Channel.SMS: "+15125550100"}, allowed=frozenset({Channel.EMAIL})), "safe_contact"),
        (Reach(BOTH, opted_out=frozenset(OFFERED)), "opted_out"),
    ],
)
def test_no_channel_has_a_reason(reach: Reach, reason: str) -> None:
    choice = rules.choose_channels(reach, offered=OFFERED)
    assert (choice.channels, choice.reason) == ((), reason)


def test_an_essential_message_goes_by_mail_but_never_past_a_stop() -> None:
    reach = Reach(BOTH, opted_out=frozenset(OFFERED))
    assert rules.choose_channels(reach, offered=OFFERED, is_essential=True).channels == (Channel.EMAIL,)


@given(
    st.frozensets(st.sampled_from(Channel)),
    st.one_of(st.none(), st.frozensets(st.sampled_from(Channel))),
    st.frozensets(st.sampled_from(Channel)),
    st.booleans(),
)
def test_no_channel_outside_the_safe_ones_is_ever_chosen(
    opted_out: frozenset[Channel],
    allowed: frozenset[Channel] | None,
    doubtful: frozenset[Channel],
    is_essential: bool,
) -> None:
    reach = Reach(BOTH, allowed=allowed, opted_out=opted_out, doubtful=doubtful)
    chosen = rules.choose_channels(reach, offered=OFFERED, is_essential=is_essential).channels
    assert allowed is None or set(chosen) <= allowed
    assert Channel.SMS not in chosen or Channel.SMS not in opted_out


@given(st.integers(0, 2**63))
def test_waits_grow_and_end(seed: int) -> None:
    waits = [
        rules.retry_delay(attempt, seed=seed) for attempt in range(1, rules.MAX_ATTEMPTS_PER_CHANNEL + 1)
    ]
    assert waits[-1] is None
    real = [wait for wait in waits if wait is not None]
    assert real == sorted(real)
    assert len(real) == rules.MAX_ATTEMPTS_PER_CHANNEL - 1


def test_a_gateway_that_asks_for_time_gets_it() -> None:
    assert rules.retry_delay(1, seed=1, retry_after_seconds=900) == timedelta(seconds=900)


def test_what_is_over_stays_over() -> None:
    for over in (State.DELIVERED, State.SUPPRESSED, State.CANCELLED):
        assert not any(rules.may_become(over, state) for state in State)
    assert not rules.may_become(State.SENT, State.CANCELLED)
    assert rules.may_become(State.QUEUED, State.CANCELLED)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("C", Intent.CONFIRM),
        (" c. ", Intent.CONFIRM),
        ("Sí", Intent.CONFIRM),
        ("نعم", Intent.CONFIRM),
        ("r", Intent.RESCHEDULE),
        ("X", Intent.CANCEL),
        ("STOP", Intent.STOP),
        ("Stop!", Intent.STOP),
        ("opt out", Intent.STOP),
        ("CANCEL", Intent.STOP),
        ("إيقاف", Intent.STOP),
        ("BAJA", Intent.STOP),
        ("start", Intent.START),
        ("help", Intent.HELP),
        ("please do not stop my pills", Intent.UNKNOWN),
        ("", Intent.UNKNOWN),
        ("💥", Intent.UNKNOWN),
    ],
)
def test_replies(text: str, intent: Intent) -> None:
    assert rules.read_reply(text) is intent


@given(st.text(max_size=400))
def test_any_reply_has_a_meaning(text: str) -> None:
    assert rules.read_reply(text) in Intent


@given(moments, zones, st.integers(1, 3_000))
def test_an_answer_is_due_while_the_team_is_there(asked_at: datetime, zone: ZoneInfo, within: int) -> None:
    due = rules.answer_due(
        asked_at,
        within_minutes=within,
        zone=zone,
        opening=Window(time(8), time(17)),
        weekdays=frozenset(range(5)),
    )
    local = due.astimezone(zone)
    assert due >= asked_at + timedelta(minutes=within)
    assert local.weekday() < 5
    assert time(8) <= local.time() <= time(17)


def test_a_question_on_friday_evening_is_due_on_monday() -> None:
    due = rules.answer_due(
        datetime(2026, 11, 20, 18, 0, tzinfo=MADRID),
        within_minutes=240,
        zone=MADRID,
        opening=Window(time(8), time(17)),
        weekdays=frozenset(range(5)),
    )
    assert due == datetime(2026, 11, 23, 12, 0, tzinfo=MADRID)
