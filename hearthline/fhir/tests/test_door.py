"""Results by FHIR R4, in and out, judged by a second library (fhir.resources, its R4B models)."""

import json
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.observation import Observation as SecondObservation
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import HealthCheck
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from hearthline.charting.results import senders, services
from hearthline.charting.results.drafts import UnreadableError
from hearthline.charting.results.models import Hold, IncomingMessage, Laboratory, Observation, Report
from hearthline.charting.results.tests.stage import NUMBER, Stage, make_stage, nm, oru
from hearthline.fhir.reader import read
from hearthline.foundation import clock
from hearthline.tenancy.context import acting_in
from tests.people import People

JSON = "application/fhir+json"
EXAMPLES = 5
REPORTS = "/fhir/DiagnosticReport"
SCOPES = ["system/DiagnosticReport.c", "system/DiagnosticReport.rs"]
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"system": "urn:clinic", "value": NUMBER}],
    "name": [{"family": "Delgado", "given": ["Rosa"]}],
    "birthDate": "1958-03-04",
}


def observation(value: Any = "4.10", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "Potassium"},
        "subject": {"reference": "#p"},
        "valueQuantity": {"value": json.loads(value, parse_float=float), "unit": "mmol/L"},
        "referenceRange": [{"low": {"value": 3.5}, "high": {"value": 5.1}}],
        "interpretation": [{"coding": [{"system": INTERPRETATION, "code": "N"}]}],
        **more,
    }


def report(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    lines = lines or (observation(),)
    return {
        "resourceType": "DiagnosticReport",
        "identifier": [{"system": "urn:lab", "value": "R-1"}],
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "24323-8"}], "text": "Metabolic panel"},
        "subject": {"reference": "#p"},
        "effectiveDateTime": "2026-11-01T08:00:00-06:00",
        "issued": "2026-11-01T10:00:00-06:00",
        "result": [{"reference": f"#{line['id']}"} for line in lines],
        "contained": [PATIENT, *lines],
        **more,
    }


def bundle(kind: str, *bodies: dict[str, Any], **more: Any) -> dict[str, Any]:
    entries = [
        {"resource": body, "request": {"method": "POST", "url": body["resourceType"]}} for body in bodies
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **more}


class Machine:
    """A machine with a token."""

    def __init__(self, stage: Stage, scopes: list[str]) -> None:
        self.token, self.secret = senders.issue_token(
            actor=stage.people.administrator.actor,
            name="Interface",
            laboratory=stage.laboratory,
            scopes=scopes,
            days=90,
        )
        self.client = Client(raise_request_exception=True, headers={"Authorization": f"Bearer {self.secret}"})

    def post(self, body: Any, path: str = REPORTS, content_type: str = JSON) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, raw, content_type=content_type)


@pytest.fixture
def sender(stage: Stage) -> Machine:
    return Machine(stage, SCOPES)


def issue(answer: Any) -> str:
    OperationOutcome.model_validate_json(answer.content)
    return str(answer.json()["issue"][0]["code"])


def test_a_report_is_filed_once_and_given_back_as_it_came(stage: Stage, sender: Machine) -> None:
    body = report()
    DiagnosticReport.model_validate(body)
    raw = json.dumps(body).replace("4.1,", "4.10,").encode()
    first, again = sender.post(raw), sender.post(raw)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == again.headers["Location"]
    line = Observation.objects.get()
    assert (line.value, line.unit, line.reference_range, line.abnormality) == (
        "4.10",
        "mmol/L",
        "3.5-5.1",
        "normal",
    )
    got = sender.client.get(first.headers["Location"])
    DiagnosticReport.model_validate_json(got.content)
    reference = got.json()["result"][0]["reference"]
    shown = sender.client.get(f"/fhir/{reference}")
    SecondObservation.model_validate_json(shown.content)
    assert b'"value":4.10' in shown.content
    assert Report.objects.get().responsible is None


def test_a_corrected_report_supersedes_and_the_older_one_never_comes_back(
    stage: Stage, sender: Machine
) -> None:
    sender.post(report())
    fixed = report(
        observation("4.4", status="corrected"), status="corrected", issued="2026-11-01T12:00:00-06:00"
    )
    assert sender.post(fixed).status_code == 201
    late = report(observation("9.9", status="preliminary"), status="preliminary")
    assert sender.post(late).status_code == 201
    assert Observation.objects.get(is_current=True).value == "4.4"
    assert (Observation.objects.count(), Report.objects.get().status) == (3, "corrected")


def test_hl7_and_fhir_speak_of_the_same_report(stage: Stage, sender: Machine) -> None:
    stage.take(oru(nm("4.1"), filler="R-1", code="24323-8^Metabolic panel^http://loinc.org"))
    sender.post(report(issued="2026-11-01T18:00:00-06:00"))
    assert Report.objects.count() == 1


def test_a_transaction_is_filed_whole_or_not_at_all(stage: Stage, sender: Machine) -> None:
    other = report(
        identifier=[{"value": "R-2"}], contained=[{**PATIENT, "birthDate": "1990-01-01"}, observation()]
    )
    answer = sender.post(bundle("transaction", report(), other), "/fhir/")
    assert (answer.status_code, issue(answer), Report.objects.count()) == (422, "conflict", 0)
    assert IncomingMessage.objects.get().state == "waiting"
    good = sender.post(bundle("transaction", report(), identifier={"value": "B-2"}), "/fhir/")
    Bundle.model_validate_json(good.content)
    assert good.json()["entry"][0]["response"]["status"] == "201 Created"


def test_a_batch_answers_for_each_item(stage: Stage, sender: Machine) -> None:
    other = report(identifier=[{"value": "R-2"}], status="unknown")
    answer = sender.post(bundle("batch", report(), other), "/fhir/")
    Bundle.model_validate_json(answer.content)
    statuses = [entry["response"]["status"] for entry in answer.json()["entry"]]
    assert (statuses, Report.objects.count()) == (["201 Created", "422"], 1)
    assert answer.json()["entry"][1]["response"]["outcome"]["issue"][0]["expression"]


def test_references_within_a_bundle_and_who_ordered(stage: Stage, sender: Machine) -> None:
    line = {**observation(), "id": "x"}
    order = {
        "resourceType": "ServiceRequest",
        "identifier": [{"value": "P-1"}],
        "requester": {"reference": "urn:uuid:d"},
    }
    doctor = {"resourceType": "Practitioner", "name": [{"family": "Lindqvist", "given": ["Amara"]}]}
    body = report(
        contained=[],
        subject={"reference": "urn:uuid:p"},
        result=[{"reference": "Observation/x"}],
        basedOn=[{"reference": "urn:uuid:s"}],
    )
    sent = bundle("transaction", PATIENT, order, doctor, line, body)
    for entry, name in zip(sent["entry"], ("p", "s", "d", "x", "r"), strict=True):
        entry["fullUrl"] = f"urn:uuid:{name}"
    assert sender.post(sent, "/fhir/").status_code == 200
    found = Report.objects.get()
    assert (found.responsible, found.placer_number) == (stage.practitioner, "P-1")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"subject": {"identifier": {"value": "NOBODY"}}}, 422, "not-found"),
        ({"contained": [{**PATIENT, "name": [{"family": "Roe"}]}, observation()]}, 422, "conflict"),
        ({"identifier": []}, 422, "invalid"),
        ({"status": "unknown"}, 422, "invalid"),
        ({"issued": "soon"}, 422, "invalid"),
        ({"result": [{"reference": "#none"}]}, 422, "invalid"),
        ({"code": {}}, 422, "invalid"),
        ({"modifierExtension": [{"url": "urn:not"}]}, 422, "invalid"),
        ({"contained": [PATIENT, observation(valueSampledData={"data": "1"})]}, 422, "invalid"),
        ({"resourceType": "Observation"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_filed_says_why_and_files_nothing(
    stage: Stage, sender: Machine, change: dict[str, Any], status: int, code: str
) -> None:
    answer = sender.post({**report(), **change})
    assert (answer.status_code, issue(answer), Report.objects.count()) == (status, code, 0)


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"{}", "text/plain", 415),
        (b'{"a":1e999999}', JSON, 400),
        (b"[" * 5000, JSON, 400),
    ],
)
def test_bodies_that_are_none(
    stage: Stage, sender: Machine, raw: bytes, content_type: str, status: int
) -> None:
    answer = sender.post(raw, content_type=content_type)
    assert answer.status_code == status
    issue(answer)


def test_kinds_of_values(stage: Stage) -> None:
    lab = Laboratory(name="x", zone="UTC")

    def shown(**value: Any) -> str:
        line = {**observation(), **value}
        if "valueQuantity" not in value:
            line.pop("valueQuantity")
        (draft,) = read(json.dumps(report(line)).encode(), lab)
        return draft.observations[0].value

    assert shown(valueQuantity={"value": 60, "comparator": ">"}) == ">60"
    assert shown(valueCodeableConcept={"coding": [{"code": "x", "display": "Found"}]}) == "Found"
    assert shown(valueString="Text") == "Text"
    assert shown(valueBoolean=False) == "no"
    assert shown(valueRatio={"numerator": {"value": 1}, "denominator": {"value": 128}}) == "1:128"
    assert shown(valueRange={"low": {"value": 2}, "high": {"value": 4}}) == "2-4"
    parts = [{"code": {"text": "Left"}, "valueInteger": 3}, {"code": {"text": "Right"}, "valueInteger": 4}]
    (draft,) = read(json.dumps(report({**observation(), "component": parts})).encode(), lab)
    assert [line.value for line in draft.observations] == ["4.1", "3", "4"]


def test_tokens_are_scoped_and_closed_at_once(stage: Stage, sender: Machine) -> None:
    assert Client().post(REPORTS, b"{}", content_type=JSON).status_code == 401
    wrong = Client(headers={"Authorization": f"Bearer {sender.secret[:-1]}x"})
    assert wrong.post(REPORTS, b"{}", content_type=JSON).status_code == 401
    reads = Machine(stage, ["system/DiagnosticReport.rs"])
    assert reads.post(report()).status_code == 403
    files = Machine(stage, ["system/DiagnosticReport.c"])
    assert files.post(report()).status_code == 201
    assert files.client.get(f"{REPORTS}?patient={stage.patient.pk}").status_code == 403
    assert reads.client.get(f"{REPORTS}?patient={stage.patient.pk}").json()["total"] == 1
    senders.revoke_token(actor=stage.people.administrator.actor, token=files.token)
    assert files.post(report()).status_code == 401
    with clock.frozen(clock.now() + timedelta(days=91)):
        assert reads.client.get(f"{REPORTS}?patient={stage.patient.pk}").status_code == 401


def test_a_patients_reports_go_to_those_with_the_right(stage: Stage, sender: Machine) -> None:
    sender.post(report())
    where = f"{REPORTS}?patient={stage.patient.pk}"
    people = stage.people
    for role in ("physician", "nurse", "patient"):
        answer = getattr(people, role).client.get(where)
        Bundle.model_validate_json(answer.content)
        assert answer.json()["total"] == 1, role
        assert [entry["search"]["mode"] for entry in answer.json()["entry"]] == ["match", "include"]
    for role in ("specialist", "stranger", "caregiver"):
        assert getattr(people, role).client.get(where).json()["total"] == 0, role
    assert people.administrator.client.get(where).status_code == 403
    single = f"{REPORTS}/{Report.objects.get().pk}"
    assert people.physician.client.get(single).status_code == 200
    assert people.stranger.client.get(single).status_code == 404
    assert people.physician.client.get(f"{where}&code=x").status_code == 400
    actor = people.physician.actor
    services.hold(actor=actor, report=Report.objects.get(), reason=Hold.Reason.HARM, words="Friday", days=1)
    assert people.patient.client.get(where).json()["total"] == 0
    assert sender.client.get(where).json()["total"] == 0


def test_long_lists_are_paged(stage: Stage, sender: Machine) -> None:
    for number in range(3):
        sender.post(report(identifier=[{"value": f"R-{number}"}]))
    where = f"{REPORTS}?patient={stage.patient.pk}&_count=2"
    first = sender.client.get(where).json()
    (following,) = [link["url"] for link in first["link"] if link["relation"] == "next"]
    second = sender.client.get(
        following.partition("localhost:8000")[2] or following.partition("8000")[2]
    ).json()
    assert (first["total"], len(second["entry"])) == (3, 2)
    assert sender.client.get(f"{REPORTS}?patient={stage.patient.pk}&_count=0").status_code == 400


def test_the_capability_statement_is_sound() -> None:
    CapabilityStatement.model_validate_json(Client().get("/fhir/metadata").content)


@hypothesis.given(hypothesis.strategies.data())
@hypothesis.settings(deadline=None)
def test_a_changed_report_is_read_or_refused(data: hypothesis.strategies.DataObject) -> None:
    body = deepcopy(report())
    target: Any = body
    for _ in range(data.draw(hypothesis.strategies.integers(1, 3))):
        key = data.draw(
            hypothesis.strategies.sampled_from(sorted(target) if isinstance(target, dict) else [0])
        )
        if (
            isinstance(target[key], dict | list)
            and target[key]
            and data.draw(hypothesis.strategies.booleans())
        ):
            target = target[key]
    key = min(target) if isinstance(target, dict) else 0
    target[key] = data.draw(
        hypothesis.strategies.sampled_from(
            [None, "", "x", 1, -0.5, [], {}, [{}], {"value": "x"}, True, "\x00"]
        )
    )
    with suppress(UnreadableError):
        read(json.dumps(body).encode(), Laboratory(name="x", zone="UTC"))


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_calls_are_answered_as_described(committed: None, people: People, mode: GenerationMode) -> None:
    with acting_in(people.organization.id):
        machine = Machine(make_stage(people), SCOPES)
    schema = schemathesis.openapi.from_wsgi("/fhir/openapi.json", get_wsgi_application())
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == 5
    for operation in operations:

        @hypothesis.settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def call(case: "schemathesis.Case[Any]") -> None:
            case.call_and_validate(
                headers={"Authorization": f"Bearer {machine.secret}"},
                excluded_checks=[positive_data_acceptance],  # a report has to hold together beyond its schema
            )

        call()
