"""Do two records speak of one person? Pure rules: points for what agrees, and words for why."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

PROBABLE_POINTS = 60  # a person looks at the pair from here on
LIKELY_POINTS = 85
CAP_WITH_OTHER_GIVEN_NAME = PROBABLE_POINTS - 5  # twins: same family, birth date and telephone
NEAR_NAME_LENGTH = 4  # shorter words are compared exactly: "Ana" and "Ada" are two names


class Reason(StrEnum):
    """What agrees between two records."""

    IDENTIFIER = "identifier"
    NAME = "name"
    NAME_NEAR = "name_near"
    FAMILY_NAME = "family_name"
    BIRTH_DATE = "birth_date"
    BIRTH_DATE_NEAR = "birth_date_near"
    TELEPHONE = "telephone"
    EMAIL = "email"


POINTS = {
    Reason.IDENTIFIER: 100,
    Reason.NAME: 40,
    Reason.NAME_NEAR: 28,
    Reason.FAMILY_NAME: 15,
    Reason.BIRTH_DATE: 35,
    Reason.BIRTH_DATE_NEAR: 22,
    Reason.TELEPHONE: 20,
    Reason.EMAIL: 20,
}


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What of a record is compared: folded name words, birth date and blind indexes, never plain contacts."""

    given: frozenset[str]
    family: frozenset[str]
    birth_date: date
    identifiers: frozenset[bytes] = frozenset()
    telephones: frozenset[bytes] = frozenset()
    emails: frozenset[bytes] = frozenset()

    @property
    def words(self) -> frozenset[str]:
        """All words of the name, wherever they were written."""
        return self.given | self.family


@dataclass(frozen=True)
class Likeness:
    """How alike two records are."""

    points: int
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def is_probable(self) -> bool:
        """Return whether a person should look at the pair."""
        return self.points >= PROBABLE_POINTS


def likeness(first: Fingerprint, second: Fingerprint) -> Likeness:
    """Return how alike two records are; the order of the two does not matter."""
    reasons: list[Reason] = []
    if first.identifiers & second.identifiers:
        reasons.append(Reason.IDENTIFIER)
    reasons += _name_reasons(first, second)
    reasons += _birth_date_reasons(first.birth_date, second.birth_date)
    if first.telephones & second.telephones:
        reasons.append(Reason.TELEPHONE)
    if first.emails & second.emails:
        reasons.append(Reason.EMAIL)
    points = sum(POINTS[reason] for reason in reasons)
    has_same_name = Reason.NAME in reasons or Reason.NAME_NEAR in reasons
    if not has_same_name and Reason.IDENTIFIER not in reasons:
        points = min(points, CAP_WITH_OTHER_GIVEN_NAME)
    return Likeness(min(points, 100), tuple(reasons))


def _name_reasons(first: Fingerprint, second: Fingerprint) -> list[Reason]:
    if not first.words or not second.words:
        return []
    if first.words == second.words:
        return [Reason.NAME]
    fewer, more = sorted((first.words, second.words), key=lambda words: (len(words), sorted(words)))
    shared_ends = bool(first.given & second.given) and bool(first.family & second.family)
    if fewer <= more and len(fewer) > 1:  # "Ana García" and "Ana María García Márquez"
        return [Reason.NAME]
    if shared_ends or _pair_up(fewer, more):
        return [Reason.NAME_NEAR]
    return [Reason.FAMILY_NAME] if first.family & second.family else []


def _pair_up(fewer: frozenset[str], more: frozenset[str]) -> bool:
    """Return whether each word of the shorter name has its own near word in the longer one."""
    if len(fewer) == 1 and len(more) > 1:
        return False
    left = sorted(more - fewer)
    for word in sorted(fewer - more):
        match = next((other for other in left if is_near(word, other)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def is_near(first: str, second: str) -> bool:
    """Return whether two words differ by one letter added, left out, changed or swapped with its neighbour."""
    if first == second:
        return True
    if min(len(first), len(second)) < NEAR_NAME_LENGTH or abs(len(first) - len(second)) > 1:
        return False
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    rest, other_rest = first[start:], second[start:]
    is_swapped = len(rest) > 1 and rest[1::-1] == other_rest[:2] and rest[2:] == other_rest[2:]
    return is_swapped or rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]


def _birth_date_reasons(first: date, second: date) -> list[Reason]:
    if first == second:
        return [Reason.BIRTH_DATE]
    return [Reason.BIRTH_DATE_NEAR] if is_near_birth_date(first, second) else []


def is_near_birth_date(first: date, second: date) -> bool:
    """Return whether two dates differ by a slip: day and month swapped, one digit wrong, neighbours swapped."""
    if first.year == second.year and (first.month, first.day) == (second.day, second.month):
        return True
    digits, others = f"{first:%d%m}{first.year:04}", f"{second:%d%m}{second.year:04}"
    places = [place for place in range(len(digits)) if digits[place] != others[place]]
    if len(places) == 1:
        return True
    return (
        len(places) == 2
        and places[1] == places[0] + 1
        and digits[places[0]] == others[places[1]]
        and digits[places[1]] == others[places[0]]
    )
