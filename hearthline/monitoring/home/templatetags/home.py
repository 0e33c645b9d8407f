"""Small help for the templates of the patient's pages."""

from collections.abc import Iterator

from django import template
from django.forms import BoundField

from hearthline.monitoring.home.forms import ValuesForm, unit_field

register = template.Library()


@register.filter
def value_fields(form: ValuesForm) -> Iterator[tuple[BoundField, BoundField | None]]:
    """Yield each value's field with the field of its unit, if there is a choice."""
    for metric in form.kind.metrics:
        unit = unit_field(metric)
        yield form[metric.code], form[unit] if unit in form.fields else None
