"""Laboratories that may send, and tokens of machines: for administrators, without anything clinical."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.charting.results import senders
from hearthline.charting.results.access import get_laboratory_for, get_token_for
from hearthline.charting.results.forms import LaboratoryForm, TokenForm
from hearthline.charting.results.models import Laboratory, MachineToken
from hearthline.charting.views.chart import clinic_zone, posted
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role

PAGE_SIZE = 25


@require_GET
@requires(Role.ADMINISTRATOR)
def laboratories(request: HearthlineRequest) -> HttpResponse:
    """List the laboratories."""
    page = Paginator(Laboratory.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "results/laboratories.html", {"audience": "staff", "page": page})


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def laboratory(request: HearthlineRequest, laboratory_id: UUID | None = None) -> HttpResponse:
    """Add a laboratory, or change it."""
    found = get_laboratory_for(request.actor, laboratory_id) if laboratory_id else None
    zone = clinic_zone(request)
    form = LaboratoryForm(posted(request), instance=found, initial=None if found else {"zone": zone})
    if request.method == "POST" and form.is_valid():
        senders.save_laboratory(
            actor=request.actor, laboratory=form.save(commit=False), changed=form.changed_data
        )
        messages.success(request, _("Saved."))
        return redirect("results:laboratories")
    context = {"audience": "staff", "form": form, "laboratory": found, "organization_slug": _slug(request)}
    return render(request, "results/laboratory.html", context, status=422 if form.errors else 200)


def _slug(request: HearthlineRequest) -> str:
    return str(getattr(request, "organization").slug)  # noqa: B009 - set by the middleware


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def machines(request: HearthlineRequest) -> HttpResponse:
    """List the tokens of machines, and issue one; its secret is shown on this page and never again."""
    form, secret = TokenForm(posted(request)), ""
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        _token, secret = senders.issue_token(
            actor=request.actor,
            name=values["name"],
            laboratory=values["laboratory"],
            scopes=values["scopes"],
            days=values["days"],
        )
        form = TokenForm()
    rows = MachineToken.objects.select_related("laboratory", "issued_by")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "audience": "staff",
        "form": form,
        "page": page,
        "secret": secret,
        "now": clock.now(),
        "zone": clinic_zone(request),
    }
    return render(request, "results/machines.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Role.ADMINISTRATOR)
def revoke(request: HearthlineRequest, token_id: UUID) -> HttpResponse:
    """Close a token at once."""
    senders.revoke_token(actor=request.actor, token=get_token_for(request.actor, token_id))
    messages.success(request, _("Closed. The machine cannot come in any more."))
    return redirect("results:machines")
