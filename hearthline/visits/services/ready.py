"""Fetching a patient who is not there when the clinician is."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from hearthline.foundation import clock
from hearthline.scheduling.reminding import tell_ready
from hearthline.visits import rules
from hearthline.visits.choices import Modality, ParticipantRole, VisitState
from hearthline.visits.models import Join, Visit

SUBJECT = "visits.visit"


def fetch_patient(visit: Visit) -> None:
    """Tell the patient that the clinician is ready, if that is so and they are not in the room; once."""
    appointment = visit.appointment
    if appointment is None:
        return
    here = Join.objects.filter(visit=visit, closed_at__isnull=True, lost_at__isnull=True)
    roles = set(here.values_list("participant__role", flat=True))
    readiness = rules.Readiness(
        state=VisitState(visit.state),
        modality=Modality(visit.planned_modality),
        starts_at=visit.starts_at,
        is_walk_in=appointment.is_walk_in,
        is_clinician_here=ParticipantRole.CLINICIAN in roles,
        is_patient_here=not roles.isdisjoint({ParticipantRole.PATIENT, ParticipantRole.CAREGIVER}),
        has_been_here=visit.arrived_at is not None,
        wants_call=visit.call_wanted_at is not None,
    )
    if rules.should_fetch(readiness, clock.now()):
        link = f"{settings.PUBLIC_URL}{reverse('visits:enter', args=[visit.pk])}"
        tell_ready(appointment, about=(SUBJECT, visit.pk), link=link)


def fetch_patients(organization_id: UUID) -> None:
    """Look at every room in which a clinician waits."""
    waiting = Visit.objects.filter(
        organization_id=organization_id,
        state__in=rules.OPEN_STATES - {VisitState.IN_PROGRESS},
        joins__participant__role=ParticipantRole.CLINICIAN,
        joins__closed_at__isnull=True,
        joins__lost_at__isnull=True,
    )
    for visit in waiting.select_related("appointment__practitioner").distinct():
        fetch_patient(visit)
