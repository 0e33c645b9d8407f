"""Groups: one bad body fails alone, a full queue says so, an absent database is waited for and then named."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from hearthline.ingest import flusher
from hearthline.ingest.limits import RECONNECT_ATTEMPTS
from hearthline.ingest.tests.rig import LocalEdge, local_edge, minutes_ago, request
from hearthline.monitoring.readings.models import Ingestion
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import Submission
from hearthline.monitoring.readings.tests.people import MonitoredPerson
from hearthline.tenancy.context import acting_in

PATH = "/ingest/v1/readings"
POISON = 666
LONGEST_WAIT_SECONDS = 10.0
Hook = Callable[[psycopg.Cursor[Any], list[Submission]], None]


@contextmanager
def edge_that(before_storing: Hook) -> Iterator[LocalEdge]:
    """Return an edge whose store first does something else."""

    def store(cursor: psycopg.Cursor[Any], submissions: list[Submission]) -> None:
        before_storing(cursor, submissions)
        store_group(cursor, submissions)

    with local_edge(store) as edge:
        yield edge


def sending(person: MonitoredPerson, value: float, minutes: float) -> httpx.Request:
    item = {"metric": "glucose", "value": value, "unit": "mg/dL", "at": minutes_ago(minutes)}
    return request("POST", PATH, {"items": [item]}, person.authorization)


@pytest.mark.parametrize(
    ("fault", "status"), [(psycopg.DataError, 422), (psycopg.ProgrammingError, 500), (RuntimeError, 500)]
)
def test_a_body_that_cannot_be_stored_fails_alone_and_is_kept_aside(
    rosa: MonitoredPerson, fault: type[Exception], status: int
) -> None:
    def fail_on_poison(cursor: psycopg.Cursor[Any], submissions: list[Submission]) -> None:
        cursor.execute("SELECT 1")
        if any(POISON in one.rows["value"] for one in submissions):
            raise fault

    values = [100.0 + n for n in range(12)]
    values[5] = POISON
    with edge_that(fail_on_poison) as edge:
        answers = edge.together(*(sending(rosa, value, n + 1) for n, value in enumerate(values)))
    assert [answer.status_code for answer in answers] == [
        status if value == POISON else 200 for value in values
    ]
    assert answers[5].json()["message"].endswith(".")
    assert sorted(value for _, value, _ in rosa.stored()) == [value for value in values if value != POISON]
    with acting_in(rosa.organization_id):
        aside = Ingestion.objects.get(accepted=0)
    assert (aside.rejected, b"666" in aside.original()) == (1, True)


def test_an_absent_database_is_answered_with_a_time_to_come_back(
    rosa: MonitoredPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flusher, "RECONNECT_PAUSE_SECONDS", 0.0)
    faults = [psycopg.OperationalError] * RECONNECT_ATTEMPTS

    def fail(_cursor: Any, _submissions: Any) -> None:
        if faults:
            raise faults.pop()

    with edge_that(fail) as edge:
        answer = edge.together(sending(rosa, 100, 1))[0]
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
        assert rosa.stored() == []
        assert edge.together(sending(rosa, 100, 1))[0].status_code == 200


def test_a_group_that_lost_a_race_or_its_connection_is_stored_the_second_time(
    rosa: MonitoredPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flusher, "RECONNECT_PAUSE_SECONDS", 0.0)
    lives: list[str] = []

    def lose(cursor: psycopg.Cursor[Any], _submissions: Any) -> None:
        lives.append("")
        if len(lives) == 1:
            cursor.connection.close()
            cursor.execute("SELECT 1")

    with edge_that(lose) as edge:
        answer = edge.together(sending(rosa, 100, 1))[0]
    assert (answer.status_code, answer.json()["outcomes"], len(lives)) == (200, ["accepted"], 2)
    assert len(rosa.stored()) == 1


def test_a_full_queue_says_later_and_what_waited_is_stored(
    rosa: MonitoredPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flusher, "QUEUE_SUBMISSIONS", 3)
    gate, is_storing = threading.Event(), threading.Event()
    answers: list[list[httpx.Response]] = []

    def wait(_cursor: Any, _submissions: Any) -> None:
        is_storing.set()
        assert gate.wait(LONGEST_WAIT_SECONDS)

    with edge_that(wait) as edge:
        requests = [sending(rosa, 100 + n, n + 1) for n in range(8)]
        sender = threading.Thread(target=lambda: answers.append(edge.together(*requests)))
        sender.start()
        assert is_storing.wait(LONGEST_WAIT_SECONDS)
        gate.set()
        sender.join(LONGEST_WAIT_SECONDS)
    statuses = [answer.status_code for answer in answers[0]]
    assert set(statuses) == {200, 503}
    assert {int(answer.headers["Retry-After"]) for answer in answers[0] if answer.status_code == 503} == {2}
    assert len(rosa.stored()) == statuses.count(200) >= 3


def test_stopping_stores_and_answers_what_waits(rosa: MonitoredPerson) -> None:
    gate, is_storing = threading.Event(), threading.Event()
    answers: list[httpx.Response] = []

    def wait(_cursor: Any, _submissions: Any) -> None:
        is_storing.set()
        assert gate.wait(LONGEST_WAIT_SECONDS)

    with edge_that(wait) as edge:
        requests = [sending(rosa, 100 + n, n + 1) for n in range(5)]
        sender = threading.Thread(target=lambda: answers.extend(edge.together(*requests)))
        sender.start()
        assert is_storing.wait(LONGEST_WAIT_SECONDS)
        stopper = threading.Thread(target=edge.edge._flusher.stop)
        stopper.start()
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while not edge.edge._flusher._is_ending:
            assert time.monotonic() < deadline
        late = edge.together(sending(rosa, 200, 9))[0]
        gate.set()
        stopper.join(LONGEST_WAIT_SECONDS)
        sender.join(LONGEST_WAIT_SECONDS)
    assert late.status_code == 503
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(rosa.stored()) == 5
