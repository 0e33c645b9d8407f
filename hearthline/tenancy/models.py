"""Organizations and the places they work at."""

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.foundation.models import Record

ZONE_LENGTH = 64
JURISDICTION_PATTERN = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"
validate_jurisdiction = RegexValidator(
    JURISDICTION_PATTERN, _("Use an ISO 3166 code, for example US-TX or ES-MD.")
)


validate_number = RegexValidator(
    r"^\+[0-9]{6,15}$", _("Write the number with its country, for example +15125550100.")
)


def validate_zone(value: str) -> None:
    """Refuse a time zone that the IANA data base does not know."""
    if value not in available_timezones():
        raise ValidationError(_("Choose a time zone from the list, for example America/Chicago."))


class Organization(models.Model):
    """A clinic, hospital or practice: the owner of its patients' data.

    The table has no wall: names and telephone numbers of organizations are public, and pages of each one are
    reached by its ``slug``. Changing one is limited to the organization signed into the transaction.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone])
    default_language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    jurisdiction = models.CharField(max_length=6, validators=[validate_jurisdiction])
    telephone = models.CharField(max_length=32, blank=True)
    emergency_number = models.CharField(max_length=16, default="911")
    # Where patients dial into their visit: a number of the trunk (``telephony``), with its country, +15125550100.
    dial_in_number = models.CharField(max_length=20, blank=True, validators=[validate_number])
    is_relay_only = models.BooleanField(
        default=False,
        help_text=_("Media always pass through the relay, so that nobody learns another's address."),
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["dial_in_number"],
                condition=~models.Q(dial_in_number=""),
                name="organization_dial_in_number_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Site(Record):
    """A place of an organization: a clinic, a ward, or a hub room in a library or pharmacy."""

    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    zone = models.CharField(max_length=ZONE_LENGTH, validators=[validate_zone])
    jurisdiction = models.CharField(max_length=6, validators=[validate_jurisdiction])
    telephone = models.CharField(max_length=32, blank=True)
    emergency_number = models.CharField(max_length=16, default="911")
    is_hub = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="site_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name
