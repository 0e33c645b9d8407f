"""Answers of the FHIR door: resources as JSON with numbers as they are, and OperationOutcome for what went wrong."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse

CONTENT_TYPE = "application/fhir+json; charset=utf-8"
ENCODER = msgspec.json.Encoder(decimal_format="number")
# Of FHIR's value set issue-type (R4): what each problem of a message is called.
ISSUES: Mapping[str, tuple[int, str]] = {
    "unreadable": (422, "invalid"),
    "unknown_patient": (422, "not-found"),
    "mismatch": (422, "conflict"),
    "other_patient": (422, "conflict"),
    "conflict": (409, "duplicate"),
}


class RefusedError(Exception):
    """The call is not taken; ``status`` and ``issue`` are the answer."""

    def __init__(self, status: int, issue: str, sentence: str, where: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.issue = issue
        self.where = where


def answer(body: dict[str, Any], status: int = 200, **headers: str) -> HttpResponse:
    """Return a resource."""
    response = HttpResponse(ENCODER.encode(body), content_type=CONTENT_TYPE, status=status)
    for name, value in {"Cache-Control": "no-store", **headers}.items():
        response[name.replace("_", "-")] = value
    return response


def outcome(issue: str, sentence: str, where: str = "", severity: str = "error") -> dict[str, Any]:
    """Return an OperationOutcome with one issue."""
    found: dict[str, Any] = {"severity": severity, "code": issue, "diagnostics": sentence}
    if where:
        found["expression"] = [where]
    return {"resourceType": "OperationOutcome", "issue": [found]}


def refusal(refused: RefusedError) -> HttpResponse:
    """Return the answer of a call that is not taken."""
    headers = {"WWW_Authenticate": "Bearer"} if refused.status == 401 else {}
    return answer(outcome(refused.issue, str(refused), refused.where), refused.status, **headers)
