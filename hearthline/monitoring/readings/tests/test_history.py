"""Sums of local days, packed days, and a person's values read through both."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.foundation import clock
from hearthline.monitoring.readings import compaction, jobs
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import (
    Chunk,
    DailySummary,
    DeviceAssignment,
    DirtyDay,
    Latest,
    Reading,
)
from hearthline.monitoring.readings.series import Series, series_of
from hearthline.monitoring.readings.summaries import bounds_of, local_days_of, refresh_summaries, runs_of
from hearthline.monitoring.readings.tests.test_store import GLUCOSE, MORNING, Home, make_home, minutes
from hearthline.tenancy.context import acting_in, set_context
from tests.people import People

LONG_AGO = timedelta(days=40)


@pytest.fixture
def home(people: People) -> Home:
    home = make_home(people)
    DeviceAssignment.objects.update(starts_at=MORNING - timedelta(days=400))
    return home


def series(home: Home, since: datetime, until: datetime) -> Series:
    return series_of(
        organization_id=home.organization_id,
        patient_number=home.monitored.number,
        metric=GLUCOSE,
        since=since,
        until=until,
    )


def day_of(home: Home, day: date) -> DailySummary:
    return DailySummary.objects.get(patient_number=home.monitored.number, metric=GLUCOSE, day=day)


def test_a_day_is_summed_in_parts_that_add_up(home: Home) -> None:
    home.send((minutes(0), 53), (minutes(5), 70), (minutes(10), 180), (minutes(15), 181), (minutes(20), 251))
    home.send((minutes(25), 100), flags=int(Flag.MANUAL))
    refresh_summaries(home.organization_id)
    day = day_of(home, MORNING.date())
    assert (day.count, day.automatic_count, day.total, day.lowest, day.highest) == (6, 5, 835, 53, 251)
    assert day.bands == [1, 0, 3, 1, 1]
    assert day.squares == 53**2 + 70**2 + 180**2 + 181**2 + 251**2 + 100**2
    assert not DirtyDay.objects.exists()


def test_a_late_value_changes_the_sum_of_its_own_local_day(home: Home) -> None:
    evening = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # still the 23rd in Chicago
    home.send((evening, 100))
    refresh_summaries(home.organization_id)
    assert day_of(home, date(2026, 11, 23)).count == 1
    assert not DailySummary.objects.filter(day=date(2026, 11, 24)).exists()
    home.send((evening + timedelta(minutes=5), 110), flags=int(Flag.LATE))
    refresh_summaries(home.organization_id)
    assert day_of(home, date(2026, 11, 23)).total == 210


def test_withdrawn_and_future_values_are_not_summed(home: Home) -> None:
    home.send((minutes(0), 100))
    home.send((minutes(5), 400), flags=int(Flag.RETRACTED))
    home.send((minutes(10), 400), flags=int(Flag.FUTURE))
    refresh_summaries(home.organization_id)
    assert day_of(home, MORNING.date()).highest == 100
    Reading.objects.filter(observed_at=minutes(0)).update(flags=int(Flag.RETRACTED))
    DirtyDay.objects.bulk_create([_dirty(home)])
    refresh_summaries(home.organization_id)
    assert not DailySummary.objects.exists()


def _dirty(home: Home) -> DirtyDay:
    return DirtyDay(
        organization_id=home.organization_id,
        patient_number=home.monitored.number,
        metric=GLUCOSE,
        day=MORNING.date(),
    )


@given(
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    zone=st.sampled_from(
        ["America/Chicago", "Pacific/Auckland", "Asia/Kathmandu", "UTC", "America/St_Johns"]
    ),
)
def test_every_moment_of_a_day_lies_in_one_of_its_local_days(day: date, zone: str) -> None:
    place = ZoneInfo(zone)
    days = local_days_of(day, place)
    first, last = bounds_of(days[0], place)[0], bounds_of(days[-1], place)[1]
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert first <= start < start + timedelta(days=1) <= last
    lengths = {
        (end.astimezone(UTC) - begin.astimezone(UTC))
        for begin, end in (bounds_of(one, place) for one in days)
    }
    assert lengths <= {timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)}


def test_a_packed_day_reads_the_same_and_late_values_join_it(home: Home) -> None:
    start = clock.now().replace(hour=6, minute=0, second=0, microsecond=0) - LONG_AGO
    sent = [(start + timedelta(minutes=5 * count), 100.0 + count) for count in range(48)]
    home.send(*sent)
    before = series(home, start, start + timedelta(hours=4))
    assert compaction.pack_finished_days(home.organization_id) == 1
    assert not Reading.objects.exists()
    after = series(home, start, start + timedelta(hours=4))
    assert np.array_equal(before.at_us, after.at_us)
    assert np.array_equal(before.value, after.value)
    late = start + timedelta(minutes=2)
    # The day was packed, so a repeat is stored beside it, and still counts once.
    home.send((late, 90), sent[0])
    assert len(series(home, start, start + timedelta(hours=4))) == 49
    compaction.pack_finished_days(home.organization_id)
    assert Chunk.objects.get().count == 49
    assert series(home, start, start + timedelta(hours=4)).value[:3].tolist() == [100, 90, 101]


def test_new_days_and_single_measurements_are_not_packed(home: Home) -> None:
    home.send((clock.now() - timedelta(days=2), 100))
    home.send((clock.now() - LONG_AGO, 80), metric=BY_CODE["weight"].number)
    assert compaction.pack_finished_days(home.organization_id) == 0
    assert Reading.objects.count() == 2


def test_a_wrong_clock_is_corrected_in_what_is_read(home: Home) -> None:
    home.send((minutes(0), 100), correction_seconds=-7200)
    assert len(series(home, minutes(-1), minutes(1))) == 0
    assert series(home, minutes(-121), minutes(-119)).value.tolist() == [100]


def test_another_organization_reads_nothing(home: Home, people: People) -> None:
    home.send((minutes(0), 100))
    set_context(people.other_organization.id)
    assert len(series(home, minutes(-5), minutes(5))) == 0
    assert not Latest.objects.exists()
    assert refresh_summaries(home.organization_id) == 0


def test_the_jobs_visit_every_organization(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        home = make_home(people)
        home.send((minutes(0), 100))
    jobs.refresh_changed_days()
    jobs.pack_finished()
    jobs.make_partitions()
    with acting_in(people.organization.id):
        assert day_of(home, MORNING.date()).count == 1


@given(st.sets(st.integers(0, 400)))
def test_days_are_read_in_runs_of_neighbours(numbers: set[int]) -> None:
    start = date(2026, 1, 1)
    days = {start + timedelta(days=number) for number in numbers}
    runs = runs_of(days)
    assert [day for run in runs for day in run] == sorted(days)
    assert all(later - earlier <= timedelta(days=7) for run in runs for earlier, later in pairwise(run))
    assert all(second[0] - first[-1] > timedelta(days=7) for first, second in pairwise(runs))


def test_days_far_apart_and_days_that_emptied_are_summed_right(home: Home) -> None:
    home.send((minutes(0), 100), (minutes(-24 * 60), 120), (minutes(-20 * 24 * 60), 140))
    refresh_summaries(home.organization_id)
    assert [one.total for one in DailySummary.objects.order_by("day")] == [140, 120, 100]
    Reading.objects.filter(value=120).update(flags=int(Flag.RETRACTED))
    DirtyDay.objects.create(
        organization_id=home.organization_id,
        patient_number=home.monitored.number,
        metric=GLUCOSE,
        day=MORNING.date() - timedelta(days=1),
    )
    refresh_summaries(home.organization_id)
    assert [one.total for one in DailySummary.objects.order_by("day")] == [140, 100]
    assert not DirtyDay.objects.exists()
