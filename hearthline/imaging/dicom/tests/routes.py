"""Real objects for the walk over every route."""

from datetime import date
from typing import Any

from hearthline.directory.tests.stage import make_patient
from hearthline.imaging.dicom.models import Hold, Study
from hearthline.imaging.dicom.services.grants import give
from hearthline.imaging.dicom.tests.stage import make_imaging, of_patient, sample, take, written
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    imaging = make_imaging(people)
    person = give(
        people.physician.actor, holder=people.physician.user.id, patient=imaging.patient, reason="To read"
    )
    other = make_patient(people, "Ada", "Marsh", birth_date=date(1971, 6, 2))
    take(people.physician.actor, imaging.patient, written(of_patient(sample(), imaging.patient)))
    take(people.physician.actor, imaging.patient, written(of_patient(sample(), other)))
    patient = {"patient_id": imaging.patient.pk}
    return {
        "dicom:patient_images": patient,
        "dicom:viewer": {**patient, "study_id": Study.objects.get(patient=imaging.patient).pk},
        "dicom:own_images": patient,
        "dicom:own_viewer": {**patient, "study_id": Study.objects.get(patient=imaging.patient).pk},
        "dicom:hold": {"hold_id": Hold.objects.get().pk},
        "dicom:grant_root": {"grant_id": person.pk},
        "dicom:by_grant": {"grant_id": person.pk, "resource": "studies"},
        "dicom:patient_root": {"patient_id": imaging.patient.pk},
        "dicom:by_patient": {"patient_id": imaging.patient.pk, "resource": "studies"},
    }
