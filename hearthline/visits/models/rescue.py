"""What the rescue desk ranked and did, so that both can be measured by what then happened."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.visits.choices import Help, RequestEnd, Window
from hearthline.visits.models.visit import Visit

SIGN_LENGTH = 20
REQUESTS = (Help.HUB_ROOM, Help.LOANER)


class RankedVisit(Record):
    """How a visit stood when it first came into a window of the desk. Rows are only added."""

    visit = TenantForeignKey(Visit, related_name="rankings")
    window = models.CharField(max_length=6, choices=Window.choices)
    ranked_at = models.DateTimeField(default=clock.now)
    points = models.PositiveSmallIntegerField()
    is_high = models.BooleanField()
    signs = ArrayField(models.CharField(max_length=SIGN_LENGTH), default=list, blank=True)
    weights_from = models.DateField()

    class Meta:
        ordering = ["ranked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "visit", "window"], name="ranked_once_in_window"),
        ]

    def __str__(self) -> str:
        return f"{self.window} {self.points}"


class Rescue(Record):
    """One thing that was done for a visit that might fail: what, by whom, when; a request is open until closed."""

    visit = TenantForeignKey(Visit, related_name="rescues")
    help = models.CharField(max_length=10, choices=Help.choices)
    window = models.CharField(max_length=6, choices=Window.choices, blank=True)
    signs = ArrayField(models.CharField(max_length=SIGN_LENGTH), default=list, blank=True)
    done_by_user_id = models.UUIDField(null=True)
    done_by = models.CharField(max_length=100, blank=True)
    done_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=100, blank=True)
    end = models.CharField(max_length=12, choices=RequestEnd.choices, blank=True)

    class Meta:
        ordering = ["done_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "visit", "help"],
                condition=Q(help__in=REQUESTS, closed_at__isnull=True),
                name="rescue_request_open_once",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, end="")
                | Q(closed_at__isnull=False, help__in=REQUESTS) & ~Q(end=""),
                name="rescue_closed_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "visit", "done_at"], name="rescue_by_visit"),
            models.Index(
                fields=["organization", "done_at"],
                condition=Q(help__in=REQUESTS, closed_at__isnull=True),
                name="rescue_request_open",
            ),
        ]

    def __str__(self) -> str:
        return self.help


class SafetyStep(Record):
    """One step of the protocol for a patient at risk: done by whom, when. Rows are only added."""

    visit = TenantForeignKey(Visit, related_name="safety_steps")
    step = models.CharField(max_length=20)
    done_by_user_id = models.UUIDField(null=True)
    done_by = models.CharField(max_length=100, blank=True)
    done_at = models.DateTimeField(default=clock.now)
    protocol_from = models.DateField()

    class Meta:
        ordering = ["done_at", "id"]
        indexes = [models.Index(fields=["organization", "visit", "done_at"], name="safety_step_by_visit")]

    def __str__(self) -> str:
        return self.step
