"""Words of programs for templates."""

from django import template
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hearthline.monitoring.episodes.plan import EVERY_DAY, Planned
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.programs.definitions import LANGUAGE, Words, in_language

register = template.Library()


@register.filter
def words(value: Words) -> str:
    """Return the words in the page's language."""
    return in_language(value, get_language() or LANGUAGE)


@register.filter
def metric_name(code: str) -> str:
    """Return a metric's name."""
    return str(BY_CODE[code].label)


@register.filter
def plan_words(planned: Planned) -> str:
    """Return when something is measured: the days, then the hours."""
    if planned.weekdays == EVERY_DAY:
        days = _("every day")
    else:
        days = ", ".join(str(WEEKDAYS_ABBR[number]) for number in planned.weekdays)
    hours = ", ".join(f"{starts:%H:%M}\N{EN DASH}{ends:%H:%M}" for starts, ends in planned.windows)
    return f"{days} · {hours}"
