"""Asking Withings over the wire. Nothing of an answer is logged: it is about a person."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings

from hearthline.foundation import clock
from hearthline.monitoring.vendors import withings
from hearthline.monitoring.vendors.withings import Group, Nonce, Nothing, Page, Tokens, VendorAwayError

TIMEOUT_SECONDS = 10.0
ANSWER_BYTES = 5_000_000
MOST_PAGES = 200  # of some hundred groups each: years of one person
SUCCESS = 200


def is_offered() -> bool:
    """Whether this installation is registered with the vendor."""
    return bool(settings.WITHINGS_CLIENT_ID)


def exchange_code(code: str, redirect_uri: str) -> Tokens:
    """Return the tokens for a code, which is good for half a minute and once.

    Raises:
        VendorRefusedError: the code is not taken.
        VendorAwayError: no answer.
    """
    return _grant({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri})


def refresh(refresh_token: str) -> Tokens:
    """Return new tokens. The old refresh token is good for some hours more, or until the new ones are used.

    Raises:
        VendorRefusedError: consent was taken back.
        VendorAwayError: no answer.
    """
    return _grant({"grant_type": "refresh_token", "refresh_token": refresh_token})


def subscribe(access_token: str, callback_url: str) -> None:
    """Ask to be told of changes; asking again changes nothing.

    Raises:
        VendorRefusedError: the token is not taken.
        VendorAwayError: no answer.
    """
    for appli in withings.SUBSCRIBED:
        values = {"action": "subscribe", "callbackurl": callback_url, "appli": str(appli)}
        withings.read_answer(_post("/notify", values, access_token), Nothing)


def unsubscribe(access_token: str, callback_url: str) -> None:
    """Ask to be told no more.

    Raises:
        VendorRefusedError: the token is not taken.
        VendorAwayError: no answer.
    """
    for appli in withings.SUBSCRIBED:
        values = {"action": "revoke", "callbackurl": callback_url, "appli": str(appli)}
        withings.read_answer(_post("/notify", values, access_token), Nothing)


def changed_since(access_token: str, since: datetime) -> tuple[list[Group], datetime]:
    """Return everything made or changed since (on the vendor's clock), and what that clock says now.

    Raises:
        VendorRefusedError: the token is not taken.
        VendorAwayError: no answer.
    """
    return _measured(access_token, {"lastupdate": str(int(since.timestamp()))})


def measured_between(access_token: str, since: datetime, until: datetime) -> list[Group]:
    """Return everything measured in a window, whole.

    Raises:
        VendorRefusedError: the token is not taken.
        VendorAwayError: no answer.
    """
    window = {"startdate": str(int(since.timestamp())), "enddate": str(int(until.timestamp()))}
    return _measured(access_token, window)[0]


def _measured(access_token: str, span: dict[str, str]) -> tuple[list[Group], datetime]:
    groups: list[Group] = []
    pages = list(_pages(access_token, span))
    for page in pages:
        groups += page.measuregrps
    # The first page's clock: what changes while we turn pages is found by the next pull.
    return groups, withings.moment(pages[0].updatetime)


def _pages(access_token: str, span: dict[str, str]) -> Iterator[Page]:
    types = ",".join(str(kind) for kind in withings.MEASURES)
    values = {"action": "getmeas", "meastypes": types, "category": str(withings.REAL), **span}
    offset = 0
    for _ in range(MOST_PAGES):
        more = {"offset": str(offset)} if offset else {}
        page: Page = withings.read_answer(_post("/measure", values | more, access_token), Page)
        yield page
        if not page.more:
            return
        if page.offset <= offset:
            break
        offset = page.offset
    raise VendorAwayError("endless")


def _grant(values: dict[str, str]) -> Tokens:
    client_id, secret = settings.WITHINGS_CLIENT_ID, settings.WITHINGS_CLIENT_SECRET
    timestamp = str(int(clock.now().timestamp()))
    asked = {"action": "getnonce", "client_id": client_id, "timestamp": timestamp}
    signed = withings.signature(secret, **asked)
    nonce = withings.read_answer(_post("/v2/signature", {**asked, "signature": signed}), Nonce).nonce
    proof = withings.signature(secret, action="requesttoken", client_id=client_id, nonce=nonce)
    fixed = {"action": "requesttoken", "client_id": client_id, "nonce": nonce, "signature": proof}
    tokens: Tokens = withings.read_answer(_post("/v2/oauth2", fixed | values), Tokens)
    return tokens


def _post(path: str, values: dict[str, str], access_token: str = "") -> bytes:
    headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
    url = f"{settings.WITHINGS_API_URL}{path}"
    options: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "follow_redirects": False, "trust_env": False}
    try:
        with (
            httpx.Client(**options) as client,
            client.stream("POST", url, data=values, headers=headers) as answer,
        ):
            return _content(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise VendorAwayError(type(fault).__name__) from fault


def _content(answer: httpx.Response) -> bytes:
    if answer.status_code != SUCCESS:
        raise VendorAwayError(f"http {answer.status_code}")
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > ANSWER_BYTES:
            raise VendorAwayError("too large")
    return bytes(content)
