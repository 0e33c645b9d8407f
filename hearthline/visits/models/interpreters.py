"""Interpreters of a visit: each request to one, and what became of it."""

from django.db import models
from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey, TenantOneToOneField
from hearthline.scheduling.rules.requirements import Kind
from hearthline.visits.choices import InterpreterChannel, InterpreterState
from hearthline.visits.models.room import NAME_LENGTH, Participant
from hearthline.visits.models.visit import TELEPHONE_LENGTH, Visit

LANGUAGE_LENGTH = 10
NUMBER_LENGTH = 40


class InterpreterBooking(Record):
    """One interpreter asked to a visit. They are a participant from the request on, and have segments of their own.

    ``number`` is what agencies give their interpreters instead of a name.
    """

    visit = TenantForeignKey(Visit, related_name="interpreter_bookings")
    participant = TenantOneToOneField(Participant, related_name="interpreter_booking")
    kind = models.CharField(max_length=14, choices=[(one.value, one.label) for one in Kind])
    language = models.CharField(max_length=LANGUAGE_LENGTH)
    channel = models.CharField(max_length=10, choices=InterpreterChannel.choices)
    telephone = EncryptedTextField(max_length=TELEPHONE_LENGTH, blank=True, default="")
    agency = models.CharField(max_length=NAME_LENGTH, blank=True)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    number = models.CharField(max_length=NUMBER_LENGTH, blank=True)
    state = models.CharField(
        max_length=10, choices=InterpreterState.choices, default=InterpreterState.REQUESTED
    )
    replaces = TenantForeignKey("self", null=True, blank=True, related_name="+")
    requested_by_user_id = models.UUIDField()
    requested_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_user_id = models.UUIDField(null=True)  # empty: the interpreter, by the link
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["requested_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "visit", "kind"],
                condition=Q(state="accepted"),
                name="interpreter_accepted_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | (~Q(name="") | ~Q(number="")) & Q(answered_at__isnull=False),
                name="interpreter_accepted_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("requested", "accepted"), ended_at__isnull=True)
                | Q(state__in=("declined", "withdrawn", "replaced"), ended_at__isnull=False),
                name="interpreter_over_has_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def called(self) -> str:
        """How the interpreter is named in a record: name, number and agency as far as they are known."""
        return ", ".join(part for part in (self.name, self.number, self.agency) if part)
