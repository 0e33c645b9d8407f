"""Too little of what is planned is measured: on the server's clock, made up at once, and never by what comes late."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.foundation import clock
from hearthline.monitoring.alerts.adherence import judge_adherence
from hearthline.monitoring.alerts.jobs import look_at_adherence
from hearthline.monitoring.alerts.models import Alert, AlertEvent, Case, SilentSpell
from hearthline.monitoring.alerts.reasons import reason_line
from hearthline.monitoring.alerts.replaying import replay_rule
from hearthline.monitoring.alerts.rules.adherence import Measuring, came_of
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import cases
from hearthline.monitoring.alerts.services.rulebook import write_rule
from hearthline.monitoring.alerts.tests.stage import NOW, Home, after, in_force, make_home
from hearthline.monitoring.episodes import plan
from hearthline.monitoring.episodes.models import PlannedMeasurement
from hearthline.monitoring.episodes.plan import Planned
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import MonitoringPause
from hearthline.tenancy.context import acting_in
from tests.people import People

CHICAGO = ZoneInfo("America/Chicago")
HOUR = 60.0
DAY = 24 * HOUR
MORNING = (time(6), time(10))
TOO_FEW = {"kind": "adherence", "metric": "weight", "direction": "low", "limit": 50, "clear": 60, "days": 7}
TOO_FEW |= {"awaited_count": 4}
START = NOW.date() - timedelta(days=30)


def ask(home: Home, metric: str = "weight", **values: Any) -> PlannedMeasurement:
    row = {"windows": list(MORNING), "weekdays": list(range(7)), "starts_on": START, **values}
    return PlannedMeasurement.objects.create(
        organization_id=home.monitored.organization_id, monitored=home.monitored, metric=metric, **row
    )


def weigh(home: Home, *days_ago: int, **more: Any) -> None:
    """Weigh at 7 in the morning, where the person lives, so many days ago (0: today)."""
    for days in days_ago:
        home.send((5 * HOUR - days * DAY, 80), metric="weight", **more)


def look(people: People, minutes: float = 0) -> None:
    with clock.frozen(after(minutes)):
        assert judge_adherence(people.organization.id) is None


def happenings() -> list[str]:
    return list(AlertEvent.objects.order_by("at", "id").values_list("happening", flat=True))


def test_too_few_raise_once_and_are_made_up_for_at_once(home: Home, people: People) -> None:
    ask(home)
    in_force(people, TOO_FEW, severity=Severity.WATCH)
    weigh(home, 7, 6, 5)
    look(people)
    look(people, 15)
    alert, case = Alert.objects.get(), Case.objects.get()
    assert (alert.state, alert.kind, alert.value, case.severity) == (
        "open",
        "adherence",
        None,
        Severity.WATCH,
    )
    assert reason_line(alert.facts) == "Weight: 3 of 7 planned measurements in 7 days"
    weigh(home, 0)  # today's, which is not over yet: 4 of 8 is no more beyond, and not well back either
    look(people, 6 * HOUR)
    assert happenings() == ["raised"]
    weigh(home, -1, -2)
    look(people, 2 * DAY + 6 * HOUR)
    case.refresh_from_db()
    assert happenings() == ["raised"]  # 3 of 8: two of the old ones are out of the window
    weigh(home, -3, -4, -5)
    look(people, 5 * DAY + 6 * HOUR)
    case.refresh_from_db()
    assert happenings() == ["raised", "resolved"]
    assert (Alert.objects.get().state, case.ending) == ("resolved", "values")


def test_who_measures_enough_or_was_only_just_asked_is_left_alone(home: Home, people: People) -> None:
    in_force(people, TOO_FEW)
    ask(home, starts_on=NOW.date() - timedelta(days=3))
    look(people)  # three were awaited, and none came: too soon to say
    other = make_home(people, "Ada")
    ask(other)
    weigh(other, 7, 5, 3, 1)
    look(people)
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "flag", [Flag.LATE, Flag.IMPORTED, Flag.RETRACTED, Flag.FUTURE], ids=lambda flag: str(flag.name)
)
def test_what_comes_late_or_from_a_file_does_not_count(home: Home, people: People, flag: Flag) -> None:
    ask(home)
    in_force(people, TOO_FEW)
    weigh(home, 7, 6)
    weigh(home, 5, 4, 3, 2, flags=int(flag))
    look(people)
    assert Alert.objects.get().facts["came"] == 2
    weigh(home, 1, flags=int(flag))
    look(people, 15)
    assert happenings() == ["raised"]


def test_a_break_is_no_fault_and_tells_nobody_while_it_lasts(home: Home, people: People) -> None:
    ask(home)
    in_force(people, TOO_FEW)
    weigh(home, 7, 6, 5)
    MonitoringPause.objects.create(
        organization_id=people.organization.id,
        monitored=home.monitored,
        reason=MonitoringPause.Reason.HOSPITAL,
        starts_at=after(-4 * DAY),
        ends_at=after(HOUR),
        set_by=people.nurse.user,
    )
    look(people)
    look(people, 2 * HOUR)  # 3 of 3 in the days without the break: too few to say anything
    assert not Alert.objects.exists()
    MonitoringPause.objects.update(starts_at=after(-20 * DAY), ends_at=after(-19 * DAY))
    look(people, 2 * HOUR)
    assert Alert.objects.get().state == "open"


def test_what_a_nurse_closed_is_not_raised_again_in_the_same_days(home: Home, people: People) -> None:
    ask(home)
    in_force(people, TOO_FEW)
    look(people)
    case = Case.objects.get()
    with clock.frozen(after(HOUR)):
        cases.claim(actor=people.nurse.actor, case=case)
        cases.close(actor=people.nurse.actor, case=case, comment="Spoke: away, starts again on Monday")
    look(people, 2 * HOUR)
    look(people, 6 * DAY)
    assert Alert.objects.count() == 1
    look(people, 7 * DAY + 2 * HOUR)
    assert Alert.objects.filter(state="open").count() == 1


def test_silence_speaks_for_it(home: Home, people: People) -> None:
    ask(home)
    in_force(people, TOO_FEW)
    spell = SilentSpell.objects.create(
        organization_id=people.organization.id,
        monitored=home.monitored,
        metric=6,
        cause="not_measuring",
        route="patient",
    )
    look(people)
    assert not Alert.objects.exists()
    SilentSpell.objects.filter(pk=spell.pk).update(ended_at=NOW)
    look(people, 15)
    assert Alert.objects.count() == 1


def test_it_is_over_when_nobody_asks_any_more(home: Home, people: People) -> None:
    row = ask(home)
    in_force(people, TOO_FEW)
    look(people)
    PlannedMeasurement.objects.filter(pk=row.pk).update(ends_on=NOW.date() - timedelta(days=2))
    look(people, 15)
    assert happenings() == ["raised", "resolved"]


def test_a_persons_own_limit_replaces_the_common_one(home: Home, people: People) -> None:
    ask(home)
    in_force(people, TOO_FEW)
    in_force(people, {**TOO_FEW, "limit": 20, "clear": 30}, monitored=home.monitored)
    weigh(home, 7, 6)
    look(people)
    assert not Alert.objects.exists()


def test_a_sensor_is_on_for_a_share_of_the_time(home: Home, people: People) -> None:
    ask(home, "glucose", windows=[], is_continuous=True)
    sensor = {**TOO_FEW, "metric": "glucose", "limit": 70, "clear": 75, "days": 1, "awaited_count": 48}
    in_force(people, sensor)
    home.send(*[(-minutes, 110) for minutes in range(1, 720, 5)], received=0)  # the last twelve hours
    home.send(*[(-minutes, 110) for minutes in range(721, 1440, 15)], received=0, flags=int(Flag.LATE))
    look(people)
    facts = Alert.objects.get().facts
    assert (facts["came"], facts["awaited"]) == (48, 96)
    assert reason_line(facts) == "Glucose: sensor on 50 % of the time in 1 day"


def test_the_job_visits_each_organization_and_each_keeps_to_itself(home: Home, people: People) -> None:
    ask(home)
    in_force(people, TOO_FEW)
    with acting_in(people.other_organization.id):
        judge_adherence(people.other_organization.id)
        assert not Alert.objects.exists()
    with clock.frozen(NOW):
        look_at_adherence()
    assert Alert.objects.count() == 1


def test_a_replay_says_how_often_it_would_have_spoken(home: Home, people: People) -> None:
    ask(home)
    weigh(home, *range(30, 20, -1), *range(12, 0, -1))
    rule = write_rule(
        actor=people.nurse.actor,
        code="few",
        label="Few",
        severity=Severity.WATCH,
        settings={**TOO_FEW, "days": 7},
        source="Test",
        reason="Test",
    )
    with clock.frozen(NOW):
        said = replay_rule(actor=people.physician.actor, rule=rule)
    assert (said.after.people, said.after.alerts, said.before) == (1, 1, None)
    assert said.after.patient_days == 30


def measuring(moments: list[datetime], *planned: Planned) -> Measuring:
    return Measuring(CHICAGO, planned, sorted(moments))


TWICE = Planned("weight", START, windows=(MORNING, (time(18), time(22))))


def test_a_day_with_a_changed_clock_has_its_two_slots() -> None:
    changed = datetime(2026, 11, 1, 23, 59, tzinfo=CHICAGO)  # 25 hours long
    early = Planned("weight", changed.date() - timedelta(days=9), windows=TWICE.windows)
    moments = [datetime(2026, 11, 1, hour, tzinfo=CHICAGO) for hour in (7, 19)]
    found = came_of(measuring(moments, early), days=1, now=changed)
    assert found == plan.Adherence(2, 2)


@given(st.lists(st.integers(0, 8 * 24 * 60), max_size=40), st.integers(0, 24 * 60))
def test_a_further_measurement_never_makes_it_worse(minutes: list[int], later: int) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=later)
    moments = [now - timedelta(minutes=one) for one in minutes]
    few = came_of(measuring(moments[1:], TWICE), days=7, now=now)
    more = came_of(measuring(moments, TWICE), days=7, now=now)
    assert few.came <= more.came <= more.awaited
    assert 13 <= few.awaited <= 16
    assert more.came * few.awaited >= few.came * more.awaited
