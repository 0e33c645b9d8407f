"""An account at a vendor must not go on sending into a record that was merged away."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hearthline.directory.models import PatientMerge
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.vendors.models import VendorLink


def refuse_linked_accounts(merge: PatientMerge) -> None:
    """Refuse to join two monitored people while an account of the one that goes is linked.

    Raises:
        ValidationError: such an account is linked.
    """
    if not MonitoredPatient.objects.filter(patient=merge.survivor).exists():
        return  # the link moves with the only monitoring there is
    links = VendorLink.objects.filter(
        organization_id=merge.organization_id,
        monitored__patient=merge.duplicate,
        state=VendorLink.State.ACTIVE,
    )
    if link := links.first():
        raise ValidationError(
            _("For %(name)s, the record that goes, first stop reading from %(vendor)s.")
            % {"name": merge.duplicate.full_name, "vendor": link.get_vendor_display()}
        )
