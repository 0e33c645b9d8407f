"""The homes go on: what was measured since the last round is sent through the real doors."""

import logging
from collections.abc import Callable
from datetime import timedelta

import httpx

from hearthline.demo.homes.doors import let_in, send_compact
from hearthline.demo.homes.measuring import HISTORY_DAYS, measurements_of, newest_of
from hearthline.demo.homes.people import homes_by_serial
from hearthline.foundation import clock
from hearthline.monitoring.readings.models import DeviceAssignment
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

logger = logging.getLogger(__name__)
SLUG = "riverbend"


def live_on(is_stopping: Callable[[], bool]) -> int:
    """Send what every home measured since its last round; return how many measurements were taken."""
    organization = Organization.objects.filter(slug=SLUG).first()
    if organization is None:
        return 0
    let_in(organization.id)
    with acting_in(organization.id):
        lent = list(DeviceAssignment.objects.filter(ends_at=None).select_related("device", "monitored"))
    homes = homes_by_serial()
    sent = 0
    for assignment in lent:
        home = homes.get(assignment.device.identifier)
        if home is None or home.silent_days or is_stopping():
            continue
        until = clock.now()
        with acting_in(organization.id):
            newest = newest_of(assignment) or until - timedelta(days=HISTORY_DAYS)
        since = max(newest + timedelta(seconds=1), assignment.starts_at)
        values = list(measurements_of(home, assignment, since=since, until=until))
        if not values:
            continue
        try:
            answer = send_compact(organization.id, assignment.device, values)
        except httpx.TransportError:
            logger.warning("the edge for readings does not answer; the homes try again in a minute")
            return sent
        if answer.status == httpx.codes.OK:
            sent += len(values)
    return sent
