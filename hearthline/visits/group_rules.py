"""Whether a visit goes from browser to browser or through the media server: figures with their day, and a pure rule."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "group_figures"
MESH, JANUS = "mesh", "janus"


@dataclass(frozen=True)
class Figures:
    """The figures in force since a day."""

    valid_from: date
    source: str
    mesh_people_most: int
    group_people_most: int
    uplink_kilobits_each: int
    uplink_margin: float
    uplink_people_least: int
    calm_seconds: int
    again_after_seconds: int

    @property
    def again_after(self) -> timedelta:
        """How long a media server that failed is left alone."""
        return timedelta(seconds=self.again_after_seconds)


@cache
def _all_figures() -> tuple[Figures, ...]:
    files = [tomllib.loads(path.read_text()) for path in DIRECTORY.glob("*.toml")]
    return tuple(sorted((Figures(**facts) for facts in files), key=lambda one: one.valid_from))


def figures_on(day: date) -> Figures:
    """Return the figures in force on a day; before the first, the first."""
    known = _all_figures()
    return next((one for one in reversed(known) if one.valid_from <= day), known[0])


@dataclass(frozen=True)
class Facts:
    """How a visit stands.

    ``uplink_kilobits`` None: nobody's way out was measured. ``calm_seconds``: how long the mesh has been enough.
    """

    people: int
    is_there: bool
    has_telephone: bool = False
    uplink_kilobits: int | None = None
    calm_seconds: float = 0.0


@dataclass(frozen=True)
class Choice:
    """By which way, and why."""

    way: str
    why: str


def _is_weak(facts: Facts, figures: Figures, margin: float = 1.0) -> bool:
    if facts.uplink_kilobits is None or facts.people < figures.uplink_people_least:
        return False
    return facts.uplink_kilobits < (facts.people - 1) * figures.uplink_kilobits_each * margin


def is_mesh_enough(facts: Facts, figures: Figures) -> bool:
    """Whether a visit that goes through the media server would do without, with some margin."""
    return facts.people <= figures.mesh_people_most and not _is_weak(facts, figures, figures.uplink_margin)


def choose(way: str, facts: Facts, figures: Figures) -> Choice:
    """Return by which way a visit goes on. Going back takes time and a margin, so that it does not go to and fro."""
    if not facts.is_there:
        return Choice(MESH, "lost")
    if facts.has_telephone:
        return Choice(MESH, "telephone")
    if facts.people > figures.mesh_people_most:
        return Choice(JANUS, "many")
    if way == MESH:
        return Choice(JANUS, "weak") if _is_weak(facts, figures) else Choice(MESH, "few")
    is_calm = is_mesh_enough(facts, figures) and facts.calm_seconds >= figures.calm_seconds
    return Choice(MESH, "few") if is_calm else Choice(JANUS, "stay")
