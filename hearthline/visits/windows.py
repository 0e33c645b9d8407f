"""The windows of the rescue desk: 48 hours, 24 hours, 2 hours and 10 minutes before a visit, and now. Pure."""

from datetime import datetime, timedelta

from hearthline.visits.choices import Window
from hearthline.visits.rules import DOOR_CLOSES_AFTER

# Until how long before the start a visit stands in a window; it moves on when it comes into the next one.
REACH: dict[Window, timedelta] = {
    Window.MINUTES: timedelta(minutes=10),
    Window.HOURS: timedelta(hours=2),
    Window.DAY: timedelta(hours=24),
    Window.TWO_DAYS: timedelta(hours=48),
}
FARTHEST = max(REACH.values())


def span_of(window: Window, now: datetime) -> tuple[datetime, datetime]:
    """Return between which starts (the first left out, the last in it) a visit stands in a window.

    What has begun, or should have, stays in "now" while its door is open.
    """
    if window == Window.NOW:
        return now - DOOR_CLOSES_AFTER, now
    nearer = [reach for reach in REACH.values() if reach < REACH[window]]
    return now + max(nearer, default=timedelta()), now + REACH[window]


def window_of(starts_at: datetime, now: datetime) -> Window | None:
    """Return where a visit stands; None beyond two days."""
    if starts_at <= now:
        return Window.NOW
    return next((window for window, reach in REACH.items() if starts_at - now <= reach), None)
