"""Things that are lent to people and places, where each is, and the way it went.

A placement's ``reference`` is opaque: which person it stands for is written in a clinical table alone, so that
those who look after the technology never learn it.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.fleet.incident_rules import NOBODYS, Cause, IncidentState, Solution
from hearthline.fleet.rules import Kind, State
from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey

NAME_LENGTH = 80
SERIAL_LENGTH = 64
UDI_LENGTH = 120
NOTE_LENGTH = 300
DETAIL_LENGTH = 200


class Asset(Record):
    """One thing with a serial number."""

    kind = models.CharField(max_length=12, choices=Kind.choices, verbose_name=_("Kind"))
    manufacturer = models.CharField(max_length=NAME_LENGTH, verbose_name=_("Manufacturer"))
    model = models.CharField(max_length=NAME_LENGTH, verbose_name=_("Model"))
    serial = models.CharField(max_length=SERIAL_LENGTH, verbose_name=_("Serial number"))
    udi = models.CharField(
        max_length=UDI_LENGTH, blank=True, verbose_name=_("Unique device identifier (UDI)")
    )
    is_medical_device = models.BooleanField(
        default=True, verbose_name=_("A medical device by law (in the US: FDA)")
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    acquired_on = models.DateField(null=True, blank=True, verbose_name=_("Bought or received on"))

    class Meta:
        ordering = ["manufacturer", "model", "serial", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "manufacturer", "serial"], name="asset_serial_of_its_maker"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="asset_state_known"),
        ]
        indexes = [models.Index(fields=["organization", "state", "kind"], name="asset_by_state")]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.model}"


class AssetMove(Record):
    """A step of a thing's life. Rows are only added."""

    asset = TenantForeignKey(Asset, related_name="moves")
    from_state = models.CharField(max_length=10, choices=State.choices)
    to_state = models.CharField(max_length=10, choices=State.choices)
    moved_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    is_cleaned = models.BooleanField(default=False)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_state__in=["returned", "repair"], to_state="ready") | Q(is_cleaned=True),
                name="asset_cleaned_before_next",
            )
        ]


class Placement(Record):
    """From when until when a thing is lent, to whoever ``reference`` stands for."""

    asset = TenantForeignKey(Asset, related_name="placements")
    reference = models.UUIDField(default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="placement_reference"),
            models.UniqueConstraint(
                fields=["organization", "asset"],
                condition=Q(ended_at__isnull=True),
                name="placement_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="placement_ends_after_start",
            ),
        ]


class Incident(Record):
    """One technical fault, however many it touches. Faults of the same cause gather in it until somebody takes it."""

    cause = models.CharField(max_length=16, choices=Cause.choices, verbose_name=_("Cause"))
    state = models.CharField(max_length=10, choices=IncidentState.choices, default=IncidentState.OPEN)
    owner = models.ForeignKey(
        "identity.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    solution = models.CharField(max_length=16, choices=Solution.choices, blank=True)
    opened_at = models.DateTimeField(default=clock.now)
    solved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "cause"], condition=Q(state="open"), name="incident_gathers_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in sorted(NOBODYS)], owner__isnull=True)
                | Q(state__in=["taken", "waiting"], owner__isnull=False)
                | Q(state="solved"),
                name="incident_owner_fits_state",
            ),
            models.CheckConstraint(
                condition=Q(state="solved", solved_at__isnull=False) & ~Q(solution="")
                | ~Q(state="solved") & Q(solved_at__isnull=True, solution=""),
                name="incident_solved_with_cause",
            ),
        ]
        indexes = [models.Index(fields=["organization", "state", "-opened_at"], name="incident_by_state")]


class IncidentFault(Record):
    """One thing that an incident touches: what told of it (``source_id``), and where it is lent, if it is one thing.

    ``affected`` is a count of places, when a whole line is out; whose they are is not known here.
    """

    incident = TenantForeignKey(Incident, related_name="faults")
    source_id = models.UUIDField()
    reference = models.UUIDField(null=True, blank=True)
    affected = models.PositiveIntegerField(default=1)
    detail = models.CharField(
        max_length=DETAIL_LENGTH, blank=True
    )  # codes and measured figures; nobody's words
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source_id", "reference"],
                nulls_distinct=False,
                name="incident_fault_once",
            )
        ]
        indexes = [models.Index(fields=["organization", "reference"], name="incident_fault_at")]


class IncidentStep(Record):
    """What was done with an incident, by whom (nobody: by itself). Rows are only added."""

    incident = TenantForeignKey(Incident, related_name="steps")
    from_state = models.CharField(max_length=10, choices=IncidentState.choices)
    to_state = models.CharField(max_length=10, choices=IncidentState.choices)
    done_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    handed_to = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField(max_length=NOTE_LENGTH, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
