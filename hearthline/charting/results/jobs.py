"""The clock: each minute, critical values that nobody took go one step up, and holds end whose time is over."""

from hearthline.charting.results.services import end_due_holds, escalate_due
from hearthline.foundation.jobs import periodic
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization


@periodic("* * * * *", queue="alerts")
def watch_critical_results() -> None:
    """Visit each organization; whatever is due there is told."""
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        with acting_in(organization_id):
            escalate_due(organization_id)
            end_due_holds(organization_id)
