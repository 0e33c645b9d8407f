"""Rows that scheduling tests set up: a service, a licensed practitioner with hours, a patient."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from psycopg.types.range import TimestamptzRange

from hearthline.directory.models import Licence, Patient, Practitioner
from hearthline.directory.tests.stage import make_practitioner, own_patient
from hearthline.scheduling.models import Appointment, AvailabilityRule, Service, ServiceOffer
from tests.people import People, Person

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday, 07:00 in Chicago
MONDAY = date(2026, 6, 1)
NINE = datetime(2026, 6, 2, 14, tzinfo=UTC)  # Tuesday 09:00 in Chicago


@dataclass
class Stage:
    """A small clinic that can be booked."""

    people: People
    service: Service
    practitioner: Practitioner
    patient: Patient


def make_service(people: People, name: str = "New patient visit", **values: Any) -> Service:
    return Service.objects.create(
        **{
            "organization_id": people.organization.id,
            "names": {"en": name, "es": f"{name} (es)"},
            "duration_minutes": 30,
            "step_minutes": 30,
            "modes": ["video", "phone"],
            **values,
        }
    )


def make_bookable(
    person: Person, service: Service, *, family: str = "Lindqvist", site: Any, **values: Any
) -> Practitioner:
    """A practitioner licensed in Texas who offers the service on weekdays, 09:00-12:00."""
    practitioner = make_practitioner(person, family)
    Licence.objects.create(
        organization_id=service.organization_id,
        practitioner=practitioner,
        number="TX-1",
        **{
            "jurisdiction": "US-TX",
            "valid_from": date(2020, 1, 1),
            "valid_until": date(2030, 1, 1),
            **values,
        },
    )
    ServiceOffer.objects.create(
        organization_id=service.organization_id, service=service, practitioner=practitioner
    )
    add_hours(practitioner, site)
    return practitioner


def add_hours(practitioner: Practitioner, site: Any, **values: Any) -> None:
    for weekday in range(5):
        AvailabilityRule.objects.create(
            **{
                "organization_id": practitioner.organization_id,
                "practitioner": practitioner,
                "site": site,
                "weekday": weekday,
                "starts": time(9),
                "ends": time(12),
                "zone": "America/Chicago",
                "valid_from": date(2026, 1, 5),
                **values,
            }
        )


def make_stage(people: People) -> Stage:
    service = make_service(people)
    practitioner = make_bookable(people.physician, service, site=people.site)
    return Stage(people, service, practitioner, own_patient(people))


def make_row(stage: Stage, starts_at: datetime = NINE, minutes: int = 30, **values: Any) -> Appointment:
    """An appointment written straight into the table."""
    ends_at = starts_at + timedelta(minutes=minutes)
    return Appointment.objects.create(
        **{
            "organization_id": stage.people.organization.id,
            "patient": stage.patient,
            "practitioner": stage.practitioner,
            "service": stage.service,
            "site": stage.people.site,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "period": TimestamptzRange(starts_at, ends_at),
            "mode": "video",
            "status": "booked",
            "patient_zone": "America/Chicago",
            "practitioner_zone": "America/Chicago",
            "location_jurisdiction": "US-TX",
            "location_place": "home",
            "idempotency_key": str(uuid4()),
            **values,
        }
    )
