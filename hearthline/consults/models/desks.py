"""Who answers: the desks of an organization, agreements between organizations, and the grant of one case."""

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hearthline.consults.rules.clocks import WorkingCalendar
from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey
from hearthline.tenancy.models import ZONE_LENGTH, validate_zone

CODE_LENGTH = 20
NAME_LENGTH = 200
REASON_LENGTH = 500


class Desk(Record):
    """Where an organization's cases of one specialty arrive: its hours, its promises, who may ask."""

    specialty = models.CharField(max_length=CODE_LENGTH)
    is_open = models.BooleanField(_("Takes cases"), default=True)
    is_open_to_patients = models.BooleanField(_("Patients may ask themselves"), default=False)
    zone = models.CharField(_("Time zone"), max_length=ZONE_LENGTH, validators=[validate_zone])
    opens = models.TimeField(_("Opens"), default=time(8, 0))
    closes = models.TimeField(_("Closes"), default=time(17, 0))
    weekdays = ArrayField(models.SmallIntegerField(), verbose_name=_("Days"))
    holidays = ArrayField(models.DateField(), default=list, blank=True, verbose_name=_("Holidays"))
    urgent_minutes = models.PositiveIntegerField(_("Urgent: answer within, working minutes"))
    soon_minutes = models.PositiveIntegerField(_("Soon: answer within, working minutes"))
    routine_minutes = models.PositiveIntegerField(_("Routine: answer within, working minutes"))

    class Meta:
        ordering = ["specialty"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "specialty"], name="desk_one_a_specialty"),
            models.CheckConstraint(
                condition=Q(urgent_minutes__gt=0)
                & Q(soon_minutes__gte=F("urgent_minutes"))
                & Q(routine_minutes__gte=F("soon_minutes")),
                name="desk_targets_in_order",
            ),
            models.CheckConstraint(condition=Q(weekdays__len__gt=0), name="desk_has_days"),
        ]

    @property
    def calendar(self) -> WorkingCalendar:
        """When this desk works."""
        return WorkingCalendar(
            self.zone, self.opens, self.closes, frozenset(self.weekdays), frozenset(self.holidays)
        )


class DeskReader(Record):
    """A practitioner who answers at a desk, while available and not full."""

    desk = TenantForeignKey(Desk, related_name="readers")
    practitioner = TenantForeignKey("directory.Practitioner", related_name="+")
    is_available = models.BooleanField(default=True)
    most_open = models.PositiveSmallIntegerField(default=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "desk", "practitioner"], name="desk_reader_once"),
        ]


class DeskPerson(Record):
    """A named person who is told when an answer is late; the first at once, the next an hour later."""

    desk = TenantForeignKey(Desk, related_name="people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "desk", "user"], name="desk_person_once"),
            models.UniqueConstraint(fields=["organization", "desk", "position"], name="desk_person_in_order"),
        ]


class Agreement(Record):
    """That another organization answers cases of a specialty for this one. In force once both have said so."""

    answering_organization = models.ForeignKey(
        "tenancy.Organization", on_delete=models.PROTECT, related_name="+"
    )
    specialty = models.CharField(max_length=CODE_LENGTH)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "answering_organization", "specialty"],
                condition=Q(ended_at__isnull=True),
                name="agreement_one_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(organization=F("answering_organization")), name="agreement_with_another"
            ),
        ]

    @property
    def is_in_force(self) -> bool:
        """Whether both have agreed and nobody has ended it."""
        return self.accepted_at is not None and self.ended_at is None


class Grant(Record):
    """That another organization sees one case and may answer it. The policies of the case's tables read this row.

    Without an open row nothing of the case exists there; the moment it ends, access has ended.
    """

    consult = TenantForeignKey("consults.Consult", related_name="grants")
    agreement = TenantForeignKey(Agreement, related_name="grants")
    answering_organization = models.ForeignKey(
        "tenancy.Organization", on_delete=models.PROTECT, related_name="+"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    granted_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    end_reason = EncryptedTextField(max_length=REASON_LENGTH, blank=True, default="")

    class Meta:
        ordering = ["-granted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "consult"], condition=Q(ended_at__isnull=True), name="grant_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(organization=F("answering_organization")), name="grant_to_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["answering_organization", "consult"],
                condition=Q(ended_at__isnull=True),
                name="grant_open_by_answering",
            )
        ]
