"""Which files, captures and uploads an actor may reach. The only door for a person."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from hearthline.directory.access import Purpose, get_patient_for, patients_for
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.places import site_of
from hearthline.identity.roles import CLINICIAN_ROLES, PATIENT_ROLES, Role
from hearthline.imaging.intake.choices import UploadState
from hearthline.imaging.intake.models import Capture, File, Upload

SENDERS = PATIENT_ROLES | CLINICIAN_ROLES | {Role.NAVIGATOR, Role.HUB_ATTENDANT}


def files_for(actor: Actor) -> QuerySet[File]:
    """Return the files an actor may see: those of patients whose record they reach, unless they were taken back."""
    return File.objects.filter(
        organization_id=actor.organization_id,
        patient__in=patients_for(actor, Purpose.RECORD),
        taken_back_at__isnull=True,
    )


def get_file_for(actor: Actor, file_id: UUID) -> File:
    """Return a file that the actor may see, in whatever state it is.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    found = files_for(actor).filter(pk=file_id).first()
    if found is None:
        raise Http404
    return found


def captures_for(actor: Actor) -> QuerySet[Capture]:
    """Return the captures an actor may see: of patients whose record they reach."""
    return Capture.objects.filter(
        organization_id=actor.organization_id, patient__in=patients_for(actor, Purpose.RECORD)
    )


def get_capture_to_fill_for(actor: Actor, capture_id: UUID) -> Capture:
    """Return an open capture into which the actor may send: theirs to see, or for the hub where they help.

    Raises:
        Http404: there is none, it is closed, or the actor may not know of it.
    """
    may_fill = Q(pk__in=captures_for(actor).values("pk"))
    site = site_of(actor)
    if site is not None:
        may_fill |= Q(site=site)
    found = (
        Capture.objects.filter(may_fill, organization_id=actor.organization_id, closes_at__gt=clock.now())
        .select_related("patient")
        .filter(pk=capture_id)
        .first()
    )
    if found is None or not actor.has_role(*SENDERS):
        raise Http404
    return found


def get_patient_to_send_for(actor: Actor, patient_id: UUID) -> Patient:
    """Return a patient for whom the actor may send files.

    Raises:
        Http404: there is none, or the actor may not know of them.
    """
    if not actor.has_role(*SENDERS - {Role.HUB_ATTENDANT}):
        raise Http404
    return get_patient_for(actor, patient_id, Purpose.RECORD)


def get_upload_for(actor: Actor, upload_id: UUID) -> Upload:
    """Return the actor's own upload; anybody else's does not exist.

    Raises:
        Http404: there is none, or it is another person's.
    """
    found = (
        Upload.objects.filter(organization_id=actor.organization_id, owner_id=actor.user_id, pk=upload_id)
        .select_related("patient", "capture")
        .first()
    )
    if found is None or found.state == UploadState.TERMINATED:
        raise Http404
    return found
