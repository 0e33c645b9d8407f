"""The engine's work on the server's clock: every minute what became due, now and then what does not come."""

from uuid import UUID

from django.db import connection

from hearthline.foundation import clock, figures
from hearthline.foundation.jobs import periodic
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.adherence import judge_adherence
from hearthline.monitoring.alerts.engine.again import raise_overdue
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.services.rulebook import retire_rule
from hearthline.monitoring.alerts.silence import sweep
from hearthline.monitoring.alerts.telling import tell_of
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

ROUNDS = 20  # of one organization in one run; the next run goes on


@periodic("*/5 * * * *", queue="alerts")
def look_for_silence() -> None:
    """Look in each organization for people of whom nothing comes."""
    found = 0
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        with acting_in(organization_id):
            found += sweep(organization_id)
    figures.note([(figures.SILENCE_LOOKED_FOR, found)])


@periodic("4-59/15 * * * *", queue="alerts")
def look_at_adherence() -> None:
    """Look in each organization whether people measure as planned, some at a time."""
    organizations = list(Organization.objects.filter(is_active=True).values_list("id", flat=True))
    for organization_id in organizations:
        last: int | None = 0
        while last is not None:
            with acting_in(organization_id):
                last = judge_adherence(organization_id, after=last)
    figures.note([(figures.ADHERENCE_LOOKED_AT, len(organizations))])


@periodic("* * * * *", queue="alerts")
def watch_clocks() -> None:
    """Raise what waited in vain, take cases up their ladders, end rules whose time is over, tell what was missed."""
    total = 0
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        for _ in range(ROUNDS):
            with acting_in(organization_id):
                done = _due_in(organization_id)
            total += done
            if not done:
                break
    figures.note([(figures.ALERT_CLOCKS, total)])


def _due_in(organization_id: UUID) -> int:
    now = clock.now()
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        done = raise_overdue(cursor, organization_id, now=now)
    for rule in Rule.objects.filter(state=Rule.State.ACTIVE, valid_until__lte=now):
        retire_rule(actor=Actor.system(organization_id, "alerts"), rule=rule, reason="its time was over")
    return done + tell_of(organization_id)
