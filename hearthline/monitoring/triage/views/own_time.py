"""One's own time: written by itself, corrected with a reason, and true once confirmed."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.monitoring.triage.errors import TimeRefusedError
from hearthline.monitoring.triage.forms import CorrectionForm
from hearthline.monitoring.triage.models import TimeEntry
from hearthline.monitoring.triage.queries import time_entries_of
from hearthline.monitoring.triage.services import time

PAGE_SIZE = 50


@require_GET
@clinical()
def own_time(request: HearthlineRequest) -> HttpResponse:
    """Show the actor's own stretches of work."""
    page = Paginator(time_entries_of(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"audience": "staff", "page": page}
    return render(request, "triage/time.html", context)


@require_POST
@clinical()
def attest(request: HearthlineRequest) -> HttpResponse:
    """Confirm the stretches that were ticked."""
    chosen = []
    for written in request.POST.getlist("entry"):
        try:
            chosen.append(UUID(written))
        except ValueError:
            raise Http404 from None
    done = time.attest(actor=request.actor, entry_ids=chosen)
    if done:
        messages.success(request, _("Confirmed. This time can now count."))
    else:
        messages.error(request, _("Tick the time that you confirm."))
    return redirect("triage:time")


@require_http_methods(["GET", "POST"])
@clinical()
def correct(request: HearthlineRequest, entry_id: UUID) -> HttpResponse:
    """Correct one's own stretch, with a reason."""
    entry = _entry(request, entry_id)
    initial = {"minutes": round(entry.active_seconds / 60), "is_live_contact": entry.is_live_contact}
    form = CorrectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            time.correct(actor=request.actor, entry=entry, **form.cleaned_data)
        except TimeRefusedError as refused:
            form.add_error(None, refused.words)
        else:
            return redirect("triage:time")
    status = 422 if form.errors else 200
    context = {"audience": "staff", "form": form, "entry": entry}
    return render(request, "triage/correct.html", context, status=status)


def _entry(request: HearthlineRequest, entry_id: UUID) -> TimeEntry:
    found = time_entries_of(request.actor).filter(pk=entry_id).first()
    if found is None:
        raise Http404
    return found
