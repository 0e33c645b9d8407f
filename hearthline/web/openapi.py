"""The description of what machines may call, made from the models that read the calls."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET
from pydantic import BaseModel

from hearthline.identity.policy import public
from hearthline.messaging.views.webhooks import IncomingText, Receipt

ANSWER = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": "string"}},
}
CALLS: tuple[tuple[str, str, type[BaseModel], tuple[int, ...]], ...] = (
    ("/messages/sms/receipt", "What became of a text message", Receipt, (200, 400, 401, 404, 409, 413, 422)),
    ("/messages/sms/incoming", "A text message that came back", IncomingText, (200, 400, 401, 404, 413, 422)),
)


def describe() -> dict[str, Any]:
    """Return the description as OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hearthline", "version": "1"},
        "paths": {path: {"post": _call(title, model, codes)} for path, title, model, codes in CALLS},
    }


def _call(title: str, model: type[BaseModel], codes: tuple[int, ...]) -> dict[str, Any]:
    answer = {"description": title, "content": {"application/json": {"schema": ANSWER}}}
    return {
        "summary": title,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": model.model_json_schema()}},
        },
        "responses": {str(code): answer for code in codes},
    }


@require_GET
@public
def openapi(request: HttpRequest) -> JsonResponse:
    """Give the description."""
    return JsonResponse(describe())
