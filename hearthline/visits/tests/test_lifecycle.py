from datetime import timedelta

import pytest
from psycopg.types.range import TimestamptzRange

from hearthline.directory.tests.stage import make_practitioner
from hearthline.foundation.ids import new_id
from hearthline.visits.choices import ParticipantState, VisitState
from hearthline.visits.models import SignalMessage, Visit
from hearthline.visits.services import lifecycle, room
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def test_one_visit_for_an_appointment_however_often_it_is_asked_for(stage: Stage) -> None:
    again = lifecycle.visit_for_appointment(stage.visit.appointment)
    assert again == stage.visit
    assert Visit.objects.count() == 1


def test_no_visit_for_an_appointment_in_person(stage: Stage) -> None:
    appointment = stage.visit.appointment
    appointment.mode = "in_person"
    appointment.pk = new_id()
    assert lifecycle.visit_for_appointment(appointment) is None


def test_a_moved_appointment_takes_its_visit_along_and_shows_the_former_clinician_out(stage: Stage) -> None:
    former = stage.join(stage.people.physician)
    appointment = stage.visit.appointment
    appointment.practitioner = make_practitioner(stage.people.specialist, "Varga")
    appointment.starts_at += timedelta(hours=1)
    appointment.ends_at += timedelta(hours=1)
    appointment.period = TimestamptzRange(appointment.starts_at, appointment.ends_at)
    appointment.save()
    lifecycle.follow_move(appointment)
    stage.visit.refresh_from_db()
    assert stage.visit.practitioner == appointment.practitioner
    assert stage.visit.starts_at == appointment.starts_at
    assert SignalMessage.objects.filter(join=former).latest("number").name == "removed"
    assert stage.participant(stage.people.specialist).role == "clinician"


def test_whoever_waits_is_told_when_the_appointment_is_called_off(stage: Stage) -> None:
    waiting = stage.join(stage.people.patient)
    lifecycle.follow_end_of_appointment(stage.visit.appointment, VisitState.CANCELLED)
    stage.visit.refresh_from_db()
    assert stage.visit.state == VisitState.CANCELLED
    assert SignalMessage.objects.get(join=waiting).name == "ended"
    assert stage.participant(stage.people.patient).state == ParticipantState.OUTSIDE


def test_a_visit_in_progress_is_not_called_off_behind_its_back(stage: Stage) -> None:
    stage.begin()
    lifecycle.follow_end_of_appointment(stage.visit.appointment, VisitState.CANCELLED)
    stage.visit.refresh_from_db()
    assert stage.visit.state == VisitState.IN_PROGRESS


def test_a_revoked_session_leaves_its_calls(stage: Stage) -> None:
    _, patient = stage.begin()
    patient.session_key = "a-stay"
    patient.save(update_fields=["session_key"])
    assert room.close_session(stage.people.organization.id, "another-stay") == 0
    assert room.close_session(stage.people.organization.id, "a-stay") == 1
    patient.refresh_from_db()
    assert patient.closed_at is not None
    assert SignalMessage.objects.filter(join=patient).latest("number").name == "signed-out"
    assert stage.participant(stage.people.patient).state == ParticipantState.OUTSIDE
