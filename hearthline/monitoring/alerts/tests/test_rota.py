"""Who is on call: the pattern on the clocks of sites, exceptions, gaps, and a hole that does not swallow an alert."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from hearthline.directory.tests.stage import watch_audit
from hearthline.foundation import clock
from hearthline.messaging.models import Notification, StaffNotice
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.escalation import ladder_of
from hearthline.monitoring.alerts.models import AlertEvent, Case, LadderStep, OnCallLine
from hearthline.monitoring.alerts.rota import on_call, rota_between
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.rules.ladder import DEFAULT_LADDERS, Channel, Step, Whom, problem_of
from hearthline.monitoring.alerts.rules.rota import Line, Shift, stretches
from hearthline.monitoring.alerts.services.rota import (
    Hours,
    add_lines,
    add_shift,
    drop_ladder,
    end_row,
    set_ladder,
)
from hearthline.monitoring.alerts.telling import tell
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, NOW, Home, after, in_force
from tests.people import People

CHICAGO, NEW_YORK = ZoneInfo("America/Chicago"), ZoneInfo("America/New_York")
ANN, BEN = UUID(int=1), UUID(int=2)
FIRST = date(2026, 1, 1)


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "hours"),
    [((2026, 3, 6), 12), ((2026, 3, 7), 11), ((2026, 10, 31), 13)],  # usual, spring, autumn
)
def test_a_night_is_as_long_as_the_clocks_make_it(since: tuple[int, int, int], hours: int) -> None:
    day = date(*since)
    night = Line(ANN, day.weekday(), time(20), time(8), CHICAGO, FIRST)
    start = datetime.combine(day, time(12), CHICAGO).astimezone(UTC)
    found = stretches([night], [], since=start, until=start + timedelta(days=1))
    (mine,) = [one for one in found if one.users == (ANN,)]
    assert mine.ends_at - mine.starts_at == timedelta(hours=hours)
    assert [one.is_gap for one in found] == [True, False, True]


def test_each_line_holds_on_the_clock_of_its_site_and_overlaps_are_seen() -> None:
    here = Line(ANN, 0, time(8), time(12), CHICAGO, FIRST)
    there = Line(BEN, 0, time(12), time(16), NEW_YORK, FIRST)  # 11:00 in Chicago
    found = stretches([here, there], [], since=at(2026, 11, 23, 12), until=at(2026, 11, 23, 23))
    assert [(one.users, one.starts_at.hour) for one in found] == [
        ((), 12),
        ((ANN,), 14),
        ((ANN, BEN), 17),
        ((BEN,), 18),
        ((), 21),
    ]


moments = st.integers(0, 14 * 24 * 4).map(lambda quarter: at(2026, 3, 1, 0) + timedelta(minutes=15 * quarter))
lines = st.builds(
    Line,
    st.sampled_from([ANN, BEN]),
    st.integers(0, 6),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.sampled_from([CHICAGO, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")]),
    st.just(FIRST),
)
shifts = st.tuples(moments, st.integers(1, 96)).map(
    lambda one: Shift(BEN, one[0], one[0] + timedelta(minutes=15 * one[1]))
)


@given(st.lists(lines, max_size=6), st.lists(shifts, max_size=2), moments)
def test_the_stretches_cover_the_time_once_and_an_exception_always_wins(
    pattern: list[Line], exceptions: list[Shift], moment: datetime
) -> None:
    since, until = at(2026, 3, 1, 0), at(2026, 3, 15, 1)
    found = stretches(pattern, exceptions, since=since, until=until)
    assert (found[0].starts_at, found[-1].ends_at) == (since, until)
    assert all(one.ends_at == two.starts_at and one.users != two.users for one, two in pairwise(found))
    (here,) = [one for one in found if one.starts_at <= moment < one.ends_at]
    if any(one.starts_at <= moment < one.ends_at for one in exceptions):
        assert here.users == (BEN,)


def weekly(
    people: People, who: str, *, whom: Whom = Whom.ON_CALL, days: tuple[int, ...] = tuple(range(7))
) -> None:
    add_lines(
        actor=people.administrator.actor,
        whom=whom,
        user_id=people.by_role[who].user.id,
        site=people.site,
        hours=Hours(days, time(0), time(0), FIRST),
    )


def test_the_engine_tells_who_stands_in_the_pattern_and_an_exception_takes_their_place(
    home: Home, people: People
) -> None:
    weekly(people, "specialist")
    weekly(people, "physician", whom=Whom.SUPERVISOR)
    in_force(people, HIGH_GLUCOSE, severity=Severity.DANGER)
    home.send((0, 260))
    with clock.frozen(after(-60)):
        shift = add_shift(
            actor=people.administrator.actor,
            whom=Whom.ON_CALL,
            user_id=people.navigator.user.id,
            starts_at=after(-30),
            ends_at=after(60),
            reason="Swap",
        )
    with clock.frozen(after(6)):
        assert on_call(people.organization.id, Whom.ON_CALL, clock.now()) == (people.navigator.user.id,)
        tell(people.organization.id)
        told = set(StaffNotice.objects.values_list("user__name", flat=True))
        assert told == {"Ines Okafor", "June Whitfield"}
        end_row(actor=people.administrator.actor, row=shift)
        assert on_call(people.organization.id, Whom.ON_CALL, clock.now()) == (people.specialist.user.id,)
    assert Case.objects.get().uncovered_at is None


def test_nobody_on_call_is_a_breach_that_everybody_sees_and_is_told_of(home: Home, people: People) -> None:
    weekly(people, "specialist")
    people.specialist.membership.is_active = False
    people.specialist.membership.save()
    in_force(people, HIGH_GLUCOSE, severity=Severity.DANGER)
    home.send((0, 260))
    with clock.frozen(after(5)):
        tell(people.organization.id)
    case = Case.objects.get()
    assert (case.uncovered_at, case.breached_at) == (after(5), None)
    assert AlertEvent.objects.filter(case=case, happening="uncovered", note="on_call").count() == 1
    told = set(StaffNotice.objects.values_list("user__name", flat=True))
    assert told == {"Ines Okafor", "Dr. Amara Lindqvist", "Simone Achebe"}
    with clock.frozen(after(10)):
        page = people.navigator.client.get("/monitoring/").content.decode()
        assert "Nobody was on call" in page
        duty = people.administrator.client.get("/monitoring/on-call/").content.decode()
        assert "1 case found nobody on call" in duty


def test_a_step_by_email_writes_to_them_without_a_clinical_word(home: Home, people: People) -> None:
    ladder = [Step(0, Whom.POOL, Channel.EMAIL), Step(30, Whom.NOBODY_LEFT)]
    set_ladder(actor=people.administrator.actor, severity=Severity.DANGER, ladder=ladder)
    in_force(people, HIGH_GLUCOSE, severity=Severity.DANGER)
    home.send((0, 260))
    with clock.frozen(after(0)):
        tell(people.organization.id)
        tell(people.organization.id)
    mail = Notification.objects.get(template="monitoring.waiting")
    assert mail.user == people.nurse.user
    assert "lucose" not in mail.context


def test_a_case_that_waits_climbs_the_new_ladder_and_tells_nobody_twice(home: Home, people: People) -> None:
    weekly(people, "specialist")
    in_force(people, HIGH_GLUCOSE, severity=Severity.DANGER)
    home.send((0, 260))
    with clock.frozen(after(1)):
        tell(people.organization.id)
        ladder = [Step(0, Whom.POOL), Step(1, Whom.ON_CALL), Step(3, Whom.NOBODY_LEFT)]
        set_ladder(actor=people.administrator.actor, severity=Severity.DANGER, ladder=ladder)
        tell(people.organization.id)
    names = list(StaffNotice.objects.values_list("user__name", flat=True))
    assert sorted(names) == ["Dr. Tomas Varga", "Ines Okafor"]
    with clock.frozen(after(3)):
        tell(people.organization.id)
    assert Case.objects.get().breached_at == after(3)
    drop_ladder(actor=people.administrator.actor, severity=Severity.DANGER)
    assert ladder_of(people.organization.id, Severity.DANGER) == DEFAULT_LADDERS[Severity.DANGER]
    assert LadderStep.objects.filter(ended_by=people.administrator.user).count() == 3


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([(5, Whom.POOL), (30, Whom.NOBODY_LEFT)], "ladder_start"),
        ([(0, Whom.POOL)], "ladder_start"),
        ([(0, Whom.POOL), (0, Whom.ON_CALL), (9, Whom.NOBODY_LEFT)], "ladder_order"),
        ([(0, Whom.POOL), (9, Whom.ON_CALL)], "ladder_end"),
        ([(0, Whom.NOBODY_LEFT), (9, Whom.NOBODY_LEFT)], "ladder_end"),
        ([(0, Whom.POOL), (61, Whom.NOBODY_LEFT)], "ladder_late"),
        ([(0, Whom.POOL), (60, Whom.NOBODY_LEFT)], ""),
    ],
)
def test_what_is_no_ladder_is_refused(steps: list[tuple[int, Whom]], problem: str) -> None:
    assert problem_of([Step(*one) for one in steps], Severity.DANGER) == problem


def test_the_products_own_ladders_are_ladders() -> None:
    assert {problem_of(ladder, severity) for severity, ladder in DEFAULT_LADDERS.items()} == {""}


def test_what_was_set_stays_to_be_read_and_is_audited(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = watch_audit(monkeypatch)
    weekly(people, "nurse", days=(0,))
    line = OnCallLine.objects.get()
    with pytest.raises(AlertRefusedError, match="line_again"):
        weekly(people, "nurse", days=(0, 1))
    end_row(actor=people.administrator.actor, row=line)
    end_row(actor=people.administrator.actor, row=line)
    assert [one.action for one in written] == ["on_call.line_added", "on_call.removed"]
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        line.delete()
    assert rota_between(people.organization.id, Whom.ON_CALL, since=NOW, until=after(60))[0].is_gap


@pytest.mark.parametrize("who", ["patient", "stranger", "auditor"])
def test_only_the_care_team_can_be_put_on_call(people: People, who: str) -> None:
    with pytest.raises(AlertRefusedError, match="not_on_call"):
        weekly(people, who)


@pytest.mark.parametrize("who", ["nurse", "physician", "navigator"])
def test_only_those_in_charge_set_it(people: People, who: str) -> None:
    actor = people.by_role[who].actor
    with pytest.raises(AlertRefusedError, match="not_allowed"):
        set_ladder(actor=actor, severity=Severity.DANGER, ladder=DEFAULT_LADDERS[Severity.DANGER])
    with pytest.raises(AlertRefusedError, match="not_allowed"):
        add_lines(
            actor=actor,
            whom=Whom.ON_CALL,
            user_id=people.nurse.user.id,
            site=people.site,
            hours=Hours((0,), time(0), time(0), FIRST),
        )
