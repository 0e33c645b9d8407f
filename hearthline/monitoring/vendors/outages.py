"""When a vendor's cloud does not answer: one incident of an organization, told once, ended by the next answer."""

from datetime import datetime

from hearthline.foundation.events import publish
from hearthline.monitoring.vendors import rules
from hearthline.monitoring.vendors.events import VendorOutageEnded, VendorOutageNoticed
from hearthline.monitoring.vendors.models import VendorLink, VendorOutage


def note_failure(link: VendorLink, now: datetime) -> None:
    """Count a failure, ask later, and open the incident when it is the vendor and not this one account."""
    link.failures = min(link.failures + 1, 1000)
    link.next_pull_at = rules.next_try(link.failures, now)
    link.save(update_fields=["failures", "next_pull_at"])
    of_vendor = VendorLink.objects.filter(vendor=link.vendor)
    if (
        link.failures < rules.OUTAGE_FAILURES
        or of_vendor.filter(pulled_at__gt=now - rules.QUIET_FOR).exists()
    ):
        return
    outage, is_new = VendorOutage.objects.get_or_create(
        organization_id=link.organization_id,
        vendor=link.vendor,
        ended_at=None,
        defaults={"opened_at": now},
    )
    if is_new:
        publish(VendorOutageNoticed(organization_id=link.organization_id, outage_id=outage.pk))


def note_answer(link: VendorLink, now: datetime) -> None:
    """End the incident, if there is one, and let every account that waits for the vendor be read soon."""
    outage = VendorOutage.objects.select_for_update().filter(vendor=link.vendor, ended_at=None).first()
    if outage is None:
        return
    outage.ended_at = now
    outage.save(update_fields=["ended_at"])
    waiting = VendorLink.objects.filter(vendor=link.vendor, state=VendorLink.State.ACTIVE, failures__gt=0)
    waiting.exclude(pk=link.pk).update(next_pull_at=now)
    publish(VendorOutageEnded(organization_id=link.organization_id, outage_id=outage.pk))
