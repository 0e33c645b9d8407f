"""When something is measured, in words."""

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hearthline.design.formats import listed
from hearthline.monitoring.episodes.plan import EVERY_DAY, WHOLE_DAY, Planned


def plan_words(planned: Planned) -> str:
    """Return when something is measured: the days, then the hours."""
    if planned.is_continuous:
        return _("all the time")
    if planned.weekdays == EVERY_DAY:
        days = _("every day")
    else:
        days = listed((str(WEEKDAYS_ABBR[number]) for number in planned.weekdays), get_language() or "en")
    return f"{days} · {hours_words(planned)}"


def hours_words(planned: Planned) -> str:
    """Return the hours of a day in which something is measured."""
    if planned.windows == (WHOLE_DAY,):
        return _("at any time")
    windows = (f"{starts:%H:%M}\N{EN DASH}{ends:%H:%M}" for starts, ends in planned.windows)
    return listed(windows, get_language() or "en")
