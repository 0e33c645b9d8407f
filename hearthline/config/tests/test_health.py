"""What a process says about itself, to whom, and what it writes down about a request."""

import json
import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from hearthline.config import health

OUTSIDE = {"X-Forwarded-For": "203.0.113.9"}


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.7", "6.6.6.6", "203.0.113.7"),  # a real peer is believed, whatever it says
        ("", "203.0.113.9", "203.0.113.9"),  # behind our own front, on a unix socket
        ("", "2001:DB8::1", "2001:db8::1"),
        ("", "6.6.6.6, 203.0.113.9", ""),  # our front never appends: this is not from it
        ("", "<script>", ""),
        ("", "", ""),
    ],
)
def test_the_client_is_who_our_own_front_saw(peer: str, forwarded_for: str, expected: str) -> None:
    assert health.client_address(peer, forwarded_for) == expected


def test_views_see_the_client_and_no_header_that_a_client_could_write() -> None:
    seen: dict[str, str] = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen.update({name: str(request.META.get(name)) for name in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR")})
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR="", headers=OUTSIDE)
    request.resolver_match = None
    health.ObservationMiddleware(view)(request)
    assert seen == {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "None"}


def test_a_living_process_says_so_without_its_database(client: Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()["status"]) == (200, "live")


@pytest.mark.django_db
def test_readiness_asks_the_database_and_figures_are_text(client: Client) -> None:
    assert client.get("/health/ready").json()["status"] == "ready"
    assert b"hearthline_requests_total" in client.get("/metrics").content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_nobody_outside_is_answered(client: Client, path: str) -> None:
    assert client.get(path, REMOTE_ADDR="203.0.113.9").status_code == 404
    assert client.get(path, REMOTE_ADDR="", headers=OUTSIDE).status_code == 404


@pytest.mark.django_db
def test_a_request_is_noted_with_ids_and_without_what_was_asked(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="hearthline.request"):
        answer = client.get("/patients/canary?name=canary", headers={"X-Request-ID": "abcdef0123456789"})
    (record,) = [record for record in caplog.records if record.name == "hearthline.request"]
    assert answer.headers["X-Request-ID"] == "abcdef0123456789"
    facts = {name: value for name, value in vars(record).items() if name in {"request_id", "status", "route"}}
    assert (facts["request_id"], facts["status"]) == ("abcdef0123456789", answer.status_code)
    assert "canary" not in json.dumps(vars(record), default=str)


def test_a_request_id_that_is_none_is_replaced() -> None:
    assert health.request_id_of("abcdef0123456789") == "abcdef0123456789"
    for nonsense in ("", "x" * 200, "a\nb" * 4, "short"):
        assert health.request_id_of(nonsense) != nonsense
