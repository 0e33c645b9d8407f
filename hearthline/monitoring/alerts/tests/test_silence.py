"""Nothing coming is news: on the server's clock, for the right person, once."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.directory.tests.stage import make_practitioner
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.messaging.models import Notification, StaffNotice
from hearthline.monitoring.alerts.models import Alert, Case, SilenceIncident, SilenceSweep, SilentSpell
from hearthline.monitoring.alerts.rules.silence import (
    Cause,
    Route,
    Signs,
    cause_of,
    due_at,
    is_outage,
    route_of,
)
from hearthline.monitoring.alerts.services import quiet
from hearthline.monitoring.alerts.silence import sweep
from hearthline.monitoring.alerts.tests.stage import NOW, Home, after, make_home
from hearthline.monitoring.episodes.models import Episode, PlannedMeasurement
from hearthline.monitoring.episodes.plan import Planned
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import Device, DeviceAssignment, MonitoringPause
from tests.people import People

HOUR = 60
DAY = 24 * HOUR
EVENING = Planned("systolic", NOW.date() - timedelta(days=30), windows=((time(18), time(20)),))
SENSOR = Planned("glucose", NOW.date() - timedelta(days=30), is_continuous=True)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_two_missed_evenings_are_silence_and_one_is_not() -> None:
    assert due_at(EVENING, last=at(20, 19), zone_now=at(22, 12)) is None
    assert due_at(EVENING, last=at(20, 19), zone_now=at(22, 20)) is None  # people are no clocks
    assert due_at(EVENING, last=at(20, 19), zone_now=at(22, 22)) == at(22, 21)


def test_a_sensor_is_silent_after_an_hour() -> None:
    assert due_at(SENSOR, last=at(20, 11), zone_now=at(20, 11) + timedelta(minutes=59)) is None
    assert due_at(SENSOR, last=at(20, 11), zone_now=at(20, 12)) == at(20, 12)


LAST = NOW - timedelta(days=3)


@pytest.mark.parametrize(
    ("signs", "cause", "route"),
    [
        ({}, Cause.NOT_MEASURING, Route.PATIENT),
        ({"is_continuous": True}, Cause.NO_SIGNAL, Route.PATIENT),
        ({"battery_percent": 8}, Cause.BATTERY, Route.PATIENT),
        ({"device_heard_at": NOW - timedelta(hours=1)}, Cause.DEVICE_FAULT, Route.SERVICE_DESK),
        ({"others_value_at": NOW - timedelta(hours=1)}, Cause.WRONG_PERSON, Route.NURSE),
        ({"is_others_device_now": True}, Cause.WRONG_PERSON, Route.NURSE),
        ({"arrived_at": None}, Cause.NEVER, Route.NURSE),
        # A device that was heard before the silence began says nothing about it.
        ({"device_heard_at": LAST}, Cause.NOT_MEASURING, Route.PATIENT),
        (
            {"battery_percent": 80, "others_value_at": LAST - timedelta(days=1)},
            Cause.NOT_MEASURING,
            Route.PATIENT,
        ),
    ],
)
def test_each_cause_goes_where_it_belongs(signs: dict[str, Any], cause: Cause, route: Route) -> None:
    known = Signs(**{"arrived_at": LAST, "awaited_since": LAST, "is_continuous": False, **signs})
    assert cause_of(known, now=NOW) is cause
    assert route_of(cause, silent_for=timedelta(hours=2)) is route


def test_what_the_patient_does_not_answer_becomes_the_nurses() -> None:
    assert route_of(Cause.BATTERY, silent_for=timedelta(hours=48)) is Route.NURSE
    assert route_of(Cause.DEVICE_FAULT, silent_for=timedelta(hours=48)) is Route.SERVICE_DESK


@given(st.lists(st.integers(0, 100_000), max_size=40), st.integers(1, 200))
def test_an_outage_is_many_of_those_who_send_at_about_the_same_time(minutes: list[int], sending: int) -> None:
    since = [after(minute) for minute in minutes]
    found = is_outage(since, sending=sending, now=NOW)
    if found:
        assert len(since) >= 5
        assert len(since) / sending >= 0.3
    together = [NOW + timedelta(minutes=place) for place in range(10)]
    assert is_outage(together, sending=20, now=NOW)
    assert not is_outage(together, sending=200, now=NOW)


def plan(people: People, home: Home, planned: Planned) -> None:
    practitioner = getattr(people, "_practitioner", None) or make_practitioner(people.physician)
    people.__dict__["_practitioner"] = practitioner
    episode = Episode.objects.create(
        organization_id=people.organization.id,
        monitored=home.monitored,
        practitioner=practitioner,
        ordered_on=planned.first,
        reason="Test",
        is_established=True,
        set_up_on=planned.first,
    )
    PlannedMeasurement.objects.create(
        organization_id=people.organization.id,
        monitored=home.monitored,
        episode=episode,
        metric=planned.metric,
        windows=[moment for pair in planned.windows for moment in pair],
        weekdays=list(range(7)),
        is_continuous=planned.is_continuous,
        starts_on=planned.first,
    )


def look(people: People, minutes: float) -> int:
    with clock.frozen(after(minutes)):
        return sweep(people.organization.id)


def send(home: Home, minutes: float, value: float) -> None:
    """Send a value; the device was last heard then (the store asks the database's own clock)."""
    home.send((minutes, value))
    Device.objects.filter(pk=home.device.pk).update(last_seen_at=after(minutes))


def reminders() -> list[str]:
    return list(Notification.objects.values_list("template", flat=True))


def test_a_silent_sensor_reminds_its_patient_once_and_ends_when_it_speaks(home: Home, people: People) -> None:
    plan(people, home, SENSOR)
    send(home, 0, 120)
    assert look(people, 59) == 0
    assert look(people, 61) == 1
    look(people, 66)
    spell = SilentSpell.objects.get()
    assert (spell.cause, spell.route, spell.heard_at) == ("no_signal", "patient", after(0))
    assert reminders() == ["monitoring.nothing_yet"]
    send(home, 70, 118)
    assert look(people, 71) == 0
    spell.refresh_from_db()
    assert spell.ended_at == after(71)
    assert SilenceSweep.objects.get().swept_at == after(71)


def test_what_staff_ask_without_a_program_is_watched_too(home: Home, people: People) -> None:
    PlannedMeasurement.objects.create(
        organization_id=people.organization.id,
        monitored=home.monitored,
        metric="glucose",
        weekdays=list(range(7)),
        is_continuous=True,
        starts_on=NOW.date() - timedelta(days=1),
    )
    send(home, 0, 120)
    assert (look(people, 59), look(people, 61)) == (0, 1)
    PlannedMeasurement.objects.update(ends_on=NOW.date() - timedelta(days=1))
    assert look(people, 2 * DAY) == 0


def test_after_two_days_it_is_the_nurses_and_a_value_closes_it(home: Home, people: People) -> None:
    plan(people, home, SENSOR)
    send(home, 0, 120)
    look(people, 2 * HOUR)
    look(people, 2 * DAY + 5)
    look(people, 2 * DAY + 10)
    alert, case = Alert.objects.get(), Case.objects.get()
    assert (alert.kind, alert.case, case.headline["hours"]) == ("silence", case, 48)
    send(home, 2 * DAY + 20, 118)
    look(people, 2 * DAY + 25)
    case.refresh_from_db()
    assert (Alert.objects.get().state, case.ending) == ("resolved", "values")


def test_a_value_from_tomorrow_and_a_late_arrival_do_not_hide_silence(home: Home, people: People) -> None:
    plan(people, home, SENSOR)
    send(home, 0, 120)
    home.send((DAY, 200), received=5, flags=int(Flag.FUTURE))
    assert look(people, 2 * HOUR) == 1


def test_who_never_sent_anything_is_a_nurses_from_the_start(home: Home, people: People) -> None:
    plan(people, home, SENSOR)
    look(people, 0)
    assert (SilentSpell.objects.get().cause, Case.objects.count()) == ("never", 1)


def test_an_empty_battery_and_a_device_given_to_another_are_told_apart(home: Home, people: People) -> None:
    plan(people, home, SENSOR)
    other = make_home(people, "Ada")
    plan(people, other, SENSOR)
    send(home, 0, 120)
    send(other, 0, 121)
    Device.objects.filter(pk=other.device.pk).update(battery_percent=5)
    DeviceAssignment.objects.filter(device=home.device).update(ends_at=after(10))
    third = make_home(people, "Bea")
    DeviceAssignment.objects.create(
        organization_id=people.organization.id,
        device=home.device,
        monitored=third.monitored,
        starts_at=after(11),
    )
    look(people, 2 * HOUR)
    causes = dict(SilentSpell.objects.values_list("monitored", "cause"))
    assert causes == {home.monitored.pk: "wrong_person", other.monitored.pk: "battery"}


def test_a_device_that_talks_without_values_goes_to_the_service_desk(home: Home, people: People) -> None:
    plan(people, home, SENSOR)
    send(home, 0, 120)
    Device.objects.update(last_seen_at=after(100), placement_reference=new_id())
    look(people, 2 * HOUR)
    spell = SilentSpell.objects.get()
    assert (spell.cause, spell.route) == ("device_fault", "service_desk")
    assert (reminders(), Case.objects.count()) == ([], 0)


def test_many_at_once_are_one_incident_and_nobody_is_told_one_by_one(people: People) -> None:
    homes = [make_home(people, f"P{place}") for place in range(8)]
    for place, home in enumerate(homes):
        plan(people, home, SENSOR)
        send(home, place, 120)
    look(people, 90)
    incident = SilenceIncident.objects.get()
    assert (incident.people, SilentSpell.objects.filter(incident=incident).count()) == (8, 8)
    assert set(SilentSpell.objects.values_list("cause", "route")) == {("outage", "service_desk")}
    assert (reminders(), Case.objects.count()) == ([], 0)
    told = set(StaffNotice.objects.values_list("user__name", flat=True))
    assert told == {"June Whitfield", "Simone Achebe"}
    look(people, 95)
    assert SilenceIncident.objects.count() == 1
    for home in homes:
        send(home, 100, 119)
    look(people, 101)
    assert SilenceIncident.objects.get().ended_at == after(101)
    assert not SilentSpell.objects.filter(ended_at=None).exists()


def test_who_rests_is_not_silent(home: Home, people: People) -> None:
    plan(people, home, SENSOR)
    send(home, 0, 120)
    with clock.frozen(after(1)):
        quiet.pause(
            actor=people.nurse.actor,
            monitored=home.monitored,
            reason=MonitoringPause.Reason.TRAVEL,
            ends_at=after(DAY),
        )
    assert look(people, 3 * HOUR) == 0
    assert look(people, DAY + 5) == 1


def test_evenings_are_the_patients_own(home: Home, people: People) -> None:
    plan(people, home, EVENING)  # in Chicago, six hours behind
    home.send((-3 * DAY, 120), metric="systolic")
    with clock.frozen(at(23, 20)):
        assert sweep(people.organization.id) == 1
    SilentSpell.objects.all().update(ended_at=after(0))
    home.send((-2 * DAY + 18 * HOUR, 121), metric="systolic")  # 20:00 there on the 22nd
    with clock.frozen(at(24, 20)):
        assert sweep(people.organization.id) == 0
