"""The worker in the real queue: due jobs run, and those that a dead worker held run too."""

import asyncio
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from hearthline.foundation import worker

TASK = "builtin:procrastinate.builtin_tasks.remove_old_jobs"
pytestmark = pytest.mark.usefixtures("committed", "jobs_close_their_connections")


@pytest.fixture
def jobs_close_their_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job's thread would keep its connection for the next job, and the test's database could not be removed."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)


def ask(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []


def queue_job(status: str, worker_id: int | None = None) -> int:
    rows = ask(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id) "
        "VALUES ('default', %s, '{\"max_hours\": 1}', %s, %s) RETURNING id",
        TASK,
        status,
        worker_id,
    )
    return int(rows[0][0])


def is_queued(job: int) -> bool:
    return bool(ask("SELECT 1 FROM procrastinate_jobs WHERE id = %s", job))


def work_until_empty() -> None:
    connector: Any = app.connector
    with app.replace_connector(connector.get_worker_connector()) as worker_app:
        asyncio.run(worker.work(worker_app, until_empty=True))


def test_due_jobs_run_and_leave_the_queue() -> None:
    due = queue_job("todo")
    work_until_empty()
    assert not is_queued(due)


def test_a_job_of_a_dead_worker_runs_and_one_of_a_living_worker_is_left_to_it() -> None:
    ((living,),) = ask("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
    ((dead,),) = ask(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
    )
    left, stalled, orphaned = queue_job("doing", living), queue_job("doing", dead), queue_job("doing", None)
    work_until_empty()
    assert is_queued(left)
    assert not is_queued(stalled)
    assert not is_queued(orphaned)
