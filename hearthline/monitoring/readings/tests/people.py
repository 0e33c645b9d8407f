"""A monitored person at home, with a device that is theirs and the secret by which it sends."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.monitoring.readings.credentials import (
    DOORS,
    NIGHTSCOUT,
    SECRET_BYTES,
    digest_of_secret,
    digest_of_token,
)
from hearthline.monitoring.readings.models import (
    Device,
    DeviceAssignment,
    DeviceCredential,
    MonitoredPatient,
    Reading,
)
from hearthline.tenancy.context import acting_in
from tests.people import People

DAYS_ASSIGNED = 30


@dataclass
class MonitoredPerson:
    """Someone with a device; ``token`` is what the device says, ``credential`` what the database knows of it."""

    organization_id: UUID
    monitored: MonitoredPatient
    device: Device
    assignment: DeviceAssignment
    credential: DeviceCredential
    token: str

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def stored(self) -> list[tuple[int, float, int]]:
        """Return metric, value and flags of everything stored for the person, oldest first."""
        with acting_in(self.organization_id):
            found = Reading.objects.filter(patient_number=self.monitored.number)
            return list(found.order_by("observed_at", "metric").values_list("metric", "value", "flags"))


def make_credential(
    organization_id: UUID,
    device: Device | None,
    *,
    doors: tuple[str, ...] = DOORS,
    **values: Any,
) -> tuple[DeviceCredential, str]:
    """Create a credential and return it with its secret. The transaction must speak for the organization."""
    token = secrets.token_urlsafe(SECRET_BYTES)
    digest = digest_of_secret(token) if NIGHTSCOUT in doors else digest_of_token(token)
    credential = DeviceCredential.objects.create(
        organization_id=organization_id,
        device=device,
        name="Test",
        token_digest=digest,
        doors=list(doors),
        **values,
    )
    return credential, token


def make_monitored(
    people: People,
    given: str = "Rosa",
    *,
    kind: Device.Kind = Device.Kind.CGM,
    identifier: str = "",
) -> MonitoredPerson:
    """Create a monitored patient with an assigned device and its credential."""
    organization_id = people.organization.id
    with acting_in(organization_id):
        patient = make_patient(people, given)
        monitored = MonitoredPatient.objects.create(organization_id=organization_id, patient=patient)
        device = Device.objects.create(
            organization_id=organization_id, kind=kind, name="Device", identifier=identifier
        )
        assignment = DeviceAssignment.objects.create(
            organization_id=organization_id,
            device=device,
            monitored=monitored,
            starts_at=clock.now() - timedelta(days=DAYS_ASSIGNED),
        )
        credential, token = make_credential(organization_id, device)
        monitored.refresh_from_db()
        device.refresh_from_db()
    return MonitoredPerson(organization_id, monitored, device, assignment, credential, token)
