"""Time counts when somebody worked, once, capped, and only after they said so."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from hearthline.foundation import activity as rules
from hearthline.foundation import clock
from hearthline.foundation.activity import Stretch, credit
from hearthline.monitoring.alerts.tests.stage import NOW, Home, after, make_home
from hearthline.monitoring.triage.errors import TimeRefusedError
from hearthline.monitoring.triage.models import TimeEntry
from hearthline.monitoring.triage.services import time
from tests.people import People, Person


def beat(person: Person, home: Home, minutes: float, seconds: int = 30) -> TimeEntry | None:
    with clock.frozen(after(minutes)):
        return time.count(actor=person.actor, patient=home.monitored.patient, seconds=seconds)


def test_beats_add_up_to_one_stretch(home: Home, people: People) -> None:
    for place in range(4):
        beat(people.nurse, home, place / 2)
    entry = TimeEntry.objects.get()
    assert (entry.active_seconds, entry.starts_at, entry.ends_at) == (120, after(-0.5), after(1.5))
    assert (entry.purpose, entry.is_live_contact, entry.attested_at) == ("management", False, None)


def test_a_page_cannot_claim_more_than_has_passed(home: Home, people: People) -> None:
    beat(people.nurse, home, 0, seconds=3000)
    assert TimeEntry.objects.get().active_seconds == 35
    beat(people.nurse, home, 0.1, seconds=30)
    assert TimeEntry.objects.get().active_seconds == 41
    assert beat(people.nurse, home, 0.2, seconds=0) is None


def test_two_tabs_are_not_two_people(home: Home, people: People) -> None:
    other = make_home(people, "Ada")
    for place in range(4):
        beat(people.nurse, home, place / 2)
        beat(people.nurse, other, place / 2)
    entries = TimeEntry.objects.order_by("starts_at")
    assert sum(entry.active_seconds for entry in entries) <= 120
    for earlier, later in pairwise(entries):
        assert earlier.ends_at <= later.starts_at


def test_after_a_rest_it_is_another_stretch_and_a_sitting_is_capped(home: Home, people: People) -> None:
    for place in range(80):
        beat(people.nurse, home, place / 2)
    assert TimeEntry.objects.get().active_seconds == rules.MOST_OF_A_SITTING.total_seconds()
    beat(people.nurse, home, 60)
    assert TimeEntry.objects.count() == 2


@given(
    claims=st.lists(
        st.tuples(st.integers(0, 4000), st.integers(0, 400), st.booleans()), min_size=1, max_size=60
    )
)
def test_no_history_of_claims_counts_more_than_the_clock(claims: list[tuple[int, int, bool]]) -> None:
    now, newest, total, day = NOW, None, 0, 0
    for claimed, pause, is_same in claims:
        now += timedelta(seconds=pause)
        found = credit(
            claimed_seconds=claimed,
            now=now,
            newest=newest and Stretch(is_same, newest.ended_at, newest.active_seconds),
            seconds_of_the_day=day,
        )
        if found is None:
            continue
        assert found.seconds <= rules.MOST_OF_A_BEAT.total_seconds()
        before = 0 if found.is_new or newest is None else newest.active_seconds
        newest = Stretch(True, now, before + found.seconds)
        assert newest.active_seconds <= rules.MOST_OF_A_SITTING.total_seconds()
        total, day = total + found.seconds, day + found.seconds
    assert total <= (now - NOW).total_seconds() + rules.MOST_OF_A_BEAT.total_seconds()
    assert day <= rules.MOST_OF_A_DAY.total_seconds()


def test_a_talk_takes_in_what_was_counted_meanwhile(home: Home, people: People) -> None:
    beat(people.nurse, home, 8)
    beat(people.nurse, home, 8.5)
    with clock.frozen(after(9)):
        entry = time.note_contact(actor=people.nurse.actor, patient=home.monitored.patient, minutes=5)
    assert TimeEntry.objects.get() == entry
    assert (entry.active_seconds, entry.is_live_contact, entry.starts_at) == (300, True, after(4))


def test_a_talk_is_not_at_the_time_of_another_person(home: Home, people: People) -> None:
    other = make_home(people, "Ada")
    beat(people.nurse, other, 8)
    with clock.frozen(after(9)), pytest.raises(TimeRefusedError, match="overlap"):
        time.note_contact(actor=people.nurse.actor, patient=home.monitored.patient, minutes=5)
    assert TimeEntry.objects.count() == 1


def test_the_database_refuses_two_places_at_once(home: Home, people: People) -> None:
    entry = beat(people.nurse, home, 0)
    assert entry is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        TimeEntry.objects.create(
            organization_id=entry.organization_id,
            user=entry.user,
            patient=entry.patient,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            active_seconds=1,
            counted_seconds=1,
        )


def test_only_its_person_corrects_with_a_reason_and_what_was_counted_stays(
    home: Home, people: People
) -> None:
    for place in range(10):
        beat(people.nurse, home, place / 2)
    entry = TimeEntry.objects.get()
    values: dict[str, Any] = {"minutes": 2, "is_live_contact": True}
    with pytest.raises(TimeRefusedError, match="not_yours"):
        time.correct(actor=people.physician.actor, entry=entry, reason="Mine", **values)
    with pytest.raises(TimeRefusedError, match="no_reason"):
        time.correct(actor=people.nurse.actor, entry=entry, reason=" ", **values)
    with pytest.raises(TimeRefusedError, match="minutes"):
        time.correct(actor=people.nurse.actor, entry=entry, reason="More", minutes=20, is_live_contact=False)
    time.correct(actor=people.nurse.actor, entry=entry, reason="Was called away", **values)
    entry.refresh_from_db()
    assert (entry.active_seconds, entry.counted_seconds, entry.is_live_contact) == (120, 300, True)


def test_confirmed_time_is_fixed_and_nobody_confirms_for_another(home: Home, people: People) -> None:
    entry = beat(people.nurse, home, 0)
    assert entry is not None
    assert time.attest(actor=people.physician.actor, entry_ids=[entry.pk]) == 0
    assert time.attest(actor=people.nurse.actor, entry_ids=[entry.pk]) == 1
    with pytest.raises(TimeRefusedError, match="attested"):
        time.correct(
            actor=people.nurse.actor, entry=entry, minutes=0, is_live_contact=False, reason="Changed"
        )
    beat(people.nurse, home, 0.5)
    assert TimeEntry.objects.count() == 2  # what comes after is a stretch of its own
