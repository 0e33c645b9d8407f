"""Addresses under a root (PS3.18 chapters 8 to 10): what is asked for."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from django.http import Http404

UID = re.compile(r"[0-9.]{1,64}\Z")
MOST_FRAMES = 1000
WHOLE = frozenset({"metadata", "rendered", "thumbnail"})
LEVELS = ("studies", "series", "instances")


class Act(StrEnum):
    """What is done with a resource."""

    SEARCH = "search"
    OBJECTS = "objects"
    METADATA = "metadata"
    RENDERED = "rendered"
    THUMBNAIL = "thumbnail"
    FRAMES = "frames"
    BULK = "bulkdata"


@dataclass(frozen=True)
class Resource:
    """A study, series or instance (or a search for some: ``level`` says of what), and what is wanted of it."""

    act: Act
    level: str = ""
    study: str = ""
    series: str = ""
    instance: str = ""
    frames: tuple[int, ...] = ()
    bulk: str = ""


def parse(path: str) -> Resource:
    """Return what an address names.

    Raises:
        Http404: nothing that can be.
    """
    parts = [part for part in path.split("/") if part]
    named: dict[str, str] = {}
    for level in LEVELS:
        if len(parts) >= 2 and parts[0] == level and UID.match(parts[1]):
            named[level] = parts[1]
            parts = parts[2:]
        else:
            break
    place = Resource(
        Act.SEARCH,
        study=named.get("studies", ""),
        series=named.get("series", ""),
        instance=named.get("instances", ""),
    )
    if len(parts) == 1 and parts[0] in LEVELS[len(named) :]:
        return replace(place, level=parts[0])
    if not named:
        raise Http404
    return _part_of(parts, place)


def _part_of(parts: list[str], place: Resource) -> Resource:
    match parts:
        case []:
            return replace(place, act=Act.OBJECTS)
        case [act] if act in WHOLE:
            return replace(place, act=Act(act))
        case ["frames", numbers, *rest] if place.instance and rest in ([], ["rendered"], ["thumbnail"]):
            return replace(place, act=Act(rest[0]) if rest else Act.FRAMES, frames=_numbers(numbers))
        case ["bulkdata", *path] if place.instance and path:
            return replace(place, act=Act.BULK, bulk="/".join(path))
    raise Http404


def _numbers(text: str) -> tuple[int, ...]:
    numbers = text.split(",")
    if len(numbers) > MOST_FRAMES or not all(re.fullmatch(r"[1-9][0-9]{0,6}", number) for number in numbers):
        raise Http404
    return tuple(int(number) for number in numbers)
