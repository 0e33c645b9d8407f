"""The line of people without an appointment: who waits, since when, for how long still; join, call, leave."""

from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory.access import practitioner_of
from hearthline.directory.models import Practitioner
from hearthline.directory.queries import contact_rules_of
from hearthline.directory.rules import ContactRules
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.scheduling import errors, services
from hearthline.scheduling.access import (
    SCHEDULE_ROLES,
    get_bookable_patient_for,
    get_walk_in_for,
    walk_ins_for,
)
from hearthline.scheduling.free_times import read_id
from hearthline.scheduling.lines import get_estimate, list_waiting
from hearthline.scheduling.models import Mode, WalkInEntry
from hearthline.scheduling.rules.queue import Estimate
from hearthline.scheduling.staff_forms import WalkInForm
from hearthline.scheduling.views.schedule import go_to

PAGE_LENGTH = 50


@dataclass(frozen=True)
class Row:
    """One person in line as the page shows them."""

    entry: WalkInEntry
    estimate: Estimate
    waited_minutes: int
    contact: ContactRules

    @property
    def wants_call(self) -> bool:
        """Whether the person waits for the telephone to ring."""
        return self.entry.call_wanted_at is not None or self.entry.mode == Mode.PHONE


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET"])
def queue(request: HearthlineRequest) -> HttpResponse:
    """Everyone who waits, first come first."""
    return _show(request)


def _show(request: HearthlineRequest, *, error: str = "") -> HttpResponse:
    waiting = walk_ins_for(request.actor).filter(status=WalkInEntry.Status.WAITING)
    entries = waiting.select_related("patient", "service", "site").order_by("joined_at", "id")
    page = Paginator(entries, PAGE_LENGTH).get_page(request.GET.get("page"))
    lines: dict[tuple[UUID, UUID], list[WalkInEntry]] = {}
    rows = []
    for entry in page:
        key = (entry.service_id, entry.site_id)
        if key not in lines:
            lines[key] = list_waiting(*key)
        waited = int((clock.now() - entry.joined_at).total_seconds() // 60)
        rows.append(Row(entry, get_estimate(entry, lines[key]), waited, contact_rules_of(entry.patient)))
    record(request.actor, "walk_ins.read", ("scheduling.walkinentry", "list"))
    context = {
        "audience": "staff",
        "rows": rows,
        "page_obj": page,
        "error": error,
        "own": practitioner_of(request.actor),
        "practitioners": Practitioner.objects.filter(is_active=True),
        "zone": request.organization.zone,  # type: ignore[attr-defined]
    }
    return render(request, "scheduling/staff/queue.html", context, status=422 if error else 200)


@requires(*SCHEDULE_ROLES)
@require_http_methods(["GET", "POST"])
def join(request: HearthlineRequest) -> HttpResponse:
    """Give a patient (``?patient=``) a place in a line."""
    patient_id = read_id(request.GET.get("patient"))
    if patient_id is None:
        return render(request, "scheduling/staff/book_whom.html", {"audience": "staff"})
    patient = get_bookable_patient_for(request.actor, patient_id)
    organization = request.organization  # type: ignore[attr-defined]
    initial = {"location_jurisdiction": patient.jurisdiction or organization.jurisdiction}
    form = WalkInForm(request.POST if request.method == "POST" else None, initial=initial)
    error = ""
    if form.is_bound and form.is_valid():
        try:
            services.join_queue(request.actor, patient=patient, **form.cleaned_data)
            return HttpResponseRedirect(reverse("scheduling:queue"), status=303)
        except errors.SchedulingError as failure:
            error = str(failure)
    context = {"audience": "staff", "patient": patient, "form": form, "error": error}
    return render(request, "scheduling/staff/join.html", context, status=422 if form.is_bound else 200)


@requires(*SCHEDULE_ROLES)
@require_POST
def call(request: HearthlineRequest, entry_id: UUID) -> HttpResponse:
    """Call a person from the line, for oneself or for a colleague."""
    entry = get_walk_in_for(request.actor, entry_id)
    own = practitioner_of(request.actor)
    chosen = read_id(request.POST.get("practitioner")) or (own.pk if own else None)
    practitioner = Practitioner.objects.filter(pk__in=[chosen], is_active=True).first()
    if practitioner is None:
        return _show(request, error=_("Choose the clinician who calls."))
    try:
        called = services.call_next(request.actor, entry=entry, practitioner_id=practitioner.pk)
    except errors.SchedulingError as failure:
        return _show(request, error=str(failure))
    return go_to(called)


@requires(*SCHEDULE_ROLES)
@require_POST
def leave(request: HearthlineRequest, entry_id: UUID) -> HttpResponse:
    """Note that a person has left the line."""
    services.leave_queue(request.actor, entry=get_walk_in_for(request.actor, entry_id))
    return HttpResponseRedirect(reverse("scheduling:queue"), status=303)
