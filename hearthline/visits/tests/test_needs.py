"""What has to be there for a visit: from the record to the booking, and what the day and the desks say is missing."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, Requirement
from hearthline.scheduling.rules.requirements import INTERPRETED, WAYS, Kind, is_way_of, wishes_of
from hearthline.scheduling.services.requirements import note_requirements, wishes_of_patient
from hearthline.visits.choices import Window
from hearthline.visits.rescue import Sign
from hearthline.visits.rescue_desk import desk_for
from hearthline.visits.tests.stage import Stage, make_visit
from hearthline.web.day import day_for
from tests.people import People

NOON = datetime.fromisoformat("2026-06-02T17:00+00:00")


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOON):
        yield make_visit(people)


def appointment_of(stage: Stage) -> Appointment:
    found = stage.visit.appointment
    assert isinstance(found, Appointment)
    return found


def ask(stage: Stage, *, language: str = "", needs: tuple[str, ...] = ()) -> None:
    """Write needs on the record and take them over into the appointment, as booking does."""
    patient = stage.visit.patient
    if language:
        patient.interpreter, patient.interpreter_language = "spoken", language
        patient.interpreter_gender, patient.interpreter_name = "woman", "Linh Tran"
        patient.save()
    for need in needs:
        patient.access_needs.create(organization_id=patient.organization_id, kind=need)
    note_requirements(appointment_of(stage), wishes_of_patient(patient))


def signs_of(stage: Stage) -> set[Sign]:
    (row,) = desk_for(stage.people.navigator.actor, Window.MINUTES)
    return set(row.risk.signs) & {Sign(kind) for kind in Kind}


def test_every_kind_can_be_met_and_only_in_its_ways() -> None:
    assert all(WAYS[kind] for kind in Kind)
    assert is_way_of("captions", "typed")
    assert not is_way_of("captions", "clinician")
    assert wishes_of(interpreters=[], access_needs={"large_print", "captions"}).keys() == {Kind.CAPTIONS}
    assert {Kind.INTERPRETER, Kind.SIGN_LANGUAGE} == INTERPRETED


def test_the_day_the_desk_and_the_room_say_which_one_is_missing(stage: Stage) -> None:
    people = stage.people
    ask(stage, language="vi", needs=("captions", "large_print"))
    assert signs_of(stage) == {Sign.INTERPRETER, Sign.CAPTIONS}
    stage.join(people.patient)
    day = day_for(people.physician.actor, whole_clinic=False)
    assert [row.missing for row in day.after] == [
        ["Captions are needed, and not arranged", "No interpreter yet: Vietnamese"]
    ]
    (waiting,) = day.waiting
    assert not waiting.is_ready
    assert "No interpreter yet: Vietnamese" in waiting.readiness
    room = people.physician.client.get(reverse("visits:clinician_room", args=[stage.visit.pk])).text
    assert "Captions are needed, and not arranged" in room


def test_staff_arrange_and_change_what_has_to_be_there(stage: Stage) -> None:
    people = stage.people
    ask(stage, language="vi", needs=("captions",))
    path = reverse("scheduling:staff_needs", args=[stage.visit.appointment_id])
    client = people.navigator.client
    assert client.post(path, {"kind": "captions", "way": "clinician"}).status_code == 422
    assert client.post(path, {"kind": "captions", "way": "typed"}).status_code == 303
    assert client.post(path, {"kind": "interpreter", "way": "on_site"}).status_code == 303
    assert signs_of(stage) == set()
    stage.join(people.patient)
    (waiting,) = day_for(people.physician.actor, whole_clinic=False).waiting
    assert waiting.is_ready
    changed = {"interpreter": "yes", "interpreter_language": "ar", "others": ["captions"]}
    assert client.post(path, changed).status_code == 303
    assert signs_of(stage) == {Sign.INTERPRETER}, "another language, so nobody is arranged any more"
    assert client.post(path, {"interpreter": "no"}).status_code == 303
    assert not Requirement.objects.exists()
    for person, status in ((people.stranger, 404), (people.patient, 403), (people.technician, 403)):
        assert person.client.post(path, changed).status_code == status
    Appointment.objects.update(status="cancelled")
    assert client.post(path, changed).status_code == 422


def test_the_patient_reads_what_will_be_there(stage: Stage) -> None:
    ask(stage, language="vi", needs=("captions",))
    page = stage.people.patient.client.get(f"/care/appointments/{stage.visit.appointment_id}/").text
    assert "Interpreter: Vietnamese, a woman, if possible Linh Tran" in page
    assert "Live captions" in page


def test_the_database_refuses_halves(stage: Stage) -> None:
    for values in (
        {"kind": "interpreter", "language": ""},
        {"kind": "captions", "language": "vi"},
        {"kind": "captions", "way": "typed"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Requirement.objects.create(
                organization_id=stage.visit.organization_id,
                appointment=appointment_of(stage),
                **values,
            )
