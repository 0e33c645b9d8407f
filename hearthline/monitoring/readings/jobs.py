"""Work of the worker on readings: sums of changed days, packing at night, partitions ahead of time."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db import connection, transaction

from hearthline.foundation.jobs import periodic
from hearthline.monitoring.readings.compaction import pack_finished_days
from hearthline.monitoring.readings.summaries import refresh_summaries
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

WEEKS_AHEAD = 8
ROUNDS = 50  # of one organization in one run; the next run goes on
logger = logging.getLogger(__name__)


@periodic("* * * * *", queue="readings")
def refresh_changed_days() -> None:
    """Sum up the days that changed, organization by organization."""
    _in_rounds(refresh_summaries)


@periodic("17 3 * * *", queue="readings")
def pack_finished() -> None:
    """Pack finished days of streams at night."""
    _in_rounds(pack_finished_days)


@periodic("7 * * * *", queue="readings")
def make_partitions() -> None:
    """Keep weeks of partitions ahead, and raise an alarm when rows fell into a default one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT readings_make_partitions(%s), readings_in_default()", [WEEKS_AHEAD])
        _, stray = cursor.fetchone()
    if stray:
        logger.error("readings lie in the default partition", extra={"rows": stray})


def _in_rounds(work: Callable[[UUID], int]) -> None:
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        for _ in range(ROUNDS):
            with acting_in(organization_id):
                done = work(organization_id)
            if not done:
                break
