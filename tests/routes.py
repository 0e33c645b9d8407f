"""Every route of the pages' process, and arguments to visit it with.

A package gives real objects for its routes in ``hearthline/<package>/tests/routes.py``::

    def arguments(people: People) -> dict[str, dict[str, Any]]:
        return {"charting:note": {"note_id": make_note(people).id}}

Called with the first organization signed in. Routes with real objects are also visited from the other organization,
where those objects must not exist. Other routes get well-formed arguments that name nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import ResolverMatch

from hearthline.foundation.ids import new_id
from hearthline.identity.policy import Policy, policy_of
from tests.people import People

BY_CONVERTER: dict[str, Any] = {
    "UUIDConverter": new_id,
    "IntConverter": lambda: 987_654,
    "SlugConverter": lambda: "nothing-here",
    "StringConverter": lambda: "nothing-here",
    "PathConverter": lambda: "nothing/here",
}
FRAMEWORK_NAMES = {"organization_slug": "riverbend"}


@dataclass(frozen=True)
class Route:
    """One address pattern: its full name, its view and the kinds of its arguments."""

    name: str
    view: Any
    package: str
    converters: tuple[tuple[str, Any], ...]

    @property
    def policy(self) -> Policy | None:
        """What the route declares."""
        return policy_of(ResolverMatch(self.view, (), {}, url_name=self.name))

    def url(self, arguments: dict[str, Any] | None = None) -> str:
        """Return an address of the route."""
        made = {name: FRAMEWORK_NAMES.get(name) or _sample(converter) for name, converter in self.converters}
        return reverse(self.name, kwargs=made | (arguments or {}))


def _sample(converter: Any) -> Any:
    kind = type(converter).__name__
    if kind in BY_CONVERTER:
        return BY_CONVERTER[kind]()
    return converter.to_python(
        str(converter.regex).strip("()?:").split("|", maxsplit=1)[0]
    )  # one of a few words


def routes() -> list[Route]:
    """Return every route; one without a name cannot be declared or visited and fails the walk."""
    return list(_walk(get_resolver().url_patterns, (), ()))


def _walk(
    patterns: list[URLPattern | URLResolver],
    namespaces: tuple[str, ...],
    converters: tuple[tuple[str, Any], ...],
) -> Iterator[Route]:
    for pattern in patterns:
        own = tuple(getattr(pattern.pattern, "converters", {}).items())
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _walk(pattern.url_patterns, inner, converters + own)
        else:
            package = pattern.callback.__module__.split(".")[1]
            view = pattern.callback
            yield Route(
                ":".join((*namespaces, pattern.name or "")),
                view,
                _package_of(view, package),
                converters + own,
            )


def _package_of(view: Any, fallback: str) -> str:
    module = getattr(getattr(view, "view_class", view), "__module__", "")
    return module.split(".")[1] if module.startswith("hearthline.") else fallback


def real_arguments(people: People, package: str) -> dict[str, dict[str, Any]]:
    """Return the arguments that a package gives for its routes; each package sets a stage of its own."""
    where = f"hearthline.{package}.tests"
    if find_spec(f"hearthline.{package}") is None or find_spec(where) is None:
        return {}
    if find_spec(f"{where}.routes") is None:
        return {}
    found: dict[str, dict[str, Any]] = import_module(f"{where}.routes").arguments(people)
    return found
