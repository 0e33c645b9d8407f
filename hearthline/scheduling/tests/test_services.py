"""Booking, moving, cancelling and the day itself, at the services."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from hearthline.directory.models import CareRelationship
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.scheduling import errors, services
from hearthline.scheduling.models import Appointment, AppointmentChange, BookingDraft
from hearthline.scheduling.tests.stage import NINE, NOW, Stage, make_bookable, make_row, make_stage
from tests.people import People

HALF = timedelta(minutes=30)


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(NOW):
        yield make_stage(people)


def book(stage: Stage, **values: Any) -> Appointment:
    return services.book_appointment(
        stage.people.navigator.actor,
        **{
            "patient": stage.patient,
            "service": stage.service,
            "practitioner_id": stage.practitioner.id,
            "starts_at": NINE,
            "mode": "video",
            "location_jurisdiction": "US-TX",
            "location_place": "home",
            "idempotency_key": "first",
            **values,
        },
    )


def make_draft(stage: Stage, **values: Any) -> BookingDraft:
    return BookingDraft.objects.create(
        **{
            "organization_id": stage.people.organization.id,
            "service": stage.service,
            "urgency": "clear",
            "location_jurisdiction": "US-TX",
            "location_place": "home",
            "mode": "video",
            "zone": "America/Denver",
            "expires_at": NOW + timedelta(days=2),
            **values,
        }
    )


def test_booking_leaves_history_audit_and_a_care_relationship(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited: list[Any] = []
    monkeypatch.setattr(
        "hearthline.scheduling.services.base.record",
        lambda actor, action, subject, **more: audited.append((action, subject.pk, more["patient_id"])),
    )
    booked = book(stage)
    assert (booked.status, booked.patient_zone, booked.practitioner_zone) == (
        "booked",
        "America/Chicago",
        "America/Chicago",
    )
    change = AppointmentChange.objects.get()
    assert (change.action, change.door, change.to_status) == ("book", "staff", "booked")
    assert audited == [("appointment.booked", booked.pk, stage.patient.id)]
    relation = CareRelationship.objects.get()
    assert (relation.practitioner_id, relation.source_id) == (stage.practitioner.id, booked.id)


def test_booking_copies_interpreter_and_access_needs(stage: Stage) -> None:
    stage.patient.interpreter, stage.patient.interpreter_language = "sign", "ase"
    stage.patient.save()
    for kind in ("captions", "large_print"):
        stage.patient.access_needs.create(organization_id=stage.patient.organization_id, kind=kind)
    booked = book(stage)
    rows = booked.requirements.values_list("kind", "language")
    assert set(rows) == {("sign_language", "ase"), ("captions", "")}
    assert booked.access_needs == ["large_print"], "what has to be there stands in one place"


def test_the_same_key_answers_as_before(stage: Stage) -> None:
    assert book(stage).pk == book(stage).pk
    assert AppointmentChange.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"starts_at": NINE + timedelta(minutes=7)}, errors.SlotNotOfferedError),
        ({"starts_at": NINE - timedelta(hours=3)}, errors.SlotNotOfferedError),
        ({"starts_at": NOW - timedelta(days=1)}, errors.SlotNotOfferedError),
        ({"location_jurisdiction": "US-NY"}, errors.NotLicensedError),
        ({"location_jurisdiction": ""}, errors.NotLicensedError),
        ({"mode": "in_person"}, errors.NotBookableError),
    ],
)
def test_what_is_not_offered_is_not_booked(
    stage: Stage, values: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        book(stage, **values)
    assert Appointment.objects.count() == 0


def test_a_taken_time_and_a_busy_patient(stage: Stage, people: People) -> None:
    book(stage)
    other = make_patient(people, "Omar", "Haddad")
    with pytest.raises(errors.SlotNotOfferedError):
        book(stage, patient=other, idempotency_key="second")
    second = make_bookable(people.specialist, stage.service, family="Varga", site=people.site)
    with pytest.raises(errors.PatientBusyError):
        book(stage, practitioner_id=second.id, idempotency_key="third")
    assert book(stage, patient=other, practitioner_id=second.id, idempotency_key="fourth").status == "booked"


def test_moving_keeps_the_id_counts_up_and_frees_the_time(stage: Stage, people: People) -> None:
    booked = book(stage)
    services.confirm_attendance(people.patient.actor, appointment=booked)
    moved = services.move_appointment(
        people.patient.actor,
        appointment=booked,
        practitioner_id=stage.practitioner.id,
        starts_at=NINE + HALF,
    )
    assert (moved.pk, moved.sequence, moved.moved_from_at, moved.confirmed_at) == (booked.pk, 1, NINE, None)
    again = services.move_appointment(
        people.patient.actor,
        appointment=booked,
        practitioner_id=stage.practitioner.id,
        starts_at=NINE + HALF,
    )
    assert again.sequence == 1
    assert (
        book(stage, patient=make_patient(people, "Omar", "Haddad"), idempotency_key="other").starts_at == NINE
    )
    assert list(AppointmentChange.objects.filter(appointment=booked).values_list("action", flat=True)) == [
        "book",
        "confirm",
        "move",
    ]


def test_moving_may_overlap_the_own_former_time(stage: Stage, people: People) -> None:
    stage.service.step_minutes = 15
    stage.service.save()
    moved = services.move_appointment(
        people.navigator.actor,
        appointment=book(stage),
        practitioner_id=stage.practitioner.id,
        starts_at=NINE + HALF / 2,
    )
    assert moved.starts_at == NINE + HALF / 2


def test_cancelling_twice_is_one_cancellation_and_moving_then_is_refused(
    stage: Stage, people: People
) -> None:
    booked = book(stage)
    for _ in range(2):
        cancelled = services.cancel_appointment(
            people.patient.actor, appointment=booked, reason_code="better"
        )
    assert (cancelled.status, cancelled.reason_code, cancelled.sequence) == ("cancelled", "better", 1)
    with pytest.raises(errors.ChangeNotAllowedError):
        services.move_appointment(
            people.patient.actor,
            appointment=booked,
            practitioner_id=stage.practitioner.id,
            starts_at=NINE + HALF,
        )


def test_patients_change_nothing_after_the_start_and_staff_do(stage: Stage, people: People) -> None:
    booked = book(stage)
    with clock.frozen(NINE + timedelta(minutes=1)):
        with pytest.raises(errors.TooLateError):
            services.cancel_appointment(people.patient.actor, appointment=booked, reason_code="time")
        done = services.cancel_appointment(people.nurse.actor, appointment=booked, reason_code="clinic")
    assert done.status == "cancelled"


def test_the_day_arrive_undo_fulfil(stage: Stage, people: People) -> None:
    booked, nurse = book(stage), people.nurse.actor
    assert services.mark_arrived(nurse, appointment=booked).arrived_at == NOW
    assert services.undo_arrived(nurse, appointment=booked).arrived_at is None
    services.mark_arrived(nurse, appointment=booked)
    assert services.fulfil_appointment(nurse, appointment=booked).status == "fulfilled"
    assert services.fulfil_appointment(nurse, appointment=booked).status == "fulfilled"
    with pytest.raises(errors.ChangeNotAllowedError):
        services.cancel_appointment(nurse, appointment=booked, reason_code="clinic")


def test_a_noshow_needs_the_time_to_have_come_and_a_late_arrival_undoes_it(
    stage: Stage, people: People
) -> None:
    booked, nurse = book(stage), people.nurse.actor
    with pytest.raises(errors.TooEarlyError):
        services.mark_noshow(nurse, appointment=booked, reason_code="no_answer")
    with clock.frozen(NINE + timedelta(minutes=10)):
        missed = services.mark_noshow(nurse, appointment=booked, reason_code="could_not_connect")
        assert (missed.status, missed.reason_code) == ("noshow", "could_not_connect")
        came = services.mark_arrived(nurse, appointment=booked)
    assert (came.status, came.reason_code) == ("arrived", "")


def test_a_hold_becomes_a_booking_once(stage: Stage, people: People) -> None:
    draft, actor = make_draft(stage), people.patient.actor
    held = services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE)
    assert (held.status, held.held_until) == ("held", NOW + timedelta(minutes=10))
    first = services.book_draft(actor, draft=draft, patient=stage.patient)
    second = services.book_draft(actor, draft=draft, patient=stage.patient)
    assert first.pk == second.pk == held.pk
    assert (first.status, first.patient_zone) == ("booked", "America/Denver")
    assert AppointmentChange.objects.count() == 1


def test_choosing_another_time_gives_the_first_back(stage: Stage, people: People) -> None:
    draft, actor = make_draft(stage), people.patient.actor
    services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE)
    services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE + HALF)
    assert [row.starts_at for row in Appointment.objects.all()] == [NINE + HALF]


def test_losing_the_new_time_keeps_the_held_one(stage: Stage, people: People) -> None:
    draft, actor = make_draft(stage), people.patient.actor
    services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE)
    make_row(stage, NINE + HALF, patient=make_patient(people, "Omar", "Haddad"))
    with pytest.raises(errors.SlotNotOfferedError):
        services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE + HALF)
    draft.refresh_from_db()
    assert draft.appointment.starts_at == NINE


def test_an_expired_hold_is_told_and_its_time_is_free_for_others(stage: Stage, people: People) -> None:
    draft, actor = make_draft(stage), people.patient.actor
    services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE)
    with clock.frozen(NOW + timedelta(minutes=10)):
        with pytest.raises(errors.HoldExpiredError):
            services.book_draft(actor, draft=draft, patient=stage.patient)
        other = make_draft(stage)
        services.hold_slot(actor, draft=other, practitioner_id=stage.practitioner.id, starts_at=NINE)
        with pytest.raises(errors.HoldExpiredError):
            services.book_draft(actor, draft=draft, patient=stage.patient)
        assert services.book_draft(actor, draft=other, patient=stage.patient).status == "booked"


def test_released_and_expired_holds_are_deleted_and_bookings_are_not(stage: Stage, people: People) -> None:
    book(stage, starts_at=NINE + 2 * HALF)
    draft, actor = make_draft(stage), people.patient.actor
    services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE)
    draft.refresh_from_db()
    services.release_draft(actor, draft=draft)
    services.hold_slot(actor, draft=draft, practitioner_id=stage.practitioner.id, starts_at=NINE)
    assert services.release_expired_holds() == 0
    with clock.frozen(NOW + timedelta(minutes=11)):
        assert services.release_expired_holds() == 1
    assert [row.status for row in Appointment.objects.all()] == ["booked"]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"urgency": "emergency"}, errors.NeedsHelpNowError),
        ({"service_urgency": "crisis"}, errors.NeedsHelpNowError),
        ({"urgency": ""}, errors.AnswersMissingError),
        ({"service": None}, errors.AnswersMissingError),
        ({"location_jurisdiction": ""}, errors.AnswersMissingError),
        ({"mode": "in_person"}, errors.NotBookableError),
    ],
)
def test_no_hold_before_the_questions_are_answered_well(
    stage: Stage, people: People, values: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        services.hold_slot(
            people.patient.actor,
            draft=make_draft(stage, **values),
            practitioner_id=stage.practitioner.id,
            starts_at=NINE,
        )


def test_strangers_cannot_hold_the_whole_week(
    stage: Stage, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hearthline.scheduling.services.holds.MAXIMUM_ANONYMOUS_HOLDS", 1)
    nobody = type(people.patient.actor)(
        organization_id=people.organization.id, user_id=None, kind="anonymous"
    )
    for at, draft in ((NINE, make_draft(stage)), (NINE + HALF, None)):
        if draft is not None:
            services.hold_slot(nobody, draft=draft, practitioner_id=stage.practitioner.id, starts_at=at)
    with pytest.raises(errors.TooManyHoldsError):
        services.hold_slot(
            nobody, draft=make_draft(stage), practitioner_id=stage.practitioner.id, starts_at=NINE + HALF
        )
    assert services.hold_slot(
        people.patient.actor,
        draft=make_draft(stage),
        practitioner_id=stage.practitioner.id,
        starts_at=NINE + HALF,
    )


def call(stage: Stage, moment: datetime = NOW) -> Appointment:
    actor = stage.people.navigator.actor
    stage.service.takes_walk_ins = True
    entry = services.join_queue(
        actor,
        patient=stage.patient,
        service=stage.service,
        site=stage.people.site,
        mode="video",
        location_jurisdiction="US-TX",
        location_place="home",
    )
    with pytest.raises(errors.AlreadyWaitingError):
        services.join_queue(
            actor,
            patient=stage.patient,
            service=stage.service,
            site=stage.people.site,
            mode="video",
            location_jurisdiction="US-TX",
            location_place="home",
        )
    with clock.frozen(moment):
        called = services.call_next(actor, entry=entry, practitioner_id=stage.practitioner.id)
        with pytest.raises(errors.NothingWaitingError):
            services.call_next(actor, entry=entry, practitioner_id=stage.practitioner.id)
    return called


def test_a_walk_in_becomes_an_appointment_that_starts_now(stage: Stage) -> None:
    called = call(stage)
    assert (called.status, called.is_walk_in, called.starts_at) == ("arrived", True, NOW)
    assert called.ends_at - called.starts_at == HALF


def test_a_walk_in_is_cut_short_by_the_next_booking(stage: Stage, people: People) -> None:
    make_row(stage, patient=make_patient(people, "Omar", "Haddad"))
    assert call(stage, NINE - timedelta(minutes=12)).ends_at == NINE


def test_nobody_is_called_minutes_before_the_next_booking(stage: Stage, people: People) -> None:
    make_row(stage, patient=make_patient(people, "Omar", "Haddad"))
    with pytest.raises(errors.NoTimeBeforeNextError):
        call(stage, NINE - timedelta(minutes=3))
