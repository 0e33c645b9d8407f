"""``/demo/outbox/``: what the demo sent, as a telephone and a mail program would show it."""

from datetime import datetime
from uuid import UUID

import httpx
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hearthline.demo.mailbox import store
from hearthline.identity.policy import public

PAGE_SIZE = 20
REPLY_SECONDS = 5.0
REPLY_LENGTH = 160


@require_GET
@public
def outbox(request: HttpRequest) -> HttpResponse:
    """Show what was sent, newest first."""
    items = [(item, datetime.fromisoformat(item.at)) for item in store.newest()]
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "demo/outbox.html", {"page": page, "audience": "plain"})


@require_POST
@public
def reply(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Answer a text as its reader would; the stand-in gateway passes it on."""
    item = store.find(item_id)
    if item is None or item.kind != store.SMS:
        raise Http404
    content = {"from": item.to, "text": request.POST.get("text", "")[:REPLY_LENGTH]}
    headers = {"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"}
    try:
        url = f"{settings.SMS_GATEWAY_URL}/replies"
        httpx.post(
            url, json=content, headers=headers, timeout=REPLY_SECONDS, trust_env=False
        ).raise_for_status()
        messages.success(request, _("Your answer is on its way."))
    except httpx.HTTPError:
        messages.error(request, _("The stand-in for the SMS gateway is not running. Start the demo again."))
    response = HttpResponseRedirect(reverse("demo:outbox"))
    response.status_code = 303
    return response
