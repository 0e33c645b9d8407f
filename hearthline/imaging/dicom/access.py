"""Who may reach which images: by a grant, by the care of a patient, or as the one who decides about held ones."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse

from hearthline.directory.access import get_patient_for
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, CLINICIAN_ROLES, PATIENT_ROLES, PRESCRIBER_ROLES, Role
from hearthline.imaging.dicom.models import Gateway, Grant, Hold, TeachingExport
from hearthline.imaging.dicom.scopes import Scope
from hearthline.imaging.intake.access import get_file_for
from hearthline.imaging.intake.models import File

VIEWER_ROLES = (
    CARE_TEAM_ROLES | PATIENT_ROLES
)  # patients and caregivers: the record they may see, by its own root
READER_ROLES = PRESCRIBER_ROLES  # they read images for a diagnosis, and may use OHIF for it
GRANTER_ROLES = CLINICIAN_ROLES | {Role.ADMINISTRATOR}
KEEPER_ROLES = frozenset({Role.ADMINISTRATOR})  # of gateways, and of grants of everything
DECIDER_ROLES = CARE_TEAM_ROLES
GATEWAY = "gateway"


def _running_grants() -> QuerySet[Grant]:
    """Return the grants whose time it is; whether a gateway's token is still good is another question."""
    now = clock.now()
    has_not_ended = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    return Grant.objects.filter(has_not_ended, starts_at__lte=now, revoked_at__isnull=True)


def current_grants() -> QuerySet[Grant]:
    """Return the grants of this moment."""
    return _running_grants().filter(
        Q(gateway__isnull=True)
        | Q(gateway__revoked_at__isnull=True)
        & (Q(gateway__expires_at__isnull=True) | Q(gateway__expires_at__gt=clock.now()))
    )


def grants_for(actor: Actor, gateway: Gateway | None = None) -> QuerySet[Grant]:
    """Return the grants that a person holds by name or role, or a gateway that has just shown its token."""
    if gateway is not None:
        return _running_grants().filter(organization_id=actor.organization_id, gateway=gateway)
    mine = current_grants().filter(organization_id=actor.organization_id)
    if actor.user_id is None:
        return mine.none()
    return mine.filter(
        Q(user_id=actor.user_id) | Q(role__in=[role.value for role in actor.roles]), gateway__isnull=True
    )


def get_scope_for(actor: Actor, grant_id: UUID, gateway: Gateway | None = None) -> Scope:
    """Return the root of a grant that the actor holds now.

    Raises:
        Http404: there is none, it is somebody else's, has not begun, has ended or was withdrawn.
    """
    grant = grants_for(actor, gateway).filter(pk=grant_id).first()
    if grant is None:
        raise Http404
    studies = None
    if grant.covers == Grant.Covers.STUDIES:
        studies = list(grant.granted_studies.values_list("study_id", flat=True))
    return Scope(
        actor=actor,
        root=reverse("dicom:grant_root", args=[grant.pk]).rstrip("/"),
        patient_id=grant.patient_id,
        study_ids=studies,
        rights=frozenset(grant.rights),
    )


def get_patient_scope_for(actor: Actor, patient_id: UUID) -> Scope:
    """Return the root of a patient in the actor's care, or of a record that is theirs: to look, and nothing else.

    Raises:
        Http404: there is no such patient, or the actor may not know of it.
    """
    patient = get_patient_for(actor, patient_id)
    root = reverse("dicom:patient_root", args=[patient.pk]).rstrip("/")
    return Scope(actor=actor, root=root, patient_id=patient.pk)


def get_hold_for(actor: Actor, hold_id: UUID) -> Hold:
    """Return a held study that the actor may decide about.

    Raises:
        Http404: there is none, or the actor decides nothing.
    """
    found = holds_for(actor).filter(pk=hold_id).first()
    if found is None:
        raise Http404
    return found


def holds_for(actor: Actor) -> QuerySet[Hold]:
    """Return the held studies that the actor may decide about."""
    if not actor.has_role(*DECIDER_ROLES):
        return Hold.objects.none()
    return Hold.objects.filter(organization_id=actor.organization_id)


def get_gateway_for(actor: Actor, gateway_id: UUID) -> Gateway:
    """Return a gateway that the actor looks after.

    Raises:
        Http404: there is none, or the actor looks after none.
    """
    mine = Gateway.objects.filter(organization_id=actor.organization_id, pk=gateway_id)
    found = mine.first() if actor.has_role(*KEEPER_ROLES) else None
    if found is None:
        raise Http404
    return found


def grants_given_for(actor: Actor, patient: Patient) -> QuerySet[Grant]:
    """Return what was granted of a patient's images, to whomever; the caller has reached the patient."""
    return (
        Grant.objects.filter(organization_id=actor.organization_id)
        .filter(Q(patient=patient) | Q(granted_studies__study__patient=patient))
        .distinct()
    )


def get_grant_to_end_for(actor: Actor, grant_id: UUID) -> Grant:
    """Return a grant that the actor may end: a machine's as administrator, another's of a patient they reach.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    found = Grant.objects.filter(organization_id=actor.organization_id, pk=grant_id).first()
    if found is None:
        raise Http404
    if found.gateway_id is not None and actor.has_role(*KEEPER_ROLES):
        return found
    if found.gateway_id is not None or not actor.has_role(*GRANTER_ROLES):
        raise Http404
    for patient_id in patients_of(found):
        get_patient_for(actor, patient_id)
    return found


def patients_of(grant: Grant) -> list[UUID]:
    """Return the patients whose images a grant names."""
    if grant.patient_id is not None:
        return [grant.patient_id]
    named = grant.granted_studies.exclude(study__patient=None)
    return list(named.order_by().values_list("study__patient_id", flat=True).distinct())


def get_photo_for(actor: Actor, file_id: UUID) -> File:
    """Return a photo of this organization that the actor may see and give away as an object.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    found = get_file_for(actor, file_id)
    if found.organization_id != actor.organization_id or not actor.has_role(*CLINICIAN_ROLES):
        raise Http404
    return found


def get_export_for(actor: Actor, export_id: UUID) -> TeachingExport:
    """Return an export for teaching of a patient that the actor reaches.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    mine = TeachingExport.objects.filter(organization_id=actor.organization_id, pk=export_id)
    found = mine.first() if actor.has_role(*CLINICIAN_ROLES) else None
    if found is None:
        raise Http404
    get_patient_for(actor, found.patient_id)
    return found
