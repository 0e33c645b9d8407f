"""Calls of the SMS gateway to us: signed, small, and harmless when repeated."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hearthline.foundation import clock
from hearthline.identity.policy import public
from hearthline.messaging import receipts, replies
from hearthline.messaging.receipts import ReceiptState, Taken
from hearthline.messaging.transports.sms import is_signed

MAX_BODY_BYTES = 8_192
MAX_REFERENCE_LENGTH = 120
MAX_EVENT_ID_LENGTH = 100
MAX_CODE_LENGTH = 40
MAX_TEXT_LENGTH = 2_000
TELEPHONE = r"^\+[0-9]{6,15}$"
PLAIN_TEXT = r"^[^\x00]*$"


class Receipt(BaseModel):
    """What became of a text."""

    model_config = ConfigDict(extra="ignore", strict=True)
    event_id: str = Field(min_length=1, max_length=MAX_EVENT_ID_LENGTH, pattern=PLAIN_TEXT)
    reference: str = Field(max_length=MAX_REFERENCE_LENGTH)
    state: str = Field(pattern="^(delivered|failed)$")
    code: str = Field(default="", max_length=MAX_CODE_LENGTH)


class IncomingText(BaseModel):
    """A text that somebody sent to us."""

    model_config = ConfigDict(extra="ignore", strict=True)
    event_id: str = Field(min_length=1, max_length=MAX_EVENT_ID_LENGTH, pattern=PLAIN_TEXT)
    sender: str = Field(alias="from", pattern=TELEPHONE)
    text: str = Field(max_length=MAX_TEXT_LENGTH, pattern=PLAIN_TEXT)


class RefusedCallError(Exception):
    """The call cannot be taken; ``status`` is the answer."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@csrf_exempt
@require_POST
@public
def receipt(request: HttpRequest) -> HttpResponse:
    """Take a delivery receipt."""
    try:
        call = Receipt.model_validate(_signed_body(request))
    except RefusedCallError as refusal:
        return JsonResponse({"code": refusal.code}, status=refusal.status)
    except ValidationError:
        return JsonResponse({"code": "unreadable"}, status=422)
    taken = receipts.take_receipt(
        reference=call.reference, event_id=call.event_id, state=ReceiptState(call.state), code=call.code
    )
    status = {Taken.DONE: 200, Taken.UNKNOWN: 404, Taken.TOO_EARLY: 409}[taken]
    return JsonResponse({"code": taken.value}, status=status)


@csrf_exempt
@require_POST
@public
def incoming_text(request: HttpRequest) -> HttpResponse:
    """Take a text that came back."""
    try:
        call = IncomingText.model_validate(_signed_body(request))
    except RefusedCallError as refusal:
        return JsonResponse({"code": refusal.code}, status=refusal.status)
    except ValidationError:
        return JsonResponse({"code": "unreadable"}, status=422)
    replies.take_text(event_id=call.event_id, sender=call.sender, text=call.text)
    return JsonResponse({"code": "done"})


def _signed_body(request: HttpRequest) -> Any:
    """Return the body's content once its size and signature are good."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise RefusedCallError(413, "too_large")
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise RefusedCallError(413, "too_large")
    is_ours = is_signed(
        settings.SMS_WEBHOOK_SECRET,
        timestamp=request.headers.get("X-Signature-Timestamp", ""),
        body=body,
        signature=request.headers.get("X-Signature", ""),
        now=clock.now(),
    )
    if not is_ours:
        raise RefusedCallError(401, "not_signed")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedCallError(400, "not_json") from None
