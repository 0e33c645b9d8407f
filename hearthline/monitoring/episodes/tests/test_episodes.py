from datetime import time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404

from hearthline.directory.services.consents import write_consent_text
from hearthline.directory.tests.stage import make_patient, make_practitioner, watch_audit
from hearthline.foundation import clock
from hearthline.monitoring.episodes.access import get_episode_for
from hearthline.monitoring.episodes.models import Episode, PlannedMeasurement
from hearthline.monitoring.episodes.plan import Planned
from hearthline.monitoring.episodes.queries import awaited_since
from hearthline.monitoring.episodes.services import (
    ask_for,
    end_monitoring,
    note_consent,
    note_set_up,
    plan_measurements,
    stop_asking,
)
from hearthline.monitoring.episodes.tests.stage import agree, make_treated, order, set_up
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People


def test_an_order_stands_in_the_name_of_who_ordered(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = watch_audit(monkeypatch)
    episode = order(people)
    assert episode.practitioner == make_practitioner(people.physician)
    assert order(people, episode.monitored.patient) == episode
    (entry,) = [one for one in entries if one.action == "monitoring.ordered"]
    assert entry.patient_id == episode.monitored.patient_id
    assert "blood" not in str(vars(entry)).lower()


@pytest.mark.parametrize("role", ["nurse", "navigator", "administrator", "patient", "specialist"])
def test_only_the_prescriber_who_treats_the_patient_orders(people: People, role: str) -> None:
    patient = make_treated(people)
    person = getattr(people, role)
    if role == "specialist":
        make_practitioner(person, "Varga")  # prescribes, but is a stranger to this patient
    people.by_role["physician"] = person
    with pytest.raises(PermissionDenied):
        order(people, patient)
    assert not Episode.objects.exists()


def test_it_goes_its_way(people: People) -> None:
    episode = order(people)
    agree(people, episode)
    set_up(people, episode)
    episode.refresh_from_db()
    assert episode.consent is not None
    assert episode.consent.method == "spoken"
    assert (episode.set_up_on, episode.has_medical_device) == (episode.ordered_on, True)
    end_monitoring(actor=people.physician.actor, episode=episode, reason=Episode.EndReason.GOAL)
    end_monitoring(actor=people.physician.actor, episode=episode, reason=Episode.EndReason.WISH)
    episode.refresh_from_db()
    assert episode.end_reason == Episode.EndReason.GOAL
    second = order(people, episode.monitored.patient)
    assert second != episode
    assert second.monitored == episode.monitored


@pytest.mark.parametrize("days", [-1, 1])
def test_set_up_is_between_order_and_today(people: People, days: int) -> None:
    episode = order(people)
    with pytest.raises(ValidationError):
        set_up(people, episode, episode.ordered_on + timedelta(days=days))
    set_up(people, episode)
    with pytest.raises(ValidationError):
        set_up(people, episode)


def test_consent_is_to_measuring_at_home(people: People) -> None:
    episode = order(people)
    text = write_consent_text(
        actor=people.administrator.actor, kind="telehealth", language="en", title="Video", body="Words"
    )
    with pytest.raises(ValidationError):
        note_consent(
            actor=people.nurse.actor,
            episode=episode,
            text=text,
            signer_name="Rosa Delgado",
            signer_relationship="self",
        )


@pytest.mark.parametrize("role", ["administrator", "navigator", "technician", "patient", "specialist"])
def test_others_run_nothing(people: People, role: str) -> None:
    episode = order(people)
    actor = getattr(people, role).actor
    with pytest.raises(PermissionDenied):
        note_set_up(actor=actor, episode=episode, on=episode.ordered_on, has_medical_device=True)
    with pytest.raises(PermissionDenied):
        end_monitoring(actor=actor, episode=episode, reason=Episode.EndReason.WISH)
    if role != "navigator":  # sees the patients, as this organization wishes
        with pytest.raises(Http404):
            get_episode_for(actor, episode.pk)
    assert get_episode_for(people.nurse.actor, episode.pk) == episode


def test_another_organization_sees_none(people: People) -> None:
    episode = order(people)
    with acting_in(people.other_organization.id), pytest.raises(Http404):
        get_episode_for(people.stranger.actor, episode.pk)


def test_the_database_allows_one_at_a_time_and_wants_a_reason_at_the_end(people: People) -> None:
    episode = order(people)
    values = {
        "organization_id": people.organization.id,
        "monitored": episode.monitored,
        "practitioner": episode.practitioner,
        "ordered_on": episode.ordered_on,
        "reason": "Again",
        "is_established": True,
    }
    with pytest.raises(IntegrityError, match="episode_one_at_a_time"), transaction.atomic():
        Episode.objects.create(**values)
    with pytest.raises(IntegrityError, match="episode_end_has_a_reason"), transaction.atomic():
        Episode.objects.create(**values, ends_on=episode.ordered_on)


def test_eight_orders_at_once_are_one(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        patient = make_treated(people)

    def work(_number: int) -> Episode:
        with acting_in(people.organization.id, people.physician.user.id):
            return order(people, patient)

    assert len({one.pk for one in run_in_threads(8, work)}) == 1
    with acting_in(people.organization.id):
        assert MonitoredPatient.objects.count() == 1


def test_a_stranger_patient_cannot_be_ordered_for(people: People) -> None:
    make_treated(people)
    other = make_patient(people, "Ann", "Lee")
    with pytest.raises(PermissionDenied):
        order(people, other)


def test_a_new_plan_takes_the_place_of_the_old_one(people: People) -> None:
    episode = order(people)
    nurse, today = people.nurse.actor, episode.ordered_on
    morning = ((time(6), time(10)),)
    plan_measurements(actor=nurse, episode=episode, planned=[Planned("weight", today, windows=morning)])
    with clock.frozen(clock.now() + timedelta(days=3)):
        sensor = Planned("glucose", today, is_continuous=True)
        plan_measurements(actor=nurse, episode=episode, planned=[sensor])
        plan_measurements(actor=nurse, episode=episode, planned=[sensor])
    rows = [one.planned for one in episode.planned.all()]
    assert rows == [
        Planned("weight", today, today + timedelta(days=2), windows=morning),
        Planned("glucose", today + timedelta(days=3), is_continuous=True),
    ]
    with clock.frozen(clock.now() + timedelta(days=5)):
        end_monitoring(actor=nurse, episode=episode, reason=Episode.EndReason.WISH)
    assert [one.ends_on for one in episode.planned.all()] == [
        today + timedelta(days=2),
        today + timedelta(days=4),
    ]


MORNING = ((time(6), time(10)),)


def running(episode: Episode) -> dict[str, bool]:
    """Return what is asked of the person now, and whether a program asks it."""
    rows = PlannedMeasurement.objects.filter(monitored=episode.monitored, ends_on=None)
    return {one.metric: one.episode is not None for one in rows}


def test_what_the_team_asks_stands_beside_a_program_and_its_newest_word_counts(people: People) -> None:
    episode = order(people)
    nurse, today, person = people.nurse.actor, episode.ordered_on, episode.monitored
    weight, glucose = (Planned(metric, today, windows=MORNING) for metric in ("weight", "glucose"))
    plan_measurements(actor=nurse, episode=episode, planned=[weight])
    with clock.frozen(clock.now() + timedelta(days=1)):
        ask_for(actor=nurse, monitored=person, planned=glucose)
        own = ask_for(actor=nurse, monitored=person, planned=weight)
    assert running(episode) == {"weight": False, "glucose": False}
    with clock.frozen(clock.now() + timedelta(days=2)):
        plan_measurements(
            actor=nurse, episode=episode, planned=[weight]
        )  # the next phase has a word about it
        assert running(episode) == {"weight": True, "glucose": False}
        own.refresh_from_db()
        assert own.ends_on == today + timedelta(days=1)
        stop_asking(actor=nurse, monitored=person, row=PlannedMeasurement.objects.get(metric="glucose"))
        assert running(episode) == {"weight": True}
        ask_for(actor=nurse, monitored=person, planned=glucose)
        end_monitoring(actor=nurse, episode=episode, reason=Episode.EndReason.WISH)
    assert running(episode) == {}


@pytest.mark.parametrize("role", ["administrator", "navigator", "technician", "patient", "specialist"])
def test_only_clinicians_of_the_patient_ask(people: People, role: str) -> None:
    episode = order(people)
    weight = Planned("weight", episode.ordered_on, windows=MORNING)
    row = ask_for(actor=people.nurse.actor, monitored=episode.monitored, planned=weight)
    actor = getattr(people, role).actor
    with pytest.raises(PermissionDenied):
        ask_for(actor=actor, monitored=episode.monitored, planned=weight)
    with pytest.raises(PermissionDenied):
        stop_asking(actor=actor, monitored=episode.monitored, row=row)
    assert running(episode) == {"weight": False}


def test_eight_who_ask_at_once_leave_one_plan(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        episode = order(people)

    def work(_number: int) -> None:
        with acting_in(people.organization.id, people.nurse.user.id):
            weight = Planned("weight", episode.ordered_on, windows=MORNING)
            ask_for(actor=people.nurse.actor, monitored=episode.monitored, planned=weight)

    run_in_threads(8, work)
    with acting_in(people.organization.id):
        assert running(episode) == {"weight": False}


def test_nothing_is_awaited_before_monitoring_is_set_up(people: People) -> None:
    episode = order(people)
    weight = Planned("weight", episode.ordered_on, windows=MORNING)
    plan_measurements(actor=people.nurse.actor, episode=episode, planned=[weight])
    since = episode.ordered_on
    assert list(awaited_since(people.organization.id, since)) == []
    PlannedMeasurement.objects.update(starts_on=since - timedelta(days=9))
    set_up(people, episode)
    (found,) = awaited_since(people.organization.id, since)
    assert (found.number, found.planned) == (episode.monitored.number, weight)
    with acting_in(people.other_organization.id):
        assert list(awaited_since(people.other_organization.id, since)) == []
