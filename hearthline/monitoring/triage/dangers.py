"""Dangerous values that interrupt a member of staff on whatever page they are."""

from collections.abc import Sequence
from functools import partial

from django.utils.functional import SimpleLazyObject

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import cases_for, may_triage
from hearthline.monitoring.alerts.escalation import ladder_of, reaches
from hearthline.monitoring.alerts.rota import calendars_naming
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.triage.queries import SEALED, Row, rows_of, snoozed_cases
from hearthline.monitoring.triage.services.sound import wants_sound

WAITING_MOST = 50  # looked at
SHOWN_MOST = 5  # of the bar; the rest is one press away


def dangers_for(actor: Actor) -> Sequence[Row]:
    """Return the dangerous values that wait for the actor: open, not acknowledged, and theirs to answer."""
    if not may_triage(actor) or actor.user_id is None:
        return ()
    now = clock.now()
    waiting = cases_for(actor).filter(
        closed_at__isnull=True,
        severity=Severity.DANGER.value,
        is_settled=False,
        acknowledged_at__isnull=True,
    )
    if not waiting.exists():  # as on nearly every page
        return ()
    waiting = waiting.exclude(pk__in=snoozed_cases(actor))
    found = waiting.select_related("monitored__patient", "owner").defer(*SEALED)
    cases = list(found.order_by("clock_started_at", "id")[:WAITING_MOST])
    ladder = ladder_of(actor.organization_id, Severity.DANGER)
    calendars = calendars_naming(actor.organization_id, actor.user_id, now)
    mine = [case for case in cases if reaches(actor, case, ladder, calendars)]
    return rows_of(actor, mine, now, {})


def frame_of(actor: Actor) -> dict[str, object]:
    """Return what the frame of a staff page needs for the bar; the values are asked for when it is drawn."""
    return {
        "interrupt_parts": ["triage/_danger_bar.html"],
        "dangers": SimpleLazyObject(partial(dangers_for, actor)),
        "dangers_most": SHOWN_MOST,
        "is_audible": SimpleLazyObject(partial(wants_sound, actor)),
        "danger_now": clock.now().timestamp(),
    }
