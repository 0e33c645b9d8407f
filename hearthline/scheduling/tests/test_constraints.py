"""What the database itself refuses, whoever asks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from hearthline.directory.tests.stage import make_patient, make_practitioner
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.tests.stage import NINE, make_row, make_stage
from hearthline.tenancy.context import acting_in
from tests.people import People

HALF = timedelta(minutes=30)


def test_two_bookings_of_one_practitioner_may_touch_but_not_overlap(people: People) -> None:
    stage = make_stage(people)
    make_row(stage)
    other = make_patient(people, "Omar", "Haddad")
    make_row(stage, NINE + HALF, patient=other)
    with pytest.raises(IntegrityError, match="appointment_practitioner_free"), transaction.atomic():
        make_row(stage, NINE + HALF / 2, patient=other)


@pytest.mark.parametrize("status", ["cancelled", "noshow", "fulfilled"])
def test_a_booking_that_ended_frees_its_time(people: People, status: str) -> None:
    stage = make_stage(people)
    make_row(stage, status=status)
    assert make_row(stage).status == "booked"


def test_one_patient_cannot_have_two_at_once_with_different_practitioners(people: People) -> None:
    stage = make_stage(people)
    make_row(stage)
    second = make_practitioner(people.specialist, "Varga")
    with pytest.raises(IntegrityError, match="appointment_patient_free"), transaction.atomic():
        make_row(stage, NINE + HALF / 2, practitioner=second)
    assert make_row(stage, NINE + HALF, practitioner=second)


def test_a_hold_takes_the_time_like_a_booking(people: People) -> None:
    stage = make_stage(people)
    make_row(stage, status="held", held_until=NINE, patient=None)
    with pytest.raises(IntegrityError, match="appointment_practitioner_free"), transaction.atomic():
        make_row(stage)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"patient": None}, "appointment_held_or_someones"),
        ({"status": "held"}, "appointment_held_or_someones"),
        ({"held_until": NINE}, "appointment_held_or_someones"),
        ({"ends_at": NINE}, "appointment_has_length"),
        ({"period": TimestamptzRange(NINE, NINE + HALF / 2)}, "appointment_inside_its_period"),
        ({"status": "perhaps"}, "appointment_status_known"),
    ],
)
def test_rows_that_make_no_sense_are_refused(people: People, values: dict[str, Any], constraint: str) -> None:
    stage = make_stage(people)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_row(stage, **values)


def test_the_same_request_is_stored_once(people: People) -> None:
    stage = make_stage(people)
    make_row(stage, idempotency_key="once")
    with pytest.raises(IntegrityError, match="appointment_asked_once"), transaction.atomic():
        make_row(stage, NINE + HALF, idempotency_key="once")


def test_bookings_are_kept_and_holds_may_go(people: People) -> None:
    stage = make_stage(people)
    make_row(stage)
    make_row(stage, NINE + HALF, status="held", held_until=NINE, patient=None)
    Appointment.objects.filter(status="held").delete()
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Appointment.objects.filter(status="booked").delete()
    assert Appointment.objects.count() == 1


def test_a_booking_cannot_point_at_another_organizations_practitioner(people: People) -> None:
    stage = make_stage(people)
    with acting_in(people.other_organization.id):
        foreign = make_practitioner(people.stranger, "Marsh")
    with pytest.raises(IntegrityError, match="same_organization"), transaction.atomic():
        make_row(stage, practitioner_id=foreign.id, practitioner=foreign)


def test_another_organization_sees_nothing(people: People) -> None:
    make_row(make_stage(people))
    with acting_in(people.other_organization.id):
        assert Appointment.objects.count() == 0
    assert Appointment.objects.count() == 1
