"""Who may see and run programs: the only door for a person."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.charting.access import records_for
from hearthline.directory.access import patients_for
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PRESCRIBER_ROLES
from hearthline.programs.models import Enrollment


def enrollments_for(actor: Actor) -> QuerySet[Enrollment]:
    """Return the enrollments of the patients whom the actor, a member of the care team, may reach."""
    if not actor.is_care_team:
        return Enrollment.objects.none()
    return _whole().filter(
        organization_id=actor.organization_id, episode__monitored__patient__in=patients_for(actor)
    )


def get_enrollment_for(actor: Actor, enrollment_id: UUID) -> Enrollment:
    """Return an enrollment that the actor may reach as staff.

    Raises:
        Http404: there is none, or the actor is a stranger to the patient.
    """
    found = enrollments_for(actor).filter(pk=enrollment_id).first()
    if found is None:
        raise Http404
    return found


def own_enrollments_for(actor: Actor) -> QuerySet[Enrollment]:
    """Return the running enrollments that the actor may see as patient or as caregiver of the record."""
    return _whole().filter(
        organization_id=actor.organization_id,
        episode__ends_on=None,
        episode__monitored__patient__in=records_for(actor),
    )


def may_adopt(actor: Actor) -> bool:
    """Whether the actor may take programs into use for the organization: those who prescribe."""
    return actor.has_role(*PRESCRIBER_ROLES)


def _whole() -> QuerySet[Enrollment]:
    return Enrollment.objects.select_related(
        "program", "episode__monitored__patient", "episode__practitioner"
    )
