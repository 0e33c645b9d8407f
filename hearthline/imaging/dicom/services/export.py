"""Photos as DICOM objects, for those outside who read DICOM only. The JPEG inside is the kept one, byte for byte."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import sandbox
from hearthline.identity.actor import Actor

WRAP = "hearthline.imaging.dicom.pixels.photos:wrap_photo"
UID_ROOT = "2.25."  # UIDs made of UUIDs (PS3.5 B.2)
SEX_CODES = {"M": "M", "F": "F", "OTH": "O"}
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
    texts = {
        **_of_patient(patient),
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
    options = {"is_dermoscopy": photo.is_dermoscopy, "texts": texts}
    try:
        answer = sandbox.run_warm(WRAP, photo.content, options=options, limits=LIMITS)
    except sandbox.SandboxRefusedError as refusal:
        raise NotExportableError from refusal
    record(actor, "photo.exported", ("intake.file", photo.file_id), patient_id=patient.pk)
    return answer.parts[0]


def _of_patient(patient: Patient) -> dict[str, str]:
    return {
        "PatientName": f"{patient.family_name}^{patient.given_names}",
        "PatientID": str(patient.pk),
        "PatientBirthDate": patient.birth_date.strftime("%Y%m%d"),
        "PatientSex": SEX_CODES.get(patient.sex_at_birth, ""),
    }
