"""Devices that send under load, and what must be true of everything they sent, whatever was killed meanwhile."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hearthline.foundation import figures
from hearthline.foundation.models import Figure
from hearthline.messaging.models import StaffNotice
from hearthline.monitoring.alerts.models import Alert, AlertEvent, Case
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, in_force
from hearthline.monitoring.readings.models import Ingestion, Reading
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_monitored
from hearthline.tenancy.context import acting_in
from tests.people import People
from tests.unix_http import ANSWER_SECONDS, UnixConnection

PATH = "/ingest/v1/readings"
BATCH = 8
STEP = timedelta(microseconds=100)
BETWEEN_BATCHES_SECONDS = 0.04  # within a device's quota, however long it takes
LONGEST_SECONDS = 120.0
NAMES = ("Rosa", "Nora", "Ada")
SEVERE, GOOD = 300.0, 100.0  # beyond and well within ``HIGH_GLUCOSE``


@dataclass
class Sender:
    """A device that sends batch after batch; each again until it is acknowledged, and old ones now and then.

    Every fourth batch ends with a severe value, the second after it with a good one: each severe value is an alert.
    """

    person: MonitoredPerson
    socket: Path
    stop: threading.Event
    random: random.Random
    batches: int = 0
    attempted: dict[datetime, float] = field(default_factory=dict)
    acknowledged: dict[datetime, float] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Send until told to stop."""
        while not self.stop.is_set():
            batch = self.next_batch()
            self.attempted.update(batch)
            if self.send(batch):
                self.acknowledged.update(batch)
            time.sleep(BETWEEN_BATCHES_SECONDS)

    def next_batch(self) -> dict[datetime, float]:
        self.batches += 1
        now = datetime.now(UTC)
        last = {1: SEVERE, 3: GOOD}.get(self.batches % 4)
        fresh = {now + n * STEP: float(100 + (7 * n) % 60) for n in range(BATCH)}
        if last is not None:
            fresh[max(fresh)] = last
        elif self.batches % 4 == 2:  # nothing between a severe value and the good one that ends it
            fresh = dict.fromkeys(fresh, 240.0)
        old = self.random.sample(sorted(self.acknowledged)[-50:], min(3, len(self.acknowledged)))
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
                time.sleep(0.05)
                continue
            finally:
                connection.close()
            if answer.status == 200:
                self.strange += set(json.loads(said)["outcomes"]) - {"accepted", "duplicate"}
                return True
            if answer.status != 503:
                self.strange.append(said.decode())
            time.sleep(0.1)
        return False


def send_while(work: Callable[[list[Sender]], None], people: People, socket: Path) -> list[Sender]:
    """Let devices send while something happens; a rule is in force for all of them."""
    with acting_in(people.organization.id):
        in_force(people, HIGH_GLUCOSE)
    stop = threading.Event()
    senders = [Sender(make_monitored(people, name), socket, stop, random.Random(name)) for name in NAMES]
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


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def wait_for_work(senders: list[Sender], supervise: Callable[[], None] = lambda: None) -> None:
    """Wait until every device had something acknowledged since now; ``supervise`` is called meanwhile."""
    before = [len(sender.acknowledged) for sender in senders]

    def has_worked() -> bool:
        supervise()
        return all(len(one.acknowledged) > count for one, count in zip(senders, before, strict=True))

    wait_until(
        has_worked,
        f"nothing is acknowledged any more: {[sender.strange for sender in senders]}",
    )


def check(senders: list[Sender]) -> None:
    """Every acknowledged value is stored once, nothing is stored that was not sent, every body says so."""
    for sender in senders:
        assert sender.strange == []
        assert len(sender.acknowledged) >= BATCH
        with acting_in(sender.person.organization_id):
            readings = Reading.objects.filter(patient_number=sender.person.monitored.number)
            found = list(readings.values_list("observed_at", "value", "ingestion_number"))
            bodies = Ingestion.objects.filter(credential_id=sender.person.credential.pk)
            numbers = set(bodies.values_list("number", flat=True))
            check_alerts(sender, {at for at, value, _ in found if value == SEVERE})
        stored = {at: value for at, value, _ in found}
        assert len(stored) == len(found)
        lost = {at for at, value in sender.acknowledged.items() if stored.get(at) != value}
        assert lost == set()
        assert stored.items() <= sender.attempted.items()
        assert {ingestion for _, _, ingestion in found} <= numbers


def check_alerts(sender: Sender, severe: set[datetime]) -> None:
    """Each severe value that is stored raised one alert, each alert has its value, and each was raised once."""
    alerts = Alert.objects.filter(monitored=sender.person.monitored)
    caused = list(alerts.values_list("observed_at", flat=True))
    assert len(caused) == len(set(caused))
    assert set(caused) == severe
    raised = AlertEvent.objects.filter(
        monitored=sender.person.monitored, happening=AlertEvent.Happening.RAISED
    )
    assert Counter(raised.values_list("alert__observed_at", flat=True)) == Counter(severe)


def untold(people: People) -> int:
    """How many events of alerts nobody was told of yet."""
    with acting_in(people.organization.id):
        return AlertEvent.objects.filter(is_to_tell=True, told_at__isnull=True).count()


def check_told(people: People) -> None:
    """The nurse was told of every case; each telling was timed once."""
    with acting_in(people.organization.id):
        told = AlertEvent.objects.filter(happening=AlertEvent.Happening.RAISED, told_at__isnull=False)
        assert told.count() == Figure.objects.filter(name=figures.ALERT_TOLD).count()
        cases = set(Case.objects.values_list("pk", flat=True))
        notices = StaffNotice.objects.filter(user_id=people.nurse.user.pk)
        assert set(notices.values_list("about_id", flat=True)) == cases
