"""Give images away for teaching: a person looks at each picture first, then files without names are made of them."""

import secrets
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import blobs, clock, sandbox
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.events import TeachingExportReleased
from hearthline.imaging.dicom.models import Instance, Study, TeachingExport, TeachingImage
from hearthline.imaging.dicom.pictures import CHILD, LIMITS, original
from hearthline.imaging.dicom.reading import read_headers
from hearthline.imaging.dicom.services.export import NotExportableError, wrapped_file
from hearthline.imaging.intake.choices import PICTURES
from hearthline.imaging.intake.choices import State as FileState
from hearthline.imaging.intake.models import Capture, File

State, Decision = TeachingExport.State, TeachingImage.Decision
MOVES = {
    State.CHECKING: frozenset({State.MAKING, State.ENDED}),
    State.MAKING: frozenset({State.READY, State.FAILED}),
    State.READY: frozenset({State.ENDED}),
    State.FAILED: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}
MOST_IMAGES = 200  # a person looks at each
MOST_FRAMES = 60  # of one object, for the same reason
MOST_BYTES = 1024**3
ZIP_TYPE = "application/zip"
MEMORY_DIRECTORY = "/dev/shm"  # noqa: S108 - memory, not a disk
PICTURE_SIDE, PICTURE_QUALITY = 1600, 85
KEY_BYTES = 32
DEIDENTIFY = "hearthline.imaging.dicom.pixels.deidentify:deidentify"


class RefusedExportError(ValueError):
    """It cannot be done so now; the message says why, for a person."""


@dataclass(frozen=True)
class _Object:
    """A picture as a DICOM object, and where its frames lie in it."""

    content: bytes
    frames: Sequence[Sequence[int]]


@transaction.atomic
def start(
    actor: Actor, *, patient: Patient, reason: str, study: Study | None = None, capture: Capture | None = None
) -> TeachingExport:
    """Begin an export of a study or a set of photos, which the actor has reached.

    Raises:
        PermissionDenied: a machine asks.
        RefusedExportError: there is no picture in it that could be checked, or there are too many.
    """
    if actor.user_id is None:
        raise PermissionDenied
    export = TeachingExport(
        organization_id=actor.organization_id,
        patient=patient,
        study=study,
        capture=capture,
        reason=reason,
        made_by_id=actor.user_id,
    )
    parts: list[dict[str, Any]] = [{"instance": one} for one in _instances_of(study)] if study else []
    parts += [{"file": one} for one in _photos_of(capture)] if capture else []
    if not parts:
        raise RefusedExportError(_("There is no picture in it that could be checked."))
    if len(parts) > MOST_IMAGES:
        words = _("It has more than %(count)d pictures. Somebody has to look at each of them.")
        raise RefusedExportError(words % {"count": MOST_IMAGES})
    export.save(force_insert=True)
    TeachingImage.objects.bulk_create(
        TeachingImage(organization_id=actor.organization_id, export=export, position=position, **part)
        for position, part in enumerate(parts, start=1)
    )
    record(actor, "teaching_export.opened", export, patient_id=patient.pk, reason=reason)
    return export


def too_long_of(study: Study) -> int:
    """Return how many objects of a study have more frames than a person is asked to look at: they stay out of it."""
    return _pictures_of(study).filter(frame_count__gt=MOST_FRAMES).count()


def _pictures_of(study: Study) -> QuerySet[Instance]:
    return Instance.objects.filter(series__study=study, retracted_at__isnull=True, rows__isnull=False)


def _instances_of(study: Study) -> list[Instance]:
    shown = _pictures_of(study).filter(frame_count__lte=MOST_FRAMES)
    return list(shown.order_by("series__number", "series_id", "number", "id").only("id")[: MOST_IMAGES + 1])


def _photos_of(capture: Capture) -> list[File]:
    kinds = [kind.value for kind in PICTURES]
    photos = File.objects.filter(capture=capture, state=FileState.ACCEPTED, kind__in=kinds)
    return list(photos.order_by("created_at", "id")[: MOST_IMAGES + 1])


@transaction.atomic
def check(
    actor: Actor,
    *,
    image: TeachingImage,
    decision: TeachingImage.Decision,
    boxes: Sequence[Sequence[int]] = (),
) -> None:
    """Write down what a person saw in a picture, and what of it is to be blanked.

    Raises:
        RefusedExportError: the export is no longer being checked.
    """
    export = _locked(image.export)
    if export.state != State.CHECKING:
        raise RefusedExportError(_("This export is no longer being checked. Look at its page again."))
    image.decision, image.boxes = decision, [list(box) for box in boxes]
    image.decided_by_id, image.decided_at = actor.user_id, clock.now()
    image.save(update_fields=["decision", "boxes", "decided_by", "decided_at"])
    record(actor, f"teaching_image.{decision.value}", image, patient_id=export.patient_id)


@transaction.atomic
def release(actor: Actor, *, export: TeachingExport) -> None:
    """Have the files made, once somebody has looked at every picture.

    Raises:
        RefusedExportError: some were not looked at, or all were left out.
    """
    locked = _locked(export)
    images = TeachingImage.objects.filter(export=locked)
    if images.filter(decision=Decision.OPEN).exists():
        raise RefusedExportError(_("Somebody has to look at every picture first."))
    if not images.exclude(decision=Decision.LEFT_OUT).exists():
        raise RefusedExportError(_("All pictures were left out."))
    _move(locked, State.MAKING)
    record(actor, "teaching_export.released", locked, patient_id=locked.patient_id)
    publish(TeachingExportReleased(organization_id=locked.organization_id, export_id=locked.pk))


@transaction.atomic
def end(actor: Actor, *, export: TeachingExport) -> None:
    """Let the files go; what was decided stays written down.

    Raises:
        RefusedExportError: it is being made just now, or is over.
    """
    locked = _locked(export)
    _move(locked, State.ENDED, sha256="", size=0)
    record(actor, "teaching_export.ended", locked, patient_id=locked.patient_id)


def _locked(export: TeachingExport) -> TeachingExport:
    return TeachingExport.objects.select_for_update().get(pk=export.pk)


def _move(export: TeachingExport, to: TeachingExport.State, **values: Any) -> None:
    if to not in MOVES[State(export.state)]:
        raise RefusedExportError(_("This cannot be done now. Look at the page again."))
    export.state = to
    for name, value in values.items():
        setattr(export, name, value)
    export.save(update_fields=["state", *values])


def make_files(export: TeachingExport) -> None:
    """Make the files of a released export and keep them as one archive; run again, nothing more happens."""
    if export.state != State.MAKING:
        return
    key = secrets.token_bytes(KEY_BYTES)  # kept nowhere: nobody can find the way back from a new UID
    chosen = TeachingImage.objects.filter(export=export).exclude(decision=Decision.LEFT_OUT)
    try:
        with tempfile.TemporaryFile(dir=MEMORY_DIRECTORY) as archive:
            _fill(archive, export, list(chosen.select_related("instance", "file__patient")), key)
            kept = blobs.store(export.organization_id, archive, ZIP_TYPE, max_bytes=MOST_BYTES)
    except (sandbox.SandboxError, NotExportableError, blobs.BlobTooLargeError):
        _move(export, State.FAILED)
        return
    _move(export, State.READY, sha256=kept.sha256, size=kept.size, ready_at=clock.now())


def _fill(archive: IO[bytes], export: TeachingExport, images: Sequence[TeachingImage], key: bytes) -> None:
    name = f"TEACHING-{export.pk.hex[-8:].upper()}"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        for number, image in enumerate(images, start=1):
            bundle.writestr(f"{number:04d}.dcm", deidentified(image, key=key, name=name, number=number))
    archive.seek(0)


def deidentified(image: TeachingImage, *, key: bytes, name: str, number: int) -> bytes:
    """Return a checked picture as an object without names.

    Raises:
        SandboxError, NotExportableError: it cannot be made.
    """
    made = _object_of(image)
    options = {"frames": made.frames, "boxes": image.boxes, "key": key.hex(), "name": name, "number": number}
    return sandbox.run_warm(DEIDENTIFY, made.content, options=options, limits=LIMITS).parts[0]


def picture(image: TeachingImage, frame: int, boxes: Sequence[Sequence[int]]) -> tuple[bytes, int]:
    """Return a frame as a JPEG with its rectangles blanked, as it would be given away, and how many frames there are.

    Raises:
        SandboxError, NotExportableError: it cannot be drawn.
    """
    made = _object_of(image)
    options = {
        "frames": made.frames,
        "frame": min(max(1, frame), len(made.frames)),
        "window": None,
        "form": "JPEG",
        "quality": PICTURE_QUALITY,
        "viewport": [PICTURE_SIDE, PICTURE_SIDE],
        "boxes": [list(box) for box in boxes],
    }
    answer = sandbox.run_warm(f"{CHILD}render", made.content, options=options, limits=LIMITS)
    return answer.parts[0], len(made.frames)


def _object_of(image: TeachingImage) -> _Object:
    if image.instance is not None:
        return _Object(original(image.instance).read(), image.instance.frames)
    content = wrapped_file(image.file) if image.file is not None else b""
    (read,) = read_headers(content, [(0, len(content))])
    if read.refused:
        raise NotExportableError
    return _Object(content, read.frames)
