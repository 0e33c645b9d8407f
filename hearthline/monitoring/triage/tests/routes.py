"""Real objects for the walk over every route."""

import datetime as dt
from typing import Any

from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Alert, Case
from hearthline.monitoring.alerts.rules.ladder import Whom
from hearthline.monitoring.alerts.services.rota import Hours, add_lines, add_shift
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, in_force, make_home
from hearthline.monitoring.triage.services import time
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    home = make_home(people)
    rule = in_force(people, HIGH_GLUCOSE)
    home.send((0, 300))
    case = Case.objects.get(monitored=home.monitored)
    alert = Alert.objects.get(case=case)
    entry = time.count(actor=people.nurse.actor, patient=home.monitored.patient, seconds=20)
    (line,) = add_lines(
        actor=people.administrator.actor,
        whom=Whom.ON_CALL,
        user_id=people.nurse.user.id,
        site=people.site,
        hours=Hours((0,), dt.time(8), dt.time(20), dt.date(2026, 11, 1)),
    )
    shift = add_shift(
        actor=people.administrator.actor,
        whom=Whom.ON_CALL,
        user_id=people.nurse.user.id,
        starts_at=clock.now(),
        ends_at=clock.now() + dt.timedelta(hours=1),
        reason="",
    )
    of_case = {"case_id": case.pk}
    of_cases = ("case", "claim", "release", "close", "suppress", "pause", "contact", "beat")
    of_rules = ("rule", "change_rule", "approve_rule", "retire_rule")
    return {f"triage:{name}": of_case for name in of_cases} | {
        **{f"triage:{name}": {"rule_id": rule.pk} for name in of_rules},
        "triage:snooze": of_case | {"alert_id": alert.pk},
        "triage:end_line": {"row_id": line.pk},
        "triage:end_shift": {"row_id": shift.pk},
        "triage:ladder": {"severity": 3},
        "triage:correct": {"entry_id": entry.pk if entry else None},
    }
