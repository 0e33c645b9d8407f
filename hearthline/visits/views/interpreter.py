"""An interpreter's own page, by link: what is asked, yes or no, and the way into the visit."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hearthline.directory.places import language_name
from hearthline.foundation import clock
from hearthline.identity.policy import public
from hearthline.visits import rules
from hearthline.visits.choices import InterpreterState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.forms import InterpreterNameForm
from hearthline.visits.models import InterpreterBooking
from hearthline.visits.services import guests, interpreters
from hearthline.visits.views.guest import organization_of_request, set_guest_cookie
from hearthline.visits.wire import TOKEN_LENGTH


@require_http_methods(["GET", "POST"])
@public
def interpreting(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The page that an interpreter's link opens: its script posts the fragment, so that no server logs the secret."""
    organization = organization_of_request(request)
    if request.method != "POST":
        return render(request, "visits/interpreting_landing.html", {"organization": organization})
    token = request.POST.get("token", "")[:TOKEN_LENGTH]
    booking = interpreters.booking_of_link(organization.pk, token)
    if booking is None:
        return _show(request, None, token, error=VisitRefusedError("invitation").words)
    if request.POST.get("do") == "join":
        return _join(request, organization_slug, booking, token)
    return _answer(request, booking, token)


def _answer(request: HttpRequest, booking: InterpreterBooking, token: str) -> HttpResponse:
    actor = interpreters.actor_of_link(booking)
    is_accepting = request.POST.get("do") == "accept"
    form = InterpreterNameForm(request.POST if is_accepting else None)
    try:
        if is_accepting and not form.is_valid():
            raise VisitRefusedError("interpreter_unnamed")
        if is_accepting and booking.state != InterpreterState.ACCEPTED:
            interpreters.accept(actor=actor, booking=booking, **form.cleaned_data)
        elif request.POST.get("do") == "decline":
            interpreters.decline(actor=actor, booking=booking)
    except VisitRefusedError as refused:
        return _show(request, booking, token, error=refused.words, form=form)
    booking.refresh_from_db()
    return _show(request, booking, token, form=form)


def _join(request: HttpRequest, slug: str, booking: InterpreterBooking, token: str) -> HttpResponse:
    """Into the waiting room. A link opens one browser; that browser comes in again by its cookie."""
    room = redirect("visits:guest_room", slug, booking.visit_id)
    if booking.state != InterpreterState.ACCEPTED:
        return _show(request, booking, token, error=VisitRefusedError("interpreter_over").words)
    named, _, secret = request.COOKIES.get(guests.GUEST_COOKIE, "").partition(".")
    if named == str(booking.organization_id) and _is_bound(booking, secret):
        return room
    try:
        redeemed = guests.redeem(booking.organization_id, token)
    except VisitRefusedError as refused:
        return _show(request, booking, token, error=refused.words)
    set_guest_cookie(room, booking.organization_id, redeemed.secret)
    return room


def _is_bound(booking: InterpreterBooking, secret: str) -> bool:
    return bool(booking.participant.invitation.cookie_digest == guests.digest(secret))


def _show(
    request: HttpRequest,
    booking: InterpreterBooking | None,
    token: str,
    *,
    error: str = "",
    form: InterpreterNameForm | None = None,
) -> HttpResponse:
    """What is asked: language, time and length. Who the patient is is not said before the visit."""
    organization = organization_of_request(request)
    context: dict[str, Any] = {
        "organization": organization,
        "booking": booking,
        "token": token,
        "error": error,
        "form": form or InterpreterNameForm(),
    }
    if booking is not None:
        visit = booking.visit
        context |= {
            "visit": visit,
            "language": language_name(booking.language),
            "minutes": int((visit.ends_at - visit.starts_at).total_seconds() // 60),
            "zone": organization.zone,
            "is_door_open": rules.is_door_open(visit.starts_at, visit.ends_at, clock.now()),
        }
    response = render(request, "visits/interpreting.html", context, status=422 if error else 200)
    response["Cache-Control"] = "no-store"
    return response
