"""The administrator's pages: words of messages, quiet hours, who answers, and what does not go."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.audit.services import record
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role
from hearthline.messaging import catalogue, oversight
from hearthline.messaging.administration import (
    ChosenWording,
    PolicyForm,
    PoolForm,
    WordingForm,
    chosen_wording,
    list_wordings,
    preview,
    save_pool,
    save_wording,
)
from hearthline.messaging.models import MessagingPolicy, Notification, RoutingPool
from hearthline.messaging.queries import describe
from hearthline.messaging.views.writing import PAGE_SIZE, SeeOther
from hearthline.tenancy.models import Organization


@require_GET
@requires(Role.ADMINISTRATOR)
def overview(request: HearthlineRequest) -> HttpResponse:
    """Alarms, and what became of the latest messages, without names."""
    rows = Notification.objects.order_by("-created_at", "-id")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "deliveries": [describe(row) for row in page],
        "alarms": oversight.open_alarms(),
        "zone": _zone(request),
    }
    return render(request, "messaging/administration/overview.html", context)


@require_GET
@requires(Role.ADMINISTRATOR)
def wordings(request: HearthlineRequest) -> HttpResponse:
    """List every template in every language: whose words, and whether somebody qualified has read them."""
    page = Paginator(list_wordings(), PAGE_SIZE * 2).get_page(request.GET.get("page"))
    return render(request, "messaging/administration/wordings.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def wording(request: HearthlineRequest, template: str, language: str, channel: str) -> HttpResponse:
    """Change the words of one template in one language, with a preview."""
    try:
        chosen = chosen_wording(template, language, channel)
    except (catalogue.UnknownTemplateError, ValueError):
        raise Http404 from None
    form = WordingForm(request.POST or None, chosen=chosen)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        save_wording(actor=request.actor, chosen=chosen, values=form.cleaned_data)
        messages.success(request, _("Saved. Messages sent from now on use these words."))
        return SeeOther(reverse("messaging:wordings"))
    return _show_wording(request, chosen, form)


def _show_wording(request: HearthlineRequest, chosen: ChosenWording, form: WordingForm) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "chosen": chosen,
        "placeholders": sorted(chosen.template.placeholders),
        "required": sorted(chosen.template.required),
        "preview": None if form.errors else preview(chosen, form.words(), zone=_zone(request)),
    }
    return render(
        request, "messaging/administration/wording.html", context, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def policy(request: HearthlineRequest) -> HttpResponse:
    """Change the quiet hours."""
    found = MessagingPolicy.objects.first() or MessagingPolicy(organization_id=request.actor.organization_id)
    form = PolicyForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        record(request.actor, "messaging_policy.changed", saved, fields=form.changed_data)
        messages.success(request, _("Saved."))
        return SeeOther(reverse("messaging:policy"))
    context = {"form": form}
    return render(
        request, "messaging/administration/policy.html", context, status=422 if form.errors else 200
    )


@require_GET
@requires(Role.ADMINISTRATOR)
def pools(request: HearthlineRequest) -> HttpResponse:
    """List who answers patients' messages."""
    page = Paginator(RoutingPool.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "messaging/administration/pools.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def pool(request: HearthlineRequest, pool_id: Any = None) -> HttpResponse:
    """Make or change a team that answers: its members, its hours and its promise."""
    found = RoutingPool.objects.filter(pk=pool_id).first() if pool_id else RoutingPool()
    if found is None:
        raise Http404
    form = PoolForm(request.POST or None, instance=found)
    if request.method == "POST":
        form.instance.organization_id = request.actor.organization_id
        if form.is_valid():
            save_pool(actor=request.actor, form=form)
            messages.success(request, _("Saved."))
            return SeeOther(reverse("messaging:pools"))
    context = {"form": form, "pool": found if pool_id else None}
    return render(request, "messaging/administration/pool.html", context, status=422 if form.errors else 200)


def _zone(request: HearthlineRequest) -> ZoneInfo:
    return ZoneInfo(Organization.objects.values_list("zone", flat=True).get(pk=request.actor.organization_id))
