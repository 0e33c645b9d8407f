"""The patient is fetched when the clinician is ready and they are not in the room; once."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.foundation import clock
from hearthline.messaging.models import Notification
from hearthline.messaging.rendering import unpack_context
from hearthline.scheduling import services as booking
from hearthline.scheduling.models import WalkInEntry
from hearthline.visits.choices import Modality, VisitState
from hearthline.visits.jobs import tidy_rooms
from hearthline.visits.models import Visit
from hearthline.visits.rules import TIME_TO_COME_IN, Readiness, should_fetch
from hearthline.visits.services import door, room
from hearthline.visits.services.lifecycle import visit_for_appointment
from hearthline.visits.services.ready import fetch_patient
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People


@pytest.fixture
def stage(people: People) -> Stage:
    made = make_visit(people)
    made.visit.patient.email = "rosa@example.org"
    made.visit.patient.save()
    return made


def fetched() -> int:
    return Notification.objects.filter(template="visit.ready").count()


def on_time(stage: Stage) -> datetime:
    moment: datetime = stage.visit.starts_at
    return moment


def test_a_patient_who_is_not_there_is_fetched_once(stage: Stage, people: People) -> None:
    with clock.frozen(on_time(stage)):
        for tab in ("one", "two"):
            stage.join(people.physician, tab)
        tidy_rooms(people.organization.id)
    row = Notification.objects.get(template="visit.ready")
    context = unpack_context(row.context)
    assert context["practitioner"] == stage.practitioner.full_name
    assert str(context["link"]).endswith(f"/care/visits/{stage.visit.pk}/")


def test_a_clinician_who_comes_early_waits_for_the_agreed_time(stage: Stage, people: People) -> None:
    stage.join(people.physician)
    assert fetched() == 0
    with clock.frozen(on_time(stage)):
        room.note_presence(stage.join(people.physician))
        tidy_rooms(people.organization.id)
    assert fetched() == 1


def test_who_is_in_the_waiting_room_is_not_fetched_and_who_went_away_is(stage: Stage, people: People) -> None:
    with clock.frozen(on_time(stage)):
        waiting = stage.join(people.patient)
        stage.join(people.physician)
        assert fetched() == 0
        room.leave_room(actor=people.patient.actor, join=waiting)
        fetch_patient(Visit.objects.get())
    assert fetched() == 1


def test_who_wants_to_be_called_is_not_fetched(stage: Stage, people: People) -> None:
    with clock.frozen(on_time(stage)):
        waiting = stage.join(people.patient)
        door.want_call(actor=people.patient.actor, visit=stage.visit)
        room.leave_room(actor=people.patient.actor, join=waiting)
        stage.join(people.physician)
    assert fetched() == 0


def test_a_visit_that_runs_fetches_nobody(stage: Stage, people: People) -> None:
    with clock.frozen(on_time(stage)):
        patient = stage.join(people.patient)
        stage.join(people.physician)
        stage.admit_patient()
        room.leave_room(actor=people.patient.actor, join=patient)
        tidy_rooms(people.organization.id)
    assert fetched() == 0


def test_the_number_and_the_wish_of_the_line_go_into_the_visit(stage: Stage, people: People) -> None:
    patient, service = stage.visit.patient, stage.visit.appointment.service
    service.takes_walk_ins = True
    service.save()
    entry = booking.join_queue(
        people.nurse.actor,
        patient=patient,
        service=service,
        site=people.site,
        mode="video",
        location_jurisdiction="US-TX",
        location_place="home",
        call_back_number="+15125550134",
    )
    booking.want_call_back(people.nurse.actor, entry=entry, call_back_number="+15125550177")
    booking.cancel_appointment(people.nurse.actor, appointment=stage.visit.appointment, reason_code="clinic")
    called = booking.call_next(people.physician.actor, entry=entry, practitioner_id=stage.practitioner.pk)
    visit = visit_for_appointment(called)
    assert visit is not None
    assert visit.call_back_number == "+15125550177"
    assert visit.call_wanted_at == WalkInEntry.objects.get().call_wanted_at


@given(
    state=st.sampled_from(VisitState),
    modality=st.sampled_from(Modality),
    minutes=st.integers(-60, 60),
    flags=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_the_rule(state: VisitState, modality: Modality, minutes: int, flags: list[bool]) -> None:
    now = clock.now()
    readiness = Readiness(state, modality, now - timedelta(minutes=minutes), *flags)
    is_due = readiness.has_been_here or minutes >= (
        TIME_TO_COME_IN.total_seconds() / 60 if readiness.is_walk_in else 0
    )
    expected = (
        state in {VisitState.PLANNED, VisitState.PREPARING, VisitState.WAITING}
        and modality != Modality.PHONE
        and readiness.is_clinician_here
        and not readiness.is_patient_here
        and not readiness.wants_call
        and is_due
    )
    assert should_fetch(readiness, now) == expected
