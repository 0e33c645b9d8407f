"""Which patients an actor may reach, for what. The only door: pages, streams, jobs and exports ask here."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import Http404

from hearthline.compliance.queries import active_break_glass_patient_ids
from hearthline.directory import rules
from hearthline.directory.models import (
    Caregiver,
    CareRelationship,
    CareTeamMember,
    OrganizationPolicy,
    Patient,
    PatientAccount,
    Practitioner,
)
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, PRESCRIBER_ROLES, Role
from hearthline.tenancy.models import Organization

REGISTRAR_ROLES = CARE_TEAM_ROLES | {Role.ADMINISTRATOR}
MERGER_ROLES = frozenset({Role.NAVIGATOR, Role.NURSE, Role.ADMINISTRATOR})


class Purpose(StrEnum):
    """What a patient is reached for. A caregiver's scope is asked per purpose."""

    RECORD = "record"  # the chart: the strictest, and the default
    BOOKING = "booking"
    MESSAGES = "messages"
    VISITS = "visits"
    DEMOGRAPHICS = (
        "demographics"  # who, how to reach, who cares for: administrators too, never clinical content
    )


CAREGIVER_SCOPE = {
    Purpose.RECORD: Q(may_see_record=True),
    Purpose.BOOKING: Q(may_book=True),
    Purpose.MESSAGES: Q(may_message=True),
    Purpose.VISITS: Q(may_join_visits=True),
    Purpose.DEMOGRAPHICS: Q(),
}


def policy_for(organization_id: UUID) -> OrganizationPolicy:
    """Return what the organization decided about who may see whom, or the careful defaults."""
    found = OrganizationPolicy.objects.filter(organization_id=organization_id).first()
    return found or OrganizationPolicy(organization_id=organization_id)


def today_in(organization_id: UUID) -> date:
    """Return the date where the organization is."""
    zone = Organization.objects.values_list("zone", flat=True).get(pk=organization_id)
    return clock.now().astimezone(ZoneInfo(zone)).date()


def current_caregivers(
    *, organization_id: UUID, purpose: Purpose = Purpose.DEMOGRAPHICS
) -> QuerySet[Caregiver]:
    """Return the caregivers who may act today for a purpose; a parent's word ends when the child is of age."""
    today = today_in(organization_id)
    return (
        Caregiver.objects.filter(organization_id=organization_id, ended_at__isnull=True, starts_on__lte=today)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
        .filter(CAREGIVER_SCOPE[purpose])
        .exclude(
            source=Caregiver.Source.PARENT, patient__birth_date__lte=rules.latest_adult_birth_date(today)
        )
    )


def active_relationships(organization_id: UUID) -> QuerySet[CareRelationship]:
    """Return the care relationships of this moment."""
    now = clock.now()
    return CareRelationship.objects.filter(organization_id=organization_id, starts_at__lte=now).filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    )


def patients_for(actor: Actor, purpose: Purpose = Purpose.RECORD) -> QuerySet[Patient]:
    """Return the patients that the actor may reach for a purpose; merged records are reached by their survivor."""
    patients = Patient.objects.filter(organization_id=actor.organization_id, merged_into__isnull=True)
    if actor.kind == "system" or _sees_everybody(actor, purpose):
        return patients
    allowed = [
        *_as_patient_or_caregiver(actor, purpose),
        *_as_clinician(actor),
        active_break_glass_patient_ids(actor),
    ]
    condition = Q()
    for one in allowed:
        condition |= Q(pk__in=one)
    return patients.filter(condition)


def _sees_everybody(actor: Actor, purpose: Purpose) -> bool:
    if purpose is Purpose.DEMOGRAPHICS and actor.has_role(Role.ADMINISTRATOR):
        return True
    if not actor.is_care_team:
        return False
    policy = policy_for(actor.organization_id)
    return (
        (policy.nurses_see_all_patients and actor.has_role(Role.NURSE))
        or (policy.navigators_see_all_patients and actor.has_role(Role.NAVIGATOR))
        or (policy.physicians_see_all_patients and actor.has_role(*PRESCRIBER_ROLES))
    )


def _as_patient_or_caregiver(actor: Actor, purpose: Purpose) -> list[QuerySet[Any, Any]]:
    allowed: list[QuerySet[Any, Any]] = []
    if actor.user_id is None:
        return allowed
    if actor.has_role(Role.PATIENT):
        allowed.append(
            PatientAccount.objects.filter(
                organization_id=actor.organization_id, user_id=actor.user_id, ended_at__isnull=True
            ).values("patient_id")
        )
    if actor.has_role(Role.CAREGIVER):
        caring = current_caregivers(organization_id=actor.organization_id, purpose=purpose)
        allowed.append(caring.filter(user_id=actor.user_id).values("patient_id"))
    return allowed


def _as_clinician(actor: Actor) -> list[QuerySet[Any, Any]]:
    if not actor.is_care_team or actor.membership_id is None:
        return []
    practitioners = Practitioner.objects.filter(
        organization_id=actor.organization_id, membership_id=actor.membership_id, is_active=True
    )
    teams = CareTeamMember.objects.filter(
        organization_id=actor.organization_id,
        practitioner__in=practitioners,
        ended_at__isnull=True,
        team__is_active=True,
    )
    caring = active_relationships(actor.organization_id)
    return [
        caring.filter(practitioner__in=practitioners).values("patient_id"),
        caring.filter(team__in=teams.values("team_id")).values("patient_id"),
    ]


def get_patient_for(actor: Actor, patient_id: UUID, purpose: Purpose = Purpose.RECORD) -> Patient:
    """Return a patient the actor may reach; a merged record leads to its survivor.

    Raises:
        Http404: there is no such patient, or the actor may not know of it.
    """
    survivor = (
        Patient.objects.filter(organization_id=actor.organization_id, pk=patient_id)
        .values_list("merged_into_id", flat=True)
        .first()
    )
    try:
        return patients_for(actor, purpose).get(pk=survivor or patient_id)
    except Patient.DoesNotExist:
        raise Http404 from None


def own_patient(actor: Actor) -> Patient | None:
    """Return the patient that the actor is, if any."""
    if actor.user_id is None or not actor.has_role(Role.PATIENT):
        return None
    return Patient.objects.filter(
        organization_id=actor.organization_id,
        merged_into__isnull=True,
        accounts__user_id=actor.user_id,
        accounts__ended_at__isnull=True,
    ).first()


def practitioner_of(actor: Actor) -> Practitioner | None:
    """Return the practitioner that the actor is, if any."""
    if actor.membership_id is None:
        return None
    return Practitioner.objects.filter(
        organization_id=actor.organization_id, membership_id=actor.membership_id, is_active=True
    ).first()


def get_practitioner_for(actor: Actor, practitioner_id: UUID) -> Practitioner:
    """Return a practitioner of the actor's organization.

    Raises:
        Http404: there is none.
    """
    found = Practitioner.objects.filter(organization_id=actor.organization_id, pk=practitioner_id).first()
    if found is None:
        raise Http404
    return found


def get_practitioner_to_picture_for(actor: Actor, practitioner_id: UUID) -> Practitioner:
    """Return a practitioner whose photo the actor may set or remove: their own, or for administrators anybody's.

    Raises:
        Http404: there is none, or it is a colleague's.
    """
    found = get_practitioner_for(actor, practitioner_id)
    if not may_administer(actor) and found.membership_id != actor.membership_id:
        raise Http404
    return found


def may_reach(actor: Actor, patient: Patient, purpose: Purpose = Purpose.RECORD) -> bool:
    """Return whether the actor may reach this patient for a purpose."""
    return patients_for(actor, purpose).filter(pk=patient.pk).exists()


def may_search_patients(actor: Actor) -> bool:
    """Return whether the actor may look patients up by name, number or telephone."""
    return actor.has_role(*REGISTRAR_ROLES)


def may_register_patients(actor: Actor) -> bool:
    """Return whether the actor may register a patient."""
    return actor.has_role(*REGISTRAR_ROLES)


def may_change_demographics(actor: Actor, patient: Patient) -> bool:
    """Return whether the actor may change who the patient is and how to reach them."""
    return actor.has_role(*REGISTRAR_ROLES) and may_reach(actor, patient, Purpose.DEMOGRAPHICS)


def may_merge_patients(actor: Actor) -> bool:
    """Return whether the actor may decide that two records are one person."""
    return actor.has_role(*MERGER_ROLES)


def may_administer(actor: Actor) -> bool:
    """Return whether the actor runs the organization."""
    return actor.has_role(Role.ADMINISTRATOR)


def may_decide_for(actor: Actor, patient: Patient) -> bool:
    """Return whether the actor may give or withdraw the patient's own word: the patient, a parent or a guardian."""
    mine = own_patient(actor)
    if mine is not None and mine.pk == patient.pk:
        return True
    if actor.user_id is None or not actor.has_role(Role.CAREGIVER):
        return False
    deciding = current_caregivers(organization_id=actor.organization_id).filter(
        user_id=actor.user_id, patient=patient, may_see_record=True
    )
    return deciding.filter(
        relationship__in=[
            Caregiver.Relationship.PARENT,
            Caregiver.Relationship.GUARDIAN,
            Caregiver.Relationship.ATTORNEY,
        ]
    ).exists()
