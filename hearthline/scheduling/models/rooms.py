"""What a hub attendant does with the room for one visit: start it, and clean it after."""

from django.conf import settings
from django.db import models

from hearthline.foundation.models import Record, TenantOneToOneField
from hearthline.scheduling.models.appointments import Appointment


class RoomTurn(Record):
    """The room's turn for one visit: who got it ready and who cleaned it, when. Nothing of the visit itself."""

    appointment = TenantOneToOneField(Appointment, related_name="room_turn")
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cleaned_at = models.DateTimeField(null=True, blank=True)
    cleaned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "appointment"], name="room_turn_once"),
            models.CheckConstraint(
                condition=models.Q(cleaned_at__isnull=True) | models.Q(started_at__isnull=False),
                name="room_turn_cleaned_after_start",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
