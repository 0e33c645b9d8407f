"""What the service provider sees of monitoring: delays, rates, refusals, stores and signs of life; figures only.

Asked with a login that reaches no clinical table: everything here was noted by the processes themselves
(``foundation.figures``) or stands in the queue's tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error, connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from prometheus_client.core import GaugeMetricFamily, Metric

from hearthline.design import formats
from hearthline.foundation import clock, figures

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
QUANTILES = (0.5, 0.95, 0.99)
PROMISED_MS = 250  # of 100 alerts, 99 are told within this after the reading came in (research/rpm.md 6.9)
DELAYS = """
SELECT name, count(*), percentile_cont(%s::float8[]) WITHIN GROUP (ORDER BY value)
FROM foundation_figure WHERE name = ANY (%s) AND at > %s AND at <= %s GROUP BY name
"""
SUMS = """
SELECT name, coalesce(sum(value) FILTER (WHERE at > %s), 0), sum(value), coalesce(max(value) FILTER (WHERE at > %s), 0)
FROM foundation_figure WHERE name = ANY (%s) AND at > %s AND at <= %s GROUP BY name
"""
NEWEST = """
SELECT DISTINCT ON (name) name, at, value FROM foundation_figure
WHERE name = ANY (%s) AND at > %s ORDER BY name, at DESC
"""
PULSES = """
SELECT 'queue', max(last_heartbeat) FROM procrastinate_workers
UNION ALL SELECT name, beat_at FROM messaging_workerpulse
"""
COUNTED = (
    figures.INGEST_VALUES,
    figures.INGEST_REFUSED,
    figures.INGEST_BUSY,
    figures.INGEST_ASIDE,
    figures.INGEST_WAITING,
)
# Who has to show itself, and within what: twice or more what it takes when all is well.
SIGNS = {
    "queue": MINUTE,
    "worker": 3 * MINUTE,
    "watch": 3 * MINUTE,
    figures.INGEST_VALUES: MINUTE,
    figures.TELLING: 3 * MINUTE,
    figures.ALERT_CLOCKS: 3 * MINUTE,
    figures.SILENCE_LOOKED_FOR: 15 * MINUTE,
    figures.ADHERENCE_LOOKED_AT: 45 * MINUTE,
    figures.PARTITIONS_MADE: 3 * HOUR,
    figures.DAYS_PACKED: 26 * HOUR,
}
RARE = (figures.PARTITIONS_MADE, figures.DAYS_PACKED)  # a new installation has not come to these yet


@dataclass(frozen=True)
class Delay:
    """How long it took from the receipt of a reading, in milliseconds; ``quantiles`` as in ``QUANTILES``."""

    stage: str
    window: str
    count: int
    quantiles: tuple[float, ...]

    @property
    def is_kept(self) -> bool:
        """Whether the last quantile stays within what is promised."""
        return self.quantiles[-1] <= PROMISED_MS

    @property
    def words(self) -> str:
        """What had been done by then, for people."""
        return _("Alert raised") if self.stage == figures.ALERT_JUDGED else _("People told")

    @property
    def window_words(self) -> str:
        """Over which time, for people."""
        return _("Last hour") if self.window == "1h" else _("Last day")

    @property
    def cells(self) -> list[tuple[str, str]]:
        """The columns of a table, each with its label."""
        labels = (_("Half within"), _("95 of 100 within"), _("99 of 100 within"))
        return [
            (label, f"{formats.number(value, get_language() or 'en')} ms")
            for label, value in zip(labels, map(round, self.quantiles), strict=True)
        ]


@dataclass(frozen=True)
class Intake:
    """What the ingest edge did: values a second, and requests of the last hour that were not taken."""

    a_second: float
    a_second_in_hour: float
    refused: int
    busy: int
    aside: int
    waiting: int


@dataclass(frozen=True)
class Store:
    """The store of readings: rows that fell into a default partition, and the last night's packing."""

    stray: int
    packed_at: datetime | None
    packed_days: int
    is_packing_unfinished: bool


@dataclass(frozen=True)
class Sign:
    """The last sign of life of something that runs on a clock, and when it is missed."""

    name: str
    seen_at: datetime | None
    seconds: int | None
    within: timedelta

    @property
    def is_alive(self) -> bool:
        """Whether it showed itself lately."""
        return self.seconds is not None and self.seconds <= self.within.total_seconds()

    @property
    def state(self) -> tuple[str, str]:
        """The state in a word, and the kind of its tag."""
        if self.is_alive:
            return _("Running"), "ok"
        if self.seconds is None and self.name in RARE:
            return _("Not yet"), "watch"
        return _("No sign of life"), "urgent"

    @property
    def words(self) -> str:
        """What it is, for people."""
        return {
            "queue": _("Queue"),
            "worker": _("Reminders"),
            "watch": _("Watch from outside the worker"),
            figures.INGEST_VALUES: _("Intake of readings"),
            figures.TELLING: _("Telling people of alerts"),
            figures.ALERT_CLOCKS: _("Clocks of alerts"),
            figures.SILENCE_LOOKED_FOR: _("Look for missing readings"),
            figures.ADHERENCE_LOOKED_AT: _("Look at how often people measure"),
            figures.PARTITIONS_MADE: _("Partitions made ahead"),
            figures.DAYS_PACKED: _("Nightly packing"),
        }[self.name]


@dataclass(frozen=True)
class Overview:
    """Everything at one moment."""

    delays: list[Delay]
    intake: Intake
    store: Store
    signs: list[Sign]


def overview() -> Overview:
    """Ask for everything; five statements.

    Raises:
        django.db.Error: the database does not answer.
    """
    now = clock.now()
    newest = _newest(now)
    return Overview(_delays(now), _intake(now), _store(newest), _signs(newest, now))


def _delays(now: datetime) -> list[Delay]:
    found = []
    with connection.cursor() as cursor:
        for window, span in (("1h", HOUR), ("1d", DAY)):
            names = [figures.ALERT_JUDGED, figures.ALERT_TOLD]
            cursor.execute(DELAYS, [list(QUANTILES), names, now - span, now])
            found += [
                Delay(name, window, count, tuple(quantiles)) for name, count, quantiles in cursor.fetchall()
            ]
    return sorted(found, key=lambda one: (one.stage, one.window == "1d"))


def _intake(now: datetime) -> Intake:
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [now - MINUTE, now - MINUTE, list(COUNTED), now - HOUR, now])
        found = {name: rest for name, *rest in cursor.fetchall()}
    nothing = (0, 0, 0)
    last_minute, last_hour, _most = found.get(figures.INGEST_VALUES, nothing)
    return Intake(
        a_second=last_minute / MINUTE.total_seconds(),
        a_second_in_hour=last_hour / HOUR.total_seconds(),
        refused=int(found.get(figures.INGEST_REFUSED, nothing)[1]),
        busy=int(found.get(figures.INGEST_BUSY, nothing)[1]),
        aside=int(found.get(figures.INGEST_ASIDE, nothing)[1]),
        waiting=int(found.get(figures.INGEST_WAITING, nothing)[2]),
    )


def _newest(now: datetime) -> dict[str, tuple[datetime | None, float]]:
    names = [name for name in SIGNS if name not in {"queue", "worker", "watch"}]
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [[*names, figures.PACKING_UNFINISHED], now - 2 * DAY])
        found = {name: (at, value) for name, at, value in cursor.fetchall()}
        cursor.execute(PULSES)
        return found | {name: (at, 0.0) for name, at in cursor.fetchall()}


def _store(newest: dict[str, tuple[datetime | None, float]]) -> Store:
    with connection.cursor() as cursor:
        cursor.execute("SELECT readings_in_default()")
        (stray,) = cursor.fetchone()
    packed_at, days = newest.get(figures.DAYS_PACKED, (None, 0.0))
    return Store(stray, packed_at, int(days), newest.get(figures.PACKING_UNFINISHED, (None, 0.0))[1] > 0)


def _signs(newest: dict[str, tuple[datetime | None, float]], now: datetime) -> list[Sign]:
    signs = []
    for name, within in SIGNS.items():
        at, _value = newest.get(name, (None, 0.0))
        signs.append(Sign(name, at, round((now - at).total_seconds()) if at else None, within))
    return signs


class MonitoringCollector:
    """The same for the monitor: Prometheus text."""

    def collect(self) -> Iterable[Metric]:
        """Ask at the moment of the scrape; no answer, no figures (readiness tells that)."""
        try:
            found = overview()
        except Error:
            return []
        return [*_delay_metrics(found.delays), *_intake_metrics(found.intake), *_state_metrics(found)]


def _delay_metrics(delays: list[Delay]) -> Iterable[Metric]:
    seconds = GaugeMetricFamily(
        "hearthline_alert_delay_seconds",
        "Time since a reading was received until its alert was raised, and until people were told",
        labels=["stage", "window", "quantile"],
    )
    for delay in delays:
        for quantile, value in zip(QUANTILES, delay.quantiles, strict=True):
            stage = "judged" if delay.stage == figures.ALERT_JUDGED else "told"
            seconds.add_metric([stage, delay.window, str(quantile)], value / 1000)
    return [seconds]


def _intake_metrics(intake: Intake) -> Iterable[Metric]:
    refused = GaugeMetricFamily(
        "hearthline_ingest_not_taken", "Requests and bodies of the last hour not taken", labels=["why"]
    )
    for why, count in (("refused", intake.refused), ("busy", intake.busy), ("aside", intake.aside)):
        refused.add_metric([why], count)
    return [
        GaugeMetricFamily(
            "hearthline_readings_per_second", "Values committed in the last minute", intake.a_second
        ),
        GaugeMetricFamily("hearthline_ingest_waiting", "Most values waiting at one worker", intake.waiting),
        refused,
    ]


def _state_metrics(found: Overview) -> Iterable[Metric]:
    ages = GaugeMetricFamily(
        "hearthline_sign_of_life_age_seconds", "Age of the last sign of life", labels=["name"]
    )
    missed = GaugeMetricFamily(
        "hearthline_sign_of_life_missed", "1 where a sign of life is overdue or never came", labels=["name"]
    )
    for sign in found.signs:
        if sign.seconds is not None:
            ages.add_metric([sign.name], sign.seconds)
        missed.add_metric([sign.name], not sign.is_alive)
    return [
        GaugeMetricFamily(
            "hearthline_default_partition_rows", "Rows that lie in a default partition", found.store.stray
        ),
        GaugeMetricFamily("hearthline_packed_days", "Person-days packed last night", found.store.packed_days),
        GaugeMetricFamily(
            "hearthline_packing_unfinished", "1 where days had to be left", found.store.is_packing_unfinished
        ),
        ages,
        missed,
    ]
