"""Who may let a device in, what is kept of its secret, and when a secret ends."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from hearthline.directory.tests.stage import watch_audit
from hearthline.foundation import clock
from hearthline.monitoring.readings import credentials
from hearthline.monitoring.readings.credentials import COMPACT, NIGHTSCOUT, OVERLAP
from hearthline.monitoring.readings.models import Device, DeviceCredential
from tests.people import People


@pytest.fixture
def device(people: People) -> Device:
    return Device.objects.create(organization_id=people.organization.id, kind=Device.Kind.CGM, name="Sensor")


@pytest.mark.parametrize("role", ["technician", "nurse", "administrator"])
def test_staff_who_hand_out_devices_issue_and_withdraw(
    people: People, device: Device, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = watch_audit(monkeypatch)
    actor = getattr(people, role).actor
    issued, token = credentials.issue_token(actor=actor, device=device, name="Telephone", doors=[NIGHTSCOUT])
    kept = bytes(issued.token_digest or b"")
    assert token.encode() not in kept
    assert kept == credentials.digest_of_secret(token)
    credentials.revoke_credential(actor=actor, credential=issued, reason="lost")
    issued.refresh_from_db()
    assert issued.revoked_at is not None
    assert [entry.action for entry in written] == ["device_credential.issued", "device_credential.revoked"]
    assert token not in str([vars(entry) for entry in written])


@pytest.mark.parametrize("role", ["patient", "auditor"])
def test_others_may_not(people: People, device: Device, role: str) -> None:
    actor = getattr(people, role).actor
    issued, _ = credentials.issue_token(
        actor=people.nurse.actor, device=device, name="Telephone", doors=[COMPACT]
    )
    with pytest.raises(PermissionDenied):
        credentials.issue_token(actor=actor, device=device, name="Mine", doors=[COMPACT])
    with pytest.raises(PermissionDenied):
        credentials.rotate_token(actor=actor, credential=issued)
    with pytest.raises(PermissionDenied):
        credentials.revoke_credential(actor=actor, credential=issued, reason="")
    assert DeviceCredential.objects.get().revoked_at is None


def test_a_replaced_token_still_opens_for_a_day(people: People, device: Device) -> None:
    actor = people.nurse.actor
    old, token = credentials.issue_token(actor=actor, device=device, name="Hub", doors=[COMPACT])
    fresh, other = credentials.rotate_token(actor=actor, credential=old)
    old.refresh_from_db()
    assert other != token
    assert (fresh.device_id, fresh.doors, fresh.expires_at) == (device.pk, [COMPACT], None)
    assert old.expires_at is not None
    assert timedelta(0) <= clock.now() + OVERLAP - old.expires_at < timedelta(minutes=1)
    soon = clock.now() + timedelta(hours=1)
    DeviceCredential.objects.filter(pk=old.pk).update(expires_at=soon)
    credentials.rotate_token(actor=actor, credential=old)
    old.refresh_from_db()
    assert old.expires_at == soon
    credentials.revoke_credential(actor=actor, credential=old, reason="lost")
    with pytest.raises(ValidationError):
        credentials.rotate_token(actor=actor, credential=old)


def test_what_cannot_work_is_refused(people: People, device: Device) -> None:
    actor = people.nurse.actor
    for doors in ([], ["window"]):
        with pytest.raises(ValidationError):
            credentials.issue_token(actor=actor, device=device, name="Hub", doors=doors)
    with pytest.raises(ValidationError):
        credentials.issue_token(actor=actor, device=None, name="Gateway", doors=[NIGHTSCOUT])
    with pytest.raises(ValidationError):
        credentials.enroll_key(actor=actor, device=device, name="Hub", doors=[COMPACT], public_key=b"short")
