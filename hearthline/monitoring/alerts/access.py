"""Which monitored people, cases and rules somebody may reach. Everybody asks here."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from hearthline.directory.access import patients_for
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, PRESCRIBER_ROLES, Role
from hearthline.monitoring.alerts.models import Case, Rule
from hearthline.monitoring.readings.models import MonitoredPatient

ROTA_ROLES = (Role.ADMINISTRATOR, Role.NURSE_IN_CHARGE)


def monitored_for(actor: Actor) -> QuerySet[MonitoredPatient]:
    """Return the monitored people whose record the actor may reach."""
    found = MonitoredPatient.objects.filter(organization_id=actor.organization_id)
    if actor.kind == "system":
        return found
    return found.filter(patient__in=patients_for(actor).values("pk"))


def get_monitored_for(actor: Actor, monitored_id: UUID) -> MonitoredPatient:
    """Return a monitored person.

    Raises:
        Http404: there is none, or the actor may not know of them.
    """
    found = monitored_for(actor).select_related("patient").filter(pk=monitored_id).first()
    if found is None:
        raise Http404
    return found


def cases_for(actor: Actor) -> QuerySet[Case]:
    """Return the cases of people whose record the actor may reach, for the care team only."""
    cases = Case.objects.filter(organization_id=actor.organization_id)
    if actor.kind == "system":
        return cases
    if not actor.is_care_team:
        return cases.none()
    return cases.filter(monitored__patient__in=patients_for(actor).values("pk"))


def get_case_for(actor: Actor, case_id: UUID) -> Case:
    """Return a case.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    found = cases_for(actor).select_related("monitored__patient", "owner").filter(pk=case_id).first()
    if found is None:
        raise Http404
    return found


def rules_for(actor: Actor) -> QuerySet[Rule]:
    """Return the rules of the clinic, and personal ones of people whose record the actor may reach."""
    rules = Rule.objects.filter(organization_id=actor.organization_id)
    if actor.kind == "system":
        return rules
    if not actor.is_care_team:
        return rules.none()
    own = rules.filter(monitored__in=monitored_for(actor).values("pk"))
    return rules.filter(monitored__isnull=True) | own


def get_rule_for(actor: Actor, rule_id: UUID) -> Rule:
    """Return a rule.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    found = rules_for(actor).select_related("monitored__patient", "written_by", "approved_by")
    rule = found.filter(pk=rule_id).first()
    if rule is None:
        raise Http404
    return rule


def may_write_rules(actor: Actor) -> bool:
    """Whether the actor may draft and retire rules."""
    return actor.is_clinician


def may_approve_rules(actor: Actor) -> bool:
    """Whether the actor may make a rule live: whoever prescribes answers for limits."""
    return actor.has_role(*PRESCRIBER_ROLES)


def may_set_rota(actor: Actor) -> bool:
    """Whether the actor may set who is on call, the ladder and the budget of alerts."""
    return actor.has_role(*ROTA_ROLES)


def may_triage(actor: Actor) -> bool:
    """Whether the actor may take, snooze and close cases."""
    return actor.has_role(*CARE_TEAM_ROLES)
