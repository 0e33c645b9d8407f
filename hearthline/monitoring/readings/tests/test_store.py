"""What is stored, once, for the right person, and what the sender is told of each value."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthline.directory.tests.stage import make_patient
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import (
    Device,
    DeviceAssignment,
    DirtyDay,
    Ingestion,
    Latest,
    MonitoredPatient,
    Reading,
    ReadingConflict,
)
from hearthline.monitoring.readings.pipeline import types
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import (
    NO_USER,
    ROW,
    UNKNOWN_USER,
    Outcome,
    Submission,
)
from hearthline.tenancy.context import acting_in, set_context
from tests.database import as_login, run_in_threads
from tests.people import People

MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
GLUCOSE, WEIGHT = BY_CODE["glucose"].number, BY_CODE["weight"].number


def us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


@dataclass
class Home:
    """A person at home with one device, in one organization."""

    organization_id: UUID
    monitored: MonitoredPatient
    device: Device

    def submission(self, *values: tuple[datetime, float], **columns: Any) -> Submission:
        """Return a body of glucose values; ``columns`` override fields of every row."""
        rows = np.zeros(len(values), dtype=ROW)
        rows["device_number"], rows["metric"], rows["user_index"] = self.device.number, GLUCOSE, NO_USER
        rows["item"] = range(len(values))
        rows["observed_us"] = [us(at) for at, _ in values]
        rows["value"] = [value for _, value in values]
        for name, value in columns.items():
            rows[name] = value
        outcomes = np.zeros(len(values), dtype=np.int8)
        return Submission(self.organization_id, None, "test", us(MORNING), b"{}", rows, outcomes)

    def send(self, *values: tuple[datetime, float], **columns: Any) -> list[Outcome]:
        submission = self.submission(*values, **columns)
        store([submission])
        return [Outcome(outcome) for outcome in submission.outcomes]

    def stored(self) -> list[tuple[datetime, float]]:
        found = Reading.objects.filter(patient_number=self.monitored.number).order_by("observed_at")
        return list(found.values_list("observed_at", "value"))


def store(submissions: list[Submission]) -> None:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        store_group(cursor, submissions)


def make_home(people: People, given_name: str = "Rosa") -> Home:
    organization_id = people.organization.id
    patient = make_patient(people, given_name)
    monitored = MonitoredPatient.objects.create(organization_id=organization_id, patient=patient)
    device = Device.objects.create(organization_id=organization_id, kind=Device.Kind.CGM, name="Sensor")
    DeviceAssignment.objects.create(
        organization_id=organization_id,
        device=device,
        monitored=monitored,
        starts_at=MORNING - timedelta(days=10),
    )
    monitored.refresh_from_db()
    device.refresh_from_db()
    return Home(organization_id, monitored, device)


@pytest.fixture
def home(people: People) -> Home:
    return make_home(people)


def minutes(count: int) -> datetime:
    return MORNING + timedelta(minutes=count)


def test_new_values_are_stored_and_the_newest_is_known(home: Home) -> None:
    assert home.send((minutes(5), 120), (minutes(0), 110)) == [Outcome.ACCEPTED] * 2
    assert home.stored() == [(minutes(0), 110), (minutes(5), 120)]
    latest = Latest.objects.get(patient_number=home.monitored.number)
    assert (latest.observed_at, latest.value, latest.metric) == (minutes(5), 120, GLUCOSE)
    assert DirtyDay.objects.get().day == MORNING.date()
    ingestion = Ingestion.objects.get()
    assert (ingestion.accepted, ingestion.duplicates, ingestion.rejected) == (2, 0, 0)
    home.device.refresh_from_db()
    assert home.device.last_seen_at is not None


def test_an_older_value_that_comes_later_does_not_become_the_newest(home: Home) -> None:
    home.send((minutes(5), 120))
    assert home.send((minutes(0), 110)) == [Outcome.ACCEPTED]
    assert Latest.objects.get().value == 120


def test_a_value_from_the_future_is_kept_but_never_the_newest(home: Home) -> None:
    home.send((minutes(0), 110))
    assert home.send((minutes(600), 300), flags=int(Flag.FUTURE)) == [Outcome.ACCEPTED]
    assert len(home.stored()) == 2
    assert Latest.objects.get().value == 110


def test_a_repeat_is_told_and_another_value_for_the_same_moment_is_a_conflict(home: Home) -> None:
    home.send((minutes(0), 110))
    assert home.send((minutes(0), 110), (minutes(5), 115)) == [Outcome.DUPLICATE, Outcome.ACCEPTED]
    assert home.send((minutes(0), 140)) == [Outcome.CONFLICT]
    assert home.send((minutes(0), 140)) == [Outcome.CONFLICT]
    assert home.stored() == [(minutes(0), 110), (minutes(5), 115)]
    conflict = ReadingConflict.objects.get()
    assert (conflict.kept_value, conflict.other_value) == (110, 140)


def test_repeats_inside_one_body_are_told_too(home: Home) -> None:
    sent = ((minutes(0), 110.0), (minutes(0), 110.0), (minutes(0), 90.0))
    assert home.send(*sent) == [Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.CONFLICT]


def test_a_clocks_error_moves_what_is_newest_and_not_the_identity(home: Home) -> None:
    home.send((minutes(0), 110), correction_seconds=3600)
    assert Latest.objects.get().observed_at == minutes(60)
    assert home.send((minutes(0), 110)) == [Outcome.DUPLICATE]


def test_a_returned_device_never_writes_to_the_person_before(people: People, home: Home) -> None:
    DeviceAssignment.objects.update(ends_at=minutes(10))
    after = make_patient(people, "Ada")
    other = MonitoredPatient.objects.create(organization_id=home.organization_id, patient=after)
    other.refresh_from_db()
    DeviceAssignment.objects.create(
        organization_id=home.organization_id, device=home.device, monitored=other, starts_at=minutes(20)
    )
    outcomes = home.send((minutes(5), 100), (minutes(15), 101), (minutes(25), 102))
    assert outcomes == [Outcome.ACCEPTED, Outcome.UNKNOWN_PERSON, Outcome.ACCEPTED]
    assert home.stored() == [(minutes(5), 100)]
    assert Reading.objects.get(patient_number=other.number).value == 102


def test_a_shared_scale_knows_its_people_by_their_slot_and_asks_when_it_does_not(
    people: People, home: Home
) -> None:
    DeviceAssignment.objects.update(user_index=1)
    other = MonitoredPatient.objects.create(
        organization_id=home.organization_id, patient=make_patient(people, "Ada")
    )
    other.refresh_from_db()
    DeviceAssignment.objects.create(
        organization_id=home.organization_id,
        device=home.device,
        monitored=other,
        user_index=2,
        starts_at=MORNING - timedelta(days=1),
    )
    values = tuple((minutes(count), 80.0 + count) for count in range(4))
    outcomes = home.send(*values, metric=WEIGHT, user_index=[1, 2, UNKNOWN_USER, NO_USER])
    assert outcomes == [Outcome.ACCEPTED] * 2 + [Outcome.UNKNOWN_PERSON] * 2
    assert home.stored() == [(minutes(0), 80)]
    assert Reading.objects.get(patient_number=other.number).value == 81


def test_a_device_of_another_organization_or_a_retired_one_is_unknown(people: People, home: Home) -> None:
    Device.objects.update(retired_at=MORNING)
    assert home.send((minutes(0), 100)) == [Outcome.UNKNOWN_DEVICE]
    Device.objects.update(retired_at=None)
    stranger = home.submission((minutes(0), 100))
    stranger.organization_id = people.other_organization.id
    set_context(people.other_organization.id)
    store([stranger])
    assert list(stranger.outcomes) == [Outcome.UNKNOWN_DEVICE]
    set_context(home.organization_id)
    assert home.stored() == []


def test_hooks_hear_of_new_values_only_in_the_same_transaction(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(types, "_hooks", [lambda _cursor, rows: heard.append(rows.copy())])
    home.send((minutes(0), 110))
    home.send((minutes(0), 110), (minutes(5), 115))
    assert [rows["value"].tolist() for rows in heard] == [[110], [115]]
    assert heard[1]["organization"][0].tobytes() == home.organization_id.bytes
    assert heard[1]["patient_number"].tolist() == [home.monitored.number]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(list(range(12))), cuts=st.sets(st.integers(1, 23), max_size=5))
def test_any_order_and_any_repetition_leave_the_same_readings(
    home: Home, order: list[int], cuts: set[int]
) -> None:
    sent = [*order, *reversed(order)]  # everything comes twice, cut into bodies anywhere
    bounds = [0, *sorted(cuts), len(sent)]
    with transaction.atomic():
        outcomes: list[Outcome] = []
        for start, end in pairwise(bounds):
            outcomes += home.send(*[(minutes(5 * one), 100.0 + one) for one in sent[start:end]])
        assert home.stored() == [(minutes(5 * one), 100.0 + one) for one in range(12)]
        assert Latest.objects.get().value == 111
        assert sorted(outcomes) == [Outcome.ACCEPTED] * 12 + [Outcome.DUPLICATE] * 12
        transaction.set_rollback(True)


def test_the_edges_login_stores_for_several_organizations_at_once_and_reads_nothing_else(
    committed: None, people: People
) -> None:
    with acting_in(people.organization.id):
        here = make_home(people)
    elsewhere = People(people.other_organization, people.site, people.organization, people.by_role)
    with acting_in(people.other_organization.id):
        there = make_home(elsewhere, "Tove")
    submissions = [here.submission((minutes(0), 101)), there.submission((minutes(0), 202))]
    foreign = there.submission((minutes(5), 303))
    foreign.organization_id = here.organization_id
    with as_login("ingest"), transaction.atomic():
        store([*submissions, foreign])
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            connection.cursor().execute("SELECT count(*) FROM directory_patient")
    assert [one.outcomes.tolist() for one in [*submissions, foreign]] == [[0], [0], [Outcome.UNKNOWN_DEVICE]]
    for home, value in ((here, 101), (there, 202)):
        with acting_in(home.organization_id):
            assert [found for _, found in home.stored()] == [value]
            assert Reading.objects.count() == 1


def test_two_senders_of_the_same_values_at_once_store_them_once(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        home = make_home(people)
    values = [(minutes(5 * count), 100.0 + count) for count in range(200)]

    def send(number: int) -> list[Outcome]:
        with acting_in(home.organization_id):
            return home.send(*(values if number % 2 else values[::-1]))

    results = run_in_threads(6, send)
    assert [result for result in results if isinstance(result, Exception)] == []
    accepted = sum(outcome is Outcome.ACCEPTED for outcomes in results for outcome in outcomes)
    assert accepted == len(values)
    with acting_in(home.organization_id):
        assert home.stored() == values
