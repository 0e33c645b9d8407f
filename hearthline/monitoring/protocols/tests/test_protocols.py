"""Protocols: nothing in use before a physician approves it; steps with time and person; finished, or left with why."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from hearthline.directory.tests.stage import watch_audit
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Case
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.tests.stage import SEVERE, Home, after, in_force, make_home
from hearthline.monitoring.protocols import services
from hearthline.monitoring.protocols.definitions import ProtocolError, read_definition, shipped
from hearthline.monitoring.protocols.errors import ProtocolRefusedError
from hearthline.monitoring.protocols.models import DoneStep, Protocol, ProtocolRun
from hearthline.monitoring.protocols.queries import offered_for
from hearthline.monitoring.protocols.tests.stage import in_use
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People

LIST = "/monitoring/protocols/"


@pytest.fixture
def case(home: Home, people: People) -> Case:
    in_force(people, SEVERE | {"ask_minutes": 0}, code="severe", severity=Severity.DANGER)
    home.send((0, 190), metric="systolic")
    return Case.objects.get()


def test_the_shipped_ones_are_protocols_with_sources_in_both_languages() -> None:
    for table in shipped():
        found = read_definition(table)
        assert found.source
        assert found.answers
        assert all({"en", "es"} <= set(step.words) for step in found.steps)


@pytest.mark.parametrize(
    "change",
    [
        {"code": "With Capitals"},
        {"source": " "},
        {"steps": []},
        {"steps": [{"code": "a", "words": {"es": "Sin inglés"}}]},
        {"steps": [{"code": "a", "words": {"en": "x"}, "wait_minutes": -1}]},
        {"steps": [{"code": "a", "words": {"en": "x"}}] * 2},
        {"answers": [{"metric": "mood", "direction": "low"}]},
        {"name": "a word"},
    ],
)
def test_what_is_no_protocol_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        read_definition({**shipped()[0], **change})


def test_none_is_in_use_before_a_physician_approves_it(people: People, case: Case) -> None:
    assert people.nurse.client.post(f"{LIST}shipped/").status_code == 302
    assert people.nurse.client.post(f"{LIST}shipped/").status_code == 302
    draft = Protocol.objects.get(code="severe-hypertension")
    assert Protocol.objects.count() == len(shipped())
    page = people.nurse.client.get(f"/monitoring/cases/{case.pk}/").content.decode()
    assert "No protocol is approved yet" in page
    with pytest.raises(ProtocolRefusedError, match="not_active"):
        services.start(actor=people.nurse.actor, case=case, protocol=draft)
    assert people.nurse.client.post(f"{LIST}{draft.pk}/approve/").status_code == 403
    assert people.physician.client.post(f"{LIST}{draft.pk}/approve/").status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.approved_by, draft.written_by) == (
        "active",
        people.physician.user,
        people.nurse.user,
    )
    assert people.physician.client.post(f"{LIST}{draft.pk}/approve/").status_code == 422


def test_it_is_started_ticked_off_and_kept_with_the_case(
    people: People, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol, client = in_use(people), people.nurse.client
    written = watch_audit(monkeypatch)
    page = f"/monitoring/cases/{case.pk}/"
    assert "Start: Very high blood pressure" in client.get(page).content.decode()
    with clock.frozen(after(2)):
        assert client.post(f"{page}protocols/{protocol.pk}/start/").headers["location"] == f"{page}#protocol"
    run = ProtocolRun.objects.get()
    case.refresh_from_db()
    assert (case.owner, run.started_by) == (people.nurse.user, people.nurse.user)
    steps = [one.code for one in protocol.definition.steps]
    for number, step in enumerate(steps[:4]):
        with clock.frozen(after(3 + number)):
            client.post(f"/monitoring/protocol-runs/{run.pk}/steps/{step}/")
            client.post(f"/monitoring/protocol-runs/{run.pk}/steps/{step}/")
    html = client.get(page).content.decode()
    assert "4 of 7 done" in html
    assert "at 02:11" in html  # five minutes after the rest, in the clinic's zone
    assert "Very high blood pressure: 4 of 7" in client.get("/monitoring/").content.decode()
    assert client.post(f"{page}close/", {"comment": "Well."}).status_code == 422
    people.navigator.client.post(f"/monitoring/protocol-runs/{run.pk}/steps/{steps[4]}/")
    for step in steps[5:]:
        client.post(f"/monitoring/protocol-runs/{run.pk}/steps/{step}/")
    run.refresh_from_db()
    assert (run.ending, run.ended_by) == ("finished", people.nurse.user)
    by = list(DoneStep.objects.order_by("created_at").values_list("done_by__name", flat=True))
    assert sorted(set(by)) == ["Ines Okafor", "June Whitfield"]
    assert [one.action for one in written if one.action.startswith("protocol.")] == [
        "protocol.started",
        *["protocol.step_done"] * len(steps),
        "protocol.finished",
    ]
    assert client.post(f"{page}close/", {"comment": "Well."}).status_code == 302


def test_it_is_left_with_a_reason_and_another_can_be_started(people: People, case: Case) -> None:
    protocol, client = in_use(people), people.nurse.client
    start = f"/monitoring/cases/{case.pk}/protocols/{protocol.pk}/start/"
    client.post(start)
    run = ProtocolRun.objects.get()
    client.post(start)
    assert ProtocolRun.objects.count() == 1
    client.post(f"/monitoring/protocol-runs/{run.pk}/leave/", {"reason": " "})
    run.refresh_from_db()
    assert run.ended_at is None
    client.post(f"/monitoring/protocol-runs/{run.pk}/leave/", {"reason": "Wrong person measured"})
    run.refresh_from_db()
    assert (run.ending, run.reason) == ("left", "Wrong person measured")
    client.post(f"/monitoring/protocol-runs/{run.pk}/steps/call/")
    assert not DoneStep.objects.exists()
    client.post(start)
    assert ProtocolRun.objects.filter(ended_at=None).count() == 1


def test_a_new_version_leaves_a_run_as_it_began(people: People, case: Case) -> None:
    first = in_use(people)
    run = services.start(actor=people.nurse.actor, case=case, protocol=first)
    content = first.content | {"steps": first.content["steps"][:2]}
    second = services.write_protocol(actor=people.nurse.actor, content=content, reason="Shorter")
    services.approve_protocol(actor=people.physician.actor, protocol=second)
    first.refresh_from_db()
    assert (first.state, second.version) == ("retired", 2)
    assert [one[0] for one in offered_for(people.nurse.actor, case, "en")] == [second]
    services.tick(actor=people.nurse.actor, run=run, step="physician")
    assert DoneStep.objects.get().step == "physician"


def test_one_that_answers_the_alert_is_offered_first(people: People, case: Case) -> None:
    in_use(people)
    low = Protocol.objects.get(code="hypoglycaemia")
    services.approve_protocol(actor=people.physician.actor, protocol=low)
    found = offered_for(people.nurse.actor, case, "es")
    assert [(name, is_fitting) for _, name, is_fitting in found] == [
        ("Presión muy alta", True),
        ("Glucosa muy baja", False),
    ]


def test_a_protocol_is_written_on_a_page(people: People) -> None:
    client = people.nurse.client
    data = {
        "code": "fever",
        "name_en": "Fever",
        "answers": ["temperature:high"],
        "source": "Our own",
        "reason": "None there",
        "form-TOTAL_FORMS": "12",
        "form-INITIAL_FORMS": "0",
        "form-0-words_en": "Call",
        "form-2-words_en": "Measure again",
        "form-2-wait_minutes": "30",
    }
    assert client.post(f"{LIST}new/", data | {"form-2-wait_minutes": "9999"}).status_code == 422
    assert client.post(f"{LIST}new/", data | {"code": "No Code"}).status_code == 422
    assert client.post(f"{LIST}new/", data).status_code == 302
    made = Protocol.objects.get()
    assert [(one.code, one.wait_minutes) for one in made.definition.steps] == [("step-1", 0), ("step-2", 30)]
    assert client.post(f"{LIST}{made.pk}/next/", data | {"code": "other"}).status_code == 302
    assert set(Protocol.objects.values_list("code", "version")) == {("fever", 1), ("fever", 2)}
    assert people.navigator.client.get(f"{LIST}new/").status_code == 403


def test_strangers_find_nothing(people: People, case: Case) -> None:
    protocol = in_use(people)
    run = services.start(actor=people.nurse.actor, case=case, protocol=protocol)
    client = people.stranger.client
    assert client.get(f"{LIST}{protocol.pk}/").status_code == 404
    assert client.post(f"/monitoring/protocol-runs/{run.pk}/steps/call/").status_code == 404
    assert client.post(f"/monitoring/cases/{case.pk}/protocols/{protocol.pk}/start/").status_code == 404
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run.delete()


def test_of_two_who_start_at_once_one_does(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        home = make_home(people)
        in_force(people, SEVERE | {"ask_minutes": 0}, severity=Severity.DANGER)
        home.send((0, 190), metric="systolic")
        protocol, case = in_use(people), Case.objects.get()

    def begin(_number: int) -> str:
        with acting_in(people.organization.id):
            try:
                services.start(actor=people.nurse.actor, case=Case.objects.get(pk=case.pk), protocol=protocol)
            except ProtocolRefusedError as refused:
                return refused.code
            return "begun"

    assert sorted(run_in_threads(4, begin)) == ["begun", "running", "running", "running"]


def test_a_wait_begins_when_the_step_before_is_done() -> None:
    definition = read_definition(shipped()[0])
    repeat = next(one for one in definition.steps if one.code == "repeat")
    assert definition.due_at(repeat, {}) is None
    assert definition.due_at(repeat, {"rest": after(0)}) == after(0) + timedelta(minutes=5)
