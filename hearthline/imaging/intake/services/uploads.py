"""Sendings in pieces: begun within limits, noted as they grow, finished once, taken back, swept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.imaging.intake import drafts, rules
from hearthline.imaging.intake.choices import Source, UploadState
from hearthline.imaging.intake.drafts import DiskFullError, Draft, DraftStream
from hearthline.imaging.intake.models import Capture, File, Upload
from hearthline.imaging.intake.services import files  # whole: it queues jobs, and a job sweeps uploads

PURPOSE_PHOTO, PURPOSE_FILE, PURPOSE_SMALL = "photo", "file", "small"
ENDED_BADLY = frozenset({UploadState.FAILED, UploadState.EXPIRED, UploadState.TERMINATED})
ORPHAN_AFTER = timedelta(hours=1)  # a draft is on disk a moment before the row that names it commits


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What somebody wants to send. ``sha256`` (hexadecimal) is of the whole file; ``key`` makes a repeat the same."""

    key: str
    length: int
    sha256: str
    metadata: str = ""
    view: str = ""
    is_sent_anyway: bool = False


@transaction.atomic
def begin_upload(actor: Actor, *, patient: Patient, capture: Capture | None, plan: Plan) -> Upload:
    """Begin a sending in pieces, or return the one begun with this key; its draft is on disk then.

    Raises:
        TooLargeError: longer than any file that is taken.
        QuotaError: the person or the organization has too much under way.
        DiskFullError: there is no room for it.
    """
    asked = {
        "organization_id": actor.organization_id,
        "owner_id": cast("UUID", actor.user_id),
        "key": plan.key,
    }
    known = Upload.objects.filter(**asked).first()
    if known is not None and known.state not in ENDED_BADLY:
        return known
    if plan.length > rules.MAX_FILE_BYTES:
        raise files.TooLargeError
    if not _has_room(actor, plan.length):
        raise files.QuotaError
    if drafts.free_bytes() - plan.length < rules.SPARE_DISK_BYTES:
        raise DiskFullError
    if known is not None:
        known.delete()
    upload, is_new = Upload.objects.get_or_create(
        **asked,
        defaults={
            "patient": patient,
            "capture": capture,
            "purpose": _purpose(plan, capture),
            "metadata": plan.metadata,
            "view": plan.view,
            "is_sent_anyway": plan.is_sent_anyway,
            "length": plan.length,
            "sha256": plan.sha256,
            "expires_at": clock.now() + rules.UPLOAD_LIFE,
        },
    )
    if not is_new:
        return upload
    drafts.create_draft(upload.organization_id, upload.pk)
    record(actor, "upload.begun", upload, patient_id=patient.pk)
    return upload


def note_offset(upload: Upload, offset: int) -> None:
    """Note how much has arrived, for lists and quotas; each piece prolongs the life of the sending."""
    Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING).update(
        offset=offset, expires_at=clock.now() + rules.UPLOAD_LIFE
    )


@transaction.atomic
def finish_upload(actor: Actor, *, upload: Upload, draft: Draft, name: str = "") -> File:
    """Make a file of a complete draft whose digest is the declared one. Finishing twice is finishing once.

    Raises:
        AlteredError: the whole file's digest is another.
        QuotaError: the organization's quarantine is full.
    """
    locked = Upload.objects.select_for_update().get(pk=upload.pk)
    if locked.file_id is not None:
        return File.objects.get(pk=locked.file_id)
    file = files.receive_file(
        actor,
        patient=locked.patient,
        stream=DraftStream(draft),
        source=Source.TUS,
        key=str(locked.pk),
        capture=locked.capture,
        description=files.Description(name=name, view=locked.view, is_sent_anyway=locked.is_sent_anyway),
        expected_sha256=locked.sha256,
    )
    locked.file, locked.offset = file, locked.length
    _move(locked, UploadState.FINISHED)
    return file


@transaction.atomic
def end_upload(actor: Actor, *, upload: Upload, state: UploadState) -> None:
    """End a sending that will not be finished: taken back by its owner, altered on the way, or too late."""
    locked = Upload.objects.select_for_update().get(pk=upload.pk)
    if rules.may_move_upload(UploadState(locked.state), state):
        _move(locked, state)
        record(actor, f"upload.{state}", locked, patient_id=locked.patient_id)


def sweep_uploads(organization_id: UUID, now: datetime) -> int:
    """End what took longer than allowed, and remove drafts that nobody needs any more; return how many went."""
    actor = Actor.system(organization_id, "intake")
    late = Upload.objects.filter(
        organization_id=organization_id, state=UploadState.RECEIVING, expires_at__lt=now
    )
    for upload in late:
        end_upload(actor, upload=upload, state=UploadState.EXPIRED)
    open_ids = set(
        Upload.objects.filter(organization_id=organization_id, state=UploadState.RECEIVING).values_list(
            "pk", flat=True
        )
    )
    stale = [
        one
        for one in drafts.draft_ids(organization_id, untouched_since=now - ORPHAN_AFTER)
        if one not in open_ids
    ]
    for upload_id in stale:
        drafts.remove_draft(organization_id, upload_id)
    return len(stale)


def _move(upload: Upload, state: UploadState) -> None:
    upload.state = state
    upload.save(update_fields=["state", "file", "offset"])


def _has_room(actor: Actor, length: int) -> bool:
    under_way = Upload.objects.filter(
        organization_id=actor.organization_id, state=UploadState.RECEIVING, expires_at__gt=clock.now()
    )
    mine = under_way.filter(owner_id=actor.user_id)
    return (
        mine.count() < rules.MAX_OPEN_UPLOADS
        and _total(mine) + length <= rules.PERSON_QUOTA_BYTES
        and _total(under_way) + length <= rules.ORGANIZATION_QUOTA_BYTES
    )


def _total(uploads: QuerySet[Upload]) -> int:
    return uploads.aggregate(total=Sum("length"))["total"] or 0


def _purpose(plan: Plan, capture: Capture | None) -> str:
    if capture is None:
        return PURPOSE_FILE
    return PURPOSE_SMALL if plan.key.endswith(rules.SMALL_SUFFIX) else PURPOSE_PHOTO
