"""Pictures that were taken in an encounter, shown beside its note: packages above say which."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hearthline.charting.models import Encounter


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: where it is seen, small and whole, and what it is in words."""

    address: str
    thumbnail: str
    words: str
    is_covered: bool


Finder = Callable[[Encounter], Sequence[Picture]]
_finders: list[Finder] = []


def shown_beside(finder: Finder) -> Finder:
    """Register what finds an encounter's pictures."""
    _finders.append(finder)
    return finder


def pictures_of(encounter: Encounter) -> list[Picture]:
    """Return the pictures of an encounter. Each is fetched from its own page, which asks who may see it."""
    return [picture for finder in _finders for picture in finder(encounter)]
