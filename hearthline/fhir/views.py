"""The FHIR door for results: DiagnosticReport with Observations in, and out to those with the right."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit import services as audit
from hearthline.charting.results.drafts import UnreadableError
from hearthline.charting.results.intake import Taken, take
from hearthline.charting.results.models import IncomingMessage, Observation, Report, ReportVersion
from hearthline.fhir import openapi
from hearthline.fhir.answers import ENCODER, ISSUES, RefusedError, answer, outcome, refusal
from hearthline.fhir.callers import Caller, machine, reader
from hearthline.fhir.reader import made, parsed, places
from hearthline.fhir.resources import BUNDLE, REPORT, Bundle
from hearthline.fhir.writer import observation_resource, report_resource, search_bundle
from hearthline.identity.policy import public

MAX_ENTRIES = 500
PAGE_SIZE, MOST_ON_A_PAGE = 20, 100
JSON_TYPES = frozenset({"application/fhir+json", "application/json"})
BASE = "/fhir"
View = Callable[..., HttpResponse]


def fhir(view: View) -> View:
    """Answer refusals as OperationOutcome."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RefusedError as refused:
            return refusal(refused)
        except UnreadableError as fault:
            return refusal(RefusedError(400, "invalid", str(fault), fault.where))

    return wrapped


def _body(request: HttpRequest) -> bytes:
    if request.content_type not in JSON_TYPES:
        raise RefusedError(415, "not-supported", "Send application/fhir+json.")
    try:
        return request.body
    except RequestDataTooBig:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raise RefusedError(413, "too-long", f"A body has at most {limit} bytes; use MLLP for more.") from None


def _file(caller: Caller, raw: bytes, control_id: str) -> Taken:
    return take(
        laboratory=caller.laboratory,
        message_format=IncomingMessage.Format.FHIR,
        control_id=control_id or hashlib.sha256(raw).hexdigest(),
        raw=raw,
    )


def _filed(taken: Taken) -> list[Report]:
    """Return the reports of a message that was filed, or of the corrected copy that a person filed in its place."""
    versions = ReportVersion.objects.filter(
        Q(message_id=taken.message_id) | Q(message__corrects_id=taken.message_id)
    )
    return [version.report for version in versions.select_related("report").order_by("created_at", "pk")]


def _problem(taken: Taken) -> tuple[int, dict[str, Any]]:
    status, issue = ISSUES[taken.problem]
    return status, outcome(issue, f"{taken.sentence} It is kept for a person at the clinic.", taken.where)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@public
@fhir
def reports(request: HttpRequest) -> HttpResponse:
    """Take one DiagnosticReport (POST), or give those of a patient (GET)."""
    return _create(request) if request.method == "POST" else _search(request)


def _create(request: HttpRequest) -> HttpResponse:
    with machine(request) as caller:
        raw = _body(request)
        if parsed(raw).get("resourceType") != REPORT:
            raise RefusedError(422, "invalid", "Only a DiagnosticReport is created here.", "resourceType")
        taken = _file(caller, raw, "")
        if taken.problem:
            status, body = _problem(taken)
            return answer(body, status)
        report = _filed(taken)[0]
        location = f"{BASE}/{REPORT}/{report.pk}"
        words = "It was filed before." if taken.is_repeat else "Filed."
        body = outcome("informational", words, severity="information")
        return answer(body, 200 if taken.is_repeat else 201, Location=location)


@csrf_exempt
@require_POST
@public
@fhir
def bundle(request: HttpRequest) -> HttpResponse:
    """Take a Bundle: a transaction is filed whole or not at all, a batch report by report."""
    with machine(request) as caller:
        raw = _body(request)
        body = parsed(raw)
        if body.get("resourceType") != BUNDLE:
            raise RefusedError(422, "invalid", "Send a Bundle here.", "resourceType")
        found = made(body, Bundle, BUNDLE)
        _check_entries(found)
        if not places(body):
            raise RefusedError(422, "invalid", "The Bundle holds no DiagnosticReport.", "Bundle.entry")
        if found.type == "transaction":
            return _transaction(caller, raw, found)
        if found.type == "batch":
            return _batch(caller, found)
        raise RefusedError(422, "invalid", "The Bundle's type has to be transaction or batch.", "Bundle.type")


def _check_entries(found: Bundle) -> None:
    if len(found.entry) > MAX_ENTRIES:
        raise RefusedError(413, "too-long", f"A Bundle has at most {MAX_ENTRIES} entries.", "Bundle.entry")
    for number, entry in enumerate(found.entry):
        if entry.request is not None and entry.request.method != "POST":
            where = f"Bundle.entry[{number}].request.method"
            raise RefusedError(422, "not-supported", "Only POST is taken in a Bundle.", where)


def _transaction(caller: Caller, raw: bytes, found: Bundle) -> HttpResponse:
    taken = _file(caller, raw, found.identifier.value if found.identifier else "")
    if taken.problem:
        status, body = _problem(taken)
        return answer(body, status)
    filed = iter(_filed(taken))
    entries = []
    for entry in found.entry:
        response = {"status": "200 OK" if taken.is_repeat else "201 Created"}
        if entry.resource.get("resourceType") == REPORT:
            response["location"] = f"{REPORT}/{next(filed).pk}"
        entries.append({"response": response})
    return answer({"resourceType": BUNDLE, "type": "transaction-response", "entry": entries})


def _batch(caller: Caller, found: Bundle) -> HttpResponse:
    """File each report apart, with all that was sent beside it, since it may refer to that."""
    others = [entry for entry in found.entry if entry.resource.get("resourceType") != REPORT]
    entries: list[dict[str, Any]] = []
    for entry in found.entry:
        if entry.resource.get("resourceType") != REPORT:
            entries.append({"response": {"status": "200 OK"}})
            continue
        alone = Bundle(type="transaction", entry=[entry, *others])
        raw = ENCODER.encode({"resourceType": BUNDLE, **msgspec.to_builtins(alone, builtin_types=(Decimal,))})
        with transaction.atomic():
            taken = _file(caller, raw, "")
        entries.append({"response": _entry_response(taken)})
    return answer({"resourceType": BUNDLE, "type": "batch-response", "entry": entries})


def _entry_response(taken: Taken) -> dict[str, Any]:
    if taken.problem:
        status, body = _problem(taken)
        return {"status": str(status), "outcome": body}
    report = _filed(taken)[0]
    return {"status": "200 OK" if taken.is_repeat else "201 Created", "location": f"{REPORT}/{report.pk}"}


def _lines(report: Report) -> list[Observation]:
    return list(Observation.objects.filter(report=report, is_current=True))


def _search(request: HttpRequest) -> HttpResponse:
    with reader(request) as caller:
        unknown = set(request.GET) - {"patient", "_count", "_page"}
        if unknown:
            raise RefusedError(
                400, "not-supported", f"This is not searched by: {', '.join(sorted(unknown))[:80]}."
            )
        patient_id = _uuid(request.GET.get("patient", "").removeprefix("Patient/"), "patient")
        size, page = (
            _number(request, "_count", PAGE_SIZE, MOST_ON_A_PAGE),
            _number(request, "_page", 1, 10_000),
        )
        rows = caller.reports().filter(patient_id=patient_id)
        shown = list(rows[(page - 1) * size : page * size])
        if shown:
            audit.record(caller.actor, "results.read", ("results", patient_id), patient_id=patient_id)
        resources: list[tuple[str, dict[str, Any]]] = []
        for report in shown:
            lines = _lines(report)
            resources.append(("match", report_resource(report, lines)))
            resources += [("include", observation_resource(report, line)) for line in lines]
        base = f"{settings.PUBLIC_URL}{BASE}"
        found = search_bundle(base, f"{base}/{REPORT}?patient={patient_id}", rows.count(), resources)
        if rows.count() > page * size:
            following = f"{base}/{REPORT}?patient={patient_id}&_count={size}&_page={page + 1}"
            found["link"].append({"relation": "next", "url": following})
        return answer(found)


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise RefusedError(400, "invalid", f"Say which {name}: its id.", name) from None


def _row_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise RefusedError(404, "not-found", "There is nothing of this id.") from None


def _number(request: HttpRequest, name: str, default: int, most: int) -> int:
    text = request.GET.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise RefusedError(400, "invalid", f"{name} is a number from 1 to {most}.", name)
    return int(text)


@require_GET
@public
@fhir
def report(request: HttpRequest, report_id: str) -> HttpResponse:
    """Give one DiagnosticReport."""
    with reader(request) as caller:
        found = caller.reports().filter(pk=_row_id(report_id)).first()
        if found is None:
            raise RefusedError(404, "not-found", "There is no such report.")
        audit.record(caller.actor, "result.read", found, patient_id=found.patient_id)
        return answer(report_resource(found, _lines(found)))


@require_GET
@public
@fhir
def observation(request: HttpRequest, observation_id: str) -> HttpResponse:
    """Give one Observation of a report."""
    with reader(request) as caller:
        row = Observation.objects.filter(pk=_row_id(observation_id), report__in=caller.reports()).first()
        if row is None:
            raise RefusedError(404, "not-found", "There is no such observation.")
        found = caller.reports().get(pk=row.report_id)
        audit.record(caller.actor, "result.read", found, patient_id=found.patient_id)
        return answer(observation_resource(found, row))


@require_GET
@public
def description(request: HttpRequest) -> JsonResponse:
    """Give the OpenAPI description of this door."""
    return JsonResponse(openapi.describe())


@require_GET
@public
def metadata(request: HttpRequest) -> HttpResponse:
    """Give the CapabilityStatement."""
    return answer(openapi.capability_statement())
