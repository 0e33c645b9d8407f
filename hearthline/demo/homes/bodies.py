"""What cuffs, scales and finger clips show, with honest noise: the same for the same person and day, always."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SEED = 20261129
Value = tuple[datetime, dict[str, float]]  # when, and the values of one measurement by metric


@dataclass(frozen=True)
class Body:
    """One person's constants. Rates are by day; ``care`` is the share of awaited values that come."""

    number: int
    systolic: float = 132.0
    systolic_rate: float = 0.0
    weight: float = 82.0
    weight_rate: float = 0.0
    gain_since: int = 0  # days ago that water began to gather; 0 never
    oxygen: float = 94.5
    care: float = 0.85

    def draw(self, day: date, purpose: str) -> random.Random:
        """Return the chance of one person, day and purpose."""
        return random.Random(f"{SEED}:{self.number}:{day.isoformat()}:{purpose}")


def cuff(
    body: Body, day: date, today: date, windows: list[tuple[time, time]], zone: ZoneInfo
) -> Iterator[Value]:
    """Yield pairs of values a minute apart; the first is higher, as it is in life (within-person SD 11, two to a sitting)."""
    for number, window in enumerate(windows):
        draw = body.draw(day, f"cuff{number}")
        if draw.random() > body.care:
            continue
        sitting = body.systolic + body.systolic_rate * (day - today).days + draw.gauss(0, 9)
        moment = _moment(draw, day, window, zone)
        for repeat, higher in enumerate((3.0, 0.0)):
            systolic = round(sitting + higher + draw.gauss(0, 4))
            values = {
                "systolic": float(systolic),
                "diastolic": float(round(systolic * 0.6 + draw.gauss(0, 4))),
                "pulse": float(round(72 + draw.gauss(0, 7))),
            }
            yield moment + timedelta(minutes=repeat), values


def scale(
    body: Body, day: date, today: date, windows: list[tuple[time, time]], zone: ZoneInfo
) -> Iterator[Value]:
    """Yield one weight of the morning: day to day it swings by 0.6 kg; water gathers when it does."""
    draw = body.draw(day, "scale")
    if draw.random() > body.care:
        return
    days_ago = (today - day).days
    water = max(body.gain_since - days_ago, 0) * 0.8 if body.gain_since else 0.0
    weight = body.weight - body.weight_rate * days_ago + water + draw.gauss(0, 0.45)
    yield _moment(draw, day, windows[0], zone), {"weight": round(weight, 1)}


def oximeter(
    body: Body, day: date, today: date, windows: list[tuple[time, time]], zone: ZoneInfo
) -> Iterator[Value]:
    """Yield oxygen and pulse for each window."""
    for number, window in enumerate(windows):
        draw = body.draw(day, f"oximeter{number}")
        if draw.random() <= body.care:
            oxygen = min(round(body.oxygen + draw.gauss(0, 1.0)), 100)
            pulse = round(78 + draw.gauss(0, 8))
            yield (
                _moment(draw, day, window, zone),
                {"oxygen-saturation": float(oxygen), "pulse": float(pulse)},
            )


def _moment(draw: random.Random, day: date, window: tuple[time, time], zone: ZoneInfo) -> datetime:
    start, end = (datetime.combine(day, one, zone) for one in window)
    length = max(int((end - start).total_seconds()) - 300, 0)
    return start + timedelta(seconds=draw.randint(0, length))
