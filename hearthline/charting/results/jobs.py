"""The clock of critical results: each minute, what nobody took goes one step up."""

from hearthline.charting.results.services import escalate_due
from hearthline.foundation.jobs import periodic
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization


@periodic("* * * * *", queue="alerts")
def watch_critical_results() -> None:
    """Visit each organization; whatever is due there is told."""
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        with acting_in(organization_id):
            escalate_due(organization_id)
