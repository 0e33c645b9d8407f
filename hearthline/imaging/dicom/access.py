"""Who may reach which images: by a grant, by the care of a patient, or as the one who decides about held ones."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse

from hearthline.directory.access import get_patient_for
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, CLINICIAN_ROLES, PATIENT_ROLES, Role
from hearthline.imaging.dicom.models import Gateway, Grant, Hold
from hearthline.imaging.dicom.scopes import Scope

VIEWER_ROLES = (
    CARE_TEAM_ROLES | PATIENT_ROLES
)  # patients and caregivers: the record they may see, by its own root
GRANTER_ROLES = CLINICIAN_ROLES | {Role.ADMINISTRATOR}
KEEPER_ROLES = frozenset({Role.ADMINISTRATOR})  # of gateways, and of grants of everything
DECIDER_ROLES = CARE_TEAM_ROLES
GATEWAY = "gateway"


def current_grants() -> QuerySet[Grant]:
    """Return the grants of this moment."""
    now = clock.now()
    return (
        Grant.objects.filter(starts_at__lte=now, revoked_at__isnull=True)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
        .filter(
            Q(gateway__isnull=True)
            | Q(gateway__revoked_at__isnull=True)
            & (Q(gateway__expires_at__isnull=True) | Q(gateway__expires_at__gt=now))
        )
    )


def grants_for(actor: Actor, gateway: Gateway | None = None) -> QuerySet[Grant]:
    """Return the grants that a person holds by name or role, or a gateway."""
    mine = current_grants().filter(organization_id=actor.organization_id)
    if gateway is not None:
        return mine.filter(gateway=gateway)
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
