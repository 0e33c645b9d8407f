"""NEWS2 alerts from one complete set or not at all, for persons for whom it was ordered."""

from datetime import date
from typing import Any

import pytest

from hearthline.foundation import clock
from hearthline.monitoring.alerts.errors import AlertRefusedError
from hearthline.monitoring.alerts.models import Alert
from hearthline.monitoring.alerts.reasons import reason_line
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import quiet
from hearthline.monitoring.alerts.tests.stage import Home, after, in_force
from tests.people import People

NEWS2 = {"kind": "score", "metric": "respiratory-rate", "direction": "high", "limit": 5}
ILL = {"respiratory-rate": 25, "oxygen-saturation": 93, "systolic": 115, "pulse": 100, "temperature": 37.0}


def measure(home: Home, minutes: float, **values: float) -> None:
    for code, value in {**ILL, **{name.replace("_", "-"): one for name, one in values.items()}}.items():
        home.send((minutes, value), metric=code)


def tell(home: Home, people: People, minutes: float, **values: Any) -> None:
    told = {"consciousness": "alert", "is_on_oxygen": False, **values}
    with clock.frozen(after(minutes)):
        quiet.report_symptoms(actor=people.nurse.actor, monitored=home.monitored, symptoms=[], **told)


@pytest.fixture
def ordered(home: Home, people: People) -> Home:
    in_force(people, NEWS2, code="news2", severity=Severity.URGENT, monitored=home.monitored)
    return home


def test_a_complete_set_alerts_whatever_part_came_last(ordered: Home, people: People) -> None:
    measure(ordered, 0)
    assert not Alert.objects.exists()  # nobody asked how awake the person is: no partial sum
    tell(ordered, people, 5)
    alert = Alert.objects.get()
    assert (alert.figure, reason_line(alert.facts)) == (6, "NEWS2 6, limit 5")
    measure(ordered, 20, respiratory_rate=16, oxygen_saturation=97)
    assert Alert.objects.get().state == "resolved"


def test_what_was_not_measured_together_is_no_set(ordered: Home, people: People) -> None:
    tell(ordered, people, 0)
    measure(ordered, 45)
    assert not Alert.objects.exists()


@pytest.mark.parametrize("told", [{"consciousness": ""}, {"is_on_oxygen": None}])
def test_an_answer_that_was_not_given_leaves_it_incomplete(
    ordered: Home, people: People, told: dict[str, Any]
) -> None:
    measure(ordered, 0)
    tell(ordered, people, 5, **told)
    assert not Alert.objects.exists()


def test_it_is_ordered_for_one_grown_person_and_judges_no_other(home: Home, people: People) -> None:
    with pytest.raises(AlertRefusedError, match="not_scored"):
        in_force(people, NEWS2, code="news2")
    home.monitored.patient.birth_date = date(2015, 1, 1)
    home.monitored.patient.save()
    with pytest.raises(AlertRefusedError, match="not_scored"):
        in_force(people, NEWS2, code="news2", monitored=home.monitored)
