"""Parts that other packages' pages show: what became of the messages about a thing."""

from typing import Any
from uuid import UUID

from django import template

from hearthline.messaging.queries import deliveries_about

register = template.Library()


@register.inclusion_tag("messaging/delivery_table.html")
def messages_about(about_type: str, about_id: UUID, zone: object) -> dict[str, Any]:
    """Show what became of the messages: ``{% messages_about "scheduling.appointment" appointment.id zone %}``."""
    return {"deliveries": deliveries_about(about_type, about_id), "zone": zone}
