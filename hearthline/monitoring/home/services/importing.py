"""Readings from another service's file: parsed apart, stored through the one pipeline, told row by row."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.translation import gettext as _

from hearthline.foundation import sandbox
from hearthline.foundation.uploads import UploadRefusedError
from hearthline.identity.actor import Actor
from hearthline.monitoring.home.file_rules import MOST_ROWS, FileProblem, Row, RowProblem, localized, row_of
from hearthline.monitoring.home.services.storing import (
    Measurement,
    microseconds,
    own_device,
    store_measurements,
)
from hearthline.monitoring.home.words import outcome_sentence
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, MonitoredPatient
from hearthline.monitoring.readings.pipeline.types import Outcome
from hearthline.monitoring.readings.series import series_of

DOOR = "file"
MOST_BYTES = 16 * 1024 * 1024
TOLD_ROWS = 50
PARSER = "hearthline.monitoring.home.file_rules:parse"
LIMITS = sandbox.Limits(memory_bytes=768 * 1024 * 1024, cpu_seconds=10, output_bytes=16 * 1024 * 1024)
# The same value from another source so close by is the same measurement (half a sensor's interval).
NEAR_US = 150 * 1_000_000
SPECIALS = {"low": Flag.LOW, "high": Flag.HIGH}


@dataclass(frozen=True)
class Result:
    """What became of a file: the service it is from, how many rows were new, known or not taken, and why not."""

    service: str
    new: int
    known: int
    refused: int
    told: Sequence[tuple[int, str]]


def import_file(*, actor: Actor, monitored: MonitoredPatient, content: bytes, order: str = "") -> Result:
    """Store what a file holds, all that can be taken of it.

    Raises:
        UploadRefusedError: the file as a whole cannot be taken; its words are for the person.
    """
    service, rows = _parsed(content, order)
    rows = localized(rows, ZoneInfo(monitored.patient.zone))
    good = [row for row in rows if row.problem is None and row.at is not None]
    told = [(row.line, _problem_words(row.problem)) for row in rows if row.problem is not None]
    device = own_device(monitored, Device.Kind.FILE, "Read from a file")
    measurements = _near_duplicates_marked(monitored, [_measurement(device, row) for row in good])
    outcomes = store_measurements(
        actor=actor, monitored=monitored, door=DOOR, measurements=measurements, original=content
    )
    counts = Counter(outcomes)
    taken = (Outcome.ACCEPTED, Outcome.DUPLICATE)
    told += [
        (row.line, outcome_sentence(outcome))
        for row, outcome in zip(good, outcomes, strict=True)
        if outcome not in taken
    ]
    return Result(
        service, counts[Outcome.ACCEPTED], counts[Outcome.DUPLICATE], len(told), sorted(told)[:TOLD_ROWS]
    )


def _parsed(content: bytes, order: str) -> tuple[str, list[Row]]:
    try:
        answer = sandbox.run(PARSER, content, options={"order": order}, limits=LIMITS)
    except sandbox.SandboxRefusedError as refused:
        raise UploadRefusedError(refused.code, _file_words(FileProblem(refused.code))) from None
    except sandbox.SandboxLimitError as limit:
        raise UploadRefusedError(
            limit.code, _("This file takes too long. Try one with fewer days.")
        ) from None
    return answer.facts["service"], [row_of(one) for one in json.loads(answer.parts[0])]


def _measurement(device: Device, row: Row) -> Measurement:
    assert row.at is not None  # noqa: S101 - rows without a time have a problem
    flags = int(Flag.IMPORTED) | int(SPECIALS.get(row.special, 0))
    return Measurement(device.number, row.at, [("glucose", row.unit, row.value)], flags=flags)


def _near_duplicates_marked(
    monitored: MonitoredPatient, measurements: list[Measurement]
) -> list[Measurement]:
    """Mark what another source has told already, so that nothing counts twice."""
    if not measurements:
        return []
    metric = BY_CODE["glucose"]
    times = [one.observed_at for one in measurements]
    known = series_of(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        metric=metric.number,
        since=min(times) - timedelta(minutes=5),
        until=max(times) + timedelta(minutes=5),
    )
    others = known.device_number != measurements[0].device_number
    at_us, values = known.at_us[others], known.value[others]
    marked = []
    for one in measurements:
        _code, ucum, value = one.values[0]
        unit = metric.factor_of(ucum)
        said = value * float(unit.factor) if unit else value
        at = microseconds(one.observed_at)
        start, end = np.searchsorted(at_us, [at - NEAR_US, at + NEAR_US])
        is_same = bool(np.any(np.abs(values[start:end] - said) < 1))
        marked.append(replace(one, flags=one.flags | int(Flag.NEAR_DUPLICATE)) if is_same else one)
    return marked


def _file_words(problem: FileProblem) -> str:
    words = {
        FileProblem.NOT_TEXT: _("This is not a CSV file. Export it as CSV and try again."),
        FileProblem.UNKNOWN_SHAPE: _(
            "We do not know this file. We can read files from Dexcom, LibreView and Tidepool."
        ),
        FileProblem.NO_UNIT: _("The file does not say if it is in mg/dL or mmol/L, so we cannot read it."),
        FileProblem.TOO_MANY_ROWS: _(
            "This file is too long. It may have %(rows)d lines. Export fewer days at a time."
        )
        % {"rows": MOST_ROWS},
        FileProblem.DAY_OR_MONTH: _("Tell us below if the day or the month comes first in this file."),
    }
    return words[problem]


def _problem_words(problem: RowProblem | None) -> str:
    words = {
        RowProblem.NO_TIME: _("There is no time that we can read."),
        RowProblem.NO_NUMBER: _("There is no number that we can read."),
        RowProblem.NO_UNIT: _("There is no unit (mg/dL or mmol/L)."),
        RowProblem.NO_SUCH_HOUR: _("On that day clocks skipped this hour."),
    }
    return words[problem] if problem else ""
