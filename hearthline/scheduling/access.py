"""The only door to appointments and the line: pages, streams, jobs and exports ask here."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from hearthline.directory.access import Purpose, patients_for
from hearthline.directory.models import Patient, Practitioner
from hearthline.identity.actor import Actor
from hearthline.identity.places import site_of
from hearthline.identity.roles import CARE_TEAM_ROLES, PATIENT_ROLES, Role
from hearthline.scheduling.models import Appointment, Place, WalkInEntry
from hearthline.scheduling.rules.states import Status
from hearthline.tenancy.models import Site

SCHEDULE_ROLES = (*sorted(CARE_TEAM_ROLES), Role.ADMINISTRATOR)
BOOKING_ROLES = SCHEDULE_ROLES


def appointments_for(actor: Actor) -> QuerySet[Appointment]:
    """The appointments an actor may know of; held times are nobody's record and in no list.

    Nurses, navigators and administrators run the clinic's day and see all of it; prescribers see their own and
    those of their patients; patients and caregivers see theirs.
    """
    rows = Appointment.objects.filter(organization_id=actor.organization_id).exclude(status=Status.HELD)
    if actor.kind == "system" or actor.has_role(Role.NURSE, Role.NAVIGATOR, Role.ADMINISTRATOR):
        return rows
    if actor.is_clinician:
        return rows.filter(
            Q(practitioner__in=_own_practitioners(actor)) | Q(patient__in=patients_for(actor).values("pk"))
        )
    if actor.has_role(*PATIENT_ROLES):
        reached = patients_for(actor, Purpose.BOOKING) | patients_for(actor, Purpose.VISITS)
        return rows.filter(patient__in=reached.values("pk"))
    return rows.none()


def hub_appointments_for(actor: Actor, site: Site) -> QuerySet[Appointment]:
    """The visits that people join from the rooms of a hub attendant's own site; none of any other site.

    For a page that shows first names and times only: whoever calls this shows nothing else of them.
    """
    rows = Appointment.objects.filter(organization_id=actor.organization_id, location_place=Place.HUB)
    if not actor.has_role(Role.HUB_ATTENDANT) or site_of(actor) != site:
        return rows.none()
    return rows.filter(site=site, status__in=[Status.BOOKED, Status.ARRIVED, Status.FULFILLED])


def _own_practitioners(actor: Actor) -> QuerySet[Practitioner]:
    """The practitioner that the actor is, as a query."""
    own = Q(membership_id=actor.membership_id, membership__isnull=False)
    return Practitioner.objects.filter(own, organization_id=actor.organization_id, is_active=True)


def get_appointment_for(actor: Actor, appointment_id: UUID) -> Appointment:
    """One appointment.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    related = ("patient", "practitioner", "service", "site")
    found = appointments_for(actor).select_related(*related).filter(pk=appointment_id).first()
    if found is None:
        raise Http404
    return found


def bookable_patients_for(actor: Actor) -> QuerySet[Patient]:
    """The patients for whom an actor may book, move and cancel."""
    purpose = Purpose.DEMOGRAPHICS if actor.has_role(Role.ADMINISTRATOR) else Purpose.BOOKING
    return patients_for(actor, purpose).filter(is_active=True, deceased_on__isnull=True)


def get_bookable_patient_for(actor: Actor, patient_id: UUID) -> Patient:
    """One patient for whom the actor may book.

    Raises:
        Http404: there is none, or the actor may not book for them.
    """
    found = bookable_patients_for(actor).filter(pk=patient_id).first()
    if found is None:
        raise Http404
    return found


def may_change_appointment(actor: Actor, appointment: Appointment) -> bool:
    """Whether the actor may move or cancel the appointment."""
    if actor.kind == "system" or actor.has_role(*BOOKING_ROLES):
        return appointments_for(actor).filter(pk=appointment.pk).exists()
    return bookable_patients_for(actor).filter(Q(pk=appointment.patient_id)).exists()


def walk_ins_for(actor: Actor) -> QuerySet[WalkInEntry]:
    """The places in line an actor may know of: all for the care team, their own for patients and caregivers."""
    rows = WalkInEntry.objects.filter(organization_id=actor.organization_id)
    if actor.kind == "system" or actor.has_role(*SCHEDULE_ROLES):
        return rows
    if actor.has_role(*PATIENT_ROLES):
        return rows.filter(patient__in=patients_for(actor, Purpose.BOOKING).values("pk"))
    return rows.none()


def get_walk_in_for(actor: Actor, entry_id: UUID) -> WalkInEntry:
    """One place in line.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    related = ("patient", "service", "site", "appointment__practitioner")
    found = walk_ins_for(actor).select_related(*related).filter(pk=entry_id).first()
    if found is None:
        raise Http404
    return found
