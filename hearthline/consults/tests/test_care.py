"""A patient asks for themselves, in plain words; and reads only what is for them."""

from django.urls import reverse

from hearthline.consults.models import Consult, Message
from hearthline.consults.rules.states import Status
from hearthline.consults.services import closing, reading
from hearthline.consults.tests.objects import make_study
from hearthline.consults.tests.stage import FACTS, CaseStage, answer, as_person, ask
from hearthline.directory.tests.stage import make_patient
from hearthline.imaging.dicom.models import Instance

PLAIN = {f"fact_{code}": value for code, value in FACTS.items()}


def asked(stage: CaseStage) -> Consult:
    client = stage.people.patient.client
    screen = reverse("consults:own_screen", args=[stage.patient.pk, "dermatology"])
    question = client.post(screen, {"flags": ["none"]}).headers["location"]
    assert client.post(question, {"question": "Is it dangerous?", "ask": "yes"}).status_code == 422
    sent = client.post(question, {"question": "Is it dangerous?", "ask": "yes", **PLAIN})
    assert sent.status_code == 302
    return Consult.objects.get()


def test_a_patient_asks_sends_more_reads_and_closes(stage: CaseStage) -> None:
    client = stage.people.patient.client
    consult = asked(stage)
    assert (consult.is_by_patient, consult.status) == (True, Status.ASSIGNED)
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=consult)
        reading.ask_more(actor, consult=consult, text="Please send a photo in daylight")
    page = reverse("consults:own_case", args=[consult.pk])
    assert "Please send a photo in daylight" in client.get(page).content.decode()
    assert client.post(page, {"text": ""}).status_code == 422
    assert client.post(page, {"text": "Here it is"}).status_code == 302
    assert Message.objects.filter(kind="reply").count() == 1
    answer(consult, stage.reader)
    assert "Benign" in client.get(page).content.decode()
    assert Consult.objects.get().status == Status.TOLD  # who reads it is told
    assert client.post(page, {"next_step": "watch"}).status_code == 302
    assert Consult.objects.get().status == Status.CLOSED


def test_a_patient_adds_their_own_images_and_sees_them(stage: CaseStage) -> None:
    client, study = stage.people.patient.client, make_study(stage)
    consult = asked(stage)
    shelf = reverse("consults:add", args=[consult.pk]) + "?what=studies"
    assert (
        client.post(
            shelf, {"thing": str(make_study(stage, of=make_patient(stage.people, "Ada", "Marsh")).pk)}
        ).status_code
        == 422
    )
    assert client.post(shelf, {"thing": str(study.pk)}).status_code == 302
    shown = client.get(reverse("consults:own_case", args=[consult.pk])).content.decode()
    viewer = reverse("dicom:own_viewer", args=[stage.patient.pk, study.pk])
    still = f"/dicomweb/patients/{stage.patient.pk}/studies/{study.study_uid}/thumbnail"
    assert viewer in shown
    assert still in shown
    (one,) = Instance.objects.filter(series__study=study)
    assert f"/instances/{one.sop_uid}/thumbnail?viewport=1600,1600" in client.get(viewer).content.decode()


def test_an_answer_to_the_clinic_is_the_patients_once_they_were_told(stage: CaseStage) -> None:
    client = stage.people.patient.client
    consult = ask(stage)
    answer(consult, stage.reader)
    page = reverse("consults:own_case", args=[consult.pk])
    letter = reverse("consults:letter", args=[consult.pk])
    assert "Benign" not in client.get(page).content.decode()
    assert client.get(letter).status_code == 404
    closing.tell_patient(stage.asker.actor, consult=consult, how="phone")
    assert "Benign" in client.get(page).content.decode()
    assert client.get(letter).status_code == 200


def test_a_patient_meets_the_number_and_a_closed_desk(stage: CaseStage) -> None:
    client = stage.people.patient.client
    screen = reverse("consults:own_screen", args=[stage.patient.pk, "dermatology"])
    stopped = client.post(screen, {"flags": ["chest_pain"]}, follow=True).content.decode()
    assert "tel:911" in stopped
    stage.desk.is_open_to_patients = False
    stage.desk.save()
    assert client.get(screen).status_code == 404


def test_somebody_elses_patient_reads_nothing(stage: CaseStage) -> None:
    consult = ask(stage)
    for person in (stage.people.caregiver, stage.people.attendant, stage.people.auditor):
        assert person.client.get(reverse("consults:own_case", args=[consult.pk])).status_code in {403, 404}
        assert person.client.get(reverse("consults:letter", args=[consult.pk])).status_code == 404
