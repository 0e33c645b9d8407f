"""From a device's door to the bar that interrupts a nurse: the first dangerous value, and what comes afterwards."""

import hashlib
from typing import Any

import pytest
from django.urls import reverse

from hearthline.directory.tests.stage import make_practitioner, treat
from hearthline.ingest.tests.rig import LocalEdge, milliseconds_ago, minutes_ago
from hearthline.messaging.models import StaffNotice
from hearthline.monitoring.alerts.models import Case, Rule
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import rulebook
from hearthline.monitoring.alerts.telling import tell
from hearthline.monitoring.alerts.tests.stage import in_force
from hearthline.monitoring.readings.models import Device
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_monitored
from hearthline.tenancy.context import acting_in
from tests.people import People, Person

FAST_PULSE = {"kind": "limit", "metric": "pulse", "direction": "high", "limit": 131, "clear": 120}


def put_in_force(people: People, *codes: str) -> None:
    """Approve shipped rules as they are shipped."""
    with acting_in(people.organization.id):
        rulebook.adopt_defaults(actor=people.physician.actor)
        for rule in Rule.objects.filter(code__in=codes):
            rulebook.approve_rule(actor=people.physician.actor, rule=rule)


def on_the_bar(person: Person) -> int:
    return int(person.client.get(reverse("triage:dangers")).content.count(b"data-danger>"))


@pytest.fixture
def clip(committed: None, people: People) -> MonitoredPerson:
    put_in_force(people, "oxygen-very-low")
    with acting_in(people.organization.id):
        in_force(people, FAST_PULSE, code="pulse", severity=Severity.DANGER)
    return make_monitored(people, kind=Device.Kind.OXIMETER)


def show(edge: LocalEdge, clip: MonitoredPerson, minutes: float, metric: str, value: float) -> None:
    item: dict[str, Any] = {"metric": metric, "value": value, "at": minutes_ago(minutes)}
    item["unit"] = "%" if metric == "oxygen-saturation" else "/min"
    answer = edge.post("/ingest/v1/readings", {"items": [item]}, clip.authorization)
    assert answer.json()["outcomes"] == ["accepted"]


def take(person: Person) -> int:
    with acting_in(person.actor.organization_id):
        case = Case.objects.get()
    return int(person.client.post(reverse("triage:claim", args=[case.pk])).status_code)


def test_a_case_that_was_taken_interrupts_again_when_it_gets_worse_and_not_before(
    edge: LocalEdge, clip: MonitoredPerson, people: People
) -> None:
    nurse = people.nurse
    show(edge, clip, 9, "oxygen-saturation", 91)
    assert on_the_bar(nurse) == 0  # a repeat is waited for
    show(edge, clip, 8, "oxygen-saturation", 91)
    assert on_the_bar(nurse) == 1
    assert take(nurse) == 302
    show(edge, clip, 7, "oxygen-saturation", 90)
    assert on_the_bar(nurse) == 0  # what the nurse took it for
    show(edge, clip, 6, "oxygen-saturation", 87)
    assert on_the_bar(nurse) == 1
    tell(people.organization.id)
    with acting_in(people.organization.id):
        case = Case.objects.get()
        assert (case.owner, case.acknowledged_at, case.steps_reached) == (nurse.user, None, 1)
        told = StaffNotice.objects.filter(user=nurse.user, about_id=case.pk)
        assert told.count() == 2  # that it got worse, and the first step of the ladder that runs anew
    assert take(nurse) == 302
    assert on_the_bar(nurse) == 0


def test_another_danger_of_somebody_whose_case_was_taken_interrupts(
    edge: LocalEdge, clip: MonitoredPerson, people: People
) -> None:
    for minutes in (9, 8):
        show(edge, clip, minutes, "oxygen-saturation", 91)
    assert take(people.nurse) == 302
    show(edge, clip, 7, "pulse", 90)
    assert on_the_bar(people.nurse) == 0
    show(edge, clip, 6, "pulse", 140)
    assert on_the_bar(people.nurse) == 1


def test_who_took_it_may_be_gone_so_anybody_takes_what_got_worse_and_nothing_else(
    edge: LocalEdge, clip: MonitoredPerson, people: People
) -> None:
    for minutes in (9, 8):
        show(edge, clip, minutes, "oxygen-saturation", 91)
    with acting_in(people.organization.id):
        treat(clip.monitored.patient, make_practitioner(people.physician))
    assert take(people.nurse) == 302
    assert take(people.physician) == 422
    show(edge, clip, 6, "oxygen-saturation", 86)
    html = people.physician.client.get(reverse("triage:worklist")).content.decode()
    assert "data-claim" in html
    assert take(people.physician) == 302
    with acting_in(people.organization.id):
        assert Case.objects.get().owner == people.physician.user
    assert take(people.nurse) == 422


@pytest.mark.parametrize("value", [39, 40])
def test_the_lowest_glucose_of_an_uploader_interrupts_with_its_first_value(
    edge: LocalEdge, rosa: MonitoredPerson, people: People, value: int
) -> None:
    put_in_force(people, "glucose-lowest", "glucose-very-low")
    secret = hashlib.sha1(rosa.token.encode(), usedforsecurity=False).hexdigest()

    def upload(minutes: float, value: int) -> None:
        entry = {"type": "sgv", "sgv": value, "date": milliseconds_ago(minutes), "device": "xDrip"}
        assert edge.post("/api/v1/entries", [entry], {"api-secret": secret}).status_code == 200

    upload(5, 60)
    assert on_the_bar(people.nurse) == 0
    upload(0, value)
    assert on_the_bar(people.nurse) == 1
    html = people.nurse.client.get(reverse("triage:worklist")).content.decode()
    assert "data-row" in html
