"""What several pages of images need."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hearthline.identity.policy import HearthlineRequest


def zone_of(request: HearthlineRequest) -> str:
    """Return the time zone of the clinic that the actor works in."""
    return str(request.organization.zone)  # type: ignore[attr-defined]


def end_of_day(request: HearthlineRequest, day: date | None) -> datetime | None:
    """Return the moment at which a day is over in the clinic; None stays none."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone_of(request)))
