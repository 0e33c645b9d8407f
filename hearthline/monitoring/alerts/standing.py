"""How a person stands, for their own pages: what was asked of them, whether it is dangerous, and whom to call.

Pages of patients say with it, always, that nobody watches around the clock (``WATCHED_WORDS``); a red state shows the
local emergency number.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Case, RuleState
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.rules.machine import Phase
from hearthline.monitoring.readings.models import MonitoredPatient, MonitoringPause
from hearthline.scheduling.services.drafts import emergency_number_at

WATCHED_WORDS = _("Nobody watches your readings day and night. If you feel very ill, call %(number)s.")


@dataclass(frozen=True)
class Standing:
    """``repeat_by``: until when the person was asked to measure again. ``is_red``: show the emergency number, big."""

    is_red: bool
    is_being_looked_at: bool
    repeat_by: datetime | None
    rests_until: datetime | None
    emergency_number: str

    @property
    def watched_words(self) -> str:
        """That nobody watches around the clock, with the number to call, in the person's language."""
        return str(WATCHED_WORDS) % {"number": self.emergency_number}


def standing_of(monitored: MonitoredPatient) -> Standing:
    """Return how a person stands now. Whoever calls has asked whether the actor may see this person."""
    now = clock.now()
    organization, place = monitored.organization, monitored.patient.jurisdiction
    case = Case.objects.filter(monitored=monitored, closed_at__isnull=True).first()
    asked = RuleState.objects.filter(
        organization_id=monitored.organization_id,
        patient_number=monitored.number,
        phase=Phase.ASKING.value,
        due_at__gt=now,
    )
    pause = MonitoringPause.objects.filter(monitored=monitored, starts_at__lte=now, ends_at__gt=now)
    is_open = case is not None and not case.is_settled
    return Standing(
        is_red=is_open and case is not None and case.severity == Severity.DANGER.value,
        is_being_looked_at=is_open and case is not None and case.owner_id is not None,
        repeat_by=asked.order_by("due_at").values_list("due_at", flat=True).first(),
        rests_until=pause.order_by("-ends_at").values_list("ends_at", flat=True).first(),
        emergency_number=emergency_number_at(organization, place or organization.jurisdiction),
    )
