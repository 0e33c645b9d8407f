"""The house's own door, ``POST /ingest/v1/readings``: the smallest JSON that says a reading without ambiguity."""

from collections import Counter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hearthline.ingest.answers import STORED, WORDS, Answer, answer_json
from hearthline.ingest.doors import STATUS, DeviceOf, check_number, read_items, read_json, value_and_flags
from hearthline.ingest.limits import IDENTIFIER_CHARACTERS
from hearthline.ingest.times import Moment, as_text, microseconds
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_NUMBER
from hearthline.monitoring.readings.pipeline.normalise import NO_USER, SECOND_US, Draft, kind_of
from hearthline.monitoring.readings.pipeline.types import Outcome, Submission

Identifier = Annotated[str, Meta(max_length=IDENTIFIER_CHARACTERS)]
Value = float | str | None
StatusWord = Literal["motion", "poor-fit", "weak-signal", "irregular-pulse", "exertion", "on-oxygen"]
CUFF = (("systolic", "systolic"), ("diastolic", "diastolic"), ("mean", "mean-arterial-pressure"))
UNSET = msgspec.UNSET


class Clock(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """What the device's clock said at a moment, and what the sender's did: their difference corrects times."""

    device: Moment
    here: Moment

    def correction(self) -> int:
        """Return the seconds to add to the device's times."""
        return round((microseconds(self.here) - microseconds(self.device)) / SECOND_US)


class Item(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One value (``metric``, ``value``, ``unit``) or one cuff measurement (``systolic`` …), and when."""

    at: Moment
    metric: str = ""
    value: Value | msgspec.UnsetType = UNSET
    unit: str = ""
    systolic: Value | msgspec.UnsetType = UNSET
    diastolic: Value | msgspec.UnsetType = UNSET
    mean: Value | msgspec.UnsetType = UNSET
    pulse: Value | msgspec.UnsetType = UNSET
    device: Identifier = ""
    user: Annotated[int, Meta(ge=0, le=255)] | None = None
    clock: Clock | None = None
    status: list[StatusWord] = []
    manual: bool = False


class Envelope(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A body whose items have the form described."""

    items: list[Item]
    device: Identifier = ""
    clock: Clock | None = None


class LooseEnvelope(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A body with items that have yet to be read one by one."""

    items: list[msgspec.Raw]
    device: Identifier = ""
    clock: Clock | None = None


_whole = msgspec.json.Decoder(Envelope)
_loose = msgspec.json.Decoder(LooseEnvelope)
_item = msgspec.json.Decoder(Item)


class CompactBody:
    """A body that was read."""

    def __init__(self, items: list[Item | None], device: str, clock: Clock | None) -> None:
        self._items = items
        self._device = device
        self._correction = clock.correction() if clock else 0

    def identifiers(self) -> set[str]:
        """Return the devices it names."""
        return ({self._device} | {item.device for item in self._items if item}) - {""}

    def draft(self, device_of: DeviceOf) -> Draft:
        """Return its values."""
        draft = Draft(len(self._items))
        usual = device_of(self._device)
        for place, item in enumerate(self._items):
            if item is None:
                draft.outcomes[place] = Outcome.MALFORMED
            else:
                self._add(draft, place, item, device_of(item.device) if item.device else usual)
        return draft

    def _add(self, draft: Draft, place: int, item: Item, device: int) -> None:
        values = _values(item)
        flags = int(Flag.MANUAL) if item.manual else 0
        for word in item.status:
            flags |= int(STATUS[word])
        user = NO_USER if item.user is None else item.user
        correction = item.clock.correction() if item.clock else self._correction
        at = microseconds(item.at)
        for kind, said in values:
            found = value_and_flags(said)
            if found is None:
                draft.outcomes[place] = Outcome.MALFORMED
                return
            draft.add(place, kind, found[0], at, device, user, correction, flags | found[1])
        if not values:
            draft.outcomes[place] = Outcome.MALFORMED

    def answer(self, submission: Submission) -> Answer:
        """Return the outcome of each item, their counts, and up to when each metric of this body is stored."""
        outcomes = submission.outcomes.tolist()
        counts = Counter(outcomes)
        return answer_json(
            {
                "outcomes": [_WORDS[outcome] for outcome in outcomes],
                "counts": {_WORDS[outcome]: count for outcome, count in sorted(counts.items())},
                "explained": {
                    _WORDS[outcome]: WORDS[Outcome(outcome)][1]
                    for outcome in sorted(counts)
                    if outcome != Outcome.ACCEPTED
                },
                "cursor": cursor(submission, outcomes),
            }
        )


_WORDS = {int(outcome): word for outcome, (word, _) in WORDS.items()}


def _values(item: Item) -> list[tuple[int, Value]]:
    """Return the kinds and values of an item; none if it is neither one value nor one cuff measurement."""
    cuff: list[tuple[int, Value]] = []
    for name, metric in CUFF:
        value = getattr(item, name)
        if value is not UNSET:
            cuff.append((kind_of(metric, item.unit or "mm[Hg]"), value))
    if item.value is not UNSET:
        is_single = item.metric and not cuff and item.pulse is UNSET
        return [(kind_of(item.metric, item.unit), item.value)] if is_single else []
    if cuff and item.pulse is not UNSET:
        cuff.append((kind_of("pulse", "/min"), item.pulse))
    return cuff if not item.metric else []


def cursor(submission: Submission, outcomes: list[int]) -> dict[str, str]:
    """Return for each metric the newest time, on the device's clock, that is stored now; resume after it."""
    rows: Any = submission.rows
    newest: dict[int, int] = {}
    for metric, item, at in zip(
        rows["metric"].tolist(), rows["item"].tolist(), rows["observed_us"].tolist(), strict=True
    ):
        if outcomes[item] in STORED and at > newest.get(metric, 0):
            newest[metric] = at
    return {BY_NUMBER[number].code: as_text(at) for number, at in newest.items()}


def read(body: bytes) -> CompactBody:
    """Read a body.

    Raises:
        Refused: it is not of the form described, or has too many items.
    """
    try:
        whole = _whole.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        loose = read_json(body, _loose)
        check_number(len(loose.items))
        return CompactBody(read_items(loose.items, _item), loose.device, loose.clock)
    check_number(len(whole.items))
    return CompactBody(list(whole.items), whole.device, whole.clock)
