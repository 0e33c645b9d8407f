"""Whose readings a person may see and add to: their own, and those of people whose record they may see."""

from dataclasses import replace
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.directory.access import Purpose, own_patient, patients_for
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PATIENT_ROLES
from hearthline.monitoring.home.models import FileImport
from hearthline.monitoring.readings.models import MonitoredPatient


def monitored_for(actor: Actor) -> QuerySet[MonitoredPatient]:
    """Return the monitored people the actor may see as that person or as a caregiver, leaving work aside."""
    reached = patients_for(replace(actor, roles=actor.roles & PATIENT_ROLES), Purpose.RECORD)
    return (
        MonitoredPatient.objects.filter(organization_id=actor.organization_id, patient__in=reached)
        .select_related("patient", "organization")
        .order_by("patient__family_name", "patient__given_names", "id")
    )


def get_monitored_for(actor: Actor, patient_id: UUID | None = None) -> MonitoredPatient | None:
    """Return a monitored person by the patient's id; without one the actor's own, else the first they care for.

    Raises:
        Http404: a patient was named whom the actor may not see, or who is not monitored.
    """
    found = monitored_for(actor)
    if patient_id is not None:
        one = found.filter(patient_id=patient_id).first()
        if one is None:
            raise Http404
        return one
    own = own_patient(actor)
    return (own and found.filter(patient=own).first()) or found.first()


def require_monitored_for(actor: Actor, patient_id: UUID) -> MonitoredPatient:
    """Return the monitored person with this patient id.

    Raises:
        Http404: the actor may not see them, or they are not monitored.
    """
    found = get_monitored_for(actor, patient_id)
    if found is None:
        raise Http404
    return found


def get_import_for(actor: Actor, patient_id: UUID, import_id: UUID) -> FileImport:
    """Return a file that was brought for a person whom the actor may see as a patient or caregiver.

    Raises:
        Http404: there is none, or it is somebody else's.
    """
    monitored = require_monitored_for(actor, patient_id)
    found = FileImport.objects.select_related("monitored__patient").filter(pk=import_id, monitored=monitored)
    one = found.first()
    if one is None:
        raise Http404
    return one
