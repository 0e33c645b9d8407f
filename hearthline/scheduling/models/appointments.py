"""Bookings, their history, and the links by which a patient answers a reminder."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.scheduling.models.services import Mode, Service
from hearthline.scheduling.rules.states import ACTIVE, Action
from hearthline.scheduling.rules.states import Status as Standing
from hearthline.tenancy.models import ZONE_LENGTH, validate_jurisdiction, validate_zone

KEY_LENGTH = 100
ACTIVE_VALUES = sorted(status.value for status in ACTIVE)
STATUS_LABELS = {
    Standing.PROPOSED: _("Proposed"),
    Standing.HELD: _("Kept for a moment"),
    Standing.BOOKED: _("Booked"),
    Standing.ARRIVED: _("Arrived"),
    Standing.FULFILLED: _("Took place"),
    Standing.CANCELLED: _("Cancelled"),
    Standing.NOSHOW: _("Did not come"),
}
REASON_LENGTH = 30
ACTION_LABELS = {
    Action.BOOK: _("Booked"),
    Action.MOVE: _("Moved"),
    Action.CONFIRM: _("Confirmed"),
    Action.CANCEL: _("Cancelled"),
    Action.ARRIVE: _("Arrived"),
    Action.UNDO_ARRIVE: _("Not there after all"),
    Action.NOSHOW: _("Did not come"),
    Action.UNDO_NOSHOW: _("Came after all"),
    Action.FULFIL: _("Took place"),
    Action.TO_TELEPHONE: _("Held by telephone instead"),
}


def get_visible_time() -> models.Func:
    """From the start to the end that people see, in SQL."""
    return models.Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField())


class Place(models.TextChoices):
    """Where the patient says they will be, in words."""

    HOME = "home", _("At home")
    WORK = "work", _("At work or school")
    HUB = "hub", _("At a library, pharmacy or other place with a room for visits")
    CLINIC = "clinic", _("At the clinic")
    ELSEWHERE = "elsewhere", _("Somewhere else")


class Reason(models.TextChoices):
    """Why an appointment was cancelled or missed. Codes only: free text would carry clinical words."""

    BETTER = "better", _("I feel better")
    TIME = "time", _("The time does not work")
    ELSEWHERE = "elsewhere", _("I got care somewhere else")
    TECHNOLOGY = "technology", _("The phone, computer or internet does not work")
    COST = "cost", _("The cost")
    CLINIC = "clinic", _("The clinic had to cancel")
    MISTAKE = "mistake", _("Booked by mistake")
    EMERGENCY = "emergency", _("Sent to emergency care")
    OTHER = "other", _("Another reason")
    NO_ANSWER = "no_answer", _("Did not answer when called")
    COULD_NOT_CONNECT = "could_not_connect", _("Tried to join, could not connect")
    LEFT = "left", _("Left before being seen")
    NO_INTERPRETER = "no_interpreter", _("No interpreter came")


class Appointment(Record):
    """A booking. While someone is still choosing it is ``held``, until ``held_until``, perhaps by a stranger.

    ``period`` is the clinician's time, buffers included. The database refuses two active rows of one practitioner
    whose periods overlap, and two of one patient whose visible times overlap. Held rows are nobody's record: they
    are deleted when released, and every door for a user leaves them out.
    """

    Status = Standing

    patient = TenantForeignKey("directory.Patient", null=True, blank=True, related_name="+")
    practitioner = TenantForeignKey("directory.Practitioner", related_name="+")
    service = TenantForeignKey(Service, related_name="+")
    site = TenantForeignKey("tenancy.Site", related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    period = DateTimeRangeField()
    mode = models.CharField(max_length=12, choices=Mode.choices)
    status = models.CharField(
        max_length=12, choices=[(status.value, label) for status, label in STATUS_LABELS.items()]
    )
    held_until = models.DateTimeField(null=True, blank=True)
    reason_code = models.CharField(max_length=REASON_LENGTH, choices=Reason.choices, blank=True)
    location_jurisdiction = models.CharField(max_length=6, validators=[validate_jurisdiction], blank=True)
    location_place = models.CharField(max_length=12, choices=Place.choices, blank=True)
    patient_zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone], blank=True)
    practitioner_zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone])
    language = models.CharField(max_length=10, blank=True)
    access_needs = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_walk_in = models.BooleanField(default=False)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    follows = TenantForeignKey("self", null=True, blank=True, related_name="+")
    idempotency_key = models.CharField(max_length=KEY_LENGTH)
    sequence = models.PositiveIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    moved_from_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(
                fields=["organization", "practitioner", "starts_at"], name="appointment_by_practitioner"
            ),
            models.Index(fields=["organization", "patient", "starts_at"], name="appointment_by_patient"),
            models.Index(fields=["organization", "starts_at"], name="appointment_by_time"),
            models.Index(
                fields=["organization", "practitioner", "starts_at"],
                name="appointment_busy",
                condition=models.Q(status__in=ACTIVE_VALUES),
            ),
            models.Index(
                fields=["organization", "held_until"],
                name="appointment_held",
                condition=models.Q(held_until__isnull=False),
            ),
        ]
        constraints = [
            ExclusionConstraint(
                name="appointment_practitioner_free",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("practitioner", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(status__in=ACTIVE_VALUES),
            ),
            ExclusionConstraint(
                name="appointment_patient_free",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("patient", RangeOperators.EQUAL),
                    (
                        get_visible_time(),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=models.Q(status__in=ACTIVE_VALUES),
            ),
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"], name="appointment_asked_once"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="appointment_has_length"
            ),
            models.CheckConstraint(
                condition=models.Q(period__contains=get_visible_time()),
                name="appointment_inside_its_period",
            ),
            models.CheckConstraint(
                condition=models.Q(status="held", held_until__isnull=False)
                | (~models.Q(status="held") & models.Q(held_until__isnull=True, patient__isnull=False)),
                name="appointment_held_or_someones",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in Standing]),
                name="appointment_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.starts_at:%Y-%m-%d %H:%M}"


class AppointmentChange(Record):
    """One change of an appointment: what, from, to, by whom and by which door. Rows are only added."""

    class Door(models.TextChoices):
        PATIENT = "patient", _("Patient")
        STAFF = "staff", _("Staff")
        LINK = "link", _("Link in a message")
        REPLY = "reply", _("Reply to a text message")
        TELEPHONE = "telephone", _("Spoken menu on the telephone")
        SYSTEM = "system", _("System")

    appointment = TenantForeignKey(Appointment, related_name="changes")
    action = models.CharField(max_length=20)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    from_starts_at = models.DateTimeField(null=True, blank=True)
    to_starts_at = models.DateTimeField()
    from_practitioner = TenantForeignKey("directory.Practitioner", null=True, blank=True, related_name="+")
    to_practitioner = TenantForeignKey("directory.Practitioner", related_name="+")
    reason_code = models.CharField(max_length=REASON_LENGTH, choices=Reason.choices, blank=True)
    door = models.CharField(max_length=10, choices=Door.choices)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["organization", "appointment"], name="change_by_appointment")]

    def __str__(self) -> str:
        return f"{self.action} {self.created_at:%Y-%m-%d %H:%M}"

    def get_action_display(self) -> Any:
        """The change in words."""
        return ACTION_LABELS[Action(self.action)]


class AppointmentLink(Record):
    """The right to confirm, move or cancel one appointment, given in a message. Only the hash is kept."""

    appointment = TenantForeignKey(Appointment, related_name="links")
    token_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "token_hash"], name="appointment_link_unique")
        ]

    def __str__(self) -> str:
        return str(self.id)


class AppointmentPin(Record):
    """Digits by which a telephone finds one appointment. Only a keyed digest is kept."""

    appointment = TenantForeignKey(Appointment, related_name="pins")
    pin_index = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "pin_index"], name="appointment_pin_unique")
        ]

    def __str__(self) -> str:
        return str(self.id)
