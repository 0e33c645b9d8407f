"""Who cares for whom, since when and why; and what the organization decided about who may see whom."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models.patients import Patient
from hearthline.directory.models.practitioners import Practitioner
from hearthline.foundation import clock
from hearthline.foundation.models import Record, TenantForeignKey

RELATIONSHIP_DAYS = 180


class CareTeam(Record):
    """Practitioners who share the care of their patients."""

    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="care_team_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class CareTeamMember(Record):
    """A practitioner's time on a team."""

    team = TenantForeignKey(CareTeam, related_name="members")
    practitioner = TenantForeignKey(Practitioner, related_name="team_memberships")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "team", "practitioner"],
                condition=Q(ended_at__isnull=True),
                name="care_team_member_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class CareRelationship(Record):
    """That a practitioner or a team cares for a patient in a period; the ground of a clinician's access."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("Primary care")
        TREATING = "treating", _("Treating")
        CONSULTING = "consulting", _("Consulting")
        COVERING = "covering", _("Covering for a colleague")
        NURSING = "nursing", _("Nursing")

    class Source(models.TextChoices):
        APPOINTMENT = "appointment", _("Appointment")
        CARE_TEAM = "care_team", _("Care team")
        REFERRAL = "referral", _("Referral")
        MANUAL = "manual", _("Added by hand")

    patient = TenantForeignKey(Patient, related_name="care_relationships")
    practitioner = TenantForeignKey(Practitioner, null=True, blank=True, related_name="care_relationships")
    team = TenantForeignKey(CareTeam, null=True, blank=True, related_name="care_relationships")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TREATING)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_id = models.UUIDField(null=True, blank=True)
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, team__isnull=True)
                | Q(practitioner__isnull=True, team__isnull=False),
                name="care_relationship_one_side",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                name="care_relationship_period",
            ),
            models.UniqueConstraint(
                fields=["organization", "patient", "practitioner", "source", "source_id"],
                condition=Q(source_id__isnull=False),
                name="care_relationship_source_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "practitioner", "patient"], name="care_by_practitioner"),
            models.Index(fields=["organization", "team", "patient"], name="care_by_team"),
            models.Index(fields=["organization", "patient"], name="care_by_patient"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class OrganizationPolicy(Record):
    """What an organization decided about who may see whom. One row for each organization."""

    nurses_see_all_patients = models.BooleanField(default=True)
    navigators_see_all_patients = models.BooleanField(default=True)
    physicians_see_all_patients = models.BooleanField(default=False)
    relationship_days = models.PositiveSmallIntegerField(default=RELATIONSHIP_DAYS)
    is_self_registration_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="organization_policy_once"),
            models.CheckConstraint(
                condition=Q(relationship_days__gte=1, relationship_days__lte=3650),
                name="organization_policy_days",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
