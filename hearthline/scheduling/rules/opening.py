"""When somebody sees people without a booking: at this moment, or from when on."""

from collections.abc import Iterable
from uuid import UUID

from hearthline.scheduling.rules.slots import Calendar, list_open_time
from hearthline.scheduling.rules.times import Interval

WHOLE_MINUTE = 60


def find_open_site(calendar: Calendar, second: int) -> UUID | None:
    """The site where the practitioner's hours are open at that second; bookings do not close a line."""
    if any(start <= second < end for start, end in calendar.closed):
        return None
    for (site_id, _zone), windows in list_open_time(calendar, (second, second + WHOLE_MINUTE)).items():
        closed = [interval for interval, site in calendar.closed_sites if site == site_id]
        is_closed = any(start <= second < end for start, end in closed)
        if not is_closed and any(start <= second < end for start, end in windows):
            return site_id
    return None


def find_opening(calendars: Iterable[Calendar], span: Interval) -> int | None:
    """The first second of the span at which somebody is there: hours begin, or a closure ends, within them."""
    found = (_find_opening_of(calendar, span) for calendar in calendars)
    return min((second for second in found if second is not None), default=None)


def _find_opening_of(calendar: Calendar, span: Interval) -> int | None:
    starts = {start for windows in list_open_time(calendar, span).values() for start, _end in windows}
    starts |= {end for _start, end in calendar.closed}
    starts |= {end for (_start, end), _site in calendar.closed_sites}
    within = sorted({max(start, span[0]) for start in starts if start < span[1]})
    return next((start for start in within if find_open_site(calendar, start) is not None), None)
