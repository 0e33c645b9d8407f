"""Put a report into the chart: a new version beside the others, the leading one worked out anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _

from hearthline.audit import services as audit
from hearthline.charting.results.drafts import FileDraft, ObservationDraft, ReportDraft
from hearthline.charting.results.events import CriticalResultFiled, ResultFiled
from hearthline.charting.results.matching import UnmatchedError, orderer_of
from hearthline.charting.results.models import (
    CriticalResult,
    IncomingMessage,
    Observation,
    Report,
    ReportVersion,
    ResultDocument,
)
from hearthline.charting.results.models.reports import UNREMARKABLE, Status
from hearthline.charting.results.rules import Precedence, next_step_at, precedence, steps_due
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.foundation.blobs import store
from hearthline.foundation.changes import announce
from hearthline.foundation.events import publish
from hearthline.foundation.uploads import UploadRefusedError, receive_document
from hearthline.identity.actor import Actor

TOPIC = "results"


@dataclass(frozen=True)
class Lines:
    """The lines of a report as they stand after filing."""

    current: Sequence[Observation]
    changed: Sequence[Observation]


def file_report(*, actor: Actor, message: IncomingMessage, draft: ReportDraft, patient: Patient) -> Report:
    """File one report of a message for a patient who was proved or chosen.

    Raises:
        UnmatchedError: the report is filed for another patient already.
    """
    report, is_new = _report_for(message, draft, patient)
    version = ReportVersion.objects.create(
        organization_id=message.organization_id,
        report=report,
        message=message,
        status=draft.status,
        issued_at=draft.issued_at,
        collected_at=draft.collected_at,
        is_zone_assumed=draft.is_zone_assumed,
        note=draft.note,
    )
    _add_lines(report, version, draft)
    lines = _lead(report)
    is_leading = _leading_version(report) == version
    if is_leading or lines.changed:
        _settle(report, draft if is_leading else None, lines)
    audit.record(actor, "result.filed", report, patient_id=patient.pk)
    if is_new or is_leading or lines.changed:
        publish(
            ResultFiled(
                organization_id=message.organization_id, report_id=report.pk, patient_id=report.patient_id
            )
        )
        announce(message.organization_id, TOPIC)
    _raise_criticals(report, lines)
    return report


def _report_for(message: IncomingMessage, draft: ReportDraft, patient: Patient) -> tuple[Report, bool]:
    found = (
        Report.objects.select_for_update()
        .filter(
            laboratory_id=message.laboratory_id,
            filler_number=draft.filler_number,
            code=draft.code,
            code_system=draft.code_system,
        )
        .first()
    )
    if found is not None:
        if found.patient_id != patient.pk:
            sentence = "This report is filed for another patient already."
            raise UnmatchedError(IncomingMessage.Problem.OTHER_PATIENT, "OBR-3", sentence)
        return found, False
    made = Report.objects.create(
        organization_id=message.organization_id,
        patient=patient,
        laboratory_id=message.laboratory_id,
        filler_number=draft.filler_number,
        placer_number=draft.placer_number,
        code=draft.code,
        code_system=draft.code_system,
        title=draft.title,
        orderer_as_sent=draft.orderer.shown,
        responsible=orderer_of(message.laboratory, draft.orderer),
        status=draft.status,
        collected_at=draft.collected_at,
        issued_at=draft.issued_at,
    )
    return made, True


def _add_lines(report: Report, version: ReportVersion, draft: ReportDraft) -> None:
    seen: dict[str, int] = {}
    rows = []
    for position, line in enumerate([*draft.observations, *map(_line_of_file, draft.files)]):
        stem = f"{line.code}|{line.code_system}|{line.sub_id}"
        seen[stem] = seen.get(stem, 0) + 1
        rows.append(_row(report, version, line, position, f"{stem}|{seen[stem]}"))
    Observation.objects.bulk_create(rows)


def _line_of_file(file: FileDraft) -> ObservationDraft:
    return ObservationDraft(code="file", code_system="", name=file.title, kind="ED", value="", file=file)


def _row(
    report: Report, version: ReportVersion, line: ObservationDraft, position: int, name: str
) -> Observation:
    document, note = None, line.note
    if line.file is not None:
        document, refusal = _keep_file(report, line.file, line.name)
        note = "\n".join(part for part in (note, refusal) if part)
    return Observation(
        organization_id=report.organization_id,
        report=report,
        version=version,
        line=name,
        position=position,
        code=line.code,
        code_system=line.code_system,
        name=line.name,
        kind=line.kind,
        value=line.value,
        number=line.number,
        unit=line.unit,
        reference_range=line.reference_range,
        flags=line.flags,
        abnormality=line.abnormality,
        status=line.status,
        observed_at=line.observed_at,
        note=note,
        document=document,
    )


def _keep_file(report: Report, file: FileDraft, title: str) -> tuple[ResultDocument | None, str]:
    """Return the kept file, or the sentence why it was not kept: the numbers beside it do not wait for it."""
    try:
        upload = receive_document(BytesIO(file.content))
    except UploadRefusedError as refusal:
        return None, _("A file that came with this result could not be kept. %(why)s") % {"why": refusal}
    blob = store(report.organization_id, BytesIO(upload.content), upload.content_type)
    document = ResultDocument.objects.create(
        organization_id=report.organization_id,
        report=report,
        title=file.title or title,
        content_type=blob.content_type,
        sha256=blob.sha256,
        size_bytes=blob.size,
    )
    return document, ""


def _precedence_of(line: Observation) -> Precedence:
    version = line.version
    return precedence(Status(line.status), version.issued_at, version.message.sha256)


def _lead(report: Report) -> Lines:
    """Mark, of each line, the version that leads. The order in which versions came plays no part."""
    rows = Observation.objects.filter(report=report).select_related("version__message")
    leading: dict[str, Observation] = {}
    for row in rows:
        other = leading.get(row.line)
        if other is None or _precedence_of(row) > _precedence_of(other):
            leading[row.line] = row
    wanted = {row.pk for row in leading.values()}
    stale = [row.pk for row in rows if row.is_current and row.pk not in wanted]
    fresh = [row for row in leading.values() if not row.is_current]
    Observation.objects.filter(pk__in=stale).update(is_current=False)
    Observation.objects.filter(pk__in=[row.pk for row in fresh]).update(is_current=True)
    return Lines(sorted(leading.values(), key=lambda row: row.position), fresh)


def _leading_version(report: Report) -> ReportVersion:
    versions = ReportVersion.objects.filter(report=report).select_related("message")
    return max(versions, key=lambda one: precedence(Status(one.status), one.issued_at, one.message.sha256))


def _settle(report: Report, draft: ReportDraft | None, lines: Lines) -> None:
    """Bring the report's own facts up to its leading lines; somebody has to look again."""
    if draft is not None:
        report.status, report.issued_at, report.title = draft.status, draft.issued_at, draft.title
        report.collected_at = draft.collected_at or report.collected_at
    standing = [line for line in lines.current if line.status != Status.CANCELLED]
    report.is_critical = any(line.is_critical for line in standing)
    report.is_abnormal = any(line.abnormality not in UNREMARKABLE for line in standing)
    report.needs_look, report.changed_at = True, clock.now()
    report.save()


def _raise_criticals(report: Report, lines: Lines) -> None:
    """Begin the clock of each new critical value; one that the laboratory replaced needs nobody's answer any more."""
    current = {line.pk for line in lines.current}
    replaced = CriticalResult.objects.filter(report=report, closed_at__isnull=True)
    replaced.exclude(observation__in=current).update(
        closed_at=clock.now(), closed_because=CriticalResult.Closed.CORRECTED, next_step_at=None
    )
    for line in _new_criticals(lines.changed):
        now = clock.now()
        reached = steps_due(now, now)
        critical, is_new = CriticalResult.objects.get_or_create(
            organization_id=report.organization_id,
            observation=line,
            defaults={
                "report": report,
                "identified_at": now,
                "steps_reached": reached,
                "next_step_at": next_step_at(now, reached),
            },
        )
        if is_new:
            publish(
                CriticalResultFiled(
                    organization_id=report.organization_id,
                    critical_id=critical.pk,
                    report_id=report.pk,
                    patient_id=report.patient_id,
                    step=0,
                )
            )


def _new_criticals(lines: Iterable[Observation]) -> list[Observation]:
    return [line for line in lines if line.is_critical]
