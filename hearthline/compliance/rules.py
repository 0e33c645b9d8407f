"""How long emergency access lasts, and what is unusual enough to be looked at."""

from datetime import datetime, timedelta

BREAK_GLASS_PERIOD = timedelta(minutes=60)


def is_off_hours(at: datetime) -> bool:
    """Return whether a local moment lies outside the usual working time (07:00 to 19:00, Monday to Saturday)."""
    return at.weekday() == 6 or not 7 <= at.hour < 19


def is_unusual_volume(count: int, usual: float) -> bool:
    """Return whether a person's patients of a day are far more than that person's usual number."""
    return count >= 20 and count > 3 * usual
