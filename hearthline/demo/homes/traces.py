"""Real glucose traces (``demo/data/cgm``), laid on today's calendar: the trace goes round, each person starts elsewhere."""

import csv
import io
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent.parent / "data" / "cgm"
LAID_FROM = datetime(2026, 1, 1, tzinfo=UTC)
STEP_MINUTES = 5
DAY_STEPS = 24 * 60 // STEP_MINUTES


@dataclass(frozen=True)
class Trace:
    """Values (mg/dL) on a grid of whole days; None where the sensor had none."""

    values: tuple[float | None, ...]

    def at(self, step: int) -> float | None:
        """Return the value of a step, going round."""
        return self.values[step % len(self.values)]


@cache
def trace(name: str) -> Trace:
    """Return a trace; its clock of the day is kept, so that breakfast stays breakfast."""
    text = lzma.decompress((DIRECTORY / f"{name}.csv.xz").read_bytes()).decode()
    found: dict[int, float] = {}
    first_day = None
    for row in csv.DictReader(io.StringIO(text)):
        if not row["glucose"].strip():
            continue
        moment = _moment(row["time"])
        first_day = first_day or moment.replace(hour=0, minute=0, second=0)
        found[int((moment - first_day) / timedelta(minutes=STEP_MINUTES))] = float(row["glucose"])
    days = max(found) // DAY_STEPS  # the last day is seldom whole
    return Trace(tuple(found.get(step) for step in range(days * DAY_STEPS)))


def _moment(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def play(
    name: str, *, shift_days: int, utc_offset: timedelta, since: datetime, until: datetime
) -> Iterator[tuple[datetime, float]]:
    """Yield moment and value from ``since`` up to ``until``, the trace begun ``shift_days`` days in."""
    source = trace(name)
    step_length = timedelta(minutes=STEP_MINUTES)
    step = -(-(since - LAID_FROM) // step_length)
    while (moment := LAID_FROM + step * step_length) < until:
        local = step + utc_offset // step_length
        value = source.at(local + shift_days * DAY_STEPS)
        if value is not None:
            yield moment, value
        step += 1
