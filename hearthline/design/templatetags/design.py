"""Template tags of the design system: icons, fields, tags with words, formatted times, sparklines."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from hearthline.design import formats
from hearthline.design.icons import DIRECTIONAL, ICONS
from hearthline.design.sparkline import Sparkline, sparkline_of

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return the line icon ``name`` as inline SVG, hidden from screen readers (a word stands beside it)."""
    shape = mark_safe(ICONS[name])  # noqa: S308 — constants of ours, never a person's text
    kind = "icon flip" if name in DIRECTIONAL else "icon"
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', kind, shape)


@register.simple_tag
def field(bound_field: BoundField, **words: Any) -> SafeString:
    """Render a form field with its label, hint and error: ``{% field form.reason is_question=True %}``."""
    return render_to_string("design/field.html", {"field": bound_field, **words})


@register.filter
def widget_kind(bound_field: BoundField) -> str:
    """Return which shape the field's template draws (see ``formats.widget_kind``)."""
    return formats.widget_kind(bound_field)


@register.filter
def bdi(value: object) -> SafeString:
    """Isolate a name or value, so that its direction does not disturb the sentence around it."""
    return format_html("<bdi>{}</bdi>", value) if value not in (None, "") else SafeString("")


@register.filter
def initials(name: object) -> str:
    """Return up to two first letters of a name, for the circle beside it."""
    return formats.initials(str(name))


@register.filter
def telephone(value: object) -> SafeString:
    """Return a telephone number as people write it, isolated and never broken across lines."""
    return format_html('<bdi dir="ltr" class="nowrap">{}</bdi>', formats.telephone(str(value)))


@register.filter
def telephone_link(value: object) -> str:
    """Return the ``tel:`` address of a telephone number."""
    return formats.telephone_link(str(value))


@register.filter
def when(value: datetime | None, zone: object = "UTC") -> str:
    """Return day and time in ``zone``, naming it: Tuesday 24 November 2026, 14:30 (Chicago time)."""
    return formats.when(value, str(zone), get_language() or "en") if value else ""


@register.filter
def clock_time(value: datetime | None, zone: object = "UTC") -> str:
    """Return the time of day in ``zone`` without naming it, for lists whose heading names the zone."""
    return formats.clock_time(value, str(zone), get_language() or "en") if value else ""


@register.filter
def day(value: date | datetime | None, zone: object = "UTC") -> str:
    """Return the day in words: Tuesday 24 November 2026."""
    return formats.day(value, str(zone), get_language() or "en") if value else ""


@register.filter
def short_day(value: date | datetime | None, zone: object = "UTC") -> str:
    """Return the day for tables: 24 Nov 2026."""
    return formats.short_day(value, str(zone), get_language() or "en") if value else ""


@register.filter
def span(value: timedelta) -> str:
    """Return a length of time in its largest unit: 12 minutes, 7 hours."""
    return formats.span(value, get_language() or "en")


@register.filter
def zone_name(zone: object) -> str:
    """Return a time zone in words: Chicago time."""
    return formats.zone_name(str(zone), get_language() or "en")


@register.filter
def number(value: object) -> str:
    """Return a number with the language's separators."""
    return formats.number(value, get_language() or "en")


class PageHeading(template.Node):
    """Put the heading block into an ``h1``, unless it is empty or brings its own."""

    def __init__(self, nodelist: template.NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        """Return the heading of the page."""
        words = self.nodelist.render(context).strip()
        if not words or "<h1" in words:
            return SafeString(words)
        return format_html("<h1>{}</h1>", SafeString(words))


@register.tag
def pageheading(parser: template.base.Parser, _token: template.base.Token) -> PageHeading:
    """Frame the heading block: plain words become the page's ``h1``."""
    nodelist = parser.parse(("endpageheading",))
    parser.delete_first_token()
    return PageHeading(nodelist)


@register.inclusion_tag("design/tag.html", name="tag")
def tag_with_word(text: object, kind: str = "") -> dict[str, object]:
    """Render a tag: a word on a colour. ``kind`` is empty, ok, watch, urgent, info or now."""
    return {"text": text, "kind": kind}


@register.inclusion_tag("design/sparkline.html")
def sparkline(
    points: Iterable[Sequence[Any]],
    label: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Sparkline | str]:
    """Draw ``points`` of (label, value) with an optional usual range, and the same numbers as a table."""
    drawn = sparkline_of([(str(name), float(value)) for name, value in points], low=low, high=high)
    return {"drawn": drawn, "label": label, "unit": unit}
