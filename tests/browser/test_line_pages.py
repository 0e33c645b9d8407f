"""The line as a patient waits in it: without script, with a page that keeps itself current, and as people see it."""

from collections.abc import Callable
from datetime import date, time, timedelta
from itertools import product

import pytest
from playwright.sync_api import BrowserContext

from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.scheduling import services
from hearthline.scheduling.models import AvailabilityRule, WalkInEntry
from hearthline.scheduling.tests.line import enter, make_line, make_ready_draft
from hearthline.scheduling.tests.stage import Stage
from hearthline.tenancy.context import acting_in
from tests.browser.conftest import OpenPage, sign_in_profile
from tests.people import People

pytestmark = pytest.mark.browser
LookAt = Callable[..., None]
HALF_A_MINUTE = 30_500  # a little more than the page waits before it asks again


@pytest.fixture
def stage(people: People, committed: None) -> Stage:
    with acting_in(people.organization.id):
        made = make_line(people)
        AvailabilityRule.objects.all().delete()
        halves = ((time(0), time(12)), (time(12), time(0)))  # open all day, whenever the test runs
        for weekday, (starts, ends) in product(range(7), halves):
            AvailabilityRule.objects.create(
                organization_id=people.organization.id,
                practitioner=made.practitioner,
                site=people.site,
                weekday=weekday,
                starts=starts,
                ends=ends,
                zone="America/Chicago",
                valid_from=date(2026, 1, 5),
            )
    return made


def wait(stage: Stage, given: str = "") -> WalkInEntry:
    with acting_in(stage.people.organization.id):
        patient = make_patient(stage.people, given, "Haddad") if given else None
        return enter(stage, patient, call_back_number="+15125550134")


def test_a_patient_joins_and_leaves_with_script_off(
    stage: Stage, people: People, open_page: OpenPage
) -> None:
    page, _ = open_page("/care/", "no-script", person=people.patient)
    page.get_by_role("link", name="Wait for a visit now").click()
    page.get_by_role("button", name="Start").click()
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("New patient visit, 30 minutes").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("At home").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Video").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Which number can we call?").fill("512 555 0134")
    page.get_by_role("button", name="Join the line").click()
    page.get_by_role("heading", name="You are next.").wait_for()
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("button", name="Leave the line").click()
    page.get_by_text("You have left the line.").wait_for()
    with acting_in(people.organization.id):
        assert WalkInEntry.objects.get().status == "left"


def test_the_page_turns_by_itself_when_it_is_their_turn(
    stage: Stage, people: People, profile: Callable[..., BrowserContext], origin: str
) -> None:
    entry = wait(stage)
    context = profile("phone")
    sign_in_profile(context, origin, people.patient)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{origin}/care/line/place/{entry.pk}/")
    page.get_by_role("heading", name="You are next.").wait_for()
    with acting_in(people.organization.id):
        services.call_next(people.physician.actor, entry=entry, practitioner_id=stage.practitioner.pk)
    page.clock.run_for(HALF_A_MINUTE)
    page.get_by_role("heading", name="It is your turn").wait_for()


def test_a_choice_of_the_staff_stays_when_the_line_moves(
    stage: Stage, people: People, profile: Callable[..., BrowserContext], origin: str
) -> None:
    first, second = wait(stage, "Omar"), wait(stage)
    context = profile("desktop")
    sign_in_profile(context, origin, people.nurse)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{origin}/schedule/queue/")
    page.get_by_label("Who calls Rosa Delgado").select_option(str(stage.practitioner.pk))
    with acting_in(people.organization.id):
        services.leave_queue(people.nurse.actor, entry=first)
    page.clock.run_for(HALF_A_MINUTE)
    page.get_by_text("1. Rosa Delgado").wait_for()
    assert page.get_by_label("Who calls Rosa Delgado").input_value() == str(stage.practitioner.pk)
    page.get_by_role("button", name="Call now").click()
    page.wait_for_url("**/schedule/appointments/**")
    with acting_in(people.organization.id):
        assert WalkInEntry.objects.get(pk=second.pk).status == "called"


def test_the_pages_of_the_line(stage: Stage, people: People, look_at: LookAt) -> None:
    look_at("/care/line/", "line-start", people.patient)
    look_at("/o/riverbend/line/", "line-public")
    first, entry = wait(stage, "Omar"), wait(stage)
    place = f"/care/line/place/{entry.pk}/"
    look_at(place, "line-place", people.patient)
    look_at(f"{place}call-back/", "line-call-back", people.patient)
    with acting_in(people.organization.id):
        services.want_call_back(people.patient.actor, entry=entry, call_back_number="+15125550177")
    look_at(place, "line-called-back", people.patient)
    look_at("/schedule/queue/", "queue", people.nurse, languages=False)
    with acting_in(people.organization.id):
        services.stay_on_page(people.patient.actor, entry=entry)
        services.leave_queue(people.nurse.actor, entry=first)
        services.call_next(people.physician.actor, entry=entry, practitioner_id=stage.practitioner.pk)
    look_at(place, "line-turn", people.patient)


def test_the_pages_of_a_closed_line(stage: Stage, people: People, look_at: LookAt) -> None:
    with acting_in(people.organization.id):
        AvailabilityRule.objects.update(valid_from=clock.now().date() + timedelta(days=1))
        draft = make_ready_draft(stage)
    look_at("/care/line/", "line-closed", people.patient)
    look_at(f"/care/line/{draft.pk}/number/", "line-refused", people.patient)
