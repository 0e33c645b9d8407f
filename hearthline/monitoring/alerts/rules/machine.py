"""The states a rule can be in for one person, and every move between them."""

from enum import StrEnum


class Phase(StrEnum):
    """Where a rule stands for one person."""

    QUIET = "quiet"
    PENDING = "pending"  # beyond, not long or often enough yet
    ASKING = "asking"  # the patient was asked to measure again
    ACTIVE = "active"


class Signal(StrEnum):
    """What a value, or the clock, says to the rule."""

    CLEAR = "clear"  # well back on the good side
    BETWEEN = "between"  # neither beyond the limit nor well back
    BEYOND = "beyond"
    ENOUGH = "enough"  # beyond for as long and as often as the rule wants
    ASK = "ask"  # enough, and the rule wants a repeat first
    OVERDUE = "overdue"  # what was waited for did not come


class Happening(StrEnum):
    """What a move means to people."""

    ASKED = "asked"
    RAISED = "raised"
    WORSENED = "worsened"
    SETTLED = "settled"  # the repeat was good: nobody is told
    RESOLVED = "resolved"


Move = tuple[Phase, Happening | None]
# Every move that changes something; a pair that is not here leaves the rule where it is.
MOVES: dict[tuple[Phase, Signal], Move] = {
    (Phase.QUIET, Signal.BEYOND): (Phase.PENDING, None),
    (Phase.QUIET, Signal.ENOUGH): (Phase.ACTIVE, Happening.RAISED),
    (Phase.QUIET, Signal.ASK): (Phase.ASKING, Happening.ASKED),
    (Phase.PENDING, Signal.CLEAR): (Phase.QUIET, None),
    (Phase.PENDING, Signal.BETWEEN): (Phase.QUIET, None),
    (Phase.PENDING, Signal.ENOUGH): (Phase.ACTIVE, Happening.RAISED),
    (Phase.PENDING, Signal.ASK): (Phase.ASKING, Happening.ASKED),
    (Phase.PENDING, Signal.OVERDUE): (Phase.ACTIVE, Happening.RAISED),
    (Phase.ASKING, Signal.CLEAR): (Phase.QUIET, Happening.SETTLED),
    (Phase.ASKING, Signal.BETWEEN): (Phase.QUIET, Happening.SETTLED),
    (Phase.ASKING, Signal.BEYOND): (Phase.ACTIVE, Happening.RAISED),
    (Phase.ASKING, Signal.ENOUGH): (Phase.ACTIVE, Happening.RAISED),
    (Phase.ASKING, Signal.ASK): (Phase.ACTIVE, Happening.RAISED),
    (Phase.ASKING, Signal.OVERDUE): (Phase.ACTIVE, Happening.RAISED),
    (Phase.ACTIVE, Signal.CLEAR): (Phase.QUIET, Happening.RESOLVED),
}


def move(phase: Phase, signal: Signal) -> Move:
    """Return where a signal leads, and what that means."""
    return MOVES.get((phase, signal), (phase, None))
