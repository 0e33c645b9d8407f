"""Who is monitored, with which devices, and the readings that came.

Readings carry small numbers (``MonitoredPatient.number``, ``Device.number``, ``Metric.number``) beside the
organization, so that a row is narrow and can be distributed. Their tables are made in SQL (partitions, keys);
``Reading``, ``Latest``, ``DailySummary`` and ``Chunk`` here are for asking, the pipeline writes them.
"""

import zlib

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey, TenantModel, TenantOneToOneField

NAME_LENGTH = 80
IDENTIFIER_LENGTH = 64
REASON_LENGTH = 300
DIGEST_BYTES = 32


class MonitoredPatient(Record):
    """A patient whose readings come in; ``number`` stands for the person in every reading."""

    patient = TenantOneToOneField("directory.Patient", related_name="monitored")
    number = models.BigIntegerField(
        db_default=Func(function="nextval", template="nextval('readings_number')")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="monitored_patient_number")
        ]


class MonitoringPause(Record):
    """Monitoring rests, openly and with an end: in hospital, travelling. Readings are kept; nobody is alerted."""

    class Reason(models.TextChoices):
        HOSPITAL = "hospital", _("In hospital")
        TRAVEL = "travel", _("Travelling")
        DEVICE = "device", _("Device being exchanged")
        OTHER = "other", _("Another reason")

    monitored = TenantForeignKey(MonitoredPatient, related_name="pauses")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    set_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="pause_ends_after_start")
        ]


class Device(Record):
    """Something that measures: a cuff, a scale, a sensor; or the page and file by which a person enters values.

    ``placement_reference`` is what the fleet knows of where it is; which person that is stands only here, in the
    assignment. ``is_automatic``: values come from the device itself, so its days count as device days.
    """

    class Kind(models.TextChoices):
        CUFF = "cuff", _("Blood pressure cuff")
        SCALE = "scale", _("Scale")
        METER = "meter", _("Glucose meter")
        CGM = "cgm", _("Glucose sensor")
        OXIMETER = "oximeter", _("Pulse oximeter")
        THERMOMETER = "thermometer", _("Thermometer")
        MANUAL = "manual", _("Typed in")
        FILE = "file", _("Read from a file")
        OTHER = "other", _("Another device")

    number = models.BigIntegerField(
        db_default=Func(function="nextval", template="nextval('readings_number')")
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=NAME_LENGTH)
    model = models.CharField(max_length=NAME_LENGTH, blank=True)
    identifier = models.CharField(max_length=IDENTIFIER_LENGTH, blank=True)  # serial, EUI-64 or address
    placement_reference = models.UUIDField(null=True, blank=True)
    is_automatic = models.BooleanField(default=True)
    precedence = models.SmallIntegerField(default=100)  # of two sources of one sensor, the lower number leads
    battery_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="device_number"),
            models.UniqueConstraint(
                fields=["organization", "kind", "identifier"],
                condition=~Q(identifier=""),
                name="device_identifier",
            ),
            models.CheckConstraint(
                condition=Q(battery_percent__isnull=True) | Q(battery_percent__lte=100),
                name="device_battery_percent",
            ),
        ]


class DeviceAssignment(Record):
    """From when until when a device measures which person. ``user_index``: the person's slot on a shared scale.

    A reading belongs to whoever the device was assigned to when it was measured. Overlaps are refused.
    """

    device = TenantForeignKey(Device, related_name="assignments")
    monitored = TenantForeignKey(MonitoredPatient, related_name="assignments")
    user_index = models.SmallIntegerField(default=-1)  # -1: the device knows one person only
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="device_measures_one_person_at_a_time",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("device", RangeOperators.EQUAL),
                    ("user_index", RangeOperators.EQUAL),
                    (
                        Func(
                            "starts_at",
                            "ends_at",
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="assignment_ends_after_start",
            ),
        ]


class DeviceCredential(Record):
    """What lets a machine in: a token (kept as SHA-256) or the device's own Ed25519 key with a counter.

    Without ``device`` it is a gateway's: its items name a device by identifier.
    """

    device = TenantForeignKey(Device, null=True, blank=True, related_name="credentials")
    name = models.CharField(max_length=NAME_LENGTH)
    token_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True)
    public_key = models.BinaryField(max_length=32, null=True, blank=True)
    counter = models.BigIntegerField(default=0)
    doors = ArrayField(models.CharField(max_length=12), default=list)  # "compact", "fhir", "nightscout"
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(token_digest__isnull=False, public_key__isnull=True)
                | Q(token_digest__isnull=True, public_key__isnull=False),
                name="credential_token_or_key",
            ),
            models.UniqueConstraint(fields=["token_digest"], name="credential_token_digest"),
        ]


class Ingestion(models.Model):
    """One body that was taken: by which door, how much of it was new, and the body itself for a while."""

    pk = models.CompositePrimaryKey("organization_id", "number", "received_at")
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    number = models.BigIntegerField()
    credential_id = models.UUIDField(null=True)
    door = models.CharField(max_length=12)
    received_at = models.DateTimeField()
    body_sha256 = models.BinaryField()
    body = models.BinaryField(null=True)  # zlib; its partition is dropped after the organization's retention
    accepted = models.IntegerField()
    duplicates = models.IntegerField()
    conflicts = models.IntegerField()
    rejected = models.IntegerField()

    class Meta:
        managed = False
        db_table = "readings_ingestion"

    def original(self) -> bytes:
        """Return the body as it came (unpacked), or nothing if it is no longer kept."""
        return zlib.decompress(bytes(self.body)) if self.body is not None else b""


class Reading(models.Model):
    """One value. ``observed_at`` is the device's own clock (identity); plus ``correction_seconds`` is the truth."""

    pk = models.CompositePrimaryKey(
        "organization_id", "patient_number", "metric", "observed_at", "device_number"
    )
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    observed_at = models.DateTimeField()
    device_number = models.BigIntegerField()
    value = models.FloatField()
    flags = models.IntegerField()
    correction_seconds = models.IntegerField()
    received_at = models.DateTimeField()
    ingestion_number = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "readings_reading"


class Latest(models.Model):
    """The newest believable value of each metric of each person; late, future and withdrawn ones never stand here."""

    pk = models.CompositePrimaryKey("organization_id", "patient_number", "metric")
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    observed_at = models.DateTimeField()  # corrected
    value = models.FloatField()
    flags = models.IntegerField()
    device_number = models.BigIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "readings_latest"


class DailySummary(models.Model):
    """One person's local day of one metric, in parts that can be added up (count, sum, squares, extremes)."""

    pk = models.CompositePrimaryKey("organization_id", "patient_number", "metric", "day")
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    day = models.DateField()
    count = models.IntegerField()
    automatic_count = models.IntegerField()
    total = models.FloatField()
    squares = models.FloatField()
    lowest = models.FloatField()
    highest = models.FloatField()
    bands = ArrayField(models.IntegerField())

    class Meta:
        managed = False
        db_table = "readings_dailysummary"


class DirtyDay(models.Model):
    """A day (UTC) of a person whose summary no longer says what the readings say; a job makes it true again."""

    pk = models.CompositePrimaryKey("organization_id", "patient_number", "metric", "day")
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    day = models.DateField()

    class Meta:
        managed = False
        db_table = "readings_dirtyday"


class Chunk(models.Model):
    """A finished UTC day of a stream, packed (``packing``); late readings of that day stay in ``Reading`` beside it."""

    pk = models.CompositePrimaryKey("organization_id", "patient_number", "metric", "device_number", "day")
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.DO_NOTHING, related_name="+")
    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    device_number = models.BigIntegerField()
    day = models.DateField()
    version = models.SmallIntegerField()
    count = models.IntegerField()
    packed = models.BinaryField()

    class Meta:
        managed = False
        db_table = "readings_chunk"


class ReadingConflict(TenantModel):
    """The same device said two values for one moment: the first is kept, this is the other."""

    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    observed_at = models.DateTimeField()
    device_number = models.BigIntegerField()
    kept_value = models.FloatField()
    other_value = models.FloatField()
    ingestion_number = models.BigIntegerField()
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "patient_number", "-received_at"], name="conflict_of")
        ]


class ReadingCorrection(TenantModel):
    """A value that was replaced or withdrawn, by whom and why. Nothing is overwritten without a row here."""

    patient_number = models.BigIntegerField()
    metric = models.SmallIntegerField()
    observed_at = models.DateTimeField()
    device_number = models.BigIntegerField()
    old_value = models.FloatField()
    new_value = models.FloatField(null=True)
    reason = models.CharField(max_length=REASON_LENGTH)
    corrected_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "patient_number", "-corrected_at"], name="correction_of")
        ]


__all__ = [
    "Chunk",
    "DailySummary",
    "Device",
    "DeviceAssignment",
    "DeviceCredential",
    "DirtyDay",
    "Ingestion",
    "Latest",
    "MonitoredPatient",
    "MonitoringPause",
    "Reading",
    "ReadingConflict",
    "ReadingCorrection",
]
