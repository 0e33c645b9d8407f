"""The edge for readings, the worker and PostgreSQL are killed under load: what was acknowledged is there once.

With it: each severe value that is stored has its alert, no alert is without its value, and people are told.
"""

import os
import random
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.browser.installation import Installation, prepared
from tests.faults.clusters import Server, server_of_our_own
from tests.faults.senders import (
    LONGEST_SECONDS,
    Sender,
    check,
    check_told,
    send_while,
    untold,
    wait_for_work,
    wait_until,
)
from tests.people import People, make_people

KILLS = 100
BETWEEN_KILLS_SECONDS = (0.0, 0.4)
HALF = "a worker of ingest"  # its server starts another; the other half goes on
VICTIMS = (
    ("postgresql",),
    ("ingest",),
    ("worker",),
    (HALF,),
    ("teller",),
    ("ingest",),
    ("postgresql",),
    (HALF,),
)
AT_ONCE = ("ingest", "worker", "teller", "postgresql")


def test_ingest_is_asked_to_stop(committed: None, people: People) -> None:
    """It answers what it has committed and commits what it has taken; none of that is lost or half."""
    with prepared() as installation:
        installation.start("ingest")
        installation.wait_alone("ingest")

        def stop(senders: list[Sender]) -> None:
            wait_for_work(senders)
            process = installation.running["ingest"]
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(LONGEST_SECONDS) == 0

        check(send_while(stop, people, installation.socket("ingest")))


def worker_of_ingest(installation: Installation) -> int:
    """Return the youngest child of ingest, which has none for a moment after its start."""

    def children() -> list[str]:
        start_what_ended(installation)
        pid = installation.running["ingest"].pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    wait_until(lambda: bool(children()), "ingest starts no worker")
    return int(children()[-1])


def strike(installation: Installation, server: Server, victims: tuple[str, ...]) -> None:
    """Kill, and start again what was killed, as the supervisor does."""
    for victim in victims:
        if victim == "postgresql":
            server.kill()
        elif victim == HALF:
            os.kill(worker_of_ingest(installation), signal.SIGKILL)
        else:
            installation.kill(victim)
    start_what_ended(installation)


def start_what_ended(installation: Installation) -> None:
    """Start processes again that ended, some a moment after what they needed."""
    for name, process in list(installation.running.items()):
        if process.poll() is not None:
            installation.start(name)


@pytest.mark.slow
def test_ingest_worker_and_postgresql_are_killed(
    django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(KILLS)
    plan = [VICTIMS[n % len(VICTIMS)] for n in range(KILLS - KILLS // 10)] + [AT_ONCE] * (KILLS // 10)
    chance.shuffle(plan)
    with django_db_blocker.unblock(), server_of_our_own(monkeypatch) as server, prepared() as installation:
        people = make_people()
        for name in ("ingest", "worker", "teller"):
            installation.start(name)
        installation.wait_alone("ingest")

        def kill(senders: list[Sender]) -> None:
            supervise = partial(start_what_ended, installation)
            for victims in plan:
                wait_for_work(senders, supervise)
                time.sleep(chance.uniform(*BETWEEN_KILLS_SECONDS))
                strike(installation, server, victims)
            wait_for_work(senders, supervise)

        senders = send_while(kill, people, installation.socket("ingest"))
        server.wait()
        connection.close()
        check(senders)
        wait_until(lambda: untold(people) == 0, "people are not told")
        check_told(people)
        installation.stop()
