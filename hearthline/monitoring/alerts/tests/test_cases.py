"""Whose turn it is: taking, giving back, snoozing, closing, and the climb when nobody does."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404

from hearthline.directory.models import OrganizationPolicy
from hearthline.directory.tests.stage import watch_audit
from hearthline.foundation import clock
from hearthline.messaging import oversight
from hearthline.messaging.models import Notification, StaffNotice
from hearthline.messaging.oversight import Finding
from hearthline.monitoring.alerts import access
from hearthline.monitoring.alerts.adherence import judge_adherence
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.jobs import watch_clocks
from hearthline.monitoring.alerts.models import (
    Alert,
    AlertEvent,
    Case,
    LadderStep,
    OnCallShift,
    Rule,
    SilenceSweep,
    Snooze,
)
from hearthline.monitoring.alerts.oversight import late_work
from hearthline.monitoring.alerts.reasons import reason_line
from hearthline.monitoring.alerts.rules.defaults import shipped_rules
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import cases, rulebook
from hearthline.monitoring.alerts.standing import Repeat, Told, standing_of
from hearthline.monitoring.alerts.telling import tell
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, SEVERE, Home, after, in_force, make_home
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People


@pytest.fixture
def case(home: Home, people: People) -> Case:
    """An urgent case about a glucose of 260, raised at ``NOW``."""
    in_force(people, HIGH_GLUCOSE, severity=Severity.DANGER)
    home.send((0, 260))
    return Case.objects.get()


def told() -> set[Any]:
    return set(StaffNotice.objects.values_list("user__name", flat=True))


def at(minutes: float, people: People) -> None:
    with clock.frozen(after(minutes)):
        tell(people.organization.id)


def test_a_case_climbs_from_the_nurses_to_on_call_to_the_supervisor_to_a_breach(
    case: Case, people: People
) -> None:
    OnCallShift.objects.create(
        organization_id=people.organization.id,
        whom="on_call",
        user=people.specialist.user,
        starts_at=after(-60),
        ends_at=after(60),
    )
    at(0, people)
    assert told() == {"Ines Okafor"}
    at(4, people)
    assert told() == {"Ines Okafor"}
    at(5, people)
    assert told() == {"Ines Okafor", "Dr. Tomas Varga"}
    at(16, people)
    assert told() >= {"Dr. Amara Lindqvist", "Simone Achebe"}  # nobody stands in the calendar as supervisor
    assert Case.objects.get().breached_at is None
    at(30, people)
    case.refresh_from_db()
    assert (case.breached_at, case.next_step_at) == (after(30), None)
    assert AlertEvent.objects.filter(happening="breached").count() == 1
    assert {one.path for one in StaffNotice.objects.all()} == {f"/monitoring/cases/{case.id}/"}


def test_a_worker_that_was_away_climbs_every_step_at_once_and_only_once(case: Case, people: People) -> None:
    at(45, people)
    at(45, people)
    assert AlertEvent.objects.filter(happening="escalated").count() == 3
    assert AlertEvent.objects.filter(happening="breached").count() == 1


def test_the_clinics_own_ladder_comes_first(case: Case, people: People) -> None:
    steps = [(0, "pool"), (2, "nobody_left")]
    for minutes, whom in steps:
        LadderStep.objects.create(
            organization_id=people.organization.id, severity=3, after_minutes=minutes, whom=whom
        )
    at(2, people)
    case.refresh_from_db()
    assert case.breached_at == after(2)


def test_two_people_are_never_on_call_at_once(people: People) -> None:
    hours = {"whom": "on_call", "organization_id": people.organization.id}
    OnCallShift.objects.create(user=people.nurse.user, starts_at=after(0), ends_at=after(60), **hours)
    OnCallShift.objects.create(user=people.physician.user, starts_at=after(60), ends_at=after(90), **hours)
    with pytest.raises(DatabaseError), transaction.atomic():
        OnCallShift.objects.create(user=people.nurse.user, starts_at=after(50), ends_at=after(70), **hours)


def test_whoever_takes_a_case_stops_its_clock(
    case: Case, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = watch_audit(monkeypatch)
    with clock.frozen(after(3)):
        cases.claim(actor=people.nurse.actor, case=case)
    assert case.owner == people.nurse.user
    assert (case.acknowledged_at, case.next_step_at) == (after(3), None)
    at(60, people)
    assert told() == set()
    with pytest.raises(AlertRefusedError, match="taken"):
        cases.claim(actor=people.physician.actor, case=case)
    assert [(one.action, one.patient_id) for one in written] == [("case.claimed", case.monitored.patient_id)]


def test_of_two_at_once_one_gets_it(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        home = make_home(people)
        in_force(people, HIGH_GLUCOSE)
        home.send((0, 260))
        found = Case.objects.get()

    def take(number: int) -> str:
        actor = (people.nurse, people.physician)[number % 2].actor
        with acting_in(people.organization.id):
            try:
                cases.claim(actor=actor, case=Case.objects.get(pk=found.pk))
            except AlertRefusedError as refused:
                return refused.code
            return actor.name

    results = run_in_threads(6, take)
    assert results.count("taken") == 3
    winners = set(results) - {"taken"}
    assert len(winners) == 1


def test_given_back_it_climbs_anew(case: Case, people: People) -> None:
    with clock.frozen(after(1)):
        cases.claim(actor=people.nurse.actor, case=case)
    with clock.frozen(after(20)):
        with pytest.raises(AlertRefusedError, match="not_yours"):
            cases.release(actor=people.physician.actor, case=case)
        cases.release(actor=people.nurse.actor, case=case)
    assert (case.owner, case.clock_started_at) == (None, after(20))
    at(20, people)
    assert told() == {"Ines Okafor"}


def test_closing_needs_a_comment_and_the_one_who_took_it(case: Case, people: People, home: Home) -> None:
    with pytest.raises(AlertRefusedError, match="not_yours"):
        cases.close(actor=people.nurse.actor, case=case, comment="Called")
    cases.claim(actor=people.nurse.actor, case=case)
    with pytest.raises(AlertRefusedError, match="no_comment"):
        cases.close(actor=people.nurse.actor, case=case, comment="  ")
    cases.close(actor=people.nurse.actor, case=case, comment="Called: ate late, feels well.")
    assert (case.ending, case.closed_by) == ("person", people.nurse.user)
    assert Alert.objects.get().state == "ended"
    with pytest.raises(AlertRefusedError, match="closed"):
        cases.claim(actor=people.physician.actor, case=case)
    home.send((5, 270))  # still beyond: another case, nothing is lost by closing
    assert Case.objects.filter(closed_at=None).count() == 1


def snoozed(case: Case, people: People, minutes: int = 30) -> Snooze:
    with clock.frozen(after(1)):
        return cases.snooze(actor=people.nurse.actor, alert=Alert.objects.get(), until=after(1 + minutes))


def test_a_snooze_ends_when_it_gets_worse_and_says_so(case: Case, people: People, home: Home) -> None:
    made = snoozed(case, people)
    home.send((5, 270))
    made.refresh_from_db()
    assert made.broken_at is None
    home.send((10, 281))
    made.refresh_from_db()
    assert made.broken_at == after(10)
    at(10, people)
    assert told() == {"Ines Okafor"}


def test_a_snoozed_high_never_hides_a_low(case: Case, people: People, home: Home) -> None:
    snoozed(case, people)
    low = {"kind": "limit", "metric": "glucose", "direction": "low", "limit": 54, "clear": 60}
    in_force(people, low, code="low", severity=Severity.DANGER)
    home.send((5, 50))
    case.refresh_from_db()
    assert Alert.objects.get(direction="low").state == "open"
    assert (case.headline["direction"], case.is_settled) == ("low", False)


def test_a_snooze_survives_a_restart_and_has_an_end(case: Case, people: People) -> None:
    with pytest.raises(AlertRefusedError, match="too_long"):
        snoozed(case, people, minutes=61)
    with pytest.raises(AlertRefusedError, match="in_the_past"):
        snoozed(case, people, minutes=0)
    assert snoozed(case, people).until == after(31)
    assert Snooze.objects.get().direction == "high"


def test_a_worse_value_after_closing_and_raising_again_is_told_to_the_owner(
    case: Case, people: People, home: Home
) -> None:
    cases.claim(actor=people.nurse.actor, case=case)
    at(1, people)
    assert told() == set()
    home.send((5, 300))
    at(5, people)
    assert told() == {"Ines Okafor"}


def test_the_patient_is_asked_to_measure_again_in_words_that_say_nothing_clinical(
    home: Home, people: People
) -> None:
    in_force(people, SEVERE)
    home.send((0, 190), metric="systolic")
    at(0, people)
    asked = Notification.objects.get()
    assert (asked.template, asked.patient) == ("monitoring.again", home.monitored.patient)
    at(1, people)
    assert Notification.objects.count() == 1


def test_every_minute_the_clock_finds_what_waited_in_vain(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        home = make_home(people)
        in_force(people, SEVERE)
        home.send((0, 190), metric="systolic")
    with clock.frozen(after(16)):
        watch_clocks()
    with acting_in(people.organization.id):
        assert Case.objects.get().steps_reached == 1
        assert told() == {"Ines Okafor"}


def test_a_rule_past_its_validity_retires(home: Home, people: People) -> None:
    rule = in_force(people, HIGH_GLUCOSE)
    Rule.objects.update(valid_until=after(-1))
    with clock.frozen(after(0)):
        watch_clocks()
    rule.refresh_from_db()
    assert rule.state == "retired"


def test_shipped_rules_are_drafts_until_a_prescriber_approves(people: People) -> None:
    assert rulebook.adopt_defaults(actor=people.nurse.actor) == len(shipped_rules())
    assert rulebook.adopt_defaults(actor=people.nurse.actor) == 0
    assert set(Rule.objects.values_list("state", flat=True)) == {"draft"}
    rule = Rule.objects.get(code="systolic-severe")
    with pytest.raises(AlertRefusedError, match="not_a_prescriber"):
        rulebook.approve_rule(actor=people.nurse.actor, rule=rule)
    rulebook.approve_rule(actor=people.physician.actor, rule=rule)
    assert (rule.state, rule.approved_by) == ("active", people.physician.user)
    with pytest.raises(AlertRefusedError, match="not_a_draft"):
        rulebook.approve_rule(actor=people.physician.actor, rule=rule)
    with pytest.raises(AlertRefusedError, match="not_allowed"):
        rulebook.adopt_defaults(actor=people.administrator.actor)


def test_a_rule_without_approval_cannot_be_active_even_in_the_database(people: People) -> None:
    rulebook.adopt_defaults(actor=people.nurse.actor)
    with pytest.raises(DatabaseError), transaction.atomic():
        Rule.objects.update(state="active")


def test_strangers_and_patients_find_no_case(case: Case, people: People) -> None:
    assert access.get_case_for(people.nurse.actor, case.pk) == case
    for person in (people.stranger, people.patient, people.administrator):
        with pytest.raises(Http404):
            access.get_case_for(person.actor, case.pk)
    OrganizationPolicy.objects.update_or_create(
        organization_id=people.organization.id, defaults={"nurses_see_all_patients": False}
    )
    with pytest.raises(Http404):
        access.get_case_for(people.nurse.actor, case.pk)


def test_events_cannot_be_changed_by_the_application(case: Case) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        AlertEvent.objects.update(figure=0)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (
            {"kind": "trend", "metric": "systolic", "figure": 18, "recent_days": 3, "symptoms": ["headache"]},
            "Upper blood pressure +18 mmHg over own baseline, 3 days, headache",
        ),
        (
            {"kind": "limit", "metric": "glucose", "figure": 260.4, "limit": 250},
            "Glucose 260 mg/dL, limit 250 mg/dL",
        ),
        (
            {"kind": "limit", "metric": "glucose", "figure": 39, "limit": 54, "flags": 2},
            "Glucose below what the device can measure",
        ),
        (
            {"kind": "change", "metric": "weight", "figure": 2.44, "within_minutes": 4320},
            "Weight +2.4 kg in 3 days",
        ),
        (
            {"kind": "mean", "metric": "systolic", "figure": 138, "limit": 135, "days": 7},
            "Upper blood pressure 138 mmHg on average over 7 days, limit 135 mmHg",
        ),
        (
            {"kind": "limit", "metric": "systolic", "figure": 190, "limit": 180, "is_unconfirmed": True},
            "Upper blood pressure 190 mmHg, limit 180 mmHg, no repeat came",
        ),
        ({"kind": "silence", "metric": "weight", "hours": 75}, "Weight: nothing for 3 days"),
    ],
)
def test_the_reason_is_one_line(facts: dict[str, Any], line: str) -> None:
    assert reason_line(facts) == line


def test_a_case_says_why_it_is_there(case: Case) -> None:
    assert reason_line(case.headline) == "Glucose 260 mg/dL, limit 250 mg/dL"


def test_an_engine_that_stands_still_is_noticed_from_outside(case: Case, people: People) -> None:
    with clock.frozen(after(2)):
        assert late_work(people.organization.id) == Finding(0, None)
    with clock.frozen(after(4)):
        assert late_work(people.organization.id) == Finding(2, after(0))  # the case's step, and its event
    at(4, people)
    with clock.frozen(after(4)):
        assert late_work(people.organization.id).count == 0
    SilenceSweep.objects.create(organization_id=people.organization.id, swept_at=after(4))
    with clock.frozen(after(5)):
        assert late_work(people.organization.id).count == 0
        assert judge_adherence(people.organization.id) is None
    SilenceSweep.objects.update(swept_at=after(54))
    for minutes, late in ((54, Finding(0, None)), (56, Finding(1, after(5)))):
        at(minutes, people)
        with clock.frozen(after(minutes)):
            assert late_work(people.organization.id) == late
    assert late_work in oversight._expectations


def test_a_persons_own_pages_know_what_to_say(home: Home, people: People) -> None:
    in_force(people, SEVERE, severity=Severity.DANGER)
    with clock.frozen(after(0)):
        quiet_times = standing_of(home.monitored)
    assert (quiet_times.is_red, quiet_times.repeat, quiet_times.told) == (False, None, None)
    assert (quiet_times.rests_until, quiet_times.emergency_number) == (None, "911")
    home.send((0, 190), metric="systolic")
    with clock.frozen(after(1)):
        asked = standing_of(home.monitored)
    assert (asked.told, asked.repeat) == (None, Repeat("systolic", after(15)))
    home.send((5, 191), metric="systolic")
    with clock.frozen(after(6)):
        told = Told("systolic", after(5), True, False, look_by=after(35), is_late=False)
        assert standing_of(home.monitored).told == told
    with clock.frozen(after(36)):
        assert standing_of(home.monitored).told == replace(told, is_late=True)
        cases.claim(actor=people.nurse.actor, case=Case.objects.get())
        assert standing_of(home.monitored).told == replace(told, look_by=None)
    home.send((40, 150), metric="systolic")
    with clock.frozen(after(41)):
        assert standing_of(home.monitored).told is None
