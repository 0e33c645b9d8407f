"""From a silent device to the service desk and back: told of is a place, never a person or what they measure."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from hearthline.fleet.incident_rules import Cause, IncidentState
from hearthline.fleet.models import Incident, IncidentFault
from hearthline.foundation import clock
from hearthline.foundation.events import react
from hearthline.foundation.ids import new_id
from hearthline.messaging.models import StaffNotice
from hearthline.monitoring.alerts import silence_routes
from hearthline.monitoring.alerts.models import SilenceIncident, SilentSpell
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_monitored
from hearthline.monitoring.vendors.models import VendorOutage
from hearthline.monitoring.vendors.tests.stage import VendorStage, vendor_stage
from tests.people import People

CANARY = "Zanzibarine"


def silent(person: MonitoredPerson) -> SilentSpell:
    """Let the service desk be told of a device that sends nothing of use."""
    spell = SilentSpell.objects.create(
        organization_id=person.organization_id,
        monitored=person.monitored,
        metric=BY_CODE["glucose"].number,
        cause="device_fault",
        route="service_desk",
    )
    silence_routes.tell(spell, clock.now())
    return spell


def heard(spell: SilentSpell) -> None:
    spell.ended_at = clock.now()
    spell.save()
    silence_routes.untell(spell, clock.now())


def work(people: People) -> None:
    """Run the reactions that wait, as the worker does: also such that were delivered before."""
    for job in ProcrastinateJob.objects.filter(queue_name="events").order_by("id"):
        react(people.organization.id, **{key: job.args[key] for key in job.args if key != "organization_id"})


@pytest.fixture
def person(people: People) -> MonitoredPerson:
    made = make_monitored(people, CANARY, identifier="CANARY-77")
    made.device.placement_reference = new_id()
    made.device.save()
    return made


def test_a_silent_device_becomes_an_incident_and_is_over_when_it_is_heard(
    people: People, person: MonitoredPerson
) -> None:
    spell = silent(person)
    work(people)
    work(people)
    incident = Incident.objects.get()
    fault = IncidentFault.objects.get()
    assert (incident.cause, incident.state) == (Cause.DEVICE_FAULT, IncidentState.OPEN)
    assert fault.reference == person.device.placement_reference
    notice = StaffNotice.objects.get(about_type="fleet.incident")
    assert notice.user == people.technician.user
    assert people.technician.client.get(notice.path).status_code == 200
    heard(spell)
    work(people)
    incident.refresh_from_db()
    assert incident.state == IncidentState.SOLVED


def test_what_is_over_before_anybody_was_told_opens_nothing(people: People, person: MonitoredPerson) -> None:
    heard(silent(person))
    work(people)
    assert not Incident.objects.exists()


def test_nothing_of_a_person_reaches_the_service_desk(people: People, person: MonitoredPerson) -> None:
    silent(person)
    work(people)
    told = [str(job.args) for job in ProcrastinateJob.objects.all()]
    with connection.cursor() as cursor:
        for table in ("fleet_incident", "fleet_incidentfault", "fleet_incidentstep"):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")  # noqa: S608 - our own names
            told += [row[0] for row in cursor.fetchall()]
    client = people.technician.client
    told += [client.get(reverse("fleet:incidents")).content.decode()]
    told += [client.get(reverse("fleet:incident", args=[Incident.objects.get().pk])).content.decode()]
    monitored = person.monitored
    for secret in (CANARY, "CANARY-77", "glucose", str(monitored.patient_id), str(monitored.pk)):
        assert [text for text in told if secret.lower() in text.lower()] == [], secret


def test_many_at_once_are_told_once_with_how_many(people: People) -> None:
    outage = SilenceIncident.objects.create(organization_id=people.organization.id, people=42)
    silence_routes.tell_incident(outage)
    work(people)
    assert IncidentFault.objects.get().affected == 42
    outage.ended_at = clock.now()
    outage.save()
    silence_routes.untell_incident(outage)
    work(people)
    assert Incident.objects.get().state == IncidentState.SOLVED


def test_a_maker_that_does_not_answer_is_an_incident_until_it_does(people: People, settings: Any) -> None:
    with vendor_stage(people, settings) as stage:
        _be_away(stage)
        work(people)
        assert Incident.objects.get().cause == Cause.VENDOR_AWAY
        stage.cloud.is_away = False
        with stage.later(minutes=10):
            stage.pull(is_due=True)
            work(people)
    assert VendorOutage.objects.get().ended_at is not None
    assert Incident.objects.get().state == IncidentState.SOLVED


def _be_away(stage: VendorStage) -> None:
    stage.linked()
    stage.moment += timedelta(minutes=20)
    stage.cloud.is_away = True
    for _ in range(4):
        with stage.later(minutes=5):
            stage.pull(is_due=True)
