"""The care team's day, joined from appointments, visits and notes, as typed rows for a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from hearthline.charting.models import Note
from hearthline.directory.access import practitioner_of
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling.access import appointments_for
from hearthline.scheduling.models import Appointment
from hearthline.tenancy.models import Organization
from hearthline.visits.access import visits_for
from hearthline.visits.choices import VisitState
from hearthline.visits.models import Visit
from hearthline.visits.needs import Unmet, missing_words, unmet_requirements
from hearthline.visits.readiness import NEEDED, Fact, Readiness, readiness_of

ROW_LIMIT = 200
OPEN_STATUSES = ("booked", "arrived")
TOLD = NEEDED - {Fact.REQUIREMENTS}  # each of those is said in words of its own, for visits in person too
SHOWN_STATUSES = ("booked", "arrived", "fulfilled", "noshow")


@dataclass(frozen=True)
class Row:
    """One appointment of the day: what is next, and what is missing."""

    appointment: Appointment
    name: str
    state: str
    state_kind: str
    is_past: bool
    is_now: bool
    missing: Sequence[str] = ()
    action: tuple[str, str] | None = None
    readiness: Readiness | None = None


@dataclass(frozen=True)
class Waiting:
    """Somebody in the waiting room."""

    visit: Visit
    since: timedelta
    is_ready: bool
    readiness: str
    room_url: str


@dataclass(frozen=True)
class Day:
    """A day as the page shows it. ``rows`` before and after the now-line."""

    zone: str
    now: datetime
    is_whole_clinic: bool
    may_choose: bool
    waiting: Sequence[Waiting] = ()
    before: Sequence[Row] = field(default_factory=list)
    after: Sequence[Row] = field(default_factory=list)
    is_cut: bool = False


def local_day(zone: str, at: datetime) -> tuple[datetime, datetime]:
    """Return the first moment of the local day and of the next one (23 or 25 hours apart when clocks change)."""
    local = at.astimezone(ZoneInfo(zone)).date()
    midnight = time(tzinfo=ZoneInfo(zone))
    return datetime.combine(local, midnight), datetime.combine(local + timedelta(days=1), midnight)


def day_for(actor: Actor, *, whole_clinic: bool) -> Day:
    """Return the day of the actor's own appointments, or of the whole clinic for those who run it."""
    own = practitioner_of(actor)
    is_whole = whole_clinic or own is None
    zone = Organization.objects.values_list("zone", flat=True).get(pk=actor.organization_id)
    now = clock.now()
    start, end = local_day(zone, now)
    appointments = (
        appointments_for(actor)
        .filter(starts_at__gte=start, starts_at__lt=end, status__in=SHOWN_STATUSES)
        .annotate(has_signed_note=_signed_note())
        .select_related("patient", "practitioner", "service", "visit")
        .order_by("starts_at", "id")
    )
    visits = visits_for(actor).filter(state=VisitState.WAITING).select_related("patient", "practitioner")
    if not is_whole and own is not None:
        appointments, visits = appointments.filter(practitioner=own), visits.filter(practitioner=own)
    found = list(appointments[: ROW_LIMIT + 1])
    waiting = list(visits.order_by("arrived_at")[:ROW_LIMIT])
    asked = {one.pk for one in found if one.status in OPEN_STATUSES}
    unmet = unmet_requirements(asked | {one.appointment_id for one in waiting})
    ready = _readiness(found[:ROW_LIMIT])
    rows = [
        _row(one, now, _missing(one, own, unmet, ready.get(one.pk)), ready.get(one.pk))
        for one in found[:ROW_LIMIT]
    ]
    return Day(
        zone=zone,
        now=now,
        is_whole_clinic=is_whole,
        may_choose=own is not None,
        waiting=[_waiting(visit, now, unmet) for visit in waiting],
        before=[row for row in rows if row.appointment.starts_at <= now],
        after=[row for row in rows if row.appointment.starts_at > now],
        is_cut=len(found) > ROW_LIMIT,
    )


def _readiness(appointments: Sequence[Any]) -> dict[UUID, Readiness]:
    """Return how ready the open visits of some appointments are, by appointment."""
    visits = [visit for one in appointments if (visit := getattr(one, "visit", None)) and visit.is_open]
    ready = readiness_of(visits)
    return {visit.appointment_id: ready[visit.pk] for visit in visits}


def _signed_note() -> Exists:
    of_visit = Note.objects.filter(encounter__visit__appointment=OuterRef("pk"), status=Note.Status.SIGNED)
    return Exists(of_visit)


def _waiting(visit: Visit, now: datetime, unmet: Unmet) -> Waiting:
    hindrances = [missing_words(row) for row in unmet.get(visit.appointment_id, [])]
    if visit.call_wanted_at is not None:
        hindrances.insert(0, _("Left the page: call them back"))
    return Waiting(
        visit=visit,
        since=now - (visit.arrived_at or now),
        is_ready=not hindrances,
        readiness=" · ".join(hindrances) or _("Ready"),
        room_url=reverse("visits:clinician_room", args=[visit.id]),
    )


def _row(appointment: Any, now: datetime, missing: list[str], ready: Readiness | None) -> Row:
    visit: Visit | None = getattr(appointment, "visit", None)
    is_past = appointment.ends_at < now
    state, kind = _state(appointment, visit)
    return Row(
        appointment=appointment,
        name=appointment.patient.full_name,
        state=str(state),
        state_kind=kind,
        is_past=is_past,
        is_now=appointment.starts_at <= now <= appointment.ends_at,
        missing=missing,
        readiness=ready,
        action=_action(appointment, visit),
    )


def _state(appointment: Appointment, visit: Visit | None) -> tuple[str | Promise, str]:
    if visit is not None and visit.state == VisitState.IN_PROGRESS:
        return _("In the visit"), "now"
    if visit is not None and visit.state == VisitState.WAITING:
        return _("Waiting"), "now"
    if appointment.status == "fulfilled":
        return _("Took place"), "ok"
    if appointment.status == "noshow":
        return _("Did not come"), "watch"
    if visit is not None and visit.state == VisitState.PREPARING:
        return _("Getting ready"), "info"
    if appointment.confirmed_at is not None:
        return _("Confirmed"), "info"
    return _("Booked"), ""


def _missing(appointment: Any, own: Practitioner | None, unmet: Unmet, ready: Readiness | None) -> list[str]:
    """Say what still has to happen, in words."""
    missing = []
    if appointment.status in OPEN_STATUSES:
        missing += [missing_words(row) for row in unmet.get(appointment.pk, [])]
        lacking = [str(one.label) for one in ready.missing if one.fact in TOLD] if ready is not None else []
        if lacking:
            missing.append(_("Missing: %(what)s") % {"what": ", ".join(lacking)})
    visit: Visit | None = getattr(appointment, "visit", None)
    is_mine = own is None or own.pk == appointment.practitioner_id
    if (
        appointment.status == "fulfilled"
        and visit is not None
        and is_mine
        and not appointment.has_signed_note
    ):
        missing.append(_("Note not signed"))
    return missing


def _action(appointment: Appointment, visit: Visit | None) -> tuple[str, str] | None:
    if visit is not None and visit.is_open:
        return _("Open the room"), reverse("visits:clinician_room", args=[visit.id])
    return _("Chart"), reverse("charting:chart", args=[appointment.patient_id])
