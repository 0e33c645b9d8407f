"""Photos as DICOM objects, for those outside who read DICOM only. The JPEG inside is the kept one, byte for byte."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import sandbox
from hearthline.foundation.blobs import open_blob
from hearthline.identity.actor import Actor
from hearthline.imaging.intake.choices import BodySite, Form, State
from hearthline.imaging.intake.models import File, Rendition

WRAP = "hearthline.imaging.dicom.pixels.photos:wrap_photo"
UID_ROOT = "2.25."  # UIDs made of UUIDs (PS3.5 B.2)
SEX_CODES = {"M": "M", "F": "F", "OTH": "O"}
# Defined terms of Body Part Examined (PS3.16 annex L, 2024); places that have none there are left out.
BODY_PARTS = {
    BodySite.SCALP: "SCALP",
    BodySite.FACE: "FACE",
    BodySite.EYE: "EYE",
    BodySite.EAR: "EAR",
    BodySite.MOUTH: "MOUTH",
    BodySite.NECK: "NECK",
    BodySite.CHEST: "CHEST",
    BodySite.BREAST: "BREAST",
    BodySite.ABDOMEN: "ABDOMEN",
    BodySite.BACK: "BACK",
    BodySite.SHOULDER: "SHOULDER",
    BodySite.ARM: "ARM",
    BodySite.HAND: "HAND",
    BodySite.BUTTOCK: "BUTTOCK",
    BodySite.LEG: "LEG",
    BodySite.FOOT: "FOOT",
    BodySite.WHOLE: "WHOLEBODY",
}
LIMITS = sandbox.Limits(memory_bytes=1024**3, cpu_seconds=10, wall_seconds=20.0)


class NotExportableError(ValueError):
    """The picture is no baseline JPEG in colours or greys."""


@dataclass(frozen=True)
class Photo:
    """A kept photo and what is known of it. ``body_part`` and ``laterality`` as DICOM writes them ("ARM", "L")."""

    content: bytes
    file_id: UUID
    capture_id: UUID
    taken_at: datetime
    body_part: str = ""
    laterality: str = ""
    is_dermoscopy: bool = False
    shows_features: bool = True


def uid_of(identifier: UUID) -> str:
    """Return the DICOM UID of one of our identifiers: the same each time."""
    return f"{UID_ROOT}{identifier.int}"


def export_photo(actor: Actor, *, patient: Patient, photo: Photo) -> bytes:
    """Return a VL Photographic (or Dermoscopic Photography) file of a photo.

    Photos of one capture are one study and series. The caller has made sure that the actor may see both.

    Raises:
        NotExportableError: the picture cannot stand in such an object.
    """
    content = _wrapped(photo, _texts_of(patient, photo))
    record(actor, "photo.exported", ("intake.file", photo.file_id), patient_id=patient.pk)
    return content


def _texts_of(patient: Patient, photo: Photo) -> dict[str, str]:
    return {
        **of_patient(patient),
        "SOPInstanceUID": uid_of(photo.file_id),
        "StudyInstanceUID": uid_of(photo.capture_id),
        "SeriesInstanceUID": uid_of(photo.capture_id) + ".1",
        "StudyDate": photo.taken_at.strftime("%Y%m%d"),
        "StudyTime": photo.taken_at.strftime("%H%M%S"),
        "ContentDate": photo.taken_at.strftime("%Y%m%d"),
        "ContentTime": photo.taken_at.strftime("%H%M%S"),
        "AcquisitionDateTime": photo.taken_at.strftime("%Y%m%d%H%M%S%z"),
        "TimezoneOffsetFromUTC": photo.taken_at.strftime("%z"),
        "ReferringPhysicianName": "",
        "StudyID": photo.capture_id.hex[-8:],
        "AccessionNumber": "",
        "SeriesNumber": "1",
        "InstanceNumber": "1",
        "PatientOrientation": "",
        "RecognizableVisualFeatures": "YES" if photo.shows_features else "NO",
        **({"BodyPartExamined": photo.body_part} if photo.body_part else {}),
        **({"ImageLaterality": photo.laterality} if photo.laterality else {}),
    }


def _wrapped(photo: Photo, texts: dict[str, str]) -> bytes:
    options = {"is_dermoscopy": photo.is_dermoscopy, "texts": texts}
    try:
        return sandbox.run_warm(WRAP, photo.content, options=options, limits=LIMITS).parts[0]
    except sandbox.SandboxRefusedError as refusal:
        raise NotExportableError from refusal


def export_file(actor: Actor, *, file: File, is_dermoscopy: bool) -> bytes:
    """As ``export_photo``, for a received photo: upright, without the place and camera of its own header.

    The caller has reached the file by ``access.get_photo_for``.

    Raises:
        NotExportableError: it is no checked picture, or one that cannot stand in such an object.
    """
    return export_photo(actor, patient=file.patient, photo=_photo_of(file, is_dermoscopy=is_dermoscopy))


def wrapped_file(file: File) -> bytes:
    """Return a received photo as an object, for use in this house: nobody is given it, nothing is written down.

    Raises:
        NotExportableError: as ``export_file``.
    """
    photo = _photo_of(file, is_dermoscopy=False)
    return _wrapped(photo, _texts_of(file.patient, photo))


def _photo_of(file: File, *, is_dermoscopy: bool) -> Photo:
    kept = Rendition.objects.filter(file=file, form=Form.SANITIZED).first()
    if file.state != State.ACCEPTED or kept is None:
        raise NotExportableError
    return Photo(
        content=open_blob(file.organization_id, kept.sha256).read(),
        file_id=file.pk,
        capture_id=file.capture_id or file.pk,
        taken_at=file.created_at,
        body_part=BODY_PARTS.get(BodySite(file.body_site), "") if file.body_site else "",
        laterality=file.laterality,
        is_dermoscopy=is_dermoscopy,
    )


def of_patient(patient: Patient) -> dict[str, str]:
    """Return who a header that we write is about, by keyword."""
    return {
        "PatientName": f"{patient.family_name}^{patient.given_names}",
        "PatientID": str(patient.pk),
        "PatientBirthDate": patient.birth_date.strftime("%Y%m%d"),
        "PatientSex": SEX_CODES.get(patient.sex_at_birth, ""),
    }
