"""Geometry of the small gauge: where the goal is, and where the value stands. Pure numbers for ``home/_gauge.html``."""

from dataclasses import dataclass
from typing import Final

from hearthline.monitoring.home.rules import Aim

WIDTH: Final = 300
EDGE: Final = 8
# What the gauge spans, in canonical units; a value beyond stands at the end.
SPANS: Final[dict[str, tuple[float, float]]] = {
    "systolic": (80, 200),
    "diastolic": (40, 130),
    "glucose": (40, 300),
    "oxygen-saturation": (84, 100),
    "temperature": (34, 41),
    "pulse": (40, 140),
    "respiratory-rate": (4, 36),
}
WEIGHT_MARGIN_KILOGRAMS: Final = 8.0


@dataclass(frozen=True)
class Gauge:
    """Where the goal begins and ends and where the value stands, in drawing units."""

    band_start: float
    band_width: float
    mark: float
    width: int = WIDTH


def gauge_of(metric_code: str, value: float, aim: Aim | None) -> Gauge | None:
    """Return the drawing of a value beside its goal, or None without a goal."""
    if aim is None or (aim.low is None and aim.high is None):
        return None
    low, high = SPANS.get(metric_code) or _span_of_weight(value, aim)
    start = _place(low if aim.low is None else aim.low, low, high)
    end = _place(high if aim.high is None else aim.high, low, high)
    return Gauge(start, round(max(end - start, 2), 1), _place(value, low, high))


def _span_of_weight(value: float, aim: Aim) -> tuple[float, float]:
    edges = [edge for edge in (aim.low, aim.high, value) if edge is not None]
    return min(edges) - WEIGHT_MARGIN_KILOGRAMS, max(edges) + WEIGHT_MARGIN_KILOGRAMS


def _place(value: float, low: float, high: float) -> float:
    share = (min(max(value, low), high) - low) / (high - low)
    return round(EDGE + share * (WIDTH - 2 * EDGE), 1)
