"""What every drawing is made of: sizes, a frame that places numbers, paths, words, the time below."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from babel.dates import format_date
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from hearthline.design.formats import locale_of
from hearthline.monitoring.plots.targets import Floats, Integers

INK, MUTED, LINE, PAPER = "#16282c", "#51636a", "#e2ded5", "#ffffff"
PRIMARY, EMBER, OVER, SEVERE = "#0b5c63", "#b4470f", "#b07400", "#a3201a"
PAPER_FONTS = "Noto Sans, DejaVu Sans, Noto Sans Arabic, sans-serif"
# What the stylesheet says on a page (``plots.css``): colours, fonts, ends of lines, and the width of a day's line.
PAINT = re.compile(
    r' (?:(?:fill|stroke|stop-color)="(?:#[0-9a-f]{6}|none)"|font-family="[^"]*"|stroke-line(?:join|cap)="round"'
    r'|stroke-width="2\.5")'
)
UNIT_ROOM = 44  # the unit's words take so much at the left above a plot
ROOM_BESIDE = 40  # so much at the right of a plot holds words
STEPS = (1, 2, 5, 10)  # between lines of a grid, in powers of ten


@dataclass(frozen=True)
class Size:
    """A shape that a drawing is made for: its box, the room around the plot, the size of its words."""

    name: str
    width: float
    height: float
    left: float
    right: float
    above: float = 22
    below: float = 28
    font: float = 12.5
    hours_between_marks: int = 3
    marks_across: int = 9  # about so many days are named below

    @property
    def floor(self) -> float:
        """Where the plot ends below."""
        return self.height - self.below

    @property
    def edge(self) -> float:
        """Where the plot ends at the right."""
        return self.width - self.right


WIDE = Size("wide", 720, 300, 42, 54)
NARROW = Size("narrow", 320, 240, 32, 30, hours_between_marks=6, marks_across=4)
SMALL = Size("small", 192, 96, 0, 0, 6, 6)


@dataclass(frozen=True)
class Picture:
    """One drawing in two shapes: wide for desktops and paper, narrow for telephones and the patient's own pages.

    On a page the stylesheet paints it; for paper the colours stand in it.
    """

    draw: Callable[[Size], SafeString]

    @property
    def wide(self) -> SafeString:
        """For a desktop."""
        return unpainted(self.draw(WIDE))

    @property
    def narrow(self) -> SafeString:
        """For a telephone."""
        return unpainted(self.draw(NARROW))

    @property
    def paper(self) -> SafeString:
        """For a PDF."""
        return self.draw(WIDE)

    def __str__(self) -> SafeString:
        """Return both shapes for a page, which shows one."""
        return format_html(
            '<div class="plot-wide">{}</div><div class="plot-narrow">{}</div>', self.wide, self.narrow
        )


def unpainted(drawing: SafeString) -> SafeString:
    """Return a drawing without what the page's stylesheet says anyway."""
    return mark_safe(PAINT.sub("", drawing))  # noqa: S308 — leaves out constants of ours


@dataclass(frozen=True)
class Frame:
    """Where the plot's numbers lie in the drawing: ``first`` to ``last`` across, ``bottom`` to ``top`` up."""

    size: Size
    first: float
    last: float
    bottom: float
    top: float

    def across(self, values: Floats | Integers | float) -> Floats:
        """Return x of times."""
        span = (self.last - self.first) or 1
        return np.asarray(self.size.left + (values - self.first) / span * (self.size.edge - self.size.left))

    def up(self, values: Floats | float) -> Floats:
        """Return y of values; what lies outside is drawn at the edge."""
        span = (self.top - self.bottom) or 1
        kept = (np.clip(values, self.bottom, self.top) - self.bottom) / span
        return np.asarray(self.size.floor - kept * (self.size.floor - self.size.above))

    def x(self, value: float) -> float:
        """Return x of one time."""
        return float(self.across(value))

    def y(self, value: float) -> float:
        """Return y of one value."""
        return float(self.up(value))


@dataclass(frozen=True)
class Level:
    """A horizontal line with its words at the right, such as a goal."""

    value: float
    label: str
    kind: str = "goal"


@dataclass(frozen=True)
class Mark:
    """Something that happened at a time (µs UTC), in words; drawn as a numbered flag, the words stand below."""

    time: int
    label: str


def document(name: str, size: Size, title: str, description: str, parts: list[str]) -> SafeString:
    """Return the drawing with what a screen reader says of it. ``name`` is unique on the page."""
    identity = f"{name}-{size.name}"
    opening = (
        f'<svg class="plot" direction="ltr" viewBox="0 0 {size.width:g} {size.height:g}" role="img" '
        f'font-size="{size.font:g}" font-family="{PAPER_FONTS}" aria-labelledby="{identity}-t {identity}-d">'
        f'<title id="{identity}-t">{escape(title)}</title><desc id="{identity}-d">{escape(description)}</desc>'
    )
    return mark_safe(opening + "".join(parts) + "</svg>")  # noqa: S308 — numbers, and words that were escaped


def small_document(title: str, parts: list[str]) -> SafeString:
    """Return a small drawing without words in it; ``title`` says all of it."""
    box = f"0 0 {SMALL.width:g} {SMALL.height:g}"
    opening = f'<svg class="plot" viewBox="{box}" role="img" aria-label="{escape(title)}">'
    return mark_safe(opening + "".join(parts) + "</svg>")  # noqa: S308 — numbers, and words that were escaped


def path(across: Floats, up: Floats, parts: int = 2) -> str:
    """Return the commands of a line through points, to 1/``parts`` of a unit, each relative to the one before.

    A lone point, a value between two gaps, becomes a line without length: round ends show it as a dot.
    """
    fine = np.rint(np.stack([across, up]) * parts).astype(np.int64)
    steps = np.diff(fine, axis=1, prepend=0).T
    places = [f"{x / parts:g},{y / parts:g}" for x, y in steps.tolist()]
    return ("M" + places[0] + "l" + " ".join(places[1:] or ["0,0"])).replace(",-", "-").replace(" -", "-")


def curve(across: Floats, up: Floats, kind: str, stroke: str, width: float, more: str = "") -> str:
    """Return a line."""
    return (
        f'<path class="{kind}" d="{path(across, up)}" fill="none" stroke="{stroke}" stroke-width="{width:g}" '
        f'stroke-linejoin="round" stroke-linecap="round"{more}/>'
    )


def straight(x1: float, y1: float, x2: float, y2: float, kind: str, stroke: str, more: str = "") -> str:
    """Return a straight line."""
    end = f"V{y2:.4g}" if x1 == x2 else f"H{x2:.4g}" if y1 == y2 else f"L{x2:.4g} {y2:.4g}"
    return f'<path class="{kind}" d="M{x1:.4g} {y1:.4g}{end}" fill="none" stroke="{stroke}"{more}/>'


def words(
    x: float,
    y: float,
    text: str,
    anchor: str = "middle",
    kind: str = "words",
    fill: str = MUTED,
    more: str = "",
) -> str:
    """Return a label; its base line is at ``y``."""
    return (
        f'<text class="{kind}" x="{x:.4g}" y="{y:.4g}" text-anchor="{anchor}" fill="{fill}"{more}>'
        f"{escape(text)}</text>"
    )


def apart(wanted: list[float], room: float, lowest: float, highest: float) -> list[float]:
    """Return places near the wanted ones, in their order from small to large, at least ``room`` apart."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed: list[float] = []
    for index in order:
        placed.append(max(wanted[index], lowest, placed[-1] + room if placed else lowest))
    ceiling = highest
    for position in range(len(placed) - 1, -1, -1):
        placed[position] = min(placed[position], ceiling)
        ceiling = placed[position] - room
    found = [0.0] * len(wanted)
    for position, index in enumerate(order):
        found[index] = placed[position]
    return found


def runs_of(is_known: npt.NDArray[np.bool_]) -> list[slice]:
    """Return the stretches in which something is known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_known.astype(np.int8), [0]])))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def grid_values(bottom: float, top: float, count: int = 5) -> list[float]:
    """Return round numbers between two values, about ``count`` of them."""
    span = (top - bottom) or 1
    power = 10 ** np.floor(np.log10(span / count))
    step = next(one * power for one in STEPS if span / (one * power) <= count + 1)
    first = int(np.ceil(bottom / step - 1e-9))
    last = int(np.floor(top / step + 1e-9))
    return [round(number * float(step), 6) for number in range(first, last + 1)]


def grid(frame: Frame, values: list[float], unit: str, near: list[float] | None = None) -> list[str]:
    """Return quiet horizontal lines with their numbers, and the unit above them.

    Where one of ``near`` (values that bring their own words) is too close, the number is left out.
    """
    size = frame.size
    lines = "".join(f"M{size.left:g} {frame.y(value):.5g}H{size.edge:g}" for value in values)
    parts = [f'<path class="grid" d="{lines}" fill="none" stroke="{LINE}"/>']
    for value in values:
        y = frame.y(value)
        if all(abs(frame.y(other) - y) > size.font for other in near or ()):
            parts.append(words(size.left - 6, y + size.font * 0.36, f"{value:g}", "end"))
    return [*parts, words(0, size.font, unit, "start")]


def hours(frame: Frame) -> list[str]:
    """Return the hours of a day below the plot."""
    size = frame.size
    marks = [(hour, frame.x(hour * 60.0)) for hour in range(0, 25, size.hours_between_marks)]
    lines = "".join(f"M{x:.5g} {size.above:g}V{size.floor:g}" for _, x in marks)
    base = size.floor + size.font + 6
    return [
        f'<path class="grid" d="{lines}" fill="none" stroke="{LINE}"/>',
        *(words(x, base, f"{hour:02d}:00") for hour, x in marks),
    ]


def short_date(day: date) -> str:
    """Return a day without its year, day first as everywhere: 4 Nov."""
    return format_date(day, "d MMM", locale=locale_of(get_language() or "en"))


def dates(frame: Frame, midnights: list[tuple[date, int]]) -> list[str]:
    """Return days below the plot: a mark at each midnight, names at some."""
    size, parts = frame.size, []
    every = max(1, -(-len(midnights) // size.marks_across))
    for number, (day, start) in enumerate(reversed(midnights)):
        x = frame.x(float(start))
        if number % every or not size.left - 1 <= x <= size.edge + 1:
            continue
        parts.append(straight(x, size.floor, x, size.floor + 5, "tick", MUTED))
        parts.append(
            words(x, size.floor + size.font + 7, short_date(day), "start" if x < size.left + 9 else "middle")
        )
    return [straight(size.left, size.floor, size.edge, size.floor, "axis", MUTED), *parts]


def levels(frame: Frame, lines: list[Level]) -> list[str]:
    """Return level lines with their words: beside the plot where there is room, else upon their right end."""
    size = frame.size
    shown = [line for line in lines if frame.bottom <= line.value <= frame.top]
    places = apart([frame.y(line.value) for line in shown], size.font + 1, size.above, size.floor)
    parts = []
    for line, place in zip(shown, places, strict=True):
        y = frame.y(line.value)
        parts.append(straight(size.left, y, size.edge, y, "level", MUTED, ' stroke-dasharray="6 4"'))
        if size.right >= ROOM_BESIDE:
            parts.append(words(size.edge + 6, place + size.font * 0.36, line.label, "start"))
        else:
            parts.append(words(size.edge, y - 4, line.label, "end"))
    return parts


def flags(frame: Frame, marks: list[Mark]) -> list[str]:
    """Return flags above the plot at what happened, numbered as in the list; near ones stand beside each other."""
    size = frame.size
    numbered = [
        (number, mark) for number, mark in enumerate(marks, 1) if frame.first <= mark.time < frame.last
    ]
    radius = size.font * 0.66
    places = apart(
        [frame.x(float(mark.time)) for _, mark in numbered],
        2 * radius + 2,
        UNIT_ROOM + radius,
        size.edge - radius,
    )
    parts = []
    for (number, mark), place in zip(numbered, places, strict=True):
        x = frame.x(float(mark.time))
        parts.append(
            f'<path class="event" d="M{place:.5g} {radius * 2 + 1:.5g}L{x:.5g} {size.above + 4:.5g}V{size.floor:.5g}" '
            f'fill="none" stroke="{EMBER}" stroke-dasharray="2 3"/>'
            f'<circle class="flag" cx="{place:.5g}" cy="{radius + 1:.5g}" r="{radius:.5g}" fill="{EMBER}"/>'
        )
        parts.append(
            words(
                place,
                radius + 1 + size.font * 0.34,
                str(number),
                kind="flag-words",
                fill=PAPER,
                more=' font-size="11"',
            )
        )
    return parts
