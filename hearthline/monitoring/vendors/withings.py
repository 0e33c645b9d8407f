"""Withings' protocol, without a socket: what is asked, how it is signed, and what an answer means.

Sources: developer.withings.com, integration guide v3 of the Public Health Data API (2026): "Sign your requests",
"Access and refresh tokens", "Notifications", and the reference of ``Measure - Getmeas``, ``Notify - Subscribe``.
Every answer is HTTP 200 with a ``status`` of its own. The guide names no proof key (PKCE); the exchange of the code
is signed with our secret instead, and ``state`` ties it to the person's session.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from hearthline.monitoring.readings.models import Device

SCOPE = "user.metrics"
# Categories of notifications ("appli") that concern what we read; 46 says that the account was closed or unlinked.
WEIGHT, TEMPERATURE, PRESSURE, ACCOUNT = 1, 2, 4, 46
SUBSCRIBED = (WEIGHT, TEMPERATURE, PRESSURE)
# ``meastype`` to metric and UCUM unit, of what we take; each has one unit by definition.
MEASURES = {
    1: ("weight", "kg"),
    9: ("diastolic", "mm[Hg]"),
    10: ("systolic", "mm[Hg]"),
    11: ("pulse", "/min"),
    12: ("temperature", "Cel"),
    54: ("oxygen-saturation", "%"),
    71: ("temperature", "Cel"),
}
REAL = 1  # ``category``: 2 is what a person aims at
# ``attrib``: how a measurement came to be the account's. Any other counts as typed in: never for device days.
AMBIGUOUS = 1
BY_A_DEVICE = frozenset({0, AMBIGUOUS, 5, 7, 8, 15})
LARGEST_POWER = 9  # of ten: beyond it a number is no measurement
REFUSED_STATUSES = frozenset({100, 101, 102, 200, 214, 277, 401, 2553, 2554, 2555})
# The token service says 503 for any wrong parameter, our own mistakes too: only these words mean that consent is over.
GRANT_REFUSED_STATUS = 503
GRANT_REFUSED_WORDS = ("invalid code", "invalid refresh_token")
BUSY_STATUS = 601


class VendorRefusedError(Exception):
    """The vendor no longer lets us read: the token is not taken, or the person took their consent back."""


class VendorAwayError(Exception):
    """The vendor does not answer as described; nothing is known, ask again later."""


class Measure(msgspec.Struct):
    """One value: ``value`` times ten to the power of ``unit``."""

    value: int
    type: int
    unit: int


class Group(msgspec.Struct):
    """What was measured at one moment by one device, under the vendor's own id."""

    grpid: int
    attrib: int
    date: int
    modified: int
    category: int
    measures: list[Measure]
    deviceid: str | None = None
    model: str | None = None


class Page(msgspec.Struct):
    """A page of groups; ``updatetime`` is the vendor's clock."""

    updatetime: int
    measuregrps: list[Group] = []
    more: int | bool = 0
    offset: int = 0


class Tokens(msgspec.Struct):
    """What the token service gives."""

    userid: int | str
    access_token: str
    refresh_token: str
    expires_in: int


class Nonce(msgspec.Struct):
    """A number to be used once."""

    nonce: str


class Nothing(msgspec.Struct):
    """An answer of which only the status counts."""


class Envelope(msgspec.Struct):
    """What every answer stands in."""

    status: int
    body: msgspec.Raw = msgspec.Raw(b"{}")
    error: str = ""


@dataclass(frozen=True)
class Taken:
    """One measurement as we understand it."""

    vendor_id: str
    observed_at: datetime
    modified_at: datetime
    values: tuple[tuple[str, str, float], ...]  # metric, UCUM unit, number
    is_typed: bool
    is_ambiguous: bool
    device_id: str
    model: str
    kind: str


@dataclass(frozen=True)
class Notice:
    """What a notification says: about which account, and which window changed."""

    account: str
    since: datetime | None
    until: datetime | None


def signature(secret: str, **values: str) -> str:
    """Return the proof of a signed request: HMAC-SHA256 over the values in order of their names."""
    text = ",".join(value for _, value in sorted(values.items()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def authorize_url(base: str, *, client_id: str, redirect_uri: str, state: str) -> str:
    """Return where a person says whether we may read."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": state,
    }
    return f"{base}?{urlencode(query)}"


def read_answer(content: bytes, kind: type[Any]) -> Any:
    """Return the body of an answer.

    Raises:
        VendorRefusedError: the token is not taken.
        VendorAwayError: too many requests, a fault of theirs, or no answer of the form described.
    """
    try:
        envelope = msgspec.json.decode(content, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise VendorAwayError("unreadable") from fault
    is_over = envelope.status == GRANT_REFUSED_STATUS and envelope.error.lower().endswith(GRANT_REFUSED_WORDS)
    if is_over or envelope.status in REFUSED_STATUSES:
        raise VendorRefusedError(str(envelope.status))
    if envelope.status != 0:
        raise VendorAwayError("busy" if envelope.status == BUSY_STATUS else str(envelope.status))
    try:
        return msgspec.json.decode(envelope.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise VendorAwayError("unreadable") from fault


def read_notification(body: bytes) -> Notice | None:
    """Return what a notification says, or None if it is not of the form described."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=20)
        account = fields["userid"][0]
        since, until = (
            moment(int(fields[name][0])) if name in fields else None for name in ("startdate", "enddate")
        )
    except (UnicodeDecodeError, KeyError, ValueError):
        return None
    return Notice(account, since, until)


def taken(group: Group) -> Taken | None:
    """Return a group as a measurement, or None: it is an aim, holds nothing we take, or its time cannot be."""
    values = []
    for measure in group.measures:
        if measure.type in MEASURES and abs(measure.unit) <= LARGEST_POWER:
            metric, ucum = MEASURES[measure.type]
            values.append((metric, ucum, float(Decimal(measure.value).scaleb(measure.unit))))
    try:
        observed_at, modified_at = moment(group.date), moment(group.modified)
    except ValueError:
        return None
    if group.category != REAL or not values:
        return None
    metrics = {metric for metric, _, _ in values}
    return Taken(
        vendor_id=str(group.grpid),
        observed_at=observed_at,
        modified_at=modified_at,
        values=tuple({value[0]: value for value in values}.values()),
        is_typed=group.attrib not in BY_A_DEVICE,
        is_ambiguous=group.attrib == AMBIGUOUS,
        device_id=group.deviceid or "",
        model=group.model or "",
        kind=_kind_of(metrics),
    )


def _kind_of(metrics: set[str]) -> str:
    if "systolic" in metrics:
        return Device.Kind.CUFF.value
    if "weight" in metrics:
        return Device.Kind.SCALE.value
    return Device.Kind.THERMOMETER.value if "temperature" in metrics else Device.Kind.OTHER.value


def moment(seconds: int) -> datetime:
    """Return a moment of Unix time.

    Raises:
        ValueError: there is no such moment.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as fault:
        raise ValueError(seconds) from fault
