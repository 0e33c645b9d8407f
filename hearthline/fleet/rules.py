"""The life of a thing that is lent: its states, and which follows which."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What it is."""

    CUFF = "cuff", _("Blood pressure cuff")
    SCALE = "scale", _("Scale")
    METER = "meter", _("Glucose meter")
    SENSOR = "sensor", _("Glucose sensor")
    OXIMETER = "oximeter", _("Pulse oximeter")
    THERMOMETER = "thermometer", _("Thermometer")
    GATEWAY = "gateway", _("Gateway")
    TABLET = "tablet", _("Tablet")
    OTHER = "other", _("Something else")


class State(models.TextChoices):
    """Where a thing is in its life."""

    RECEIVED = "received", _("Received")
    READY = "ready", _("Ready to lend")
    SHIPPED = "shipped", _("On its way out")
    PLACED = "placed", _("In use")
    RETURNING = "returning", _("On its way back")
    RETURNED = "returned", _("Back, not cleaned yet")
    REPAIR = "repair", _("In repair")
    LOST = "lost", _("Lost")
    RETIRED = "retired", _("Taken out of use")


MOVES: dict[State, tuple[State, ...]] = {
    State.RECEIVED: (State.READY, State.REPAIR, State.LOST, State.RETIRED),
    State.READY: (State.SHIPPED, State.PLACED, State.REPAIR, State.LOST, State.RETIRED),
    State.SHIPPED: (State.PLACED, State.RETURNING, State.LOST),
    State.PLACED: (State.RETURNING, State.RETURNED, State.LOST),
    State.RETURNING: (State.RETURNED, State.LOST),
    State.RETURNED: (State.READY, State.REPAIR, State.RETIRED),
    State.REPAIR: (State.READY, State.RETIRED),
    State.LOST: (State.RETURNED, State.RETIRED),
    State.RETIRED: (),
}
LENT = frozenset({State.SHIPPED, State.PLACED, State.RETURNING})
NEEDS_CLEANING = frozenset({State.RETURNED, State.REPAIR})


def may_move(current: State, wanted: State) -> bool:
    """Whether the one state follows the other."""
    return wanted in MOVES[current]


def must_be_cleaned(current: State, wanted: State) -> bool:
    """Whether somebody first has to say that it was cleaned and wiped: nobody sees the last person's values."""
    return wanted is State.READY and current in NEEDS_CLEANING
