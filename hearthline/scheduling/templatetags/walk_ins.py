"""The way to the line of people without a booking, for pages above."""

from django import template
from django.urls import reverse

from hearthline.scheduling.models import Service

register = template.Library()


@register.simple_tag
def line_address(slug: str = "") -> str:
    """Where to join the line (of the clinic with that slug, for strangers); nothing where there is no line."""
    if not Service.objects.filter(takes_walk_ins=True, is_active=True).exclude(booked_by="staff").exists():
        return ""
    return reverse("scheduling:public_line", args=[slug]) if slug else reverse("scheduling:line")
