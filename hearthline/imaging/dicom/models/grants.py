"""What may be reached by DICOMweb, by whom, from when until when; and the machines that send and fetch."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.identity.roles import Role
from hearthline.imaging.dicom.models.images import Study

NAME_LENGTH = 80
AE_LENGTH = 16  # PS3.8: application entity titles
REASON_LENGTH = 300
DIGEST_BYTES = 32


class Gateway(Record):
    """A machine of this organization: a PACS or a sending device, with a token, an AE title, or both.

    The token is kept as SHA-256. ``address`` is where the DICOM association has to come from.
    """

    name = models.CharField(max_length=NAME_LENGTH, verbose_name=_("Name"))
    token_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, editable=False)
    calling_ae = models.CharField(
        max_length=AE_LENGTH, blank=True, verbose_name=_("AE title of the machine (calling)")
    )
    called_ae = models.CharField(
        max_length=AE_LENGTH, blank=True, verbose_name=_("AE title of ours (called)")
    )
    address = models.GenericIPAddressField(null=True, blank=True, verbose_name=_("IP address of the machine"))
    expires_at = models.DateTimeField(null=True, blank=True, verbose_name=_("Ends"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "token_digest"], name="gateway_token"),
            models.UniqueConstraint(
                fields=["organization", "calling_ae", "called_ae"],
                condition=~Q(calling_ae="") & Q(revoked_at__isnull=True),
                name="gateway_ae_titles",
            ),
            models.CheckConstraint(
                condition=Q(calling_ae="", called_ae="", address__isnull=True)
                | (~Q(calling_ae="") & ~Q(called_ae="") & Q(address__isnull=False)),
                name="gateway_ae_with_address",
            ),
        ]


class Grant(Record):
    """A DICOMweb root: what it shows, to whom, from when until when. What it does not show does not exist there.

    Exactly one holder: a person, everybody in a role, or a gateway. ``everything`` is for gateways alone.
    """

    class Covers(models.TextChoices):
        PATIENT = "patient", _("Everything of one patient")
        STUDIES = "studies", _("Named studies")
        EVERYTHING = "everything", _("Everything of this organization")

    class Right(models.TextChoices):
        READ = "read", _("Search and retrieve")
        STORE = "store", _("Store")
        RETRACT = "retract", _("Retract")

    covers = models.CharField(max_length=10, choices=Covers.choices)
    patient = TenantForeignKey("directory.Patient", null=True, blank=True, related_name="imaging_grants")
    user = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    gateway = TenantForeignKey(Gateway, null=True, related_name="grants")
    rights = ArrayField(models.CharField(max_length=8, choices=Right.choices), default=list)
    reason = models.CharField(max_length=REASON_LENGTH)
    granted_by = models.ForeignKey("identity.User", null=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(user__isnull=False) & Q(role="") & Q(gateway__isnull=True))
                | (Q(user__isnull=True) & ~Q(role="") & Q(gateway__isnull=True))
                | (Q(user__isnull=True) & Q(role="") & Q(gateway__isnull=False)),
                name="grant_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(covers="patient", patient__isnull=False)
                | Q(covers__in=["studies", "everything"], patient__isnull=True),
                name="grant_patient_named",
            ),
            models.CheckConstraint(
                condition=~Q(covers="everything") | Q(gateway__isnull=False),
                name="grant_everything_to_machine",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="grant_period"
            ),
        ]


class GrantedStudy(Record):
    """A study that a grant names."""

    grant = TenantForeignKey(Grant, related_name="granted_studies", on_delete=models.CASCADE)
    study = TenantForeignKey(Study, related_name="grants")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "grant", "study"], name="granted_study_once"),
        ]
