"""What calls cost the server, how many visits one core signals for, and browser to browser beside the media server.

A part of ``./run bench media``; ``docs/media.md`` has the figures.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page

from hearthline.foundation import clock
from hearthline.tenancy.context import acting_in
from hearthline.visits.access import participant_for
from hearthline.visits.choices import ParticipantRole, VisitState
from hearthline.visits.models import Join, Visit
from hearthline.visits.services.admission import admit
from hearthline.visits.services.messages import open_joins, send_event
from hearthline.visits.services.room import join_room
from hearthline.visits.tests.stage import Stage, make_visit
from tests.bench import Measure
from tests.benches.cpu import seconds_of
from tests.benches.signalling import Seat, hold
from tests.browser.calls import Call, ready_to_call
from tests.browser.groups import SLOW_CAMERA, SMALL, four, guest, let_in, needs_janus, wait_for_feeds
from tests.browser.installation import Installation, installed
from tests.people import People, Person, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.bench]
VISITS, SECONDS = 200, 30
QUALITY_EVERY, SIGNAL_EVERY = 15.0, 10.0  # as browsers do; and an exchange of each visit every ten seconds
P95_BAR_MS = 100.0
WATCHED_SECONDS = 15.0


def visit_in_progress(stage: Stage) -> tuple[Seat, Seat]:
    """Have one more visit of these two in which both are."""
    people, first = stage.people, stage.visit
    visit = Visit.objects.create(
        organization_id=people.organization.id,
        patient=first.patient,
        practitioner=first.practitioner,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        state=VisitState.IN_PROGRESS,
        started_at=clock.now(),
    )
    seats = [seat_of(person, visit) for person in (people.physician, people.patient)]
    patient = participant_for(people.patient.actor, visit)
    admit(actor=people.physician.actor, visit=visit, participant=patient)
    return seats[0], seats[1]


def seat_of(person: Person, visit: Visit) -> Seat:
    join: Join = join_room(actor=person.actor, visit=visit, participant=participant_for(person.actor, visit))
    client = sign_in(person.user, join.organization_id)  # a stay of its own, as two hundred people have
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Seat(str(visit.pk), join.nonce, join.number, f"{settings.SESSION_COOKIE_NAME}={cookie}")


def test_two_hundred_visits_on_one_core(committed: None, people: People, measured: Measure) -> None:
    with acting_in(people.organization.id):
        stage = make_visit(people)
        visits = [visit_in_progress(stage) for _ in range(VISITS)]
    with installed(("live",)) as installation:
        installation.wait_alone("live")
        live = installation.running["live"].pid
        for task in Path(f"/proc/{live}/task").iterdir():
            os.sched_setaffinity(int(task.name), {0})
        before = seconds_of([live])
        traffic = asyncio.run(
            hold(
                installation.socket("live"),
                visits,
                SECONDS,
                quality_every=QUALITY_EVERY,
                signal_every=SIGNAL_EVERY,
            )
        )
        used = seconds_of([live]) - before
    assert not traffic.refused, traffic.refused[:3]
    assert not traffic.sent, f"{len(traffic.sent)} never arrived"
    measured(f"{VISITS} visits on one core: signal to stream, p50", traffic.percentile(0.5), P95_BAR_MS, "ms")
    measured(
        f"{VISITS} visits on one core: signal to stream, p95", traffic.percentile(0.95), P95_BAR_MS, "ms"
    )
    measured(
        f"{VISITS} visits on one core: of that core",
        100 * used / (SECONDS + 12),
        100,
        "%",
    )


def cost_of(installation: Installation, names: tuple[str, ...], page: Page, seconds: float) -> float:
    """Return how much of a core some processes take while time passes, in percent."""
    roots = [installation.running[name].pid for name in names if name in installation.running]
    before = seconds_of(roots)
    page.wait_for_timeout(seconds * 1000)
    return 100 * (seconds_of(roots) - before) / seconds


@pytest.mark.parametrize(("way", "bar"), [("direct", 3.0), ("relayed", 5.0)])
def test_what_a_call_of_two_costs(
    committed: None, people: People, measured: Measure, way: str, bar: float
) -> None:
    with ready_to_call(people, is_relay_only=way == "relayed") as call:
        pages = call.meet()
        used = cost_of(call.installation, ("pages", "live", "turn"), pages[0], WATCHED_SECONDS)
    measured(f"a call of two, {way}: of a core", used, bar, "%")


BYTES = """async () => {
  const total = { up: 0, down: 0 };
  for (const one of window.connections.filter((one) => one.connectionState !== "closed"))
    for (const entry of (await one.getStats()).values())
      if (entry.type === "transport") { total.up += entry.bytesSent; total.down += entry.bytesReceived; }
  return total;
}"""


def _bytes(pages: list[Page]) -> list[dict[str, Any]]:
    return [page.evaluate(BYTES) for page in pages]


@contextmanager
def group(people: People, count: int) -> Iterator[tuple[Call, list[Page]]]:
    """So many people in one visit, from browser to browser up to four."""
    with ready_to_call(people, with_janus=True, flags=SLOW_CAMERA, script=SMALL) as call:
        pages = four(call) if count > 3 else three(call)
        if count > 4:
            fifth = guest(call, "Noor Haddad", ParticipantRole.ATTENDANT)
            let_in(pages[0])
            pages.append(fifth)
        yield call, pages


def three(call: Call) -> list[Page]:
    clinician, patient = call.meet()
    nurse = call.open(call.profile(call.stage.people.nurse), f"/visits/{call.stage.visit.pk}/room/")
    return [clinician, patient, nurse]


@needs_janus
@pytest.mark.parametrize("count", [3, 4, 5])
def test_browser_to_browser_beside_the_media_server(
    committed: None, people: People, measured: Measure, count: int
) -> None:
    with group(people, count) as (call, pages):
        for way in ("mesh", "janus") if count < 5 else ("janus",):
            if way == "janus" and count < 5:
                go_over(call)
            wait_for_feeds(pages, count - 1)
            before, used = _bytes(pages), cost_of(call.installation, ("janus",), pages[0], WATCHED_SECONDS)
            after = _bytes(pages)
            for which in ("up", "down"):
                bits = [8 * (now[which] - then[which]) for then, now in zip(before, after, strict=True)]
                kilobits = sum(bits) / len(bits) / WATCHED_SECONDS / 1000
                measured(f"{count} people by {way}: each {which}", kilobits, 4000, "kbit/s")
            measured(f"{count} people by {way}: media server, of a core", used, 20, "%")


def go_over(call: Call) -> None:
    """Have a visit of few go through the media server, as a weak line would; it stays there for half a minute."""
    with acting_in(call.stage.people.organization.id):
        visit = Visit.objects.select_for_update().get(pk=call.stage.visit.pk)
        visit.media_backend = "janus"
        visit.save()
        for join in open_joins(visit):
            send_event(join, "media", {"way": "janus", "why": "weak"})
