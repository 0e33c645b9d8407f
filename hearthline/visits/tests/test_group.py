"""Visits through the media server: when, for whom, and that nobody receives there whom they may not hear."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hearthline.foundation import clock
from hearthline.visits.choices import EndReason, Modality, ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.group_rules import JANUS, MESH, Choice, Facts, choose, figures_on
from hearthline.visits.janus_configuration import JanusOptions, janus_configuration
from hearthline.visits.media import backend_of
from hearthline.visits.models import (
    Join,
    MediaSeat,
    Participant,
    QualitySample,
    Segment,
    SignalMessage,
    Visit,
)
from hearthline.visits.services import admission, group, guests, room, side_room, telephone
from hearthline.visits.tests.media_server import MediaServer, media_server
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People

FIGURES = figures_on(date(2026, 11, 30))
Commit = Callable[..., AbstractContextManager[list[Any]]]
OFFER = {
    "kind": "description",
    "description": {"type": "offer", "sdp": "v=0"},
    "negotiation": 1,
    "roles": {"0": "microphone", "1": "camera"},
}


@pytest.mark.parametrize(
    ("way", "facts", "choice"),
    [
        (MESH, Facts(4, True), Choice(MESH, "few")),
        (MESH, Facts(5, True), Choice(JANUS, "many")),
        (MESH, Facts(5, False), Choice(MESH, "lost")),
        (MESH, Facts(5, True, has_telephone=True), Choice(MESH, "telephone")),
        (MESH, Facts(4, True, uplink_kilobits=749), Choice(JANUS, "weak")),
        (MESH, Facts(4, True, uplink_kilobits=750), Choice(MESH, "few")),
        (MESH, Facts(2, True, uplink_kilobits=100), Choice(MESH, "few")),
        (JANUS, Facts(5, True, calm_seconds=999), Choice(JANUS, "many")),
        (JANUS, Facts(4, True, calm_seconds=29), Choice(JANUS, "stay")),
        (JANUS, Facts(4, True, calm_seconds=30), Choice(MESH, "few")),
        (JANUS, Facts(4, True, uplink_kilobits=1000, calm_seconds=30), Choice(JANUS, "stay")),
        (JANUS, Facts(4, True, uplink_kilobits=1125, calm_seconds=30), Choice(MESH, "few")),
        (JANUS, Facts(5, False), Choice(MESH, "lost")),
    ],
)
def test_people_and_weak_lines_choose_the_way_with_room_between_there_and_back(
    way: str, facts: Facts, choice: Choice
) -> None:
    assert choose(way, facts, FIGURES) == choice


def test_figures_have_a_day_and_a_source() -> None:
    assert FIGURES.source
    assert figures_on(date(2020, 1, 1)) == FIGURES, "before the first, the first"
    assert replace(FIGURES, again_after_seconds=5).again_after == timedelta(seconds=5)


def test_the_configuration_leaves_one_plugin_and_nothing_for_administrators(tmp_path: Path) -> None:
    for part, names in {
        "plugins": ["libjanus_videoroom.so", "libjanus_sip.so", "libjanus_recordplay.so"],
        "transports": ["libjanus_http.so", "libjanus_websockets.so"],
        "loggers": [],
        "events": ["libjanus_wsevh.so"],
    }.items():
        (tmp_path / part).mkdir()
        for name in names:
            (tmp_path / part / name).touch()
    options = JanusOptions("192.0.2.7", 8088, "api", "rooms", parts=tmp_path)
    files = janus_configuration(options)
    assert 'disable = "libjanus_recordplay.so,libjanus_sip.so"' in files["janus.jcfg"]
    assert 'disable = "libjanus_websockets.so"' in files["janus.jcfg"]
    assert 'api_secret = "api"' in files["janus.jcfg"]
    assert 'ice_enforce_list = "192.0.2.7"' in files["janus.jcfg"]
    assert "admin_secret" not in files["janus.jcfg"]
    assert 'ip = "127.0.0.1"' in files["janus.transport.http.jcfg"]
    assert "admin_http = false" in files["janus.transport.http.jcfg"]


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaServer]:
    with media_server(monkeypatch) as server:
        yield server


def come(stage: Stage, role: ParticipantRole = ParticipantRole.FAMILY, *, is_agreed: bool = False) -> Join:
    """Somebody with a link comes and is let in."""
    actor = stage.people.physician.actor
    _, token = guests.invite_guest(actor=actor, visit=stage.visit, name="Lucia", role=role)
    redeemed = guests.redeem(stage.people.organization.id, token)
    guest = guests.guest_actor(stage.people.organization.id, redeemed.secret)
    assert guest is not None
    participant = Participant.objects.get(visit=stage.visit, invitation__cookie_digest=guest.session_key)
    join = room.join_room(actor=guest, visit=stage.visit, participant=participant)
    admission.admit(actor=actor, visit=stage.visit, participant=participant, is_agreed=is_agreed)
    return get(join)


def get(join: Join) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=join.pk)


def way_of(stage: Stage) -> str:
    return Visit.objects.get(pk=stage.visit.pk).media_backend


def told(join: Join) -> list[dict[str, Any]]:
    return [row.body for row in SignalMessage.objects.filter(join=join, name="media")]


def send(join: Join, to: Join, body: dict[str, Any]) -> None:
    """As the live edge does with a message of a browser."""
    join = get(join)
    backend_of(join.visit).prepare(join)
    backend_of(join.visit).signal(join, to.number, body)


def meet_in_group(stage: Stage) -> list[Join]:
    """Five people, all of whom send."""
    joins = [*stage.begin(), come(stage), come(stage), come(stage)]
    for join in joins:
        send(join, join, OFFER)
    return joins


def test_the_fifth_takes_everybody_over_in_one_event_and_nobody_leaves(
    stage: Stage, server: MediaServer, django_capture_on_commit_callbacks: Commit
) -> None:
    joins = [*stage.begin(), come(stage), come(stage)]
    assert way_of(stage) == MESH
    before = list(Segment.objects.values_list("pk", "ended_at"))
    with django_capture_on_commit_callbacks(execute=True):
        fifth = come(stage)
    assert way_of(stage) == JANUS
    assert not server.asked, "no room ends, not even the new one"
    for join in joins:
        assert told(join) == [{"way": "janus", "why": "many"}]
        assert get(join).closed_at is None
    assert told(fifth) == [], "they begin by that way"
    assert backend_of(get(fifth).visit).admit(get(fifth))["way"] == "janus"
    assert set(before) <= set(Segment.objects.values_list("pk", "ended_at")), "no stretch ended"


def test_without_a_media_server_the_fifth_is_refused_in_words(stage: Stage) -> None:
    stage.begin()
    come(stage)
    come(stage)
    with pytest.raises(VisitRefusedError, match="full"):
        come(stage)
    assert way_of(stage) == MESH


def test_a_colleague_who_walks_in_as_the_fifth_is_refused_and_whose_visit_it_is_is_not(stage: Stage) -> None:
    stage.begin()
    come(stage)
    come(stage)
    own = stage.participant(stage.people.physician)
    Participant.objects.filter(pk=own.pk).update(state=ParticipantState.OUTSIDE)
    nurse = stage.join(stage.people.nurse)
    with pytest.raises(VisitRefusedError, match="full"):
        stage.join(stage.people.specialist)
    assert stage.join(stage.people.nurse, tab="two").number > nurse.number, "who is in may refresh"
    assert get(stage.join(stage.people.physician)).participant.state == ParticipantState.ADMITTED


def test_a_media_server_that_is_down_refuses_the_fifth_and_is_left_alone_for_a_minute(
    stage: Stage, server: MediaServer
) -> None:
    joins = meet_in_group(stage)
    server.is_down = True
    send(joins[0], joins[1], {"kind": "subscribe"})
    assert way_of(stage) == MESH, "the visit goes on"
    assert told(joins[1])[-1] == {"way": "mesh", "why": "lost"}
    server.is_down = False
    group.reconsider(stage.visit)
    assert way_of(stage) == MESH
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        group.reconsider(stage.visit)
    assert way_of(stage) == JANUS, "five are too many for long"


def test_it_goes_back_after_half_a_minute_with_four_and_not_sooner(stage: Stage, server: MediaServer) -> None:
    joins = meet_in_group(stage)
    room.leave_room(actor=stage.people.physician.actor, join=get(joins[-1]))
    now = clock.now()
    for seconds, way in ((0, JANUS), (29, JANUS), (31, MESH)):
        with clock.frozen(now + timedelta(seconds=seconds)):
            group.reconsider(stage.visit)
        assert way_of(stage) == way
    assert told(joins[0])[-1] == {"way": "mesh", "why": "few"}
    assert not MediaSeat.objects.exists()


def test_who_comes_again_in_between_begins_the_half_minute_anew(stage: Stage, server: MediaServer) -> None:
    joins = meet_in_group(stage)
    room.leave_room(actor=stage.people.physician.actor, join=get(joins[-1]))
    now = clock.now()
    with clock.frozen(now):
        group.reconsider(stage.visit)
    with clock.frozen(now + timedelta(seconds=20)):
        come(stage)
        group.reconsider(stage.visit)
    with clock.frozen(now + timedelta(seconds=40)):
        group.reconsider(stage.visit)
    assert way_of(stage) == JANUS


def measure_uplink(join: Join, kilobits: int, times: int = 3) -> None:
    for _ in range(times):
        QualitySample.objects.create(
            organization_id=join.organization_id,
            visit=join.visit,
            participant=join.participant,
            modality="video",
            mean_opinion_score=4,
            concealment=0,
            round_trip_ms=10,
            jitter_buffer_ms=10,
            frames_per_second=10,
            uplink_kilobits=kilobits,
        )


def test_a_weak_way_out_takes_three_people_over(stage: Stage, server: MediaServer) -> None:
    clinician, patient = stage.begin()
    come(stage)
    measure_uplink(clinician, 3000)
    measure_uplink(patient, 400, times=2)
    group.reconsider(stage.visit)
    assert way_of(stage) == MESH, "one dip is no weak line"
    measure_uplink(patient, 400, times=1)
    group.reconsider(stage.visit)
    assert way_of(stage) == JANUS
    assert told(patient) == [{"way": "janus", "why": "weak"}]


def test_everybody_sends_once_and_receives_whom_they_ask_for(stage: Stage, server: MediaServer) -> None:
    joins = meet_in_group(stage)
    send(joins[0], joins[1], {"kind": "subscribe"})
    offered = SignalMessage.objects.filter(join=joins[0], name="signal").last()
    assert offered is not None
    assert offered.body["from"] == joins[1].number
    assert offered.body["roles"] == {"0": "microphone", "1": "camera"}
    answer = {**OFFER, "description": {"type": "answer", "sdp": "v=0"}}
    send(joins[0], joins[1], answer)
    send(joins[0], joins[1], {"kind": "layer", "rung": "minimal"})
    picture = {"mid": "1", "send": True, "substream": 0, "temporal": 1}
    assert server.asked[-1] == {"request": "configure", "streams": [picture]}
    send(joins[0], joins[1], {"kind": "layer", "rung": "audio"})
    assert server.asked[-1]["streams"] == [{"mid": "1", "send": False}]


def test_a_feed_that_ended_just_now_costs_nobody_else_their_place(stage: Stage, server: MediaServer) -> None:
    joins = meet_in_group(stage)
    server.sending.pop(MediaSeat.objects.get(join=joins[1]).session)
    send(joins[0], joins[1], {"kind": "subscribe"})
    assert len(server.sending) == 4
    assert not SignalMessage.objects.filter(join=joins[0], body__kind="again").exists()


def test_an_observer_receives_and_sends_nothing(stage: Stage, server: MediaServer) -> None:
    joins = meet_in_group(stage)
    observer = come(stage, ParticipantRole.OBSERVER, is_agreed=True)
    with pytest.raises(VisitRefusedError, match="observer"):
        send(observer, observer, OFFER)
    send(observer, joins[0], {"kind": "subscribe"})
    assert len(server.receiving) == 1


def test_the_two_rooms_are_apart_in_the_media_server_too(
    stage: Stage, server: MediaServer, django_capture_on_commit_callbacks: Commit
) -> None:
    nurse = stage.join(stage.people.nurse)
    clinician, patient = stage.begin()
    others = [come(stage), come(stage)]
    joins = [nurse, clinician, patient, *others]
    for join in joins:
        send(join, join, OFFER)
    send(patient, clinician, {"kind": "subscribe"})
    send(clinician, patient, {"kind": "subscribe"})
    before = set(server.sending)
    with django_capture_on_commit_callbacks(execute=True):
        side_room.step_aside(actor=stage.people.physician.actor, visit=stage.visit)
    assert len(before - set(server.sending)) == 2, "what both clinicians sent and received ended"
    for one, other in ((patient, clinician), (clinician, patient)):
        with pytest.raises(VisitRefusedError, match="apart"):
            send(one, other, {"kind": "subscribe"})
    for join in (clinician, nurse):
        send(join, join, OFFER)
    send(clinician, nurse, {"kind": "subscribe"})
    apart = {feed.split()[0] for session in server.receiving.values() for feed in session if "aside" in feed}
    assert len(apart) == 1
    with django_capture_on_commit_callbacks(execute=True):
        side_room.come_back(actor=stage.people.physician.actor, visit=stage.visit)
    assert not any("aside" in feed for feed in server.sending.values())


@pytest.mark.parametrize("decision", [admission.put_back, admission.remove])
def test_who_goes_out_loses_everything_at_once(
    stage: Stage, server: MediaServer, django_capture_on_commit_callbacks: Commit, decision: Any
) -> None:
    joins = meet_in_group(stage)
    guest = joins[-1]
    send(guest, joins[0], {"kind": "subscribe"})
    session = MediaSeat.objects.get(join=guest).session
    with django_capture_on_commit_callbacks(execute=True):
        decision(actor=stage.people.physician.actor, visit=stage.visit, participant=guest.participant)
    assert session not in server.sessions
    assert session not in server.sending
    assert session not in server.receiving
    if get(guest).closed_at is None:
        with pytest.raises(VisitRefusedError, match="not_admitted"):
            send(guest, guest, OFFER)
        with pytest.raises(VisitRefusedError, match="not_admitted"):
            send(guest, joins[0], {"kind": "subscribe"})
    else:
        send(guest, guest, OFFER)
        assert not MediaSeat.objects.filter(join=guest).exists()


def test_a_media_server_that_was_started_again_is_taken_up_again(stage: Stage, server: MediaServer) -> None:
    joins = meet_in_group(stage)
    server.forget()
    with clock.frozen(clock.now() + timedelta(seconds=30)):
        backend_of(get(joins[0]).visit).keep(get(joins[0]))
    again = SignalMessage.objects.filter(join=joins[0], body__kind="again")
    assert again.count() == 1
    send(joins[0], joins[0], OFFER)
    assert len(server.sending) == 1


def test_a_telephone_stays_with_browsers_alone(
    stage: Stage, server: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.SIP_TRUNK", "192.0.2.9")
    meet_in_group(stage)
    with pytest.raises(VisitRefusedError, match="group_telephone"):
        telephone.call_patient(actor=stage.people.physician.actor, visit=stage.visit, which="agreed")


def test_with_a_telephone_inside_the_fifth_is_refused(stage: Stage, server: MediaServer) -> None:
    _, patient = stage.begin()
    Participant.objects.filter(pk=patient.participant_id).update(modality=Modality.PHONE)
    come(stage)
    come(stage)
    with pytest.raises(VisitRefusedError, match="full"):
        come(stage)
    assert Participant.objects.filter(visit=stage.visit, state=ParticipantState.ADMITTED).count() == 4


def test_the_end_of_a_visit_leaves_nothing_in_the_media_server(
    stage: Stage, server: MediaServer, django_capture_on_commit_callbacks: Commit
) -> None:
    meet_in_group(stage)
    with django_capture_on_commit_callbacks(execute=True):
        admission.end_visit(actor=stage.people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    assert not server.sending
    assert [body["room"][-3:] for body in server.asked[-2:]] == ["all", "ide"]
    assert not MediaSeat.objects.exists()
