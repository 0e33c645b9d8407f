"""A whole month of monitoring for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hearthline.foundation import clock
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.episodes.tests.stage import agree, set_up
from hearthline.monitoring.readings.models import DeviceAssignment
from hearthline.monitoring.triage.models import TimeEntry
from hearthline.programs.lending import lend
from hearthline.programs.tests.stage import make_enrollment, measure, ready_asset
from tests.people import People

ORDERED = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
LATER = ORDERED + timedelta(days=45)
NOON = timedelta(hours=3)  # after ``ORDERED``'s hour: early afternoon in Chicago


def begin(people: People) -> tuple[Episode, DeviceAssignment]:
    """Order, agree, lend and set up on one day."""
    with clock.frozen(ORDERED):
        enrollment = make_enrollment(people)
        agree(people, enrollment.episode)
        assignment = lend(people.nurse.actor, enrollment=enrollment, asset_id=ready_asset(people).pk)
        set_up(people, enrollment.episode)
    enrollment.episode.refresh_from_db()
    return enrollment.episode, assignment


def send(assignment: DeviceAssignment, days: range, **values: Any) -> None:
    """Take one value in on each of these days after the order."""
    moments = [ORDERED + NOON + timedelta(days=number) for number in days]
    with clock.frozen(LATER):
        measure(assignment, moments, **values)


def spend(people: People, episode: Episode, minutes: int, *, day: int = 5, **values: Any) -> TimeEntry:
    """Log attested minutes of the nurse, by default spoken."""
    start = ORDERED + timedelta(days=day)
    return TimeEntry.objects.create(
        **{
            "organization_id": people.organization.id,
            "user": people.nurse.user,
            "patient_id": episode.monitored.patient_id,
            "starts_at": start,
            "ends_at": start + timedelta(minutes=minutes),
            "active_seconds": minutes * 60,
            "counted_seconds": minutes * 60,
            "is_live_contact": True,
            "attested_at": start + timedelta(hours=1),
            **values,
        }
    )
