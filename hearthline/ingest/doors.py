"""What every door gives the edge: a body that was read, the devices it names, its values, and its kind of answer."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from hearthline.ingest.answers import Answer, Refused
from hearthline.ingest.limits import ITEMS
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.pipeline.normalise import SENTINEL_WORDS, Draft
from hearthline.monitoring.readings.pipeline.types import Submission

DeviceOf = Callable[[str], int]  # an identifier ("": the credential's own device) to its number or NO_DEVICE


class Body(Protocol):
    """A body that has the form of its door."""

    def identifiers(self) -> set[str]:
        """Return the devices it names."""

    def draft(self, device_of: DeviceOf) -> Draft:
        """Return its values.

        Raises:
            Refused: the body cannot be taken as a whole.
        """

    def answer(self, submission: Submission) -> Answer:
        """Return what is said when it is committed."""


def read_json(body: bytes, decoder: "msgspec.json.Decoder[Any]") -> Any:
    """Return what a body holds.

    Raises:
        Refused: it is no JSON (400) or has another form (422).
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as fault:
        raise Refused(422, "malformed", f"The body has another form than described: {fault}.") from fault
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Refused(400, "no-json", "The body is not JSON; send JSON in UTF-8.") from fault


def read_items(raw: list[msgspec.Raw], decoder: "msgspec.json.Decoder[Any]") -> list[Any]:
    """Return each item that has the form described, and None for the others: one bad item spoils no other."""
    items: list[Any] = []
    for one in raw:
        try:
            items.append(decoder.decode(one))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            items.append(None)
    return items


def check_number(items: int) -> None:
    """Refuse a body of too many items."""
    if items > ITEMS:
        sentence = f"At most {ITEMS} items fit into one body; send the rest in another."
        raise Refused(413, "too-large", sentence)


def value_and_flags(value: float | str | None) -> tuple[float, int] | None:
    """Return a value and the flags that its word means: LOW, HIGH, NaN or nothing at all; None for other words."""
    if value is None:
        return math.nan, 0
    if isinstance(value, str):
        word = value.strip().upper()
        if word == "NAN":
            return math.nan, 0
        flag = SENTINEL_WORDS.get(word)
        return (0.0, int(flag)) if flag else None
    return float(value), 0


STATUS = {
    "motion": Flag.MOTION,
    "poor-fit": Flag.POOR_FIT,
    "weak-signal": Flag.WEAK_SIGNAL,
    "irregular-pulse": Flag.IRREGULAR_PULSE,
    "exertion": Flag.EXERTION,
    "on-oxygen": Flag.ON_OXYGEN,
}
