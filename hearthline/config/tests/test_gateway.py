"""The gateway between real servers: streams are not held back, bodies pass, a dead backend is told in words."""

import http.client

import httpx
import pytest

from hearthline.config.gateway import BODY_LIMITS_BYTES, backend_for, end_to_end
from hearthline.config.tests.conftest import Rig, wait_until


def test_paths_go_to_their_process() -> None:
    assert backend_for("/live/visit/1") == "live"
    assert backend_for("/ops/") == "ops"
    assert backend_for("/livery") == "pages"
    assert backend_for("/") == "pages"


def test_headers_of_one_connection_are_not_passed_on() -> None:
    headers = [
        (b"Connection", b"close, X-Private"),
        (b"x-private", b"1"),
        (b"TE", b"trailers"),
        (b"Accept", b"*/*"),
    ]
    assert end_to_end(headers, set()) == [(b"accept", b"*/*")]


def test_first_event_arrives_before_the_stream_ends_and_the_backend_learns_that_the_client_left(
    rig: Rig,
) -> None:
    mark = rig.sockets / "gone"
    with httpx.stream("GET", f"{rig.address}/live/stream", timeout=15) as response:  # it never ends by itself
        pieces = response.iter_raw()  # kept: an iterator that nobody holds closes the connection
        assert next(pieces).startswith(b"data: 1")
        assert not mark.exists()
    wait_until(mark.exists)


def test_the_backend_believes_only_what_the_gateway_says_about_the_client(rig: Rig) -> None:
    lies = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
    }
    response = httpx.get(f"{rig.address}/a%2Fb/?q=1%20", headers={**lies, "Host": "clinic.example:8000"})
    facts = response.json()
    told = facts["headers"]
    assert [value for name, value in told if name == "x-forwarded-for"] == ["127.0.0.1"]
    assert [value for name, value in told if name == "x-forwarded-proto"] == ["http"]
    assert [value for name, value in told if name == "host"] == ["clinic.example:8000"]
    assert not any("6.6.6.6" in value for _, value in told)
    assert (facts["path"], facts["query"]) == ("/a%2Fb/", "q=1%20")


def test_cookies_pass_apart_and_private_headers_of_the_backend_do_not(rig: Rig) -> None:
    response = httpx.get(f"{rig.address}/")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "x-secret" not in response.headers


def test_an_upload_passes_in_pieces(rig: Rig) -> None:
    size = 8 * 1024 * 1024
    with_length = httpx.post(f"{rig.address}/upload", content=b"x" * size).json()
    assert with_length["size"] == size
    assert with_length["pieces"] > 10
    chunked = httpx.post(f"{rig.address}/upload", content=(b"y" * 65536 for _ in range(32))).json()
    assert chunked["size"] == 32 * 65536


def test_a_body_over_the_limit_is_refused_in_words_however_it_is_sent(rig: Rig) -> None:
    limit = BODY_LIMITS_BYTES["live"]
    connection = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=10)
    connection.request(
        "POST", "/live/signal", headers={"Content-Length": str(limit + 1), "Accept-Language": "es-MX"}
    )
    answer = connection.getresponse()
    assert answer.status == 413
    assert "archivo más pequeño" in answer.read().decode()
    connection.close()
    pieces = (b"z" * 65536 for _ in range(limit // 65536 + 2))
    assert httpx.post(f"{rig.address}/live/signal", content=pieces).status_code == 413
    assert httpx.post(f"{rig.address}/live/signal", content=b"z" * limit).status_code == 200


def test_a_dead_process_is_told_in_words_and_the_next_one_answers(rig: Rig) -> None:
    rig.kill("pages")
    answer = httpx.get(f"{rig.address}/", headers={"Accept-Language": "ar"}, timeout=15)
    assert answer.status_code == 502
    assert 'dir="rtl"' in answer.text
    assert answer.headers["retry-after"] == "3"
    assert httpx.get(f"{rig.address}/health/live").status_code == 200
    assert httpx.get(f"{rig.address}/health/ready", timeout=15).status_code == 503
    rig.start_backend("pages")
    assert httpx.get(f"{rig.address}/").status_code == 200


def test_an_answer_cut_short_by_a_death_looks_cut_short(rig: Rig) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{rig.address}/die")
    rig.processes["pages"].wait()
    rig.start_backend("pages")


def test_a_request_that_comes_while_a_process_restarts_waits_for_it(rig: Rig) -> None:
    rig.kill("pages")
    path = rig.sockets / "pages.sock"
    path.unlink(missing_ok=True)
    rig.start("pages", "hearthline.config.tests.backend:application", "--uds", str(path), "--lifespan", "off")
    response = httpx.post(f"{rig.address}/upload", content=b"kept", timeout=15)
    assert response.json()["size"] == len(b"kept")
