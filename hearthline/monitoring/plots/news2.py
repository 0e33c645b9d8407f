"""NEWS2: Royal College of Physicians, National Early Warning Score 2, 2017, chart 1 (reproduced with acknowledgement).

A score exists only for a complete set of one moment. Not for people under 16 or in pregnancy: the caller asks.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

SOURCE = "Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017"
# Each step: up to and including this value, so many points; above the last step, the points that stand alone.
Steps = tuple[tuple[tuple[float, int], ...], int]
RESPIRATION: Steps = (((8, 3), (11, 1), (20, 0), (24, 2)), 3)
OXYGEN_SCALE_1: Steps = (((91, 3), (93, 2), (95, 1)), 0)
OXYGEN_SCALE_2_LOW: Steps = (((83, 3), (85, 2), (87, 1)), 0)
OXYGEN_SCALE_2_ON_OXYGEN: Steps = (((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2)), 3)
SYSTOLIC: Steps = (((90, 3), (100, 2), (110, 1), (219, 0)), 3)
PULSE: Steps = (((40, 3), (50, 1), (90, 0), (110, 1), (130, 2)), 3)
TEMPERATURE: Steps = (((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1)), 2)
ON_OXYGEN_POINTS = 2
NOT_ALERT_POINTS = 3
SINGLE_RED = 3
URGENT_FROM, EMERGENCY_FROM = 5, 7


class Consciousness(StrEnum):
    """ACVPU."""

    ALERT = "alert"
    CONFUSION = "confusion"  # new
    VOICE = "voice"
    PAIN = "pain"
    UNRESPONSIVE = "unresponsive"


class Response(Enum):
    """What the score asks for (chart 4)."""

    ROUTINE = "routine"  # 0: at least every 12 hours
    LOW = "low"  # 1 to 4: every 4 to 6 hours
    SINGLE_RED = "single red"  # 3 in one part: urgent review by a clinician
    URGENT = "urgent"  # 5 or 6: hourly
    EMERGENCY = "emergency"  # 7 or more: continuous


@dataclass(frozen=True)
class Observations:
    """One set, taken together; None is what was not measured.

    ``is_scale_2_ordered``: a clinician has ordered the 88 to 92 % target for this person; it is never inferred.
    """

    respiration: float | None = None
    oxygen_saturation: float | None = None
    is_on_oxygen: bool | None = None
    systolic: float | None = None
    pulse: float | None = None
    consciousness: Consciousness | None = None
    temperature: float | None = None
    is_scale_2_ordered: bool = False


@dataclass(frozen=True)
class Score:
    """The points of each part and their sum."""

    parts: dict[str, int]

    @property
    def total(self) -> int:
        """The score."""
        return sum(self.parts.values())

    @property
    def response(self) -> Response:
        """What is asked for."""
        if self.total >= EMERGENCY_FROM:
            return Response.EMERGENCY
        if self.total >= URGENT_FROM:
            return Response.URGENT
        if SINGLE_RED in self.parts.values():
            return Response.SINGLE_RED
        return Response.LOW if self.total else Response.ROUTINE


def _points(value: float, steps: Steps) -> int:
    return next((points for upper, points in steps[0] if value <= upper), steps[1])


def _oxygen_steps(observations: Observations) -> Steps:
    if not observations.is_scale_2_ordered:
        return OXYGEN_SCALE_1
    return OXYGEN_SCALE_2_ON_OXYGEN if observations.is_on_oxygen else OXYGEN_SCALE_2_LOW


def missing_from(observations: Observations) -> tuple[str, ...]:
    """Return the names of what a score still needs."""
    return tuple(name for name, value in vars(observations).items() if value is None)


def score_of(observations: Observations) -> Score | None:
    """Return the score of a complete set; None for an incomplete one: there is no partial sum.

    Values are rounded as the chart's cells are: whole numbers, temperature to a tenth.
    """
    respiration, saturation = observations.respiration, observations.oxygen_saturation
    systolic, pulse, temperature = observations.systolic, observations.pulse, observations.temperature
    if respiration is None or saturation is None or systolic is None or pulse is None or temperature is None:
        return None
    if observations.is_on_oxygen is None or observations.consciousness is None:
        return None
    return Score(
        {
            "respiration": _points(round(respiration), RESPIRATION),
            "oxygen_saturation": _points(round(saturation), _oxygen_steps(observations)),
            "is_on_oxygen": ON_OXYGEN_POINTS if observations.is_on_oxygen else 0,
            "systolic": _points(round(systolic), SYSTOLIC),
            "pulse": _points(round(pulse), PULSE),
            "consciousness": 0 if observations.consciousness is Consciousness.ALERT else NOT_ALERT_POINTS,
            "temperature": _points(round(temperature, 1), TEMPERATURE),
        }
    )
