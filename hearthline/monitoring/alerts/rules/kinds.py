"""The kinds of rule as data, and how they are written down (JSON in ``Rule.settings``, TOML in ``defaults``).

Values are in the canonical unit of their metric (``readings.metrics``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from types import UnionType
from typing import Any, ClassVar, get_args

from hearthline.monitoring.readings.metrics import BY_CODE

MINUTE_US = 60_000_000
DAY_US = 24 * 60 * MINUTE_US
MOST_DAYS = 90  # how far back a rule may look
MOST_COUNT = 1000
BIGGEST = 1e6
WHOLE = 100.0  # percent
# A run that waits for a further value raises when none comes: a low value and then silence is no reassurance.
GRACE_MINUTES = 10


class Direction(StrEnum):
    """On which side of a limit a value is bad. A snoozed high never hides a low."""

    HIGH = "high"
    LOW = "low"

    def is_beyond(self, value: float, limit: float, *, is_inclusive: bool) -> bool:
        """Whether a value is on the bad side of a limit."""
        if is_inclusive and value == limit:
            return True
        return value > limit if self is Direction.HIGH else value < limit


class Severity(IntEnum):
    """How bad it is, which decides the clock and whom it reaches."""

    WATCH = 1  # to be seen in the working day
    URGENT = 2  # today, soon
    DANGER = 3  # interrupts


class RuleSettingsError(ValueError):
    """What was written is no rule; ``field`` and ``problem`` say what to change."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True)
class Kind:
    """What all kinds share."""

    name: ClassVar[str]
    only_direction: ClassVar[Direction | None] = None  # where the other side makes no sense
    metric: str
    direction: Direction

    @property
    def history_us(self) -> int:
        """How far before a value the rule has to look, in microseconds."""
        return 0

    @property
    def worsening(self) -> float:
        """By how much further the judged figure has to go for it to count as worse."""
        return 1.0

    @property
    def count(self) -> int:
        """How many values in a row have to be beyond."""
        return 1

    @property
    def minutes(self) -> int:
        """How long they have to be beyond."""
        return 0

    @property
    def repeat_minutes(self) -> int:
        """Within how many minutes the patient is asked to measure again before anyone is told; 0 is at once."""
        return 0


@dataclass(frozen=True)
class Limit(Kind):
    """A value beyond ``limit``, until one is back past ``clear`` (hysteresis).

    ``run_count`` values over at least ``run_minutes`` (debounce); ``ask_minutes``: confirmed by a repeat, which the
    patient is asked for, and told anyway when none comes. With ``symptoms``, it counts only together with one of them
    reported within ``symptom_minutes``.
    """

    name = "limit"
    limit: float
    clear: float
    is_inclusive: bool = True
    run_count: int = 1
    run_minutes: int = 0
    ask_minutes: int = 0
    symptoms: tuple[str, ...] = ()
    symptom_minutes: int = 240

    def __post_init__(self) -> None:
        if self.direction.is_beyond(self.clear, self.limit, is_inclusive=False):
            raise RuleSettingsError("clear", "has to be on the good side of the limit")

    @property
    def worsening(self) -> float:
        return max(abs(self.limit - self.clear), 1.0)

    @property
    def count(self) -> int:
        return self.run_count

    @property
    def minutes(self) -> int:
        return self.run_minutes

    @property
    def repeat_minutes(self) -> int:
        return self.ask_minutes


@dataclass(frozen=True)
class Change(Kind):
    """A rise (or fall) by ``amount`` within ``within_minutes``; by ``doubt_amount`` it is another person."""

    name = "change"
    amount: float
    within_minutes: int
    is_inclusive: bool = True
    doubt_amount: float | None = None

    @property
    def history_us(self) -> int:
        return self.within_minutes * MINUTE_US

    @property
    def worsening(self) -> float:
        return self.amount / 2


@dataclass(frozen=True)
class Trend(Kind):
    """The median of the last days against the person's own median of the days before."""

    name = "trend"
    amount: float
    recent_days: int
    baseline_days: int
    recent_count: int = 2
    baseline_count: int = 3

    @property
    def history_us(self) -> int:
        return (self.recent_days + self.baseline_days) * DAY_US

    @property
    def worsening(self) -> float:
        return self.amount / 2


@dataclass(frozen=True)
class Mean(Kind):
    """The mean of the last ``days``, of at least ``value_count`` values, beyond a limit."""

    name = "mean"
    limit: float
    clear: float
    days: int
    value_count: int

    def __post_init__(self) -> None:
        if self.direction.is_beyond(self.clear, self.limit, is_inclusive=False):
            raise RuleSettingsError("clear", "has to be on the good side of the limit")

    @property
    def history_us(self) -> int:
        return self.days * DAY_US

    @property
    def worsening(self) -> float:
        return max(abs(self.limit - self.clear), 1.0)


@dataclass(frozen=True)
class Score(Kind):
    """NEWS2 of one complete set, all measured and told within ``window_minutes``, from ``limit`` points on.

    Ordered for one person (never for everybody: it does not hold under 16 years or in pregnancy). ``is_scale_2``: a
    clinician has ordered the 88 to 92 % target. ``metric`` names where it is shown; all five are judged.
    """

    name = "score"
    limit: float
    window_minutes: int = 30
    is_scale_2: bool = False

    @property
    def worsening(self) -> float:
        return 2.0


@dataclass(frozen=True)
class Adherence(Kind):
    """Less than ``limit`` percent of what was planned came within ``days``, until it is ``clear`` percent again.

    Judged by the server's clock and not by values. Nothing is said before ``awaited_count`` measurements were awaited
    (of a sensor: quarters of an hour).
    """

    name = "adherence"
    only_direction = Direction.LOW
    limit: float
    clear: float
    days: int
    awaited_count: int

    def __post_init__(self) -> None:
        if self.direction is not Direction.LOW:
            raise RuleSettingsError("direction", "has to be low: to measure much is never bad")
        if not 0 < self.limit <= self.clear <= WHOLE:
            raise RuleSettingsError("clear", "has to be from the limit up to 100")

    @property
    def history_us(self) -> int:
        return self.days * DAY_US

    @property
    def worsening(self) -> float:
        return 20.0


SCORED = ("respiratory-rate", "oxygen-saturation", "systolic", "pulse", "temperature")


KINDS: dict[str, type[Kind]] = {kind.name: kind for kind in (Limit, Change, Trend, Mean, Score, Adherence)}
AT_LEAST_ONE = frozenset(
    {"run_count", "within_minutes", "recent_days", "baseline_days", "recent_count", "baseline_count", "days"}
    | {"value_count", "amount", "doubt_amount", "symptom_minutes", "window_minutes", "awaited_count"}
)


def rule_from(written: Mapping[str, Any]) -> Kind:
    """Return the rule that was written down (``kind`` names which).

    Raises:
        RuleSettingsError: unknown kind, metric or field, something missing, or a number that makes no sense.
    """
    kind = KINDS.get(str(written.get("kind", "")))
    if kind is None:
        raise RuleSettingsError("kind", f"has to be one of {', '.join(sorted(KINDS))}")
    known = {field.name: field for field in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in written.items():
        if name == "kind":
            continue
        if name not in known:
            raise RuleSettingsError(name, "is not part of this kind of rule")
        values[name] = _value(name, known[name].type, value)
    if values.get("metric") not in BY_CODE:
        raise RuleSettingsError("metric", "has to be a metric of the catalogue")
    try:
        rule = kind(**values)
    except TypeError as error:
        raise RuleSettingsError("kind", "something is missing") from error
    if rule.history_us > MOST_DAYS * DAY_US:
        raise RuleSettingsError("days", f"may look back at most {MOST_DAYS} days")
    return rule


def written_down(rule: Kind) -> dict[str, Any]:
    """Return a rule as it is stored; ``rule_from`` reads it back."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {
        "kind": rule.name,
        **{
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value is not None
        },
    }


def _value(name: str, kind: Any, value: Any) -> Any:
    if kind is Direction:
        try:
            return Direction(value)
        except ValueError:
            raise RuleSettingsError(name, "has to be high or low") from None
    if kind is str or kind is bool:
        if not isinstance(value, kind):
            raise RuleSettingsError(name, "is of the wrong kind")
        return value
    if kind not in (int, float) and not isinstance(kind, UnionType):
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise RuleSettingsError(name, "has to be a list of words")
        return tuple(value)
    return _number(name, get_args(kind)[0] if isinstance(kind, UnionType) else kind, value)


def _number(name: str, kind: Any, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= BIGGEST:
        raise RuleSettingsError(name, "has to be a number")
    if value < 0 or (value == 0 and name in AT_LEAST_ONE):
        raise RuleSettingsError(name, "has to be more than nothing")
    if kind is float:
        return float(value)
    if value != int(value) or (name.endswith("count") and value > MOST_COUNT):
        raise RuleSettingsError(name, "has to be a whole number of a sensible size")
    return int(value)
