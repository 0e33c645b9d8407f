"""One more photo: asked for in the case, taken in the guided set, there by itself; the clock stands still meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from hearthline.consults.models import Consult, Message, WantedPhoto
from hearthline.consults.services import reading
from hearthline.consults.services.photographing import link_photos
from hearthline.consults.subscribers import bring_words
from hearthline.consults.tests.objects import make_capture, make_given, request_of, send_photo
from hearthline.consults.tests.stage import MONDAY, CaseStage, answer, as_person, ask, begin_question
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.imaging.intake.events import CaptureSent
from hearthline.imaging.intake.models import Capture
from hearthline.imaging.intake.services import send_capture
from hearthline.imaging.intake.tests.stage import make_photographed

WANTED = {"text": "Closer, please", "body_site": "arm", "laterality": "L", "view": "close"}


@pytest.fixture(autouse=True)
def kept_apart(settings: Any, tmp_path: Any) -> None:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"


def now(consult: Consult) -> Consult:
    return Consult.objects.get(pk=consult.pk)


def ask_for_photo(stage: CaseStage, consult: Consult, person: Any, **changes: str) -> int:
    address = reverse("consults:act", args=[consult.pk, "ask-more"])
    return int(person.client.post(address, {**WANTED, **changes}).status_code)


def test_the_asker_is_led_to_the_photo_and_the_clock_runs_on(stage: CaseStage) -> None:
    consult, *_given = make_given(stage)
    with as_person(stage.outside) as actor:
        reading.begin(actor, consult=consult)
    assert ask_for_photo(stage, consult, stage.outside, laterality="") == 422
    assert ask_for_photo(stage, consult, stage.outside, body_site="") == 422
    assert ask_for_photo(stage, consult, stage.outside) == 302
    assert (now(consult).status, now(consult).paused_at) == ("waiting", MONDAY)
    case = stage.asker.client.get(reverse("consults:case", args=[consult.pk])).content.decode()
    page = reverse("consults:photos", args=[consult.pk])
    assert page in case
    assert stage.outside.client.get(page).status_code == 404
    assert "Arm, Left" in stage.asker.client.get(page).content.decode()
    said = {"body_site": "arm", "laterality": "L", "chaperone": "not_needed", "key": str(new_id())}
    led = stage.asker.client.post(page, said).headers["Location"]
    capture = request_of(consult).capture
    assert capture is not None
    assert led == reverse("intake:capture", args=[capture.pk]) + "#view-close"
    assert stage.asker.client.get(page).headers["Location"] == led
    send_photo(stage, capture, "far")
    assert now(consult).status == "waiting"  # not the view that was asked for
    with clock.frozen(MONDAY + timedelta(hours=2)):
        send_photo(stage, capture, "close")
    after = now(consult)
    assert (after.status, after.paused_at, request_of(consult).met_at) == (
        "reading",
        None,
        MONDAY + timedelta(hours=2),
    )
    views = consult.attachments.filter(kind="photo").values_list("view", flat=True)
    assert sorted(views) == ["close", "close", "far"]


def test_a_photo_that_comes_after_the_answer_has_the_case_read_again(stage: CaseStage) -> None:
    consult = ask(stage)
    capture = make_capture(stage)
    link_photos(stage.people.patient.actor, consult=consult, capture=capture)
    answer(consult, stage.reader)
    send_photo(stage, capture)
    assert now(consult).status == "reading"
    assert consult.attachments.get(kind="photo").is_late


def test_an_answer_in_words_meets_the_request_too(stage: CaseStage) -> None:
    consult = ask(stage)
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=consult)
    assert ask_for_photo(stage, consult, stage.reader) == 302
    words = {"text": "It has healed; there is nothing to photograph."}
    assert (
        stage.asker.client.post(reverse("consults:act", args=[consult.pk, "give-more"]), words).status_code
        == 302
    )
    assert request_of(consult).met_at == MONDAY


def test_a_question_begins_with_photos_that_were_sent(stage: CaseStage) -> None:
    capture = make_capture(stage)
    send_photo(stage, capture)
    client = stage.people.patient.client
    sent = client.get(reverse("intake:sent", args=[capture.pk])).content.decode()
    start = f"{reverse('consults:own_cases')}?photos={capture.pk}"
    assert start in sent
    screen = reverse("consults:own_screen", args=[stage.patient.pk, "dermatology"]) + f"?photos={capture.pk}"
    assert screen in client.get(start).content.decode()
    begun = client.post(screen, {"flags": ["none"]})
    consult = Consult.objects.get()
    assert begun.headers["Location"] == reverse("consults:own_question", args=[consult.pk])
    assert consult.attachments.get().view == "close"
    assert (
        reverse("consults:own_question", args=[consult.pk])
        in client.get(reverse("intake:sent", args=[capture.pk])).content.decode()
    )


def test_a_patient_takes_photos_for_a_question_without_losing_its_words(stage: CaseStage) -> None:
    make_photographed(stage.people)
    client = stage.people.patient.client
    client.post(reverse("consults:own_screen", args=[stage.patient.pk, "dermatology"]), {"flags": ["none"]})
    consult = Consult.objects.get()
    question = reverse("consults:own_question", args=[consult.pk])
    led = client.post(question, {"question": "What is it?", "photos": "yes"})
    page = reverse("consults:photos", args=[consult.pk])
    assert (led.headers["Location"], now(consult).question) == (page, "What is it?")
    said = {"body_site": "arm", "laterality": "L", "chaperone": "not_needed", "key": str(new_id())}
    assert client.post(page, said).status_code == 302
    capture = Capture.objects.get()
    send_photo(stage, capture)
    assert "Close up, Arm, Left" in client.get(question).content.decode()
    capture.words = "It itches at night."
    capture.save()
    send_capture(stage.people.patient.actor, capture=capture)
    bring_words(
        CaptureSent(
            organization_id=capture.organization_id, capture_id=capture.pk, patient_id=capture.patient_id
        )
    )
    assert Message.objects.get(consult=consult).text == "It itches at night."


def test_nobody_else_links_photos_to_a_question(stage: CaseStage) -> None:
    consult = begin_question(stage)
    for person in (stage.people.patient, stage.people.specialist, stage.people.stranger):
        assert person.client.get(reverse("consults:photos", args=[consult.pk])).status_code == 404
    assert not WantedPhoto.objects.exists()
