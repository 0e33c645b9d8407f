"""What the alerts say of a person, as their own pages show it."""

from dataclasses import dataclass

from hearthline.monitoring.alerts.standing import Standing, standing_of
from hearthline.monitoring.home.kinds import Kind, kind_with
from hearthline.monitoring.readings.models import MonitoredPatient


@dataclass(frozen=True)
class State:
    """How a person stands, with what is to be measured again, and which values the care team was told of."""

    standing: Standing
    again: Kind | None
    about: Kind | None

    @property
    def speaks_of(self) -> list[Kind]:
        """The kinds of measurement of which the page says something more urgent than how the last one was."""
        return [kind for kind in (self.again, self.about) if kind is not None]


def state_of(monitored: MonitoredPatient) -> State:
    """Return how a person stands now. Whoever calls has asked whether the actor may see this person."""
    standing = standing_of(monitored)
    told = standing.told
    return State(
        standing=standing,
        again=kind_with(standing.repeat.metric) if standing.repeat is not None else None,
        about=kind_with(told.metric) if told is not None and not told.is_about_missing else None,
    )
