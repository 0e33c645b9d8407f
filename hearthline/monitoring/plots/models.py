"""What a clinician sets for a plot. Readings themselves are in ``monitoring.readings``."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from hearthline.foundation import clock
from hearthline.foundation.crypto import EncryptedTextField
from hearthline.foundation.models import Record, TenantForeignKey

REASON_LENGTH = 300
KILOGRAMS_MIN, KILOGRAMS_MAX = 20, 350  # of an adult without excess fluid; outside it is a slip of the hand


class DryWeight(Record):
    """The weight at which a person holds no excess fluid, as a clinician set it. The newest holds; none is changed."""

    patient = TenantForeignKey("directory.Patient", related_name="+")
    kilograms = models.DecimalField(max_digits=4, decimal_places=1)
    reason = EncryptedTextField(max_length=REASON_LENGTH)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["organization", "patient", "-set_at"], name="dry_weight_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kilograms__gte=KILOGRAMS_MIN, kilograms__lte=KILOGRAMS_MAX),
                name="dry_weight_is_believable",
            )
        ]
