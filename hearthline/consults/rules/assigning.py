"""Who may read a case, and who is asked first. Pure.

A licence: the reader of a patient's own question needs one where the patient is. Between clinicians most places let a
consultant elsewhere advise the treating clinician, who keeps the responsibility; rules differ by state (Federation of
State Medical Boards, overview of consultation exceptions), so a coordinator may decide it, with a reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Obstacle(StrEnum):
    """Why somebody is not asked by itself."""

    CONFLICT = "conflict"  # nobody can decide otherwise
    AWAY = "away"
    FULL = "full"
    LICENCE = "licence"
    LANGUAGE = "language"


ABSOLUTE = frozenset({Obstacle.CONFLICT})


@dataclass(frozen=True)
class Candidate:
    """A reader of a desk, as far as one case is concerned."""

    user_id: UUID
    name: str
    is_available: bool
    open_cases: int
    most_open: int
    is_licensed: bool
    speaks_language: bool
    has_conflict: bool


def find_obstacles(candidate: Candidate, *, by_patient: bool) -> list[Obstacle]:
    """Return what speaks against a reader; a language counts where the patient reads the answer."""
    found = []
    if candidate.has_conflict:
        found.append(Obstacle.CONFLICT)
    if not candidate.is_available:
        found.append(Obstacle.AWAY)
    if candidate.open_cases >= candidate.most_open:
        found.append(Obstacle.FULL)
    if not candidate.is_licensed:
        found.append(Obstacle.LICENCE)
    if by_patient and not candidate.speaks_language:
        found.append(Obstacle.LANGUAGE)
    return found


def choose(candidates: Iterable[Candidate], *, by_patient: bool) -> Candidate | None:
    """Return who is asked: nothing speaks against them, they speak the language if anybody does, fewest open cases."""
    free = [one for one in candidates if not find_obstacles(one, by_patient=by_patient)]
    return min(
        free, key=lambda one: (not one.speaks_language, one.open_cases, str(one.user_id)), default=None
    )


def may_assign(obstacles: Iterable[Obstacle], *, reason: str) -> bool:
    """Whether a coordinator may give the case to somebody: without a reason only when nothing speaks against it."""
    found = set(obstacles)
    return not (found & ABSOLUTE) and (not found or bool(reason.strip()))
