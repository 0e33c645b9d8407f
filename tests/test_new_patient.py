"""The road of somebody the clinic has never met: from the clinic's page to a booked visit, without calling anyone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from hearthline.directory.models import CareRelationship, PatientAccount
from hearthline.foundation import clock
from hearthline.identity.tests.door import code_in_mail
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.tests.stage import NOW, Stage, make_stage
from hearthline.scheduling.tests.test_booking_pages import CLEAR, LANGUAGE, WHERE, begin, slot
from hearthline.tenancy.context import set_context
from tests.people import People

ACCOUNT = {
    "name": "Luz Ibarra",
    "email": "luz@mail.example",
    "password1": "violet-orchard-lantern-93",
    "has_accepted_terms": "on",
}
DETAILS = {
    "given_names": "Luz",
    "family_name": "Ibarra",
    "birth_date": "1991-05-06",
    "birth_date_0": "6",
    "birth_date_1": "5",
    "birth_date_2": "1991",
    "gender": "female",
    "sex_at_birth": "F",
    "telephone": "512 555 0144",
    "email": "luz@mail.example",
    "language": "es",
    "zone": "America/Chicago",
    "jurisdiction": "US-TX",
}


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOW):
        yield make_stage(people)
    cache.clear()


def choose(client: Client, base: str, stage: Stage) -> None:
    answers: tuple[tuple[str, dict[str, Any]], ...] = (
        ("urgent", CLEAR),
        ("service", {"service": str(stage.service.pk)}),
        ("where", WHERE),
        ("language", LANGUAGE),
        ("access", {}),
        ("how", {"mode": "video"}),
        ("times", slot(stage)),
    )
    for step, answer in answers:
        assert client.post(f"{base}/{step}/", answer).status_code == 303, step


def test_a_stranger_becomes_a_patient_with_a_visit(stage: Stage, people: People) -> None:
    client = Client()
    base = begin(client, "/o/riverbend/book/")
    choose(client, base, stage)
    assert "/o/riverbend/register/" in client.get(f"{base}/check/").content.decode()
    assert client.post("/o/riverbend/register/", ACCOUNT).headers["location"] == "/sign-in/address/"
    assert client.post("/sign-in/address/", {"code": code_in_mail()}).status_code == 302
    assert client.get("/care/").headers["location"] == "/care/about-you/"
    own = f"/care/book/{base.rsplit('/', 1)[-1]}/check/"
    page = client.get(own).content.decode()
    assert "/care/about-you/?next=" in page
    told = client.post(f"/care/about-you/?next={own}", DETAILS)
    assert (told.status_code, told.headers.get("location")) == (303, own), told.content.decode()
    booked = client.post(own)
    assert booked.headers["location"].endswith("/booked/")
    set_context(people.organization.id)
    appointment = Appointment.objects.get()
    patient = PatientAccount.objects.exclude(patient=stage.patient).get().patient
    assert (appointment.patient_id, appointment.status) == (patient.pk, "booked")
    assert CareRelationship.objects.filter(patient=patient, practitioner=stage.practitioner).exists()


def test_the_details_page_leads_to_our_own_pages_only(stage: Stage, people: People) -> None:
    client = Client()
    client.post("/o/riverbend/register/", ACCOUNT)
    client.post("/sign-in/address/", {"code": code_in_mail()})
    told = client.post("/care/about-you/?next=https://elsewhere.example/", DETAILS)
    assert told.headers["location"] == "/"
