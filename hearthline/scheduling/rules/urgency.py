"""The red-flag screen: which answers mean that help is needed now, not an appointment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    """What the screen concludes."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A question of the screen; "yes" leads to ``urgency``."""

    code: str
    urgency: Urgency
    text: str


EUROPEAN_UNION_AND_NEIGHBOURS = (
    "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LT LU LV MT NL NO PL PT RO SE SI SK UA"
)
EMERGENCY_NUMBERS: dict[str, str] = {
    **dict.fromkeys(("CA", "EC", "JO", "MX", "PH", "US"), "911"),
    **dict.fromkeys(("IN", "ZA", *EUROPEAN_UNION_AND_NEIGHBOURS.split()), "112"),
    "AE": "998",
    "AU": "000",
    "BR": "192",
    "CL": "131",
    "CO": "123",
    "EG": "123",
    "GB": "999",
    "LB": "140",
    "NZ": "111",
    "SA": "997",
}
"""The number for an ambulance, by country (ISO 3166-1); a clinic sets its own number for any other."""
CRISIS_NUMBERS: dict[str, str] = {"US": "988", "CA": "988", "GB": "116 123", "IE": "116 123", "ES": "024"}
WORKS_ON_MOST_MOBILES = "112"


def screen(flags: Sequence[RedFlag], answers: Mapping[str, bool]) -> Urgency:
    """Conclude from the answers; an emergency outweighs a crisis, and a missing answer is an error.

    Raises:
        KeyError: a question was not answered (silence is never read as "no").
    """
    found = {flag.urgency for flag in flags if answers[flag.code]}
    for urgency in (Urgency.EMERGENCY, Urgency.CRISIS):
        if urgency in found:
            return urgency
    return Urgency.CLEAR


def get_emergency_number(jurisdiction: str, *, local: str = "") -> str:
    """The number to call where the person is: the country's, or the clinic's own when that is unknown."""
    return EMERGENCY_NUMBERS.get(jurisdiction[:2]) or local or WORKS_ON_MOST_MOBILES


def get_crisis_number(jurisdiction: str) -> str:
    """The number of the country's crisis line, or an empty text."""
    return CRISIS_NUMBERS.get(jurisdiction[:2], "")
