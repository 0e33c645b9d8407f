"""Booking, one question a page: signed in under ``/care/book/``, as a stranger under ``/o/<slug>/book/``."""

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hearthline.directory.models import AccessNeed, Patient
from hearthline.directory.places import jurisdiction_name, language_name
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling import booking_forms, errors
from hearthline.scheduling.access import bookable_patients_for
from hearthline.scheduling.free_times import Wanted, list_free_times, read_choice, read_day, read_id
from hearthline.scheduling.models import BookingDraft, Mode, Place
from hearthline.scheduling.red_flags import asked_language, is_signed_off
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.rules.urgency import Urgency
from hearthline.scheduling.services import book_draft, hold_slot
from hearthline.scheduling.services.drafts import claim_draft, get_numbers, start_draft
from hearthline.scheduling.services.own_line import list_open_lines
from hearthline.tenancy.models import Organization

SESSION_KEY = "bookings"
MAXIMUM_DRAFTS_IN_SESSION = 5
FORMS: dict[str, type[booking_forms.QuestionForm]] = {
    "who": booking_forms.WhoForm,
    "urgent": booking_forms.UrgentForm,
    "service": booking_forms.ServiceForm,
    "symptoms": booking_forms.SymptomsForm,
    "where": booking_forms.WhereForm,
    "language": booking_forms.LanguageForm,
    "access": booking_forms.AccessForm,
    "how": booking_forms.HowForm,
}


@dataclass(frozen=True)
class Booking:
    """One request to the booking: who asks, which draft, and how its pages are addressed."""

    request: HttpRequest
    actor: Actor
    organization: Organization
    slug: str
    draft: BookingDraft

    forms: ClassVar[dict[str, type[booking_forms.QuestionForm]]] = FORMS

    def url(self, step: str) -> str:
        """The address of a step."""
        if self.slug:
            return reverse("scheduling:public_book_step", args=[self.slug, self.draft.pk, step])
        return reverse("scheduling:book_step", args=[self.draft.pk, step])

    def list_steps(self) -> list[str]:
        """The steps that this booking has."""
        steps = [*FORMS, "times", "check"]
        if self.slug or bookable_patients_for(self.actor)[:2].count() < 2:
            steps.remove("who")
        if self.draft.service is None or not self.draft.service.red_flags:
            steps.remove("symptoms")
        return steps

    def find_missing(self, before: str) -> str | None:
        """The first step before this one that has no answer yet."""
        draft = self.draft
        answers = {
            "who": draft.patient_id,
            "urgent": draft.urgency == Urgency.CLEAR,
            "service": draft.service_id,
            "symptoms": draft.service_urgency == Urgency.CLEAR,
            "where": draft.location_jurisdiction,
            "language": draft.language,
            "how": draft.mode,
            "times": draft.appointment_id,
        }
        for step in self.list_steps():
            if step == before:
                return None
            if not answers.get(step, True):
                return step
        return None

    def go(self, step: str) -> HttpResponse:
        """Go to a step."""
        return HttpResponseRedirect(self.url(step), status=303)


def get_actor(request: HttpRequest) -> Actor:
    """Whoever asks: the person signed in here, or nobody in particular."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None:
        return actor
    organization: Organization = request.organization  # type: ignore[attr-defined]
    return Actor(organization_id=organization.pk, user_id=None, kind="anonymous")


def start(request: HttpRequest, organization_slug: str = "") -> HttpResponse:
    """Say what to expect and when not to book; begin at the press of a button."""
    actor = get_actor(request)
    organization: Organization = request.organization  # type: ignore[attr-defined]
    if request.method == "POST":
        patients = list(bookable_patients_for(actor)[:2]) if actor.user_id else []
        draft = start_draft(actor, patient=patients[0] if len(patients) == 1 else None)
        mine = request.session.get(SESSION_KEY, [])
        request.session[SESSION_KEY] = [*mine, str(draft.pk)][-MAXIMUM_DRAFTS_IN_SESSION:]
        booking = Booking(request, actor, organization, organization_slug, draft)
        return booking.go(booking.list_steps()[0])
    context = {"audience": "patient", "slug": organization_slug}
    return render(request, "scheduling/book/start.html", context)


def get_booking(request: HttpRequest, draft_id: UUID, slug: str, kind: type[Booking] = Booking) -> Booking:
    """The booking, if it is this person's or this session's; what a stranger began becomes theirs at sign-in.

    Raises:
        Http404: it is someone else's, or too old.
    """
    actor = get_actor(request)
    is_mine = Q(user_id=actor.user_id) if actor.user_id else Q(pk__in=[])
    if str(draft_id) in request.session.get(SESSION_KEY, []):
        is_mine |= Q(user__isnull=True)
    related = ("service", "patient", "appointment__practitioner", "appointment__site", "appointment__service")
    draft = BookingDraft.objects.select_related(*related).filter(is_mine, pk=draft_id).first()
    if draft is None or (draft.expires_at <= clock.now() and draft.appointment is None):
        raise Http404
    if actor.user_id is not None and (draft.user_id is None or draft.patient_id is None):
        patients = list(bookable_patients_for(actor)[:2])
        draft = claim_draft(actor, draft=draft, patient=patients[0] if len(patients) == 1 else None)
    return kind(request, actor, request.organization, slug, draft)  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, draft_id: UUID, name: str, organization_slug: str = "") -> HttpResponse:
    """One page of the booking. A booked one leads to its last page, a step too far to the first missing answer."""
    booking = get_booking(request, draft_id, organization_slug)
    held = booking.draft.appointment
    if held is not None and held.status != Status.HELD:
        return HttpResponseRedirect(reverse("scheduling:appointment_booked", args=[held.pk]), status=303)
    if name == "help":
        return help_now(booking)
    if name not in booking.list_steps():
        if name in (*FORMS, "who", "symptoms"):
            return booking.go(booking.list_steps()[0])
        raise Http404
    missing = booking.find_missing(name)
    if missing is not None:
        is_stopped = (
            missing in ("urgent", "symptoms") and not booking.draft.is_clear and booking.draft.urgency
        )
        return booking.go("help" if is_stopped else missing)
    try:
        return {"times": times, "check": check}.get(name, question)(booking, name)
    except errors.ChangeNotAllowedError:
        return booking.go("check")


def question(booking: Booking, name: str) -> HttpResponse:
    """Ask one question and store the answer."""
    request = booking.request
    data = request.POST if request.method == "POST" else None
    form = booking.forms[name](
        data,
        actor=booking.actor,
        draft=booking.draft,
        organization=booking.organization,
        has_long_lists="all" in request.GET,
    )
    if data is not None and form.is_valid():
        form.store()
        if booking.draft.urgency and not booking.draft.is_clear:
            return booking.go("help")
        steps = booking.list_steps()
        return booking.go("check" if booking.draft.appointment_id else steps[steps.index(name) + 1])
    steps = booking.list_steps()
    position = steps.index(name)
    context = {
        "form": form,
        "booking": booking,
        "back_url": booking.url(steps[position - 1]) if position else "",
        "number": position + 1,
        "total": len(steps),
        "is_single": len(form.fields) == 1,
        "emergency_number": get_numbers(booking.draft)[0],
        "offers_longer_lists": name == "where" and not form.is_bound and not form.has_long_lists,
        "is_red_flags": name in ("urgent", "symptoms"),
        **(words_about_review() if name == "urgent" else {}),
    }
    return render(request, "scheduling/book/question.html", context, status=422 if data is not None else 200)


def words_about_review() -> dict[str, Any]:
    """Return what the page says of questions that nobody qualified has read in its language."""
    here, asked = (get_language() or "en").split("-", maxsplit=1)[0], asked_language()
    return {
        "flags_language": asked if asked != here else "",
        "is_unreviewed": asked == here and not is_signed_off(),
        "is_machine_translated": asked == here and here != "en" and not is_signed_off(),
    }


def help_now(booking: Booking) -> HttpResponse:
    """Say which number to call now; no appointment is offered."""
    draft = booking.draft
    if draft.is_clear or not draft.urgency:
        return booking.go("urgent")
    emergency, crisis = get_numbers(draft)
    is_crisis = Urgency.EMERGENCY not in (draft.urgency, draft.service_urgency)
    context = {
        "booking": booking,
        "emergency_number": emergency,
        "crisis_number": crisis,
        "is_crisis": is_crisis,
        "back_url": booking.url("urgent" if draft.urgency != Urgency.CLEAR else "symptoms"),
    }
    return render(booking.request, "scheduling/book/help.html", context)


def times(booking: Booking, _name: str, error: str = "") -> HttpResponse:
    """Offer free times; the press of one keeps it for ten minutes."""
    request, draft = booking.request, booking.draft
    if request.method == "POST" and not error:
        try:
            practitioner_id, starts_at = read_choice(request.POST.get("slot", ""))
            hold_slot(booking.actor, draft=draft, practitioner_id=practitioner_id, starts_at=starts_at)
        except ValidationError:
            return times(booking, _name, error=_("Choose one of the times below."))
        except errors.SchedulingError as failure:
            return times(booking, _name, error=str(failure))
        return booking.go("check")
    wished = read_id(request.GET.get("practitioner"))
    wanted = Wanted(
        service=draft.service,
        jurisdiction=draft.location_jurisdiction,
        zone=draft.zone or booking.organization.zone,
        first_day=read_day(request.GET.get("from")),
        practitioner_id=wished,
        ignoring=draft.appointment_id,
    )
    context = {
        "booking": booking,
        "free": list_free_times(wanted),
        "times_url": booking.url("times"),
        "practitioner_id": wished,
        "is_later": wanted.first_day is not None,
        "error": error,
        "back_url": booking.url("how"),
        "where_url": booking.url("where"),
        "emergency_number": get_numbers(draft)[0],
        "has_open_line": not booking.slug and draft.service in list_open_lines(booking.actor, draft),
    }
    return render(request, "scheduling/book/times.html", context, status=422 if error else 200)


def check(booking: Booking, _name: str) -> HttpResponse:
    """Show all answers and the time that is kept; book at the press of a button, sign in first when needed."""
    request, draft = booking.request, booking.draft
    error = ""
    if request.method == "POST" and draft.patient is not None and not booking.slug:
        try:
            booked = book_draft(booking.actor, draft=draft, patient=draft.patient)
            return HttpResponseRedirect(
                reverse("scheduling:appointment_booked", args=[booked.pk]), status=303
            )
        except errors.HoldExpiredError as failure:
            return times(booking, _name, error=str(failure))
        except errors.SchedulingError as failure:
            error = str(failure)
    held = draft.appointment
    if held is None or held.held_until <= clock.now():
        return times(booking, _name, error=str(errors.HoldExpiredError()))
    after = reverse("scheduling:book_step", args=[draft.pk, "check"])
    context: dict[str, Any] = {
        "booking": booking,
        "held": held,
        "error": error,
        "minutes_left": max(1, int((held.held_until - clock.now()).total_seconds() // 60)),
        "rows": _list_answers(booking),
        "times_url": booking.url("times"),
        "sign_in_url": f"{settings.LOGIN_URL}?{urlencode({'next': after})}",
        "register_url": f"/o/{booking.slug}/register/?{urlencode({'next': after})}",
        "after_url": after,
        "is_patient_missing": not booking.slug and draft.patient is None,
        "about_you_url": f"{reverse('directory:about_you')}?{urlencode({'next': after})}",
    }
    return render(request, "scheduling/book/check.html", context, status=422 if error else 200)


def _list_answers(booking: Booking) -> list[tuple[str, str, str]]:
    """What was answered, each with the address where it can be changed."""
    draft = booking.draft
    language = language_name(draft.language)
    if draft.needs_interpreter:
        language = _("%(language)s, with an interpreter") % {"language": language}
        wishes = [
            str(label)
            for value, label in Patient.InterpreterGender.choices
            if value == draft.interpreter_gender
        ]
        language = ", ".join([language, *wishes, *filter(None, [draft.interpreter_name])])
    place = f"{Place(draft.location_place).label}, {jurisdiction_name(draft.location_jurisdiction)}"
    needs = ", ".join(str(AccessNeed.Kind(one).label) for one in draft.access_needs)
    rows = [
        (_("Visit"), draft.service.name, "service"),
        (_("Where you will be"), place, "where"),
        (_("Language"), language, "language"),
        (_("What helps"), needs or _("Nothing needed"), "access"),
        (_("How"), str(Mode(draft.mode).label), "how"),
    ]
    return [(label, value, booking.url(name)) for label, value, name in rows]
