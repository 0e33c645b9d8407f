"""Digits by which a patient's telephone finds their appointment: to hear it, change it and come into its visit."""

import secrets
from datetime import timedelta

from hearthline.foundation import clock
from hearthline.foundation.crypto import blind_index
from hearthline.scheduling.models import Appointment, AppointmentPin
from hearthline.scheduling.rules.states import ACTIVE
from hearthline.tenancy.models import Organization

# Of 10^8 a guesser is right once in 10^6 where a hundred visits stand ahead; ``telephony`` locks long before.
PIN_DIGITS = 8
INDEX_PURPOSE = "appointment_pin"
PIN_AFTER_END = timedelta(hours=4)
TRIES = 5


def make_pin(appointment: Appointment) -> str:
    """New digits for the appointment; no two living or past ones of an organization are alike."""
    for _ in range(TRIES):
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
        row = AppointmentPin(
            organization_id=appointment.organization_id,
            appointment=appointment,
            pin_index=blind_index(appointment.organization_id, INDEX_PURPOSE, pin),
            expires_at=appointment.ends_at + PIN_AFTER_END,
        )
        AppointmentPin.objects.bulk_create([row], ignore_conflicts=True)
        if AppointmentPin.objects.filter(pk=row.pk).exists():
            return pin
    message = "no free digits were found"
    raise RuntimeError(message)


def find_appointment_by_pin(organization: Organization, pin: str) -> Appointment | None:
    """The appointment that digits stand for, in the organization signed into the transaction, while they hold."""
    if len(pin) != PIN_DIGITS or not pin.isascii() or not pin.isdigit():
        return None
    found = (
        AppointmentPin.objects.select_related(
            "appointment__service", "appointment__practitioner", "appointment__site", "appointment__patient"
        )
        .filter(
            pin_index=blind_index(organization.pk, INDEX_PURPOSE, pin),
            revoked_at__isnull=True,
            expires_at__gt=clock.now(),
        )
        .first()
    )
    return found.appointment if found else None


def revoke_pins(appointment: Appointment) -> None:
    """End every PIN of an appointment that is over."""
    if appointment.status not in {status.value for status in ACTIVE}:
        AppointmentPin.objects.filter(appointment=appointment, revoked_at__isnull=True).update(
            revoked_at=clock.now()
        )
