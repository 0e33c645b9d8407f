"""The page that takes readings from a device by Bluetooth, and the door for what it read."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, patient_page, requires
from hearthline.identity.roles import PATIENT_ROLES
from hearthline.identity.sessions import SHARED_DEVICE_KEY
from hearthline.monitoring.home import rules, units
from hearthline.monitoring.home.access import require_monitored_for
from hearthline.monitoring.home.device_words import page_words
from hearthline.monitoring.home.services.device_readings import MOST_BYTES, take_readings, understood
from hearthline.monitoring.home.services.typing_in import known_weight
from hearthline.monitoring.home.views.care import page_context
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import MonitoredPatient


def _data(request: HearthlineRequest, monitored: MonitoredPatient) -> dict[str, Any]:
    """Return what the page's script needs; nothing of it is kept in the browser."""
    of_patient = [monitored.patient_id]
    return {
        "owner": f"{request.actor.user_id}/{monitored.patient_id}",
        "isSharedBrowser": bool(request.session.get(SHARED_DEVICE_KEY)),
        "knownWeight": known_weight(monitored, clock.now()),
        "kilograms": {
            unit.ucum: float(units.canonical(Decimal(1), unit)) for unit in BY_CODE["weight"].units
        },
        "otherPersonKilograms": rules.OTHER_PERSON_KILOGRAMS,
        "otherPersonShare": rules.OTHER_PERSON_SHARE,
        "urls": {
            "save": reverse("home:device_save", args=of_patient),
            "token": reverse("home:device_token", args=of_patient),
        },
        "words": page_words(),
    }


@require_GET
@patient_page
def take(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show the page that connects to a device (browsers let a page of one's own origin reach for Bluetooth)."""
    monitored = require_monitored_for(request.actor, patient_id)
    context = page_context(monitored, data=_data(request, monitored))
    response = render(request, "home/take.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@requires(*PATIENT_ROLES, is_background=True)
def token(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Give a page that slept the forgery token of now."""
    require_monitored_for(request.actor, patient_id)
    response = JsonResponse({"token": get_token(request)})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@patient_page
def save(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Store readings that the page took, and say of each what became of it."""
    monitored = require_monitored_for(request.actor, patient_id)
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return JsonResponse({"error": _("Too much at once. Send fewer readings.")}, status=413)
    sent = understood(request.body)
    if sent is None:
        return JsonResponse({"error": _("We could not read this. Load the page again.")}, status=422)
    answers = take_readings(actor=request.actor, monitored=monitored, sent=sent)
    said = [{"id": one.id, "state": one.state, "words": one.words} for one in answers]
    return JsonResponse({"answers": said})
