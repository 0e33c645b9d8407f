"""Results through the doors that people use: seen, settled, escalated, released, never by the wrong person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from hearthline.charting.results import services
from hearthline.charting.results.access import own_reports_for
from hearthline.charting.results.events import CriticalResultFiled, ResultFiled
from hearthline.charting.results.models import (
    Acknowledgement,
    CriticalResult,
    HandOver,
    Hold,
    IncomingMessage,
    Laboratory,
    MachineToken,
    Observation,
    Report,
)
from hearthline.charting.results.tests.stage import NUMBER, Stage, nm, oru
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.messaging.models import Notification, StaffNotice
from hearthline.web.subscribers import tell_of_critical_result, tell_of_result

WORKLIST = reverse("results:worklist")
AT = "20261101{:02}0000+0000"


def url(name: str, row: Any) -> str:
    return reverse(f"results:{name}", args=[row.pk])


@pytest.fixture
def report(stage: Stage) -> Report:
    stage.take(oru(nm("5.9", flag="H"), nm("140", code="2951-2^Sodium^LN", flag="N")))
    return stage.report()


def test_the_care_team_of_the_patient_reads_and_nobody_else(stage: Stage, report: Report) -> None:
    page = url("report", report)
    for role in ("physician", "nurse", "navigator"):
        answer = getattr(stage.people, role).client.get(page)
        assert answer.status_code == 200, role
        assert b"5.9" in answer.content
    for role in ("specialist", "stranger"):
        assert getattr(stage.people, role).client.get(page).status_code == 404, role
    for role in ("patient", "administrator", "technician", "auditor"):
        assert getattr(stage.people, role).client.get(page).status_code == 403, role


def test_who_ordered_sees_it_without_any_other_relationship(stage: Stage) -> None:
    stage.take(oru(nm("4.1"), orderer="^Varga^Tomas"))
    assert stage.people.specialist.client.get(url("report", stage.report())).status_code == 200
    assert stage.people.specialist.client.get(WORKLIST).content.count(b"Delgado") > 0


def test_a_flag_has_a_word_and_a_shape(stage: Stage, report: Report) -> None:
    page = stage.people.physician.client.get(url("report", report)).content.decode()
    assert "▲" in page
    assert "High" in page
    assert "3.5-5.1" in page


def test_acknowledging_says_what_is_done_and_leaves_the_list(stage: Stage, report: Report) -> None:
    client, form = stage.people.physician.client, {"plan": "repeat", "words": "In a week"}
    assert b"Delgado" in client.get(WORKLIST).content
    version = report.versions.get()
    assert client.post(url("acknowledge", report), {**form, "version": ""}).status_code == 422
    answer = client.post(url("acknowledge", report), {**form, "version": str(version.pk)})
    assert answer.status_code == 302
    seen = Acknowledgement.objects.get()
    assert (seen.plan, seen.words, seen.by_id) == ("repeat", "In a week", stage.people.physician.user.pk)
    assert b"Delgado" not in client.get(WORKLIST).content


def test_a_version_that_came_meanwhile_is_not_acknowledged_unseen(stage: Stage, report: Report) -> None:
    version = report.versions.get()
    stage.take(oru(nm("4.0", status="C"), status="C", issued=AT.format(20), control="M2"), "M2")
    form = {"plan": "nothing", "words": "", "version": str(version.pk)}
    answer = stage.people.physician.client.post(url("acknowledge", report), form)
    assert answer.status_code == 422
    assert Report.objects.get().needs_look


def test_navigators_read_and_do_not_settle(stage: Stage, report: Report) -> None:
    for name in ("acknowledge", "hand_over", "hold", "release"):
        assert stage.people.navigator.client.post(url(name, report)).status_code == 403


def test_handing_over_moves_it_to_the_other_list(stage: Stage, report: Report) -> None:
    other = Practitioner.objects.get(family_name="Varga")
    client = stage.people.physician.client
    assert client.post(url("hand_over", report), {"to": "", "words": ""}).status_code == 422
    assert client.post(url("hand_over", report), {"to": str(other.pk), "words": "Kidneys"}).status_code == 302
    assert HandOver.objects.get().from_practitioner == stage.practitioner
    assert b"Delgado" not in client.get(f"{WORKLIST}?box=mine").content
    assert b"Delgado" in stage.people.specialist.client.get(f"{WORKLIST}?box=mine").content


def test_the_patient_reads_it_at_once_in_plain_words(stage: Stage, report: Report) -> None:
    client = stage.people.patient.client
    assert b"Metabolic panel" in client.get(reverse("results:own_list")).content
    page = client.get(url("own_result", report))
    assert "▲" in page.content.decode()
    assert f"results_of={report.issued_at:%Y-%m-%d}" in page.content.decode()
    assert Report.objects.get().first_read_by_patient_at is not None
    assert stage.people.caregiver.client.get(url("own_result", report)).status_code == 404


def test_a_held_result_waits_with_its_reason_and_comes_by_itself(stage: Stage, report: Report) -> None:
    doctor, patient = stage.people.physician.client, stage.people.patient.client
    form = {"reason": "harm", "words": "We talk on Friday", "days": 2}
    assert doctor.post(url("hold", report), {**form, "words": ""}).status_code == 422
    assert doctor.post(url("hold", report), {**form, "days": 30}).status_code == 422
    assert doctor.post(url("hold", report), form).status_code == 302
    assert doctor.post(url("hold", report), form).status_code == 422
    assert patient.get(url("own_result", report)).status_code == 404
    with clock.frozen(clock.now() + timedelta(days=2, seconds=1)):
        assert own_reports_for(stage.people.patient.actor).count() == 1
        assert (
            services.end_due_holds(report.organization_id),
            services.end_due_holds(report.organization_id),
        ) == (1, 0)
    assert patient.get(url("own_result", report)).status_code == 200


def test_a_held_result_is_released_by_hand(stage: Stage, report: Report) -> None:
    doctor = stage.people.physician.client
    doctor.post(url("hold", report), {"reason": "doubt", "words": "Asked the laboratory", "days": 2})
    assert stage.people.patient.client.get(url("own_result", report)).status_code == 404
    assert doctor.post(url("release", report)).status_code == 302
    assert stage.people.patient.client.get(url("own_result", report)).status_code == 200
    assert Hold.objects.get().ended_at is not None


def test_what_the_patient_has_read_is_not_taken_away(stage: Stage, report: Report) -> None:
    stage.people.patient.client.get(url("own_result", report))
    form = {"reason": "harm", "words": "Too late", "days": 2}
    assert stage.people.physician.client.post(url("hold", report), form).status_code == 422


def test_a_critical_value_interrupts_and_is_read_back(stage: Stage) -> None:
    stage.take(oru(nm("7.1", flag="HH")))
    critical, client = CriticalResult.objects.get(), stage.people.physician.client
    assert url("critical", critical).encode() in client.get(reverse("web:today")).content
    version = str(stage.report().versions.get().pk)
    form = {"plan": "urgent", "words": "", "version": version}
    assert client.post(url("acknowledge", stage.report()), form).status_code == 422
    facts = {"how": "telephone", "told_by": "Dana at the laboratory", "said": "1.7"}
    assert client.post(url("critical", critical), facts).status_code == 422
    assert client.post(url("critical", critical), {**facts, "said": "7.1"}).status_code == 302
    critical.refresh_from_db()
    assert (critical.received_by_id, critical.how, critical.told_by, critical.read_back) == (
        stage.people.physician.user.pk, "telephone", "Dana at the laboratory", "7.1",
    )  # fmt: skip
    assert critical.received_at is not None
    assert url("critical", critical).encode() not in client.get(reverse("web:today")).content
    assert client.post(url("critical", critical), {**facts, "said": "7.1"}).status_code == 422
    assert client.post(url("acknowledge", stage.report()), form).status_code == 302


def test_a_critical_value_that_nobody_takes_goes_up_the_ladder(stage: Stage) -> None:
    stage.take(oru(nm("7.1", flag="HH")))
    critical = CriticalResult.objects.get()
    organization_id = stage.people.organization.id
    specialist = stage.people.specialist
    assert specialist.client.get(url("critical", critical)).status_code == 404
    assert services.escalate_due(organization_id) == 0
    with clock.frozen(critical.identified_at + timedelta(minutes=16)):
        assert services.escalate_due(organization_id) == 1
        assert services.escalate_due(organization_id) == 0
    assert specialist.client.get(url("critical", critical)).status_code == 200
    with clock.frozen(critical.identified_at + timedelta(minutes=31)):
        assert services.escalate_due(organization_id) == 1
    critical.refresh_from_db()
    assert (critical.steps_reached, critical.next_step_at) == (3, None)


NEXT_DAY = datetime(2026, 11, 2, tzinfo=UTC)  # after the results of these tests were issued


def test_people_are_told_and_nothing_clinical_is_said(stage: Stage) -> None:
    stage.take(oru(nm("7.1", flag="HH")))
    critical, report = CriticalResult.objects.get(), stage.report()
    whose: dict[str, Any] = {
        "organization_id": report.organization_id,
        "report_id": report.pk,
        "patient_id": stage.patient.pk,
    }
    with clock.frozen(NEXT_DAY):
        tell_of_result(ResultFiled(**whose))
        for step in (0, 0, 1):
            tell_of_critical_result(CriticalResultFiled(**whose, critical_id=critical.pk, step=step))
    told = sorted(Notification.objects.values_list("template", flat=True))
    assert told == ["result.ready", "staff.urgent", "staff.urgent"]
    assert StaffNotice.objects.filter(user=stage.people.physician.user).exists()
    assert StaffNotice.objects.filter(user=stage.people.nurse.user).count() == 1  # from the second step on
    said = "".join(str(row.context) for row in Notification.objects.all())
    assert "Potassium" not in said
    assert "7.1" not in said


def test_years_of_old_results_are_filed_without_telling_anybody(stage: Stage, report: Report) -> None:
    event = ResultFiled(
        organization_id=report.organization_id, report_id=report.pk, patient_id=stage.patient.pk
    )
    with clock.frozen(NEXT_DAY + timedelta(days=60)):
        tell_of_result(event)
    assert (Notification.objects.count(), StaffNotice.objects.count()) == (0, 0)


def test_a_held_result_is_not_announced_to_the_patient(stage: Stage, report: Report) -> None:
    reason = Hold.Reason.WISH
    with clock.frozen(NEXT_DAY):
        services.hold(
            actor=stage.people.physician.actor, report=report, reason=reason, words="Asked so", days=1
        )
        tell_of_result(
            ResultFiled(
                organization_id=report.organization_id, report_id=report.pk, patient_id=stage.patient.pk
            )
        )
    assert not Notification.objects.exists()


def test_a_trend_has_only_what_agrees_in_code_and_unit(stage: Stage) -> None:
    for number, (value, unit) in enumerate([("90", "mg/dL"), ("99", "mg/dL"), ("5.5", "mmol/L")]):
        glucose = nm(value, code="2345-7^Glucose^LN", unit=unit, usual="70-99")
        stage.take(
            oru(glucose, filler=f"F-{number}", control=f"M{number}", collected=AT.format(number)),
            f"M{number}",
        )
    report = Report.objects.get(filler_number="F-0")
    line = Observation.objects.get(report=report)
    page = stage.people.physician.client.get(
        reverse("results:trend", args=[report.pk, line.pk])
    ).content.decode()
    assert (page.count('class="point"'), page.count('class="last"')) == (1, 1)
    assert "mmol/L" in page
    assert ">5.5<" not in page
    shown = stage.people.physician.client.get(url("report", report)).content.decode()
    assert "90</bdi></strong>" in shown.replace("\n", "")
    assert "5.0 mmol/L" in shown


def test_a_person_matches_a_message_to_its_patient(stage: Stage) -> None:
    stage.take(oru(nm("4.1"), number="OLD-1", given="Rosita"))
    message, client = IncomingMessage.objects.get(), stage.people.navigator.client
    assert url("message", message).encode() in client.get(reverse("results:messages")).content
    assert b"Rosita" in client.get(url("message", message)).content
    assert client.post(url("message", message), {"name": ""}).status_code == 422
    found = client.post(url("message", message), {"identifier": NUMBER})
    assert str(stage.patient.pk) in found.content.decode()
    chosen = {"patient": str(stage.patient.pk), "reason": ""}
    assert client.post(url("match", message), chosen).status_code == 422
    assert client.post(url("match", message), {**chosen, "reason": "Called her"}).status_code == 302
    message.refresh_from_db()
    assert (message.state, message.settled_reason) == ("filed", "Called her")
    assert stage.report().patient == stage.patient
    assert client.post(url("set_aside", message), {"reason": "Twice"}).status_code == 302
    message.refresh_from_db()
    assert message.state == "filed"


def test_a_message_is_corrected_replayed_and_set_aside_on_the_screen(stage: Stage) -> None:
    client = stage.people.nurse.client
    broken = IncomingMessage.objects.get(pk=stage.take(oru(nm("4.1", status="Q"))).message_id)
    text = oru(nm("4.1")).replace("\r", "\n")
    assert client.post(url("correct", broken), {"text": "", "reason": ""}).status_code == 422
    assert client.post(url("correct", broken), {"text": text, "reason": "F was meant"}).status_code == 302
    assert stage.report().status == "final"
    other = IncomingMessage.objects.get(
        pk=stage.take(oru(nm("1"), number="X", control="M2"), "M2").message_id
    )
    assert client.post(url("replay", other)).status_code == 302
    assert client.post(url("set_aside", other), {"reason": "Not ours"}).status_code == 302
    assert set(IncomingMessage.objects.values_list("state", flat=True)) == {"filed", "replaced", "set_aside"}


def test_administrators_list_laboratories_and_see_no_result(stage: Stage, report: Report) -> None:
    client = stage.people.administrator.client
    form = {
        "name": "South", "sending_application": "SL", "sending_facility": "S", "zone": "America/Chicago",
        "charset": "8859/1", "addresses": "10.0.0.0/8", "certificate_fingerprint": "", "is_active": "on",
    }  # fmt: skip
    add = reverse("results:add_laboratory")
    for change in (
        {"addresses": "everywhere"},
        {"zone": "Mars"},
        {"sending_application": "LIS", "sending_facility": "NORTHLAB"},
    ):
        assert client.post(add, {**form, **change}).status_code == 422
    assert client.post(add, form).status_code == 302
    assert Laboratory.objects.get(name="South").charset == "8859/1"
    assert client.get(url("report", report)).status_code == 403
    assert client.get(reverse("results:messages")).status_code == 403


def test_a_token_is_shown_once_and_closed_at_once(stage: Stage) -> None:
    client, page = stage.people.administrator.client, reverse("results:machines")
    form = {"name": "Interface", "scopes": ["system/DiagnosticReport.c"], "days": "90", "laboratory": ""}
    assert client.post(page, form).status_code == 422
    shown = client.post(page, {**form, "laboratory": str(stage.laboratory.pk)}).content.decode()
    assert "hlm_" in shown
    assert "hlm_" not in client.get(page).content.decode()
    token = MachineToken.objects.get()
    assert client.post(url("revoke", token)).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert stage.people.physician.client.get(page).status_code == 403
