"""Readings that a page took from a device by Bluetooth: whose device it is, when it measured, and is it really them.

The page is a messenger that may come back hours later with the same readings; it is told the same again. Who holds
the page is signed in, so a reading is theirs when their device assignment says so and nothing speaks against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext as _

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.home import rules, units, words
from hearthline.monitoring.home.services.pairing import PairingRefusedError, Saying, paired_device
from hearthline.monitoring.home.services.storing import Measurement, store_measurements
from hearthline.monitoring.home.services.typing_in import known_weight
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import DeviceAssignment, MonitoredPatient
from hearthline.monitoring.readings.pipeline.types import NO_USER, UNKNOWN_USER, Outcome

DOOR = "bluetooth"
MOST_READINGS = 100
MOST_BYTES = 256 * 1024
CLOCKS_AGREE = timedelta(minutes=2)
SAVED = (Outcome.ACCEPTED, Outcome.DUPLICATE)
FLAGS = {
    "movement": Flag.MOTION,
    "loose": Flag.POOR_FIT,
    "position": Flag.POOR_FIT,
    "irregular": Flag.IRREGULAR_PULSE,
    "weak": Flag.WEAK_SIGNAL,
    "questionable": Flag.WEAK_SIGNAL,
    "low": Flag.LOW,
    "high": Flag.HIGH,
}
Short = Annotated[str, msgspec.Meta(max_length=24)]


class Value(msgspec.Struct):
    """One number with the digits that the device gave; ``special`` names what is no number."""

    metric: Short
    text: Annotated[str, msgspec.Meta(max_length=24, pattern=r"^(-?\d+(\.\d+)?)?$")]
    unit: Short
    special: Short | None = None


class DeviceClock(msgspec.Struct):
    """What the device's clock said at a moment of the browser's clock."""

    said: datetime
    at: datetime


class Reading(msgspec.Struct, rename="camel"):
    """One measurement as the page decoded it. ``time`` is the device's local clock, ``at`` an exact moment."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    device: Saying
    values: Annotated[list[Value], msgspec.Meta(min_length=1, max_length=8)]
    read_at: datetime
    time: datetime | None = None
    at: datetime | None = None
    offset_minutes: Annotated[int, msgspec.Meta(ge=-40_000, le=60_000)] = 0
    user: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    marks: Annotated[list[Short], msgspec.Meta(max_length=16)] = []
    device_clock: DeviceClock | None = None
    answer: Literal["", "me"] = ""


class Sent(msgspec.Struct):
    """What the page sends at once."""

    sent_at: datetime
    readings: Annotated[list[Reading], msgspec.Meta(max_length=MOST_READINGS)]


@dataclass(frozen=True)
class Answer:
    """What became of one reading: ``saved``, ``ask`` (is it you?) or ``refused``, in words for the person."""

    id: str
    state: str
    words: str


def take_readings(*, actor: Actor, monitored: MonitoredPatient, sent: Sent) -> list[Answer]:
    """Store what may be stored and say of each reading what became of it."""
    now = clock.now()
    skew = now - sent.sent_at if abs(now - sent.sent_at) > CLOCKS_AGREE else timedelta(0)
    weight = known_weight(monitored, now)
    answers: dict[str, Answer] = {}
    taken: list[tuple[str, Measurement]] = []
    for reading in sent.readings:
        try:
            assignment = paired_device(
                actor=actor, monitored=monitored, said=reading.device, user=reading.user
            )
        except PairingRefusedError as refused:
            answers[reading.id] = Answer(reading.id, "refused", str(refused))
            continue
        if reading.answer != "me" and _is_doubtful(reading, assignment, weight):
            answers[reading.id] = Answer(
                reading.id, "ask", _("Is this you? Somebody else may have used the device.")
            )
            continue
        taken.append((reading.id, _measurement(reading, assignment, monitored, skew)))
    if taken:
        measurements = [one for _id, one in taken]
        outcomes = store_measurements(actor=actor, monitored=monitored, door=DOOR, measurements=measurements)
        for (reading_id, _one), outcome in zip(taken, outcomes, strict=True):
            state = "saved" if outcome in SAVED else "refused"
            answers[reading_id] = Answer(reading_id, state, words.outcome_sentence(outcome))
    return [answers[reading.id] for reading in sent.readings]


def _is_doubtful(reading: Reading, assignment: DeviceAssignment, weight: float | None) -> bool:
    if reading.user == UNKNOWN_USER:
        return True
    slot = assignment.user_index
    if reading.user is not None and NO_USER < slot < UNKNOWN_USER and reading.user != slot:
        return True
    for value in reading.values:
        unit = BY_CODE["weight"].factor_of(value.unit)
        if value.metric == "weight" and unit is not None and value.special is None:
            kilograms = float(units.canonical(Decimal(value.text or "0"), unit))
            return rules.is_other_person(kilograms, weight)
    return False


def _measurement(
    reading: Reading, assignment: DeviceAssignment, monitored: MonitoredPatient, skew: timedelta
) -> Measurement:
    observed_at, correction = _times(reading, ZoneInfo(monitored.patient.zone), skew)
    flags = 0
    for mark in reading.marks:
        flags |= int(FLAGS.get(mark, 0))
    is_beyond = bool(flags & (Flag.LOW | Flag.HIGH))
    return Measurement(
        assignment.device.number,
        observed_at,
        [
            (one.metric, one.unit, 0.0 if one.special and is_beyond else _number(one))
            for one in reading.values
        ],
        user_index=assignment.user_index,
        correction_seconds=round(correction.total_seconds()),
        flags=flags,
        details={"said": msgspec.to_builtins(reading)},
    )


def _number(value: Value) -> float:
    return float("nan") if value.special or not value.text else float(value.text)


def _times(reading: Reading, zone: ZoneInfo, skew: timedelta) -> tuple[datetime, timedelta]:
    """Return the device's own time (identity) and what has to be added to it.

    A device without a usable clock gets the moment at which the page read it. A clock that the page could compare
    with the browser's is put right by the difference; the browser's own error against ours is added.
    """
    if reading.at is not None:
        return reading.at, skew
    if reading.time is None:
        return reading.read_at, skew
    moved = reading.time.replace(tzinfo=None) + timedelta(minutes=reading.offset_minutes)
    observed_at = moved.replace(tzinfo=zone)
    if reading.device_clock is None:
        return observed_at, timedelta(0)
    said = reading.device_clock.said.replace(tzinfo=zone)
    error = reading.device_clock.at + skew - said
    return observed_at, error if abs(error) > CLOCKS_AGREE else timedelta(0)


def understood(body: bytes) -> Sent | None:
    """Return what a page sent, or None when it is not understood (times need a zone where a moment is meant)."""
    try:
        sent = msgspec.json.decode(body, type=Sent)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    moments: list[datetime | None] = [sent.sent_at]
    for one in sent.readings:
        moments += [one.read_at, one.at, one.device_clock.at if one.device_clock else None]
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        return None
    return sent if _are_sensible(sent.readings) else None


def _are_sensible(readings: Sequence[Reading]) -> bool:
    """Whether times lie where arithmetic with them works; what is merely wrong is told by the pipeline."""
    earliest = 2000
    times = [moment for one in readings for moment in (one.time, one.at, one.read_at) if moment is not None]
    times += [one.device_clock.said for one in readings if one.device_clock]
    return all(earliest <= moment.year <= clock.now().year + 1 for moment in times)
