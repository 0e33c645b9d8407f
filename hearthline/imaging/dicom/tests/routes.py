"""Real objects for the walk over every route."""

from datetime import date
from typing import Any

from hearthline.directory.tests.stage import make_patient
from hearthline.imaging.dicom.models import Hold, Study
from hearthline.imaging.dicom.ohif import VERSION
from hearthline.imaging.dicom.services.grants import give
from hearthline.imaging.dicom.services.teaching import start
from hearthline.imaging.dicom.tests.stage import make_imaging, of_patient, sample, take, written
from hearthline.imaging.intake.tests.stage import make_capture, make_file
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
    study = {"study_id": Study.objects.get(patient=imaging.patient).pk}
    machine = {"gateway_id": imaging.gateway.pk}
    reached = Study.objects.get(patient=imaging.patient)
    teaching = {
        "export_id": start(people.physician.actor, patient=imaging.patient, study=reached, reason="-").pk
    }
    return {
        "dicom:patient_images": patient,
        "dicom:own_images": patient,
        "dicom:own_viewer": {**patient, **study},
        "dicom:teaching_of_study": {**patient, **study},
        "dicom:teaching_of_capture": {"capture_id": make_capture(people).pk},
        "dicom:teaching": teaching,
        "dicom:release_teaching": teaching,
        "dicom:end_teaching": teaching,
        "dicom:teaching_files": teaching,
        "dicom:teaching_image": {**teaching, "position": 1},
        "dicom:teaching_picture": {**teaching, "position": 1, "frame": 1},
        "dicom:viewer": {**patient, **study},
        "dicom:ohif": {**patient, **study},
        "dicom:ohif_file": {"version": VERSION, "name": "app.bundle.css"},
        "dicom:correct": {**patient, **study},
        "dicom:shares": patient,
        "dicom:shared_images": {"grant_id": person.pk},
        "dicom:shared_study": {"grant_id": person.pk, **study},
        "dicom:shared_ohif": {"grant_id": person.pk, **study},
        "dicom:end_share": {"grant_id": person.pk},
        "dicom:photo": {"file_id": make_file(people).pk, "form": "photograph"},
        "dicom:machine": machine,
        "dicom:renew_token": machine,
        "dicom:close_machine": machine,
        "dicom:give_root": machine,
        "dicom:hold": {"hold_id": Hold.objects.get().pk},
        "dicom:grant_root": {"grant_id": person.pk},
        "dicom:by_grant": {"grant_id": person.pk, "resource": "studies"},
        "dicom:patient_root": {"patient_id": imaging.patient.pk},
        "dicom:by_patient": {"patient_id": imaging.patient.pk, "resource": "studies"},
    }
