"""Work of the worker on readings: sums of changed days, packing at night, partitions ahead of time."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db import connection, transaction

from hearthline.foundation import figures
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
    packed, is_left = _in_rounds(pack_finished_days)
    figures.note([(figures.DAYS_PACKED, packed), (figures.PACKING_UNFINISHED, is_left)])


@periodic("7 * * * *", queue="readings")
def make_partitions() -> None:
    """Keep weeks of partitions ahead, and raise an alarm when rows fell into a default one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT readings_make_partitions(%s), readings_in_default()", [WEEKS_AHEAD])
        made, stray = cursor.fetchone()
    figures.note([(figures.PARTITIONS_MADE, made)])
    if stray:
        logger.error("readings lie in the default partition", extra={"rows": stray})


def _in_rounds(work: Callable[[UUID], int]) -> tuple[int, bool]:
    """Return how much was done, and whether some organization has more for the next run."""
    total, is_left = 0, False
    for organization_id in Organization.objects.filter(is_active=True).values_list("id", flat=True):
        done = 0
        for _ in range(ROUNDS):
            with acting_in(organization_id):
                done = work(organization_id)
            total += done
            if not done:
                break
        is_left |= done > 0
    return total, is_left
