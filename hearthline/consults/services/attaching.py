"""Giving objects with a case: uploads, documents of the chart, photos, studies and laboratory results.

The caller has reached the object by its own package's door, and the case as its asker. What is added twice is there
once. After the answer it is late; whoever adds it has the case read again (``reading.reopen_for_late``).
"""

import hashlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from hearthline.charting.models import Document
from hearthline.charting.results.models import Report
from hearthline.consults.models import Attachment, AttachmentForm, Consult, Seen
from hearthline.consults.result_copies import copy_of
from hearthline.consults.rules.states import ANSWERED
from hearthline.consults.services.moving import record_case, signature
from hearthline.foundation.blobs import store
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Instance, Series, Study
from hearthline.imaging.dicom.queries import name_of
from hearthline.imaging.dicom.services.reports import FILED_SERIES
from hearthline.imaging.intake.choices import PICTURES, Form, Kind, State
from hearthline.imaging.intake.models import File, Rendition, Upload
from hearthline.imaging.intake.rules import SMALL_SUFFIX

SMALLER = (Form.PREVIEW, Form.THUMBNAIL)
STUDY_TYPE = "application/dicom"
RESULT_TYPE = "application/json"


def attach_document(actor: Actor, *, consult: Consult, document: Document) -> Attachment:
    """Add a file of the chart to a case."""
    return attach_file(
        actor,
        consult=consult,
        title=document.title,
        content_type=document.content_type,
        sha256=document.sha256,
        size_bytes=document.size_bytes,
    )


@transaction.atomic
def attach_file(
    actor: Actor,
    *,
    consult: Consult,
    title: str,
    content_type: str,
    sha256: str,
    size_bytes: int,
    **facts: Any,
) -> Attachment:
    """Add what is in the file store to a case; the same bytes are there once."""
    found = Attachment.objects.filter(consult=consult, sha256=sha256).first()
    if found is not None:
        return found
    attachment = Attachment.objects.create(
        organization_id=consult.organization_id,
        consult=consult,
        title=title,
        content_type=content_type,
        sha256=sha256,
        size_bytes=size_bytes,
        is_late=consult.status in ANSWERED,
        **facts,
        **signature(actor),
    )
    record_case(actor, "consult.file_added", consult, fields=[attachment.kind])
    return attachment


@transaction.atomic
def attach_received(actor: Actor, *, consult: Consult, file: File) -> Attachment | None:
    """Add a checked file of the patient, a photo with its smaller forms; None for what is shown in another way.

    DICOM objects become studies; nothing of a file in quarantine is given on. A small copy that was sent ahead gives
    way to its original, unless somebody has seen it already.
    """
    forms = {one.form: one for one in Rendition.objects.filter(file=file)}
    shown = forms.get(Form.SANITIZED) or forms.get(Form.ORIGINAL)
    if file.state != State.ACCEPTED or file.kind == Kind.DICOM or shown is None or _is_outrun(consult, file):
        return None
    attachment = attach_file(
        actor,
        consult=consult,
        title=file.name or file.get_kind_display(),
        content_type=shown.content_type,
        sha256=shown.sha256,
        size_bytes=shown.size_bytes,
        kind=Attachment.Kind.PHOTO if file.kind in PICTURES else Attachment.Kind.FILE,
        file=file,
        body_site=file.body_site,
        laterality=file.laterality,
        view=file.view,
        is_sensitive=file.is_sensitive,
        findings=file.findings,
        is_sent_anyway=file.is_sent_anyway,
    )
    for name in SMALLER:
        if name in forms:
            _keep_form(attachment, forms[name])
    _part_from_small_copy(consult, file)
    return attachment


def _keep_form(attachment: Attachment, rendition: Rendition) -> None:
    AttachmentForm.objects.get_or_create(
        organization_id=attachment.organization_id,
        attachment=attachment,
        form=rendition.form,
        defaults={
            "consult_id": attachment.consult_id,
            "content_type": rendition.content_type,
            "sha256": rendition.sha256,
            "size_bytes": rendition.size_bytes,
        },
    )


def _upload_key(file: File) -> str:
    return Upload.objects.filter(file=file).values_list("key", flat=True).first() or ""


def _is_outrun(consult: Consult, file: File) -> bool:
    """Whether a small copy comes when its original is there already."""
    key = _upload_key(file)
    if not key.endswith(SMALL_SUFFIX):
        return False
    return Attachment.objects.filter(
        consult=consult, file__upload__key=key.removesuffix(SMALL_SUFFIX)
    ).exists()


def _part_from_small_copy(consult: Consult, file: File) -> None:
    key = _upload_key(file)
    if key:
        ahead = Attachment.objects.filter(consult=consult, file__upload__key=f"{key}{SMALL_SUFFIX}")
        ahead.exclude(pk__in=Seen.objects.filter(consult=consult).values("attachment_id")).delete()


@transaction.atomic
def attach_study(actor: Actor, *, consult: Consult, study: Study) -> Attachment:
    """Add a study: all its images, also those that still come."""
    found = Attachment.objects.filter(consult=consult, study=study).first()
    if found is not None:
        return found
    images = list(instances_of(study).values_list("sha256", "size"))
    return attach_file(
        actor,
        consult=consult,
        title=name_of(study),
        content_type=STUDY_TYPE,
        sha256=hashlib.sha256(
            "\n".join([str(study.pk), *(digest for digest, _ in images)]).encode()
        ).hexdigest(),
        size_bytes=sum(size for _, size in images),
        kind=Attachment.Kind.STUDY,
        study=study,
    )


def instances_of(study: Study) -> QuerySet[Instance]:
    """Return what came into a study from outside and is there to be seen, in a settled order; no answers of ours."""
    series = Series.objects.filter(study=study).exclude(FILED_SERIES)
    return Instance.objects.filter(series__in=series, retracted_at__isnull=True).order_by("sha256", "id")


@transaction.atomic
def attach_result(actor: Actor, *, consult: Consult, report: Report) -> Attachment:
    """Add a laboratory result as it is now, with the trend of its numbers; a later version is added anew."""
    content = copy_of(report).encode()
    blob = store(consult.organization_id, BytesIO(content), RESULT_TYPE)
    return attach_file(
        actor,
        consult=consult,
        title=report.title,
        content_type=RESULT_TYPE,
        sha256=blob.sha256,
        size_bytes=blob.size,
        kind=Attachment.Kind.RESULT,
        report=report,
    )


def attach_all(actor: Actor, *, consult: Consult, objects: Iterable[File | Study | Report | Document]) -> int:
    """Add what somebody chose; return how many objects the case has more."""
    before = consult.attachments.count()
    for one in objects:
        if isinstance(one, File):
            attach_received(actor, consult=consult, file=one)
        elif isinstance(one, Study):
            attach_study(actor, consult=consult, study=one)
        elif isinstance(one, Report):
            attach_result(actor, consult=consult, report=one)
        else:
            attach_document(actor, consult=consult, document=one)
    return consult.attachments.count() - before
