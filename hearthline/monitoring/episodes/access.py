"""Who may see, order and run monitoring: the only door for a person."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.directory.access import patients_for
from hearthline.directory.models import Patient
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PRESCRIBER_ROLES
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.readings.models import MonitoredPatient


def episodes_for(actor: Actor) -> QuerySet[Episode]:
    """Return the episodes of the patients that the actor, a member of the care team, may reach."""
    if not actor.is_care_team:
        return Episode.objects.none()
    return Episode.objects.filter(
        organization_id=actor.organization_id, monitored__patient__in=patients_for(actor)
    )


def get_episode_for(actor: Actor, episode_id: UUID) -> Episode:
    """Return an episode the actor may reach.

    Raises:
        Http404: there is none, or the actor is a stranger to the patient.
    """
    found = (
        episodes_for(actor)
        .select_related("monitored__patient", "practitioner", "consent")
        .filter(pk=episode_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def may_order(actor: Actor, patient: Patient) -> bool:
    """Whether the actor may order monitoring for a patient: those who prescribe, for people they care for."""
    return actor.has_role(*PRESCRIBER_ROLES) and patients_for(actor).filter(pk=patient.pk).exists()


def may_run(actor: Actor, monitored: MonitoredPatient) -> bool:
    """Whether the actor may note consent, set-up and end, and say what is measured: clinicians of the patient."""
    return actor.is_clinician and patients_for(actor).filter(pk=monitored.patient_id).exists()
