"""Links in messages by which a patient confirms, moves or cancels one appointment without signing in."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings

from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, AppointmentLink
from hearthline.scheduling.rules.states import ACTIVE
from hearthline.tenancy.models import Organization

TOKEN_BYTES = 32
TOKEN_LENGTH_LIMIT = 64
LINK_AFTER_START = timedelta(hours=4)


def make_link(appointment: Appointment) -> str:
    """A new address for the appointment; only the hash of its 256 random bits is kept.

    Opening the address changes nothing (programs that preview links open them too): its page has buttons.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    AppointmentLink.objects.create(
        organization_id=appointment.organization_id,
        appointment=appointment,
        token_hash=_hash(token),
        expires_at=appointment.ends_at + LINK_AFTER_START,
    )
    slug = Organization.objects.values_list("slug", flat=True).get(pk=appointment.organization_id)
    return f"{settings.PUBLIC_URL}/o/{slug}/appointment/{token}/"


def find_appointment_by_token(token: str) -> Appointment | None:
    """The appointment of a link that still holds, in the organization signed into the transaction."""
    if len(token) > TOKEN_LENGTH_LIMIT:
        return None
    found = (
        AppointmentLink.objects.select_related(
            "appointment__service", "appointment__practitioner", "appointment__site", "appointment__patient"
        )
        .filter(token_hash=_hash(token), revoked_at__isnull=True, expires_at__gt=clock.now())
        .first()
    )
    return found.appointment if found else None


def revoke_links(appointment: Appointment) -> None:
    """End every link of an appointment that is over."""
    if appointment.status not in {status.value for status in ACTIVE}:
        AppointmentLink.objects.filter(appointment=appointment, revoked_at__isnull=True).update(
            revoked_at=clock.now()
        )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
