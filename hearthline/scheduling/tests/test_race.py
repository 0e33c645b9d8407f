"""Sixteen people want the same time: real threads, real commits, the application's login."""

from datetime import timedelta
from typing import Any

import pytest

from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.scheduling import errors, services
from hearthline.scheduling.models import Appointment, BookingDraft, WalkInEntry
from hearthline.scheduling.services.own_line import join_own_line
from hearthline.scheduling.tests.line import OPEN, enter, make_line, make_ready_draft
from hearthline.scheduling.tests.stage import NINE, NOW, Stage, make_bookable, make_row, make_stage
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People

THREADS = 16
JOINING = 8


@pytest.fixture
def stage(people: People, committed: None) -> Stage:
    with acting_in(people.organization.id):
        return make_stage(people)


def race(stage: Stage, work: Any) -> list[Any]:
    def run(number: int) -> Any:
        with clock.frozen(NOW), acting_in(stage.people.organization.id):
            return work(number)

    return run_in_threads(THREADS, run)


def winners(results: list[Any], *losing: type[Exception]) -> int:
    unexpected = [one for one in results if isinstance(one, BaseException) and not isinstance(one, losing)]
    assert unexpected == []
    return sum(isinstance(one, Appointment) for one in results)


def test_one_time_has_one_winner(stage: Stage) -> None:
    people = stage.people
    with acting_in(people.organization.id):
        patients = [make_patient(people, f"Patient{number}", "Haddad") for number in range(THREADS)]
    actor = people.navigator.actor

    def work(number: int) -> Appointment:
        return services.book_appointment(
            actor,
            patient=patients[number],
            service=stage.service,
            practitioner_id=stage.practitioner.id,
            starts_at=NINE,
            mode="video",
            location_jurisdiction="US-TX",
            location_place="home",
            idempotency_key=f"race-{number}",
        )

    assert winners(race(stage, work), errors.SlotNotOfferedError, errors.SlotTakenError) == 1
    with acting_in(people.organization.id):
        assert Appointment.objects.count() == 1


def test_the_constraint_alone_lets_one_through(stage: Stage) -> None:
    """Rows written past the services, without taking turns: the database has the last word."""
    people = stage.people
    with acting_in(people.organization.id):
        patients = [make_patient(people, f"Patient{number}", "Haddad") for number in range(THREADS)]
    results = race(stage, lambda number: make_row(stage, patient=patients[number]))
    assert sum(isinstance(one, Appointment) for one in results) == 1
    with acting_in(people.organization.id):
        assert Appointment.objects.count() == 1


def test_one_patient_gets_one_of_sixteen_clinicians(stage: Stage) -> None:
    people = stage.people
    others = ["specialist", "nurse", "navigator", "administrator", "technician", "auditor", "attendant"]
    with acting_in(people.organization.id):
        clinicians = [
            make_bookable(people.by_role[role], stage.service, family=role, site=people.site)
            for role in others
        ]
    ids = [one.id for one in clinicians] * 3

    def work(number: int) -> Appointment:
        return services.book_appointment(
            people.navigator.actor,
            patient=stage.patient,
            service=stage.service,
            practitioner_id=ids[number],
            starts_at=NINE,
            mode="video",
            location_jurisdiction="US-TX",
            location_place="home",
            idempotency_key=f"race-{number}",
        )

    losing = (errors.PatientBusyError, errors.SlotNotOfferedError, errors.SlotTakenError)
    assert winners(race(stage, work), *losing) == 1


def test_sixteen_holds_and_an_expired_one_in_the_way(stage: Stage) -> None:
    people = stage.people
    with acting_in(people.organization.id):
        make_row(stage, status="held", held_until=NOW - timedelta(seconds=1), patient=None)
        drafts = [
            BookingDraft.objects.create(
                organization_id=people.organization.id,
                service=stage.service,
                urgency="clear",
                location_jurisdiction="US-TX",
                location_place="home",
                mode="video",
                expires_at=NOW + timedelta(days=1),
            )
            for _ in range(THREADS)
        ]

    def work(number: int) -> Appointment:
        return services.hold_slot(
            people.patient.actor,
            draft=drafts[number],
            practitioner_id=stage.practitioner.id,
            starts_at=NINE,
        )

    assert winners(race(stage, work), errors.SlotNotOfferedError, errors.SlotTakenError) == 1
    with acting_in(people.organization.id):
        assert [row.held_until for row in Appointment.objects.all()] == [NOW + timedelta(minutes=10)]


def test_double_submit_of_one_draft_books_once(stage: Stage) -> None:
    people = stage.people
    with acting_in(people.organization.id), clock.frozen(NOW):
        draft = BookingDraft.objects.create(
            organization_id=people.organization.id,
            service=stage.service,
            urgency="clear",
            location_jurisdiction="US-TX",
            location_place="home",
            mode="video",
            expires_at=NOW + timedelta(days=1),
        )
        services.hold_slot(
            people.patient.actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE
        )
    results = race(
        stage, lambda _: services.book_draft(people.patient.actor, draft=draft, patient=stage.patient)
    )
    assert winners(results) == THREADS
    assert len({row.pk for row in results}) == 1
    with acting_in(people.organization.id):
        assert Appointment.objects.get().changes.count() == 1


def test_eight_devices_join_the_line_once(people: People, committed: None) -> None:
    with clock.frozen(OPEN), acting_in(people.organization.id):
        stage = make_line(people)
        drafts = [make_ready_draft(stage) for _ in range(JOINING)]

    def work(number: int) -> WalkInEntry:
        with clock.frozen(OPEN), acting_in(people.organization.id):
            return join_own_line(people.patient.actor, draft=drafts[number], call_back_number="+15125550134")

    results = run_in_threads(JOINING, work)
    assert len({one.pk for one in results}) == 1, results
    with acting_in(people.organization.id):
        assert WalkInEntry.objects.count() == 1


def test_the_constraint_alone_lets_one_join(people: People, committed: None) -> None:
    with acting_in(people.organization.id):
        stage = make_line(people)

    def work(_number: int) -> WalkInEntry:
        with clock.frozen(OPEN), acting_in(people.organization.id):
            return enter(stage)

    results = run_in_threads(JOINING, work)
    assert sum(isinstance(one, WalkInEntry) for one in results) == 1
    assert sum(isinstance(one, errors.AlreadyWaitingError) for one in results) == JOINING - 1, results
