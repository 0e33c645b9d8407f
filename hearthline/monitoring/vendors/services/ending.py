"""A link ends: the patient wants it, or the vendor no longer lets us read."""

from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.db import transaction

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.foundation.jobs import job
from hearthline.identity.actor import Actor
from hearthline.messaging.services import notify
from hearthline.monitoring.readings.models import DeviceAssignment
from hearthline.monitoring.vendors import client
from hearthline.monitoring.vendors.models import VendorLink
from hearthline.monitoring.vendors.withings import VendorAwayError, VendorRefusedError
from hearthline.tenancy.context import acting_in

CALLBACK_PATH = "/ingest/vendors/withings/"


def callback_url(link: VendorLink) -> str:
    """Return the address that the vendor calls for this link. It has to be kept secret."""
    return f"{settings.PUBLIC_URL}{CALLBACK_PATH}{link.callback_secret}"


@transaction.atomic
def end_link(*, actor: Actor, link: VendorLink) -> None:
    """Stop reading an account, at once; the vendor is told and the tokens are erased right after."""
    found = VendorLink.objects.select_for_update().get(pk=link.pk)
    if found.state != VendorLink.State.ACTIVE:
        return
    _close(found, VendorLink.State.ENDED)
    record(actor, "vendor_link.ended", found, patient_id=found.monitored.patient_id)
    part.defer(organization_id=found.organization_id, link_id=str(found.pk))


@transaction.atomic
def lose_link(*, link_id: UUID) -> None:
    """Note that the vendor no longer lets us read: nothing is asked any more, and the person is told."""
    link = VendorLink.objects.select_for_update().get(pk=link_id)
    if link.state != VendorLink.State.ACTIVE:
        return
    link.access_token = link.refresh_token = ""
    _close(link, VendorLink.State.LOST)
    actor, patient_id = Actor.system(link.organization_id, "vendors"), link.monitored.patient_id
    record(actor, "vendor_link.lost", link, patient_id=patient_id)
    notify(
        actor=actor,
        patient_id=patient_id,
        template="monitoring.link_lost",
        context={"link": f"{settings.PUBLIC_URL}/care/"},
        about=("vendors.vendorlink", link.pk),
        key=f"vendor-link-lost:{link.pk}",
    )


@job(queue="readings", opens_own_transactions=True)
def part(organization_id: UUID, *, link_id: str) -> None:
    """Tell the vendor that a link has ended, and erase its tokens whatever the answer."""
    with acting_in(organization_id):
        link = VendorLink.objects.get(pk=UUID(link_id))
    if link.access_token:
        with suppress(VendorAwayError, VendorRefusedError):
            client.unsubscribe(link.access_token, callback_url(link))
    with acting_in(organization_id):
        link = VendorLink.objects.select_for_update().get(pk=UUID(link_id))
        link.access_token = link.refresh_token = ""
        link.save(update_fields=["access_token", "refresh_token"])


def _close(link: VendorLink, state: VendorLink.State) -> None:
    now = clock.now()
    link.state, link.ended_at = state, now
    link.save(update_fields=["state", "ended_at", "access_token", "refresh_token"])
    numbers = link.measurements.values_list("device_number", flat=True).distinct()
    DeviceAssignment.objects.filter(
        monitored_id=link.monitored_id, ends_at__isnull=True, device__number__in=list(numbers)
    ).update(ends_at=now)
