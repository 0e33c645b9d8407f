"""How long free times take across 20 clinicians and 14 days, with 400,000 bookings present."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from typing import Any

import pytest
from django.db import connection

from hearthline.directory.models import Licence, Practitioner
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.identity.roles import Role
from hearthline.scheduling.models import Appointment, AvailabilityRule, Service, ServiceOffer
from hearthline.scheduling.models.appointments import ACTIVE_VALUES
from hearthline.scheduling.queries import find_offered_slots, list_offering_ids, load_calendars
from hearthline.scheduling.rules.slots import Calendar, Slot, find_all_slots
from hearthline.scheduling.tests.stage import make_service
from hearthline.tenancy.context import acting_in
from tests.bench import Measure
from tests.people import People, make_person

BOOKINGS = 400_000
CLINICIANS = 100
SEARCHED = 20
DAYS_AHEAD = 20
RUNS = 60
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
INSERT = """
INSERT INTO scheduling_appointment (
  id, created_at, organization_id, patient_id, practitioner_id, service_id, site_id, starts_at, ends_at, period, mode,
  status, reason_code, location_jurisdiction, location_place, patient_zone, practitioner_zone, language,
  access_needs, is_walk_in, idempotency_key, sequence)
SELECT gen_random_uuid(), now(), %(organization)s, patient.id, practitioner.id, %(service)s, %(site)s,
  at, at + interval '25 minutes', tstzrange(at, at + interval '30 minutes'), 'video',
  CASE WHEN at < %(now)s THEN 'fulfilled' ELSE 'booked' END, '', 'US-TX', 'home', 'America/Chicago',
  'America/Chicago', 'en', '{}', false, gen_random_uuid()::text, 0
FROM (
  SELECT who, %(first)s::timestamptz + day * interval '1 day' + place * interval '30 minutes' AS at,
    (day * 16 + place + who * 37) %% 2000 AS number, day, place
  FROM generate_series(0, %(clinicians)s - 1) who, generate_series(0, %(days)s - 1) day, generate_series(0, 15) place
) booking
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM directory_practitioner) practitioner
  ON practitioner.number = who
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM directory_patient) patient
  ON patient.number = booking.number
WHERE at < %(now)s OR (who + day + place) %% 3 > 0
"""


def make_clinic(people: People) -> Service:
    """A hundred clinicians, twenty of whom offer the service, and their bookings."""
    service = make_service(people, duration_minutes=25, buffer_after_minutes=5, step_minutes=15)
    for number in range(CLINICIANS):
        person = make_person(people.organization, f"Clinician {number}", Role.PHYSICIAN)
        practitioner = Practitioner.objects.create(
            organization_id=people.organization.id,
            membership=person.membership,
            family_name=f"Clinician {number}",
        )
        if number < SEARCHED:
            _make_bookable(practitioner, service, people)
    for number in range(2000):
        make_patient(people, f"Patient {number}", "Measured")
    days = BOOKINGS // (CLINICIANS * 16) + 10
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "organization": people.organization.id,
            "service": service.id,
            "site": people.site.id,
            "now": NOW,
            "first": NOW + timedelta(days=DAYS_AHEAD - days, hours=2),
            "clinicians": CLINICIANS,
            "days": days,
        }
        cursor.execute(INSERT, values)
    return service


def _make_bookable(practitioner: Practitioner, service: Service, people: People) -> None:
    shared = {"organization_id": people.organization.id, "practitioner": practitioner}
    ServiceOffer.objects.create(service=service, **shared)
    Licence.objects.create(
        jurisdiction="US-TX", number="1", valid_from=date(2020, 1, 1), valid_until=date(2030, 1, 1), **shared
    )
    for weekday in range(5):
        AvailabilityRule.objects.create(
            site=people.site,
            weekday=weekday,
            starts=wall_time(9),
            ends=wall_time(17),
            zone="America/Chicago",
            valid_from=date(2025, 1, 6),
            **shared,
        )


def search(service: Service) -> list[Slot]:
    """What a patient's page asks."""
    start = NOW + timedelta(minutes=service.notice_minutes)
    return find_offered_slots(
        service=service, jurisdiction="US-TX", start=start, end=start + timedelta(days=14)
    )


def search_slot_by_slot(service: Service) -> list[Slot]:
    """The same by asking the database about each candidate: what slot searches often do."""
    start = NOW + timedelta(minutes=service.notice_minutes)
    end = start + timedelta(days=14)
    calendars = load_calendars(list_offering_ids(service), service, start, end)
    bare = [Calendar(one.practitioner_id, one.hours) for one in calendars]
    candidates = find_all_slots(bare, service.timing, (int(start.timestamp()), int(end.timestamp())))
    after = timedelta(minutes=service.buffer_after_minutes)
    return [
        slot
        for slot in candidates
        if not Appointment.objects.filter(
            practitioner_id=slot.practitioner_id,
            status__in=ACTIVE_VALUES,
            period__overlap=(
                datetime.fromtimestamp(slot.start, UTC),
                datetime.fromtimestamp(slot.end, UTC) + after,
            ),
        ).exists()
    ]


def measure(work: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


@pytest.mark.bench
def test_free_times_across_clinicians(people: People, committed: None, measured: Measure) -> None:
    organization_id = people.organization.id
    with clock.frozen(NOW):
        with acting_in(organization_id):
            service = make_clinic(people)
            assert Appointment.objects.count() >= BOOKINGS
        with acting_in(organization_id):
            naive: list[list[Slot]] = []
            slow = measure(lambda: naive.append(search_slot_by_slot(service)))
            found = search(service)
            assert found == naive[0]
            assert len({slot.practitioner_id for slot in found}) == SEARCHED
        runs = []
        for _ in range(RUNS):
            with acting_in(organization_id):
                runs.append(measure(lambda: search(service)))
    runs.sort()
    p95 = runs[int(len(runs) * 0.95) - 1]
    measured("free times, 20 clinicians x 14 days, 400,000 bookings, p95", p95, 100, "ms")
    measured("free times p50 beside one query for each slot", runs[len(runs) // 2], slow, "ms")
