"""The rescue desk: the visits of a window, those most at risk first, and what can be done for each at once."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.tenancy.models import Organization
from hearthline.visits.access import get_visit_for, visits_for
from hearthline.visits.choices import Help, Modality, Outcome, RequestEnd, Window
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Rescue
from hearthline.visits.outcomes import measured_since
from hearthline.visits.rescue import weights_on
from hearthline.visits.rescue_desk import CHANNELS, DeskRow, counts_for, desk_for, row_for
from hearthline.visits.services import rescuing

ROWS_ON_PAGE = 25
DAYS = 28
SAID = {
    Help.CALL: gettext_lazy(
        "They are being called. The call offers to confirm, to move, or to be called back."
    ),
    Help.SPOKE: gettext_lazy("Noted that you spoke with them."),
    Help.TELEPHONE: gettext_lazy("The visit is by telephone now. The patient is told how."),
    Help.SEND: gettext_lazy("Help to get ready is on its way, in the patient's language."),
    Help.PRACTICE: gettext_lazy("The link to practise is on its way. What works shows here as they try."),
    Help.HUB_ROOM: gettext_lazy("Asked for a hub room. It stands under “Requests” until somebody closes it."),
    Help.LOANER: gettext_lazy("Asked for a loaner. It stands under “Requests” until somebody closes it."),
}
BEFORE_IT_BEGINS = (Help.SEND, Help.PRACTICE, Help.TELEPHONE, Help.HUB_ROOM, Help.LOANER)


@require_GET
@clinical()
def rescue(request: HearthlineRequest) -> HttpResponse:
    """Who needs somebody first in a window, why in one line, and the ways to help."""
    counts = counts_for(request.actor)
    window = _window(request.GET.get("window", "")) or next(
        (one for one in Window if counts[one]), Window.NOW
    )
    page = Paginator(desk_for(request.actor, window), ROWS_ON_PAGE).get_page(request.GET.get("page"))
    context = {
        "audience": "staff",
        "window": window,
        "windows": [(one, counts[one]) for one in Window],
        "page": page,
        "query": f"window={window.value}",
        "rows": [
            (page.start_index() + place, row, _helps(row)) for place, row in enumerate(page.object_list)
        ],
        "open_requests": _requests(request).filter(closed_at__isnull=True).count(),
        "zone": _zone(request),
        "weights": weights_on(clock.now().date()),
    }
    return render(request, "visits/staff_rescue.html", context)


def _window(value: str) -> Window | None:
    return Window(value) if value in Window.values else None


def _zone(request: HearthlineRequest) -> str:
    zone = Organization.objects.values_list("zone", flat=True).get(pk=request.actor.organization_id)
    return str(zone)


def _helps(row: DeskRow) -> list[Help]:
    """Return what can be done for a visit, what is advised first leading; no way that the patient did not agree to.

    Without a trunk, or where they may not be rung, staff call by hand.
    """
    not_sendable = CHANNELS.keys() - row.ways
    helps = [] if row.is_running else [one for one in BEFORE_IT_BEGINS if one not in not_sendable]
    if row.visit.planned_modality == Modality.PHONE:
        helps = [one for one in helps if one not in {Help.TELEPHONE, Help.PRACTICE}]
    may_have_called = Help.CALL in row.ways and not row.is_running
    if not row.number:
        helps = [one for one in helps if one != Help.TELEPHONE]
    else:
        helps = [*([Help.CALL] if may_have_called else []), Help.SPOKE, *helps]
    first = Help.SPOKE if row.risk.first == Help.CALL and not may_have_called else row.risk.first
    return sorted(helps, key=lambda one: one != first)


@require_POST
@clinical()
def do_rescue(request: HearthlineRequest, visit_id: UUID, help_: str) -> HttpResponse:
    """Do one thing for a visit, as one press on the desk asks."""
    visit = get_visit_for(request.actor, visit_id)
    wanted = Help(help_)
    try:
        rescuing.rescue(actor=request.actor, visit=visit, help_=wanted)
        messages.success(request, str(SAID[wanted]))
    except VisitRefusedError as refused:
        messages.error(request, refused.words)
        return _back(request)
    return redirect("visits:practice", visit.pk) if wanted == Help.PRACTICE else _back(request)


def _back(request: HearthlineRequest) -> HttpResponse:
    window = _window(request.POST.get("window", ""))
    return redirect(
        f"{reverse('visits:rescue')}?window={window.value}" if window else reverse("visits:rescue")
    )


@require_POST
@clinical()
def coverage(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Note that it was checked who pays."""
    rescuing.note_coverage(actor=request.actor, visit=get_visit_for(request.actor, visit_id))
    return _back(request)


@require_GET
@clinical()
def practice(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Try out camera and sound together: what the patient's device test finds shows as they try. No record of care."""
    visit = get_visit_for(request.actor, visit_id)
    row = row_for(visit)
    checks = visit.device_checks.order_by("-checked_at")[:5]
    context = {"audience": "staff", "row": row, "visit": visit, "checks": checks, "zone": _zone(request)}
    return render(request, "visits/staff_practice.html", context)


def _requests(request: HearthlineRequest) -> QuerySet[Rescue]:
    asked = Rescue.objects.filter(help__in=[Help.HUB_ROOM, Help.LOANER])
    return asked.filter(visit__in=visits_for(request.actor)).select_related("visit__patient")


@require_GET
@clinical()
def requests(request: HearthlineRequest) -> HttpResponse:
    """What was asked for and is not settled, the soonest visit first; below, what was settled lately."""
    asked = _requests(request)
    context = {
        "audience": "staff",
        "page": Paginator(
            asked.filter(closed_at__isnull=True).order_by("visit__starts_at", "pk"), ROWS_ON_PAGE
        ).get_page(request.GET.get("page")),
        "closed": asked.filter(closed_at__isnull=False).order_by("-closed_at")[:ROWS_ON_PAGE],
        "ends": RequestEnd,
        "zone": _zone(request),
    }
    return render(request, "visits/staff_requests.html", context)


@require_POST
@clinical()
def close(request: HearthlineRequest, rescue_id: UUID) -> HttpResponse:
    """Close a request with how it ended."""
    asked = get_object_or_404(_requests(request), pk=rescue_id)
    end = request.POST.get("end", "")
    if end in RequestEnd.values:
        rescuing.close_request(actor=request.actor, request=asked, end=RequestEnd(end))
        messages.success(request, _("The request is closed."))
    return redirect("visits:rescue_requests")


@require_GET
@clinical()
def results(request: HearthlineRequest) -> HttpResponse:
    """How often the ranking was right in four weeks, for each sign and overall, with counts. Nobody is named."""
    context = {
        "audience": "staff",
        "days": DAYS,
        "shown": measured_since(clock.now() - timedelta(days=DAYS)),
        "outcomes": Outcome,
        "weights": weights_on(clock.now().date()),
    }
    return render(request, "visits/staff_results.html", context)
