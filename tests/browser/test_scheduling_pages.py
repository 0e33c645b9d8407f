"""Booking without script, as a patient does it, and the pages of booking and of the schedule as people see them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, BookingDraft
from hearthline.scheduling.tests.stage import Stage, make_row, make_stage
from hearthline.tenancy.context import acting_in
from tests.browser.conftest import OpenPage
from tests.people import People

pytestmark = pytest.mark.browser
LookAt = Callable[..., None]


@pytest.fixture
def stage(people: People, committed: None) -> Stage:
    with acting_in(people.organization.id):
        made = make_stage(people)
        made.service.takes_walk_ins = True
        made.service.instructions = {"en": "Have your medicine bottles ready."}
        made.service.save()
        return made


def test_a_patient_books_with_script_off(stage: Stage, people: People, open_page: OpenPage) -> None:
    page, _ = open_page("/care/book/", "no-script", person=people.patient)
    page.get_by_role("button", name="Start").click()
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("New patient visit, 30 minutes").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("At home").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Video").check()
    page.get_by_role("button", name="Continue").click()
    page.locator("button[name=slot]").first.click()
    page.get_by_role("button", name="Book this visit").click()
    page.get_by_role("heading", name="Your visit is booked").wait_for()
    with acting_in(people.organization.id):
        assert Appointment.objects.get().status == "booked"


def test_the_pages_of_booking(stage: Stage, people: People, look_at: LookAt) -> None:
    with acting_in(people.organization.id):
        draft = BookingDraft.objects.create(
            organization_id=people.organization.id,
            user=people.patient.user,
            patient=stage.patient,
            urgency="clear",
            service=stage.service,
            location_jurisdiction="US-TX",
            location_place="home",
            zone="America/New_York",
            language="es",
            needs_interpreter=True,
            interpreter_language="es",
            mode="video",
            expires_at=clock.now() + timedelta(days=1),
        )
    base = f"/care/book/{draft.pk}"
    for step in ("urgent", "where", "times"):
        look_at(f"{base}/{step}/", f"book-{step}", people.patient)
    with acting_in(people.organization.id):
        starts_at = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
        draft.appointment = make_row(
            stage,
            starts_at,
            status="held",
            held_until=clock.now() + timedelta(minutes=10),
            patient_zone="America/New_York",
        )
        draft.save()
    look_at(f"{base}/check/", "book-check", people.patient)
    with acting_in(people.organization.id):
        BookingDraft.objects.update(urgency="emergency")
    look_at(f"{base}/help/", "book-help", people.patient)
    with acting_in(people.organization.id):
        booked = make_row(stage, starts_at + timedelta(days=1), patient_zone="America/New_York")
    look_at(f"/care/appointments/{booked.pk}/booked/", "booked", people.patient)


def test_the_pages_of_staff(stage: Stage, people: People, look_at: LookAt) -> None:
    now = clock.now().replace(second=0, microsecond=0)
    with acting_in(people.organization.id):
        rows = [
            make_row(stage, now + timedelta(minutes=minutes), status=status, patient_zone="America/New_York")
            for minutes, status in ((-80, "fulfilled"), (-40, "noshow"), (-20, "arrived"), (30, "booked"))
        ]
    look_at("/schedule/?practitioner=", "schedule", people.navigator)
    look_at(f"/schedule/appointments/{rows[-1].pk}/", "schedule-appointment", people.navigator)
    visit = f"service={stage.service.pk}&mode=video&location_jurisdiction=US-TX&location_place=home"
    look_at(f"/schedule/book/?patient={stage.patient.pk}&{visit}", "schedule-book", people.navigator)
    look_at("/administration/hours/", "hours", people.administrator)
    look_at(f"/administration/services/{stage.service.pk}/", "service", people.administrator)
