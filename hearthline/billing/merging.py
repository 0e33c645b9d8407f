"""Two records of one person must not carry a day that was claimed twice."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hearthline.billing.models import Claim
from hearthline.directory.models import PatientMerge


def refuse_days_claimed_twice(merge: PatientMerge) -> None:
    """Refuse to join two records whose claims are for the same days of the same payer.

    Raises:
        ValidationError: there is such a day.
    """
    standing = Claim.objects.filter(organization_id=merge.organization_id, withdrawn_at__isnull=True)
    for claim in standing.filter(patient_id=merge.duplicate_id):
        same = standing.filter(patient_id=merge.survivor_id, payer=claim.payer, group=claim.group)
        if same.filter(first_on__lte=claim.last_on, last_on__gte=claim.first_on).exists():
            raise ValidationError(
                _("Both records have claims for the same days. Withdraw one of them first.")
            )
