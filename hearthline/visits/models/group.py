"""What is kept of a visit that goes, or went, through the media server: its room there, and each browser's place."""

from django.db import models

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.visits.models.room import Join
from hearthline.visits.models.visit import Visit

ROOM_LENGTH = 48


class GroupRoom(Record):
    """A visit's room in the media server; ``name`` is a secret of ours.

    ``calm_since``: since when the mesh would do again. ``failed_at``: when the media server was last found missing.
    """

    visit = TenantOneToOneField(Visit, related_name="group_room")
    name = models.CharField(max_length=ROOM_LENGTH)
    calm_since = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class MediaSeat(Record):
    """One join's session in the media server: what it sends (``publisher``, 0: nothing yet) and what it receives.

    ``feeds``: for each number of another join, the handle by which their sound and picture come.
    """

    join = TenantForeignKey(Join, related_name="seats")
    room = models.CharField(max_length=ROOM_LENGTH)
    session = models.BigIntegerField()
    publisher = models.BigIntegerField(default=0)
    feeds = models.JSONField(default=dict)
    kept_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "join"], name="media_seat_one"),
        ]

    def __str__(self) -> str:
        return str(self.id)
