"""Who is on call in the demo, what its nurses say they can answer, and the protocols that its physician approved."""

from datetime import time, timedelta
from decimal import Decimal

from hearthline.demo.clinic import Clinic, actor_of
from hearthline.directory.access import today_in
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.models import Case
from hearthline.monitoring.alerts.rules.ladder import Whom
from hearthline.monitoring.alerts.services.cases import claim
from hearthline.monitoring.alerts.services.rota import Hours, add_lines
from hearthline.monitoring.alerts.services.rulebook import set_budget
from hearthline.monitoring.protocols.models import Protocol
from hearthline.monitoring.protocols.services import adopt_shipped, approve_protocol

NURSES = (("ines", "Ines Okafor"), ("daniel", "Daniel Whitehorse"))
WORKDAYS, WEEKEND = tuple(range(5)), (5, 6)
MORNING, EVENING = time(8), time(20)
# The supervisor's Sunday is open on purpose: a gap that can be seen.
PATTERN = (
    (Whom.ON_CALL, "ines", WORKDAYS, MORNING, EVENING),
    (Whom.ON_CALL, "daniel", WORKDAYS, EVENING, MORNING),
    (Whom.ON_CALL, "daniel", WEEKEND, MORNING, MORNING),
    (Whom.SUPERVISOR, "amara", WORKDAYS, MORNING, MORNING),
    (Whom.SUPERVISOR, "yusuf", (5,), MORNING, MORNING),
)
TAKEN_EVERY, TAKEN_AFTER = 3, timedelta(minutes=25)  # every third of the older cases is a nurse's already
ALERTS_PER_100, MINUTES_PER_ALERT, MINUTES_A_DAY = Decimal(25), Decimal(3), 120


def fill_duty(clinic: Clinic, doctor: Actor) -> None:
    """Set the calendar, the budget and the protocols of the clinic."""
    since = today_in(clinic.organization.id) - timedelta(
        days=8
    )  # so that last night's line holds this morning
    for whom, key, weekdays, starts, ends in PATTERN:
        add_lines(
            actor=clinic.administrator,
            whom=whom,
            user_id=clinic.memberships[key].user_id,
            site=clinic.site,
            hours=Hours(weekdays, starts, ends, since),
        )
    set_budget(
        actor=clinic.administrator,
        alerts_per_100=ALERTS_PER_100,
        minutes_per_alert=MINUTES_PER_ALERT,
        nurse_minutes_a_day=MINUTES_A_DAY,
    )
    adopt_shipped(actor=doctor)
    for protocol in Protocol.objects.filter(state=Protocol.State.DRAFT):
        approve_protocol(actor=doctor, protocol=protocol)


def take_some_cases(clinic: Clinic) -> None:
    """Let both nurses have taken some of the cases that wait since this morning."""
    nurses = [actor_of(clinic.memberships[key], name) for key, name in NURSES]
    before = clock.now() - TAKEN_AFTER
    waiting = Case.objects.filter(closed_at__isnull=True, is_settled=False, opened_at__lt=before)
    for place, case in enumerate(waiting.order_by("opened_at", "id")[::TAKEN_EVERY]):
        with clock.frozen(case.opened_at + TAKEN_AFTER):
            claim(actor=nurses[place % len(nurses)], case=case)
