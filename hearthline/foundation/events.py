"""Facts that travel upward: a package says what happened, packages above react after commit.

``publish`` writes one job for each subscriber in the same transaction (an outbox on the queue). A reaction runs
with the organization signed in, is tried again when it fails, and runs once for each event however often it is
delivered.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.foundation.jobs import job
from hearthline.foundation.models import Reaction


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact in the past tense: identifiers and times only. Subclasses are frozen dataclasses too."""

    organization_id: UUID
    event_id: UUID = field(default_factory=new_id)
    occurred_at: datetime = field(default_factory=clock.now)

    by_name: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        Event.by_name[f"{cls.__module__}.{cls.__qualname__}"] = cls


Subscriber = Callable[[Any], None]
_subscribers: dict[type[Event], dict[str, Subscriber]] = {}


def subscriber(event_class: type[Event]) -> Callable[[Subscriber], Subscriber]:
    """Register a reaction; it stands in a package's ``subscribers.py``."""

    def decorate(function: Subscriber) -> Subscriber:
        name = f"{function.__module__}.{function.__qualname__}"
        _subscribers.setdefault(event_class, {})[name] = function
        return function

    return decorate


def publish(*events: Event) -> None:
    """Queue the reactions to facts in the open transaction."""
    react.defer_each([arguments for event in events for arguments in _reactions(event)])


def _reactions(event: Event) -> list[dict[str, Any]]:
    kind = type(event)
    payload: dict[str, Any] = {
        name.name: None if (value := getattr(event, name.name)) is None else str(value)
        for name in fields(event)
    }
    payload["occurred_at"] = event.occurred_at.isoformat()
    payload["event"] = f"{kind.__module__}.{kind.__qualname__}"
    return [{**payload, "reaction": name} for name in _subscribers.get(kind, {})]


@job(queue="events")
def react(organization_id: UUID, *, event: str, reaction: str, **payload: str | None) -> None:
    """Run one reaction to one event, unless it has run already."""
    kind = Event.by_name[event]
    values = {
        name.name: _parse(name.type, payload[name.name]) for name in fields(kind) if name.name in payload
    }
    fact = kind(organization_id=organization_id, **values)
    _, is_first = Reaction.objects.get_or_create(
        organization_id=organization_id, event_id=fact.event_id, reaction=reaction
    )
    if is_first:
        _subscribers[kind][reaction](fact)


def _parse(kind: Any, value: str | None) -> Any:
    text = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    if value is None:
        return None
    if "UUID" in text:
        return UUID(value)
    if "datetime" in text:
        return datetime.fromisoformat(value)
    return int(value) if text.startswith("int") else value
