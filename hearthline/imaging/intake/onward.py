"""Where the page after sending photos leads: packages above say what the photos are for."""

from collections.abc import Callable, Sequence

from hearthline.identity.actor import Actor
from hearthline.imaging.intake.models import Capture

Way = tuple[str, str]  # the words of a link, and its address
Lead = Callable[[Actor, Capture], Sequence[Way]]
_leads: list[Lead] = []


def leads_on(lead: Lead) -> Lead:
    """Register what says where to go on to from a set of photos; the first ways are offered first."""
    _leads.append(lead)
    return lead


def ways_on(actor: Actor, capture: Capture) -> list[Way]:
    """Return where somebody can go on to after a set of photos."""
    return [way for lead in _leads for way in lead(actor, capture)]
