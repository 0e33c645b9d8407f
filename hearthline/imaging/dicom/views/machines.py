"""Machines that send and fetch images: for administrators, without anything clinical."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.imaging.dicom.access import KEEPER_ROLES, get_gateway_for
from hearthline.imaging.dicom.forms import GatewayForm, RootForm
from hearthline.imaging.dicom.models import Gateway, Grant
from hearthline.imaging.dicom.services import grants
from hearthline.imaging.dicom.views.common import end_of_day, zone_of

PAGE_LENGTH = 25
KEEPERS = tuple(KEEPER_ROLES)


@require_GET
@requires(*KEEPERS)
def machines(request: HearthlineRequest) -> HttpResponse:
    """List the machines."""
    rows = Gateway.objects.filter(organization_id=request.actor.organization_id)
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {"audience": "staff", "page": page, "now": clock.now(), "zone": zone_of(request)}
    return render(request, "dicom/machines.html", context)


@require_http_methods(["GET", "POST"])
@requires(*KEEPERS)
def add_machine(request: HearthlineRequest) -> HttpResponse:
    """Let a machine in; its token is shown in the answer and never again."""
    form = GatewayForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            gateway, secret = grants.open_gateway(request.actor, **_values(request, form))
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _page(request, gateway, secret=secret)
    return render(
        request,
        "dicom/machine.html",
        {"audience": "staff", "form": form},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
@requires(*KEEPERS)
def machine(request: HearthlineRequest, gateway_id: UUID) -> HttpResponse:
    """One machine: who it is, what it may reach, when it last came."""
    found = get_gateway_for(request.actor, gateway_id)
    form = None
    if request.method == "POST":
        form = GatewayForm(request.POST)
        if form.is_valid():
            try:
                grants.change_gateway(request.actor, gateway=found, **_changed(request, form))
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, _("Saved."))
                return _back(found)
    return _page(request, get_gateway_for(request.actor, gateway_id), form=form)


def _changed(request: HearthlineRequest, form: GatewayForm) -> dict[str, Any]:
    values = _values(request, form)
    ends_at = values.pop("ends_at")
    return {**values, "expires_at": ends_at}


def _values(request: HearthlineRequest, form: GatewayForm) -> dict[str, Any]:
    values = dict(form.cleaned_data)
    return {**values, "ends_at": end_of_day(request, values["ends_at"]), "address": values["address"] or None}


def _page(
    request: HearthlineRequest,
    gateway: Gateway,
    *,
    form: GatewayForm | None = None,
    root_form: RootForm | None = None,
    secret: str = "",
) -> HttpResponse:
    roots = Grant.objects.filter(gateway=gateway).select_related("patient", "granted_by")
    initial = {name: getattr(gateway, name) for name in ("name", "calling_ae", "called_ae", "address")}
    is_wrong = form is not None or root_form is not None
    context = {
        "audience": "staff",
        "gateway": gateway,
        "roots": [(root, request.build_absolute_uri(_root_of(root)), root.rights) for root in roots],
        "form": form or GatewayForm(initial={**initial, "ends_at": gateway.expires_at}),
        "root_form": root_form or RootForm(),
        "secret": secret,
        "now": clock.now(),
        "zone": zone_of(request),
        "has_errors": is_wrong,
    }
    return render(request, "dicom/machine.html", context, status=422 if is_wrong else 200)


def _root_of(grant: Grant) -> str:
    return reverse("dicom:grant_root", args=[grant.pk])


@require_POST
@requires(*KEEPERS)
def renew_token(request: HearthlineRequest, gateway_id: UUID) -> HttpResponse:
    """Give a machine another token, shown in the answer and never again."""
    found = get_gateway_for(request.actor, gateway_id)
    return _page(request, found, secret=grants.renew_token(request.actor, gateway=found))


@require_POST
@requires(*KEEPERS)
def close_machine(request: HearthlineRequest, gateway_id: UUID) -> HttpResponse:
    """Close a machine's token, titles and roots at once."""
    found = get_gateway_for(request.actor, gateway_id)
    grants.close_gateway(request.actor, gateway=found)
    messages.success(request, _("Closed. The machine cannot come in any more."))
    return _back(found)


@require_POST
@requires(*KEEPERS)
def give_root(request: HearthlineRequest, gateway_id: UUID) -> HttpResponse:
    """Open a root on everything of the organization to a machine."""
    found = get_gateway_for(request.actor, gateway_id)
    form = RootForm(request.POST)
    if not form.is_valid():
        return _page(request, found, root_form=form)
    values = form.cleaned_data
    try:
        grants.give(
            request.actor,
            holder=found,
            rights=[Grant.Right(right) for right in values["rights"]],
            reason=values["reason"],
            ends_at=end_of_day(request, values["ends_at"]),
        )
    except ValidationError as refusal:
        form.add_error("ends_at", refusal)
        return _page(request, found, root_form=form)
    messages.success(request, _("Saved."))
    return _back(found)


def _back(gateway: Gateway) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("dicom:machine", args=[gateway.pk]), status=303)
