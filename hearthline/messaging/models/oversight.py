"""What watches over the sending: the worker's pulse, alarms, and notices to staff inside the application."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record
from hearthline.identity.models import User

NAME_LENGTH = 40
SUBJECT_LENGTH = 60
KEY_LENGTH = 200


class WorkerPulse(models.Model):
    """When a process of the installation last showed that it works. Not of an organization."""

    name = models.CharField(max_length=NAME_LENGTH, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Alarm(Record):
    """Something that stopped working and that a person has to know of. One open row for each kind."""

    class Kind(models.TextChoices):
        REMINDERS_LATE = "reminders_late", _("Reminders are not going out")
        WORKER_SILENT = "worker_silent", _("The worker that sends messages has stopped")
        REMINDERS_MISSING = "reminders_missing", _("Reminders or alerts that should have gone out did not")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    count = models.PositiveIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(default=clock.now)
    mailed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind"], condition=Q(ended_at__isnull=True), name="alarm_open_once"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class StaffNotice(Record):
    """A line in a staff member's own list: something happened that they should look at. Never clinical text."""

    class Kind(models.TextChoices):
        THREAD_ASSIGNED = "thread_assigned", _("A conversation was handed to you")
        THREAD_WAITING = "thread_waiting", _("A patient wrote to your team")
        GLASS_BROKEN = "glass_broken", _("Someone opened a record in an emergency: please review")
        CONTACT_DOUBTFUL = (
            "contact_doubtful",
            _("A contact address does not work: please ask for a better one"),
        )
        TEXT_UNREAD = "text_unread", _("A patient answered a text with words that nobody reads")
        REMINDERS_ALARM = "reminders_alarm", _("Reminders are not going out")
        READINGS_WAITING = "readings_waiting", _("A person measured at home needs a look")
        OTHER = "other", _("Something needs you")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    about_type = models.CharField(max_length=40)
    about_id = models.UUIDField()
    path = models.CharField(max_length=SUBJECT_LENGTH * 3)
    key = models.CharField(max_length=KEY_LENGTH)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "key"], name="staff_notice_once")
        ]
        indexes = [
            models.Index(
                fields=["organization", "user"], condition=Q(read_at__isnull=True), name="staff_notice_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.kind
