"""The edge for readings is killed under load, with ``--slow`` PostgreSQL too: what was acknowledged is there once."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from hearthline.config.state import PROJECT_DIRECTORY, database_settings, state_directory
from hearthline.monitoring.readings.models import Ingestion, Reading
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_monitored
from hearthline.tenancy.context import acting_in
from tests.browser.installation import SHARED, Installation, prepared
from tests.people import People, make_people
from tests.unix_http import ANSWER_SECONDS, UnixConnection
from tools.postgres.cluster import own_cluster
from tools.postgres.database import database_up

PATH = "/ingest/v1/readings"
SENDERS = 3
BATCH = 20
LONGEST_SECONDS = 120.0
BETWEEN_KILLS_SECONDS = (0.1, 1.0)
FIRST = datetime(2026, 11, 20, tzinfo=UTC)
NAMES = ("Rosa", "Nora", "Ada")


@dataclass
class Sender:
    """A device that sends batch after batch; each again until it is acknowledged, and old ones now and then."""

    person: MonitoredPerson
    socket: Path
    stop: threading.Event
    random: random.Random
    attempted: dict[datetime, float] = field(default_factory=dict)
    acknowledged: dict[datetime, float] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Send until told to stop."""
        while not self.stop.is_set():
            batch = self.next_batch()
            self.attempted.update(batch)
            if not self.send(batch):
                continue
            self.acknowledged.update(batch)

    def next_batch(self) -> dict[datetime, float]:
        count = len(self.attempted)
        fresh = {
            FIRST + timedelta(seconds=30 * n): float(60 + (7 * n) % 300) for n in range(count, count + BATCH)
        }
        old = self.random.sample(sorted(self.acknowledged), min(3, len(self.acknowledged)))
        return fresh | {at: self.acknowledged[at] for at in old}

    def send(self, batch: dict[datetime, float]) -> bool:
        """Return whether the batch was acknowledged before we were told to stop."""
        items = [
            {"metric": "glucose", "value": value, "unit": "mg/dL", "at": at.isoformat()}
            for at, value in batch.items()
        ]
        while not self.stop.is_set():
            connection = UnixConnection(self.socket)
            try:
                connection.request("POST", PATH, json.dumps({"items": items}), self.person.authorization)
                answer = connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            finally:
                connection.close()
            if answer.status == 200:
                self.strange += set(json.loads(said)["outcomes"]) - {"accepted", "duplicate"}
                return True
            if answer.status != 503:
                self.strange.append(said.decode())
            time.sleep(0.2)
        return False


def send_while(work: Callable[[list[Sender]], None], people: People, socket: Path) -> list[Sender]:
    """Let devices send while something happens."""
    stop = threading.Event()
    senders = [
        Sender(make_monitored(people, name), socket, stop, random.Random(name)) for name in NAMES[:SENDERS]
    ]
    threads = [threading.Thread(target=sender.run) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        work(senders)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=2 * ANSWER_SECONDS)
    return senders


def wait_for_work(senders: list[Sender]) -> None:
    """Wait until every device had something acknowledged since now."""
    before = [len(sender.acknowledged) for sender in senders]
    deadline = time.monotonic() + LONGEST_SECONDS
    while any(len(sender.acknowledged) <= count for sender, count in zip(senders, before, strict=True)):
        assert time.monotonic() < deadline, [sender.strange for sender in senders]
        time.sleep(0.05)


def check(senders: list[Sender]) -> None:
    """Every acknowledged value is stored once, nothing is stored that was not sent, every body says so."""
    for sender in senders:
        assert sender.strange == []
        with acting_in(sender.person.organization_id):
            number = sender.person.monitored.number
            found = list(
                Reading.objects.filter(patient_number=number).values_list(
                    "observed_at", "value", "ingestion_number"
                )
            )
            bodies = set(
                Ingestion.objects.filter(credential_id=sender.person.credential.pk).values_list(
                    "number", flat=True
                )
            )
        stored = {at: value for at, value, _ in found}
        assert len(stored) == len(found)
        lost = {at for at, value in sender.acknowledged.items() if stored.get(at) != value}
        assert lost == set()
        assert stored.items() <= sender.attempted.items()
        assert {ingestion for _, _, ingestion in found} <= bodies
        assert len(sender.acknowledged) >= BATCH


def restart_ingest(installation: Installation) -> None:
    installation.kill("ingest")
    installation.start("ingest")


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_ingest_is_killed(committed: None, people: People, kills: int) -> None:
    with prepared() as installation:
        installation.start("ingest")
        installation.wait_alone("ingest")
        chance = random.Random(kills)

        def kill(senders: list[Sender]) -> None:
            for _ in range(kills):
                wait_for_work(senders)
                time.sleep(chance.uniform(*BETWEEN_KILLS_SECONDS))
                restart_ingest(installation)
            wait_for_work(senders)

        check(send_while(kill, people, installation.socket("ingest")))


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


@contextmanager
def cluster_of_our_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a second PostgreSQL, which may be killed, and use it on the test's connection."""
    real, before = state_directory(), dict(connection.settings_dict)
    with tempfile.TemporaryDirectory(prefix="hl-") as name:
        state = Path(name) / "state"
        Path(name).chmod(0o711)
        state.mkdir(mode=0o711)
        for shared in SHARED:
            (state / shared).symlink_to(real / shared)
        monkeypatch.setenv("HEARTHLINE_STATE_DIR", str(state))
        with database_up():
            environment = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "hearthline.config.settings.test",
                "HEARTHLINE_DATABASE_LOGIN": "owner",
            }
            command = [sys.executable, "-m", "hearthline", "migrate", "--verbosity", "0"]
            subprocess.run(command, cwd=PROJECT_DIRECTORY, env=environment, check=True)
            facts = database_settings("app")
            connection.close()
            connection.settings_dict.update(
                {key: facts[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
            )
            try:
                yield
            finally:
                connection.close()
                connection.settings_dict.update(before)


def kill_server() -> None:
    """Kill PostgreSQL as a power cut would; its keeper starts it again."""
    cluster = own_cluster()
    process = cluster.running_process()
    assert process is not None
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    for one in (process, *map(int, children)):
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + LONGEST_SECONDS
    while not (cluster.accepts() and cluster.running_process() not in {process, None}):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_ingest_and_postgresql_are_killed(django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kills = int(os.environ.get("HEARTHLINE_KILLS", "50"))
    chance = random.Random(kills)
    with django_db_blocker.unblock(), cluster_of_our_own(monkeypatch):
        people = make_people()
        with prepared() as installation:
            installation.start("ingest")
            installation.wait_alone("ingest")

            def kill(senders: list[Sender]) -> None:
                for _ in range(kills):
                    wait_for_work(senders)
                    time.sleep(chance.uniform(*BETWEEN_KILLS_SECONDS))
                    victim = chance.choice(["ingest", "postgresql", "both"])
                    if victim != "ingest":
                        kill_server()
                    if victim != "postgresql":
                        restart_ingest(installation)
                wait_for_work(senders)

            senders = send_while(kill, people, installation.socket("ingest"))
            connection.close()
            check(senders)
