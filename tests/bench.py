"""Measurements: tests marked ``bench`` note figures with the ``measured`` fixture; ``./run bench`` prints the table.

A bar is what the project promises. The ratio tells how far it is kept: 1 or more is kept, whatever the unit.
"""

import os
from dataclasses import dataclass
from typing import Protocol

import pytest

BUSY_LOAD = (
    0.5  # processes for each processor, besides ours: figures of such a machine are lower than of a quiet one
)


class Measure(Protocol):
    """Note a figure: ``measured("admit to first frame, p50", 0.42, 1.0, "s")``; less is better unless ``is_floor``."""

    def __call__(self, name: str, value: float, bar: float, unit: str, *, is_floor: bool = False) -> None: ...


@dataclass(frozen=True)
class Figure:
    """One measured value beside its bar, both in the same unit; ``is_floor``: more is better."""

    name: str
    value: float
    bar: float
    unit: str
    is_floor: bool = False

    @property
    def ratio(self) -> float:
        """How far the bar is kept."""
        above, below = (self.value, self.bar) if self.is_floor else (self.bar, self.value)
        return above / below if below else float("inf")

    def line(self) -> str:
        """A line of the table."""
        sign = "≥" if self.is_floor else "≤"
        value, bar = f"{said(self.value)} {self.unit}", f"{sign} {said(self.bar)} {self.unit}"
        verdict = "met" if self.ratio >= 1 else "NOT MET"
        return f"{self.name:<58} {value:>16} {bar:>16} {self.ratio:>6.1f}x  {verdict}"


def said(value: float) -> str:
    """Return a number with three digits that count, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


figures_key = pytest.StashKey[list[Figure]]()
load_key = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", default="5M", help="rows that lie there before monitoring is measured (50M)")
    parser.addoption("--minutes", type=float, default=30, help="how long a soak lasts (30)")
    parser.addoption("--soak", action="store_true", help="watch for growth over a long time (./run soak)")
    parser.addoption("--bench", action="store_true", help="measure, and print the table (./run bench)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "bench: measures; runs in ./run bench only")
    config.addinivalue_line("markers", "soak: lasts --minutes; runs in ./run soak only")
    config.stash[figures_key] = []
    config.stash[load_key] = os.getloadavg()[0]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = {name: bool(config.getoption(f"--{name}")) for name in ("bench", "soak")}
    left_out = [
        item
        for item in items
        if any(bool(item.get_closest_marker(name)) != is_wanted for name, is_wanted in wanted.items())
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measure:
    """Note a figure for the table."""

    def note(name: str, value: float, bar: float, unit: str, *, is_floor: bool = False) -> None:
        request.config.stash[figures_key].append(Figure(name, value, bar, unit, is_floor))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash[figures_key]
    if not figures:
        return
    terminalreporter.section("measurements")
    terminalreporter.write_line(f"{'what':<58} {'figure':>16} {'bar':>16} {'ratio':>7}")
    for figure in figures:
        terminalreporter.write_line(figure.line())
    met = sum(figure.ratio >= 1 for figure in figures)
    terminalreporter.write_line(f"{met} of {len(figures)} bars met")
    processors, load = os.cpu_count() or 1, config.stash[load_key]
    if load > BUSY_LOAD * processors:
        busy = f"{load:.1f} processes wanted the {processors} processors when it began"
        terminalreporter.write_line(f"a busy machine: {busy}; measure again on a quiet one")
