"""A patient with an account at the fake cloud, which listens on a real socket; the clock is held and moved by hand."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from hearthline.demo.withings.cloud import Account, Cloud
from hearthline.demo.withings.server import CloudServer
from hearthline.foundation import clock
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Reading
from hearthline.monitoring.vendors.models import VendorLink, VendorNotification
from hearthline.monitoring.vendors.services.pulling import pull
from tests.people import People

BEGIN = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
CLIENT_ID, CLIENT_SECRET = "hearthline-test", "a-secret-of-the-test"
KILOGRAM, DIASTOLIC, SYSTOLIC, PULSE = 1, 9, 10, 11


@dataclass
class VendorStage:
    """The people, the cloud, and what the cloud said to us."""

    people: People
    home: HomeStage
    cloud: Cloud
    base: str
    moment: datetime = BEGIN
    said: list[tuple[str, str, bytes]] = field(default_factory=list)
    answer: int = 200

    def __post_init__(self) -> None:
        self.cloud.send = self._hear
        self.cloud.now = self._now
        self.account: Account = self.cloud.add_account("Rosa")

    def _now(self) -> float:
        return self.moment.timestamp()

    def _hear(self, method: str, address: str, body: bytes) -> int:
        self.said.append((method, address, body))
        return self.answer

    @property
    def url(self) -> str:
        return self.home.url("withings")

    @property
    def link(self) -> VendorLink:
        return VendorLink.objects.order_by("-created_at", "-id")[0]

    @contextmanager
    def later(self, **span: float) -> Iterator[None]:
        """Let time pass, for the cloud too."""
        self.moment += timedelta(**span)
        with clock.frozen(self.moment):
            yield

    def say_yes(self, account: Account | None = None) -> Any:
        """Go to the cloud and agree there, as a browser does; return what we answer when the person comes back."""
        client = self.people.patient.client
        left = client.get(f"{self.url}go/")
        query = {
            name: values[0] for name, values in parse_qs(urlsplit(left.headers["location"]).query).items()
        }
        number = str((account or self.account).number)
        with httpx.Client(trust_env=False) as browser:
            assert browser.get(left.headers["location"]).status_code == 200
            back = browser.post(f"{self.base}/oauth2_user/authorize2", data=query | {"account": number})
        return client.get(
            "/care/readings/withings/back/?" + urlsplit(back.headers["location"]).query, follow=True
        )

    def linked(self) -> VendorLink:
        """Link the account and let it be read once."""
        with clock.frozen(self.moment):
            self.say_yes()
            self.pull(is_due=True)
        return self.link

    def pull(self, *, is_due: bool = False) -> VendorLink:
        link = self.link
        pull(link.organization_id, link_id=str(link.pk), is_due=int(is_due))
        return self.link

    def deliver(self) -> None:
        """Keep what the cloud said, as the edge does."""
        link = self.link
        for method, _address, body in self.said:
            if method == "POST":
                VendorNotification.objects.get_or_create(
                    organization_id=link.organization_id,
                    link=link,
                    settled_at=None,
                    body_sha256=hashlib.sha256(body).digest(),
                    defaults={"body": body, "received_at": clock.now()},
                )
        self.said.clear()

    def hear(self) -> VendorLink:
        """Keep what the cloud said, and read."""
        self.deliver()
        return self.pull()

    def stored(self, code: str) -> list[tuple[float, int]]:
        found = Reading.objects.filter(patient_number=self.home.monitored.number, metric=BY_CODE[code].number)
        rows = found.order_by("observed_at").values_list("value", "flags")
        return [(round(value, 3), flags) for value, flags in rows]


@contextmanager
def vendor_stage(people: People, settings: Any) -> Iterator[VendorStage]:
    """Run the cloud beside the test."""
    cloud = Cloud(CLIENT_ID, CLIENT_SECRET, lambda *_: 200)
    server = CloudServer(cloud, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.server_address[1]}"
    settings.WITHINGS_CLIENT_ID, settings.WITHINGS_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.WITHINGS_API_URL, settings.WITHINGS_AUTHORIZE_URL = base, f"{base}/oauth2_user/authorize2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield VendorStage(people, make_home(people), cloud, base)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
