"""The whole thread, through the pages alone: book, prepare, wait, meet by video, sign the note, read the summary."""

from collections.abc import Iterator
from datetime import time

import pytest
from django.db import connections
from playwright.sync_api import Page

from hearthline.charting.models import Note, VisitSummary
from hearthline.directory.services.consents import review_consent_text, write_consent_text
from hearthline.directory.tests.stage import link, make_patient
from hearthline.scheduling.models import Appointment, AvailabilityRule
from hearthline.scheduling.tests.stage import add_hours, make_bookable, make_service
from hearthline.tenancy.context import acting_in
from hearthline.visits.models import Visit
from tests.browser.calls import REMEMBER, wait_for_flow
from tests.browser.chromium import MEDIA_FLAGS, launched, new_profile, screenshot
from tests.browser.conftest import sign_in_profile
from tests.browser.installation import LOOPBACK_FLAGS, Installation, installed
from tests.people import People, Person

pytestmark = pytest.mark.browser


def set_stage(people: People) -> None:
    """Make a clinic that is always open, so that the first free time is minutes away whenever this runs."""
    service = make_service(people, duration_minutes=20, step_minutes=5, notice_minutes=0, modes=["video"])
    practitioner = make_bookable(people.physician, service, site=people.site)
    AvailabilityRule.objects.all().delete()
    for first, starts, ends in ((0, time(0), time(12)), (0, time(12), time(0))):
        add_hours(practitioner, people.site, starts=starts, ends=ends)
        for weekday in (5, 6):
            rule = AvailabilityRule.objects.filter(weekday=first, starts=starts).get()
            rule.pk, rule.weekday = None, weekday
            rule.save(force_insert=True)
    link(make_patient(people), people.patient)
    actor = people.administrator.actor
    text = write_consent_text(
        actor=actor, kind="telehealth", language="en", title="Care by video", body="You may say no."
    )
    review_consent_text(actor=actor, text=text, reviewer_name="A reviewer")


@pytest.fixture
def origin_of(committed: None, people: People) -> Iterator[Installation]:
    with acting_in(people.organization.id):
        set_stage(people)
    with installed() as installation:
        installation.start("worker")
        yield installation


def go_on(page: Page) -> None:
    page.locator("main form button.button").first.click()
    page.wait_for_load_state()


def book(page: Page, origin: str) -> None:
    page.goto(f"{origin}/care/")
    page.get_by_role("link", name="Book a visit").first.click()
    page.locator("main form button").first.click()
    page.locator("input[value=none]").check()
    go_on(page)
    page.locator("input[name=service]").first.check()
    go_on(page)
    page.locator("input[name=location_place][value=home]").check()
    page.locator("select[name=location_jurisdiction]").select_option("US-TX")
    go_on(page)
    page.locator("select[name=language]").select_option("en")
    page.locator("[name=needs_interpreter][value=no]").check()
    go_on(page)
    go_on(page)
    page.locator("input[name=mode][value=video]").check()
    go_on(page)
    page.locator(".times button").first.click()
    page.get_by_role("button", name="Book this visit").click()
    page.wait_for_url("**/booked/")


def prepare(page: Page, origin: str, visit: Visit) -> None:
    page.goto(f"{origin}/care/visits/{visit.pk}/prepare/reason/")
    page.locator("textarea").first.fill("Headache for three days")
    go_on(page)
    page.get_by_label("None of these").check()
    go_on(page)
    go_on(page)  # medicines
    page.goto(f"{origin}/care/visits/{visit.pk}/prepare/consent/")
    page.locator("main input[type=checkbox], main input[type=radio]").first.check()
    go_on(page)
    page.goto(f"{origin}/care/visits/{visit.pk}/prepare/location/")
    page.locator("select[name=jurisdiction]").select_option("US-TX")
    page.locator("[name=place]").fill("12 Cedar Street, Austin")
    page.locator("[name=call_back_number]").fill("+1 512 555 0134")
    go_on(page)
    page.goto(f"{origin}/care/visits/{visit.pk}/door/")
    page.get_by_label("Your last name").fill("Delgado")
    page.get_by_label("Date of birth").fill("1984-03-12")
    page.get_by_role("button", name="Go into the waiting room").click()
    page.wait_for_url("**/room/")


def write_and_sign(page: Page) -> None:
    page.get_by_role("button", name="Open the note").click()
    page.get_by_label("Assessment").fill("Tension headache")
    page.get_by_label("Plan").fill("Rest, water, call back if worse")
    page.get_by_role("button", name="Sign the note").click()
    page.get_by_text("The note is signed.").wait_for()


def give_summary(page: Page) -> None:
    page.get_by_role("button", name="Write the summary").click()
    page.get_by_label("What to do now").fill("Drink water and rest today.")
    page.get_by_role("button", name="Give it to the patient").click()
    page.get_by_text("The patient can read the summary now").wait_for()


def test_from_booking_to_the_summary(origin_of: Installation, people: People) -> None:
    origin = origin_of.origin
    with launched(*MEDIA_FLAGS, *LOOPBACK_FLAGS) as browser:

        def opened(person: Person, profile: str) -> Page:
            context = new_profile(browser, profile, permissions=["camera", "microphone"])
            sign_in_profile(context, origin, person)
            context.add_init_script(REMEMBER)
            return context.new_page()

        patient, clinician = opened(people.patient, "phone"), opened(people.physician, "desktop")
        book(patient, origin)
        visit = wait_for_visit(people, patient)
        prepare(patient, origin, visit)
        clinician.goto(f"{origin}/today/")
        clinician.get_by_role("link", name="Open the room").first.click()
        clinician.get_by_role("button", name="Let in").first.click()
        for page in (patient, clinician):
            assert wait_for_flow(page)["energy"] > 0
        clinician.get_by_role("button", name="End visit").first.click()
        clinician.get_by_role("dialog").get_by_role("button", name="End visit").click()
        clinician.wait_for_url("**/wrap-up/")
        write_and_sign(clinician)
        give_summary(clinician)
        patient.goto(f"{origin}/care/summaries/")
        patient.locator("main .lines a").first.click()
        assert "Drink water and rest today." in patient.inner_text("main")
        screenshot(patient, "journey-summary", "phone")
        connections.close_all()  # Playwright's loop has storage of its own, which nobody else would close
    with acting_in(people.organization.id):
        note, summary = Note.objects.get(), VisitSummary.objects.get()
        assert note.status == Note.Status.SIGNED
        for words in ("12 Cedar Street, Austin (US-TX)", "identity confirmed", "Video:"):
            assert words in note.statements
        assert summary.first_read_at is not None
        assert Appointment.objects.get().status == Appointment.Status.FULFILLED


def wait_for_visit(people: People, page: Page) -> Visit:
    """Wait until the worker has made the visit of the booking."""
    for _ in range(120):
        with acting_in(people.organization.id):
            visit = Visit.objects.first()
        if visit is not None:
            return visit
        page.wait_for_timeout(250)
    raise AssertionError("the booking has no visit after 30 seconds")
