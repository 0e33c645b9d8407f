"""A patient links an account at a maker of devices, sees how it stands, and ends it. Works without script."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.monitoring.home.access import require_monitored_for
from hearthline.monitoring.home.views.care import page_context
from hearthline.monitoring.vendors import client, withings
from hearthline.monitoring.vendors.access import get_newest_link_for
from hearthline.monitoring.vendors.models import VendorLink
from hearthline.monitoring.vendors.services.ending import end_link
from hearthline.monitoring.vendors.services.linking import open_link
from hearthline.monitoring.vendors.withings import VendorAwayError, VendorRefusedError

STATE_KEY = "vendor_link_request"
STATE_BYTES = 24
STATE_FOR = timedelta(minutes=10)  # long enough to sign in at the vendor
LONGEST_CODE = 200


@require_GET
@patient_page
def account(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show whether an account is linked, since when, and when it was last read."""
    if not client.is_offered():
        raise Http404
    monitored, link = get_newest_link_for(request.actor, patient_id)
    context = page_context(monitored, link=link, states=VendorLink.State)
    return render(request, "vendors/account.html", context)


@never_cache
@require_GET
@patient_page
def go(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Lead to the vendor's own page. A plain link leads here: a form's answer may not lead away from us."""
    if not client.is_offered():
        raise Http404
    require_monitored_for(request.actor, patient_id)
    state = secrets.token_urlsafe(STATE_BYTES)
    request.session[STATE_KEY] = {"state": state, "patient": str(patient_id), "at": clock.now().isoformat()}
    return HttpResponseRedirect(
        withings.authorize_url(
            settings.WITHINGS_AUTHORIZE_URL,
            client_id=settings.WITHINGS_CLIENT_ID,
            redirect_uri=_back_url(),
            state=state,
        )
    )


@never_cache
@require_GET
@patient_page
def back(request: HearthlineRequest) -> HttpResponse:
    """Take what the vendor sends the person back with: a code that is good for half a minute, or a refusal."""
    asked: dict[str, str] = request.session.pop(STATE_KEY, {})
    if not _is_the_one(asked, request.GET.get("state", "")):
        messages.error(request, _("That took too long, or began on another page. Please start again."))
        return HttpResponseRedirect(reverse("home:today"), status=303)
    patient_id = UUID(asked["patient"])
    monitored = require_monitored_for(request.actor, patient_id)
    code = request.GET.get("code", "")
    if not code or len(code) > LONGEST_CODE:
        messages.info(request, _("Nothing was linked. You can start again at any time."))
    else:
        _link(request, monitored, code)
    return HttpResponseRedirect(reverse("vendors:account", args=[patient_id]), status=303)


@require_POST
@patient_page
def end(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """End the link; what came stays."""
    _monitored, link = get_newest_link_for(request.actor, patient_id)
    if link is None:
        raise Http404
    end_link(actor=request.actor, link=link)
    messages.success(request, _("It is stopped. No more numbers come from there."))
    return HttpResponseRedirect(reverse("vendors:account", args=[patient_id]), status=303)


def _link(request: HearthlineRequest, monitored: Any, code: str) -> None:
    try:
        tokens = client.exchange_code(code, _back_url())
        open_link(actor=request.actor, monitored=monitored, tokens=tokens)
    except VendorRefusedError:
        messages.error(request, _("Withings did not confirm it. Please start again."))
    except VendorAwayError:
        messages.error(request, _("Withings does not answer now. Please try again later."))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("It is linked. New numbers come by themselves now."))


def _is_the_one(asked: dict[str, str], state: str) -> bool:
    """Whether the answer belongs to what this session asked, lately and once."""
    if not asked or not hmac.compare_digest(asked["state"].encode(), state.encode()):
        return False
    return clock.now() - datetime.fromisoformat(asked["at"]) < STATE_FOR


def _back_url() -> str:
    return f"{settings.PUBLIC_URL}{reverse('vendors:back')}"
