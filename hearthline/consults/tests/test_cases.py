"""A case from question to end, through the pages of those who take part."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from hearthline.charting.models import Document
from hearthline.charting.services import open_encounter
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.models import Closing, Consult, CriticalFinding, Message, Move, Opinion, WorkTime
from hearthline.consults.queries import billing_of
from hearthline.consults.rules.states import MOVES, Status, list_pairs
from hearthline.consults.services import answering, asking, assigning, critical, reading
from hearthline.consults.tests.stage import (
    FACTS,
    MONDAY,
    CaseStage,
    answer,
    as_person,
    ask,
    ask_unassigned,
    begin_question,
    draft,
    grant,
)
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.identity.freshness import NotFreshError

FACT_FIELDS = {f"fact_{code}": value for code, value in FACTS.items()}


def do(person: object, consult: Consult, code: str, **values: object) -> int:
    url = reverse("consults:act", args=[consult.pk, code])
    return int(person.client.post(url, values).status_code)  # type: ignore[attr-defined]


def now(consult: Consult) -> Consult:
    return Consult.objects.get(pk=consult.pk)


def test_a_question_is_asked_through_the_pages(stage: CaseStage) -> None:
    client = stage.asker.client
    page = reverse("consults:screen", args=[stage.patient.pk, "dermatology"])
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"flags": ["none", "swelling"]}).status_code == 422
    begun = client.post(page, {"flags": ["none"]})
    consult = Consult.objects.get()
    question = reverse("consults:question", args=[consult.pk])
    assert begun.headers["location"] == question
    told = {
        "told_by_name": "Dr. Lindqvist",
        "told_on": "2026-03-02",
        "shares_record": "on",
        "urgency": "routine",
    }
    missing = client.post(question, {"question": "What is it?", "ask": "yes", **told})
    assert missing.status_code == 422
    assert now(consult).question == "What is it?"  # nothing that was written is lost
    future = {**told, "told_on": "2026-04-02"}
    assert (
        client.post(question, {"question": "What?", "ask": "yes", **future, **FACT_FIELDS}).status_code == 422
    )
    asked = client.post(question, {"question": "What is it?", "ask": "yes", **told, **FACT_FIELDS})
    assert asked.headers["location"] == reverse("consults:case", args=[consult.pk])
    consult = now(consult)
    assert (consult.status, consult.assignee_id) == (Status.ASSIGNED, stage.reader.user.id)
    assert consult.due_at == MONDAY + timedelta(days=3)  # 27 working hours of 9 a day
    assert stage.reader.client.get(asked.headers["location"]).status_code == 200


def test_a_red_flag_stops_the_question_with_the_local_number(stage: CaseStage) -> None:
    page = reverse("consults:screen", args=[stage.patient.pk, "dermatology"])
    shown = stage.asker.client.post(page, {"flags": ["swelling"]}, follow=True).content.decode()
    consult = Consult.objects.get()
    assert consult.number_shown == "911"
    assert "tel:911" in shown
    with pytest.raises(CaseRefusedError, match="not_clear"):
        asking.ask(
            stage.asker.actor, consult=consult, told_by_name="x", patient_told_at=MONDAY, shares_record=False
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Consult.objects.filter(pk=consult.pk).update(status="asked")


def test_a_second_case_about_the_same_needs_a_reason(stage: CaseStage) -> None:
    first = ask(stage)
    page = reverse("consults:screen", args=[stage.patient.pk, "dermatology"])
    refused = stage.asker.client.post(page, {"flags": ["none"]})
    assert refused.status_code == 422
    assert str(first.pk) in refused.content.decode()
    assert stage.asker.client.post(page, {"flags": ["none"], "other_matter": "The scalp"}).status_code == 302


def test_two_windows_ask_once(stage: CaseStage) -> None:
    one, two = begin_question(stage), begin_question(stage)
    facts: dict[str, Any] = {"told_by_name": "x", "patient_told_at": MONDAY, "shares_record": False}
    asking.ask(stage.asker.actor, consult=one, **facts)
    with pytest.raises(CaseRefusedError, match="duplicate"):
        asking.ask(stage.asker.actor, consult=two, **facts)


def test_the_database_knows_the_same_steps() -> None:
    text = (Path(__file__).parents[1] / "migrations/0002_wall.py").read_text()
    listed = text[text.index('PAIRS = """') : text.index('"""\nBY_READERS')]
    for source, target in list_pairs():
        assert f"('{source}','{target}')" in listed
    assert listed.count("('") == len(list_pairs())
    assert len(MOVES) == 13


def test_a_request_for_more_stops_the_clock_and_its_answer_starts_it(stage: CaseStage) -> None:
    consult = ask(stage)
    assert do(stage.reader, consult, "begin") == 302
    assert do(stage.reader, consult, "ask-more", text="") == 422
    with clock.frozen(MONDAY + timedelta(hours=2)), as_person(stage.reader) as actor:
        reading.ask_more(actor, consult=consult, text="A closer photo of the border")
    waiting = now(consult)
    assert (waiting.status, waiting.seconds_left) == (Status.WAITING, 25 * 3600)
    page = reverse("consults:case", args=[consult.pk])
    assert "A closer photo of the border" in stage.asker.client.get(page).content.decode()
    assert do(stage.reader, consult, "give-more", text="Not mine to give") == 422
    assert do(stage.asker, consult, "give-more", text="Here it is") == 302
    running = now(consult)
    assert (running.status, running.paused_at) == (Status.READING, None)
    assert running.due_at == MONDAY + timedelta(days=2, hours=7)  # 25 working hours from now
    kinds = Message.objects.filter(consult=consult).values_list("kind", flat=True)
    assert sorted(kinds) == ["reply", "request"]


def test_an_answer_is_written_signed_told_and_closed(stage: CaseStage) -> None:
    consult = ask(stage)
    do(stage.reader, consult, "begin")
    page = reverse("consults:answer", args=[consult.pk])
    opened = stage.reader.client.get(page)
    assert opened.status_code == 200
    for other in (stage.asker, stage.people.nurse):
        assert other.client.get(page).status_code in {403, 404}
    file = consult.attachments.get()
    stage.reader.client.get(reverse("consults:file", args=[consult.pk, file.pk]))
    text = {"findings": "Even", "assessment": "Benign", "plan": "Wait"}
    assert stage.reader.client.post(page, {**text, "revision": 1, "keep": "yes"}).status_code == 302
    stale = stage.reader.client.post(page, {**text, "revision": 1, "final": "yes"})
    assert stale.status_code == 422
    signed = stage.reader.client.post(page, {**text, "revision": 2, "final": "yes"})
    assert signed.status_code == 302
    opinion = Opinion.objects.get(kind="final")
    seen = json.loads(opinion.manifest)["objects"]
    assert [(one["sha256"], one["quality"]) for one in seen] == [(file.sha256, "original")]
    assert answering.is_unaltered(opinion)
    assert do(stage.asker, consult, "close", next_step="treat", referral="avoided") == 422
    assert do(stage.asker, consult, "tell", how="phone") == 302
    assert do(stage.asker, consult, "close", next_step="treat") == 422
    assert do(stage.asker, consult, "close", next_step="treat", referral="avoided") == 302
    assert do(stage.asker, consult, "close", next_step="treat", referral="avoided") == 422  # a second click
    assert now(consult).status == Status.CLOSED
    assert Closing.objects.get().referral == "avoided"
    steps = list(Move.objects.values_list("action", flat=True))
    assert steps == ["ask", "assign", "begin", "finish", "tell", "close"]


def test_a_closed_case_is_kept_in_the_chart_and_leads_to_a_visit(stage: CaseStage) -> None:
    consult = ask(stage)
    answer(consult, stage.reader)
    do(stage.asker, consult, "tell", how="phone")
    url = reverse("consults:act", args=[consult.pk, "close"])
    closed = stage.asker.client.post(url, {"next_step": "visit", "referral": "never"})
    assert closed.headers["location"] == f"{reverse('scheduling:staff_book')}?patient={stage.patient.pk}"
    letter = Document.objects.get(kind="letter")
    assert letter.encounter is not None
    assert (letter.encounter.kind, letter.encounter.reason) == ("consult", "Melanoma, or can we wait?")


def test_facts_for_billing_come_from_minutes_and_visits(stage: CaseStage) -> None:
    consult = ask(stage)
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=consult)
        for number in range(12):
            with clock.frozen(MONDAY + timedelta(seconds=30 * (number + 1))):
                reading.count(actor, consult=now(consult), seconds=30)
    answer(consult, stage.reader)
    found = billing_of(now(consult))
    assert found is not None
    assert (found.reader_code, found.requester_code) == ("99451", "")
    with clock.frozen(MONDAY - timedelta(days=13)):
        reader = Practitioner.objects.get(membership=stage.reader.membership)
        open_encounter(actor=stage.reader.actor, patient=stage.patient, practitioner=reader)
    seen = billing_of(now(consult))
    assert seen is not None
    assert seen.missing == ["The reader saw the patient in the 14 days before."]


def test_who_is_away_is_given_nothing(stage: CaseStage) -> None:
    client, url = stage.reader.client, reverse("consults:availability")
    client.post(url, {"away": "yes"})
    assert ask(stage).assignee_id is None
    client.post(url, {"back": "yes"})
    assert ask(stage, other_matter="Another").assignee_id == stage.reader.user.id


def test_a_signature_needs_a_second_factor_used_just_now(stage: CaseStage) -> None:
    consult = ask(stage)
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=consult)
        written = draft(consult, stage.reader)
        with clock.frozen(MONDAY + timedelta(minutes=6)), pytest.raises(NotFreshError):
            answering.sign(actor, consult=consult, kind=Opinion.Kind.FINAL, revision=written.revision)


def test_what_was_signed_never_changes(stage: CaseStage) -> None:
    consult = ask(stage)
    opinion = answer(consult, stage.reader)
    opinion.plan = "Something else"
    with as_person(stage.reader), transaction.atomic(), pytest.raises(DatabaseError):
        opinion.save()
    with as_person(stage.reader) as actor:
        written = draft(now(consult), stage.reader, assessment="One more thought")
        answering.sign(actor, consult=consult, kind=Opinion.Kind.ADDENDUM, revision=written.revision)
    second = Opinion.objects.get(kind=Opinion.Kind.ADDENDUM)
    assert second.previous_digest == Opinion.objects.get(kind=Opinion.Kind.FINAL).digest
    assert now(consult).status == Status.FINAL


def test_a_final_answer_says_how_it_differs_from_the_preliminary(stage: CaseStage) -> None:
    consult = ask(stage)
    answer(consult, stage.reader, Opinion.Kind.PRELIMINARY)
    assert now(consult).status == Status.PRELIMINARY
    with pytest.raises(CaseRefusedError, match="no_discrepancy"), transaction.atomic():
        answer(consult, stage.reader)
    with pytest.raises(CaseRefusedError, match="no_discrepancy"), transaction.atomic():
        answer(consult, stage.reader, discrepancy="major")
    final = answer(consult, stage.reader, discrepancy="major", discrepancy_words="Border is not even")
    assert final.discrepancy == "major"
    assert now(consult).status == Status.FINAL


def test_what_comes_after_the_answer_opens_the_case_again(stage: CaseStage) -> None:
    consult = ask(stage)
    answer(consult, stage.reader)
    assert do(stage.asker, consult, "late", text="The second photo") == 302
    again = now(consult)
    assert (again.status, again.answered_at, again.assignee_id) == (
        Status.READING,
        None,
        stage.reader.user.id,
    )
    assert Opinion.objects.filter(kind="final").count() == 1


def test_a_critical_finding_has_six_facts_and_is_read_back(stage: CaseStage) -> None:
    consult = ask(stage)
    do(stage.reader, consult, "begin")
    assert do(stage.reader, consult, "critical", finding="Looks like melanoma", urgency="hours") == 302
    finding = CriticalFinding.objects.get()
    assert do(stage.asker, consult, "told", received_by="x", minutes_ago=0, method="phone") == 422
    assert (
        do(stage.reader, consult, "told", received_by="Dr. Lindqvist", minutes_ago=0, method="phone") == 302
    )
    assert do(stage.asker, consult, "acknowledge", read_back=" ") == 422
    assert do(stage.asker, consult, "acknowledge", read_back="Melanoma likely; I call her today") == 302
    finding.refresh_from_db()
    facts = {
        name: bool(getattr(finding, name)) for name in ("told_by", "received_by", "received_at", "method")
    }
    assert all(facts.values())
    assert finding.acknowledged_by_id == stage.asker.user.id
    with pytest.raises(CaseRefusedError, match="already"):
        critical.acknowledge(stage.asker.actor, finding=finding, read_back="Again")


def test_a_conflict_of_interest_is_final(stage: CaseStage) -> None:
    consult = ask(stage)
    assert do(stage.reader, consult, "hand-back", reason="My cousin", has_conflict="on") == 302
    back = now(consult)
    assert (back.status, back.assignee_id) == (Status.ASKED, None)
    chosen = str(stage.reader.user.id)
    assert do(stage.people.navigator, consult, "assign", reader=chosen, reason="All the same") == 422
    assert do(stage.people.navigator, consult, "decline", reason="Nobody is free of it") == 302


def test_only_coordinators_give_cases_to_readers(stage: CaseStage) -> None:
    consult = ask_unassigned(stage)
    chosen = str(stage.reader.user.id)
    assert do(stage.asker, consult, "assign", reader=chosen, reason="I know her") == 422
    assert do(stage.people.navigator, consult, "assign", reader=chosen, reason="") == 422  # away
    assert do(stage.people.navigator, consult, "assign", reader=chosen, reason="Agreed") == 302


def test_minutes_come_from_work_and_change_with_a_reason(stage: CaseStage) -> None:
    consult = ask(stage)
    client = stage.reader.client
    beat = reverse("consults:beat", args=[consult.pk])
    assert client.post(beat, {"seconds": "-1"}).status_code == 422
    for number in range(4):
        with clock.frozen(MONDAY + timedelta(seconds=30 * (number + 1))):
            assert client.post(beat, {"seconds": "30"}).status_code == 204
            assert client.post(beat, {"seconds": "30"}).status_code == 204  # a second tab earns nothing
    entry = WorkTime.objects.get()
    assert (entry.active_seconds, entry.is_reader) == (120, True)
    page = reverse("consults:correct_time", args=[consult.pk, entry.pk])
    assert client.post(page, {"minutes": 60, "reason": "More"}).status_code == 422
    assert client.post(page, {"minutes": 1, "reason": "Telephone rang"}).status_code == 302
    assert stage.asker.client.get(page).status_code == 404


def test_the_letter_is_signed_for_any_reader_of_pdf(stage: CaseStage, tmp_path: Path) -> None:
    consult = ask(stage)
    answer(consult, stage.reader)
    response = stage.asker.client.get(reverse("consults:letter", args=[consult.pk]))
    path = tmp_path / "answer.pdf"
    path.write_bytes(response.content)
    told = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid." in told
    assert "Total document signed" in told
    altered = bytearray(response.content)
    altered[altered.index(b"/Type /Page") + 20] ^= 1
    path.write_bytes(bytes(altered))
    again = subprocess.run(
        ["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False
    ).stdout
    assert "Signature is Valid." not in again


def test_the_report_is_a_diagnostic_report(stage: CaseStage) -> None:
    consult = ask(stage)
    answer(consult, stage.reader)
    report = stage.asker.client.get(reverse("consults:report", args=[consult.pk])).json()
    assert (report["resourceType"], report["status"]) == ("DiagnosticReport", "final")
    contained = {one["id"] for one in report["contained"]}
    assert {report["subject"]["reference"], report["performer"][0]["reference"]} <= {
        f"#{one}" for one in contained
    }


def test_a_reader_elsewhere_answers_and_sees_only_the_case(stage: CaseStage) -> None:
    secret = ask_unassigned(stage, other_matter="Secret")
    consult = ask_unassigned(stage, other_matter="Open")
    outside = stage.outside.client
    page = reverse("consults:case", args=[consult.pk])
    worklist = reverse("consults:worklist")
    assert outside.get(page).status_code == 404
    made = grant(stage, consult)
    shown = outside.get(page).content.decode()
    assert "Melanoma, or can we wait?" in shown
    assert "Rosa Delgado" in shown
    assert outside.get(reverse("consults:case", args=[secret.pk])).status_code == 404
    listed = outside.get(f"{worklist}?box=open").content.decode()
    assert listed.count("Rosa Delgado") == 1
    file = consult.attachments.get()
    address = reverse("consults:file", args=[consult.pk, file.pk])
    assert b"".join(outside.get(address).streaming_content) == f"a drawn photo {consult.pk}".encode()  # type: ignore[attr-defined]
    for door in (
        reverse("charting:chart", args=[stage.patient.pk]),
        reverse("directory:patient", args=[stage.patient.pk]),
        reverse("consults:choose", args=[stage.patient.pk]),
        reverse("messaging:new", args=[stage.patient.pk]),
    ):
        assert outside.get(door).status_code == 404, door
    assert do(stage.outside, consult, "begin") == 302
    text = {"assessment": "Benign", "plan": "Wait", "revision": 1, "final": "yes"}
    assert outside.post(reverse("consults:answer", args=[consult.pk]), text).status_code == 302
    assert now(consult).status == Status.FINAL
    assert do(stage.people.navigator, consult, "end-grant", reason="Answered") == 302
    for door in (page, address, reverse("consults:letter", args=[consult.pk])):
        assert outside.get(door).status_code == 404
    assert "Rosa Delgado" not in outside.get(f"{worklist}?box=done").content.decode()
    assert made.pk is not None


def test_a_case_goes_back_when_the_grant_ends_while_it_is_read(stage: CaseStage) -> None:
    consult = ask_unassigned(stage)
    made = grant(stage, consult)
    with as_person(stage.outside) as actor:
        reading.begin(actor, consult=now(consult))
        reading.ask_more(actor, consult=now(consult), text="Another photo")
    assigning.end_grant(stage.people.navigator.actor, grant=made, reason="Back home")
    back = now(consult)
    assert (back.status, back.assignee_id, back.paused_at) == (Status.ASKED, None, None)
