"""Who measures what at home: two hundred people, each with a program, a body and devices."""

import random
from dataclasses import dataclass

from hearthline.demo.homes.bodies import Body
from hearthline.fleet.rules import Kind

SEED = 20261130
SHARES = {"diabetes-cgm": 60, "hypertension": 70, "heart-failure": 40, "copd-oxygen": 30}
REASONS = {
    "diabetes-cgm": "Type 1 or 2 diabetes with insulin; lows without warning.",
    "hypertension": "Blood pressure above goal in the clinic and at home.",
    "heart-failure": "Heart failure; in hospital for water this year.",
    "copd-oxygen": "COPD with two flares in the last twelve months.",
}
# maker and model of invented things; the kinds are what matters
DEVICES: dict[str, tuple[tuple[Kind, str, str], ...]] = {
    "diabetes-cgm": ((Kind.SENSOR, "Marlowe", "Stream 2"),),
    "hypertension": ((Kind.CUFF, "Hartwell", "Arm 300"),),
    "heart-failure": ((Kind.SCALE, "Balans", "Home 10"), (Kind.CUFF, "Hartwell", "Arm 300")),
    "copd-oxygen": ((Kind.OXIMETER, "Lumen", "Clip 4"),),
}
TRACES = ("pregnancy", "dm", "pregnancy")
WINDOW_DAYS = 11  # how far apart two people of one trace begin; the short trace has fourteen days
# Of the long trace's 901 days these: before, in the pregnancy, the target is tight and lows are many.
LATER_DAYS, WHOLE_DAYS = 570, 901


@dataclass(frozen=True)
class Home:
    """One person who measures at home, before registration."""

    number: int
    program: str
    body: Body
    weeks: int  # since the order
    trace: str = ""
    shift_days: int = 0
    silent_days: int = 0  # nothing came for so long
    devices: tuple[tuple[Kind, str, str], ...] = ()

    def serial(self, position: int) -> str:
        """The serial number of one of the devices."""
        return f"HL{self.number:03d}{position}"


def draw_homes() -> list[Home]:
    """Return the same two hundred at every call; the first of each program have stories."""
    draw = random.Random(SEED)
    places = [(program, place) for program, count in SHARES.items() for place in range(count)]
    return [_home(draw, number, program, place) for number, (program, place) in enumerate(places)]


def homes_by_serial() -> dict[str, Home]:
    """Return each home under the serial number of each of its devices."""
    return {home.serial(place): home for home in draw_homes() for place in range(len(home.devices))}


def _home(draw: random.Random, number: int, program: str, position: int) -> Home:
    body = Body(
        number=number,
        systolic=draw.gauss(128, 7),
        systolic_rate=draw.gauss(-0.1, 0.1),
        weight=draw.uniform(58, 112),
        weight_rate=draw.gauss(-0.01, 0.02),
        oxygen=draw.gauss(94.3, 0.9),
        care=min(max(draw.gauss(0.84, 0.12), 0.3), 0.98),
    )
    story = STORIES.get((program, position), {})
    return Home(
        number=number,
        program=program,
        body=Body(**{**vars(body), **story}),
        weeks=draw.randint(3, 26),
        trace=TRACES[position % len(TRACES)] if program == "diabetes-cgm" else "",
        shift_days=LATER_DAYS + position * WINDOW_DAYS % (WHOLE_DAYS - LATER_DAYS),
        silent_days=draw.choice((2, 3, 6)) if position % 12 == 11 else 0,
        devices=DEVICES[program],
    )


STORIES: dict[tuple[str, int], dict[str, float]] = {
    ("hypertension", 0): {"systolic": 158.0, "systolic_rate": 1.4, "care": 0.97},  # rising for two weeks
    ("hypertension", 1): {"systolic": 126.0, "systolic_rate": -0.7, "care": 0.98},  # treatment works
    ("heart-failure", 0): {"gain_since": 4, "care": 0.98},  # water gathers
    ("copd-oxygen", 0): {"oxygen": 91.2, "care": 0.95},  # a flare
}
