"""The life of an appointment, as data."""

from enum import StrEnum


class Status(StrEnum):
    """Where an appointment stands."""

    PROPOSED = "proposed"
    HELD = "held"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"


class Action(StrEnum):
    """What a person or the system does to an appointment."""

    BOOK = "book"
    MOVE = "move"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    ARRIVE = "arrive"
    UNDO_ARRIVE = "undo_arrive"
    NOSHOW = "noshow"
    UNDO_NOSHOW = "undo_noshow"
    FULFIL = "fulfil"
    TO_TELEPHONE = "to_telephone"


ACTIVE = frozenset({Status.PROPOSED, Status.HELD, Status.BOOKED, Status.ARRIVED})
"""The states that keep a clinician's time from being given to someone else."""

TRANSITIONS: dict[tuple[Status, Action], Status] = {
    (Status.HELD, Action.BOOK): Status.BOOKED,
    (Status.PROPOSED, Action.BOOK): Status.BOOKED,
    (Status.PROPOSED, Action.CANCEL): Status.CANCELLED,
    (Status.PROPOSED, Action.MOVE): Status.PROPOSED,
    (Status.BOOKED, Action.MOVE): Status.BOOKED,
    (Status.BOOKED, Action.CONFIRM): Status.BOOKED,
    (Status.BOOKED, Action.CANCEL): Status.CANCELLED,
    (Status.BOOKED, Action.ARRIVE): Status.ARRIVED,
    (Status.BOOKED, Action.NOSHOW): Status.NOSHOW,
    (Status.ARRIVED, Action.UNDO_ARRIVE): Status.BOOKED,
    (Status.ARRIVED, Action.CANCEL): Status.CANCELLED,
    (Status.ARRIVED, Action.NOSHOW): Status.NOSHOW,
    (Status.ARRIVED, Action.FULFIL): Status.FULFILLED,
    (Status.BOOKED, Action.FULFIL): Status.FULFILLED,
    (Status.NOSHOW, Action.UNDO_NOSHOW): Status.BOOKED,
    (Status.BOOKED, Action.TO_TELEPHONE): Status.BOOKED,
    (Status.ARRIVED, Action.TO_TELEPHONE): Status.ARRIVED,
}

NEEDS_REASON = frozenset({Action.CANCEL, Action.NOSHOW})
PATIENT_ACTIONS = frozenset({Action.BOOK, Action.MOVE, Action.CONFIRM, Action.CANCEL})


def get_next(status: str, action: Action) -> Status | None:
    """The state that the action leads to, or None when it is not allowed from here."""
    return TRANSITIONS.get((Status(status), action))


def list_actions(status: str) -> list[Action]:
    """The actions allowed from this state, in the order of their declaration."""
    return [action for action in Action if (Status(status), action) in TRANSITIONS]


def is_too_early_for_noshow(starts_at_seconds: int, now_seconds: int) -> bool:
    """Nobody is a no-show before the visit was due to start."""
    return now_seconds < starts_at_seconds
