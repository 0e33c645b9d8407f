"""The day of a hub attendant: today at their site, first names and times only, and what to do with the room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.consults.services.photographing import link_photos, request_for
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.places import site_of
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role
from hearthline.imaging.intake.models import Capture
from hearthline.imaging.intake.views import begin_page
from hearthline.scheduling.access import hub_appointments_for
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.services.rooms import clean_room, start_room
from hearthline.tenancy.models import Site
from hearthline.web.day import ROW_LIMIT, local_day

STEPS = {"start": start_room, "clean": clean_room}
START, IN_USE, CLEAN, DONE = "start", "in_use", "clean", "done"
WORDS: dict[str, tuple[str | Promise, str]] = {
    START: (_("Start the room"), "info"),
    IN_USE: (_("Room is ready"), "now"),
    CLEAN: (_("Clean the room"), "watch"),
    DONE: (_("Room is clean"), "ok"),
}


@dataclass(frozen=True)
class HubRow:
    """What an attendant sees of a visit: a first name, a time, and what the room needs."""

    appointment_id: UUID
    first_name: str
    starts_at: datetime
    ends_at: datetime
    step: str
    words: str | Promise
    kind: str
    is_next: bool = False


@dataclass(frozen=True)
class HubDay:
    """Today at one site; no site when an administrator has not given the attendant an open one."""

    site: Site | None
    now: datetime
    rows: Sequence[HubRow] = ()


def first_name_of(patient: Patient) -> str:
    """Return one given name, or an initial: never the family name, even of people who go by it."""
    name = (patient.preferred_name or patient.given_names).split()
    return name[0] if name else f"{patient.family_name[:1]}."


def step_of(appointment: Appointment, now: datetime) -> str:
    """Return what the room of a visit needs; the attendant is not told how the visit went."""
    turn = getattr(appointment, "room_turn", None)
    if turn is None or turn.started_at is None:
        return START
    if turn.cleaned_at is not None:
        return DONE
    is_over = appointment.ends_at <= now or appointment.status not in ("booked", "arrived")
    return CLEAN if is_over else IN_USE


def hub_day_for(actor: Actor) -> HubDay:
    """Return today's visits in the rooms of the attendant's own site."""
    site, now = site_of(actor), clock.now()
    if site is None:
        return HubDay(None, now)
    start, end = local_day(site.zone, now)
    found = hub_appointments_for(actor, site).filter(starts_at__gte=start, starts_at__lt=end)
    found = found.select_related("patient", "room_turn").order_by("starts_at", "id")
    rows: list[HubRow] = []
    for one in found[:ROW_LIMIT]:
        step = step_of(one, now)
        is_next = step != DONE and not any(row.is_next for row in rows)
        if one.patient is not None:
            words, kind = WORDS[step]
            name = first_name_of(one.patient)
            rows.append(HubRow(one.id, name, one.starts_at, one.ends_at, step, words, kind, is_next))
    return HubDay(site, now, rows)


@require_GET
@requires(Role.HUB_ATTENDANT)
def hub(request: HearthlineRequest) -> HttpResponse:
    """Show a hub attendant today at their site."""
    return render(request, "web/hub.html", {"audience": "staff", "day": hub_day_for(request.actor)})


@require_POST
@requires(Role.HUB_ATTENDANT)
def hub_step(request: HearthlineRequest, appointment_id: UUID, step: str) -> HttpResponse:
    """Note that the room was started, or cleaned; visits of other sites and days are not there."""
    appointment = _of_today(request, site_of(request.actor)).filter(pk=appointment_id).first()
    if appointment is None or step not in STEPS:
        raise Http404
    try:
        STEPS[step](actor=request.actor, appointment=appointment)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("web:hub")


@require_http_methods(["GET", "POST"])
@requires(Role.HUB_ATTENDANT)
def hub_photos(request: HearthlineRequest, appointment_id: UUID) -> HttpResponse:
    """Lead to the photos that are taken at the site of somebody who is there today; those that a case waits for first.

    The attendant sends them and sees nothing else: neither the case nor what was sent.
    """
    site = site_of(request.actor)
    appointment = _of_today(request, site).filter(pk=appointment_id).select_related("patient").first()
    if site is None or appointment is None or appointment.patient is None:
        raise Http404
    wanted = request_for(appointment.patient.pk)
    place: dict[str, str] = {}
    if wanted is not None:
        place = {"body_site": wanted.body_site, "laterality": wanted.laterality, "view": wanted.view}

    def began(capture: Capture) -> None:
        if wanted is not None:
            link_photos(request.actor, consult=wanted.consult, capture=capture, wanted=wanted)

    return begin_page(request, appointment.patient, place=place, site_id=site.pk, began=began)


def _of_today(request: HearthlineRequest, site: Site | None) -> QuerySet[Appointment]:
    if site is None:
        return Appointment.objects.none()
    start, end = local_day(site.zone, clock.now())
    return hub_appointments_for(request.actor, site).filter(starts_at__gte=start, starts_at__lt=end)
