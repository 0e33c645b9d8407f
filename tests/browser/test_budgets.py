"""The pages that people open every day stay within their budget of bytes and requests, with something on each."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from hearthline.charting.models import Note, VisitSummary
from hearthline.messaging.models import Thread
from hearthline.tenancy.context import acting_in
from tests.browser.chromium import BUDGETS, REQUESTS_MOST, audience_of, wire_bytes
from tests.patient_pages import make_patient_stage
from tests.people import People

pytestmark = pytest.mark.browser
Pages = dict[str, tuple[str, str]]


@pytest.fixture
def pages(committed: None, people: People) -> Pages:
    """Return the address and the reader of each page, after a visit with note, summary and messages."""
    with acting_in(people.organization.id):
        patient = make_patient_stage(people).patient
        note, summary, thread = Note.objects.get(), VisitSummary.objects.get(), Thread.objects.get()
    return {
        "my care": ("/care/", "patient"),
        "my record": ("/care/record/", "patient"),
        "my note": (reverse("charting:own_note", args=[note.pk]), "patient"),
        "my summary": (reverse("charting:summary", args=[summary.pk]), "patient"),
        "my messages": ("/care/messages/", "patient"),
        "my conversation": (reverse("messaging:care_thread", args=[thread.pk]), "patient"),
        "today": ("/today/", "physician"),
        "chart": (reverse("charting:chart", args=[patient.pk]), "physician"),
        "note": (reverse("charting:note", args=[note.pk]), "physician"),
        "summary": (reverse("charting:summary_edit", args=[summary.pk]), "physician"),
        "messages": ("/messages/", "nurse"),
        "conversation": (reverse("messaging:thread", args=[thread.pk]), "nurse"),
    }


def test_everyday_pages_stay_within_their_budgets(
    pages: Pages, people: People, open_page: Callable[..., Any]
) -> None:
    found, problems = {}, []
    for name, (address, reader) in pages.items():
        page, observed = open_page(address, "phone", person=people.by_role[reader])
        page.wait_for_load_state("load")
        audience = audience_of(page)
        found[name] = (observed.responses[0].status, audience)
        measures = (
            ("bytes", wire_bytes(observed), BUDGETS[audience]),
            ("requests", len(observed.responses), REQUESTS_MOST[audience]),
        )
        problems += [
            f"{name}: {taken} {unit}, budget {most}" for unit, taken, most in measures if taken > most
        ]
        page.context.close()
    assert problems == []
    expected = {
        name: (200, "patient" if reader == "patient" else "staff") for name, (_, reader) in pages.items()
    }
    assert found == expected
