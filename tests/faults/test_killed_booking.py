"""The pages' process is killed around a booking: a time is booked once and whole, or not at all."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.db import connection

from hearthline.directory.models import CareRelationship
from hearthline.scheduling.models import Appointment, AppointmentChange, BookingDraft
from hearthline.scheduling.tests.stage import Stage, make_stage
from hearthline.tenancy.context import acting_in
from tests.browser.installation import Installation, installed
from tests.database import backup_connection, owner_connection
from tests.faults.clerks import Clerk, kill_again_and_again, session_of
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOT = re.compile(r'name="slot"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="slot"')
BOOKED = re.compile(r"/care/appointments/([0-9a-f-]{36})/booked/$")
LONGEST_SECONDS = 30
WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'audit_auditentry'::regclass AND NOT granted"
AUDITED = "SELECT count(*) FROM audit_auditentry WHERE action = 'appointment.booked' AND subject_id = %s"
TRIES_MOST = 400


class Booker(Clerk):
    """Books one visit after the other; a post without an answer is sent again."""

    service = ""

    def insist(self, client: httpx.Client, path: str, form: dict[str, str]) -> str:
        """Post until there is an answer; return where it leads, or nothing when the form came back."""
        for _ in range(TRIES_MOST):
            answer = self.post(client, path, form)
            if answer is not None and answer.status_code < 500:
                return str(answer.headers.get("location", ""))
            if self.stop.is_set():
                break
        return ""

    def choose_time(self, client: httpx.Client) -> str:
        """Answer every question; return the address of the draft with a time to choose."""
        base = self.insist(client, "/care/book/", {}).rsplit("/", 2)[0]
        answers = {
            "urgent": {"flags": "none"},
            "service": {"service": self.service},
            "where": {
                "location_place": "home",
                "location_jurisdiction": "US-TX",
                "zone": "America/Chicago",
            },
            "language": {"language": "en", "needs_interpreter": "no"},
            "access": {},
            "how": {"mode": "video"},
        }
        for step, form in answers.items():
            self.insist(client, f"{base}/{step}/", form)
        return base

    def free_time(self, client: httpx.Client, base: str) -> dict[str, str]:
        for _ in range(TRIES_MOST):
            page = self.get(client, f"{base}/times/")
            found = SLOT.search(page.text) if page is not None else None
            if found is not None:
                return {"slot": found[1] or found[2]}
            if self.stop.is_set():
                break
        return {}

    def book(self) -> None:
        """Book until told to stop; what was acknowledged is the appointment's id."""
        with self.client() as client:
            while not self.stop.is_set():
                base = self.choose_time(client)
                self.insist(client, f"{base}/times/", self.free_time(client, base))
                done = BOOKED.search(self.insist(client, f"{base}/check/", {}))
                if done is not None:
                    self.acknowledged.append(done[1])


@dataclass(frozen=True)
class Traces:
    """What a whole booking leaves beside its own row."""

    history: int
    audit: int
    relationships: int
    reactions: int


WHOLE = Traces(history=1, audit=1, relationships=1, reactions=1)
NOTHING = Traces(history=0, audit=0, relationships=0, reactions=0)


def traces(appointment_id: UUID) -> Traces:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT args->>'event_id') FROM procrastinate_jobs "
            "WHERE args->>'appointment_id' = %s AND args->>'event' LIKE '%%AppointmentBooked'",
            [str(appointment_id)],
        )
        reactions = cursor.fetchone()[0]
    with backup_connection(connection.settings_dict["NAME"]) as everything:
        audited: Any = everything.execute(AUDITED, [str(appointment_id)]).fetchone()
    return Traces(
        AppointmentChange.objects.filter(appointment_id=appointment_id, action="book").count(),
        audited[0],
        CareRelationship.objects.filter(source_id=appointment_id).count(),
        reactions,
    )


@pytest.fixture
def stage(committed: None, people: People) -> Stage:
    with acting_in(people.organization.id):
        return make_stage(people)


def booker(installation: Installation, stage: Stage, stop: threading.Event) -> Booker:
    made = Booker(installation.origin, session_of(stage.people.patient), stop)
    made.service = str(stage.service.pk)
    return made


@contextmanager
def audit_blocked() -> Iterator[Any]:
    """Keep every transaction that records something from going on to its commit."""
    with owner_connection(connection.settings_dict["NAME"]) as owner, owner.transaction():
        owner.execute("LOCK TABLE audit_auditentry IN EXCLUSIVE MODE")
        yield owner


def kill_within(installation: Installation, post: threading.Thread) -> None:
    """Kill the pages while a post stands inside its transaction."""
    with audit_blocked() as owner:
        post.start()
        deadline = time.monotonic() + LONGEST_SECONDS
        while not owner.execute(WAITING).fetchone()[0]:
            assert time.monotonic() < deadline, "the post did not come to its audit row"
            time.sleep(0.02)
        installation.kill("pages")
    post.join(timeout=LONGEST_SECONDS)
    installation.start("pages")
    installation.wait({"pages"})


def restart_after_commit(installation: Installation, stage: Stage, post: threading.Thread) -> None:
    """Kill the pages as soon as the booking is in the database, whether or not its answer has left."""
    post.start()
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        with acting_in(stage.people.organization.id):
            if Appointment.objects.filter(status="booked").exists():
                break
        assert time.monotonic() < deadline, "nothing was booked"
    installation.kill("pages")
    post.join(timeout=LONGEST_SECONDS)
    installation.start("pages")
    installation.wait({"pages"})


def test_killed_inside_the_transaction_and_before_the_answer(stage: Stage) -> None:
    organization_id = stage.people.organization.id
    with installed(("pages", "gateway")) as installation:
        clerk = booker(installation, stage, threading.Event())
        with clerk.client() as client:
            base = clerk.choose_time(client)
            chosen = clerk.free_time(client, base)
            assert clerk.insist(client, f"{base}/times/", chosen) == f"{base}/check/"
            once = threading.Thread(target=clerk.post, args=(client, f"{base}/check/", {}))
            kill_within(installation, once)
            with acting_in(organization_id):
                held = Appointment.objects.get()
                assert (held.status, traces(held.pk)) == ("held", NOTHING)
            again = threading.Thread(target=clerk.post, args=(client, f"{base}/check/", {}))
            restart_after_commit(installation, stage, again)
            answered = clerk.insist(client, f"{base}/check/", {})
    assert answered == f"/care/appointments/{held.pk}/booked/"
    with acting_in(organization_id):
        booked = Appointment.objects.get()
        assert (booked.pk, booked.status, booked.held_until) == (held.pk, "booked", None)
        assert traces(booked.pk) == WHOLE


def test_what_was_booked_stays_booked_and_nothing_is_booked_by_half(stage: Stage) -> None:
    stop = threading.Event()
    with installed(("pages", "gateway")) as installation:
        clerk = booker(installation, stage, stop)
        work = threading.Thread(target=clerk.book)
        work.start()
        try:
            kill_again_and_again(installation, [clerk], 8)
        finally:
            stop.set()
            work.join(timeout=60)
    with acting_in(stage.people.organization.id):
        booked = {str(one.pk): one for one in Appointment.objects.filter(status="booked")}
        assert set(clerk.acknowledged) <= set(booked)
        assert len(clerk.acknowledged) == len(set(clerk.acknowledged)) >= 9
        assert len(booked) <= len(clerk.acknowledged) + 1  # the last one may have lost its answer to the end
        assert {name: traces(one.pk) for name, one in booked.items()} == dict.fromkeys(booked, WHOLE)
        left = Appointment.objects.exclude(status="booked")
        assert [traces(one.pk) for one in left if one.held_until is None or traces(one.pk) != NOTHING] == []
        assert BookingDraft.objects.filter(appointment__status="booked").count() == len(booked)
