"""The line of people without a booking: which lines are open, and the questions before joining one."""

from typing import ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.identity.policy import HearthlineRequest, patient_page, public
from hearthline.scheduling import booking_forms, errors, line_forms
from hearthline.scheduling.access import bookable_patients_for, walk_ins_for
from hearthline.scheduling.free_times import read_id
from hearthline.scheduling.lines import choose_site, get_open_places
from hearthline.scheduling.models import BookingDraft, WalkInEntry
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.drafts import change_draft, get_numbers, start_draft
from hearthline.scheduling.services.own_line import (
    Line,
    are_answers_fresh,
    join_own_line,
    list_lines,
    list_open_lines,
)
from hearthline.scheduling.views import booking

FORMS: dict[str, type[booking_forms.QuestionForm]] = {
    "who": booking_forms.WhoForm,
    "urgent": booking_forms.UrgentForm,
    "service": line_forms.LineServiceForm,
    "symptoms": booking_forms.SymptomsForm,
    "where": line_forms.LineWhereForm,
    "how": line_forms.LineHowForm,
}
NUMBER = "number"
AFTER_PLACE = ("how", NUMBER)


class Joining(booking.Booking):
    """One request to the questions before the line."""

    forms: ClassVar[dict[str, type[booking_forms.QuestionForm]]] = FORMS

    def url(self, step: str) -> str:
        """The address of a question."""
        return reverse("scheduling:line_step", args=[self.draft.pk, step])

    def list_steps(self) -> list[str]:
        """The questions that this person is asked."""
        asked = super().list_steps()
        return [*(step for step in FORMS if step in asked), NUMBER]


def _list_lines(request: HttpRequest) -> list[Line]:
    actor = booking.get_actor(request)
    patient = bookable_patients_for(actor).first() if actor.user_id else None
    return list_lines(actor, BookingDraft(organization_id=actor.organization_id, patient=patient))


@public
@never_cache
@require_GET
def about(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Say which lines are open and how to join; whoever is not signed in signs in or registers first."""
    after = reverse("scheduling:line")
    lines = _list_lines(request)
    context = {
        "lines": lines,
        "is_open": any(line.is_open for line in lines),
        "zone": request.organization.zone,  # type: ignore[attr-defined]
        "is_signed_in": getattr(request, "actor", None) is not None,
        "sign_in_url": f"{settings.LOGIN_URL}?{urlencode({'next': after})}",
        "register_url": f"{reverse('identity:register', args=[organization_slug])}?{urlencode({'next': after})}",
        "book_url": reverse("scheduling:public_book", args=[organization_slug]),
    }
    return render(request, "scheduling/line/start.html", context)


@patient_page
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HearthlineRequest) -> HttpResponse:
    """Show the places this person has, and begin the questions at the press of a button."""
    patients = list(bookable_patients_for(request.actor)[:2])
    here = reverse("scheduling:line")
    if not patients:
        about_you = f"{reverse('directory:about_you')}?{urlencode({'next': here})}"
        return HttpResponseRedirect(about_you, status=303)
    lines = _list_lines(request)
    is_open = any(line.is_open for line in lines)
    if request.method == "POST" and is_open:
        return _begin(request)
    places = walk_ins_for(request.actor).filter(status=WalkInEntry.Status.WAITING)
    context = {
        "lines": lines,
        "is_open": is_open,
        "zone": patients[0].zone,
        "places": places.select_related("patient", "service"),
        "may_join": len(patients) > 1 or not places,
        "is_own": True,
        "book_url": reverse("scheduling:book"),
    }
    return render(
        request, "scheduling/line/start.html", context, status=422 if request.method == "POST" else 200
    )


def _begin(request: HearthlineRequest) -> HttpResponse:
    """Go to the first question; a booking that was begun a moment ago (``draft``) brings its answers along."""
    draft_id = read_id(request.POST.get("draft"))
    if draft_id is not None:
        joining = booking.get_booking(request, draft_id, "", Joining)
        held = joining.draft.appointment
        if are_answers_fresh(joining.draft) and (held is None or held.status == Status.HELD):
            change_draft(request.actor, draft=joining.draft, gives_back_time=True)
            return joining.go("where")
    patients = list(bookable_patients_for(request.actor)[:2])
    draft = start_draft(request.actor, patient=patients[0] if len(patients) == 1 else None)
    joining = Joining(request, request.actor, request.organization, "", draft)  # type: ignore[attr-defined]
    return joining.go(joining.list_steps()[0])


@patient_page
@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HearthlineRequest, draft_id: UUID, name: str) -> HttpResponse:
    """One question; too far leads to the first one without an answer, old answers to the start."""
    joining = booking.get_booking(request, draft_id, "", Joining)
    draft = joining.draft
    if not are_answers_fresh(draft) or draft.appointment_id is not None:
        return HttpResponseRedirect(reverse("scheduling:line"), status=303)
    if name == "help":
        return booking.help_now(joining)
    if name not in joining.list_steps():
        return joining.go(joining.list_steps()[0])
    missing = joining.find_missing(name)
    if missing is not None:
        is_stopped = missing in ("urgent", "symptoms") and draft.urgency and not draft.is_clear
        return joining.go("help" if is_stopped else missing)
    if name == "service" and not list_open_lines(joining.actor, draft):
        return _refuse(joining, errors.LineClosedError())
    if name not in AFTER_PLACE:
        return booking.question(joining, name)
    kept = get_open_places(draft.patient_id).first() if draft.patient_id else None
    if kept is not None:
        return go_to_place(kept)
    try:
        choose_site(draft.service, draft.location_jurisdiction)
    except errors.SchedulingError as failure:
        return _refuse(joining, failure)
    return _number(joining) if name == NUMBER else booking.question(joining, name)


def go_to_place(entry: WalkInEntry) -> HttpResponse:
    """Show the place in line."""
    return HttpResponseRedirect(reverse("scheduling:line_place", args=[entry.pk]), status=303)


def _refuse(joining: booking.Booking, failure: errors.SchedulingError) -> HttpResponse:
    """Say why there is no place, when there will be, and what to do instead."""
    patient = joining.draft.patient
    is_closed = isinstance(failure, errors.LineClosedError)
    context = {
        "reason": failure.message,
        "lines": _list_lines(joining.request) if is_closed else [],
        "zone": patient.zone if patient else joining.organization.zone,
        "has_visit": isinstance(failure, errors.HasVisitNowError),
        "where_url": joining.url("where") if isinstance(failure, errors.NobodyLicensedThereError) else "",
    }
    status = 422 if joining.request.method == "POST" else 200
    return render(joining.request, "scheduling/line/refused.html", context, status=status)


def _number(joining: booking.Booking) -> HttpResponse:
    """Ask for the number; with it the person is in the line."""
    request = joining.request
    data = request.POST if request.method == "POST" else None
    patient, organization = joining.draft.patient, joining.organization
    form = line_forms.NumberForm(data, number=patient.telephone if patient else "", organization=organization)
    if data is not None and form.is_valid():
        try:
            return go_to_place(join_own_line(joining.actor, draft=joining.draft, **form.cleaned_data))
        except errors.SchedulingError as failure:
            return _refuse(joining, failure)
    steps = joining.list_steps()
    context = {
        "form": form,
        "back_url": joining.url("how"),
        "number": len(steps),
        "total": len(steps),
        "is_single": True,
        "submits_line": True,
        "emergency_number": get_numbers(joining.draft)[0],
    }
    return render(request, "scheduling/book/question.html", context, status=422 if data is not None else 200)
