"""Figures that processes note about their own work, for those who run the installation: numbers and times, nobody's.

They lie in the database, so that any process can show what all of them did, also after a restart.
"""

from collections.abc import Iterable
from datetime import timedelta

from hearthline.foundation import clock
from hearthline.foundation.jobs import periodic
from hearthline.foundation.models import Figure

KEPT = timedelta(days=8)  # a week can be compared with the day before it

# Of one alert, in milliseconds since its reading was received: judged and written; people told.
ALERT_JUDGED, ALERT_TOLD = "alert_judged_ms", "alert_told_ms"
# Of one worker of the ingest edge since its last figures: values committed, requests refused, turned away for want
# of room, bodies kept aside; and how many values wait at the moment.
INGEST_VALUES, INGEST_REFUSED, INGEST_BUSY, INGEST_ASIDE, INGEST_WAITING = (
    "ingest_values",
    "ingest_refused",
    "ingest_busy",
    "ingest_aside",
    "ingest_waiting",
)
# Signs of life of what runs on a clock; the value says how much was done.
TELLING, ALERT_CLOCKS, SILENCE_LOOKED_FOR, ADHERENCE_LOOKED_AT, PARTITIONS_MADE = (
    "telling",
    "alert_clocks",
    "silence_looked_for",
    "adherence_looked_at",
    "partitions_made",
)
# Person-days packed in one night, and whether (1) more had to be left for the next.
DAYS_PACKED, PACKING_UNFINISHED = "days_packed", "packing_unfinished"

INSERT = "INSERT INTO foundation_figure (name, at, value) SELECT name, now(), value FROM unnest(%s::text[], %s::float8[]) AS u (name, value)"  # noqa: E501


def note(figures: Iterable[tuple[str, float]]) -> None:
    """Keep figures, each a name and a value, as of now."""
    now = clock.now()
    Figure.objects.bulk_create([Figure(name=name, at=now, value=value) for name, value in figures])


@periodic("41 * * * *")
def forget_old_figures() -> None:
    """Drop figures that nobody asks for any more."""
    Figure.objects.filter(at__lt=clock.now() - KEPT).delete()
