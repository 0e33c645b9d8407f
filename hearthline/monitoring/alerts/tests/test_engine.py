"""From a stored reading to an alert and a case, in one transaction, for many organizations at once."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthline.foundation import clock
from hearthline.monitoring.alerts.engine.again import raise_overdue
from hearthline.monitoring.alerts.models import (
    Alert,
    AlertEvent,
    Case,
    Rule,
    RuleState,
    Suppression,
    SymptomReport,
)
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import quiet
from hearthline.monitoring.alerts.services.rulebook import approve_rule, retire_rule
from hearthline.monitoring.alerts.tests.stage import (
    HIGH_GLUCOSE,
    LOW_GLUCOSE,
    NOW,
    SEVERE,
    Home,
    after,
    in_force,
    make_home,
    store,
)
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import MonitoringPause, Reading
from hearthline.tenancy.context import acting_in
from tests.database import as_login, run_in_threads
from tests.people import People


def happenings() -> list[str]:
    return list(AlertEvent.objects.order_by("at", "id").values_list("happening", flat=True))


def overdue_at(home: Home, minutes: float) -> int:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, clock.frozen(after(minutes)):
        return raise_overdue(cursor, home.monitored.organization_id, now=after(minutes))


def test_a_reading_beyond_a_limit_opens_an_alert_that_names_it_and_a_case(home: Home, people: People) -> None:
    rule = in_force(people, HIGH_GLUCOSE)
    home.send((0, 200), (5, 260))
    alert = Alert.objects.get()
    assert (alert.rule, alert.state, alert.value, alert.severity) == (rule, "open", 260, Severity.URGENT)
    assert (alert.device_number, alert.observed_at) == (home.device.number, after(5))
    reading = Reading.objects.get(observed_at=after(5), device_number=home.device.number)
    assert (reading.value, alert.measured_at, alert.received_at) == (260, after(5), after(5))
    case = Case.objects.get()
    assert (alert.case, case.monitored, case.severity, case.opened_at) == (
        case,
        home.monitored,
        Severity.URGENT,
        after(5),
    )
    assert case.next_step_at == after(5)
    assert happenings() == ["raised"]
    assert AlertEvent.objects.get().is_to_tell


def test_a_draft_judges_nobody(home: Home, people: People) -> None:
    rule = in_force(people, HIGH_GLUCOSE)
    Rule.objects.update(state="draft")
    retire = Rule.objects.get(pk=rule.pk)
    assert retire.state == "draft"
    approve_rule(actor=people.physician.actor, rule=retire)
    retire_rule(actor=people.nurse.actor, rule=retire, reason="Not used")
    home.send((0, 300))
    assert not Alert.objects.exists()
    assert not RuleState.objects.exists()


def test_values_that_come_back_resolve_and_a_mild_case_closes_itself(home: Home, people: People) -> None:
    in_force(people, HIGH_GLUCOSE, severity=Severity.WATCH)
    home.send((0, 260))
    home.send((5, 240))
    assert Alert.objects.get().state == "open"
    home.send((10, 229))
    assert Alert.objects.get().state == "resolved"
    case = Case.objects.get()
    assert (case.closed_at, case.ending) == (after(10), "values")
    assert not RuleState.objects.exists()
    assert happenings() == ["raised", "resolved"]


def test_a_case_that_was_urgent_stays_until_somebody_has_looked(home: Home, people: People) -> None:
    in_force(people, HIGH_GLUCOSE)
    home.send((0, 260), (5, 200))
    case = Case.objects.get()
    assert (case.closed_at, case.is_settled) == (None, True)
    home.send((10, 300))
    case.refresh_from_db()
    assert (case.is_settled, case.clock_started_at) == (False, after(10))
    assert Alert.objects.filter(case=case).count() == 2


def test_two_rules_are_one_case_with_the_worse_of_both(home: Home, people: People) -> None:
    in_force(people, HIGH_GLUCOSE, code="high", severity=Severity.WATCH)
    in_force(people, HIGH_GLUCOSE | {"limit": 350, "clear": 300}, code="higher", severity=Severity.DANGER)
    home.send((0, 260))
    Case.objects.update(acknowledged_at=after(1), owner=people.nurse.user, next_step_at=None)
    home.send((5, 360))
    case = Case.objects.get()
    assert (case.severity, case.headline["limit"], case.acknowledged_at) == (Severity.DANGER, 350, None)
    assert (case.owner, case.clock_started_at) == (people.nurse.user, after(5))


@pytest.mark.parametrize("flags", [Flag.LATE, Flag.FUTURE, Flag.RETRACTED, Flag.NEAR_DUPLICATE])
def test_what_may_not_speak_neither_pages_nor_resolves(home: Home, people: People, flags: Flag) -> None:
    in_force(people, HIGH_GLUCOSE)
    home.send((0, 300), flags=int(flags))
    assert not Alert.objects.exists()
    home.send((1, 300))
    home.send((2, 100), flags=int(flags))
    assert Alert.objects.get().state == "open"


def test_an_older_value_that_comes_after_a_newer_neither_pages_nor_resolves(
    home: Home, people: People
) -> None:
    in_force(people, HIGH_GLUCOSE)
    home.send((10, 200))
    home.send((5, 300))
    assert not Alert.objects.exists()
    home.send((20, 300))
    home.send((15, 100))
    assert Alert.objects.get().state == "open"


def test_a_value_ahead_of_the_clock_is_not_judged_and_hides_none_that_follows(
    home: Home, people: People
) -> None:
    in_force(people, HIGH_GLUCOSE)
    home.send((600, 300), received=0)  # no door flagged it: the engine looks by itself
    assert not Alert.objects.exists()
    home.send((5, 310))
    assert Alert.objects.get().value == 310


def test_sentinels_fire(home: Home, people: People) -> None:
    in_force(people, LOW_GLUCOSE | {"limit": 35, "clear": 40})
    home.send((0, 39), flags=int(Flag.LOW))
    assert Alert.objects.get().value == 39


def test_a_severe_value_asks_the_patient_and_tells_the_clinic_when_no_repeat_comes(
    home: Home, people: People
) -> None:
    in_force(people, SEVERE, severity=Severity.DANGER)
    home.send((0, 190), metric="systolic")
    assert (happenings(), Alert.objects.count()) == (["asked"], 0)
    assert overdue_at(home, 14) == 0
    assert overdue_at(home, 15) == 1
    alert = Alert.objects.get()
    assert (alert.value, alert.figure, alert.facts["is_unconfirmed"]) == (None, 190, True)
    assert overdue_at(home, 99) == 0
    home.send((30, 150), metric="systolic")
    assert Alert.objects.get().state == "resolved"


def test_a_good_repeat_settles_it_and_nobody_is_told(home: Home, people: People) -> None:
    in_force(people, SEVERE)
    home.send((0, 190), metric="systolic")
    home.send((5, 150), metric="systolic")
    assert happenings() == ["asked", "settled"]
    assert not Case.objects.exists()
    assert overdue_at(home, 60) == 0


def test_a_persons_own_rule_replaces_the_common_one_for_them_alone(home: Home, people: People) -> None:
    other = make_home(people, "Ada")
    in_force(people, HIGH_GLUCOSE, code="high")
    in_force(people, HIGH_GLUCOSE | {"limit": 300, "clear": 280}, code="high", monitored=home.monitored)
    home.send((0, 260))
    other.send((0, 260))
    assert Alert.objects.get().monitored == other.monitored


def test_a_new_version_judges_from_its_approval_on_and_ends_what_the_old_one_raised(
    home: Home, people: People
) -> None:
    in_force(people, HIGH_GLUCOSE, code="high")
    home.send((0, 260))
    in_force(people, HIGH_GLUCOSE | {"limit": 300, "clear": 280}, code="high")
    assert Alert.objects.get().state == "ended"
    home.send((5, 290))
    assert Alert.objects.count() == 1
    home.send((10, 310))
    assert Alert.objects.filter(state="open").count() == 1


@pytest.mark.parametrize("is_pause", [True, False])
def test_held_back_alerts_are_counted_and_speak_when_the_time_is_over(
    home: Home, people: People, is_pause: bool
) -> None:
    rule = in_force(people, HIGH_GLUCOSE)
    with clock.frozen(NOW - timedelta(hours=1)):
        if is_pause:
            reason = MonitoringPause.Reason.HOSPITAL
            quiet.pause(actor=people.nurse.actor, monitored=home.monitored, reason=reason, ends_at=after(10))
        else:
            quiet.suppress(
                actor=people.nurse.actor,
                monitored=home.monitored,
                rule=rule,
                reason=Suppression.Reason.WARM_UP,
                ends_at=after(10),
            )
    home.send((0, 260))
    home.send((5, 261))
    assert (Alert.objects.get().state, Case.objects.count(), happenings()) == (
        "suppressed",
        0,
        ["suppressed"],
    )
    home.send((15, 262))
    assert (Alert.objects.get().state, Case.objects.count()) == ("open", 1)
    assert happenings() == ["suppressed", "raised"]


def test_a_suppression_of_one_rule_hides_no_other(home: Home, people: People) -> None:
    high = in_force(people, HIGH_GLUCOSE, code="high")
    in_force(people, LOW_GLUCOSE, code="low")
    with clock.frozen(NOW - timedelta(hours=1)):
        quiet.suppress(
            actor=people.nurse.actor,
            monitored=home.monitored,
            rule=high,
            reason=Suppression.Reason.KNOWN,
            ends_at=after(60),
        )
    home.send((0, 260))
    home.send((5, 50))
    assert list(Alert.objects.order_by("raised_at").values_list("state", flat=True)) == ["resolved", "open"]


def test_a_symptom_told_after_the_value_raises(home: Home, people: People) -> None:
    rule = {"kind": "limit", "metric": "systolic", "direction": "high", "limit": 160, "clear": 150}
    in_force(people, rule | {"symptoms": ["headache"]}, severity=Severity.DANGER)
    home.send((0, 165), metric="systolic")
    assert not Alert.objects.exists()
    with clock.frozen(after(20)):
        quiet.report_symptoms(actor=people.nurse.actor, monitored=home.monitored, symptoms=["headache"])
    alert = Alert.objects.get()
    assert (alert.value, alert.facts["symptoms"]) == (165, ["headache"])
    assert SymptomReport.objects.count() == 1


def test_a_trend_reads_what_is_stored(home: Home, people: People) -> None:
    day = 24 * 60
    in_force(
        people,
        {
            "kind": "trend",
            "metric": "weight",
            "direction": "high",
            "amount": 1.36,
            "recent_days": 3,
            "baseline_days": 7,
            "recent_count": 2,
            "baseline_count": 3,
        },
    )
    for place, value in enumerate([80, 80.2, 79.9, 80.1]):
        home.send(((place - 8) * day, value), metric="weight")
    home.send((-day, 81.8), metric="weight")
    assert not Alert.objects.exists()
    home.send((0, 81.9), metric="weight")
    assert Alert.objects.get().figure == pytest.approx(1.8, abs=0.01)


def test_a_large_group_costs_a_handful_of_statements(people: People) -> None:
    homes = [make_home(people, f"P{place}") for place in range(30)]
    in_force(people, HIGH_GLUCOSE, code="high")
    in_force(people, LOW_GLUCOSE, code="low")
    quiet_values = [(5 * place, 120 + place % 40) for place in range(40)]
    homes[0].send((-5, 100))
    with clock.frozen(after(200)), CaptureQueriesContext(connection) as captured:
        store([home.submission(*quiet_values) for home in homes])
    # The store's own statements and three of the engine: edition, marks, states. Its cursor is not Django's, so
    # nothing at all may have gone through the ORM.
    assert len(captured) == 0
    assert not Alert.objects.exists()


def everything() -> list[Any]:
    alerts = Alert.objects.order_by("measured_at").values_list("state", "value", "measured_at", "figure")
    return [list(alerts), happenings(), list(RuleState.objects.values_list("phase", "run", "worst"))]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.sampled_from([100, 225, 240, 255, 276, 300, 52]), min_size=4, max_size=14),
    data=st.data(),
)
def test_shuffle_inside_groups_and_replay_of_all_give_the_same_alerts(
    people: People, home: Home, values: list[int], data: st.DataObject
) -> None:
    in_force_once(people)
    sent = [(5.0 * place, float(value)) for place, value in enumerate(values)]
    with transaction.atomic():
        for one in sent:
            home.send(one, received=one[0])
        expected = everything()
        transaction.set_rollback(True)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sent) - 1), max_size=4)))
    with transaction.atomic():
        for start, end in pairwise([0, *cuts, len(sent)]):
            again = sent[:start]
            home.send(*data.draw(st.permutations(sent[start:end] + again)))
        home.send(*data.draw(st.permutations(sent)))
        assert everything()[0] == expected[0]
        assert everything()[2] == expected[2]
        stored = set(Reading.objects.values_list("observed_at", "value"))
        assert set(Alert.objects.values_list("observed_at", "value")) <= stored  # none without its reading
        transaction.set_rollback(True)


def in_force_once(people: People) -> None:
    if not Rule.objects.exists():
        in_force(people, HIGH_GLUCOSE, code="high")
        in_force(people, LOW_GLUCOSE, code="low")


def test_an_alert_never_stands_without_its_reading(home: Home, people: People) -> None:
    in_force(people, HIGH_GLUCOSE)
    with transaction.atomic():
        home.send((0, 300))
        transaction.set_rollback(True)
    assert (Reading.objects.count(), Alert.objects.count(), Case.objects.count()) == (0, 0, 0)


def test_the_edges_login_alerts_in_several_organizations_at_once(committed: None, people: People) -> None:
    elsewhere = People(people.other_organization, people.site, people.organization, people.by_role)
    with acting_in(people.organization.id):
        here = make_home(people)
        in_force(people, HIGH_GLUCOSE)
    with acting_in(people.other_organization.id):
        there = make_home(elsewhere, "Tove")
    with as_login("ingest"), transaction.atomic(), clock.frozen(after(1)):
        store([here.submission((0, 300)), there.submission((0, 301))])
    with acting_in(people.organization.id):
        assert Alert.objects.get().value == 300
        assert Case.objects.get().monitored == here.monitored
    with acting_in(people.other_organization.id):
        assert not Alert.objects.exists()
    with as_login("ingest"), transaction.atomic(), clock.frozen(after(10)):
        store([here.submission((5, 100))])
    with acting_in(people.organization.id):
        assert Alert.objects.get().state == "resolved"


def test_two_groups_at_once_raise_once(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        home = make_home(people)
        in_force(people, HIGH_GLUCOSE)

    def send(number: int) -> None:
        with acting_in(people.organization.id):
            home.send(*[(number + 6 * place, 300 + number) for place in range(20)])

    results = run_in_threads(6, send)
    assert [one for one in results if isinstance(one, Exception)] == []
    with acting_in(people.organization.id):
        assert Alert.objects.count() == Case.objects.count() == 1
        assert Reading.objects.count() == 120
