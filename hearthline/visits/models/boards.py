"""A picture shown to all beside the people, and what is drawn on it."""

from django.db import models
from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.visits.models.conversation import KEY_LENGTH, SharedFile
from hearthline.visits.models.room import Participant
from hearthline.visits.models.visit import Visit

SHAPE_LENGTH = 10


class Board(Record):
    """One shared picture or page of a PDF that everybody in the visit looks at, as long as who opened it is there.

    ``kept`` is the picture with its marks, kept with the visit; ``kept_key`` makes a second press the same picture.
    """

    visit = TenantForeignKey(Visit, related_name="boards")
    file = TenantForeignKey(SharedFile, related_name="boards")
    page = models.PositiveSmallIntegerField(default=1)
    opened_by = TenantForeignKey(Participant, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    kept = TenantForeignKey(SharedFile, null=True, blank=True, related_name="+")
    kept_key = models.CharField(max_length=KEY_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "visit"], condition=Q(closed_at__isnull=True), name="board_one_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class BoardMark(Record):
    """One mark: a shape and its points, each from 0 to 1 of the picture's width and height. Gone with its board."""

    board = TenantForeignKey(Board, related_name="marks")
    participant = TenantForeignKey(Participant, related_name="+")
    page = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(max_length=KEY_LENGTH)
    shape = models.CharField(max_length=SHAPE_LENGTH)
    points = models.JSONField(default=list)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "participant", "key"], name="board_mark_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)
