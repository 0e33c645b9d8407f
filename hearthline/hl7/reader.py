"""ORU^R01 as drafts: PID begins a patient, OBR a report, OBX a line; a note belongs to what it follows."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hearthline.charting.results.drafts import (
    ObservationDraft,
    OrdererClaim,
    PatientClaim,
    ReportDraft,
    UnreadableError,
)
from hearthline.charting.results.intake import reads
from hearthline.charting.results.models import IncomingMessage, Laboratory
from hearthline.charting.results.models.reports import (
    CODE_LENGTH,
    FLAGS_LENGTH,
    RANGE_LENGTH,
    SYSTEM_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    UNIT_LENGTH,
    Status,
)
from hearthline.charting.results.models.senders import NUMBER_LENGTH
from hearthline.charting.results.rules import HL7_LINE_STATUS, HL7_REPORT_STATUS, abnormality_of
from hearthline.hl7.segments import Segment, segments_of
from hearthline.hl7.times import day, moment
from hearthline.hl7.values import value_of

RUNNING_TEXT = frozenset({"TX", "FT", "ST"})  # sent line by line, under one code
SUB_ID_LENGTH = 40
POWER_OF_TEN = re.compile(r"[xX*]?\s?10\^\d{1,2}[A-Za-z/].*")  # many send "10^9/L" without escaping its mark


@dataclass
class Reading:
    """What was read of a message so far."""

    laboratory: Laboratory
    sent_at: datetime | None = None
    patient: PatientClaim | None = None
    order: Segment | None = None
    reports: list[ReportDraft] = field(default_factory=list)
    lines: list[ObservationDraft] = field(default_factory=list)
    last: str = ""  # what a note that follows belongs to

    def close(self) -> None:
        """Give the report that was being read its lines."""
        if self.reports and self.lines:
            self.reports[-1] = replace(self.reports[-1], observations=tuple(self.lines))
        self.lines = []


@reads(IncomingMessage.Format.HL7)
def read(raw: bytes, laboratory: Laboratory) -> Sequence[ReportDraft]:
    """Return the reports of an ORU^R01.

    Raises:
        UnreadableError: it cannot be filed as it is; ``where`` names the place.
    """
    reading = Reading(laboratory)
    for segment in segments_of(raw, laboratory):
        if step := STEPS.get(segment.name):
            step(reading, segment)
            reading.last = segment.name if segment.name != "NTE" else reading.last
    reading.close()
    return reading.reports


def _limited(text: str, limit: int, place: str) -> str:
    if len(text) > limit:
        raise UnreadableError(place, f"There is room for {limit} characters here.", code="102")
    return text


def _header(reading: Reading, msh: Segment) -> None:
    reading.sent_at, _is_assumed = moment(msh.text(7), reading.laboratory.zone, "MSH-7")


def _patient(reading: Reading, pid: Segment) -> None:
    reading.close()
    numbers = [pid.marks.components(one)[0].strip() for one in pid.repetitions(3)]
    family = pid.text(5).split(pid.marks.header.subcomponent or "\0")[0]
    reading.patient = PatientClaim(
        numbers=tuple(number for number in numbers if number and len(number) <= NUMBER_LENGTH),
        family_name=family[:TITLE_LENGTH],
        given_names=f"{pid.text(5, 2)} {pid.text(5, 3)}".strip()[:TITLE_LENGTH],
        birth_date=day(pid.text(7)),
    )
    reading.order = None


def _order(reading: Reading, orc: Segment) -> None:
    reading.order = orc


def _report(reading: Reading, obr: Segment) -> None:
    reading.close()
    if reading.patient is None:
        raise UnreadableError("PID", "A report has to follow the patient it is of.", code="100")
    order, reading.order = reading.order, None
    filler = obr.text(3) or (order.text(3) if order else "")
    if not filler:
        raise UnreadableError(obr.place(3), "The report has no number of the laboratory.", code="101")
    code, title, system = _code(obr, 4)
    zone = reading.laboratory.zone
    issued_at, is_assumed = moment(obr.text(22), zone, obr.place(22))
    collected_at, is_collected_assumed = moment(obr.text(7), zone, obr.place(7))
    if issued_at is None and reading.sent_at is None:
        raise UnreadableError(obr.place(22), "Neither the report nor the message says when.", code="101")
    reading.reports.append(
        ReportDraft(
            patient=reading.patient,
            filler_number=_limited(filler, NUMBER_LENGTH, obr.place(3)),
            placer_number=_limited(
                obr.text(2) or (order.text(2) if order else ""), NUMBER_LENGTH, obr.place(2)
            ),
            code=code,
            code_system=system,
            title=title,
            status=_status(obr, 25, HL7_REPORT_STATUS, Status.FINAL),
            issued_at=issued_at or reading.sent_at,  # type: ignore[arg-type] # one of them is there
            collected_at=collected_at,
            is_zone_assumed=is_assumed or is_collected_assumed,
            orderer=_orderer(obr, 16) or (_orderer(order, 12) if order else None) or OrdererClaim(),
        )
    )


def _code(segment: Segment, number: int) -> tuple[str, str, str]:
    """Return code, words and system of a coded field, from its other coding where the first is empty."""
    parts = [part.strip() for part in segment.components(number)]
    parts += [""] * (6 - len(parts))
    code, words, system = (parts[0], parts[1], parts[2]) if parts[0] or parts[1] else tuple(parts[3:6])
    if not (code or words):
        raise UnreadableError(segment.place(number), "It does not say what was examined.", code="101")
    place = segment.place(number)
    return (
        _limited(code or words, CODE_LENGTH, place),
        _limited(words or parts[4] or code, TITLE_LENGTH, place),
        _limited(system, SYSTEM_LENGTH, place),
    )


def _status(segment: Segment, number: int, known: Mapping[str, Status], default: Status) -> Status:
    said = segment.text(number).upper()
    if not said:
        return default
    if said not in known:
        raise UnreadableError(segment.place(number), "This status is not known.", code="103")
    return known[said]


def _orderer(segment: Segment, number: int) -> OrdererClaim | None:
    if not segment.raw(number):
        return None
    family = segment.text(number, 2).split(segment.marks.header.subcomponent or "\0")[0]
    given = f"{segment.text(number, 3)} {segment.text(number, 4)}".strip()
    half = TITLE_LENGTH // 2 - 1
    return OrdererClaim(number=segment.text(number), family_name=family[:half], given_names=given[:half])


def _line(reading: Reading, obx: Segment) -> None:
    if not reading.reports:
        raise UnreadableError(obx.place(1), "A line has to follow the report it belongs to.", code="100")
    report = reading.reports[-1]
    code, name, system = _code(obx, 3)
    value = value_of(obx)
    flags = [flag for one in obx.repetitions(8) if (flag := obx.marks.components(one)[0].strip())]
    observed_at, _is_assumed = moment(obx.text(14), reading.laboratory.zone, obx.place(14))
    line = ObservationDraft(
        code=code,
        code_system=system,
        name=name,
        kind=_limited(obx.text(2).upper(), 10, obx.place(2)),
        value=value.shown,
        sub_id=_limited(obx.text(4), SUB_ID_LENGTH, obx.place(4)),
        number=value.number,
        unit=_limited(_unit(obx), UNIT_LENGTH, obx.place(6)),
        reference_range=_limited(obx.whole(7).strip(), RANGE_LENGTH, obx.place(7)),
        flags=_limited(" ".join(flags), FLAGS_LENGTH, obx.place(8)),
        abnormality=abnormality_of(flags),
        status=_status(obx, 11, HL7_LINE_STATUS, report.status),
        observed_at=observed_at,
        file=value.file,
    )
    if reading.lines and reading.last == "OBX" and _goes_on(reading.lines[-1], line):
        reading.lines[-1] = _joined(reading.lines[-1], line, obx)
    else:
        reading.lines.append(line)


def _unit(obx: Segment) -> str:
    if POWER_OF_TEN.fullmatch(obx.raw(6)):
        return obx.raw(6).strip()
    return obx.text(6) or obx.text(6, 2)


def _goes_on(before: ObservationDraft, line: ObservationDraft) -> bool:
    """Whether a line is the next line of a text that was sent in pieces."""
    same = ("code", "code_system", "sub_id", "kind", "flags", "status", "observed_at")
    return line.kind in RUNNING_TEXT and all(getattr(before, one) == getattr(line, one) for one in same)


def _joined(before: ObservationDraft, line: ObservationDraft, obx: Segment) -> ObservationDraft:
    return replace(before, value=_limited(f"{before.value}\n{line.value}", TEXT_LENGTH, obx.place(5)))


def _note(reading: Reading, nte: Segment) -> None:
    words = nte.whole(3).strip()
    if not words or not reading.reports:
        return
    if reading.last == "OBX" and reading.lines:
        note = _limited(f"{reading.lines[-1].note}\n{words}".strip(), TEXT_LENGTH, nte.place(3))
        reading.lines[-1] = replace(reading.lines[-1], note=note)
    elif reading.last == "OBR":
        note = _limited(f"{reading.reports[-1].note}\n{words}".strip(), TEXT_LENGTH, nte.place(3))
        reading.reports[-1] = replace(reading.reports[-1], note=note)


STEPS: dict[str, Callable[[Reading, Segment], None]] = {
    "MSH": _header,
    "PID": _patient,
    "ORC": _order,
    "OBR": _report,
    "OBX": _line,
    "NTE": _note,
}
