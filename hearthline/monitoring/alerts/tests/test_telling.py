"""The teller's loop on a real database: told at once, told what came while it was away, and held up by nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from hearthline.foundation import changes, figures
from hearthline.foundation.ids import new_id
from hearthline.foundation.models import Figure
from hearthline.messaging.models import StaffNotice
from hearthline.monitoring.alerts.models import AlertEvent
from hearthline.monitoring.alerts.telling import CHANNEL, Teller
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, Home, in_force, make_home
from hearthline.tenancy.context import acting_in
from tests.people import People

LONGEST_SECONDS = 30.0
END_LISTENING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND query LIKE 'LISTEN %%'
"""


@pytest.fixture
def home(committed: None, people: People) -> Home:
    with acting_in(people.organization.id):
        in_force(people, HIGH_GLUCOSE)
        return make_home(people)


def send(home: Home, minutes: float, value: float) -> None:
    with acting_in(home.people.organization.id):
        home.send((minutes, value))


@contextmanager
def telling() -> Iterator[None]:
    stopping = threading.Event()

    def work() -> None:
        try:
            Teller(stopping).run()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(LONGEST_SECONDS)
        assert not thread.is_alive()


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def told(organization_id: UUID) -> set[UUID | None]:
    """Return whom the nurse was told of, once nothing waits."""
    with acting_in(organization_id):
        if AlertEvent.objects.filter(is_to_tell=True, told_at__isnull=True).exists():
            return set()
        return set(StaffNotice.objects.values_list("about_id", flat=True))


def test_people_are_told_of_what_is_raised_now_and_of_what_was_while_nobody_listened(
    home: Home, people: People
) -> None:
    organization_id = people.organization.id
    send(home, 0, 300)
    assert told(organization_id) == set()
    with telling():
        wait_until(lambda: told(organization_id))
        with acting_in(organization_id):
            other = make_home(people, "Nora")
        send(other, 0, 300)
        wait_until(lambda: len(told(organization_id)) == 2)
        wait_until(Figure.objects.filter(name=figures.TELLING).exists)


def test_nonsense_and_a_lost_session_hold_up_nobody(home: Home, people: People) -> None:
    organization_id = people.organization.id
    database = connection.settings_dict["NAME"]
    with telling(), psycopg.connect(**changes.session_parameters(), autocommit=True) as other_session:
        for payload in ("nonsense", str(new_id())):
            other_session.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
        send(home, 0, 300)
        wait_until(lambda: told(organization_id))
        wait_until(lambda: other_session.execute(END_LISTENING, [database]).fetchall())
        with acting_in(organization_id):
            other = make_home(people, "Nora")
        send(other, 0, 300)
        wait_until(lambda: len(told(organization_id)) == 2)


def test_the_order_goes_out_with_the_commit_and_not_without_it(home: Home, people: People) -> None:
    with psycopg.connect(**changes.session_parameters(), autocommit=True) as session:
        session.execute(f"LISTEN {CHANNEL}")
        with acting_in(people.organization.id):
            home.send((0, 300))
            assert list(session.notifies(timeout=0.05)) == []
        heard = [one.payload for one in session.notifies(timeout=LONGEST_SECONDS, stop_after=1)]
    assert heard == [str(people.organization.id)]
