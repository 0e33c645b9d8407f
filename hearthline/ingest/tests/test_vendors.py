"""A vendor calls the edge: kept and queued before it is acknowledged, once; strangers are nobody's."""

import time
from dataclasses import dataclass

import httpx
import msgspec
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from hearthline.demo.withings.cloud import Cloud
from hearthline.ingest.limits import NOTIFICATION_BYTES, NOTIFICATIONS_WAITING
from hearthline.ingest.tests.rig import LocalEdge, request
from hearthline.monitoring.readings.tests.people import MonitoredPerson
from hearthline.monitoring.vendors.models import VendorLink, VendorNotification
from hearthline.monitoring.vendors.services.ending import callback_url
from hearthline.monitoring.vendors.services.linking import open_link
from hearthline.monitoring.vendors.withings import Tokens
from hearthline.tenancy.context import acting_in
from tests.people import People

BODY = b"userid=40000001&appli=1&startdate=1790000000&enddate=1790000001"
ACKNOWLEDGED_SECONDS = 2.0


@dataclass
class Linked:
    organization_id: object
    link: VendorLink
    path: str

    def kept(self) -> list[bytes]:
        with acting_in(self.link.organization_id):
            return [bytes(one.body) for one in VendorNotification.objects.order_by("received_at")]

    def queued(self) -> int:
        name = "hearthline.monitoring.vendors.services.pulling.pull"
        with acting_in(self.link.organization_id):
            jobs = ProcrastinateJob.objects.filter(task_name=name, lock=f"vendor:{self.link.pk}")
            return sum("is_due" not in job.args for job in jobs)


@pytest.fixture
def linked(rosa: MonitoredPerson, people: People) -> Linked:
    cloud = Cloud("id", "secret", lambda *_: 200)
    with acting_in(rosa.organization_id):
        tokens = msgspec.convert(cloud.grant(cloud.add_account("Rosa")), Tokens)
        link = open_link(actor=people.patient.actor, monitored=rosa.monitored, tokens=tokens)
    return Linked(rosa.organization_id, link, httpx.URL(callback_url(link)).path)


def test_a_call_is_kept_as_it_came_and_queued_and_answered_at_once(edge: LocalEdge, linked: Linked) -> None:
    assert edge.together(httpx.Request("HEAD", f"http://edge{linked.path}"))[0].status_code == 200
    started = time.monotonic()
    assert edge.post(linked.path, BODY).status_code == 200
    assert time.monotonic() - started < ACKNOWLEDGED_SECONDS
    assert linked.kept() == [BODY]
    assert linked.queued() == 1
    (job,) = [one for one in ProcrastinateJob.objects.all() if "is_due" not in one.args]
    assert job.args == {"organization_id": str(linked.organization_id), "link_id": str(linked.link.pk)}


def test_what_is_said_again_while_it_waits_is_kept_once(edge: LocalEdge, linked: Linked) -> None:
    answers = edge.together(*(request("POST", linked.path, BODY) for _ in range(8)))
    assert {one.status_code for one in answers} == {200}
    assert linked.kept() == [BODY]
    assert linked.queued() == 1
    with acting_in(linked.link.organization_id):
        VendorNotification.objects.update(settled_at=linked.link.created_at)
    assert edge.post(linked.path, BODY).status_code == 200
    assert len(linked.kept()) == 2


@pytest.mark.parametrize("secret", ["", "guessed", "a" * 5000, "%00", "../compact"])
def test_strangers_are_nobodys(edge: LocalEdge, linked: Linked, secret: str) -> None:
    for method in ("POST", "HEAD", "GET"):
        answer = edge.together(request(method, f"/ingest/vendors/withings/{secret}", BODY))[0]
        assert answer.status_code in {401, 404}
    assert linked.kept() == []


def test_a_link_that_ended_is_called_no_more(edge: LocalEdge, linked: Linked) -> None:
    with acting_in(linked.link.organization_id):
        VendorLink.objects.update(state="ended", ended_at=linked.link.created_at)
    assert edge.post(linked.path, BODY).status_code == 404
    assert linked.kept() == []


def test_limits(edge: LocalEdge, linked: Linked) -> None:
    assert edge.post(linked.path, b"x" * (NOTIFICATION_BYTES + 1)).status_code == 413
    assert edge.together(request("PUT", linked.path, BODY))[0].status_code == 405
    with acting_in(linked.link.organization_id):
        VendorNotification.objects.bulk_create(
            VendorNotification(
                organization_id=linked.link.organization_id,
                link=linked.link,
                body=b"x",
                body_sha256=number.to_bytes(32, "big"),
            )
            for number in range(NOTIFICATIONS_WAITING)
        )
    full = edge.post(linked.path, BODY)
    assert (full.status_code, full.headers["retry-after"]) == (429, "60")
