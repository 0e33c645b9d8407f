"""The rescue desk: which visits come first and why, who sees it, what it does, and how often it was right."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from hearthline.directory.models import SafeContact
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.messaging.models import Notification
from hearthline.messaging.recipients import reaches_of
from hearthline.scheduling import events
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.rules.requirements import Kind
from hearthline.scheduling.services.requirements import interpreter_wish, note_requirements
from hearthline.scheduling.subscribers import tell_of_telephone
from hearthline.visits.choices import Help, Modality, Outcome, SegmentCause, VisitState, Window
from hearthline.visits.models import DeviceCheck, QualitySample, RankedVisit, Rescue, Visit
from hearthline.visits.outcomes import measured_since, outcome_of
from hearthline.visits.readiness import Fact, readiness_of
from hearthline.visits.rescue import WORDS, Sign, all_weights, risk_of, weights_on
from hearthline.visits.rescue_desk import desk_for
from hearthline.visits.services import room
from hearthline.visits.services.ranking import rank_coming
from hearthline.visits.tests.stage import Stage, make_visit
from hearthline.visits.windows import window_of
from tests.people import People


@pytest.fixture
def stage(people: People) -> Stage:
    made = make_visit(people)
    made.visit.patient.email = "rosa@example.org"
    made.visit.patient.telephone = "+15125550134"
    made.visit.patient.save()
    return made


def signs_of(stage: Stage, window: Window = Window.MINUTES) -> set[Sign]:
    rows = desk_for(stage.people.navigator.actor, window)
    return set(next(row for row in rows if row.visit.pk == stage.visit.pk).risk.signs)


def test_every_sign_has_a_weight_words_and_a_first_help() -> None:
    newest = all_weights()[-1]
    assert set(newest.points) == set(newest.first) == set(Sign) == set(WORDS)
    assert all(weights.source for weights in all_weights())
    assert weights_on(date(2020, 1, 1)) == all_weights()[0]


def test_points_add_up_and_the_weightiest_sign_is_said_first() -> None:
    weights = all_weights()[-1]
    risk = risk_of(frozenset({Sign.UNCHECKED, Sign.LOST, Sign.WEAK_NETWORK}), weights)
    assert risk.signs == (Sign.LOST, Sign.WEAK_NETWORK, Sign.UNCHECKED)
    assert (risk.points, risk.is_high, risk.first) == (13, True, Help.CALL)
    early = risk_of(frozenset({Sign.UNCHECKED}), weights, Window.TWO_DAYS)
    assert (early.points, early.signs, early.first) == (0, (), None), "nobody has to check two days ahead"


@pytest.mark.parametrize(
    ("minutes", "window"),
    [
        (-5, Window.NOW),
        (10, Window.MINUTES),
        (11, Window.HOURS),
        (121, Window.DAY),
        (1441, Window.TWO_DAYS),
        (2881, None),
    ],
)
def test_a_visit_stands_in_one_window(minutes: int, window: Window | None) -> None:
    now = clock.now()
    assert window_of(now + timedelta(minutes=minutes), now) == window


def test_signs_and_readiness_before_a_visit_follow_from_facts(stage: Stage) -> None:
    assert signs_of(stage) == {Sign.NOT_HERE, Sign.UNCHECKED, Sign.UNOPENED}
    stage.people.patient.client.get(reverse("visits:prepare", args=[stage.visit.pk]))
    DeviceCheck.objects.create(
        organization_id=stage.people.organization.id, visit=stage.visit, camera="denied", network="weak"
    )
    assert signs_of(stage) == {Sign.NOT_HERE, Sign.DEVICE_FAULT, Sign.WEAK_NETWORK}
    stage.join(stage.people.patient)
    assert signs_of(stage) == {Sign.DEVICE_FAULT, Sign.WEAK_NETWORK}
    stage.visit.refresh_from_db()
    ready = readiness_of([stage.visit])[stage.visit.pk]
    assert {one.fact for one in ready.missing} == {Fact.DEVICES, Fact.QUESTIONS, Fact.COVERAGE}
    assert ready.is_ready, "what is missing holds nobody up"
    appointment = stage.visit.appointment
    assert appointment is not None
    note_requirements(appointment, {Kind.INTERPRETER: interpreter_wish("es")})
    again = Visit.objects.get(pk=stage.visit.pk)
    assert not readiness_of([again])[again.pk].is_ready


def test_signs_while_a_visit_runs(stage: Stage) -> None:
    _, patient = stage.begin()
    assert signs_of(stage, Window.NOW) == set()
    QualitySample.objects.create(
        organization_id=stage.people.organization.id,
        visit=stage.visit,
        participant=patient.participant,
        modality="video",
        mean_opinion_score=1.8,
        concealment=0.3,
        round_trip_ms=900,
        jitter_buffer_ms=800,
        frames_per_second=1,
    )
    assert signs_of(stage, Window.NOW) == {Sign.POOR}
    with clock.frozen(clock.now() + timedelta(seconds=90)):
        assert room.note_loss(patient)
    assert Sign.LOST in signs_of(stage, Window.NOW)


def test_the_desk_is_for_the_care_team_alone(stage: Stage) -> None:
    people, name = stage.people, stage.visit.patient.family_name
    for person in (people.navigator, people.nurse):
        page = person.client.get(reverse("visits:rescue")).text
        assert name in page
        assert "begins soon, and the patient is not here" in page
    assert name not in people.stranger.client.get(reverse("visits:rescue")).text
    for address in ("visits:rescue", "visits:rescue_requests", "visits:rescue_results"):
        for person in (people.patient, people.technician, people.administrator):
            assert person.client.get(reverse(address)).status_code == 403


def press(stage: Stage, help_: Help) -> int:
    address = reverse("visits:do_rescue", args=[stage.visit.pk, help_.value])
    assert stage.people.technician.client.post(address).status_code == 403
    assert stage.people.stranger.client.post(address).status_code == 404
    return int(stage.people.navigator.client.post(address).status_code)


def test_a_visit_and_its_appointment_are_held_by_telephone_and_the_patient_is_told(stage: Stage) -> None:
    assert press(stage, Help.TELEPHONE) == 302
    stage.visit.refresh_from_db()
    appointment = Appointment.objects.get(visit=stage.visit)
    assert (stage.visit.planned_modality, appointment.mode) == ("phone", "phone")
    assert signs_of(stage) == set(), "nobody waits for a page to be opened any more"
    tell_of_telephone(
        events.AppointmentToTelephone(
            organization_id=appointment.organization_id,
            appointment_id=appointment.pk,
            patient_id=stage.visit.patient_id,
            practitioner_id=appointment.practitioner_id,
            starts_at=appointment.starts_at,
        )
    )
    assert "appointment.to_phone_called" in Notification.objects.values_list("template", flat=True)
    assert press(stage, Help.TELEPHONE) == 302
    assert Appointment.objects.get(pk=appointment.pk).sequence == appointment.sequence


def test_help_is_sent_and_written_down_with_its_reasons(stage: Stage) -> None:
    assert press(stage, Help.SEND) == 302
    done = Rescue.objects.get()
    assert (done.help, done.window, done.done_by) == (
        Help.SEND,
        Window.MINUTES,
        stage.people.navigator.user.name,
    )
    assert Sign.NOT_HERE in done.signs
    assert Notification.objects.get(about_id=stage.visit.pk).template == "visit.help"
    press(stage, Help.CALL)
    assert Rescue.objects.count() == 1, (
        "nobody can be called where there is no trunk, and nothing is written down"
    )


def test_a_request_stays_until_somebody_closes_it(stage: Stage) -> None:
    press(stage, Help.LOANER)
    press(stage, Help.LOANER)
    asked = Rescue.objects.get()
    client = stage.people.nurse.client
    assert stage.visit.patient.family_name in client.get(reverse("visits:rescue_requests")).text
    address = reverse("visits:close_request", args=[asked.pk])
    assert stage.people.stranger.client.post(address, {"end": "done"}).status_code == 404
    client.post(address, {"end": "done"})
    asked.refresh_from_db()
    assert (asked.end, asked.closed_by) == ("done", stage.people.nurse.user.name)


def test_what_became_of_a_visit() -> None:
    video, link = (Modality.VIDEO, ""), SegmentCause.LINK
    ended = VisitState.ENDED
    assert outcome_of(ended, [video]) == Outcome.HELD
    assert outcome_of(ended, [(Modality.PHONE, SegmentCause.AGREED)]) == Outcome.HELD
    assert outcome_of(ended, [video, (Modality.AUDIO, link), video]) == Outcome.VOICE
    assert outcome_of(ended, [video, (Modality.AUDIO, link), (Modality.PHONE, link)]) == Outcome.TELEPHONE
    assert outcome_of(VisitState.ABANDONED, []) == Outcome.MISSED
    assert outcome_of(VisitState.CANCELLED, []) is None


def test_a_rank_is_kept_once_and_measured_on_what_then_happened(stage: Stage) -> None:
    organization_id = stage.people.organization.id
    assert (rank_coming(organization_id), rank_coming(organization_id)) == (1, 0)
    kept = RankedVisit.objects.get()
    assert (kept.window, kept.is_high) == (Window.MINUTES, True)
    since = clock.now() - timedelta(days=1)
    assert measured_since(since).visits == 0, "what is still open proves nothing"
    Visit.objects.filter(pk=stage.visit.pk).update(state=VisitState.ABANDONED)
    shown = measured_since(since)
    assert [(one.count, one.wrong, one.percent) for one in shown.ranking] == [
        (1, 1, 100),
        (0, 0, None),
        (0, 0, None),
    ]
    assert {str(one.name) for one in shown.signs} == {str(WORDS[Sign(sign)]) for sign in kept.signs}
    page = stage.people.navigator.client.get(reverse("visits:rescue_results")).text
    assert "1 of 1 (100 %)" in page


def offered(stage: Stage) -> set[str]:
    page = stage.people.navigator.client.get(reverse("visits:rescue")).text
    return {one.value for one in Help if f"/visits/{stage.visit.pk}/rescue/{one.value}/" in page}


def test_only_ways_are_offered_by_which_the_person_agreed_to_be_reached(stage: Stage, settings: Any) -> None:
    requests = {"hub_room", "loaner", "telephone", "spoke"}
    assert offered(stage) == requests | {"send", "practice"}, "there is no trunk to ring anybody"
    settings.SIP_TRUNK = "sip:trunk.example"
    assert offered(stage) == requests | {"send", "practice", "call"}
    patient = stage.visit.patient
    contact = SafeContact.objects.create(
        organization_id=patient.organization_id,
        patient=patient,
        preferred=SafeContact.Channel.VOICE,
        is_sms_allowed=False,
        is_email_allowed=False,
        is_voice_allowed=True,
    )
    assert offered(stage) == requests | {"call"}
    contact.preferred = SafeContact.Channel.PORTAL
    contact.save()
    assert offered(stage) == requests, "staff may still call by hand"


def test_ways_are_looked_up_for_all_at_once(stage: Stage, django_assert_max_num_queries: Any) -> None:
    organization_id = stage.people.organization.id
    others = [make_patient(stage.people, name) for name in ("Ana", "Bea", "Cleo")]
    with django_assert_max_num_queries(4):
        found = reaches_of(organization_id, {stage.visit.patient_id, *(one.pk for one in others)})
    assert len(found) == 4
