"""The pages of a case as people see them: asked by a clinician, read elsewhere, asked by a patient. Photographed."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from hearthline.charting.results.tests.stage import nm
from hearthline.consults.models import Consult
from hearthline.consults.services import asking, attaching, reading
from hearthline.consults.services.photographing import link_photos
from hearthline.consults.specialties import SPECIALTIES
from hearthline.consults.tests.objects import make_capture, make_given, make_result, send_photo
from hearthline.consults.tests.stage import FACTS, CaseStage, as_person, begin_question, clear, make_stage
from hearthline.foundation import clock
from hearthline.identity.models import User
from hearthline.tenancy.context import acting_in
from tests.people import People

pytestmark = pytest.mark.browser
LookAt = Callable[..., None]


@pytest.fixture
def stage(people: People, committed: None) -> CaseStage:
    with acting_in(people.organization.id):
        made = make_stage(people)
        User.objects.filter(pk=people.patient.user.pk).update(language="ar")
        return made


def page(name: str, *arguments: object) -> str:
    return reverse(f"consults:{name}", args=arguments)


def test_a_case_read_elsewhere(stage: CaseStage, look_at: LookAt) -> None:
    with acting_in(stage.people.organization.id):
        first = {"control": "M0", "filler": "F-0", "issued": "20261001101000-0600"}
        make_result(stage, nm("4.4"), **first)
        consult, study, *_given = make_given(stage)
        private = make_capture(stage, body_site="genital", laterality="U", chaperone="alone")
        attaching.attach_received(
            stage.asker.actor, consult=consult, file=send_photo(stage, private, "regional")
        )
        photo = consult.attachments.filter(kind="photo", is_sensitive=False).get()
        result = consult.attachments.get(kind="result")
        unasked = begin_question(stage, other_matter="Another")
    with as_person(stage.outside) as actor:
        reading.begin(actor, consult=consult)
    outside, asker = stage.outside, stage.asker
    look_at(page("case", consult.pk), "consult-case-read", outside, languages=False)
    look_at(page("answer", consult.pk), "consult-answer", outside, languages=False)
    look_at(page("photo", consult.pk, photo.pk), "consult-photo", outside, languages=False)
    look_at(page("study", consult.pk, study.pk), "consult-study", outside, languages=False)
    look_at(page("result", consult.pk, result.pk), "consult-result", outside, languages=False)
    look_at(page("question", unasked.pk), "consult-question", asker, languages=False)
    look_at(page("add", unasked.pk), "consult-add", asker, languages=False)
    look_at(page("worklist"), "consult-worklist", outside, languages=False)
    look_at(reverse("intake:album", args=[stage.patient.pk]), "photo-album", asker, languages=False)
    look_at(reverse("web:case_visit", args=[consult.pk]), "consult-visit", asker, languages=False)


def test_a_question_of_a_patient(stage: CaseStage, look_at: LookAt) -> None:
    patient = stage.people.patient
    with acting_in(stage.people.organization.id, patient.user.id):
        capture = make_capture(stage)
        question = asking.begin_question(
            patient.actor,
            patient=stage.patient,
            specialty="dermatology",
            flags=SPECIALTIES["dermatology"].flags(),
            answers=clear(),
        )
        link_photos(patient.actor, consult=question, capture=capture)
        for view in ("far", "close"):
            send_photo(stage, capture, view)
    look_at(page("own_question", question.pk), "own-question", patient)
    look_at(page("add", question.pk), "own-add", patient)
    with acting_in(stage.people.organization.id, patient.user.id):
        asking.save_question(
            patient.actor, consult=question, question="¿Es peligrosa?", facts=FACTS, urgency="routine"
        )
        asked = asking.ask(
            patient.actor,
            consult=Consult.objects.get(pk=question.pk),
            told_by_name="Rosa Delgado",
            patient_told_at=clock.now(),
            shares_record=True,
        )
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=asked)
        place = {"body_site": "arm", "laterality": "L", "view": "scale"}
        reading.ask_more(actor, consult=asked, text="Una foto con una regla, por favor.", photo=place)
    look_at(page("own_case", question.pk), "own-case-waiting", patient)
    look_at(page("photos", question.pk), "own-case-photo", patient)
    look_at(page("own_cases"), "own-cases", patient)
    look_at(reverse("intake:sent", args=[capture.pk]), "photo-sent", patient)
    look_at(reverse("dicom:own_images", args=[stage.patient.pk]), "own-images", patient)
