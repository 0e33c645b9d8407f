"""The examination of a quarantined file: scanned, proved in the sandbox, its forms kept, settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from hearthline.audit.services import record
from hearthline.foundation import blobs, clock, sandbox
from hearthline.foundation.blobs import BlobRef
from hearthline.foundation.events import publish
from hearthline.foundation.sandbox import Limits
from hearthline.identity.actor import Actor
from hearthline.imaging.intake import rules, scanner
from hearthline.imaging.intake.choices import PICTURES, Form, Kind, Scan, State
from hearthline.imaging.intake.events import FileAccepted, FileRefused
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.renditions import add_rendition, store_content
from hearthline.imaging.intake.signatures import HEAD_BYTES, kind_of
from hearthline.tenancy.context import acting_in

SANDBOXED = "hearthline.imaging.intake.sandboxed"
FUNCTIONS: Mapping[Kind, str] = {
    **dict.fromkeys(PICTURES, f"{SANDBOXED}.pictures:examine"),
    Kind.DICOM: f"{SANDBOXED}.dicom:examine",
    Kind.PDF: f"{SANDBOXED}.documents:examine",
    Kind.MP4: f"{SANDBOXED}.films:examine",
    Kind.TEXT: f"{SANDBOXED}.texts:examine",
    Kind.CSV: f"{SANDBOXED}.texts:examine",
    Kind.HL7: f"{SANDBOXED}.texts:examine",
    Kind.FHIR: f"{SANDBOXED}.texts:examine",
}
MEGABYTE = 1024 * 1024
# A picture of fifty megapixels, turned upright, needs about 400 MB; a hostile file is refused long before.
LIMITS = Limits(memory_bytes=900 * MEGABYTE, cpu_seconds=20, wall_seconds=30.0, output_bytes=200 * MEGABYTE)


@dataclass(frozen=True)
class Verdict:
    """What the examination found. ``refusal`` is empty when the file is taken."""

    kind: Kind | None = None
    refusal: str = ""
    scan: Scan = Scan.NOT_ASKED
    facts: Mapping[str, Any] = field(default_factory=dict)
    forms: Mapping[Form, tuple[bytes, str]] = field(default_factory=dict)


def examine(organization_id: UUID, file_id: UUID) -> None:
    """Examine a file unless it is settled already. The parsing happens between two transactions.

    Raises:
        ScannerUnavailableError: the policy wants every file scanned and the scanner does not answer; try again later.
    """
    with acting_in(organization_id):
        file = File.objects.get(pk=file_id)
        name = file.name
    if file.state != State.QUARANTINED:
        return
    content = blobs.open_blob(organization_id, file.sha256).read()
    verdict = judge(content, name)
    kept = {form: store_content(file, *made) for form, made in verdict.forms.items()}
    with acting_in(organization_id):
        _settle(file_id, verdict, kept)


def judge(content: bytes, name: str = "") -> Verdict:
    """Return what a stranger's bytes are and what may be shown of them.

    Raises:
        ScannerUnavailableError: as ``examine``.
        SandboxLimitError: with code ``busy``; too many files are being checked just now.
    """
    if not content:
        return Verdict(refusal="empty")
    kind = kind_of(content[:HEAD_BYTES], name)
    if kind is None:
        return Verdict(refusal="kind")
    scan = scanner.scan(content)
    if scan is Scan.FOUND:
        return Verdict(kind=kind, refusal="harmful", scan=scan)
    try:
        limits = replace(LIMITS, may_start_threads=kind is Kind.HEIC)
        answer = sandbox.run_warm(FUNCTIONS[kind], content, options={"kind": kind.value}, limits=limits)
    except sandbox.SandboxError as error:
        if error.code == "busy":
            raise
        return Verdict(kind=kind, refusal=error.code, scan=scan)
    forms = {
        Form(form): (part, content_type)
        for (form, content_type), part in zip(answer.facts["forms"], answer.parts, strict=True)
    }
    return Verdict(kind=Kind(answer.facts.get("kind", kind)), scan=scan, facts=answer.facts, forms=forms)


def _settle(file_id: UUID, verdict: Verdict, kept: Mapping[Form, BlobRef]) -> None:
    file = File.objects.select_for_update().get(pk=file_id)
    wanted = State.REFUSED if verdict.refusal else State.ACCEPTED
    if not rules.may_move(State(file.state), wanted):
        return
    file.state, file.refusal, file.settled_at = wanted, verdict.refusal, clock.now()
    file.kind, file.scan = verdict.kind or "", verdict.scan
    file.width, file.height = verdict.facts.get("width", 0), verdict.facts.get("height", 0)
    file.findings = verdict.facts.get("findings", [])
    file.preamble_sha256 = verdict.facts.get("preamble_sha256", "")
    file.save()
    for form, ref in kept.items():
        add_rendition(file, form=form, kept=ref)
    actor = Actor.system(file.organization_id, "intake")
    record(actor, f"file.{wanted}", file, patient_id=file.patient_id, reason=verdict.refusal)
    event = FileRefused if verdict.refusal else FileAccepted
    publish(
        event(
            organization_id=file.organization_id,
            file_id=file.pk,
            patient_id=file.patient_id,
            capture_id=file.capture_id,
        )
    )
