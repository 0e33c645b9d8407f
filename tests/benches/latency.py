"""From a reading to a person: real processes under a steady load, timed from outside them.

A request is due at its time, whatever became of those before it; a person was told when the notice is committed and
another session can see it.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection

from hearthline.foundation import figures
from hearthline.foundation.changes import CHANNEL
from hearthline.foundation.models import Figure
from tests.benches.bodies import compact_body, iso
from tests.benches.cpu import parent_of, seconds_of
from tests.benches.filled import Crowd, Say
from tests.benches.http_load import Load, http_request, send_steadily
from tests.benches.stage import token_of
from tests.browser.installation import prepared
from tests.database import backup_connection

A_SECOND = 10_000
EACH = 20  # readings of a request: what a telephone that was without a network for a while brings
SECONDS, WARMING_SECONDS = 30, 8
# Of 25 real traces, limits of 70 and 250 with hysteresis and debounce: 0.54 alerts in a patient-day of 288 readings
# (research/rpm.md, 1.13). Ten thousand readings a second are 3 million people, so that is nineteen alerts a second.
ALERTS_A_SECOND = 19
CONNECTIONS = 256
SEVERE = 300.0  # beyond the rule that is in force
LONGEST_SECONDS = 30.0
NOTICES = """
SELECT m.number FROM messaging_staffnotice n JOIN alerts_case c ON c.organization_id = n.organization_id
  AND c.id = n.about_id JOIN readings_monitoredpatient m ON m.organization_id = c.organization_id
  AND m.id = c.monitored_id WHERE n.created_at > %s
"""


CASES = """
SELECT m.number FROM alerts_case c JOIN readings_monitoredpatient m ON m.organization_id = c.organization_id
  AND m.id = c.monitored_id WHERE c.opened_at > %s
"""
NOTED = """
SELECT m.number, a.received_at, e.at, e.told_at FROM alerts_alertevent e
JOIN alerts_alert a ON a.organization_id = e.organization_id AND a.id = e.alert_id
JOIN readings_monitoredpatient m ON m.organization_id = e.organization_id AND m.id = e.monitored_id
WHERE e.happening = 'raised' AND e.at > %s
"""


@dataclass
class Watcher:
    """Sees, from a session of its own, when each person's case is there, and when their notice."""

    database: str
    since: datetime
    opened: dict[int, float] = field(default_factory=dict)
    told: dict[int, float] = field(default_factory=dict)
    is_ending: bool = False

    def run(self) -> None:
        """Look each time that something was announced."""
        with backup_connection(self.database) as session:
            session.execute(f"LISTEN {CHANNEL}")
            while not self.is_ending:
                for _ in session.notifies(timeout=0.2, stop_after=1):
                    pass
                for seen, statement in ((self.opened, CASES), (self.told, NOTICES)):
                    for (number,) in session.execute(statement, [self.since]).fetchall():
                        seen.setdefault(number, time.perf_counter())


@contextmanager
def watching() -> Iterator[Watcher]:
    """Watch while the block runs."""
    watcher = Watcher(connection.settings_dict["NAME"], datetime.now(UTC))
    thread = threading.Thread(target=watcher.run, daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        watcher.is_ending = True
        thread.join()


@dataclass
class Plan:
    """The requests of a steady load, and when (in seconds) which person's severe reading is due in it."""

    requests: list[bytes]
    severe: dict[int, float]


def plan_load(crowd: Crowd, seconds: int, first: int) -> Plan:
    """Make the requests; each severe reading is of a person who has no case yet, from ``first`` on."""
    people = crowd.newcomers
    a_second = A_SECOND // EACH
    severe: dict[int, float] = {}
    requests = []
    start = datetime.now(UTC) - timedelta(seconds=EACH + seconds)
    every = a_second / ALERTS_A_SECOND
    for n in range(a_second * seconds):
        at = start + timedelta(seconds=n / a_second)
        times = [iso(at + timedelta(seconds=k)) for k in range(EACH)]
        if n >= len(severe) * every:
            person, last = people[first + len(severe)], SEVERE
            severe[person] = n / a_second
            body = compact_body(times, last)
        else:
            person = 1 + n % crowd.with_history
            body = compact_body(times)
        requests.append(http_request("/ingest/v1/readings", body, token_of(person)))
    return Plan(requests, severe)


def measure_delays(crowd: Crowd, say: Say) -> dict[str, float]:
    """Return in milliseconds, p99: until the edge answered, the alert was raised, people could see the notice."""
    with prepared() as installation:
        for name in ("ingest", "worker", "teller"):
            installation.start(name)
        installation.wait_alone("ingest")
        socket = installation.socket("ingest")
        warming = plan_load(crowd, WARMING_SECONDS, 0)
        with watching() as watcher:
            send_steadily(socket, warming.requests, CONNECTIONS, A_SECOND / EACH)
            wait_for(watcher, warming)
        began_at = datetime.now(UTC)
        plan = plan_load(crowd, SECONDS, len(warming.severe))
        roots = {name: process.pid for name, process in installation.running.items()}
        with watching() as watcher, processors_of(roots, say):
            began = time.perf_counter()
            load = send_steadily(socket, plan.requests, CONNECTIONS, A_SECOND / EACH)
            wait_for(watcher, plan)
    return tell_delays(plan, load, watcher, began, began_at, say)


@contextmanager
def processors_of(roots: dict[str, int], say: Say) -> Iterator[None]:
    """Say how many processors each process (with all below it) and the database kept busy during the block."""
    with backup_connection(connection.settings_dict["NAME"]) as session:
        roots = {**roots, "database": parent_of(session.info.backend_pid), "load and watch": os.getpid()}
    before, began = {name: seconds_of([root]) for name, root in roots.items()}, time.perf_counter()
    yield
    seconds = time.perf_counter() - began
    used = {name: (seconds_of([root]) - before[name]) / seconds for name, root in roots.items()}
    used["load and watch"] -= sum(used[name] for name in roots if name not in {"database", "load and watch"})
    say("processors busy: " + ", ".join(f"{name} {share:.2f}" for name, share in used.items()))


def wait_for(watcher: Watcher, plan: Plan) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not plan.severe.keys() <= watcher.told.keys() and time.monotonic() < deadline:
        time.sleep(0.05)


def tell_delays(
    plan: Plan, load: Load, watcher: Watcher, began: float, began_at: datetime, say: Say
) -> dict[str, float]:
    assert set(load.statuses) == {200}, (load.statuses, load.first_refusal)
    missing = plan.severe.keys() - watcher.told.keys()
    assert not missing, f"{len(missing)} people of {len(plan.severe)} had no notice"
    seen = [1000 * (watcher.told[person] - began - due) for person, due in plan.severe.items()]
    noted = {
        name: list(Figure.objects.filter(name=name, at__gt=began_at).values_list("value", flat=True))
        for name in (figures.ALERT_JUDGED, figures.ALERT_TOLD)
    }
    tell_stages(plan, watcher, began, began_at, say)
    rate = EACH * len(plan.requests) / load.seconds
    say(f"{rate:,.0f} readings/s in requests of {EACH}, {len(seen)} alerts; milliseconds p50 / p95 / p99:")
    stages = {
        "answer": [1000 * one for one in load.latencies],
        "alert": noted[figures.ALERT_JUDGED],
        "telling, as the worker notes it": noted[figures.ALERT_TOLD],
        "notice, seen from outside": seen,
    }
    for words, values in stages.items():
        say(
            f"  {words:<34} {share(values, 0.5):>6.0f} {share(values, 0.95):>6.0f} {share(values, 0.99):>6.0f}"
        )
    return {"alert": share(stages["alert"], 0.99), "notification": share(seen, 0.99)}


def tell_stages(plan: Plan, watcher: Watcher, began: float, began_at: datetime, say: Say) -> None:
    """Say how long each part of the way took, each from where the one before ended."""
    with backup_connection(watcher.database) as session:
        noted = {row[0]: row[1:] for row in session.execute(NOTED, [began_at]).fetchall()}
    offset = datetime.now(UTC).timestamp() - time.perf_counter()
    ways = []
    for person, due in plan.severe.items():
        received, judged, told = (one.timestamp() - offset for one in noted[person])
        ways.append([began + due, received, judged, watcher.opened[person], told, watcher.told[person]])
    words = ("due to received", "to judged", "to committed", "to told", "to told and committed")
    say("of that, in milliseconds p50 / p95 / p99:")
    for place, word in enumerate(words):
        values = [1000 * (way[place + 1] - way[place]) for way in ways]
        say(
            f"  {word:<34} {share(values, 0.5):>6.0f} {share(values, 0.95):>6.0f} {share(values, 0.99):>6.0f}"
        )


def share(values: list[float], part: float) -> float:
    """Return a quantile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
