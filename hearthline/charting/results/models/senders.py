"""Who sends results, with what right, and every message as it came."""

from ipaddress import ip_network

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.tenancy.models import ZONE_LENGTH, validate_zone

NAME_LENGTH = 100
NUMBER_LENGTH = 199  # of orders, reports and messages; HL7 v2.5.1 gives MSH-10 20 and EI.1 199 characters
SHA256_LENGTH = 64  # in hexadecimal
WORDS_LENGTH = 1_000
ANSWER_LENGTH = 300
ADDRESSES_LENGTH = 400
MAX_ADDRESSES = 20
validate_fingerprint = RegexValidator(
    r"^([0-9a-f]{64})?$", _("Enter the SHA-256 fingerprint as 64 letters and digits, without colons.")
)


def validate_addresses(value: str) -> None:
    """Refuse a list in which something is no IP address or network."""
    parts = value.split()
    try:
        networks = [ip_network(part) for part in parts]
    except ValueError as problem:
        raise ValidationError(
            _("Enter IP addresses or networks with spaces between them: 192.0.2.7 10.1.0.0/16.")
        ) from problem
    if len(networks) > MAX_ADDRESSES:
        raise ValidationError(_("Enter at most 20 addresses."))


class Laboratory(Record):
    """A sender of results. A message is taken from one that is listed here, active, and comes from where it may."""

    class Charset(models.TextChoices):
        """Character sets of HL7 table 0211 in which results come when MSH-18 is silent."""

        ASCII = "ASCII", _("ASCII")
        UTF_8 = "UNICODE UTF-8", _("UTF-8")
        LATIN_1 = "8859/1", _("Latin 1 (Western Europe)")
        LATIN_2 = "8859/2", _("Latin 2 (Central Europe)")
        ARABIC = "8859/6", _("Arabic")
        LATIN_9 = "8859/15", _("Latin 9 (Western Europe with €)")

    name = models.CharField(max_length=NAME_LENGTH)
    sending_application = models.CharField(max_length=NAME_LENGTH)  # MSH-3
    sending_facility = models.CharField(max_length=NAME_LENGTH, blank=True)  # MSH-4
    addresses = models.CharField(max_length=ADDRESSES_LENGTH, blank=True, validators=[validate_addresses])
    certificate_fingerprint = models.CharField(
        max_length=SHA256_LENGTH, blank=True, validators=[validate_fingerprint]
    )
    issuer = TenantForeignKey("directory.IdentifierIssuer", null=True, blank=True, related_name="+")
    zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone])
    charset = models.CharField(max_length=20, choices=Charset.choices, default=Charset.ASCII)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sending_application", "sending_facility"],
                name="laboratory_sender_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MachineToken(Record):
    """A bearer token by which a machine of the organization uses the FHIR door. Only its digest is kept."""

    class Scope(models.TextChoices):
        """What it opens, as SMART App Launch 2 writes scopes of systems."""

        FILE = "system/DiagnosticReport.c", _("Send results")
        READ = "system/DiagnosticReport.rs", _("Read released results of every patient")

    name = models.CharField(max_length=NAME_LENGTH)
    laboratory = TenantForeignKey(Laboratory, null=True, blank=True, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope.choices), size=2)
    token_digest = models.BinaryField(max_length=32)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "token_digest"], name="machine_token_unique"),
            models.CheckConstraint(
                condition=~Q(scopes__contains=["system/DiagnosticReport.c"]) | Q(laboratory__isnull=False),
                name="machine_token_that_files_has_laboratory",
            ),
        ]


class IncomingMessage(Record):
    """One message as it came. The bytes are in the encrypted file store; nothing acknowledged is without this row."""

    class Format(models.TextChoices):
        HL7 = "hl7v2", _("HL7 v2")
        FHIR = "fhir", _("FHIR")

    class State(models.TextChoices):
        FILED = "filed", _("Filed")
        WAITING = "waiting", _("Waits for a person")
        REPLACED = "replaced", _("Replaced by a corrected copy")
        SET_ASIDE = "set_aside", _("Set aside")

    class Problem(models.TextChoices):
        NONE = "", _("None")
        UNREADABLE = "unreadable", _("It cannot be read")
        UNKNOWN_PATIENT = "unknown_patient", _("No patient has this number")
        MISMATCH = "mismatch", _("Name or birth date differ from the record")
        OTHER_PATIENT = "other_patient", _("The report is already filed for another patient")
        CONFLICT = "conflict", _("Another message came with the same number")

    laboratory = TenantForeignKey(Laboratory, related_name="messages")
    format = models.CharField(max_length=6, choices=Format.choices)
    control_id = models.CharField(max_length=NUMBER_LENGTH)
    sha256 = models.CharField(max_length=SHA256_LENGTH)
    size_bytes = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    problem = models.CharField(max_length=16, choices=Problem.choices, blank=True)
    where = models.CharField(max_length=60, blank=True)  # the place at fault: PID-3, OBX(4)-5, entry[2]
    detail = EncryptedTextField(max_length=WORDS_LENGTH, blank=True, default="")
    corrects = TenantForeignKey("self", null=True, blank=True, related_name="corrections")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_reason = EncryptedTextField(max_length=WORDS_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "laboratory", "control_id", "sha256"], name="message_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | ~Q(problem=""), name="message_waits_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "-created_at"], condition=Q(state="waiting"), name="message_waiting"
            )
        ]
