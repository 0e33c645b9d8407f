"""A maker's call is acknowledged, then all that would act on it is killed: what was measured comes all the same, once.

The maker calls no second time for what we acknowledged, so the kept call has to be enough.
"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from hearthline.demo.withings.cloud import Account, Cloud, Form
from hearthline.demo.withings.server import CloudServer
from hearthline.monitoring.readings.models import Reading
from hearthline.monitoring.readings.tests.people import MonitoredPerson, make_monitored
from hearthline.monitoring.vendors.models import VendorLink, VendorNotification
from hearthline.monitoring.vendors.services.ending import callback_url
from hearthline.monitoring.vendors.services.linking import open_link
from hearthline.monitoring.vendors.withings import Tokens
from hearthline.tenancy.context import acting_in
from tests.browser.installation import Installation, prepared
from tests.people import People
from tests.unix_http import UnixConnection

CLIENT_ID, CLIENT_SECRET = "hearthline-test", "a-secret-of-the-test"
KILOGRAM = 1
LONGEST_SECONDS = 60.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class SlowCloud(Cloud):
    """A cloud that keeps whoever asks for measurements waiting until it is let go."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        super().__init__(client_id, client_secret, lambda *_: 200)
        self.is_asked, self.may_answer = threading.Event(), threading.Event()

    def answer(self, path: str, form: Form, token: str) -> dict[str, object]:
        """Answer, measurements only when it may."""
        if path == "/measure":
            self.is_asked.set()
            self.may_answer.wait(LONGEST_SECONDS)
        return super().answer(path, form, token)


@contextmanager
def listening(cloud: Cloud) -> Iterator[str]:
    server = CloudServer(cloud, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Linked:
    """Somebody's account that we may read; the maker calls the edge itself."""

    rosa: MonitoredPerson
    link: VendorLink
    cloud: SlowCloud
    account: Account
    installation: Installation

    def weigh(self, kilograms: int) -> int:
        """Let somebody stand on the scale, and the maker call; return the status of our answer."""
        group = self.cloud.measure(self.account, {KILOGRAM: (kilograms, 0)}, at=time.time() + 1)
        body = f"userid={self.account.number}&appli=1&startdate={group['date']}&enddate={group['date'] + 1}"
        one = UnixConnection(self.installation.socket("ingest"))
        try:
            one.request("POST", urlsplit(callback_url(self.link)).path, body, FORM)
            return one.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            one.close()

    def stored(self) -> list[float]:
        with acting_in(self.rosa.organization_id):
            return list(Reading.objects.order_by("value").values_list("value", flat=True))

    def waiting(self) -> int:
        with acting_in(self.rosa.organization_id):
            return VendorNotification.objects.filter(settled_at=None).count()


@pytest.fixture
def linked(committed: None, people: People) -> Iterator[Linked]:
    rosa = make_monitored(people)
    cloud = SlowCloud(CLIENT_ID, CLIENT_SECRET)
    account = cloud.add_account("Rosa")
    with acting_in(rosa.organization_id):
        tokens = msgspec.convert(cloud.grant(account), Tokens)
        link = open_link(actor=people.patient.actor, monitored=rosa.monitored, tokens=tokens)
    with listening(cloud) as address, prepared() as installation:
        installation.environment |= {
            "HEARTHLINE_WITHINGS_CLIENT_ID": CLIENT_ID,
            "HEARTHLINE_WITHINGS_CLIENT_SECRET": CLIENT_SECRET,
            "HEARTHLINE_WITHINGS_API_URL": address,
        }
        installation.start("ingest")
        installation.wait_alone("ingest")
        try:
            yield Linked(rosa, link, cloud, account, installation)
        finally:
            cloud.may_answer.set()


def wait_until(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def let_time_pass() -> None:
    """Let the heartbeats of workers that died be missed, without waiting for that."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")


@pytest.mark.slow
def test_what_was_acknowledged_is_read_though_edge_and_worker_were_killed(linked: Linked) -> None:
    assert linked.weigh(80) == 200
    linked.installation.kill("ingest")  # acknowledged, and nobody has begun
    linked.installation.start("worker")
    assert linked.cloud.is_asked.wait(LONGEST_SECONDS)
    linked.installation.kill("worker")  # between asking and keeping
    assert (linked.stored(), linked.waiting()) == ([], 1)
    linked.cloud.may_answer.set()
    let_time_pass()
    linked.installation.start("worker")
    wait_until(lambda: linked.stored() == [80.0], "what was acknowledged is not read")
    linked.installation.start("ingest")
    linked.installation.wait_alone("ingest")
    assert linked.weigh(81) == 200
    wait_until(lambda: linked.waiting() == 0, "a call still waits")
    assert linked.stored() == [80.0, 81.0]
    with acting_in(linked.rosa.organization_id):
        endings = VendorNotification.objects.values_list("ending", flat=True)
        assert set(endings) == {VendorNotification.Ending.PULLED.value}
        assert not ProcrastinateJob.objects.filter(status="failed").exists()
