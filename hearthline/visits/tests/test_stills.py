"""Stills of an examination camera: who may keep, ask for and remove them, and what the chart says of them."""

import io
from typing import Any

import pytest

from hearthline.charting.models import EncounterFact
from hearthline.charting.notes import statements_of
from hearthline.directory.models import Consent
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.imaging.intake.access import files_for
from hearthline.imaging.intake.choices import BodySite, Laterality, State
from hearthline.imaging.intake.examination import examine
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.tests.hostile import photo
from hearthline.imaging.intake.tests.stage import make_text
from hearthline.visits.choices import EndReason, ExaminationDevice, ParticipantRole
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, SignalMessage, Still
from hearthline.visits.services import admission, guests, room, stills
from hearthline.visits.services.guests import GUEST_COOKIE
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People, Person

TOLD = stills.Told(device=ExaminationDevice.OTOSCOPE, body_site=BodySite.EAR, laterality=Laterality.LEFT)


@pytest.fixture
def stage(people: People) -> Stage:
    make_text(people)
    return make_visit(people)


def get(join: Join) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=join.pk)


def keep(stage: Stage, person: Person, key: str = "one-still", **how: Any) -> Still:
    return stills.keep_still(
        actor=person.actor,
        visit=stage.visit,
        participant=stage.participant(person),
        stream=io.BytesIO(photo(size=(1920, 1080))),
        told=TOLD,
        key=key,
        **how,
    )


def agree(stage: Stage, person: Person) -> Consent:
    text = stills.consent_text_of(stage.visit, "en")
    assert text is not None
    return stills.agree(actor=person.actor, visit=stage.visit, text=text)


def events_of(join: Join, name: str) -> list[dict[str, Any]]:
    return [row.body for row in SignalMessage.objects.filter(join=join, name=name).order_by("number")]


def test_a_still_is_kept_with_the_agreement_it_was_taken_under(stage: Stage) -> None:
    people = stage.people
    clinician, patient = stage.begin()
    with pytest.raises(VisitRefusedError, match="photo_consent"):
        keep(stage, people.patient)
    agree(stage, people.patient)
    still = keep(stage, people.patient)
    assert keep(stage, people.patient).pk == still.pk, "a second press keeps one"
    assert File.objects.count() == Still.objects.count() == 1
    assert (still.consent.signer_name, still.consent.text.version) == (people.patient.user.name, 1)
    examine(stage.visit.organization_id, still.file_id)
    file = File.objects.get(pk=still.file_id)
    assert (file.state, file.width, file.height) == (State.ACCEPTED, 1920, 1080)
    assert (file.body_site, file.laterality) == ("ear", "L")
    stills.note_examined(file.pk)
    wanted = [{"id": str(still.pk), "state": state} for state in ("quarantined", "accepted")]
    assert events_of(clinician, "still") == events_of(patient, "still") == wanted
    assert files_for(people.physician.actor).filter(pk=file.pk).exists(), "among the photos of the chart"
    stage.visit.refresh_from_db()
    [line] = [line for line in statements_of(stage.visit.encounter) if "otoscope" in line]
    assert line.endswith(
        f"photo taken with an otoscope: Ear, Left; {people.patient.user.name}: Photos for your care (v1)."
    )


def test_a_spoken_agreement_is_noted_by_the_clinician_and_by_nobody_else(stage: Stage) -> None:
    people = stage.people
    stage.begin()
    consent = agree(stage, people.physician)
    assert (consent.method, consent.recorded_by_user_id) == ("spoken", people.physician.user.pk)
    with pytest.raises(VisitRefusedError, match="photo_consent"):
        agree(stage, people.stranger)
    assert keep(stage, people.physician).consent_id == consent.pk


def test_nobody_keeps_a_still_who_is_not_in_the_visit_or_only_watches(stage: Stage) -> None:
    people = stage.people
    agree(stage, people.patient)
    stage.join(people.patient)
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        keep(stage, people.patient)
    _, patient = stage.begin()
    watching = Participant.objects.filter(pk=patient.participant_id)
    watching.update(role=ParticipantRole.OBSERVER, agreed_at=clock.now())
    with pytest.raises(VisitRefusedError, match="observer"):
        keep(stage, people.patient)
    watching.update(role=ParticipantRole.PATIENT)
    admission.end_visit(actor=people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        keep(stage, people.patient)


def test_removing_takes_it_out_of_the_chart_and_says_so(stage: Stage) -> None:
    people = stage.people
    stage.begin()
    agree(stage, people.patient)
    still = keep(stage, people.patient)
    with pytest.raises(VisitRefusedError, match="not_allowed"):
        stills.remove_still(
            actor=people.caregiver.actor, still=still, participant=stage.participant(people.physician)
        )
    for _ in range(2):
        stills.remove_still(
            actor=people.patient.actor, still=still, participant=stage.participant(people.patient)
        )
    assert not files_for(people.physician.actor).filter(pk=still.file_id).exists()
    kinds = list(EncounterFact.objects.filter(kind__startswith="still").values_list("kind", flat=True))
    assert kinds == ["still_taken", "still_removed"]
    assert keep(stage, people.patient, "another-one").removed_at is None, "it can be taken again"


def test_a_clinician_asks_and_the_person_with_the_camera_decides(stage: Stage) -> None:
    people = stage.people
    clinician, patient = stage.begin()
    person = patient.participant_id
    with pytest.raises(VisitRefusedError, match="still_wish"):
        stills.wish_still(actor=people.physician.actor, join=get(clinician), person=person)
    stills.show_camera(actor=people.patient.actor, join=get(patient), device="otoscope")
    assert events_of(clinician, "person")[-1]["examinesWith"] == "otoscope"
    stills.wish_still(actor=people.physician.actor, join=get(clinician), person=person)
    [wish] = events_of(patient, "wish")
    assert wish["from"] == str(clinician.participant_id)
    with pytest.raises(VisitRefusedError, match="not_allowed"):
        stills.wish_still(actor=people.patient.actor, join=get(patient), person=clinician.participant_id)
    stills.decline_wish(join=get(patient))
    assert events_of(clinician, "still") == [{"person": str(person), "state": "declined"}]
    agree(stage, people.patient)
    assert keep(stage, people.patient, wished_by=clinician.participant_id).wished_by == clinician.participant
    stage.join(people.patient, tab="two")
    assert stage.participant(people.patient).examines_with == "", "a new tab begins with one's own face"


def test_an_attendant_who_came_by_a_link_takes_a_still_over_the_pages(stage: Stage, client: Any) -> None:
    people, visit = stage.people, stage.visit
    stage.begin()
    invitation, token = guests.invite_guest(
        actor=people.physician.actor, visit=visit, name="Ana", role=ParticipantRole.ATTENDANT
    )
    address = f"/o/{people.organization.slug}/visits/{visit.pk}/stills/"
    assert client.get(address).status_code == 404
    redeemed = guests.redeem(people.organization.id, token)
    client.cookies[GUEST_COOKIE] = f"{people.organization.id}.{redeemed.secret}"
    guest = guests.guest_actor(people.organization.id, redeemed.secret)
    assert guest is not None
    room.join_room(actor=guest, visit=visit, participant=invitation.participant)
    sent = {"device": "dermatoscope", "body_site": "hand", "laterality": "R", "key": str(new_id())}

    def post(**changes: Any) -> Any:
        picture = io.BytesIO(photo())
        picture.name = "still.jpg"
        return client.post(address, {**sent, "picture": picture, **changes})

    assert post().status_code == 409, "not let in yet"
    admission.admit(actor=people.physician.actor, visit=visit, participant=invitation.participant)
    assert post(agree="yes").status_code == 409, "an attendant agrees for nobody"
    agree(stage, people.physician)
    assert post(laterality="X").status_code == 409
    kept = [post() for _ in range(2)]
    assert [one.status_code for one in kept] == [201, 201]
    assert kept[0].json() == kept[1].json()
    page = client.get(address).content.decode()
    assert "Dermatoscope" in page
    still = Still.objects.get()
    shown = f"/visits/{visit.pk}/stills/{still.pk}/preview/"
    assert people.physician.client.get(shown).status_code == 404, "not proved yet"
    examine(visit.organization_id, still.file_id)
    assert people.physician.client.get(shown).status_code == 200
    assert people.patient.client.get(shown).status_code == 404, "neither theirs nor a clinician"
    assert people.stranger.client.get(shown).status_code == 404
    assert (
        client.post(f"{address}{still.pk}/remove/", headers={"accept": "application/json"}).status_code == 200
    )
    assert Still.objects.get().removed_at is not None
