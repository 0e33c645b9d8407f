"""Pages of things that are lent: what there is, one of them, adding some."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hearthline.fleet import access, queries, services
from hearthline.fleet.forms import AddForm, FilterForm, MoveForm
from hearthline.fleet.models import Asset
from hearthline.fleet.rules import State
from hearthline.identity.policy import HearthlineRequest, requires

PAGE_LENGTH = 25
MOVES_SHOWN = 50


@requires(*access.KEEPERS)
@require_http_methods(["GET"])
def assets(request: HearthlineRequest) -> HttpResponse:
    """What there is, by state, kind and words."""
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = Paginator(queries.list_assets(**wanted), PAGE_LENGTH).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "audience": "staff",
        "form": form,
        "page_obj": page,
        "counts": queries.count_by_state(),
        "is_filtered": any(wanted.values()),
        "query": query.urlencode(),
    }
    return render(request, "fleet/assets.html", context)


@requires(*access.KEEPERS)
@require_http_methods(["GET", "POST"])
def add(request: HearthlineRequest) -> HttpResponse:
    """Add things of one make by their serial numbers."""
    form = AddForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        serials = form.cleaned_data["serials"]
        added = services.add_assets(request.actor, like=form.save(commit=False), serials=serials)
        messages.success(request, _words_for(len(added), len(serials)))
        return HttpResponseRedirect(reverse("fleet:assets"), status=303)
    context = {"audience": "staff", "form": form}
    return render(request, "fleet/add.html", context, status=422 if form.is_bound else 200)


def _words_for(added: int, asked: int) -> str:
    words = ngettext("%(count)d was added.", "%(count)d were added.", added) % {"count": added}
    if added == asked:
        return words
    known = asked - added
    return f"{words} " + ngettext("%(count)d was there already.", "%(count)d were there already.", known) % {
        "count": known
    }


@requires(*access.KEEPERS)
@require_http_methods(["GET", "POST"])
def asset(request: HearthlineRequest, asset_id: UUID) -> HttpResponse:
    """One thing: what it is, where it is, the way it went, and its next step."""
    found = access.get_asset_for(request.actor, asset_id)
    form = MoveForm(request.POST if request.method == "POST" else None, state=State(found.state))
    if form.is_bound and form.is_valid():
        try:
            services.move_asset(
                request.actor,
                asset_id=found.pk,
                to=State(form.cleaned_data["to"]),
                is_cleaned=form.cleaned_data.get("is_cleaned", False),
                note=form.cleaned_data["note"],
            )
        except services.RefusedMoveError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return HttpResponseRedirect(reverse("fleet:asset", args=[found.pk]), status=303)
    return _asset_page(request, found, form)


def _asset_page(request: HearthlineRequest, found: Asset, form: MoveForm) -> HttpResponse:
    context = {
        "audience": "staff",
        "asset": found,
        "form": form,
        "has_next": bool(form.fields["to"].choices),  # type: ignore[attr-defined]
        "moves": found.moves.select_related("moved_by")[:MOVES_SHOWN],
        "placement": found.placements.filter(ended_at=None).first(),
        "zone": request.organization.zone,  # type: ignore[attr-defined]
    }
    return render(request, "fleet/asset.html", context, status=422 if form.is_bound else 200)
