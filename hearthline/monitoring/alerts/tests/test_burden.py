"""A replay says how often a rule speaks and what it would not have said, before anyone lives with it."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import AlertBudget, Rule
from hearthline.monitoring.alerts.replaying import replay_rule
from hearthline.monitoring.alerts.rules.burden import Burden, replay
from hearthline.monitoring.alerts.rules.judging import QUIET, judge
from hearthline.monitoring.alerts.rules.kinds import MINUTE_US, Direction, Limit, Severity
from hearthline.monitoring.alerts.rules.looks import Sample
from hearthline.monitoring.alerts.rules.machine import Happening
from hearthline.monitoring.alerts.services.rulebook import write_rule
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, Home, after, in_force
from tests.people import People

BARE = Limit("glucose", Direction.HIGH, limit=250, clear=230, is_inclusive=False)
CALM = Limit("glucose", Direction.HIGH, limit=250, clear=230, is_inclusive=False, run_count=3, run_minutes=10)
ASKING = Limit("systolic", Direction.HIGH, limit=180, clear=170, ask_minutes=15)


def samples(*values: float, minutes: float = 5) -> list[Sample]:
    return [Sample(round(place * minutes * MINUTE_US), 1, value) for place, value in enumerate(values)]


def test_a_calmer_rule_speaks_less_and_says_what_it_leaves_out() -> None:
    spikes = samples(*[260 if place in (3, 40, 41, 42, 43) else 120 for place in range(600)])
    assert replay(BARE, spikes) == Burden(people=1, patient_days=3, alerts=2)
    assert replay(CALM, spikes) == Burden(people=1, patient_days=3, alerts=1, missed=0)
    lone = samples(*[260 if place == 3 else 120 for place in range(600)])
    assert replay(CALM, lone) == Burden(people=1, patient_days=3, alerts=0, missed=1)


def test_a_repeat_that_never_came_is_replayed_by_the_clock() -> None:
    assert replay(ASKING, samples(185, minutes=60)).alerts == 1
    assert replay(ASKING, samples(185, 185, minutes=60)).alerts == 1
    found = replay(ASKING, samples(185, 150, minutes=10))
    assert (found.asked, found.settled, found.alerts, found.missed) == (1, 1, 0, 0)


def test_a_values_less_clinic_has_no_burden() -> None:
    assert replay(BARE, []).per_100_patient_days == 0
    assert Burden(patient_days=200, alerts=3).minutes_a_day(people=100, minutes_per_alert=4) == 6


@given(st.lists(st.sampled_from([100, 235, 251, 270, 300]), max_size=60))
def test_skipping_what_cannot_matter_changes_nothing(values: list[int]) -> None:
    found = samples(*values)
    told = [one.happening for one in judge(CALM, QUIET, found).judgements]
    late = replay(CALM, found)
    # Judged at once, without the clock between values, at most a run that was cut off is told of less.
    assert late.alerts >= told.count(Happening.RAISED)
    assert replay(BARE, found).alerts == sum(
        one.happening is Happening.RAISED for one in judge(BARE, QUIET, found).judgements
    )


def test_a_draft_is_replayed_on_the_clinics_own_values_beside_the_one_in_force(
    home: Home, people: People
) -> None:
    in_force(people, HIGH_GLUCOSE, code="high")
    home.send(*[(5.0 * place, 260.0 if place in (3, 40) else 120.0) for place in range(300)])
    AlertBudget.objects.create(
        organization_id=people.organization.id,
        alerts_per_100_patient_days=Decimal(20),
        minutes_per_alert=Decimal(4),
    )
    draft = write_rule(
        actor=people.nurse.actor,
        code="high",
        label="High",
        severity=Severity.WATCH,
        settings=HIGH_GLUCOSE | {"run_count": 3, "run_minutes": 10},
        source="Test",
        reason="Too many alerts",
    )
    with clock.frozen(after(0) + timedelta(days=3)):
        found = replay_rule(actor=people.physician.actor, rule=draft)
        assert (found.after.alerts, found.after.missed, found.before and found.before.alerts) == (0, 2, 2)
        assert (found.monitored, found.minutes_per_alert, found.is_over_budget) == (1, 4, False)
        active = replay_rule(actor=people.physician.actor, rule=Rule.objects.get(state="active"))
        assert active.is_over_budget
    with clock.frozen(after(0) + timedelta(days=60)):
        assert replay_rule(actor=people.physician.actor, rule=draft).after.patient_days == 0
