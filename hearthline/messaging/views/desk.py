"""Lists that staff work off: their notices, addresses that do not work, and what became of a patient's messages."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from hearthline.directory.access import Purpose, get_patient_for, patients_for
from hearthline.identity.policy import HearthlineRequest, patient_page, requires
from hearthline.identity.roles import CARE_TEAM_ROLES, STAFF_ROLES, Role
from hearthline.messaging import access, notices
from hearthline.messaging.doubts import resolve_doubt
from hearthline.messaging.models import DoubtfulContact
from hearthline.messaging.queries import deliveries_of_patients, describe, unread_texts
from hearthline.messaging.views.writing import PAGE_SIZE, SeeOther
from hearthline.tenancy.models import Organization

DESK_ROLES = tuple(CARE_TEAM_ROLES | {Role.ADMINISTRATOR})


@require_GET
@requires(*STAFF_ROLES)
def notice_list(request: HearthlineRequest) -> HttpResponse:
    """Show what happened that the actor should look at."""
    page = Paginator(notices.notices_for(request.actor), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "zone": _zone(request), "unread": notices.count_unread(request.actor)}
    return render(request, "messaging/staff/notices.html", context)


@require_POST
@requires(*STAFF_ROLES)
def mark_notices(request: HearthlineRequest) -> HttpResponse:
    """Mark all notices as read."""
    notices.mark_read(actor=request.actor)
    return SeeOther(reverse("messaging:notices"))


@require_POST
@requires(*STAFF_ROLES)
def open_notice(request: HearthlineRequest, notice_id: UUID) -> HttpResponse:
    """Mark one notice as read and go where it leads."""
    notice = notices.notices_for(request.actor).filter(pk=notice_id).first()
    if notice is None:
        raise Http404
    notices.mark_read(actor=request.actor, notice_ids=[notice.id])
    return SeeOther(notice.path)


@require_GET
@requires(*DESK_ROLES)
def contacts(request: HearthlineRequest) -> HttpResponse:
    """The front desk's list: addresses that were refused, texts that nobody has read."""
    reachable = patients_for(request.actor, Purpose.DEMOGRAPHICS)
    doubts = DoubtfulContact.objects.filter(resolved_at=None, patient__in=reachable).select_related("patient")
    page = Paginator(doubts, PAGE_SIZE).get_page(request.GET.get("page"))
    texts = []
    if request.actor.is_care_team:
        mine = patients_for(request.actor, Purpose.MESSAGES)
        texts = list(unread_texts().filter(notification__patient__in=mine)[:PAGE_SIZE])
    context = {"page": page, "texts": texts, "zone": _zone(request)}
    return render(request, "messaging/staff/contacts.html", context)


@require_POST
@requires(*DESK_ROLES)
def resolve(request: HearthlineRequest, doubt_id: UUID) -> HttpResponse:
    """Close the task about an address."""
    reachable = patients_for(request.actor, Purpose.DEMOGRAPHICS)
    doubt = DoubtfulContact.objects.filter(pk=doubt_id, resolved_at=None, patient__in=reachable).first()
    if doubt is None:
        raise Http404
    resolve_doubt(actor=request.actor, doubt=doubt)
    return SeeOther(reverse("messaging:contacts"))


@require_GET
@requires(*DESK_ROLES)
def patient_deliveries(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """What was sent to a patient and whether it arrived."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    page = Paginator(deliveries_of_patients([patient.id]), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "deliveries": [describe(row) for row in page],
        "patient": patient,
        "zone": _zone(request),
    }
    return render(request, "messaging/staff/deliveries.html", context)


@require_GET
@patient_page
def own_deliveries(request: HearthlineRequest) -> HttpResponse:
    """What was sent to the people whom the actor speaks for."""
    patients = access.patients_spoken_for(request.actor)
    rows = deliveries_of_patients([patient.id for patient in patients])
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    zone = ZoneInfo(patients[0].zone) if patients else _zone(request)
    context = {
        "page": page,
        "deliveries": [describe(row) for row in page],
        "zone": zone,
        "audience": "patient",
    }
    return render(request, "messaging/care/deliveries.html", context)


def _zone(request: HearthlineRequest) -> ZoneInfo:
    return ZoneInfo(Organization.objects.values_list("zone", flat=True).get(pk=request.actor.organization_id))
