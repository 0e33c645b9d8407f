"""How the calls of the clinic went, in numbers."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import CARE_TEAM_ROLES, Role
from hearthline.visits.connections import connections_since

DAYS = 28


@require_GET
@requires(Role.ADMINISTRATOR, *sorted(CARE_TEAM_ROLES))
def connections(request: HearthlineRequest) -> HttpResponse:
    """Four weeks of calls: how people took part, what was sent and heard, what failed. Nobody is named."""
    shown = connections_since(clock.now() - timedelta(days=DAYS))
    return render(
        request, "visits/staff_connections.html", {"audience": "staff", "days": DAYS, "shown": shown}
    )
