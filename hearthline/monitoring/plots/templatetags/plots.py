"""How numbers and days of a report are written."""

from datetime import date

from babel.dates import format_date
from django import template
from django.utils.translation import get_language

from hearthline.design.formats import locale_of
from hearthline.monitoring.plots.reports.period import figure

register = template.Library()
MINUS = "\N{MINUS SIGN}"


@register.filter
def signed(value: float) -> str:
    """Return a difference with its sign, to a tenth: +1.4."""
    sign = MINUS if round(value, 1) < 0 else "+"
    return sign + figure(abs(value), 1)


@register.filter
def weekday_and_day(value: date) -> str:
    """Return a day for a small picture: Wed 4."""
    return format_date(value, "EEE d", locale=locale_of(get_language() or "en"))
