"""The FAKE cloud's socket: its interface for machines, its page of consent, and buttons to play a person's devices."""

import html
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import msgspec

from hearthline.demo.withings.cloud import Account, Cloud

MAX_BODY_BYTES = 65_536
CALL_SECONDS = 5.0
AUTHORIZE = "/oauth2_user/authorize2"
KILOGRAM, DIASTOLIC, SYSTOLIC, PULSE = 1, 9, 10, 11
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pretend Withings</title><style>body{{font:18px/1.5 system-ui;max-width:36rem;margin:2rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1rem;margin:.2rem}}</style>
<h1>Pretend Withings</h1><p>This stands in for the cloud of Withings, with invented people.</p>{}</html>"""


def call(method: str, address: str, body: bytes) -> int:
    """Call an address and return the status of the answer; 0 when nobody answered."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        return httpx.request(
            method, address, content=body, headers=headers, timeout=CALL_SECONDS, trust_env=False
        ).status_code
    except httpx.HTTPError:
        return 0


def weigh(cloud: Cloud, account: Account) -> None:
    """Let somebody stand on the scale."""
    cloud.measure(account, {KILOGRAM: (81_350 + len(account.groups) * 10, -3)})


def press(cloud: Cloud, account: Account) -> None:
    """Let somebody measure their blood pressure."""
    cloud.measure(account, {SYSTOLIC: (132 + len(account.groups) % 9, 0), DIASTOLIC: (84, 0), PULSE: (71, 0)})


def type_in(cloud: Cloud, account: Account) -> None:
    """Let somebody type a weight in."""
    cloud.measure(account, {KILOGRAM: (82, 0)}, attrib=2)


def forget_last(cloud: Cloud, account: Account) -> None:
    """Let somebody delete their last measurement."""
    if account.groups:
        cloud.delete(account, account.groups[-1])


DEEDS: dict[str, tuple[str, Callable[[Cloud, Account], None]]] = {
    "weigh": ("Stand on the scale", weigh),
    "press": ("Measure blood pressure", press),
    "type": ("Type a weight in by hand", type_in),
    "delete": ("Delete the last one", forget_last),
    "revoke": ("Take the consent back", lambda cloud, account: cloud.revoke(account)),
}


class CloudServer(ThreadingHTTPServer):
    """The server of a cloud."""

    daemon_threads = True

    def __init__(self, cloud: Cloud, host: str, port: int) -> None:
        super().__init__((host, port), Answerer)
        self.cloud = cloud


class Answerer(BaseHTTPRequestHandler):
    """Answers one request."""

    server: "CloudServer"
    timeout = CALL_SECONDS

    def do_GET(self) -> None:
        path, query = self._asked()
        if path == AUTHORIZE:
            return self._page(_consent_page(self.server.cloud, query))
        return self._page(_device_page(self.server.cloud))

    def do_POST(self) -> None:
        path, query = self._asked()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            return self._answer(413, b"")
        form = dict(parse_qsl(self.rfile.read(int(length)).decode("utf-8", "replace")))
        if path == AUTHORIZE:
            return self._leave(_decided(self.server.cloud, query | form))
        if path == "/play":
            return self._play(form)
        if self.server.cloud.is_away:
            return self._answer(503, b"")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return self._answer(
            200, msgspec.json.encode(self.server.cloud.answer(path, form, token)), "application/json"
        )

    def _play(self, form: dict[str, str]) -> None:
        if form.get("deed") == "away":
            self.server.cloud.is_away = not self.server.cloud.is_away
        account = self.server.cloud.accounts.get(int(form.get("account") or 0))
        if account and form.get("deed") in DEEDS:
            DEEDS[form["deed"]][1](self.server.cloud, account)
        self._leave("/")

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, dict(parse_qsl(parts.query))

    def _leave(self, address: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _page(self, content: str) -> None:
        self._answer(200, PAGE.format(content).encode(), "text/html; charset=utf-8")

    def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _consent_page(cloud: Cloud, query: dict[str, str]) -> str:
    kept = {name: query.get(name, "") for name in ("redirect_uri", "state", "client_id")}
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in kept.items()
    )
    people = "".join(
        f'<button name="account" value="{one.number}">I am {html.escape(one.name)}: yes, it may read</button>'
        for one in cloud.accounts.values()
    )
    return (
        "<h2>May the clinic read what you measure?</h2>"
        f'<form method="post">{fields}{people}<button name="account" value="">No</button></form>'
    )


def _decided(cloud: Cloud, form: dict[str, str]) -> str:
    redirect_uri, number = form.get("redirect_uri", ""), form.get("account", "")
    answer = {"state": form.get("state", "")}
    if number.isdecimal() and int(number) in cloud.accounts and form.get("client_id") == cloud.client_id:
        answer["code"] = cloud.consent(int(number), redirect_uri)
    else:
        answer["error"] = "access_denied"
    return f"{redirect_uri}?{urlencode(answer)}"


def _device_page(cloud: Cloud) -> str:
    deeds = "".join(
        f'<button name="deed" value="{name}">{words}</button>' for name, (words, _) in DEEDS.items()
    )
    people = "".join(
        f"<h2>{html.escape(one.name)}</h2><p>{len(one.groups)} measurements, "
        f"{'linked' if one.callbacks else 'nobody listens'}</p>"
        f'<form method="post" action="/play"><input type="hidden" name="account" value="{one.number}">{deeds}</form>'
        for one in cloud.accounts.values()
    )
    words = "Let the cloud come back" if cloud.is_away else "Let the cloud be away"
    return (
        f'{people}<form method="post" action="/play"><button name="deed" value="away">{words}</button></form>'
    )
