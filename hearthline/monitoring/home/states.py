"""What the alerts say of a person, as their own pages show it."""

from dataclasses import dataclass

from hearthline.monitoring.alerts.standing import Standing, standing_of
from hearthline.monitoring.home.kinds import Kind, kind_with
from hearthline.monitoring.readings.models import MonitoredPatient


@dataclass(frozen=True)
class State:
    """How a person stands, with what is to be measured again, and what the care team was told of, as they call it."""

    standing: Standing
    again: Kind | None
    about: Kind | None


def state_of(monitored: MonitoredPatient) -> State:
    """Return how a person stands now. Whoever calls has asked whether the actor may see this person."""
    standing = standing_of(monitored)
    return State(
        standing=standing,
        again=kind_with(standing.repeat.metric) if standing.repeat is not None else None,
        about=kind_with(standing.told.metric) if standing.told is not None else None,
    )
