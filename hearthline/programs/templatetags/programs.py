"""Words of programs for templates."""

from django import template
from django.utils.translation import get_language

from hearthline.monitoring.alerts.rules.defaults import shipped_rules
from hearthline.monitoring.episodes import words as episodes_words
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
def rule_name(code: str) -> str:
    """Return what a rule is called, as shipped; one of the organization's own keeps its short name."""
    return next((one.label for one in shipped_rules() if one.code == code), code)


register.filter("plan_words", episodes_words.plan_words)
