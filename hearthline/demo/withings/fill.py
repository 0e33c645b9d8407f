"""One patient of the demo has an account at the fake cloud, linked from the beginning."""

from pathlib import Path

import msgspec
from django.conf import settings

from hearthline.demo.clinic import Clinic
from hearthline.demo.withings.cloud import Cloud, Send
from hearthline.directory.models import Patient
from hearthline.identity.actor import Actor
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.monitoring.vendors.models import VendorLink
from hearthline.monitoring.vendors.services.linking import open_link
from hearthline.monitoring.vendors.withings import Tokens
from hearthline.tenancy.context import acting_in


def open_cloud(send: Send) -> Cloud:
    """Return the demo's cloud with what it remembers."""
    options = settings
    path = Path(options.STATE_DIRECTORY) / "withings.json"
    return Cloud(options.WITHINGS_CLIENT_ID, options.WITHINGS_CLIENT_SECRET, send, path)


def link_account(clinic: Clinic, patient: Patient) -> None:
    """Link the patient, unless that was done before."""
    with acting_in(clinic.organization.id):
        if VendorLink.objects.exists():
            return
        cloud = open_cloud(lambda *_: 0)
        account = cloud.add_account(patient.full_name)
        tokens = msgspec.convert(cloud.grant(account), Tokens)
        monitored = MonitoredPatient.objects.select_related("patient").get(patient=patient)
        open_link(actor=Actor.system(clinic.organization.id, "demo"), monitored=monitored, tokens=tokens)
