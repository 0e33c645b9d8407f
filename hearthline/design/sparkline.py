"""Geometry of a small trend line; pure numbers, drawn by ``design/sparkline.html``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 72
PADDING: Final = 8
POINTS_MAX: Final = 400


@dataclass(frozen=True)
class Mark:
    """One value at its place in the drawing."""

    label: str
    value: float
    x: float
    y: float


@dataclass(frozen=True)
class Sparkline:
    """A trend line ready to draw, with the band of the usual range if there is one."""

    marks: tuple[Mark, ...]
    band_top: float | None = None
    band_height: float | None = None
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def path(self) -> str:
        """The line as an SVG ``points`` list."""
        return " ".join(f"{mark.x:g},{mark.y:g}" for mark in self.marks)

    @property
    def last(self) -> Mark | None:
        """The newest value."""
        return self.marks[-1] if self.marks else None


def sparkline_of(
    points: Sequence[tuple[str, float]], *, low: float | None = None, high: float | None = None
) -> Sparkline:
    """Place the newest ``POINTS_MAX`` values so that they and the usual range fit the drawing."""
    kept = points[-POINTS_MAX:]
    if not kept:
        return Sparkline(marks=())
    values = [value for _, value in kept] + [edge for edge in (low, high) if edge is not None]
    bottom, top = min(values), max(values)
    scale = (HEIGHT - 2 * PADDING) / ((top - bottom) or 1)
    step = (WIDTH - 2 * PADDING) / max(1, len(kept) - 1)

    def height_of(value: float) -> float:
        return round(HEIGHT - PADDING - (value - bottom) * scale, 1)

    marks = tuple(
        Mark(label, value, round(PADDING + index * step, 1), height_of(value))
        for index, (label, value) in enumerate(kept)
    )
    if low is None or high is None:
        return Sparkline(marks=marks)
    return Sparkline(
        marks=marks, band_top=height_of(high), band_height=round(height_of(low) - height_of(high), 1)
    )
