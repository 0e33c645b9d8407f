"""Real objects for the walk over all routes, from each feature of imaging that has some."""

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import hearthline.imaging
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for feature in pkgutil.iter_modules(hearthline.imaging.__path__):
        name = f"hearthline.imaging.{feature.name}.tests"
        if feature.ispkg and find_spec(name) and find_spec(f"{name}.routes"):
            found |= import_module(f"{name}.routes").arguments(people)
    return found
