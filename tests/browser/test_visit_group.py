"""Visits through the media server: real Janus, real browsers, one encounter."""

from collections.abc import Iterator

import pytest

from hearthline.charting.models import Encounter
from hearthline.demo.line import Line
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import ParticipantRole
from hearthline.visits.models import Join, QueueEvent, Visit
from tests.browser.calls import Call, measure, ready_to_call
from tests.browser.chromium import screenshot
from tests.browser.groups import (
    SLOW_CAMERA,
    SMALL,
    TILES,
    four,
    guest,
    let_in,
    needs_janus,
    wait_for_feeds,
    way_of,
)
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_janus]
DOWN_MILLISECONDS = 20_000
BACK_MILLISECONDS = 90_000  # half a minute of calm, and then some


@pytest.fixture
def call(committed: None, people: People) -> Iterator[Call]:
    with ready_to_call(people, with_janus=True, flags=SLOW_CAMERA, script=SMALL) as ready:
        yield ready


def assert_one_encounter(call: Call, people: int) -> None:
    with acting_in(call.stage.people.organization.id):
        visit = Visit.objects.get(pk=call.stage.visit.pk)
        assert Encounter.objects.filter(patient=visit.patient).count() == 1
        assert QueueEvent.objects.filter(visit=visit, kind="admitted").count() == 1
        assert visit.participants.count() == people
        assert Join.objects.filter(visit=visit).count() == people, "nobody joined twice"


def test_four_become_five_and_four_again_in_one_visit(call: Call) -> None:
    pages = four(call)
    wait_for_feeds(pages, 3)
    assert way_of(call) == "mesh"
    fifth = guest(call, "Noor Haddad", ParticipantRole.ATTENDANT)
    let_in(pages[0])
    wait_for_feeds([*pages, fifth], 4)
    assert way_of(call) == "janus"
    for page in (*pages, fifth):
        assert page.evaluate(TILES) == 4
        page.get_by_text("By the clinic's server, not end-to-end encrypted").wait_for()
    screenshot(pages[0], "call-group", "desktop")
    screenshot(pages[1], "call-group", "phone")
    pages[0].get_by_role("tab", name="People").click()
    pages[0].get_by_role("button", name="Take out: Noor Haddad").click()
    fifth.get_by_text("You were taken out of this visit.").wait_for()
    wait_for_feeds(pages, 3)
    pages[1].get_by_text("From browser to browser again").wait_for(timeout=BACK_MILLISECONDS)
    wait_for_feeds(pages, 3)
    assert way_of(call) == "mesh"
    assert_one_encounter(call, 5)
    assert not call.complaints


def by_server(call: Call) -> None:
    """Have the visit begin through the media server; with two people it stays there for half a minute of calm."""
    with acting_in(call.stage.people.organization.id):
        Visit.objects.filter(pk=call.stage.visit.pk).update(media_backend="janus")


def test_a_weak_line_takes_a_smaller_picture_from_the_media_server(committed: None, people: People) -> None:
    with ready_to_call(people, is_relay_only=True, with_janus=True) as call:
        by_server(call)
        _, patient = call.meet()
        assert set(measure(patient)["pairs"]) == {"relay"}, (
            "the media server is reached through the relay too"
        )
        assert call.line is not None
        call.line.line = Line(kilobits=150, delay_ms=50)
        patient.wait_for_function(
            "() => ['low', 'minimal', 'audio'].includes(document.querySelector('[data-link-state]').dataset.rung)",
            timeout=DOWN_MILLISECONDS,
        )
        assert way_of(call) == "janus"
        assert not call.complaints
