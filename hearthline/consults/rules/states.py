"""Which moves a case knows: the whole life of a consult, as data. The database holds the same list (migration 0002)."""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    ASKED = "asked"
    ASSIGNED = "assigned"
    READING = "reading"
    WAITING = "waiting"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    TOLD = "told"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What can be done with a case."""

    ASK = "ask"
    ASSIGN = "assign"
    BEGIN = "begin"
    HAND_BACK = "hand_back"
    ASK_MORE = "ask_more"
    GIVE_MORE = "give_more"
    REPORT = "report"  # a preliminary answer
    FINISH = "finish"  # the final one
    TELL = "tell"
    CLOSE = "close"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


MOVES: Mapping[Action, tuple[frozenset[Status], Status]] = {
    Action.ASK: (frozenset({Status.DRAFT}), Status.ASKED),
    Action.ASSIGN: (frozenset({Status.ASKED, Status.ASSIGNED}), Status.ASSIGNED),
    Action.BEGIN: (frozenset({Status.ASSIGNED}), Status.READING),
    Action.HAND_BACK: (
        frozenset({Status.ASSIGNED, Status.READING, Status.WAITING, Status.PRELIMINARY}),
        Status.ASKED,
    ),
    Action.ASK_MORE: (frozenset({Status.READING, Status.PRELIMINARY}), Status.WAITING),
    Action.GIVE_MORE: (frozenset({Status.WAITING}), Status.READING),
    Action.REPORT: (frozenset({Status.READING}), Status.PRELIMINARY),
    Action.FINISH: (frozenset({Status.READING, Status.PRELIMINARY}), Status.FINAL),
    Action.TELL: (frozenset({Status.FINAL}), Status.TOLD),
    Action.CLOSE: (frozenset({Status.TOLD}), Status.CLOSED),
    Action.DECLINE: (frozenset({Status.ASKED}), Status.DECLINED),
    Action.WITHDRAW: (
        frozenset({Status.DRAFT, Status.ASKED, Status.ASSIGNED, Status.READING, Status.WAITING}),
        Status.WITHDRAWN,
    ),
    Action.REOPEN: (frozenset({Status.FINAL, Status.TOLD, Status.CLOSED}), Status.READING),
}
OVER = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})
ANSWERED = frozenset({Status.FINAL, Status.TOLD, Status.CLOSED})
RUNNING = frozenset({Status.ASKED, Status.ASSIGNED, Status.READING, Status.WAITING, Status.PRELIMINARY})
NEEDS_REASON = frozenset({Action.HAND_BACK, Action.DECLINE, Action.WITHDRAW, Action.REOPEN})


def get_next(status: str, action: Action) -> Status | None:
    """Return where the action leads from a status, or None when it does not follow."""
    sources, target = MOVES[action]
    return target if Status(status) in sources else None


def list_actions(status: str) -> list[Action]:
    """Return what can be done in a status."""
    return [action for action in Action if get_next(status, action) is not None]


def list_pairs() -> list[tuple[Status, Status]]:
    """Return every step from one status to another one, for the database."""
    found = {(source, target) for sources, target in MOVES.values() for source in sources if source != target}
    return sorted(found)
