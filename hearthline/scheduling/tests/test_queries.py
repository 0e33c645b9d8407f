"""Free times across practitioners: licences, exceptions, bookings, holds, notice."""

from datetime import UTC, date, datetime, timedelta

from hearthline.foundation import clock
from hearthline.scheduling.models import AvailabilityException
from hearthline.scheduling.queries import find_offered_slots, is_licensed_at
from hearthline.scheduling.tests.stage import (
    NINE,
    NOW,
    Stage,
    make_bookable,
    make_row,
    make_service,
    make_stage,
)
from tests.people import People


def starts(stage: Stage, **values: object) -> list[str]:
    values = {"jurisdiction": "US-TX", "start": NINE, "end": NINE + timedelta(hours=3), **values}
    with clock.frozen(NOW):
        found = find_offered_slots(service=stage.service, **values)  # type: ignore[arg-type]
    return [datetime.fromtimestamp(slot.start, UTC).strftime("%H:%M") for slot in found]


def test_a_free_morning(people: People) -> None:
    assert starts(make_stage(people)) == ["14:00", "14:30", "15:00", "15:30", "16:00", "16:30"]


def test_bookings_and_live_holds_take_time_and_expired_holds_do_not(people: People) -> None:
    stage = make_stage(people)
    row = make_row(stage)
    make_row(
        stage, NINE + timedelta(hours=1), status="held", held_until=NOW + timedelta(minutes=9), patient=None
    )
    make_row(stage, NINE + timedelta(hours=2), status="held", held_until=NOW, patient=None)
    assert starts(stage) == ["14:30", "15:30", "16:00", "16:30"]
    assert starts(stage, ignoring=row.id)[0] == "14:00"


def test_nobody_is_offered_without_a_licence_for_the_place(people: People) -> None:
    stage = make_stage(people)
    assert starts(stage, jurisdiction="US-NY") == []
    assert starts(stage, jurisdiction="US-TX") != []
    stage.service.needs_licence = False
    assert starts(stage, jurisdiction="US-NY") != []


def test_a_licence_that_ends_stops_the_offer_that_day(people: People) -> None:
    stage = make_stage(people)
    second = make_bookable(
        people.specialist, stage.service, family="Varga", site=people.site, valid_until=date(2026, 6, 2)
    )
    with clock.frozen(NOW):
        found = find_offered_slots(
            service=stage.service,
            jurisdiction="US-TX",
            start=NINE,
            end=NINE + timedelta(days=2),
            practitioner_id=second.id,
        )
    assert {datetime.fromtimestamp(slot.start, UTC).date() for slot in found} == {date(2026, 6, 2)}
    assert is_licensed_at(second.id, "US-TX", NINE)
    assert not is_licensed_at(second.id, "US-TX", NINE + timedelta(days=1))
    assert not is_licensed_at(second.id, "", NINE)


def test_closures_of_a_person_and_of_a_site(people: People) -> None:
    stage = make_stage(people)
    common = {"organization_id": people.organization.id, "reason": "leave"}
    AvailabilityException.objects.create(
        kind="closed",
        practitioner=stage.practitioner,
        starts_at=NINE,
        ends_at=NINE + timedelta(hours=1),
        **common,
    )
    AvailabilityException.objects.create(
        kind="closed",
        site=people.site,
        starts_at=NINE + timedelta(hours=2),
        ends_at=NINE + timedelta(hours=3),
        **common,
    )
    assert starts(stage) == ["15:00", "15:30"]


def test_extra_hours(people: People) -> None:
    stage = make_stage(people)
    evening = NINE + timedelta(hours=9)
    AvailabilityException.objects.create(
        organization_id=people.organization.id,
        kind="extra",
        practitioner=stage.practitioner,
        site=people.site,
        starts_at=evening,
        ends_at=evening + timedelta(hours=1),
        reason="demand",
    )
    assert starts(stage, start=evening, end=evening + timedelta(hours=2)) == ["23:00", "23:30"]


def test_patients_get_notice_and_horizon_and_staff_do_not(people: People) -> None:
    stage = make_stage(people)
    stage.service.notice_minutes = 60 * 28
    assert starts(stage)[0] == "16:00"
    assert starts(stage, is_staff=True)[0] == "14:00"
    stage.service.horizon_days = 1
    assert starts(stage) == []


def test_a_practitioner_who_does_not_offer_the_service_is_not_found(people: People) -> None:
    stage = make_stage(people)
    other = make_service(people, "Skin check")
    stage.service = other
    assert starts(stage) == []
