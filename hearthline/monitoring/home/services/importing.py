"""Readings from another service's file: parsed apart, stored part by part through the one pipeline, told row by row.

Each part is a transaction of its own that says how far it came. A worker that dies goes on where the last part ended;
rows that were stored are known again by their natural key.
"""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import blobs, clock, sandbox
from hearthline.foundation.jobs import job
from hearthline.foundation.uploads import UploadRefusedError
from hearthline.identity.actor import Actor
from hearthline.monitoring.home.file_rules import MOST_ROWS, FileProblem, Row, RowProblem, localized, row_of
from hearthline.monitoring.home.models import FileImport, FileImportPart
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
from hearthline.tenancy.context import acting_in

DOOR = "file"
MOST_BYTES = 16 * 1024 * 1024
PART_ROWS = (
    1_000  # a part takes a fraction of a second: what one request may do, and what a kill costs at most
)
STUCK_AFTER = timedelta(minutes=10)  # no part for so long: its worker is gone for good
PARSER = "hearthline.monitoring.home.file_rules:parse"
LIMITS = sandbox.Limits(memory_bytes=768 * 1024 * 1024, cpu_seconds=10, output_bytes=16 * 1024 * 1024)
# The same value from another source so close by is the same measurement (half a sensor's interval).
NEAR_US = 150 * 1_000_000
SPECIALS = {"low": Flag.LOW, "high": Flag.HIGH}
TAKEN = (Outcome.ACCEPTED, Outcome.DUPLICATE)
PROBLEMS = list(RowProblem)  # as codes: -1, -2 … in this order, which is kept


def begin_import(*, actor: Actor, monitored: MonitoredPatient, content: bytes, order: str = "") -> FileImport:
    """Take a file: do its first part at once (for most files all of it), and queue the rest.

    Raises:
        UploadRefusedError: the file as a whole cannot be taken; its words are for the person.
        ValidationError: another file of this person is being read.
    """
    service, rows = _parsed(content, order)
    kept = blobs.store(monitored.organization_id, BytesIO(content), "text/csv", max_bytes=MOST_BYTES)
    try:
        with transaction.atomic():
            made = FileImport.objects.create(
                organization_id=monitored.organization_id,
                monitored=monitored,
                asked_by_id=actor.user_id,
                service=service,
                order=order,
                sha256=kept.sha256,
                total=len(rows),
            )
    except IntegrityError as refused:
        if "file_import_one_at_a_time" not in str(refused):
            raise
        raise ValidationError(
            _("Another file is being read. Wait until it is done, or stop it.")
        ) from refused
    record(actor, "file_import.begun", made, patient_id=monitored.patient_id)
    rows = localized(rows, ZoneInfo(monitored.patient.zone))
    if _do_part(made.pk, rows, content):
        queue_import(made)
    made.refresh_from_db()
    return made


def queue_import(file_import: FileImport) -> None:
    """Queue what is left of a file."""
    go_on.defer(
        organization_id=file_import.organization_id,
        lock=f"file-import:{file_import.pk}",
        import_id=str(file_import.pk),
    )


@job(queue="readings", opens_own_transactions=True)
def go_on(organization_id: UUID, *, import_id: str) -> None:
    """Do part after part until the file is done or was stopped."""
    with acting_in(organization_id):
        one = FileImport.objects.select_related("monitored__patient").get(pk=UUID(import_id))
    if one.state != FileImport.State.RUNNING:
        return
    content = blobs.open_blob(organization_id, one.sha256).read()
    _service, rows = _parsed(content, one.order)
    rows = localized(rows, ZoneInfo(one.monitored.patient.zone))
    is_more = True
    while is_more:
        with acting_in(organization_id):
            is_more = _do_part(one.pk, rows, content)


@transaction.atomic
def cancel_import(*, actor: Actor, file_import: FileImport) -> bool:
    """Stop reading a file; what is stored stays. Return whether there was something left to stop."""
    one = FileImport.objects.select_for_update().get(pk=file_import.pk)
    if one.state != FileImport.State.RUNNING:
        return False
    one.state, one.sha256 = FileImport.State.CANCELLED, ""
    one.save(update_fields=["state", "sha256"])
    record(actor, "file_import.cancelled", one, patient_id=one.monitored.patient_id)
    return True


@transaction.atomic
def _do_part(import_id: UUID, rows: list[Row], content: bytes) -> bool:
    """Store the next rows and say what became of them; return whether there are more."""
    locked = FileImport.objects.select_for_update(of=("self",)).select_related("monitored__patient")
    one = locked.get(pk=import_id)
    if one.state != FileImport.State.RUNNING:
        return False
    part = rows[one.done : one.done + PART_ROWS]
    codes = _stored(one, part, content if one.done == 0 else b"") if part else []
    if part:
        FileImportPart.objects.create(
            organization_id=one.organization_id,
            file_import=one,
            first=one.done,
            lines=[row.line for row in part],
            codes=codes,
        )
    counts = Counter(codes)
    one.new += counts[Outcome.ACCEPTED]
    one.known += counts[Outcome.DUPLICATE]
    one.refused += len(part) - counts[Outcome.ACCEPTED] - counts[Outcome.DUPLICATE]
    one.done += len(part)
    one.moved_at = clock.now()
    if one.done >= one.total:
        one.state, one.sha256 = FileImport.State.DONE, ""
    one.save()
    return one.state == FileImport.State.RUNNING


def _stored(one: FileImport, part: list[Row], original: bytes) -> list[int]:
    """Return a code for each row: the outcome of its value, or a negative one for what is wrong with the row."""
    good = [row for row in part if row.problem is None and row.at is not None]
    actor = Actor(organization_id=one.organization_id, user_id=one.asked_by_id)
    device = own_device(one.monitored, Device.Kind.FILE, "Read from a file")
    measurements = _near_duplicates_marked(one.monitored, [_measurement(device, row) for row in good])
    outcomes = iter(
        store_measurements(
            actor=actor, monitored=one.monitored, door=DOOR, measurements=measurements, original=original
        )
        if measurements
        else []
    )
    return [-1 - PROBLEMS.index(row.problem) if row.problem else int(next(outcomes)) for row in part]


def words_of(code: int) -> str:
    """Return what became of a row, for the person."""
    return _problem_words(PROBLEMS[-1 - code]) if code < 0 else outcome_sentence(Outcome(code))


def rows_of(file_import: FileImport, *, is_refused_only: bool) -> list[tuple[int, int]]:
    """Return line and code of each row that was done, in the file's order; at most ``MOST_ROWS``."""
    return sorted(
        (line, code)
        for lines, codes in file_import.parts.values_list("lines", "codes")
        for line, code in zip(lines, codes, strict=True)
        if not is_refused_only or code not in TAKEN
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


def _problem_words(problem: RowProblem) -> str:
    words = {
        RowProblem.NO_TIME: _("There is no time that we can read."),
        RowProblem.NO_NUMBER: _("There is no number that we can read."),
        RowProblem.NO_UNIT: _("There is no unit (mg/dL or mmol/L)."),
        RowProblem.NO_SUCH_HOUR: _("On that day clocks skipped this hour."),
    }
    return words[problem]
