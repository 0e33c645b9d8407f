"""Real objects for the walk over every route."""

from typing import Any

from hearthline.directory.tests.stage import make_practitioner, treat
from hearthline.foundation import clock
from hearthline.monitoring.home.models import FileImport, UnclaimedReading
from hearthline.monitoring.home.services.storing import microseconds
from hearthline.monitoring.home.tests.stage import make_home
from hearthline.monitoring.readings.credentials import COMPACT, issue_token
from hearthline.monitoring.readings.models import Device, DeviceAssignment, Reading
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this application's routes."""
    home = make_home(people)
    home.measured("weight", weight=80)
    reading = Reading.objects.get(patient_number=home.monitored.number)
    of_patient = {"patient_id": home.patient_id}
    treat(home.monitored.patient, make_practitioner(people.nurse))
    task = home.ask("weight")
    device = Device.objects.create(
        organization_id=people.organization.id, kind=Device.Kind.SCALE, name="Scale", identifier="S1"
    )
    assignment = DeviceAssignment.objects.create(
        organization_id=people.organization.id, device=device, monitored=home.monitored
    )
    credential, _secret = issue_token(actor=people.nurse.actor, device=device, name="Phone", doors=[COMPACT])
    of_device = {**of_patient, "assignment_id": assignment.pk}
    unclaimed = UnclaimedReading.objects.create(
        organization_id=people.organization.id,
        device=device,
        metric=6,
        observed_at=clock.now(),
        user_index=1,
        value=80,
        flags=0,
        correction_seconds=0,
        received_at=clock.now(),
    )
    one = FileImport.objects.create(
        organization_id=people.organization.id, monitored=home.monitored, service="Tidepool", total=1
    )
    of_import = {**of_patient, "import_id": one.pk}
    return {
        "home:plan": of_patient,
        "home:add_task": of_patient,
        "home:add_goal": of_patient,
        "home:end_plan": {**of_patient, "plan_id": task.pk},
        "home:assign": of_patient,
        "home:end_assignment": of_device,
        "home:credential": of_device,
        "home:revoke": {**of_device, "credential_id": credential.pk},
        "home:settle": {"unclaimed_id": unclaimed.pk},
        "home:today_of": of_patient,
        "home:add": of_patient,
        "home:device": of_patient,
        "home:file": of_patient,
        **{f"home:{name}": of_import for name in ("file_import", "file_step", "file_rows")},
        "home:device_token": of_patient,
        "home:device_save": of_patient,
        "home:type": {**of_patient, "kind": "weight"},
        "home:past": {**of_patient, "kind": "weight"},
        "home:change": {
            **of_patient,
            "device_number": reading.device_number,
            "observed_us": microseconds(reading.observed_at),
        },
    }
