"""The rules of the demo's clinic: the shipped ones, and two that it made its own as a clinic does after some weeks.

The traces are of people whose own receivers sound at 70 and 250 mg/dL at once. Replayed on them, the shipped rules about
these limits (three values in a row) make 98 and 15 alerts in 100 days of one person, which no two nurses answer; from
an hour below and two hours above on it is 25 and 2. Below 54 mg/dL nothing was changed.
"""

from typing import Any

from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import rulebook

OWN: dict[str, dict[str, Any]] = {
    "glucose-low": {"run_minutes": 60},
    "glucose-very-high": {"run_minutes": 120},
}
SOURCE = "{}; how long it has to last is this clinic's own choice"
REASON = "The person's own receiver sounds at once and they treat themselves; we are told when it lasts"


def put_in_force(doctor: Actor) -> None:
    """Approve the shipped rules, and after them the clinic's own versions."""
    rulebook.adopt_defaults(actor=doctor)
    shipped = list(Rule.objects.filter(state=Rule.State.DRAFT, monitored=None))
    own = [
        rulebook.write_rule(
            actor=doctor,
            code=rule.code,
            label=rule.label,
            severity=Severity(rule.severity),
            settings=rule.settings | OWN[rule.code],
            source=SOURCE.format(rule.source),
            reason=REASON,
        )
        for rule in shipped
        if rule.code in OWN
    ]
    for rule in [*shipped, *own]:
        rulebook.approve_rule(actor=doctor, rule=rule)
