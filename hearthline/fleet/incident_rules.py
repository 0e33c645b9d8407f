"""The life of a technical fault: why it is one, its states, and which follows which. Nothing of health stands here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Cause(models.TextChoices):
    """What is wrong, as far as machines can tell."""

    DEVICE_FAULT = "device-fault", _("A device is heard and sends nothing of use")
    OUTAGE = "outage", _("Many devices fell silent at once")
    VENDOR_AWAY = "vendor-away", _("A maker's cloud does not answer")
    CALL_QUALITY = "call-quality", _("Picture or sound of visits failed")


class Solution(models.TextChoices):
    """What it was in the end."""

    BY_ITSELF = "by-itself", _("It came back by itself")
    BATTERY = "battery", _("Battery or power")
    SETTINGS = "settings", _("Pairing or settings")
    EXCHANGED = "exchanged", _("Device exchanged")
    NETWORK = "network", _("Line or network")
    MAKER = "maker", _("Put right by its maker")
    NOTHING_FOUND = "nothing-found", _("Nothing was found")


class IncidentState(models.TextChoices):
    """Where it stands."""

    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken")
    WAITING = "waiting", _("Waiting for somebody else")
    SOLVED = "solved", _("Solved")
    REOPENED = "reopened", _("Open again")


INCIDENT_MOVES: dict[IncidentState, tuple[IncidentState, ...]] = {
    IncidentState.OPEN: (IncidentState.TAKEN,),
    IncidentState.TAKEN: (IncidentState.WAITING, IncidentState.SOLVED, IncidentState.OPEN),
    IncidentState.WAITING: (IncidentState.TAKEN, IncidentState.SOLVED),
    IncidentState.SOLVED: (IncidentState.REOPENED,),
    IncidentState.REOPENED: (IncidentState.TAKEN,),
}
NOBODYS = frozenset({IncidentState.OPEN, IncidentState.REOPENED})
UNSOLVED = frozenset(IncidentState) - {IncidentState.SOLVED}
TAGS = {
    IncidentState.OPEN: "watch",
    IncidentState.REOPENED: "watch",
    IncidentState.TAKEN: "info",
    IncidentState.WAITING: "",
    IncidentState.SOLVED: "ok",
}


def may_move_incident(current: IncidentState, wanted: IncidentState) -> bool:
    """Whether the one state follows the other by a person's hand."""
    return wanted in INCIDENT_MOVES[current]
