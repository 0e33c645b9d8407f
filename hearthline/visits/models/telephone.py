"""Telephones in a visit: each call that came in or was made, and how it went."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.visits.models.room import Join, Participant
from hearthline.visits.models.visit import TELEPHONE_LENGTH, Visit


class PhoneCall(Record):
    """One call of a telephone for a visit. Whose telephone it is stands in ``participant``, never in the number.

    ``language`` is set for somebody who was asked in by telephone: they are told who asks, and wait to be let in.
    """

    class Direction(models.TextChoices):
        DIALLED_IN = "in", _("Dialled in")
        CALLED = "out", _("Called by the clinic")

    class State(models.TextChoices):
        ASKED = "asked", _("About to ring")
        RINGING = "ringing", _("Ringing")
        ANSWERED = "answered", _("Answered, waiting for a key")
        CONNECTED = "connected", _("By telephone")
        BUSY = "busy", _("Busy")
        NO_ANSWER = "no_answer", _("No answer")
        FAILED = "failed", _("Could not be reached")
        ENDED = "ended", _("Hung up")

    visit = TenantForeignKey(Visit, related_name="phone_calls")
    participant = TenantForeignKey(Participant, related_name="phone_calls")
    join = TenantForeignKey(Join, null=True, blank=True, related_name="+")
    direction = models.CharField(max_length=4, choices=Direction.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    number = EncryptedTextField(max_length=TELEPHONE_LENGTH, blank=True, default="")
    language = models.CharField(
        max_length=10, blank=True, default=""
    )  # of whoever was asked in; else the house knows
    asked_by_user_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    hang_up_wanted_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # the worker that has the call wrote this last
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "participant"],
                condition=Q(ended_at__isnull=True),
                name="phone_call_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "ringing", "answered", "connected"), ended_at__isnull=True)
                | Q(state__in=("busy", "no_answer", "failed", "ended"), ended_at__isnull=False),
                name="phone_call_over_has_end",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "visit", "asked_at"], name="phone_call_by_visit"),
            models.Index(
                fields=["organization", "asked_at"],
                condition=Q(ended_at__isnull=True),
                name="phone_call_open",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
