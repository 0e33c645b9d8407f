"""Objects of the stage's patient: photos, a study and a laboratory result, as they come by their own doors."""

import io
from itertools import count
from typing import Any

from hearthline.charting.results.models import Report
from hearthline.charting.results.tests.stage import make_stage as make_laboratory
from hearthline.charting.results.tests.stage import nm, oru
from hearthline.consults.models import Consult, WantedPhoto
from hearthline.consults.services import attaching
from hearthline.consults.subscribers import bring_photo
from hearthline.consults.tests.stage import CaseStage, ask_unassigned, grant
from hearthline.directory.models import Patient
from hearthline.foundation.ids import new_id
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.tests.stage import of_patient, sample, take, written
from hearthline.imaging.intake import examination, services
from hearthline.imaging.intake.choices import Source
from hearthline.imaging.intake.events import FileAccepted
from hearthline.imaging.intake.models import Capture, File
from hearthline.imaging.intake.services import Description, Place
from hearthline.imaging.intake.tests.hostile import photo
from hearthline.imaging.intake.tests.stage import make_photographed
from tests.people import Person

WIDTHS = count(800, 8)  # no two photos are alike


def make_capture(stage: CaseStage, person: Person | None = None, **place: Any) -> Capture:
    make_photographed(stage.people)
    facts = Place(**{"body_site": "arm", "laterality": "L", **place})
    return services.open_capture(
        (person or stage.people.patient).actor, patient=stage.patient, place=facts, key=str(new_id())
    )


def send_photo(stage: CaseStage, capture: Capture, view: str = "close", *, is_told: bool = True) -> File:
    """A photo of a set, examined as the worker does, and what follows from it."""
    file = services.receive_file(
        stage.people.patient.actor,
        patient=stage.patient,
        stream=io.BytesIO(photo(size=(next(WIDTHS), 640))),
        source=Source.FORM,
        key=str(new_id()),
        capture=capture,
        description=Description(view=view),
    )
    examination.examine(file.organization_id, file.pk)
    if is_told:
        bring_photo(
            FileAccepted(
                organization_id=file.organization_id,
                file_id=file.pk,
                patient_id=file.patient_id,
                capture_id=file.capture_id,
            )
        )
    return File.objects.get(pk=file.pk)


def make_study(stage: CaseStage, *, of: Patient | None = None, **values: Any) -> Study:
    patient = of or stage.patient
    data = of_patient(sample(), patient, **values)
    take(stage.asker.actor, patient, written(data))
    return Study.objects.get(study_uid=data.StudyInstanceUID)


def make_result(stage: CaseStage, *lines: str, control: str = "M1", **values: str) -> Report:
    laboratory = make_laboratory(stage.people)
    laboratory.take(oru(*(lines or (nm("6.9", flag="HH"),)), control=control, **values), control)
    return Report.objects.get(patient=stage.patient, filler_number=values.get("filler", "F-1"))


def make_given(stage: CaseStage) -> tuple[Consult, Study, Report, File]:
    """A case with a photo, a study and a result, granted to the other organization."""
    consult = ask_unassigned(stage)
    study, report = make_study(stage), make_result(stage)
    file = send_photo(stage, make_capture(stage))
    attaching.attach_all(stage.asker.actor, consult=consult, objects=[study, report, file])
    grant(stage, consult)
    return Consult.objects.get(pk=consult.pk), study, report, file


def request_of(consult: Consult) -> WantedPhoto:
    return WantedPhoto.objects.get(consult=consult, is_request=True)
