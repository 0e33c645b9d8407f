"""Real objects for the walk over every route."""

from typing import Any

from hearthline.consults.models import Consult
from hearthline.consults.services import answering, asking, attaching, reading
from hearthline.consults.specialties import SPECIALTIES
from hearthline.consults.tests.objects import make_capture, make_result, make_study, send_photo
from hearthline.consults.tests.stage import as_person, ask, begin_question, clear, draft, make_stage
from hearthline.consults.views.asking import flags_of
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    stage = make_stage(people)
    own = asking.begin_question(
        people.patient.actor,
        patient=stage.patient,
        specialty="dermatology",
        flags=SPECIALTIES["dermatology"].flags(),
        answers=clear(),
    )
    consult = ask(stage)
    study, report = make_study(stage), make_result(stage)
    photo = send_photo(stage, make_capture(stage))
    attaching.attach_all(stage.asker.actor, consult=consult, objects=[study, report, photo])
    unasked = begin_question(stage, other_matter="Another")
    with as_person(stage.reader):
        reading.begin(stage.reader.actor, consult=consult)
        written = draft(consult, stage.reader)
        answering.sign(
            stage.reader.actor,
            consult=Consult.objects.get(pk=consult.pk),
            kind=written.Kind.FINAL,
            revision=written.revision,
        )
    entry = reading.count(stage.asker.actor, consult=consult, seconds=30)
    of_case, of_patient = {"consult_id": consult.pk}, {"patient_id": stage.patient.pk}
    assert entry is not None
    assert flags_of(SPECIALTIES["dermatology"])
    given = {one.kind: {**of_case, "attachment_id": one.pk} for one in consult.attachments.all()}
    return {
        "consults:case": of_case,
        "consults:act": {**of_case, "code": "tell"},
        "consults:question": {"consult_id": unasked.pk},
        "consults:answer": of_case,
        "consults:letter": of_case,
        "consults:report": of_case,
        "consults:file": given["file"],
        "consults:form": {**given["photo"], "form": "thumbnail"},
        "consults:photo": given["photo"],
        "consults:result": given["result"],
        "consults:study": {**of_case, "study_id": study.pk},
        "consults:study_ohif": {**of_case, "study_id": study.pk},
        "consults:add": of_case,
        "consults:photos": of_case,
        "consults:images_root": of_case,
        "consults:images": {**of_case, "resource": "studies"},
        "consults:beat": of_case,
        "consults:correct_time": {**of_case, "entry_id": entry.pk},
        "consults:choose": of_patient,
        "consults:screen": {**of_patient, "specialty": "dermatology"},
        "consults:own_screen": {**of_patient, "specialty": "dermatology"},
        "consults:own_case": of_case,
        "consults:own_question": {"consult_id": own.pk},
        "web:case_visit": of_case,
    }
