"""Glucose: the profile of the day, all days over each other, single days, and the five bands."""

from dataclasses import replace

import numpy as np
from django.utils.safestring import SafeString

from hearthline.monitoring.plots.agp import MINUTES_OF_DAY, PERCENTILES, DayTrace
from hearthline.monitoring.plots.drawing.canvas import (
    INK,
    MUTED,
    PAPER,
    SMALL,
    Frame,
    Level,
    Size,
    apart,
    curve,
    document,
    hours,
    path,
    runs_of,
    small_document,
    straight,
    words,
)
from hearthline.monitoring.plots.targets import HIGH, LOW, Floats, Limits

SHOWN_MIN, SHOWN_MAX, SHOWN_MAX_WIDER = 40.0, 350.0, 400.0  # mg/dL; what lies outside is drawn at the edge
GAP_MINUTES = 60  # a longer silence is not bridged
QUARTER, HALF_HOUR = (
    15,
    30,
)  # minutes: a day among others shows one value of each, a small one of each half hour
MIDDLE_PERCENTILE = PERCENTILES.index(50)
BAND_CLASSES = ("very-low", "low", "in-range", "high", "very-high")
BAND_COLOURS = ("#8f1a16", "#c8453b", "#2f7d57", "#c98a12", "#a4550e")
TALLER = 1.15
BAND_SIZE = Size("bar", 84, 264, 0, 0, 0, 0)
BAND_LYING = Size("bar-narrow", 320, 40, 0, 0, 0, 0)
BAND_GAP, BAND_LEAST = 2.0, 4.0
BAND_WORDS_FROM, BAND_WORDS_ACROSS_FROM = (
    17.0,
    48.0,
)  # so long a band has room for its words, upright or lying
TARGET = "#e6f3ea"


def tall(size: Size) -> Size:
    """Return the shape with the height that a day of glucose needs: its low limits lie close together."""
    return replace(size, height=size.height * TALLER)


def _frame(size: Size, highest: float) -> Frame:
    top = SHOWN_MAX if highest <= SHOWN_MAX else SHOWN_MAX_WIDER
    return Frame(size, 0, MINUTES_OF_DAY, SHOWN_MIN, top)


def _edges(limits: Limits) -> list[tuple[float, float, int]]:
    """Return (from, to, band) of the bands, the highest first."""
    upper = np.inf if limits.very_high is None else limits.very_high
    steps = [0.0, limits.very_low, limits.low, limits.high, upper, np.inf]
    return [
        (steps[band], steps[band + 1], band) for band in range(4, -1, -1) if steps[band] < steps[band + 1]
    ]


def _bands(frame: Frame, limits: Limits, name: str) -> tuple[str, str]:
    """Return a paint that is the band's colour at each height, and how to refer to it."""
    identity = f"{name}-{frame.size.name}-p"
    height = frame.size.floor - frame.size.above
    stops = []
    for low, high, band in _edges(limits):
        for value in (high, low):
            share = (frame.y(min(value, frame.top)) - frame.size.above) / height
            stops.append(
                f'<stop class="{BAND_CLASSES[band]}" offset="{share:.3f}" stop-color="{BAND_COLOURS[band]}"/>'
            )
    paint = (
        f'<defs><linearGradient id="{identity}" gradientUnits="userSpaceOnUse" x1="0" x2="0" '
        f'y1="{frame.size.above:g}" y2="{frame.size.floor:g}">{"".join(stops)}</linearGradient></defs>'
    )
    return paint, f"url(#{identity})"


def _target(frame: Frame, limits: Limits) -> str:
    top, bottom = frame.y(limits.high), frame.y(limits.low)
    size = frame.size
    return (
        f'<rect class="target" x="{size.left:g}" y="{top:.5g}" width="{size.edge - size.left:.5g}" '
        f'height="{bottom - top:.5g}" fill="{TARGET}"/>'
    )


def _limits(frame: Frame, limits: Limits, lines: list[Level], unit: str) -> list[str]:
    size = frame.size
    places = apart([frame.y(line.value) for line in lines], size.font, size.above, size.floor)
    parts = [words(0, size.font, unit, "start")]
    for line, place in zip(lines, places, strict=True):
        y = frame.y(line.value)
        is_target = line.value in {limits.low, limits.high}
        more = "" if is_target else ' stroke-dasharray="2 4"'
        kind = "limit target-edge" if is_target else "limit"
        parts.append(
            straight(size.left, y, size.edge, y, kind, BAND_COLOURS[2] if is_target else MUTED, more)
        )
        weight = ' font-weight="700"' if is_target else ""
        parts.append(
            words(
                size.left - 6,
                place + size.font * 0.36,
                line.label,
                "end",
                "words strong" if is_target else "words",
                INK if is_target else MUTED,
                weight,
            )
        )
    return parts


def _between(
    frame: Frame, minutes: Floats, low: Floats, high: Floats, kind: str, paint: str, opacity: float
) -> str:
    across = frame.across(np.concatenate([minutes, minutes[::-1]]))
    up = frame.up(np.concatenate([high, low[::-1]]))
    return f'<path class="{kind}" d="{path(across, up, 1)}z" fill="{paint}" fill-opacity="{opacity:g}"/>'


def _percentile_words(frame: Frame, profile: Floats) -> list[str]:
    """Return the percentiles' names at the right end of their lines, where there is room for them."""
    size = frame.size
    if size.right < 40 or np.isnan(profile[0, -1]):
        return []
    places = apart([frame.y(float(value)) for value in profile[:, -1]], size.font, size.above, size.floor)
    return [
        words(
            size.edge + 6,
            place + size.font * 0.36,
            f"{percentile} %",
            "start",
            "words strong" if percentile == 50 else "words",
            INK if percentile == 50 else MUTED,
        )
        for percentile, place in zip(PERCENTILES, places, strict=True)
    ]


def agp_drawing(
    size: Size, profile: Floats, limits: Limits, lines: list[Level], unit: str, title: str, description: str
) -> SafeString:
    """Return the modal day: median, the middle half, nine tenths, the target range and the limits."""
    known = ~np.isnan(profile[0])
    frame = _frame(tall(size), float(np.max(profile[4][known], initial=0)))
    minutes = (np.arange(profile.shape[1]) + 0.5) * (MINUTES_OF_DAY / profile.shape[1])
    definition, paint = _bands(frame, limits, "agp")
    parts = [definition, _target(frame, limits), *hours(frame)]
    for run in runs_of(known):
        part, at = profile[:, run], minutes[run]
        parts.append(_between(frame, at, part[0], part[4], "outer", paint, 0.24))
        parts.append(_between(frame, at, part[1], part[3], "inner", paint, 0.5))
    parts += _limits(frame, limits, lines, unit)
    parts += [
        curve(frame.across(minutes[run]), frame.up(profile[MIDDLE_PERCENTILE, run]), "median", INK, 2.75)
        for run in runs_of(known)
    ]
    return document("agp", frame.size, title, description, [*parts, *_percentile_words(frame, profile)])


def _pieces(day: DayTrace) -> list[tuple[Floats, Floats]]:
    cuts = np.flatnonzero(np.diff(day.minutes) > GAP_MINUTES) + 1
    pairs = zip(np.split(day.minutes, cuts), np.split(day.values, cuts), strict=True)
    return [(minutes, values) for minutes, values in pairs if minutes.size]


def _thinned(day: DayTrace, limits: Limits, step: int) -> DayTrace:
    """Return of each step (minutes) the value farthest from the middle of the target, so that none is hidden."""
    middle = (limits.low + limits.high) / 2
    order = np.lexsort((-np.abs(day.values - middle), day.minutes // step))
    _, first = np.unique((day.minutes // step)[order], return_index=True)
    kept = np.sort(order[first])
    return DayTrace(day.day, day.minutes[kept], day.values[kept])


def overlay_drawing(
    size: Size,
    days: tuple[DayTrace, ...],
    limits: Limits,
    lines: list[Level],
    unit: str,
    title: str,
    description: str,
) -> SafeString:
    """Return all days over each other; the newest with values stands out."""
    shown = [_thinned(day, limits, QUARTER) for day in days if day.values.size]
    frame = _frame(tall(size), max((float(day.values.max()) for day in shown), default=0))
    definition, paint = _bands(frame, limits, "overlay")
    parts = [definition, _target(frame, limits), *hours(frame), *_limits(frame, limits, lines, unit)]
    for number, day in enumerate(shown):
        is_newest = number == len(shown) - 1
        parts += [
            curve(
                frame.across(minutes),
                frame.up(values),
                "newest" if is_newest else "one-day",
                INK if is_newest else paint,
                2.5 if is_newest else 1.25,
                "" if is_newest else ' stroke-opacity=".6"',
            )
            for minutes, values in _pieces(day)
        ]
    return document("overlay", frame.size, title, description, parts)


def _outside(frame: Frame, minutes: Floats, values: Floats, limits: Limits) -> list[str]:
    """Return the areas above and below the target, if there are any."""
    parts = []
    sides = ((HIGH, limits.high, values > limits.high), (LOW, limits.low, values < limits.low))
    for band, edge, is_beyond in sides:
        shapes = []
        for run in runs_of(is_beyond):
            around = slice(max(run.start - 1, 0), run.stop + 1)
            at, beyond = minutes[around], np.where(is_beyond[around], values[around], edge)
            across = frame.across(np.concatenate([at[:1], at, at[-1:]]))
            shapes.append(path(across, frame.up(np.concatenate([[edge], beyond, [edge]])), 1) + "z")
        if shapes:
            area = "".join(shapes)
            parts.append(f'<path class="{BAND_CLASSES[band]}" d="{area}" fill="{BAND_COLOURS[band]}"/>')
    return parts


def day_drawing(day: DayTrace, limits: Limits, title: str) -> SafeString:
    """Return one small day on the same scale as the others; what is out of range is filled."""
    frame = _frame(SMALL, 0)
    parts = [_target(frame, limits)]
    for minutes, values in _pieces(_thinned(day, limits, HALF_HOUR)):
        parts += _outside(frame, minutes, values, limits)
        line = path(frame.across(minutes), frame.up(values), 1)
        ends = 'stroke-linecap="round"'  # a value between two gaps is a dot
        parts.append(f'<path class="day" d="{line}" fill="none" stroke="{INK}" stroke-width="2.5" {ends}/>')
    return small_document(title, parts)


def _shares(percentages: list[float], length: float) -> list[tuple[int, float, float]]:
    """Return (band, from, length) along the bar, the highest band first; one that held time is never invisible."""
    present = [band for band in range(len(percentages) - 1, -1, -1) if percentages[band] > 0]
    room = length - BAND_GAP * (len(present) - 1)
    lengths = {band: max(BAND_LEAST, percentages[band] / 100 * room) for band in present}
    largest = max(present, key=lambda band: lengths[band])
    lengths[largest] -= sum(lengths.values()) - room
    found, start = [], 0.0
    for band in present:
        found.append((band, start, lengths[band]))
        start += lengths[band] + BAND_GAP
    return found


def _band(band: int, box: tuple[float, float, float, float], label: str, *, has_room: bool) -> list[str]:
    x, y, width, height = box
    area = f'x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}"'
    parts = [f'<rect class="{BAND_CLASSES[band]}" {area} rx="2" fill="{BAND_COLOURS[band]}"/>']
    if has_room:
        kind, fill = ("on-high", INK) if band == HIGH else ("on-band", PAPER)
        middle = y + height / 2 + BAND_SIZE.font * 0.36
        parts.append(words(x + width / 2, middle, label, kind=kind, fill=fill, more=' font-weight="700"'))
    return parts


def band_drawing(
    size: Size, percentages: list[float], shown: list[str], title: str, description: str
) -> SafeString:
    """Return the bar of the five bands with ``shown`` (the percentages as words) upon them.

    It stands upright with the highest on top; on a telephone it lies, the lowest at the left.
    """
    is_lying = size.name == "narrow"
    box = BAND_LYING if is_lying else BAND_SIZE
    parts = []
    for band, start, length in _shares(percentages, box.width if is_lying else box.height):
        label = f"{shown[band]} %"
        if is_lying:
            place = (box.width - start - length, 0.0, length, box.height)
            parts += _band(band, place, label, has_room=length >= BAND_WORDS_ACROSS_FROM)
        else:
            place = (0.0, start, box.width, length)
            parts += _band(band, place, label, has_room=length >= BAND_WORDS_FROM)
    return document("bands", box, title, description, parts)
