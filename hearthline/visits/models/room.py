"""Who is in the room: participants, their joins, their stretches of time, and the messages between browsers."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey, TenantModel
from hearthline.visits.choices import (
    ExaminationDevice,
    Modality,
    ParticipantRole,
    ParticipantState,
    QueueKind,
    SegmentCause,
)
from hearthline.visits.models.visit import Visit

NAME_LENGTH = 100
NONCE_LENGTH = 43
SESSION_LENGTH = 64
TAB_LENGTH = 40
EVENT_LENGTH = 20


class Participant(Record):
    """Somebody who takes part, or may: a person with an account, or a guest who came by a link.

    ``is_host``: leads the visit. ``is_pinned``: shown large to everybody. ``is_aside``: speaks apart with the other
    clinicians. ``is_sharing``: shows their screen. ``examines_with``: shows an examination camera. ``agreed_at``:
    when the patient agreed to an observer.
    """

    visit = TenantForeignKey(Visit, related_name="participants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    role = models.CharField(max_length=12, choices=ParticipantRole.choices)
    name = models.CharField(max_length=NAME_LENGTH)
    state = models.CharField(
        max_length=10, choices=ParticipantState.choices, default=ParticipantState.OUTSIDE
    )
    modality = models.CharField(max_length=8, choices=Modality.choices, default=Modality.VIDEO)
    modality_cause = models.CharField(max_length=10, choices=SegmentCause.choices, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    admitted_at = models.DateTimeField(null=True, blank=True)
    admitted_by_user_id = models.UUIDField(null=True)
    invited_by_user_id = models.UUIDField(null=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    is_host = models.BooleanField(default=False)
    is_pinned = models.BooleanField(default=False)
    is_aside = models.BooleanField(default=False)
    is_sharing = models.BooleanField(default=False)
    examines_with = models.CharField(max_length=16, choices=ExaminationDevice.choices, blank=True, default="")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "visit", "user"],
                condition=Q(user__isnull=False),
                name="participant_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "visit"], condition=Q(is_host=True), name="participant_one_host"
            ),
            models.UniqueConstraint(
                fields=["organization", "visit"], condition=Q(is_pinned=True), name="participant_one_pinned"
            ),
            models.UniqueConstraint(
                fields=["organization", "visit"], condition=Q(is_sharing=True), name="participant_one_shares"
            ),
            models.CheckConstraint(
                condition=Q(is_host=False, is_aside=False) | Q(role=ParticipantRole.CLINICIAN),
                name="participant_clinician_leads",
            ),
            models.CheckConstraint(
                condition=~Q(role=ParticipantRole.OBSERVER)
                | ~Q(state=ParticipantState.ADMITTED)
                | Q(agreed_at__isnull=False),
                name="participant_observer_agreed",
            ),
            models.CheckConstraint(
                condition=~Q(state="admitted") | Q(admitted_at__isnull=False), name="participant_admitted_at"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Join(Record):
    """One tab of one participant. A newer one takes over; a message with an older nonce is refused.

    ``number`` counts the joins of a visit: between two people the later number is the polite one. ``last_event``
    counts the events sent to this join; the row's lock keeps their order the order of commits.
    """

    participant = TenantForeignKey(Participant, related_name="joins")
    visit = TenantForeignKey(Visit, related_name="joins")
    number = models.PositiveIntegerField()
    nonce = models.CharField(max_length=NONCE_LENGTH)
    session_key = models.CharField(max_length=SESSION_LENGTH)
    tab = models.CharField(max_length=TAB_LENGTH, blank=True)
    last_event = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(default=clock.now)
    lost_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_cause = models.CharField(max_length=10, choices=SegmentCause.choices, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "nonce"], name="join_nonce_unique"),
            models.UniqueConstraint(fields=["organization", "visit", "number"], name="join_number_unique"),
            models.UniqueConstraint(
                fields=["organization", "participant"],
                condition=Q(closed_at__isnull=True),
                name="join_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "seen_at"], condition=Q(closed_at__isnull=True), name="join_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Segment(Record):
    """A stretch in which one participant was in the visit in one modality; times are the server's.

    ``start_cause`` says why it began (somebody came back), ``modality_cause`` why it is not video (the connection).
    """

    visit = TenantForeignKey(Visit, related_name="segments")
    participant = TenantForeignKey(Participant, related_name="segments")
    modality = models.CharField(max_length=8, choices=Modality.choices)
    modality_cause = models.CharField(max_length=10, choices=SegmentCause.choices, blank=True)
    started_at = models.DateTimeField(default=clock.now)
    start_cause = models.CharField(max_length=10, choices=SegmentCause.choices)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_cause = models.CharField(max_length=10, choices=SegmentCause.choices, blank=True)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "participant"],
                condition=Q(ended_at__isnull=True),
                name="segment_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="segment_times",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SignalMessage(TenantModel):
    """An event for one join, numbered for that join. Removed when the visit ends: descriptions hold addresses."""

    join = TenantForeignKey(Join, related_name="messages")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=EVENT_LENGTH)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "join", "number"], name="signal_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class QueueEvent(Record):
    """What happened to the patient around the waiting room, for honest times later."""

    visit = TenantForeignKey(Visit, related_name="queue_events")
    kind = models.CharField(max_length=20, choices=QueueKind.choices)
    at = models.DateTimeField(default=clock.now)
    by_user_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.kind
