import pytest
from django.test import Client
from django.urls import reverse

from hearthline.visits.choices import ParticipantRole, ParticipantState, Question, VisitState
from hearthline.visits.models import DeviceCheck, PreparationAnswer, VisitRating
from hearthline.visits.services.guests import invite_guest
from hearthline.visits.tests.stage import LOCATION, Stage, make_visit
from tests.people import People

ANSWERS = {
    Question.REASON: {"reason": "My knee hurts since Sunday"},
    Question.SYMPTOMS: {"symptoms": ["pain"], "since": "Sunday"},
    Question.MEDICINES: {"takes": "no"},
    Question.PHOTOS: {},
    Question.CONSENT: {"agrees": "on"},
    Question.LOCATION: LOCATION,
    Question.COMPANY: {"alone": "company", "company": "My daughter", "may_speak_freely": "yes"},
}
IDENTITY = {"family_name": "Delgado", "birth_date": "1984-03-12"}


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def url(stage: Stage, name: str, *more: object) -> str:
    return reverse(f"visits:{name}", args=[stage.visit.pk, *more])


def test_the_patient_answers_one_question_a_page(people: People) -> None:
    stage = make_visit(people, is_ready=False)
    client = people.patient.client
    assert client.get(url(stage, "enter")).headers["Location"] == url(stage, "prepare")
    assert "0 of 7" in client.get(url(stage, "prepare")).text
    following = url(stage, "question", "reason")
    for question, answer in ANSWERS.items():
        assert following == url(stage, "question", question.value)
        assert client.get(following).status_code == 200
        answered = client.post(following, answer)
        assert answered.status_code == 302, answered.text
        following = answered.headers["Location"]
    assert following == url(stage, "prepare")
    assert PreparationAnswer.objects.filter(visit=stage.visit).count() == len(Question)
    stage.visit.refresh_from_db()
    assert stage.visit.state == VisitState.PREPARING
    assert stage.visit.company == "My daughter"
    assert not stage.visit.is_alone


def test_answers_are_sealed_in_the_table(stage: Stage) -> None:
    stage.people.patient.client.post(url(stage, "question", "reason"), {"reason": "A lump in my breast"})
    row = PreparationAnswer.objects.extra(select={"raw": "encode(answer, 'escape')"}).get(question="reason")
    assert "lump" not in row.raw
    assert "lump" in row.answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("reason", {"reason": ""}),
        ("reason", {"reason": "x" * 3001}),
        ("symptoms", {"symptoms": ["none", "pain"]}),
        ("symptoms", {"symptoms": ["bogus"]}),
        ("medicines", {"takes": "yes"}),
        ("consent", {}),
        ("location", {**LOCATION, "jurisdiction": "XX-XX"}),
        ("location", {**LOCATION, "call_back_number": "tomorrow"}),
        ("company", {"alone": "company", "may_speak_freely": "yes"}),
    ],
)
def test_a_wrong_answer_is_explained_and_kept_out(
    stage: Stage, question: str, answer: dict[str, object]
) -> None:
    before = PreparationAnswer.objects.filter(visit=stage.visit).count()
    response = stage.people.patient.client.post(url(stage, "question", question), answer)
    assert response.status_code == 422
    assert "error-summary" in response.text
    assert PreparationAnswer.objects.filter(visit=stage.visit).count() == before


def test_the_device_check_keeps_what_it_found_or_that_it_was_skipped(stage: Stage) -> None:
    client = stage.people.patient.client
    assert client.get(url(stage, "check")).headers["Permissions-Policy"].startswith("camera=(self)")
    assert client.post(url(stage, "check"), {}).headers["Location"] == url(stage, "door")
    found = {"camera": "denied", "microphone": "ok", "transport": "udp", "is_voice_only": "on"}
    client.post(url(stage, "check"), found)
    kept = DeviceCheck.objects.order_by("-checked_at").first()
    assert kept is not None
    assert (kept.camera, kept.speaker, kept.is_voice_only) == ("denied", "unknown", True)
    assert client.post(url(stage, "check"), {"camera": "bogus"}).status_code == 422


def test_the_door_wants_two_identifiers(stage: Stage) -> None:
    client = stage.people.patient.client
    assert client.get(url(stage, "room")).headers["Location"] == url(stage, "door")
    assert client.get(url(stage, "door")).status_code == 200
    wrong = client.post(url(stage, "door"), {**IDENTITY, "birth_date": "1984-03-13"})
    assert wrong.status_code == 422
    right = client.post(url(stage, "door"), IDENTITY)
    assert right.headers["Location"] == url(stage, "room")
    waiting = client.get(url(stage, "room"))
    assert waiting.status_code == 200
    assert "Amara Lindqvist" in waiting.text
    face = f"/practitioners/{stage.practitioner.pk}/photo/"
    assert face not in waiting.text
    stage.practitioner.photo_digest = "f" * 64
    stage.practitioner.save()
    assert face in client.get(url(stage, "room")).text


def test_the_door_says_what_keeps_the_patient_out(people: People) -> None:
    stage = make_visit(people, is_ready=False)
    client = people.patient.client
    assert "Two things first" in client.get(url(stage, "door")).text
    client.post(url(stage, "question", "consent"), {"agrees": "on"})
    client.post(url(stage, "question", "location"), {**LOCATION, "jurisdiction": "US-NM"})
    assert "no licence" in client.get(url(stage, "door")).text


def test_leaving_to_be_called(stage: Stage) -> None:
    client = stage.people.patient.client
    client.post(url(stage, "door"), IDENTITY)
    stage.join(stage.people.patient)
    assert client.post(url(stage, "call_me")).headers["Location"] == url(stage, "called")
    assert "512-555-0134" in client.get(url(stage, "called")).text


def test_the_clinician_admits_and_ends_without_script(stage: Stage) -> None:
    client = stage.people.physician.client
    stage.join(stage.people.physician)
    stage.join(stage.people.patient)
    assert client.get(url(stage, "clinician_room")).status_code == 200
    participant = stage.participant(stage.people.patient)
    admitted = client.post(url(stage, "decide", "admit"), {"participant": participant.pk})
    assert admitted.status_code == 302
    participant.refresh_from_db()
    assert participant.state == ParticipantState.ADMITTED
    ended = client.post(url(stage, "decide", "end"), {"reason": "completed"})
    assert ended.headers["Location"] == url(stage, "wrap_up")
    assert client.get(url(stage, "wrap_up")).status_code == 200


def test_a_refused_decision_is_a_conflict_with_words(stage: Stage) -> None:
    stage.join(stage.people.physician)
    participant = stage.participant(stage.people.patient)
    response = stage.people.physician.client.post(
        url(stage, "decide", "admit"), {"participant": participant.pk}, headers={"Accept": "application/json"}
    )
    assert response.status_code == 409
    assert "not here" in response.json()["detail"]


def test_strangers_and_wrong_roles_stay_out(stage: Stage) -> None:
    people = stage.people
    for name in ("clinician_room", "note", "wrap_up"):
        assert people.stranger.client.get(url(stage, name)).status_code == 404
        assert people.specialist.client.get(url(stage, name)).status_code == 404
        for person in (people.patient, people.navigator, people.technician, people.auditor):
            assert person.client.get(url(stage, name)).status_code in {403, 404}
    for name in ("prepare", "door", "room", "after"):
        assert people.physician.client.get(url(stage, name)).status_code == 403
        assert Client().get(url(stage, name)).status_code == 302


def test_rating_care_and_technology(stage: Stage) -> None:
    client = stage.people.patient.client
    nothing = client.post(url(stage, "after"), {})
    assert (nothing.status_code, "Choose at least one answer" in nothing.text) == (422, True)
    answers = {"care": "5", "technology": "2", "faults": ["frozen", "echo"], "comment": "It froze twice"}
    assert client.post(url(stage, "after"), answers).status_code == 302
    assert "Thank you" in client.get(url(stage, "after")).text
    rating = VisitRating.objects.get(visit=stage.visit)
    assert (rating.care, rating.technology, rating.faults) == (5, 2, ["frozen", "echo"])
    assert client.post(url(stage, "after"), {"care": "9"}).status_code == 422


def test_a_guest_comes_by_link_once(stage: Stage) -> None:
    people = stage.people
    _, token = invite_guest(
        actor=people.physician.actor, visit=stage.visit, name="Lucia", role=ParticipantRole.FAMILY
    )
    slug = people.organization.slug
    guest, other = Client(), Client()
    assert guest.get(reverse("visits:guest", args=[slug])).status_code == 200
    redeem = reverse("visits:redeem", args=[slug])
    came = guest.post(redeem, {"token": token})
    assert came.status_code == 200, came.text
    room = came.json()["url"]
    assert token not in room
    page = guest.get(room)
    assert page.status_code == 200
    for secret in ("Delgado", "Rosa", "Lindqvist", "Cedar"):
        assert secret not in page.text, "no names before admission"
    assert other.post(redeem, {"token": token}).status_code == 410
    assert other.get(room).status_code == 302
