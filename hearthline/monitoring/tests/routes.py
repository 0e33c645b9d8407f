"""Real objects for the walk over every route: each application of monitoring gives its own."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tests.people import People

APPLICATIONS = ("readings", "plots", "alerts", "home", "triage")


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for the routes of all applications that have some."""
    found: dict[str, dict[str, Any]] = {}
    for name in APPLICATIONS:
        tests = f"hearthline.monitoring.{name}.tests"
        if find_spec(f"hearthline.monitoring.{name}") and find_spec(tests) and find_spec(f"{tests}.routes"):
            found |= import_module(f"{tests}.routes").arguments(people)
    return found
