"""Blood pressure, weight, oxygen and their like: single measurements over days."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
from django.utils.safestring import SafeString

from hearthline.monitoring.plots.drawing.canvas import (
    INK,
    LINE,
    MUTED,
    OVER,
    PAPER,
    PRIMARY,
    SEVERE,
    Frame,
    Level,
    Mark,
    Size,
    apart,
    curve,
    dates,
    document,
    flags,
    grid,
    grid_values,
    levels,
    straight,
    words,
)
from hearthline.monitoring.plots.targets import Floats, Integers

PRESSURE_BOTTOM, PRESSURE_TOP, PRESSURE_STEP = 60.0, 160.0, 20.0  # mmHg; at least so much is shown
PRESSURE_EDGE = 8.0
NARROW_DAYS = 14  # a telephone shows the newest ones
DOT = 7  # across
STATES = (("within", PRIMARY), ("over", OVER), ("severe", SEVERE))
LINE_GAP_DAYS = 4  # a longer silence is not bridged
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Days:
    """The stretch of time that is drawn: its local days with the µs at which each begins, and its end."""

    starts: list[tuple[date, int]]
    end: int

    @property
    def first(self) -> int:
        """When the first day begins."""
        return self.starts[0][1]

    def fitting(self, size: Size) -> "Days":
        """Return as many of the newest days as the shape has room for."""
        return Days(self.starts[-NARROW_DAYS:], self.end) if size.name == "narrow" else self


@dataclass(frozen=True)
class AverageLine:
    """An average that holds from one time to another."""

    first: int
    last: int
    systolic: float
    diastolic: float


@dataclass(frozen=True)
class PressurePlot:
    """What a plot of blood pressure shows; a state is 0 within the goal, 1 above, 2 severe."""

    days: Days
    times: Integers
    systolic: Floats
    diastolic: Floats
    is_morning: npt.NDArray[np.bool_]
    upper_state: Integers
    lower_state: Integers
    average: AverageLine | None
    goals: list[float]
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class SeriesPlot:
    """What a plot of one value shows. ``is_open`` marks are drawn hollow; ``trend`` is a steadier line beside them."""

    name: str
    unit: str
    days: Days
    times: Integers
    values: Floats
    is_open: npt.NDArray[np.bool_]
    lines: list[Level]
    trend: tuple[Integers, Floats] | None = None
    span_least: float = 1.0  # so much is shown at the least, or noise would look like a mountain
    ceiling: float | None = None
    marks: list[Mark] = field(default_factory=list)


Places = list[tuple[float, float]]


def _dots(places: Places, kind: str, colour: str) -> list[str]:
    """Return round marks as one path: lines of no length with round ends."""
    if not places:
        return []
    line = "".join(f"M{x:.4g} {y:.4g}h0" for x, y in places)
    stroke = f'stroke="{colour}" stroke-width="{DOT}" stroke-linecap="round"'
    return [f'<path class="dot {kind}" d="{line}" fill="none" {stroke}/>']


def _squares(places: Places, kind: str, colour: str) -> list[str]:
    """Return hollow squares as one path."""
    if not places:
        return []
    line = "".join(f"M{x - 3:.4g} {y - 3:.4g}h6v6h-6z" for x, y in places)
    return [f'<path class="open {kind}" d="{line}" fill="{PAPER}" stroke="{colour}" stroke-width="1.75"/>']


def _rings(places: Places, kind: str, colour: str) -> list[str]:
    """Return hollow circles as one path."""
    if not places:
        return []
    line = "".join(f"M{x - 3:.4g} {y:.4g}a3 3 0 1 1 6 0a3 3 0 1 1-6 0" for x, y in places)
    return [f'<path class="open {kind}" d="{line}" fill="{PAPER}" stroke="{colour}" stroke-width="1.75"/>']


def _average(frame: Frame, average: AverageLine, days: Days) -> list[str]:
    size = frame.size
    left, right = frame.x(max(average.first, days.first)), frame.x(min(average.last, days.end))
    values = (average.systolic, average.diastolic)
    places = apart([frame.y(value) for value in values], size.font, size.above, size.floor)
    parts = []
    for value, place in zip(values, places, strict=True):
        y, base = frame.y(value), place + size.font * 0.36
        parts.append(straight(left, y, right, y, "average", INK, ' stroke-width="3" stroke-linecap="round"'))
        bold = ' font-weight="700"'
        parts.append(words(size.edge + 5, base, f"{value:.0f}", "start", "words strong", INK, bold))
    return parts


def _goals(frame: Frame, goals: list[float]) -> list[str]:
    """Return the goals as dashed lines, their numbers among those of the grid."""
    size, parts = frame.size, []
    for goal in goals:
        y = frame.y(goal)
        parts.append(straight(size.left, y, size.edge, y, "level", MUTED, ' stroke-dasharray="6 4"'))
        bold = ' font-weight="700"'
        parts.append(
            words(size.left - 6, y + size.font * 0.36, f"{goal:g}", "end", "words strong", INK, bold)
        )
    return parts


def _measurements(frame: Frame, plot: PressurePlot, inside: npt.NDArray[np.bool_]) -> list[str]:
    columns = zip(
        frame.across(plot.times[inside]).tolist(),
        frame.up(plot.systolic[inside]).tolist(),
        frame.up(plot.diastolic[inside]).tolist(),
        plot.is_morning[inside].tolist(),
        plot.upper_state[inside].tolist(),
        plot.lower_state[inside].tolist(),
        strict=True,
    )
    spans: list[str] = []
    round_ones: list[Places] = [[] for _ in STATES]
    square_ones: list[Places] = [[] for _ in STATES]
    for x, upper, lower, morning, upper_state, lower_state in columns:
        spans.append(f"M{x:.4g} {upper:.4g}V{lower:.4g}")
        marks = round_ones if morning else square_ones
        marks[upper_state].append((x, upper))
        marks[lower_state].append((x, lower))
    parts = [f'<path class="span" d="{"".join(spans)}" fill="none" stroke="{LINE}" stroke-width="3"/>']
    for (kind, colour), dots, squares in zip(STATES, round_ones, square_ones, strict=True):
        parts += [*_dots(dots, kind, colour), *_squares(squares, kind, colour)]
    return parts


def pressure_drawing(size: Size, plot: PressurePlot, title: str, description: str) -> SafeString:
    """Return each measurement as a bar from lower to upper: round ends in the morning, square in the evening."""
    days = plot.days.fitting(size)
    inside = plot.times >= days.first
    top = float(np.max(plot.systolic[inside], initial=PRESSURE_TOP - PRESSURE_EDGE)) + PRESSURE_EDGE
    bottom = float(np.min(plot.diastolic[inside], initial=PRESSURE_BOTTOM + PRESSURE_EDGE)) - PRESSURE_EDGE
    frame = Frame(size, days.first, days.end, bottom, top)
    rows = [value for value in np.arange(0, 321, PRESSURE_STEP).tolist() if bottom <= value <= top]
    parts = [*grid(frame, rows, "mmHg", plot.goals), *dates(frame, days.starts), *_goals(frame, plot.goals)]
    parts += _measurements(frame, plot, inside)
    if plot.average is not None and plot.average.last > days.first:
        parts += _average(frame, plot.average, days)
    return document("pressure", size, title, description, [*parts, *flags(frame, plot.marks)])


def _frame_of(size: Size, plot: SeriesPlot, days: Days, inside: npt.NDArray[np.bool_]) -> Frame:
    edges = [*plot.values[inside].tolist(), *(line.value for line in plot.lines)]
    low, high = min(edges), max(edges)
    room = max((high - low) * 0.12, (plot.span_least - (high - low)) / 2, 0.0)
    top = high + room if plot.ceiling is None else min(high + room, plot.ceiling)
    return Frame(size, days.first, days.end, low - room, top)


def _steady_line(frame: Frame, plot: SeriesPlot, days: Days) -> list[str]:
    if plot.trend is None:
        return []
    is_shown = plot.trend[0] >= days.first
    times, values = plot.trend[0][is_shown], plot.trend[1][is_shown]
    cuts = np.flatnonzero(np.diff(times) > LINE_GAP_DAYS * DAY_US) + 1
    return [
        curve(frame.across(part), frame.up(of_part), "trend", PRIMARY, 2.75)
        for part, of_part in zip(np.split(times, cuts), np.split(values, cuts), strict=True)
        if part.size > 1
    ]


def series_drawing(size: Size, plot: SeriesPlot, title: str, description: str) -> SafeString:
    """Return one value over days: each measurement, a steadier line, levels such as dry weight, and what happened."""
    days = plot.days.fitting(size)
    inside = plot.times >= days.first
    if not inside.any():  # a telephone's fortnight may be empty where the month is not
        days, inside = plot.days, np.ones(plot.times.shape, dtype=bool)
    frame = _frame_of(size, plot, days, inside)
    rows = grid_values(frame.bottom, frame.top)
    parts = [*grid(frame, rows, plot.unit), *dates(frame, days.starts), *levels(frame, plot.lines)]
    parts += _steady_line(frame, plot, days)
    across, up = frame.across(plot.times[inside]).tolist(), frame.up(plot.values[inside]).tolist()
    marks: tuple[Places, Places] = ([], [])
    for x, y, is_open in zip(across, up, plot.is_open[inside].tolist(), strict=True):
        marks[is_open].append((x, y))
    parts += [*_dots(marks[0], "within", PRIMARY), *_rings(marks[1], "within", PRIMARY)]
    return document(plot.name, size, title, description, [*parts, *flags(frame, plot.marks)])
