"""A real worker process, killed in the worst moment."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from hearthline.config.state import PROJECT_DIRECTORY, state_directory
from hearthline.foundation import clock
from hearthline.messaging import oversight
from hearthline.messaging.delivery import LEASE, deliver_one
from hearthline.messaging.jobs import pick_up_what_was_left
from hearthline.messaging.models import Alarm, MessagingPolicy
from hearthline.messaging.tests.stage import make_reachable, outside_world, remind
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People

STARTED_WITHIN_SECONDS = 60


def wait_until(is_so: Callable[[], object], seconds: float = STARTED_WITHIN_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


@contextmanager
def worker(directory: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a worker on the test's database, with the test's gateway."""
    facts = json.loads((state_directory() / "database.json").read_text())
    (directory / "database.json").write_text(json.dumps({**facts, "name": connection.settings_dict["NAME"]}))
    for name in ("secrets", "test"):
        (directory / name).symlink_to(state_directory() / name)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hearthline.config.settings.test",
        "HEARTHLINE_STATE_DIR": str(directory),
        "HEARTHLINE_SMS_URL": settings.SMS_GATEWAY_URL,
        "HEARTHLINE_SMS_TOKEN": "t",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "hearthline", "run_worker"],
        cwd=PROJECT_DIRECTORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)


@pytest.mark.slow
def test_killed_between_sending_and_commit_it_is_seen_and_repeated_recognisably(
    people: People, committed: None, tmp_path: Path
) -> None:
    organization_id = people.organization.id
    with outside_world(sms={"delay_seconds": 5.0}) as (_mail, gateway):
        with acting_in(organization_id):
            MessagingPolicy.objects.create(
                organization_id=organization_id, quiet_from="00:00", quiet_until="00:00"
            )
            row = remind(people, make_reachable(people).id)
        with worker(tmp_path) as process:
            wait_until(lambda: gateway.requests)  # the gateway has the text, the worker no answer yet
            os.kill(process.pid, signal.SIGKILL)
        with acting_in(organization_id):
            row.refresh_from_db()
            assert row.state == "sending"
            assert row.attempts.filter(ended_at=None).count() == 1
        gateway.delay_seconds = 0.0
        with clock.frozen(clock.now() + LEASE + timedelta(seconds=1)):
            pick_up_what_was_left()
        with acting_in(organization_id):
            row.refresh_from_db()
            assert row.state == "sent"
    assert len(gateway.keys) == 2
    assert len(set(gateway.keys)) == 1


@pytest.mark.slow
def test_a_killed_worker_is_noticed_from_outside(people: People, committed: None, tmp_path: Path) -> None:
    with outside_world() as (mail, _gateway):
        with worker(tmp_path) as process:
            wait_until(lambda: oversight.worker_silent_since() is None, seconds=130)
            assert oversight.watch().is_well
            os.kill(process.pid, signal.SIGKILL)
        with clock.frozen(clock.now() + oversight.SILENT_AFTER + timedelta(seconds=1)):
            assert oversight.watch().is_worker_silent
        assert [envelope.rcpt_tos for envelope in mail.received] == [[people.administrator.user.email]]
    with acting_in(people.organization.id):
        assert Alarm.objects.get(ended_at=None).kind == "worker_silent"


def test_two_workers_send_once(people: People, committed: None) -> None:
    with outside_world(sms={"delay_seconds": 0.2}) as (_mail, gateway):
        with acting_in(people.organization.id):
            MessagingPolicy.objects.create(
                organization_id=people.organization.id, quiet_from="00:00", quiet_until="00:00"
            )
            row = remind(people, make_reachable(people).id)
        assert run_in_threads(8, lambda _number: deliver_one(row.organization_id, row.id)) == [None] * 8
    assert len(gateway.requests) == 1
