"""Two people meet by video: two Chromium profiles, fake cameras, the real processes."""

import time
from collections.abc import Iterator

import pytest

from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import SegmentCause, VisitState
from hearthline.visits.models import Participant, QualitySample, QueueEvent, Segment
from tests.browser.calls import Call, measure, ready_to_call, wait_for_flow
from tests.browser.chromium import assert_page_is_sound, screenshot, watch
from tests.people import People

pytestmark = pytest.mark.browser
PICTURE_BACK_SECONDS = 80.0
BACK_SECONDS = 20.0


@pytest.fixture
def call(committed: None, people: People) -> Iterator[Call]:
    with ready_to_call(people) as ready:
        yield ready


@pytest.fixture
def relayed_call(committed: None, people: People) -> Iterator[Call]:
    with ready_to_call(people, is_relay_only=True) as ready:
        yield ready


def test_two_people_meet_write_and_part(call: Call) -> None:
    clinician, patient = call.meet()
    for page in (clinician, patient):
        assert wait_for_flow(page)["states"] == ["connected"]
    clinician.get_by_text("Name and date of birth checked").wait_for()
    screenshot(patient, "call", "phone")
    patient.get_by_role("button", name="Chat").click()
    patient.get_by_label("Others read each letter as I write").check()
    patient.get_by_label("Write a message").fill("My knee")
    letters = clinician.locator("[data-typed] .typed")
    letters.get_by_text("My knee", exact=True).wait_for()
    patient.get_by_label("Write a message").fill("My knee is here")
    patient.get_by_role("button", name="Send").click()
    clinician.get_by_role("tab", name="Chat").click()
    clinician.locator("[data-thread]").get_by_text("My knee is here", exact=True).wait_for()
    assert letters.is_hidden(), "said, so nothing is being written any more"
    assert clinician.locator("[data-unread]:visible").count() == 0, "what is open has been seen"
    clinician.get_by_role("button", name="Share", exact=True).click()
    clinician.get_by_role("button", name="My screen").click()
    shared = patient.locator('video[data-role="screen"]')
    shared.wait_for(state="attached")
    patient.wait_for_function("() => document.querySelector('video[data-role=screen]').videoWidth > 0")
    clinician.get_by_role("button", name="Share", exact=True).click()
    shared.wait_for(state="detached")
    clinician.get_by_role("tab", name="Note").click()
    clinician.get_by_role("button", name="Write the note").click()
    clinician.get_by_label("Assessment").fill("Strained knee")
    clinician.get_by_label("Plan").fill("Rest for a week")
    screenshot(clinician, "call-clinician", "desktop")
    screenshot(patient, "call-chat", "phone")
    assert wait_for_flow(patient, frames=120)["states"] == ["connected"], "the chart opens beside the call"
    clinician.get_by_role("button", name="End visit").first.click()
    clinician.get_by_role("dialog").get_by_role("button", name="End visit").click()
    clinician.wait_for_url("**/wrap-up/")
    patient.get_by_role("heading", name="The visit has ended.").wait_for()
    with acting_in(call.stage.people.organization.id):
        call.stage.visit.refresh_from_db()
        assert call.stage.visit.state == VisitState.ENDED
        segments = Segment.objects.filter(visit=call.stage.visit)
        assert {(one.modality, one.end_cause) for one in segments} == {("video", "ended")}
        assert QualitySample.objects.filter(visit=call.stage.visit, pair="direct").exists()
    assert not call.complaints


@pytest.mark.slow
def test_refresh_second_tab_and_voice_only(call: Call) -> None:
    _, patient = call.meet()
    patient.reload()
    wait_for_flow(patient)
    second = call.open(patient.context, f"/care/visits/{call.stage.visit.pk}/room/")
    patient.get_by_role("heading", name="This visit is open in another tab").wait_for()
    wait_for_flow(second)
    second.get_by_role("button", name="Voice only").click()
    deadline = time.monotonic() + BACK_SECONDS
    with acting_in(call.stage.people.organization.id):
        voice = Segment.objects.filter(visit=call.stage.visit, modality="audio", ended_at=None)
    while time.monotonic() < deadline:
        with acting_in(call.stage.people.organization.id):
            if voice.exists():
                break
        time.sleep(0.2)
    with acting_in(call.stage.people.organization.id):
        assert voice.get().start_cause == SegmentCause.CHOSEN
        assert QueueEvent.objects.filter(visit=call.stage.visit, kind="admitted").count() == 1
        assert Participant.objects.filter(visit=call.stage.visit).count() == 2
    assert not call.complaints


@pytest.mark.slow
def test_the_call_outlives_the_live_process(call: Call) -> None:
    clinician, patient = call.meet()
    call.installation.kill("live")
    for page in (clinician, patient):
        assert wait_for_flow(page)["states"] == ["connected"], "media go on without signalling"
    call.installation.start("live")
    call.installation.wait({"live"})
    patient.get_by_role("button", name="Chat").click()
    patient.get_by_label("Write a message").fill("Still here")
    patient.get_by_role("button", name="Send").click()
    clinician.get_by_role("tab", name="Chat").click()
    clinician.get_by_text("Still here", exact=True).wait_for(timeout=BACK_SECONDS * 1000)
    assert wait_for_flow(clinician)["states"] == ["connected"]
    with acting_in(call.stage.people.organization.id):
        assert QueueEvent.objects.filter(visit=call.stage.visit, kind="admitted").count() == 1


@pytest.mark.slow
def test_relay_only_and_back_after_an_outage(relayed_call: Call) -> None:
    clinician, patient = relayed_call.meet()
    for page in (clinician, patient):
        assert set(measure(page)["pairs"]) == {"relay"}
    relayed_call.installation.kill("turn")
    patient.get_by_text("Connection lost.").wait_for(timeout=60_000)
    relayed_call.installation.start("turn")
    for page in (clinician, patient):  # the voice first, the picture by the ladder
        wait_for_flow(page, frames=0, seconds=BACK_SECONDS)
    for page in (clinician, patient):
        assert set(wait_for_flow(page, seconds=PICTURE_BACK_SECONDS)["pairs"]) == {"relay"}
    patient.get_by_text("Connection lost.").wait_for(state="hidden", timeout=BACK_SECONDS * 1000)


@pytest.mark.slow
def test_a_guest_comes_by_link(call: Call) -> None:
    clinician, _ = call.meet()
    clinician.get_by_role("tab", name="People").click()
    clinician.get_by_label("Name of the guest").fill("Lucia Delgado")
    clinician.get_by_role("button", name="Make a link").click()
    link = clinician.get_by_label("Link for the guest")
    link.wait_for()
    address = link.input_value().removeprefix(call.installation.origin)
    guest = call.open(call.profile(None, "phone"), address)
    guest.get_by_role("button", name="Go into the waiting room").click()
    guest.wait_for_url("**/room/")
    assert "Delgado" not in guest.content()
    clinician.get_by_text("Lucia Delgado waits to come in").wait_for()
    clinician.get_by_role("button", name="Let in").first.click()
    found = wait_for_flow(guest, frames=20)
    assert found["states"] == ["connected", "connected"], "one connection to each of the others"
    screenshot(clinician, "call-three", "desktop")
    assert not call.complaints


@pytest.mark.slow
def test_device_check_and_waiting_room(call: Call) -> None:
    context = call.profile(call.stage.people.patient, "phone")
    page = call.open(context, f"/care/visits/{call.stage.visit.pk}/check/")
    observed = watch(page, call.installation.origin)
    page.get_by_text("We can hear you").wait_for()
    page.get_by_role("button", name="Play a sound").click()
    page.get_by_role("button", name="Yes, I hear it").click()
    assert_page_is_sound(page, observed, heading="Check camera and sound")
    screenshot(page, "device-check", "phone")
    for profile in ("phone", "desktop", "arabic"):
        waiting = call.patient(profile)
        waiting.locator("[data-preview]").wait_for()
        waiting.wait_for_timeout(1000)
        screenshot(waiting, "waiting-room", profile)
        if profile == "desktop":
            assert_page_is_sound(waiting, watch(waiting, call.installation.origin), heading="knows that you")
    clinician = call.clinician()
    clinician.get_by_role("button", name="Let in").first.wait_for()
    screenshot(clinician, "clinician-room-waiting", "desktop")


@pytest.mark.slow
def test_who_was_put_back_and_let_in_again_reads_each_line_once(call: Call) -> None:
    clinician, patient = call.meet()
    clinician.get_by_role("tab", name="People").click()
    with patient.expect_navigation():
        clinician.get_by_role("button", name="Put back: Rosa Delgado").click()
    patient.locator("[data-estimate], [data-waiting]").first.wait_for()
    clinician.get_by_role("button", name="Let in").first.click()
    assert wait_for_flow(patient)["states"] == ["connected"]
    clinician.get_by_role("tab", name="Chat").click()
    clinician.get_by_label("Write a message").fill("Here you are again")
    clinician.get_by_role("button", name="Send").click()
    lines = patient.locator("[data-thread]").get_by_text("Here you are again", exact=True)
    lines.first.wait_for(state="attached")
    assert lines.count() == 1
    assert not call.complaints
