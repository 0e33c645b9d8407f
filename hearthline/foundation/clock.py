"""The only clock. Everything that needs the time asks here, so that a test can hold it still."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _frozen_at.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at ``at`` (aware) within the block; for tests.

    Raises:
        ValueError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        message = "a frozen moment needs a time zone"
        raise ValueError(message)
    token = _frozen_at.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)
