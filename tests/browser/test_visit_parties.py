"""More than two in a visit: clinicians speak apart, an observer watches; real browsers, real processes."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from hearthline.tenancy.context import acting_in
from hearthline.visits.models import Join, Segment, Visit
from tests.browser.calls import FLOW_SECONDS, Call, measure, ready_to_call, wait_for_flow
from tests.browser.chromium import screenshot
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIGNAL = """async ([visit, nonce, to, token]) => {
  const description = { type: "offer", sdp: "v=0" };
  const message = { kind: "description", to, description, negotiation: 9, roles: {} };
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const body = JSON.stringify({ join: nonce, messages: [message] });
  const answer = await fetch(`/live/visits/${visit}/signal`, { method: "POST", headers, body });
  return [answer.status, (await answer.json()).code];
}"""
CONNECTED = """(count) => {
  const open = window.connections.filter((one) => one.connectionState !== "closed");
  return open.length === count && open.every((one) => one.iceConnectionState === "connected");
}"""
TOKEN = "() => JSON.parse(document.getElementById('room').textContent).token"


@pytest.fixture
def call(committed: None, people: People) -> Iterator[Call]:
    with ready_to_call(people) as ready:
        with acting_in(
            people.organization.id
        ):  # by voice: three drawn pictures are too much for a small machine
            Visit.objects.filter(pk=ready.stage.visit.pk).update(planned_modality="audio")
        yield ready


def meet(call: Call) -> tuple[Page, Page]:
    """Both come, and the clinician lets the patient in."""
    clinician, patient = call.clinician(), call.patient()
    clinician.get_by_role("button", name="Let in").first.click()
    for page in (clinician, patient):
        wait_for_all(page, 1)
    return clinician, patient


def signalled(page: Page, sender: Join, to: Join) -> Any:
    """Return how the door answers a description that this page sends to another place in the visit."""
    return page.evaluate(SIGNAL, [str(sender.visit_id), sender.nonce, to.number, page.evaluate(TOKEN)])


def wait_for_all(page: Page, count: int) -> None:
    """Wait until so many are connected and sound flows; pictures wait for what the machine can draw."""
    page.wait_for_function(CONNECTED, arg=count, timeout=FLOW_SECONDS * 1000)
    wait_for_flow(page, frames=0)


def test_clinicians_speak_apart_and_the_patients_side_hears_and_sees_nothing(call: Call) -> None:
    clinician, patient = meet(call)
    visit = call.stage.visit
    nurse = call.open(call.profile(call.stage.people.nurse), f"/visits/{visit.pk}/room/")
    for page in (clinician, patient, nurse):
        wait_for_all(page, 2)
    clinician.get_by_role("tab", name="People").click()
    screenshot(clinician, "call-people", "desktop")
    patient.get_by_role("button", name="Large: Ines Okafor").click()
    screenshot(patient, "call-large", "phone")
    clinician.get_by_role("button", name="Speak apart with the clinicians").click()
    patient.get_by_text("The clinicians are talking for a moment; they will be back.").wait_for()
    screenshot(patient, "call-aside", "phone")
    nurse.get_by_text("You speak apart.").wait_for()
    assert measure(patient)["states"] == [], "no connection is left that could carry anything"
    assert patient.locator("audio, [data-tiles] video").count() == 0
    for page in (clinician, nurse):
        wait_for_all(page, 1)  # the two hear and see each other
    screenshot(clinician, "call-aside-clinician", "desktop")
    with acting_in(call.stage.people.organization.id):
        open_joins = Join.objects.filter(visit=visit, closed_at=None).order_by("number")
        joins = {join.participant.name: join for join in open_joins.select_related("participant")}
        assert not Segment.objects.filter(
            visit=visit, ended_at=None, participant__role="clinician"
        ).exists(), "nobody's time with the patient"
    ours, theirs = joins["Ines Okafor"], joins["Rosa Delgado"]
    assert signalled(patient, theirs, ours) == [403, "apart"]
    assert signalled(nurse, ours, theirs) == [403, "apart"]
    nurse.get_by_role("button", name="Back to the visit").first.click()
    for page in (patient, nurse, clinician):
        wait_for_all(page, 2)
    assert patient.get_by_text("The clinicians are talking").count() == 0
    clinician.get_by_role("button", name="Hand over the visit: Ines Okafor").click()
    nurse.get_by_role("tab", name="People").click()
    nurse.get_by_role("button", name="Put back: Rosa Delgado").wait_for()
    assert not call.complaints


def test_an_observer_is_seen_as_one_and_sends_nothing(call: Call) -> None:
    clinician, patient = meet(call)
    clinician.get_by_role("tab", name="People").click()
    clinician.get_by_label("Name of the guest").fill("Noor Haddad")
    clinician.get_by_label("In what part").select_option("observer")
    clinician.get_by_role("button", name="Make a link").click()
    link = clinician.get_by_label("Link for the guest")
    link.wait_for()
    observer = call.open(
        call.profile(None, "desktop"), link.input_value().removeprefix(call.installation.origin)
    )
    observer.get_by_role("button", name="Go into the waiting room").click()
    clinician.get_by_text("Noor Haddad would like to watch. Ask the patient first.").wait_for()
    clinician.get_by_role("alert").get_by_role("button", name="The patient agrees: let in").click()
    wait_for_all(observer, 2)
    for page in (clinician, patient):
        page.get_by_text("Observer").first.wait_for()
        senders = (
            "() => window.connections.map((one) => one.getReceivers().filter((r) => !r.track.muted).length)"
        )
        assert min(page.evaluate(senders)) == 0, "nothing comes from the observer"
    assert observer.get_by_role("button", name="Mute").count() == 0
    screenshot(observer, "call-observer", "desktop")
    screenshot(patient, "call-with-observer", "phone")
    assert not call.complaints
