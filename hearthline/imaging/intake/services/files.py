"""Files come in: kept encrypted as they were sent, in quarantine until they are proved."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import blobs, clock
from hearthline.foundation.blobs import BlobTooLargeError, Readable
from hearthline.foundation.uploads import clean_name
from hearthline.identity.actor import Actor
from hearthline.imaging.intake import jobs
from hearthline.imaging.intake.choices import Form, Source, State
from hearthline.imaging.intake.models import NAME_LENGTH, Capture, File
from hearthline.imaging.intake.renditions import add_rendition
from hearthline.imaging.intake.rules import MAX_FILE_BYTES, ORGANIZATION_QUARANTINE_BYTES

ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
UNKNOWN_TYPE = "application/octet-stream"


class TooLargeError(ValueError):
    """The file is larger than any that is taken; nothing was kept."""


class AlteredError(ValueError):
    """What arrived is not what was declared; nothing was kept."""


class QuotaError(ValueError):
    """So much waits to be checked already that nothing more is taken now."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What the sender says about a file. All of it may be left out."""

    name: str = ""
    body_site: str = ""
    laterality: str = ""
    view: str = ""
    is_sensitive: bool = False
    is_sent_anyway: bool = False


@transaction.atomic
def receive_file(
    actor: Actor,
    *,
    patient: Patient,
    stream: Readable,
    source: Source,
    key: str,
    capture: Capture | None = None,
    description: Description | None = None,
    expected_sha256: str = "",
) -> File:
    """Keep a file in quarantine and queue its examination; whether it is taken is told by an event.

    ``key`` makes a repeat from the same ``source`` the same file (an upload's id, a message's id). The caller has
    asked whether the actor may send for the patient.

    Raises:
        TooLargeError: more than ``rules.MAX_FILE_BYTES``.
        QuotaError: the organization's quarantine is full.
        AlteredError: the content's digest is not ``expected_sha256``.
    """
    known = File.objects.filter(organization_id=actor.organization_id, source=source, key=key).first()
    if known is not None:
        return known
    if _quarantined_bytes(actor) > ORGANIZATION_QUARANTINE_BYTES:
        raise QuotaError
    try:
        kept = blobs.store(actor.organization_id, stream, UNKNOWN_TYPE, max_bytes=MAX_FILE_BYTES)
    except BlobTooLargeError as error:
        raise TooLargeError from error
    if expected_sha256 and kept.sha256 != expected_sha256:
        raise AlteredError  # the night's sweep removes what was stored, since no row names it
    said = _described(description or Description(), capture)
    file = File.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        capture=capture,
        uploader_id=actor.user_id,
        source=source,
        key=key,
        sha256=kept.sha256,
        size_bytes=kept.size,
        **said,
    )
    add_rendition(file, form=Form.ORIGINAL, kept=kept)
    record(actor, "file.received", file, patient_id=patient.pk)
    jobs.examine_file.defer(organization_id=file.organization_id, file_id=str(file.pk))
    return file


@transaction.atomic
def take_back_file(actor: Actor, *, file: File) -> None:
    """Take back a file that came by mistake: nobody finds it any more. The caller has asked whether the actor may.

    What another package made a copy of (a case) stays there.
    """
    locked = File.objects.select_for_update().get(pk=file.pk)
    if locked.taken_back_at is None:
        locked.taken_back_at = clock.now()
        locked.save(update_fields=["taken_back_at"])
        record(actor, "file.taken_back", locked, patient_id=locked.patient_id)


def _described(said: Description, capture: Capture | None) -> dict[str, object]:
    return {
        "name": _shown_name(said.name),
        "body_site": said.body_site or (capture.body_site if capture else ""),
        "laterality": said.laterality or (capture.laterality if capture else ""),
        "view": said.view,
        "is_sensitive": said.is_sensitive or bool(capture and capture.is_sensitive),
        "is_sent_anyway": said.is_sent_anyway,
    }


def _quarantined_bytes(actor: Actor) -> int:
    waiting = File.objects.filter(organization_id=actor.organization_id, state=State.QUARANTINED)
    return waiting.aggregate(total=Sum("size_bytes"))["total"] or 0


def _shown_name(name: str) -> str:
    """Return the sender's name for a file, fit to show. Its ending is kept: it tells a table from other text."""
    ending = ENDING.search(name)
    return (clean_name(name, "") + (ending[0] if ending else ""))[:NAME_LENGTH] if name else ""
