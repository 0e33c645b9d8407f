"""Measurements: tests marked ``bench`` note figures with the ``measured`` fixture; ``./run bench`` prints the table.

A bar is what the project promises; the ratio is bar / figure, so that 1 or more is kept, whatever the machine.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Measure = Callable[[str, float, float, str], None]


@dataclass(frozen=True)
class Figure:
    """One measured value beside its bar; both in the same unit, less is better."""

    name: str
    value: float
    bar: float
    unit: str

    @property
    def ratio(self) -> float:
        """How far the figure stays below its bar."""
        return self.bar / self.value if self.value else float("inf")


figures_key = pytest.StashKey[list[Figure]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", default="5M", help="rows that lie there before monitoring is measured (50M)")
    parser.addoption("--bench", action="store_true", help="measure, and print the table (./run bench)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "bench: measures; runs in ./run bench only")
    config.stash[figures_key] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    is_measuring = config.getoption("--bench")
    left_out = [item for item in items if bool(item.get_closest_marker("bench")) != is_measuring]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measure:
    """Note a figure: ``measured("admit to first frame, p50", 0.42, 1.0, "s")``."""

    def note(name: str, value: float, bar: float, unit: str) -> None:
        request.config.stash[figures_key].append(Figure(name, value, bar, unit))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash[figures_key]
    if not figures:
        return
    terminalreporter.section("measurements")
    terminalreporter.write_line(f"{'what':<58} {'figure':>12} {'bar':>12} {'ratio':>7}")
    for figure in figures:
        value, bar = f"{figure.value:.3g} {figure.unit}", f"{figure.bar:.3g} {figure.unit}"
        terminalreporter.write_line(f"{figure.name:<58} {value:>12} {bar:>12} {figure.ratio:>6.1f}x")
